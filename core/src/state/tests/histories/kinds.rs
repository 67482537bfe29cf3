//! What kind of act an act is. It does not compile while a kind is left out.

use std::vec::Vec;

use crate::act::{Act, Matter, Proposal};
use crate::refusal::tests::variants;
use crate::zone::{Operation, Rtype};

variants!(Act:
    Founding,
    Ceremony,
    Convocation,
    Redistribution,
    Succession,
    Erasure,
    Compromise,
    Roll,
    Keyset,
    Time,
    Upstream,
    Absence,
    Proposal,
    Consent,
    Rotation,
    Testament,
    Transfer,
    Objection,
    Claim,
    Accession,
    Departure,
    Declaration,
    Ballot,
    Findings,
    Merge,
    Decision,
    Session,
    Edition,
);

/// Every kind of act, and what proposals and claims can be in particular.
pub(crate) const KINDS: &[&str] = NAMES;

/// The act's kind.
pub(crate) fn kind_of(act: &Act) -> &'static str {
    name_of(act)
}

/// What else there is to say of an act of its kind.
pub(crate) const TRAITS: &[&str] = &[
    "admission",
    "charter",
    "amendment",
    "ADD",
    "MOD",
    "SUP",
    "NOC",
    "addresses",
    "proven",
    "unproven",
];

/// Those that an act has.
pub(crate) fn traits(act: &Act) -> Vec<&'static str> {
    match act {
        Act::Proposal(proposal) => of_proposal(proposal),
        Act::Claim(claim) if claim.claim.proof.is_some() => ["proven"].into(),
        Act::Claim(_) => ["unproven"].into(),
        _ => Vec::new(),
    }
}

fn of_proposal(proposal: &Proposal) -> Vec<&'static str> {
    let mut found: Vec<&str> = match &proposal.matter {
        None => Vec::new(),
        Some(Matter::Admission(_)) => ["admission"].into(),
        Some(Matter::Charter(_)) => ["charter"].into(),
    };
    if proposal.amends.is_some() {
        found.push("amendment");
    }
    for change in &proposal.changes {
        found.extend(change.operation().map(|operation| match operation {
            Operation::Add => "ADD",
            Operation::Mod => "MOD",
            Operation::Sup => "SUP",
            Operation::Noc => "NOC",
        }));
        if change.rtype == Rtype::A {
            found.push("addresses");
        }
    }
    found
}
