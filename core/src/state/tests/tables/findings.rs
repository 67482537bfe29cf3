//! Findings beside a proposal.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals};
use crate::act::{Findings, Stage};
use crate::check::Severity;
use crate::limits;
use crate::refusal::tests::variants;
use crate::refusal::{FindingsRefusal, FormatRefusal, Refusal};
use crate::state::tests::world::{Draft, World, holder, log, member, public, stranger};
use crate::zone::samples::name;

variants!(FindingsRefusal: Names, NotTouched, Quoted, Late);

/// How many rules about findings there are.
pub(super) const RULES: usize = NAMES.len();

fn quoted() -> Refusal {
    let name = name("frog.example.");
    FindingsRefusal::Quoted { name }.into()
}

const ROWS: &[Row<Findings>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = u32::MAX,
        |_, _| FormatRefusal::Rules { found: u32::MAX }.into(),
    ),
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two: each looks itself",
        |_, act| act.signers.push(member(1)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "is by nobody",
        |_, act| act.signers = [stranger()].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&stranger()),
        },
    ),
    (
        "is the secretariat's",
        |_, act| act.signers = [log()].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&log()),
        },
    ),
    (
        "is by a member that left",
        |world, act| {
            world.accept(&world.departure(4));
            act.signers = [member(4)].into();
        },
        |_, _| not_entitled(4),
    ),
    (
        "is for a proposal that is not there",
        |_, act| act.payload.to = ELSEWHERE,
        |_, _| Refusal::ProposalUnknown {
            proposal: ELSEWHERE,
        },
    ),
    (
        "is one of a key too many",
        |world, act| {
            for begun in 1..=limits::FINDINGS_PER_KEY_MAX as u64 {
                let mut other = act.clone();
                other.payload.begun = other.payload.begun.plus(begun);
                world.accept(&other);
            }
        },
        |_, act| {
            let proposal = act.payload.to;
            FindingsRefusal::Late { proposal }.into()
        },
    ),
    (
        "is for no name",
        |_, act| act.payload.names.clear(),
        |_, _| FindingsRefusal::Names.into(),
    ),
    (
        "is for one name twice",
        |_, act| act.payload.names.push(act.payload.names[0].clone()),
        |_, _| FindingsRefusal::Names.into(),
    ),
    (
        "is for a name that the proposal does not touch",
        |_, act| act.payload.names[0].name = name("fish.example."),
        |_, _| {
            let name = name("fish.example.");
            FindingsRefusal::NotTouched { name }.into()
        },
    ),
    (
        "quotes more than there is",
        |_, act| act.payload.names[0].count = 0,
        |_, _| quoted(),
    ),
    (
        "quotes more than is read",
        |_, act| {
            let found = &mut act.payload.names[0];
            found.findings = std::vec![found.findings[0].clone(); limits::FINDINGS_QUOTED_MAX + 1];
            found.count = 100;
        },
        |_, _| quoted(),
    ),
    (
        "quotes at more length than is read",
        |_, act| {
            let text = "x".repeat(limits::FINDING_TEXT_OCTETS_MAX + 1);
            act.payload.names[0].findings[0].text = text;
        },
        |_, _| quoted(),
    ),
    (
        "quotes a record at more length than is read",
        |_, act| {
            let text = "x".repeat(limits::FINDING_TEXT_OCTETS_MAX + 1);
            act.payload.names[0].findings[0].record = Some(text);
        },
        |_, _| quoted(),
    ),
    (
        "quotes worse than the worst",
        |_, act| act.payload.names[0].worst = Some(Severity::Error),
        |_, _| quoted(),
    ),
    (
        "has findings and no worst",
        |_, act| {
            act.payload.names[0].worst = None;
            act.payload.names[0].findings.clear();
        },
        |_, _| quoted(),
    ),
];

fn broken() -> (World, Draft<Findings>) {
    let mut world = World::careful();
    let proposal = world.propose([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
    let act = world.findings(proposal, 0, true);
    (world, act)
}

/// Findings for what is published help nobody.
fn published() -> Refusal {
    let mut world = World::plain().with_edition();
    let proposal = world.propose([world.put_set("frog.example. 3600 NS ns2.example.")]);
    world.accept(&world.consent(proposal, 1));
    world.decide(proposal);
    let mut act = world.findings(proposal, 0, true);
    act.payload.stage = Stage::Signing;
    world.clone().accept(&act);
    let later = world.now().plus(1);
    let mut world = world.with_time(later).with_edition();
    world.refuse(&act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(broken(), ROWS);
    all.push(published());
    all
}

#[test]
fn refuses_findings_that() {
    let all = all();
    let named = all.iter().filter_map(|refusal| match refusal {
        Refusal::Findings(inner) => Some(name_of(inner)),
        _ => None,
    });
    let named: BTreeSet<&str> = named.collect();
    assert_eq!(named, NAMES.iter().copied().collect());
}

#[test]
fn a_member_and_a_holder_may_say_what_they_found() {
    for signer in [member(4), holder(0)] {
        let (mut world, act) = broken();
        world.accept(&act.by(signer));
    }
}
