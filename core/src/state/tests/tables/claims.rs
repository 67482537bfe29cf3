//! Claims of names that nobody holds.

use std::vec::Vec;

use super::{ELSEWHERE, Row, refusals, twice};
use crate::act::ClaimAct;
use crate::dnssec::tests::{NOW, Zone};
use crate::dnssec::{ChainRefusal, ClaimRefusal};
use crate::edition::samples::DAY_S;
use crate::holder::HolderFinding;
use crate::refusal::{FormatRefusal, HolderRefusal, Refusal};
use crate::state::tests::world::claims::{WILD, wild};
use crate::state::tests::world::{Draft, Setting, World, holder, holder_id, holder_keys, stranger};
use crate::zone::samples::name;
use crate::zone::{Rtype, SetKey};

const CLAIM: &[Row<ClaimAct>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "has a proof that is no text",
        |_, act| act.payload.proof = Some("?".into()),
        |_, _| FormatRefusal::Base64.into(),
    ),
    (
        "has a proof that is none",
        |_, act| act.payload.proof = Some("AAAA".into()),
        |_, _| {
            let octets = crate::dnssec::Chain::from_octets(&[0, 0, 0]);
            Refusal::Chain(octets.unwrap_err())
        },
    ),
    (
        "brings no keys",
        |_, act| act.payload.keys.operational.keys.clear(),
        |_, _| HolderFinding::Keys { count: 0 }.into(),
    ),
    (
        "brings keys that the holder's name is not made of",
        |_, act| act.payload.keys = holder_keys(6),
        |_, _| {
            let holder = holder_id(5);
            HolderRefusal::OtherKeys { holder }.into()
        },
    ),
    (
        "is signed by somebody else",
        |_, act| act.signers = [stranger()].into(),
        |_, _| {
            let holder = holder_id(5);
            HolderRefusal::PolicyNotMet { holder }.into()
        },
    ),
    (
        "is of a name that somebody holds",
        |_, act| act.payload.name = name("fish.example."),
        |_, _| {
            let (name, holder) = (name("fish.example."), holder_id(1));
            HolderRefusal::NameHeld { name, holder }.into()
        },
    ),
    (
        "is of a name that is not delegated",
        |_, act| act.payload.name = name("nobody.example."),
        |_, _| {
            let name = name("nobody.example.");
            HolderRefusal::NotDelegated { name }.into()
        },
    ),
    (
        "has no proof where there could be one",
        |_, act| act.payload.proof = None,
        |_, _| HolderRefusal::ProofMissing { name: name(WILD) }.into(),
    ),
    (
        "has a proof where nothing proves",
        |world, act| {
            *world = World::unsigned();
            *act = world.claim(5);
        },
        |_, _| HolderRefusal::ProofUseless { name: name(WILD) }.into(),
    ),
    (
        "proves what is said of another ledger",
        |world, act| {
            let text = world.claim_text(holder_id(5));
            let text = text.replace(&std::format!("{}", world.here().ledger), &"ee".repeat(32));
            act.payload.proof = Some(World::proof(&wild(), &text));
        },
        |world, _| {
            let place = name("_comity.wild.example.");
            let ledger = world.here().ledger;
            ClaimRefusal::Missing { place, ledger }.into()
        },
    ),
    (
        "proves another holder's claim",
        |world, act| {
            let text = world.claim_text(holder_id(6));
            act.payload.proof = Some(World::proof(&wild(), &text));
        },
        |_, _| {
            let (name, holder) = (name(WILD), holder_id(6).0);
            HolderRefusal::ProofOfOther { name, holder }.into()
        },
    ),
    (
        "proves a claim to another name",
        |world, act| {
            let text = world.claim_text(holder_id(5));
            let other = Zone::new("other.example.", 77);
            act.payload.proof = Some(World::proof(&other, &text));
        },
        |_, _| {
            let (name, holder) = (name("other.example."), holder_id(5).0);
            HolderRefusal::ProofOfOther { name, holder }.into()
        },
    ),
    (
        "is proved by keys that the DS set does not name",
        |world, act| {
            let text = world.claim_text(holder_id(5));
            let thief = Zone::new(WILD, 78);
            act.payload.proof = Some(World::proof(&thief, &text));
        },
        |_, _| {
            let set = SetKey::new(&name(WILD), Rtype::DS);
            let tag = Zone::new(WILD, 78).tag();
            ChainRefusal::KeyNotNamed { set, tag }.into()
        },
    ),
    (
        "is proved by signatures that are over",
        |world, _| *world = world.clone().with_time(NOW.plus(1001)),
        |_, _| {
            let set = SetKey::new(&name(WILD), Rtype::DNSKEY);
            let until = NOW.plus(1000);
            ChainRefusal::Expired { set, until }.into()
        },
    ),
    ("comes a second time", twice, claim_known),
    (
        "is one more than may stand",
        |world, act| {
            *world = World::unsigned();
            for number in 20..28 {
                let mut one = world.claim(number);
                one.payload.proof = None;
                world.accept(&one);
            }
            *act = world.claim(5);
            act.payload.proof = None;
        },
        claim_known,
    ),
];

fn claim_known(_: &World, act: &Draft<ClaimAct>) -> Refusal {
    let name = act.payload.name.clone();
    HolderRefusal::ClaimKnown { name }.into()
}

fn claim() -> (World, Draft<ClaimAct>) {
    let world = World::claimable();
    let act = world.claim(5);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    refusals(claim(), CLAIM)
}

#[test]
fn refuses_a_claim_that() {
    refusals(claim(), CLAIM);
}

const WAIT_S: u64 = 14 * DAY_S;

#[test]
fn a_claim_binds_after_its_time_and_needs_no_membership() {
    let (mut world, act) = claim();
    world.accept(&act);
    let world = world.with_time(NOW.plus(1)).with_time(NOW.plus(WAIT_S));
    assert_eq!(world.here().holder_of(&name(WILD)), None);
    let mut world = world.with_time(NOW.plus(WAIT_S + 1));
    assert_eq!(world.here().holder_of(&name(WILD)), Some(holder_id(5)));
    // From here on it obeys its holder and nobody else.
    let change = world.put_set("wild.example. 3600 NS ns.example.");
    let proposal = world.proposal([change]).by(holder(5));
    world.accept(&proposal);
    assert_eq!(world.decision_if_any(proposal.id()), None);
    world.accept(&world.consent(proposal.id(), 5));
    assert!(world.decision_if_any(proposal.id()).is_some());
}

#[test]
fn a_second_proven_claim_contests_the_first_and_both_are_over() {
    let (mut world, first) = claim();
    world.accept(&first);
    let second = world.claim(6);
    world.accept(&second);
    assert!(world.here().claims.is_empty());
    for over in [&first, &second] {
        assert_eq!(world.refuse(over), claim_known(&World::default(), over));
    }
    let world = world.with_time(NOW.plus(1)).with_time(NOW.plus(WAIT_S + 1));
    assert_eq!(world.here().holder_of(&name(WILD)), None);
}

/// Strangers that prove nothing do not keep the name's registry from proving.
#[test]
fn unproven_claims_keep_nobody_from_proving() {
    let mut world = World::unsigned();
    for number in 20..28 {
        let mut one = world.claim(number);
        one.payload.proof = None;
        world.accept(&one);
    }
    let ds = wild().ds().to_text(Rtype::DS);
    world.adopt([world.put_set(&std::format!("{WILD} 3600 DS {ds}"))]);
    world.accept(&world.claim(5));
    let world = world.with_time(NOW.plus(1)).with_time(NOW.plus(WAIT_S + 1));
    assert_eq!(world.here().holder_of(&name(WILD)), Some(holder_id(5)));
}

/// Of a name without DS nobody can prove anything: its claim is on record, and
/// so may be others. Once the name is signed, the proof binds.
#[test]
fn an_unproven_claim_binds_nothing_until_it_is_proven() {
    let mut world = World::unsigned();
    let mut act = world.claim(5);
    let proof = act.payload.proof.take();
    world.accept(&act);
    let mut other = world.claim(6);
    other.payload.proof = None;
    world.accept(&other);
    let unproven = world
        .clone()
        .with_time(NOW.plus(1))
        .with_time(NOW.plus(400 * DAY_S));
    assert_eq!(unproven.here().holder_of(&name(WILD)), None);
    assert_eq!(unproven.here().claims.len(), 2);
    let ds = wild().ds().to_text(Rtype::DS);
    world.adopt([world.put_set(&std::format!("{WILD} 3600 DS {ds}"))]);
    act.payload.proof = proof;
    world.accept(&act);
    let world = world.with_time(NOW.plus(1)).with_time(NOW.plus(WAIT_S + 1));
    assert_eq!(world.here().holder_of(&name(WILD)), Some(holder_id(5)));
    assert!(world.here().claims.is_empty());
}

/// A holder that is known claims one more name; its keys are as they are now.
#[test]
fn a_known_holder_claims_with_its_present_keys() {
    let mut world = World::claimable();
    let mut act = world.claim(1);
    act.payload.keys.delay_s = 60;
    let refusal = HolderRefusal::OtherKeys {
        holder: holder_id(1),
    };
    assert_eq!(world.refuse(&act), refusal.into());
    let claim = world.claim(1);
    world.accept(&claim);
    let world = world.with_time(NOW.plus(1)).with_time(NOW.plus(WAIT_S + 1));
    assert_eq!(world.here().names_of(holder_id(1)).count(), 3);
}

/// A name that a holder is bound to by the founding act cannot be claimed, nor
/// one that is claimed while it is suppressed.
#[test]
fn a_name_that_goes_while_it_is_claimed_is_not_bound() {
    let (mut world, act) = claim();
    world.accept(&act);
    let gone = [
        (WILD, Rtype::NS),
        (WILD, Rtype::DS),
        ("ns.wild.example.", Rtype::A),
    ];
    let gone = gone.map(|(owner, rtype)| world.suppress(owner, rtype));
    world.adopt(gone);
    let world = world.with_time(NOW.plus(1)).with_time(NOW.plus(WAIT_S + 1));
    assert_eq!(world.here().holder_of(&name(WILD)), None);
    assert!(world.here().claims.is_empty());
    assert!(
        Setting::plain()
            .holders
            .iter()
            .all(|(held, _)| *held != WILD)
    );
}
