//! Under which DS set and at what time a proof counts.

use super::*;
use crate::dnssec::ProvenChain;

/// One of the four signatures of the proof with another time.
fn chain_with(changed: usize, change: impl Fn(&mut Fields)) -> ProvenChain {
    let (be, nic) = (be(), nic());
    let apply = |index: usize, fields: &mut Fields| {
        if index == changed {
            change(fields);
        }
    };
    prove(vec_of([
        be.keys_with(|fields| apply(0, fields)),
        be.link_with(&ds_set("nic.be."), &[nic.ds()], |fields| apply(1, fields)),
        nic.keys_with(|fields| apply(2, fields)),
        nic.link_with(&text_key("_comity.nic.be."), &[text()], |fields| {
            apply(3, fields);
        }),
    ]))
    .unwrap()
}

fn sets() -> [SetKey; 4] {
    [
        dnskey_set("be."),
        ds_set("nic.be."),
        dnskey_set("nic.be."),
        text_key("_comity.nic.be."),
    ]
}

#[test]
fn every_signature_is_valid_from_its_first_to_its_last_second() {
    for (index, set) in sets().into_iter().enumerate() {
        let until = NOW.plus(100);
        let expires = chain_with(index, |fields| fields.expiration = until.0);
        assert_eq!(expires.under(&ds_of_be(), until), Ok(()));
        assert_eq!(
            expires.under(&ds_of_be(), until.plus(1)),
            Err(ChainRefusal::Expired {
                set: set.clone(),
                until
            })
        );
        let from = Time(NOW.0 - 100);
        let begins = chain_with(index, |fields| fields.inception = from.0);
        assert_eq!(begins.under(&ds_of_be(), from), Ok(()));
        assert_eq!(
            begins.under(&ds_of_be(), Time(from.0 - 1)),
            Err(ChainRefusal::NotYetValid { set, from })
        );
        let all = (Time(NOW.0 - 1000), NOW.plus(1000));
        let validity = |proven: &ProvenChain| proven.validity(&ds_of_be(), NOW);
        assert_eq!(validity(&expires), Some((all.0, until)));
        assert_eq!(validity(&begins), Some((from, all.1)));
    }
}

#[test]
fn times_go_on_past_two_to_the_32() {
    let turn = Time(1 << 32);
    let proven = |from: u64, until: u64| {
        let times = |fields: &mut Fields| (fields.inception, fields.expiration) = (from, until);
        let (be, set) = (be(), text_key("a.be."));
        prove(vec_of([
            be.keys_with(times),
            be.link_with(&set, &[text()], times),
        ]))
        .unwrap()
    };
    let over = proven(turn.0 - 10, turn.0 + 10);
    assert_eq!(over.under(&ds_of_be(), turn), Ok(()));
    assert_eq!(over.under(&ds_of_be(), turn.plus(10)), Ok(()));
    assert_eq!(
        over.validity(&ds_of_be(), turn),
        Some((Time(turn.0 - 10), turn.plus(10)))
    );
    assert!(over.under(&ds_of_be(), turn.plus(11)).is_err());
    assert!(over.under(&ds_of_be(), Time(turn.0 - 11)).is_err());
    // A second of 1970 is one of 2106 too.
    assert_eq!(proven(0, 20).under(&ds_of_be(), turn.plus(5)), Ok(()));
}

#[test]
fn signatures_that_are_never_valid_together_have_no_validity() {
    let proven = chain_with(1, |fields| fields.inception = NOW.0 + 999);
    assert!(proven.validity(&ds_of_be(), NOW).is_some());
    let proven = chain_with(1, |fields| {
        (fields.inception, fields.expiration) = (NOW.0 + 1001, NOW.0 + 1002);
    });
    assert_eq!(proven.validity(&ds_of_be(), NOW), None);
}

#[test]
fn the_ds_set_names_a_key_that_stands_for_the_zone() {
    let proven = chain().prove(&OursAlone).unwrap();
    let (set, tag) = (ds_set("be."), be().tag());
    let stranger = Zone::new("be.", 9).ds();
    assert_eq!(
        proven.under(&RecordSet::of_one(TTL, stranger.clone()), NOW),
        Err(ChainRefusal::KeyNotNamed {
            set: set.clone(),
            tag
        })
    );
    assert_eq!(
        proven.validity(&RecordSet::of_one(TTL, stranger.clone()), NOW),
        None
    );
    let mut both = ds_of_be();
    both.data.insert(stranger);
    assert_eq!(proven.under(&both, NOW), Ok(()));
    let mut sha_1 = be().ds().as_wire()[..24].to_vec();
    sha_1[3] = 1;
    let sha_1 = Rdata::from_wire(Rtype::DS, &sha_1).unwrap();
    assert_eq!(
        proven.under(&RecordSet::of_one(TTL, sha_1), NOW),
        Err(ChainRefusal::OnlySha1 { set, tag })
    );
}

/// A roll of the zone's key: both sign, for different times.
#[test]
fn any_key_that_stands_for_the_zone_will_do() {
    let (old, new) = (be(), Zone::new("be.", 5));
    let data = BTreeSet::from([old.dnskey(), new.dnskey()]);
    let set = dnskey_set("be.");
    let rrsigs = BTreeSet::from([
        old.rrsig(&set, &data, |fields| fields.expiration = NOW.0 - 1),
        new.rrsig(&set, &data, |_| ()),
    ]);
    let keys = Link::new(set.clone(), data, &rrsigs).unwrap();
    let proven = prove(vec_of([keys, new.text("a.be.")])).unwrap();
    assert_eq!(proven.anchors().len(), 2);
    let of = |zone: &Zone| RecordSet::of_one(TTL, zone.ds());
    assert_eq!(proven.under(&of(&new), NOW), Ok(()));
    let until = Time(NOW.0 - 1);
    assert_eq!(proven.under(&of(&old), until), Ok(()));
    // What is said is of the key that is named, whichever comes first.
    assert_eq!(
        proven.under(&of(&old), NOW),
        Err(ChainRefusal::Expired { set, until })
    );
    assert_eq!(
        proven.validity(&of(&old), NOW),
        Some((Time(NOW.0 - 1000), until))
    );
}
