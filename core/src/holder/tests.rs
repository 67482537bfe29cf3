//! What is wrong with holders' keys, and who acts with which set, as tables.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::*;
use crate::refusal::tests::variants;
use crate::state::tests::world::keys::{careful_keys, operational, recovery};
use crate::state::tests::world::{public, stranger};

variants!(HolderFinding: Keys, KeyTwice, Threshold, Delay);

/// What is done to keys that are right, and what is wrong then.
type Row = (fn(&mut HolderKeys), HolderFinding);

fn rows() -> Vec<Row> {
    let twice = |key: &ed25519_dalek::SigningKey| HolderFinding::KeyTwice { key: public(key) };
    let highest = careful_keys().operational.keys[2];
    [
        (
            (|keys| keys.operational.keys.clear()) as fn(&mut HolderKeys),
            HolderFinding::Keys { count: 0 },
        ),
        (
            |keys| {
                let many = (0..17).map(|at| PublicKey([at; 32]));
                keys.operational.keys = many.collect();
            },
            HolderFinding::Keys { count: 17 },
        ),
        (
            |keys| {
                keys.recovery = Some(Policy {
                    threshold: 1,
                    keys: [].into(),
                })
            },
            HolderFinding::Keys { count: 0 },
        ),
        (
            |keys| keys.operational.keys.push(keys.operational.keys[2]),
            HolderFinding::KeyTwice { key: highest },
        ),
        (
            |keys| keys.operational.keys.swap(0, 2),
            HolderFinding::KeyTwice {
                key: careful_keys().operational.keys[1],
            },
        ),
        (
            |keys| keys.recovery = Some(Policy::of(public(&operational()[1]))),
            twice(&operational()[1]),
        ),
        (
            |keys| keys.operational.threshold = 0,
            HolderFinding::Threshold {
                threshold: 0,
                keys: 3,
            },
        ),
        (
            |keys| keys.operational.threshold = 4,
            HolderFinding::Threshold {
                threshold: 4,
                keys: 3,
            },
        ),
        (
            |keys| keys.delay_s = 90 * 86_400 + 1,
            HolderFinding::Delay {
                delay_s: 90 * 86_400 + 1,
            },
        ),
    ]
    .into()
}

#[test]
fn refuses_keys_that_are_not_right() {
    assert_eq!(careful_keys().check(), Ok(()));
    let mut found = BTreeSet::new();
    for (change, finding) in rows() {
        let mut keys = careful_keys();
        change(&mut keys);
        assert_eq!(keys.check(), Err(finding));
        assert!(std::string::ToString::to_string(&finding).len() > 20);
        found.insert(name_of(&finding));
    }
    assert_eq!(found, NAMES.iter().copied().collect());
}

#[test]
fn whoever_satisfies_a_policy_acts_with_that_set() {
    let keys = careful_keys();
    let [a, b, c] = operational();
    let table: &[(&[&ed25519_dalek::SigningKey], Option<Authority>)] = &[
        (&[], None),
        (&[&a], None),
        (&[&a, &b], Some(Authority::Operational)),
        (&[&a, &b, &c], Some(Authority::Operational)),
        (&[&recovery()], Some(Authority::Recovery)),
        (&[&a, &recovery()], None),
        (&[&a, &b, &recovery()], None),
        (&[&a, &b, &stranger()], None),
        (&[&stranger()], None),
    ];
    for (signers, expected) in table {
        let signers: Vec<_> = signers.iter().map(|key| public(key)).collect();
        assert_eq!(keys.authority(&signers), *expected, "{signers:?}");
    }
}

#[test]
fn a_holders_name_is_made_of_all_of_its_keys() {
    let keys = careful_keys();
    let mut others = [keys.clone(), keys.clone(), keys.clone()];
    others[0].delay_s += 1;
    others[1].operational.threshold = 1;
    others[2].recovery = None;
    let names: BTreeSet<_> = others.iter().chain([&keys]).map(HolderKeys::id).collect();
    assert_eq!(names.len(), 4);
}
