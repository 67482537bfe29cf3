//! `comity export roll-calls`: every vote that was decided, as it was when it
//! was: members that left since then are still there.

use comity_core::act::{Proposal, Question};
use comity_core::basic::{Digest, Time};
use comity_core::state::{Founded, Outcome, State};
use comity_core::vote::Entry;
use comity_core::vote::roll_call::{RollCall, csv};
use comity_mirror::follow::{Applied, Follower};
use comity_mirror::source;

use super::follow_failure;
use crate::args::LedgerArgs;
use crate::output::Failure;

/// Seconds of a Gregorian year, on average.
const YEAR_S: u64 = 31_556_952;

/// A vote, taken down when it was decided.
struct Vote {
    proposal: Digest,
    descr: String,
    amend: bool,
    session: u32,
    date: Time,
    roll: Vec<(String, Entry)>,
}

/// The file.
pub(super) fn export(ledger: &LedgerArgs) -> Result<Vec<u8>, Failure> {
    let mut votes = Vec::new();
    let mut follower = Follower::new(source::open(&ledger.ledger), ledger.founding);
    let mut look = |state: &State, applied: &Applied| {
        if let (Outcome::Decided(proposal, _), Ok(founded)) = (&applied.outcome, state.founded()) {
            votes.extend(vote(founded, *proposal));
        }
    };
    follower
        .poll_with(&mut look)
        .map_err(|error| follow_failure(&error))?;
    Ok(file(&votes).into_bytes())
}

/// The vote on a proposal that was decided just now, if there was one.
fn vote(founded: &Founded, id: Digest) -> Option<Vote> {
    let state = founded.proposals.iter().find(|known| known.id == id)?;
    let decided = state.decided.as_ref()?;
    let tally = &decided.decision.tally;
    if !tally.needed {
        return None;
    }
    let question: Question = tally.rule;
    let roll = founded.roll(state, question);
    let members = founded.members.iter().zip(roll.entries());
    let Proposal { reason, amends, .. } = &state.proposal;
    let life_s = decided.time.0 - founded.began.unwrap_or_default().0.min(decided.time.0);
    Some(Vote {
        proposal: id,
        descr: reason.clone(),
        amend: amends.is_some(),
        session: u32::try_from(life_s / YEAR_S).map_or(u32::MAX, |year| year.saturating_add(1)),
        date: decided.time,
        roll: members
            .map(|(member, entry)| (member.name.clone(), *entry))
            .collect(),
    })
}

fn file(votes: &[Vote]) -> String {
    let ids: Vec<_> = votes.iter().map(|vote| vote.proposal.to_string()).collect();
    let rolls: Vec<Vec<(&str, Entry)>> = votes
        .iter()
        .map(|vote| {
            let roll = vote.roll.iter();
            roll.map(|(name, entry)| (name.as_str(), *entry)).collect()
        })
        .collect();
    let calls: Vec<_> = (1..)
        .zip(votes)
        .zip(ids.iter().zip(&rolls))
        .map(|((rcid, vote), (id, roll))| RollCall {
            rcid,
            session: vote.session,
            date: vote.date,
            unres: id,
            amend: vote.amend,
            para: false,
            descr: &vote.descr,
            entries: roll,
        })
        .collect();
    csv(&calls)
}
