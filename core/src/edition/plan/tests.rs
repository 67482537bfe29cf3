//! Plans: what is signed again, and when.

use alloc::string::{String, ToString};
use std::format;

use super::super::samples::{DAY_S, NOW, complete, keys, plan, signed};
use super::*;
use crate::basic::PublicKey;
use crate::zone::samples::{PLAIN, ROOT, build};
use crate::zone::{Change, difference};

fn names(plan: &Plan) -> Vec<String> {
    plan.to_sign()
        .iter()
        .map(|item| item.key.to_string())
        .collect()
}

#[test]
fn a_first_edition_signs_all_and_spreads_its_expirations() {
    let contents = build("example.", PLAIN).unwrap();
    let plan = plan(&contents, None, NOW);
    assert_eq!(plan.serial(), 2_025_123_000);
    assert!(plan.to_sign().is_sorted_by(|a, b| a.key < b.key));
    assert_eq!(plan.to_sign().len(), 21);
    let lifetimes: Vec<i64> = plan
        .to_sign()
        .iter()
        .map(|item| time_left_s(item.expiration, NOW))
        .collect();
    let (min, max) = (16 * DAY_S as i64, 28 * DAY_S as i64);
    assert!(lifetimes.iter().all(|left| (min..max).contains(left)));
    let early = lifetimes.iter().filter(|left| **left < 22 * DAY_S as i64);
    assert!((3..17).contains(&early.count()), "spread: {lifetimes:?}");
}

#[test]
fn a_later_edition_signs_what_changed() {
    let contents = build(".", ROOT).unwrap();
    let first = signed(&contents);
    let lu = ROOT.replace(
        "lu. 172800 NS ns.nic.lu.",
        "lu. 172800 NS x.lu.\n me. 1 NS x.lu.",
    );
    let changed = build(".", &lu).unwrap();
    let plan = plan(&changed, Some(&first), NOW.plus(60));
    assert_eq!(plan.serial(), 2_025_123_003);
    assert_eq!(names(&plan), [". SOA", "lu. NSEC", "me. NSEC"]);
    let lifetime = 28 * DAY_S as i64;
    for item in plan.to_sign() {
        assert_eq!(time_left_s(item.expiration, NOW.plus(60)), lifetime);
        assert_eq!(time_left_s(item.inception, NOW.plus(60)), -3600);
    }
    let second = complete(&plan);
    assert!(second.publishes(&changed) && !second.publishes(&contents));
}

#[test]
fn a_signature_is_renewed_when_fifteen_days_are_left() {
    let contents = build(".", ROOT).unwrap();
    let first = signed(&contents);
    let timing = Timing::default();
    let is_due = |now| due(&contents, &keys(), Some(&first), now, &timing);
    let renewal = Time(first.first_expiration().0 - 15 * DAY_S);
    assert!(!is_due(NOW) && !is_due(renewal) && is_due(renewal.plus(1)));
}

#[test]
fn what_is_up_for_renewal_within_a_day_is_renewed_together() {
    let contents = build(".", ROOT).unwrap();
    let first = signed(&contents);
    let timing = Timing::default();
    let near = |zone: &SignedZone, now: Time| -> Vec<String> {
        let sets = zone.sets().filter(|set| {
            let mut left = set.rrsigs().map(|rrsig| time_left_s(rrsig.expiration, now));
            left.any(|left| left < 16 * DAY_S as i64)
        });
        sets.map(|set| SetKey::new(set.owner, set.rtype).to_string())
            .filter(|set| ![". SOA", ". ZONEMD"].contains(&set.as_str()))
            .collect()
    };
    let (mut zone, mut editions) = (first.clone(), 0);
    for hour in 1..60 * 24 {
        let now = NOW.plus(hour * 3600);
        if !due(&contents, &keys(), Some(&zone), now, &timing) {
            continue;
        }
        let next = plan(&contents, Some(&zone), now);
        // The serial is always another, and ZONEMD is signed apart.
        let others = names(&next).into_iter().filter(|set| set != ". SOA");
        assert_eq!(others.collect::<Vec<_>>(), near(&zone, now));
        zone = complete(&next);
        assert!(near(&zone, now).is_empty());
        editions += 1;
    }
    assert!((8..60).contains(&editions), "{editions}");
    let all = plan(&contents, Some(&first), NOW.plus(14 * DAY_S));
    assert_eq!(names(&all).len(), 8);
}

#[test]
fn an_edition_is_due_when_contents_or_key_are_others() {
    let contents = build(".", ROOT).unwrap();
    let first = signed(&contents);
    let timing = Timing::default();
    let serial = build(".", &ROOT.replace("2025123001", "2025123002")).unwrap();
    let ttl = build(".", &ROOT.replace("604800 86400", "604800 8640")).unwrap();
    assert!(due(&contents, &keys(), None, NOW, &timing));
    assert!(!due(&serial, &keys(), Some(&first), NOW, &timing));
    assert!(due(&ttl, &keys(), Some(&first), NOW, &timing));
    let glue = build(".", &ROOT.replace("192.0.2.2", "192.0.2.7")).unwrap();
    assert!(due(&glue, &keys(), Some(&first), NOW, &timing));
    let other = ZoneKeys::one(PublicKey([9; 32]));
    assert!(due(&contents, &other, Some(&first), NOW, &timing));
    let plan = Plan::new(2, &contents, &other, Some(&first), NOW, &timing);
    assert_eq!(plan.to_sign().len(), 8);
    assert_eq!(plan.serial(), 2_025_123_003);
}

#[test]
fn digests_are_of_edition_and_messages() {
    let contents = build(".", ROOT).unwrap();
    let digest = |edition, now| {
        Plan::new(edition, &contents, &keys(), None, now, &Timing::default()).digest()
    };
    assert_eq!(digest(1, NOW), digest(1, NOW));
    assert_ne!(digest(1, NOW), digest(2, NOW));
    assert_ne!(digest(1, NOW), digest(1, NOW.plus(1)));
}

#[test]
fn refuses_signatures_that_are_wrong_or_out_of_place() {
    use ed25519_dalek::Signer as _;
    let contents = build(".", ROOT).unwrap();
    let plan = plan(&contents, None, NOW);
    let sign = |message: &Vec<u8>| super::super::samples::secret().sign(message).to_bytes();
    let good: Vec<u8> = plan.messages().iter().flat_map(sign).collect();
    for length in [0, good.len() - 1, good.len() - 64] {
        let refusal = plan.complete(&good[..length]).unwrap_err();
        let (expected, found) = (good.len(), length);
        assert_eq!(refusal, EditionRefusal::SignatureOctets { expected, found });
    }
    let mut swapped = good.clone();
    swapped[64..192].rotate_left(64);
    let refusal = plan.complete(&swapped).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        format!(
            "the signature over {} is not one of the zone's keys",
            ". SOA"
        )
    );
    let unsealed = plan.complete(&good).unwrap();
    assert_eq!(unsealed.zonemd_item().key.to_string(), ". ZONEMD");
    let refusal = unsealed.seal(Signature([0; 64])).unwrap_err();
    assert!(matches!(refusal, EditionRefusal::BadSignature { set } if set.rtype == Rtype::ZONEMD));
}

#[test]
fn changes_of_contents_become_changes_of_the_zone() {
    let root = build(".", ROOT).unwrap();
    let changed = build(".", &ROOT.replace("192.0.2.2", "192.0.2.7")).unwrap();
    let changes: Vec<Change> = difference(&root, &changed);
    let first = signed(&root);
    let second = complete(&plan(&root.with(&changes).unwrap(), Some(&first), NOW));
    assert_ne!(first.zonemd(), second.zonemd());
    assert!(second.publishes(&changed));
}
