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
        let interval = self
            .pace
            .time_interval_s
            .min((founded.charter.rules.absence_after_s / 2).max(1));
        let overdue = now.seconds().saturating_sub(time.0) >= interval;
        passed.or(overdue.then_some(time))
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
        Ok(true)
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
