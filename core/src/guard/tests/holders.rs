//! What a ledger says of a claimed name's changes: nobody's word but its holder's.

use std::collections::BTreeMap;
use std::vec::Vec;

use crate::explain::{Version, explain};
use crate::guard::Consent;
use crate::guard::holders::consents;
use crate::state::tests::world::keys::{DELAY_S, SLOW};
use crate::state::tests::world::{Setting, World};
use crate::zone::samples::name;
use crate::zone::{Change, Contents, Rtype};

/// What the ledger says of an upstream that makes these changes of the zone that was
/// founded.
fn said(world: &World, before: &Contents, changes: &[Change]) -> Vec<(&'static str, Consent)> {
    let after = before.with(changes).unwrap();
    let keys = BTreeMap::new();
    let version = |contents| Version {
        contents,
        keys: &keys,
    };
    let explained = explain(version(before), version(&after)).unwrap();
    let said = consents(world.here(), &explained);
    let names = ["be.", "lu."].into_iter();
    names
        .filter_map(|it| Some((it, *said.get(&name(it))?)))
        .collect()
}

const ELSEWHERE: &str = "be. 172800 NS ns.elsewhere.";
const STOLEN: &str = "be. 172800 NS ns.thief.";

fn held_by(number: u8) -> World {
    let setting = Setting {
        holders: [("be.", number)].into(),
        ..Setting::root()
    };
    let world = World::founded(&setting).with_key();
    world.with_time(crate::edition::samples::NOW)
}

#[test]
fn a_claimed_name_changes_as_its_holder_has_consented_and_not_otherwise() {
    let mut world = held_by(0);
    let before = world.here().contents.clone();
    let moved = [world.put_set(ELSEWHERE)];
    let stolen = [world.put_set(STOLEN)];
    let more = [moved[0].clone(), world.suppress("be.", Rtype::DS)];
    let (given, missing) = ([("be.", Consent::Given)], [("be.", Consent::Missing)]);
    let check = |world: &World, wanted: &[_]| {
        assert_eq!(said(world, &before, &moved), wanted);
        assert_eq!(said(world, &before, &stolen), missing);
        assert_eq!(said(world, &before, &more), missing);
    };
    check(&world, &missing);
    let proposal = world.propose(moved.clone());
    check(&world, &missing);
    world.accept(&world.consent(proposal, 0));
    check(&world, &given);
    world.decide(proposal);
    check(&world, &given);
    // And now back is against its will.
    let after = world.here().contents.clone();
    let old = [Change {
        old: moved[0].new.clone(),
        new: moved[0].old.clone(),
        ..moved[0].clone()
    }];
    assert_eq!(said(&world, &after, &old), missing);
}

#[test]
fn of_what_nobody_has_claimed_a_ledger_says_nothing() {
    let world = held_by(0);
    let before = world.here().contents.clone();
    let moved = [world.put_set("lu. 172800 NS ns.elsewhere.")];
    assert_eq!(said(&world, &before, &moved), []);
}

#[test]
fn who_uses_a_host_that_changes_is_asked_too() {
    let world = held_by(0);
    let before = world.here().contents.clone();
    let moved = [world.put_set("a.ns.dns.be. 172800 A 192.0.2.66")];
    assert_eq!(said(&world, &before, &moved), [("be.", Consent::Missing)]);
}

#[test]
fn other_ttls_are_nobodys_will() {
    let mut world = held_by(0);
    let before = world.here().contents.clone();
    let proposal = world.propose([world.put_set(ELSEWHERE)]);
    world.accept(&world.consent(proposal, 0));
    let moved = [world.put_set("be. 3600 NS ns.elsewhere.")];
    assert_eq!(said(&world, &before, &moved), [("be.", Consent::Given)]);
}

#[test]
fn a_holders_delay_is_part_of_its_policy() {
    let mut world = held_by(SLOW);
    let before = world.here().contents.clone();
    let moved = [world.put_set(ELSEWHERE)];
    let proposal = world.propose(moved.clone());
    world.accept(&world.consent(proposal, SLOW));
    assert_eq!(said(&world, &before, &moved), [("be.", Consent::Missing)]);
    let (now, merge_s) = (world.now(), world.here().charter.rules.merge_s());
    let world = world.with_time(now.plus(1));
    assert_eq!(said(&world, &before, &moved), [("be.", Consent::Missing)]);
    let world = world.with_time(now.plus(DELAY_S + merge_s + 1));
    assert_eq!(said(&world, &before, &moved), [("be.", Consent::Given)]);
}
