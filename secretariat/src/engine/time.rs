//! Ledger time: when it must move, and the act that moves it.

use comity_core::act::{RULES, TimeAct};
use comity_core::basic::Time;
use comity_core::charter::cosigning_quorum;

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
        let deadlines = founded
            .proposals
            .iter()
            .filter(|proposal| proposal.decided.is_none())
            .map(|proposal| proposal.proposal.deadline);
        let passed = deadlines
            .filter(|at| *at >= time && at.0 < now.seconds())
            .max();
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
        let mut times: Vec<Time> = checkpoint
            .verified_cosignatures(&keys)
            .into_iter()
            .map(|(_, time)| time)
            .collect();
        times.sort_unstable();
        let threshold = usize::from(founded.charter.rules.signing_threshold);
        let median = times.get(times.len().saturating_sub(1) / 2).copied();
        if times.len() < threshold || median.is_none_or(|median| median <= above) {
            self.time_ready = None;
            return Ok(false);
        }
        let ready = *self.time_ready.get_or_insert(now);
        let fresh = times.iter().filter(|time| **time > above).count();
        let everybody = fresh >= founded.present().max(cosigning_quorum(founded.present()));
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
