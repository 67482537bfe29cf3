//! Every rule has its row, and says something of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::string::{String, ToString};
use std::vec::Vec;

use super::{
    amendments, claims, editions, epochs, findings, founding, holders, keys, ledger, members,
    merges, proposals, redistributions, sessions, signers, successions, upstream, votes,
};
use crate::basic::Time;
use crate::refusal::Refusal;
use crate::refusal::tests::variants;
use crate::state::tests::world::World;

variants!(Refusal:
    Format, BlobMissing, BlobDiffers, BlobMalformed, WrongPosition, NotFounded, AlreadyFounded,
    OtherLedger, NotEntitled, TooFewSigners, TooManySigners, MemberDidNotSign, MemberName,
    MemberKey, Charter, HolderKeys, Holder, Findings, Merge, Epoch, Key, Upstream, Chain, Claim, Zone, HolderBinding, LogKey, Transcript, OtherGroupKey, WrongEpoch,
    WrongThreshold, Checkpoint, OtherHistory, CheckpointTooSmall, TooFewCosignatures,
    TimeBackwards, ClockDiffers, NoTime, NotAbsent, KindOfZone, ChangeList,
    Derived, FollowsUpstream, DeadlineTooNear, DeadlineTooFar, TooManyProposals, ProposalKnown, ProposalUnknown, ProposalDecided, DeadlinePassed, OtherZone, ConsentNames, NotTouched, ReasonTooLong,
    StateDiffers, ConsentExpired, ConsentKnown, BallotKnown, DecisionNotDue, OtherCharter,
    CharterSigned, TooManyDeclarations, MemberTaken, MembersFull, Amendment,
    HolderConsentMissing, DecisionDiffers, NoKey, NothingDue, WrongEdition, WrongAttempt,
    BatchDiffers, Signers, Silent, Commitments, SessionFields, NoRecords, OtherRecords, Edition,
    EditionDiffers, NoSession,
);

/// An act that is right, at a place that is not the next.
fn out_of_place() -> Refusal {
    use crate::act::check;
    use crate::edition::samples::NOW;
    use crate::state::{Position, apply};
    let mut world = World::plain();
    let act = world.time(&[0, 1, 2], NOW.plus(1)).envelope();
    let checked = check(
        &act.to_octets(),
        &world.blobs,
        &crate::dnssec::tests::OursAlone,
    )
    .unwrap();
    let (size, before) = (world.size(), world.state.digest());
    let refusals = [size - 1, size + 1].map(|place| {
        let refusal = apply(&mut world.state, &checked, Position(place)).unwrap_err();
        let (expected, found) = (size, place);
        assert_eq!(refusal, Refusal::WrongPosition { expected, found });
        assert_eq!(world.state.digest(), before);
        refusal
    });
    assert!(apply(&mut world.state, &checked, Position(size)).is_ok());
    let [first, _] = refusals;
    first
}

/// Leave to sign, asked for by a member whose clock stands at the beginning.
fn clock() -> Refusal {
    use crate::act::SessionKind::Records;
    let world = World::plain().with_records_session();
    let checkpoint = world.quorum_checkpoint();
    let permit = world.state.permit(Records, &checkpoint, Time(0));
    permit.err().unwrap()
}

fn all() -> Vec<Refusal> {
    let tables = [
        founding::all(),
        holders::all(),
        ledger::all(),
        members::all(),
        claims::all(),
        findings::all(),
        merges::all(),
        amendments::all(),
        proposals::all(),
        votes::all(),
        sessions::all(),
        signers::all(),
        epochs::all(),
        keys::all(),
        redistributions::all(),
        successions::all(),
        editions::all(),
        upstream::all(),
        [clock()].into(),
        [out_of_place()].into(),
    ];
    tables.into_iter().flatten().collect()
}

#[test]
fn every_rule_has_its_row_and_its_own_name() {
    let all = all();
    let rows: BTreeSet<&str> = all.iter().map(name_of).collect();
    let missing: Vec<_> = NAMES.iter().filter(|name| !rows.contains(**name)).collect();
    assert!(missing.is_empty(), "no row has {missing:?}");
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    for refusal in &all {
        let variant = name_of(refusal);
        let rule = rules.insert(refusal.rule(), variant);
        assert!(
            rule.is_none_or(|other| other == variant),
            "{rule:?}, {variant}"
        );
        let text: String = refusal.to_string();
        let ending = std::format!(" [{}]", refusal.rule());
        assert!(
            text.ends_with(&ending) && text.len() > ending.len() + 8,
            "{text}"
        );
    }
    assert_eq!(
        rules.len(),
        NAMES.len() - 6
            + holders::RULES
            + findings::RULES
            + merges::RULES
            + epochs::RULES
            + keys::RULES
            + upstream::RULES
    );
}
