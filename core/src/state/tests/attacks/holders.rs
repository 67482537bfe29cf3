//! Stolen, lost and changed keys of a holder (design 3 and 7, invariant 1).

use std::string::ToString as _;

use crate::act::DecisionResult::{self, Adopted, Lapsed};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::holder::HolderKeys;
use crate::refusal::{HolderRefusal, Refusal};
use crate::state::tests::world::keys::{CAREFUL, DELAY_S, operational, recovery};
use crate::state::tests::world::{World, holder, holder_id, holder_keys, public, stranger};
use crate::zone::samples::name;
use crate::zone::{Change, Rtype};

/// Frog's name servers are all others, with the consent of these keys.
fn taken_whole(world: &mut World, with_recovery: bool) -> Digest {
    proposed(world, with_recovery, "frog.example. 3600 NS ns.elsewhere.")
}

fn proposed(world: &mut World, with_recovery: bool, records: &str) -> Digest {
    let proposal = world.propose([world.put_set(records)]);
    consent(world, proposal, with_recovery);
    proposal
}

fn consent(world: &mut World, proposal: Digest, with_recovery: bool) {
    let mut consent = world.consent(proposal, CAREFUL);
    consent.signers = match with_recovery {
        true => [recovery()].into(),
        false => operational().into(),
    };
    world.accept(&consent);
}

fn due(world: &World, proposal: Digest) -> Option<DecisionResult> {
    let decision = world.here().decide(world.proposed(proposal));
    decision.map(|(decision, _)| decision.result)
}

/// Frog has two servers and two keys, by its recovery key.
fn with_two_of_each() -> World {
    let mut world = World::careful();
    let servers = "frog.example. 3600 NS ns.example.\nfrog.example. 3600 NS ns2.example.";
    let keys = "frog.example. 60 DS 1 15 2 AA\nfrog.example. 60 DS 2 15 2 BB";
    for records in [servers, keys] {
        let proposal = proposed(&mut world, true, records);
        assert_eq!(world.decide(proposal), Adopted);
    }
    world
}

/// What is done to frog, and whether operational keys alone have to wait.
#[test]
fn what_takes_a_name_away_whole_waits_and_nothing_else_does() {
    let world = with_two_of_each();
    let put = |records: &str| world.put_set(records);
    let table: &[(&str, Change, bool)] = &[
        (
            "a server more",
            put(
                "frog.example. 3600 NS ns.example.\nfrog.example. 3600 NS ns2.example.\nfrog.example. 3600 NS ns3.example.",
            ),
            false,
        ),
        (
            "a server less",
            put("frog.example. 3600 NS ns.example."),
            false,
        ),
        (
            "one of two",
            put("frog.example. 3600 NS ns.example.\nfrog.example. 3600 NS ns3.example."),
            false,
        ),
        (
            "both of two",
            put("frog.example. 3600 NS ns3.example.\nfrog.example. 3600 NS ns4.example."),
            true,
        ),
        (
            "another lifetime",
            put("frog.example. 60 NS ns.example.\nfrog.example. 60 NS ns2.example."),
            false,
        ),
        ("a key less", put("frog.example. 60 DS 1 15 2 AA"), false),
        (
            "one key of two",
            put("frog.example. 60 DS 1 15 2 AA\nfrog.example. 60 DS 3 15 2 CC"),
            false,
        ),
        ("both keys", put("frog.example. 60 DS 3 15 2 CC"), true),
        (
            "no key left",
            world.suppress("frog.example.", Rtype::DS),
            true,
        ),
    ];
    for (what, change, waits) in table {
        let mut world = world.clone();
        let proposal = world.propose([change.clone()]);
        consent(&mut world, proposal, false);
        let expected = (!waits).then_some(Adopted);
        assert_eq!(due(&world, proposal), expected, "{what}");
        let mut world = world.clone();
        consent(&mut world, proposal, true);
        assert_eq!(due(&world, proposal), Some(Adopted), "{what}, recovery");
    }
}

#[test]
fn the_delay_runs_from_when_the_consent_was_seen_and_past_the_deadline() {
    let mut world = World::careful();
    let proposal = taken_whole(&mut world, false);
    // A leap of time that nobody saw the consent before does not count.
    let mut world = world.with_time(NOW.plus(30 * DAY_S));
    assert_eq!(due(&world, proposal), None);
    world = world.with_seen_and_time(NOW.plus(30 * DAY_S + 2));
    assert_eq!(due(&world, proposal), None);
    // The consent is good for a week from when it was given.
    let mut world = World::careful();
    let proposal = taken_whole(&mut world, false);
    let mut world = world.with_time(NOW.plus(1));
    world = world.with_time(NOW.plus(DELAY_S));
    assert_eq!(due(&world, proposal), None, "a second too early");
    world = world.with_time(NOW.plus(DELAY_S + 1));
    assert_eq!(world.decide(proposal), Adopted);
}

#[test]
fn a_thief_of_the_operational_keys_does_not_get_the_name() {
    let mut world = World::careful();
    let proposal = taken_whole(&mut world, false);
    let transfer = world.transfer();
    world.accept(&transfer);
    // The thief's rotation is at once: there are keys that outrank it.
    let mut rotation = world.rotation();
    rotation.payload.keys.operational = holder_keys(66).operational;
    world.accept(&rotation);
    // It ended the transfer, and took the consent back, which were the old keys'.
    assert!(world.here().waiting.is_empty());
    let mut consent = world.consent(proposal, CAREFUL).by(holder(66));
    world.accept(&consent);
    // Within the delay the holder comes with its recovery key.
    world.accept(&world.objection(proposal));
    consent.payload.until = consent.payload.until.plus(1);
    let refusal = world.refuse(&consent);
    assert_eq!(refusal, HolderRefusal::Objected { proposal }.into());
    let mut back = world.rotation().by(recovery());
    back.payload.keys = World::other_keys();
    world.accept(&back);
    let refusal = world.refuse(&consent);
    let careful = holder_id(CAREFUL);
    assert_eq!(
        refusal,
        HolderRefusal::PolicyNotMet { holder: careful }.into()
    );
    let mut world = world.with_seen_and_time(NOW.plus(8 * DAY_S));
    assert_eq!(world.decide(proposal), Lapsed);
    assert_eq!(
        world.here().holder_of(&name("frog.example.")),
        Some(careful)
    );
}

#[test]
fn a_rotation_without_recovery_keys_waits_and_can_be_objected_to() {
    let mut world = World::careful();
    let mut keys = World::other_keys();
    keys.recovery = None;
    let mut rotation = world.rotation().by(recovery());
    rotation.payload.keys = keys.clone();
    world.accept(&rotation);
    // Now the one operational key is alone.
    let mut next = world.rotation().by(holder(9));
    next.payload.keys = holder_keys(66);
    world.accept(&next);
    let careful = holder_id(CAREFUL);
    assert_eq!(world.here().holders[&careful].keys, keys);
    let mut ended = world.clone();
    ended.accept(&world.objection(next.id()).by(holder(9)));
    let ended = ended.with_seen_and_time(NOW.plus(9 * DAY_S));
    assert_eq!(ended.here().holders[&careful].keys, keys);
    let world = world
        .with_time(NOW.plus(1))
        .with_time(NOW.plus(DELAY_S + 1));
    assert_eq!(world.here().holders[&careful].keys, holder_keys(66));
}

#[test]
fn a_testament_takes_effect_unless_its_holder_lives() {
    let careful = holder_id(CAREFUL);
    let start = World::careful();
    let testament = start.testament();
    let mut filed = start.clone();
    filed.accept(&testament);
    let filed = filed.with_time(NOW.plus(1));
    let late = NOW.plus(30 * DAY_S + 1);
    let early = filed.clone().with_time(NOW.plus(30 * DAY_S));
    assert_eq!(early.here().holders[&careful].revision, 0);
    let heir = filed.clone().with_time(late);
    assert_eq!(heir.here().holders[&careful].keys, holder_keys(5));
    // The holder keeps its id, so the name is its still.
    assert_eq!(heir.here().holder_of(&name("frog.example.")), Some(careful));
    // Any change of keys, and any objection, ends it for good.
    let signs_of_life: [fn(&mut World, Digest); 2] = [
        |world, _| {
            world.accept(&world.rotation());
        },
        |world, id| {
            let objection = world.objection(id);
            let [first, second, _] = operational();
            let mut objection = objection.by(first);
            objection.signers.push(second);
            world.accept(&objection);
        },
    ];
    for sign in signs_of_life {
        let mut world = filed.clone();
        sign(&mut world, testament.id());
        let act = testament.id();
        assert_eq!(
            world.refuse(&testament),
            HolderRefusal::ActKnown { act }.into()
        );
        let world = world.with_time(late);
        assert_ne!(world.here().holders[&careful].keys, holder_keys(5));
    }
}

#[test]
fn without_any_keys_a_name_stays_as_it_is() {
    let mut world = World::careful();
    let proposal = world.propose([world.put_set("frog.example. 3600 NS ns.evil.")]);
    world.vote(proposal, &world.everybody(), crate::act::Vote::For);
    let mut world = world.with_seen_and_time(NOW.plus(400 * DAY_S));
    assert_eq!(world.decide(proposal), Lapsed);
    let frog = world.here().contents.get(&name("frog.example."), Rtype::NS);
    assert_eq!(
        frog.unwrap().targets().next().unwrap().to_string(),
        "ns.example."
    );
}

#[test]
fn a_transfer_is_at_once_with_the_recovery_key_and_cannot_be_replayed() {
    let frog = name("frog.example.");
    let mut world = World::careful();
    let transfer = world.transfer();
    let mut waiting = world.clone();
    waiting.accept(&transfer);
    assert_eq!(waiting.here().holder_of(&frog), Some(holder_id(CAREFUL)));
    let waiting = waiting
        .with_time(NOW.plus(1))
        .with_time(NOW.plus(DELAY_S + 1));
    assert_eq!(waiting.here().holder_of(&frog), Some(holder_id(5)));
    // With the recovery key.
    let mut quick = transfer.clone();
    quick.signers = [recovery(), holder(5)].into();
    world.accept(&quick);
    assert_eq!(world.here().holder_of(&frog), Some(holder_id(5)));
    // And back, by the new holder, to the old one.
    let mut back = world.transfer();
    back.payload.from = holder_id(5);
    back.payload.to = holder_id(CAREFUL);
    back.payload.keys = world.here().holders[&holder_id(CAREFUL)].keys.clone();
    back.signers = operational().into_iter().chain([holder(5)]).collect();
    world.accept(&back);
    assert_eq!(world.here().holder_of(&frog), Some(holder_id(CAREFUL)));
    let since = world.here().held[&frog].since;
    let refusal = HolderRefusal::HeldSince { name: frog, since };
    assert_eq!(world.refuse(&quick), Refusal::Holder(refusal));
}

/// Keys that are in both of a transfer's holders count for each.
#[test]
fn a_transfer_between_holders_with_a_key_in_common_needs_both_policies() {
    let mut world = World::careful();
    let mut transfer = world.transfer();
    let shared = HolderKeys::of(public(&operational()[0]));
    transfer.payload.to = shared.id();
    transfer.payload.keys = shared;
    transfer.signers = operational()[..1].to_vec();
    let careful = holder_id(CAREFUL);
    let refusal = HolderRefusal::PolicyNotMet { holder: careful };
    assert_eq!(world.refuse(&transfer), refusal.into());
    transfer.signers = operational()[..2].to_vec();
    world.accept(&transfer);
}

/// A proposer may be any one key of a holder, since a proposal is harmless.
#[test]
fn one_key_of_a_holder_may_propose_and_a_strangers_may_not() {
    let mut world = World::careful();
    let act = world.proposal([world.put_set("frog.example. 3600 NS ns3.example.")]);
    for key in [operational()[2].clone(), recovery()] {
        let mut act = act.clone().by(key);
        act.payload.deadline = act.payload.deadline.plus(act.signers.len() as u64);
        world.clone().accept(&act);
    }
    let key = public(&stranger());
    assert_eq!(
        world.refuse(&act.by(stranger())),
        Refusal::NotEntitled { key }
    );
}
