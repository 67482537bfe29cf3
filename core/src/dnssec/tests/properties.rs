//! What holds for any octets.

use proptest::prelude::*;

use super::*;

/// Names whose cuts follow each other, and which cut a label deeper or two.
fn any_chain() -> impl Strategy<Value = Vec<Link>> {
    let label = prop::sample::select(&["a", "nic", "_comity", "x.y"][..]);
    let cuts = prop::collection::vec(label, 0..4);
    (cuts, prop::collection::vec(any::<u8>(), 1..4)).prop_map(|(cuts, texts)| {
        let mut zone = be();
        let mut links = vec_of([zone.keys()]);
        for (label, seed) in cuts.into_iter().zip(10..) {
            let below = Zone::new(&std::format!("{label}.{}", zone.name), seed);
            links.extend([zone.cut(&below), below.keys()]);
            zone = below;
        }
        let data: Vec<Rdata> = texts
            .iter()
            .map(|octet| Rdata::from_wire(Rtype::TXT, &[1, *octet]).unwrap())
            .collect();
        let owner = name(&std::format!("t.{}", zone.name));
        links.push(zone.link(&SetKey::new(&owner, Rtype::TXT), &data));
        links
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_and_proves_the_same(links in any_chain()) {
        let chain = Chain::new(links).unwrap();
        let read = Chain::from_octets(&chain.to_octets()).unwrap();
        prop_assert_eq!(&read, &chain);
        let proven = read.prove(&OursAlone).unwrap();
        prop_assert_eq!(proven.under(&ds_of_be(), NOW), Ok(()));
    }

    #[test]
    fn any_octets_are_refused_or_are_what_would_be_written(
        octets in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        if let Ok(chain) = Chain::from_octets(&octets) {
            prop_assert_eq!(chain.to_octets(), octets);
        }
    }

    #[test]
    fn links_in_another_order_are_no_chain(
        links in any_chain(),
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
    ) {
        let (first, second) = (first.index(links.len()), second.index(links.len()));
        prop_assume!(first != second);
        let mut turned = links.clone();
        turned.swap(first, second);
        prop_assert!(prove(turned).is_err());
    }
}

/// Whatever octet is changed, and however much is cut off or put behind.
#[test]
fn no_octet_of_a_chain_can_be_another() {
    let octets = chain().to_octets();
    let is_refused = |octets: &[u8]| {
        Chain::from_octets(octets).is_err_and(|refusal| !std::format!("{refusal}").is_empty())
            || Chain::from_octets(octets)
                .unwrap()
                .prove(&OursAlone)
                .is_err_and(|refusal| !std::format!("{refusal}").is_empty())
    };
    for index in 0..octets.len() {
        for change in [0x01, 0x20, 0x80, 0xFF] {
            let mut changed = octets.clone();
            changed[index] ^= change;
            assert!(is_refused(&changed), "octet {index} with {change:#x}");
        }
        assert!(Chain::from_octets(&octets[..index]).is_err(), "{index}");
    }
    assert!(is_refused(&[octets.as_slice(), &[0]].concat()));
    assert!(is_refused(&octets.repeat(2)));
}
