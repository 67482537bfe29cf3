//! Trust anchors over time, as RFC 5011 has them.

use alloc::collections::BTreeSet;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::*;
use crate::limits;
use crate::upstream::anchors::{HOLD_DOWN_SECONDS, Stage};
use crate::zone::samples::ROOT;

/// A version whose DNSKEY set has these keys. Only what anchors look at.
fn showing(keys: &[Rdata], revoked: &[Rdata]) -> UpstreamZone {
    let zone = signed(".", ROOT, 1, NOW);
    let taken = verify(&anchors(".", 1), zone.records(), NOW, Zonemd::Required).unwrap();
    let set = RecordSet {
        ttl: 86_400,
        data: keys.iter().chain(revoked).cloned().collect::<BTreeSet<_>>(),
    };
    UpstreamZone(Arc::new(Inner {
        served: taken.served().clone(),
        contents: taken.contents().clone(),
        keys: BTreeMap::from([(Rtype::DNSKEY, set)]),
        revoked: revoked.iter().filter_map(ZoneKey::parse).collect(),
        digest: taken.digest(),
        first_expiration: taken.first_expiration(),
    }))
}

fn key(seed: u8) -> Rdata {
    dnskey(seed, 257)
}

fn gone(seed: u8) -> Rdata {
    dnskey(seed, 257 | 128)
}

fn trusted(anchors: &Anchors) -> Vec<u8> {
    (1..=4)
        .filter(|seed| anchors.trust(&zone_key(*seed)))
        .collect()
}

/// Day, keys in the zone, those of them that are revoked, and who is trusted then.
type Day<'a> = (u64, &'a [u8], &'a [u8], &'a [u8]);

fn live(days: &[Day<'_>]) -> Anchors {
    let mut anchors = anchors(".", 1);
    for (day, keys, revoked, expected) in days {
        let (keys, revoked): (Vec<_>, Vec<_>) = (
            keys.iter().map(|seed| key(*seed)).collect(),
            revoked.iter().map(|seed| gone(*seed)).collect(),
        );
        let now = NOW.plus(day * DAY_S);
        anchors = anchors.observe(&showing(&keys, &revoked), now).0;
        assert_eq!(trusted(&anchors), *expected, "on day {day}");
        // What is kept on a disk is the same.
        assert_eq!(Anchors::from_json(&anchors.to_json()).unwrap(), anchors);
    }
    anchors
}

#[test]
fn a_key_that_was_there_for_thirty_days_is_trusted() {
    live(&[
        (0, &[1], &[], &[1]),
        (1, &[1, 2], &[], &[1]),
        (30, &[1, 2], &[], &[1]),
        (31, &[1, 2], &[], &[1, 2]),
        (32, &[2], &[1], &[2]),
        (33, &[2], &[], &[2]),
    ]);
}

#[test]
fn a_new_key_that_goes_away_begins_anew() {
    live(&[
        (0, &[1, 2], &[], &[1]),
        (29, &[1], &[], &[1]),
        (31, &[1, 2], &[], &[1]),
        (60, &[1, 2], &[], &[1]),
        (61, &[1, 2], &[], &[1, 2]),
    ]);
}

#[test]
fn a_key_that_is_missing_stays_trusted_and_one_that_is_revoked_never_comes_back() {
    let anchors = live(&[
        (0, &[1, 2], &[], &[1]),
        (30, &[1, 2], &[], &[1, 2]),
        (31, &[2], &[], &[1, 2]),
        (40, &[1, 2], &[], &[1, 2]),
        (41, &[2], &[1], &[2]),
        (42, &[1, 2], &[], &[2]),
        (70, &[1, 2], &[], &[2]),
        // Long after it may be forgotten (RFC 5011 §2.4.2).
        (72, &[2], &[], &[2]),
        (200, &[1, 2], &[], &[2]),
        (400, &[1, 2], &[], &[2]),
    ]);
    let stages: Vec<_> = anchors.stages().map(|(_, stage)| stage).collect();
    assert!(stages.contains(&Stage::Valid));
}

#[test]
fn both_of_two_configured_keys_are_trusted_at_once() {
    let zone = Name::root();
    let ds = |seed| {
        let public = crate::basic::PublicKey(secret(seed).verifying_key().to_bytes());
        Anchor::Ds(crate::edition::Dnskey::anchor(public).ds(&zone))
    };
    let anchors = Anchors::new(&zone, [ds(1), ds(2)].into()).unwrap();
    assert_eq!(trusted(&anchors), [1, 2]);
    let (after, events) = anchors.observe(&showing(&[key(1)], &[]), NOW);
    assert_eq!(events, [AnchorEvent::Found(zone_key(1).tag())]);
    assert_eq!(trusted(&after), [1, 2]);
    // One that is revoked before it was ever seen is not trusted either.
    let (after, events) = after.observe(&showing(&[key(1)], &[gone(2)]), NOW);
    assert_eq!(events, [AnchorEvent::Revoked(zone_key(2).tag())]);
    assert_eq!(trusted(&after), [1]);
    assert!(events[0].is_alarming());
}

#[test]
fn keys_that_sign_zones_only_are_no_anchors() {
    let zone_only = dnskey(2, 256);
    let mut followed = anchors(".", 1);
    for day in [0, 31, 62] {
        let now = NOW.plus(day * DAY_S);
        followed = followed
            .observe(&showing(&[key(1), zone_only.clone()], &[]), now)
            .0;
    }
    assert_eq!(followed.tags(), [zone_key(1).tag()]);
    assert!(!followed.trust(&ZoneKey::parse(&zone_only).unwrap()));
}

#[test]
fn what_was_kept_is_read_strictly() {
    let good = anchors(".", 1).to_json();
    assert!(Anchors::from_json(&good).is_ok());
    for bad in [
        "",
        "{}",
        &good.replace("\"version\":1", "\"version\":2"),
        &good.replace("257", "none"),
        &good.replace("{\"version\"", "{\"more\":1,\"version\""),
        r#"{"version":1,"zone":".","unseen":[],"keys":[]}"#,
    ] {
        assert!(Anchors::from_json(bad).is_err(), "{bad}");
    }
    assert_eq!(HOLD_DOWN_SECONDS, 30 * DAY_S);
    assert!(Anchors::new(&Name::root(), Vec::new()).is_err());
    let (_, events) = anchors(".", 1).observe(&showing(&[key(1), key(2)], &[]), NOW);
    let said: Vec<_> = events.iter().map(|event| event.to_string()).collect();
    let ending = "is there, and will be trusted on 2026-01-29T12:00:00Z";
    assert!(said.iter().any(|text| text.ends_with(ending)), "{said:?}");
}

#[test]
fn a_key_that_says_itself_that_it_is_revoked_is_not_trusted() {
    let revoked = gone(1);
    let key = ZoneKey::parse(&revoked).unwrap();
    let anchors = Anchors::new(&Name::root(), [Anchor::Key(revoked)].into()).unwrap();
    assert!(!anchors.trust(&key));
}

fn named(seeds: &[u8]) -> Vec<Anchor> {
    seeds.iter().map(|seed| Anchor::Key(key(*seed))).collect()
}

#[test]
fn what_is_published_adds_keys_and_takes_away_none_that_the_zone_has_shown() {
    let tag = |seed| zone_key(seed).tag();
    let before = live(&[(0, &[1, 3], &[], &[1])]);
    let (after, events) = before.named(&named(&[2, 3]));
    let expected = [
        AnchorEvent::Named(tag(2)),
        AnchorEvent::Trusted(tag(3)),
        AnchorEvent::Unnamed(tag(1)),
    ];
    assert_eq!(events, expected);
    assert_eq!(trusted(&after), [1, 2, 3]);
    assert_eq!(
        after.named(&named(&[1, 2, 3])),
        (after.clone(), Vec::new()),
        "what is known is not said again"
    );
    let (after, events) = after.named(&named(&[1, 3]));
    assert_eq!(events, [AnchorEvent::Dropped(tag(2))]);
    assert_eq!(trusted(&after), [1, 3]);
    assert!(AnchorEvent::Unnamed(7).is_alarming());
}

#[test]
fn what_is_published_does_not_bring_back_a_key_that_is_revoked() {
    let gone = live(&[
        (0, &[1, 2], &[], &[1]),
        (30, &[1, 2], &[], &[1, 2]),
        (31, &[2], &[1], &[2]),
        (99, &[2], &[], &[2]),
    ]);
    let (after, events) = gone.named(&named(&[1, 2]));
    assert_eq!((trusted(&after), events), ([2].into(), Vec::new()));
}

#[test]
fn revoked_keys_are_forgotten_only_where_there_is_no_room() {
    let mut followed = anchors(".", 1);
    for seed in 10..10 + 2 * u8::try_from(limits::ANCHORS_MAX).unwrap() {
        let now = NOW.plus(u64::from(seed) * 40 * DAY_S);
        let (next, _) = followed.named(&named(&[1, seed]));
        followed = next.observe(&showing(&[key(1)], &[gone(seed)]), now).0;
        let count = followed.stages().count();
        assert!(count <= limits::ANCHORS_MAX, "{count}");
        assert!(trusted(&followed).contains(&1));
    }
    assert_eq!(followed.stages().count(), limits::ANCHORS_MAX);
}
