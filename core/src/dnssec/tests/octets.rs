//! The one encoding of a chain.

use super::*;
use crate::limits;
use crate::zone::wire::compose_record;

fn read(octets: &[u8]) -> ChainRefusal {
    Chain::from_octets(octets).unwrap_err()
}

/// A record after the octets of other records.
fn with(octets: &[u8], owner: &str, rtype: Rtype, ttl: u32, data: &Rdata) -> Vec<u8> {
    let mut octets = octets.to_vec();
    compose_record(&mut octets, &name(owner), rtype, ttl, data);
    octets
}

#[test]
fn a_chain_is_one_octet_string() {
    let octets = chain().to_octets();
    assert_eq!(Chain::from_octets(&octets), Ok(chain()));
    assert_eq!(
        octets.get(..14).unwrap(),
        b"\x02be\x00\x00\x30\x00\x01\x00\x00\x0E\x10\x00\x24"
    );
}

#[test]
fn refuses_octets_that_are_no_chain() {
    let octets = chain().to_octets();
    assert_eq!(read(&[]), ChainRefusal::NotWhole);
    assert_eq!(
        read(&octets[1..]),
        ChainRefusal::BadWire { offset: 0 },
        "no name"
    );
    let short = &octets[..octets.len() - 1];
    assert!(matches!(read(short), ChainRefusal::BadWire { .. }));
    let mut upper = octets.clone();
    upper[1] = b'B';
    assert_eq!(read(&upper), ChainRefusal::BadWire { offset: 0 });
    let mut chaos = octets.clone();
    chaos[7] = 3;
    assert_eq!(read(&chaos), ChainRefusal::BadWire { offset: 0 });
    let large = octets.repeat(limits::CHAIN_OCTETS_MAX / octets.len() + 1);
    assert_eq!(read(&large), ChainRefusal::TooLarge);
}

#[test]
fn records_of_a_set_stand_together_in_order() {
    let be = be();
    let (set, key) = (text_key("a.be."), be.keys());
    let mut head = Vec::new();
    for data in &key.set().data {
        compose_record(&mut head, &be.name, Rtype::DNSKEY, TTL, data);
    }
    let rrsig = key.signatures()[0].rdata();
    let head = with(&head, "be.", Rtype::RRSIG, TTL, rrsig);
    let [a, b] = ["\"a\"", "\"b\""].map(|text| Rdata::from_text(Rtype::TXT, text).unwrap());
    let both = BTreeSet::from([a.clone(), b.clone()]);
    let rrsig = be.rrsig(&set, &both, |_| ());
    let first = with(&head, "a.be.", Rtype::TXT, TTL, &a);
    let rest = |octets: &[u8], data: &Rdata, ttls: [u32; 2]| {
        let octets = with(octets, "a.be.", Rtype::TXT, ttls[0], data);
        with(&octets, "a.be.", Rtype::RRSIG, ttls[1], &rrsig)
    };
    let good = rest(&first, &b, [TTL, TTL]);
    assert!(Chain::from_octets(&good).is_ok());
    let refused = |octets: &[u8], refusal: fn(SetKey) -> ChainRefusal| {
        assert_eq!(read(octets), refusal(text_key("a.be.")));
    };
    let twice = rest(&first, &a, [TTL, TTL]);
    refused(&twice, |set| ChainRefusal::OutOfOrder { set });
    let second = with(&head, "a.be.", Rtype::TXT, TTL, &b);
    let turned = rest(&second, &a, [TTL, TTL]);
    refused(&turned, |set| ChainRefusal::OutOfOrder { set });
    let rrsig_twice = with(&good, "a.be.", Rtype::RRSIG, TTL, &rrsig);
    refused(&rrsig_twice, |set| ChainRefusal::OutOfOrder { set });
    for ttls in [[TTL + 1, TTL], [TTL, TTL + 1]] {
        refused(&rest(&first, &b, ttls), |set| ChainRefusal::TtlDiffers {
            set,
        });
    }
    let other = with(&head, "a.be.", Rtype::TXT, TTL + 1, &a);
    let other = rest(&other, &b, [TTL + 1, TTL + 1]);
    refused(&other, |set| ChainRefusal::TtlDiffers { set });
    let unsigned = with(&first, "a.be.", Rtype::TXT, TTL, &b);
    refused(&unsigned, |set| ChainRefusal::NotSigned { set });
    let elsewhere = with(&unsigned, "b.be.", Rtype::RRSIG, TTL, &rrsig);
    refused(&elsewhere, |set| ChainRefusal::NotSigned { set });
    let alone = with(&head, "a.be.", Rtype::RRSIG, TTL, &rrsig);
    assert!(matches!(
        read(&alone),
        ChainRefusal::OutOfOrder { .. } | ChainRefusal::OutOfPlace { .. }
    ));
    let before = with(&[], "a.be.", Rtype::RRSIG, TTL, &rrsig);
    let alone = SetKey::new(&name("a.be."), Rtype::RRSIG);
    assert_eq!(read(&before), ChainRefusal::OutOfPlace { set: alone });
}
