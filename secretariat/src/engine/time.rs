//! Ledger time: when it must move, and the act that moves it.

use std::collections::BTreeMap;

use comity_core::act::{RULES, TimeAct};
use comity_core::basic::Time;
use comity_core::holder::Authority;
use comity_core::state::{Founded, ProposalState};
use comity_core::zone::Rtype;

use super::{Engine, EngineError, Now};

/// How long a time act that could be made waits for more cosignatures, which
/// are also what shows a member to be there.
const GRACE_S: u64 = 1;

impl Engine {
    /// The time above which ledger time should be now, if it should move.
    pub(super) fn time_wanted(&self, now: Now) -> Option<Time> {
        let founded = self.state.founded().ok()?;
        founded.epoch()?;
        let Some(time) = founded.time else {
            return Some(Time(0));
        };
        let open = founded.proposals.iter();
        let open = open.filter(|proposal| proposal.decided.is_none());
        let ends = open.filter_map(|proposal| end(founded, proposal, time, now));
        let waits = waits(founded).filter_map(|wait| wait.due(time, now));
        let passed = ends.chain(waits).max();
        let interval = self.time_interval_s(founded);
        let is_late = is_late(time, now, interval);
        let overdue = is_late && !self.time_late.waits(now, interval);
        passed.or(overdue.then_some(time))
    }

    /// Ledger time moves at least this often, in seconds.
    fn time_interval_s(&self, founded: &Founded) -> u64 {
        let absence_s = founded.charter.rules.absence_after_s / 2;
        self.pace.time_interval_s.min(absence_s.max(1))
    }

    /// Cosignatures must be newer than this to move the time as wanted.
    pub(super) fn cosign_after(&self, now: Now) -> u64 {
        self.time_wanted(now).map_or(0, |time| time.0)
    }

    /// Moves ledger time if it should and can.
    pub(super) fn append_time(&mut self, now: Now) -> Result<bool, EngineError> {
        let Some(above) = self.time_wanted(now) else {
            self.time_ready = None;
            return Ok(false);
        };
        let founded = self.state.founded()?;
        let keys = founded.cosigners();
        let checkpoint = self.writer.checkpoint();
        let times: BTreeMap<usize, Time> = checkpoint
            .verified_cosignatures(&keys)
            .into_iter()
            .collect();
        if founded.time_of(&times).is_none_or(|time| time <= above) {
            self.time_ready = None;
            return Ok(false);
        }
        let ready = *self.time_ready.get_or_insert(now);
        let fresh = times.values().filter(|time| **time > above).count();
        let everybody = fresh >= founded.present().max(founded.cosigning_quorum());
        if !everybody && !now.is_past(ready, GRACE_S) {
            return Ok(false);
        }
        let (rules, ledger) = (RULES, founded.ledger);
        self.append(&TimeAct {
            rules,
            ledger,
            checkpoint: checkpoint.to_text(),
        })?;
        self.time_ready = None;
        self.note_moved(now)?;
        Ok(true)
    }

    fn note_moved(&mut self, now: Now) -> Result<(), EngineError> {
        let founded = self.state.founded()?;
        let interval = self.time_interval_s(founded);
        let time = founded.time.unwrap_or_default();
        match is_late(time, now, interval) {
            true => self.time_late.note(now),
            false => self.time_late = Late::default(),
        }
        Ok(())
    }
}

fn is_late(time: Time, now: Now, interval_s: u64) -> bool {
    now.seconds().saturating_sub(time.0) >= interval_s
}

/// Time acts, one after the other, after which ledger time was as late as
/// before. One can be of old cosignatures. Many are of a clock that is ahead of
/// the members', and would fill the ledger.
#[derive(Default)]
pub(super) struct Late {
    acts: u32,
    last: Option<Now>,
}

impl Late {
    fn note(&mut self, now: Now) {
        self.acts = self.acts.saturating_add(1);
        self.last = Some(now);
    }

    /// Whether the next has to wait: ever longer, but for no more than they are
    /// apart otherwise.
    fn waits(&self, now: Now, interval_s: u64) -> bool {
        let doubled = 1_u64.checked_shl(self.acts).unwrap_or(u64::MAX);
        let wait_s = (doubled / 2).saturating_sub(1).min(interval_s);
        let is_soon = |last: Now| last <= now && !now.is_past(last, wait_s);
        self.last.is_some_and(is_soon)
    }
}

/// Something that takes effect at a ledger time, or has a delay that runs from
/// when it was seen.
enum Wait {
    /// It is not known to have been seen: any time act that covers it is.
    Unseen,
    /// It ends.
    Until(Time),
}

impl Wait {
    /// The ledger time above which it takes effect, or begins to run, if the
    /// clock says that it does and the ledger does not yet.
    fn due(&self, time: Time, now: Now) -> Option<Time> {
        match self {
            Self::Unseen => Some(time),
            Self::Until(end) if *end > time && end.0 < now.seconds() => {
                Some(Time(end.0.saturating_sub(1)))
            }
            Self::Until(_) => None,
        }
    }

    fn of(end: Option<Time>) -> Self {
        end.map_or(Self::Unseen, Self::Until)
    }
}

/// What waits on this ledger: changes of holders' keys and names, proven
/// claims, consents with a delay, notice to names that use a host.
fn waits(founded: &Founded) -> impl Iterator<Item = Wait> {
    let holders = founded
        .waiting
        .iter()
        .map(|waiting| Wait::of(founded.waiting_end(waiting)));
    let claims = founded.claims.iter().filter(|claim| claim.is_proven);
    let claims = claims.map(|claim| Wait::of(founded.claim_end(claim)));
    // For what drop boxes took in time.
    let merge_s = founded.charter.rules.merge_s();
    let open = founded.proposals.iter();
    let open = open.filter(|proposal| proposal.decided.is_none());
    let proposals = open.flat_map(move |proposal| {
        let delays = proposal
            .consents
            .iter()
            .filter_map(move |(holder, consent)| {
                let delay_s = founded.holders.get(holder)?.keys.delay_s;
                let waits = consent.authority == Authority::Operational && delay_s > 0;
                waits.then(|| Wait::of(consent.seen.map(|seen| seen.plus(delay_s + merge_s))))
            });
        let changes = proposal.proposal.changes.iter();
        let hosts = changes.filter(|change| matches!(change.rtype, Rtype::A | Rtype::AAAA));
        let notice_s = founded.charter.rules.host_notice_s;
        // Notice is so long that it does not matter when it begins exactly.
        let notice = proposal
            .seen
            .map(|seen| Wait::Until(seen.plus(notice_s + merge_s)));
        delays.chain(hosts.take(1).zip(notice).map(|(_, notice)| notice))
    });
    holders.chain(claims).chain(proposals)
}

/// The ledger time above which a proposal is over, if the clock says that it
/// is and the ledger does not yet. Of one that no time act has covered so far
/// the end is not known: any time act gives it.
fn end(founded: &Founded, proposal: &ProposalState, time: Time, now: Now) -> Option<Time> {
    let end = match founded.close(proposal) {
        Some(end) => end,
        None if proposal.proposal.deadline.0 < now.seconds() => time,
        None => return None,
    };
    (end >= time && end.0 < now.seconds()).then_some(end)
}
