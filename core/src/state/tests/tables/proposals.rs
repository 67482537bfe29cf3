//! Proposals, and holders' consents to them.

use std::vec::Vec;

use super::{ELSEWHERE, Row, refusals, twice};
use crate::act::{Consent, Proposal, Vote};
use crate::basic::Time;
use crate::edition::samples::{DAY_S, NOW};
use crate::holder::HolderId;
use crate::refusal::{FormatRefusal, HolderRefusal, Refusal};
use crate::state::tests::world::{
    Draft, Setting, World, holder, holder_id, log, member, public, stranger,
};
use crate::zone::samples::name;
use crate::zone::{Rtype, SetKey, ZoneRefusal};

/// What the proposal of the first table does: new servers for a name that
/// nobody holds.
const WILD: &str = "wild.example. 3600 NS ns.example.";

const PROPOSAL: &[Row<Proposal>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = 3,
        |_, _| FormatRefusal::Rules { found: 3 }.into(),
    ),
    (
        "comes before the founding act",
        |world, _| *world = World::default(),
        |_, _| Refusal::NotFounded,
    ),
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two members",
        |_, act| act.signers.push(member(1)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "is signed by neither member nor holder",
        |_, act| act.signers = [log()].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&log()),
        },
    ),
    ("is there already", twice, |_, act| Refusal::ProposalKnown {
        proposal: act.id(),
    }),
    (
        "is there already, by somebody else",
        |world, act| {
            world.accept(act);
            act.signers = [holder(1)].into();
        },
        |_, act| Refusal::ProposalKnown { proposal: act.id() },
    ),
    (
        "changes nothing",
        |_, act| act.payload.changes.clear(),
        |_, _| Refusal::ChangeList,
    ),
    (
        "changes one set twice",
        |_, act| act.payload.changes.push(act.payload.changes[0].clone()),
        |_, _| Refusal::ChangeList,
    ),
    (
        "lists its changes out of order",
        |world, act| {
            let change = world.put_set("fish.example. 3600 NS ns.example.");
            act.payload.changes.push(change);
        },
        |_, _| Refusal::ChangeList,
    ),
    (
        "changes more than a hundred sets",
        |world, act| {
            let one = |at| world.put_set(&std::format!("x{at:03}.example. 60 A 192.0.2.9"));
            act.payload.changes = (0..101).map(one).collect();
        },
        |_, _| Refusal::ChangeList,
    ),
    (
        "comes before ledger time",
        |world, act| {
            *world = World::founded(&Setting::plain());
            act.payload.ledger = world.here().ledger;
        },
        |_, _| Refusal::NoTime,
    ),
    (
        "ends at once",
        |_, act| act.payload.deadline = NOW,
        |_, _| Refusal::DeadlineTooNear {
            deadline: NOW,
            earliest: NOW.plus(60),
        },
    ),
    (
        "ends sooner than the charter allows",
        |world, act| {
            let mut setting = Setting::plain();
            setting.rules.deadline_s_min = 2 * DAY_S;
            *world = World::founded(&setting).with_key().with_time(NOW);
            *act = world.proposal([world.put_set(WILD)]);
        },
        |_, _| Refusal::DeadlineTooNear {
            deadline: NOW.plus(DAY_S),
            earliest: NOW.plus(2 * DAY_S),
        },
    ),
    (
        "ends in more than a year",
        |_, act| act.payload.deadline = NOW.plus(366 * DAY_S + 1),
        |_, _| Refusal::DeadlineTooFar {
            deadline: NOW.plus(366 * DAY_S + 1),
            latest: NOW.plus(366 * DAY_S),
        },
    ),
    (
        "is one more than a key may have open",
        |world, act| {
            for more in 1..=30 {
                let mut one = act.clone();
                one.payload.deadline = NOW.plus(DAY_S + more);
                world.accept(&one);
            }
        },
        |_, _| Refusal::TooManyProposals {
            key: public(&member(0)),
        },
    ),
    (
        "changes what is derived",
        |world, act| *act = world.proposal([world.put_set("wild.example. 60 NSEC example. A")]),
        |_, _| Refusal::Derived {
            set: SetKey::new(&name("wild.example."), Rtype::NSEC),
        },
    ),
    (
        "changes, in the root, a name that nobody holds",
        |world, act| {
            *world = World::root();
            *act = world.proposal([world.put_set("lu. 172800 NS ns.be.")]);
        },
        |_, _| Refusal::FollowsUpstream { name: name("lu.") },
    ),
    (
        "changes, in the root, a host of a name that nobody holds",
        |world, act| {
            *world = World::root();
            *act = world.proposal([world.put_set("ns.nic.lu. 60 A 192.0.2.9")]);
        },
        |_, _| Refusal::FollowsUpstream { name: name("lu.") },
    ),
    (
        "adds, to the root, data that is no delegation",
        |world, act| {
            *world = World::root();
            *act = world.proposal([world.put_set("new. 60 A 192.0.2.9")]);
        },
        |_, _| Refusal::FollowsUpstream { name: name("new.") },
    ),
    (
        "expects another old value",
        |_, act| act.payload.changes[0].old = None,
        |_, _| {
            let set = SetKey::new(&name("wild.example."), Rtype::NS);
            ZoneRefusal::OldValueDiffers { set }.into()
        },
    ),
    (
        "suppresses a delegation whose host another name uses",
        |world, act| {
            let sets = [("bird.example.", Rtype::NS), ("bird.example.", Rtype::DS)];
            let host = ("ns.bird.example.", Rtype::A);
            let sets = sets.into_iter().chain([host]);
            *act = world.proposal(sets.map(|(owner, rtype)| world.suppress(owner, rtype)));
        },
        |_, _| {
            ZoneRefusal::HostsInUse {
                delegation: name("bird.example."),
                host: name("ns.bird.example."),
                user: name("fish.example."),
            }
            .into()
        },
    ),
];

const CONSENT: &[Row<Consent>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is for another zone",
        |_, act| act.payload.zone = name("fish.example."),
        |_, _| Refusal::OtherZone {
            zone: name("fish.example."),
        },
    ),
    (
        "is by a holder that is not there",
        |_, act| act.payload.holder = HolderId(ELSEWHERE),
        |_, _| {
            let holder = HolderId(ELSEWHERE);
            HolderRefusal::Unknown { holder }.into()
        },
    ),
    (
        "is signed by two holders",
        |_, act| act.signers.push(holder(0)),
        |_, _| {
            let holder = holder_id(1);
            HolderRefusal::PolicyNotMet { holder }.into()
        },
    ),
    (
        "is for a proposal that is not there",
        |_, act| act.payload.proposal = ELSEWHERE,
        |_, _| Refusal::ProposalUnknown {
            proposal: ELSEWHERE,
        },
    ),
    (
        "is for a proposal that is decided",
        |world, act| {
            world.accept(act);
            world.decide(act.payload.proposal);
        },
        |_, act| Refusal::ProposalDecided {
            proposal: act.payload.proposal,
        },
    ),
    (
        "comes after the proposal's deadline",
        |world, _| *world = world.clone().with_seen_and_time(NOW.plus(DAY_S + 1)),
        |_, _| Refusal::DeadlinePassed {
            deadline: NOW.plus(DAY_S),
        },
    ),
    (
        "has ended before it comes",
        |_, act| act.payload.until = Time(NOW.0 - 1),
        |_, _| Refusal::ConsentExpired {
            until: Time(NOW.0 - 1),
        },
    ),
    (
        "is the holder's second",
        |world, act| {
            world.accept(act);
            act.payload.until = NOW;
        },
        |_, _| Refusal::ConsentKnown {
            holder: holder_id(1),
        },
    ),
    (
        "is for no name",
        |_, act| act.payload.names.clear(),
        |_, _| Refusal::ConsentNames,
    ),
    (
        "is for one name twice",
        |_, act| act.payload.names.push(act.payload.names[0].clone()),
        |_, _| Refusal::ConsentNames,
    ),
    (
        "is for names out of order",
        |world, act| {
            let bird = world.consented(&name("bird.example."));
            act.payload.names.push(bird);
        },
        |_, _| Refusal::ConsentNames,
    ),
    (
        "is by somebody else",
        |_, act| act.signers = [stranger()].into(),
        |_, _| {
            let holder = holder_id(1);
            HolderRefusal::PolicyNotMet { holder }.into()
        },
    ),
    (
        "is for a name that another holds",
        |world, act| act.payload.names[0] = world.consented(&name("bird.example.")),
        |_, _| not_holder("bird.example.", 1),
    ),
    (
        "is for a name that nobody holds",
        |world, act| act.payload.names[0] = world.consented(&name("wild.example.")),
        |_, _| not_holder("wild.example.", 1),
    ),
    (
        "is for a name of the holder's that the proposal leaves alone",
        |world, act| act.payload.names[0] = world.consented(&name("frog.example.")),
        |_, _| Refusal::NotTouched {
            name: name("frog.example."),
        },
    ),
    (
        "was given for another state of the name",
        |_, act| act.payload.names[0].present = ELSEWHERE,
        |_, _| Refusal::StateDiffers {
            name: name("fish.example."),
        },
    ),
];

fn not_holder(text: &str, number: u8) -> Refusal {
    let (name, holder) = (name(text), holder_id(number));
    HolderRefusal::NotHolder { name, holder }.into()
}

fn proposal() -> (World, Draft<Proposal>) {
    let world = World::plain();
    let act = world.proposal([world.put_set(WILD)]);
    (world, act)
}

fn consent() -> (World, Draft<Consent>) {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("fish.example. 3600 NS ns.example.")]);
    let act = world.consent(proposal, 1);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(proposal(), PROPOSAL);
    all.extend(refusals(consent(), CONSENT));
    all
}

#[test]
fn refuses_a_proposal_that() {
    refusals(proposal(), PROPOSAL);
}

#[test]
fn refuses_a_consent_that() {
    refusals(consent(), CONSENT);
}

#[test]
fn a_holder_that_is_no_member_may_propose_and_not_vote() {
    let (mut world, act) = proposal();
    let act = act.by(holder(0));
    world.accept(&act);
    let ballot = world.ballot(act.id(), 0, Vote::For).by(holder(0));
    let key = public(&holder(0));
    assert_eq!(world.refuse(&ballot), Refusal::NotEntitled { key });
}

#[test]
fn a_key_that_has_many_proposals_open_hinders_no_other_key() {
    let (mut world, act) = proposal();
    let mut first = None;
    for more in 1..=30 {
        let mut one = act.clone();
        one.payload.deadline = NOW.plus(DAY_S + more);
        world.accept(&one);
        first.get_or_insert(one.id());
    }
    world.accept(&act.clone().by(member(1)));
    // One that is decided makes room.
    world.vote(first.unwrap(), &[0, 1, 2], Vote::Against);
    world.decide(first.unwrap());
    let mut one = act;
    one.payload.deadline = NOW.plus(2 * DAY_S);
    world.accept(&one);
}
