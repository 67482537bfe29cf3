//! The first half of a session: commitments come in, also to the session after the
//! one that is open, which begins as soon as enough members who owe nothing are ready.

use comity_core::act::{Envelope, SessionKind};
use comity_core::basic::from_base64;
use comity_core::message::{Commit, SessionId};
use comity_core::refusal::FormatRefusal;
use comity_sign::session::{COMMITMENT_OCTETS, CheckedCommitments, check_commitments};
use tracing::warn;

use super::desk::{Committed, OpenSession};
use super::session::share_number;
use super::{Engine, EngineError};

impl Engine {
    /// Takes a member's commitments. The last ones before the session act
    /// count, for a member that restarted has lost its nonces.
    pub(super) fn take_commit(
        &mut self,
        member: usize,
        message: Envelope,
    ) -> Result<(), EngineError> {
        let commit: Commit = message.payload()?;
        let wanted = self.wanted_commits();
        let kind = commit.session.kind;
        let desk = self.desk_mut(kind);
        desk.commits.retain(|id, _| wanted.contains(id));
        if !wanted.contains(&commit.session) {
            return Err(EngineError::NotWanted);
        }
        let octets = from_base64(&commit.commitments).ok_or(FormatRefusal::Base64)?;
        let messages = self.batch_size(kind);
        if messages.and_then(|count| count.checked_mul(COMMITMENT_OCTETS)) != Some(octets.len()) {
            // By a member that is not as far on the ledger, or farther.
            return Err(EngineError::NotWanted);
        }
        // Checked now, so that a bad one costs no session later; but for a session that
        // is hardly needed, while shares for another wait for the same processor.
        let is_spare = commit.session.attempt > 1 && !self.desk(kind).given_up;
        let checked = match is_spare {
            true => None,
            false => Some(self.check_commitments(member, &octets)?),
        };
        let committed = Committed {
            message,
            messages: octets.len() / COMMITMENT_OCTETS,
            checked,
        };
        let commits = &mut self.desk_mut(kind).commits;
        let of_session = commits.entry(commit.session).or_default();
        of_session.insert(member, committed);
        Ok(())
    }

    fn check_commitments(
        &self,
        member: usize,
        octets: &[u8],
    ) -> Result<CheckedCommitments, EngineError> {
        let share = share_number(member)?;
        let checked = check_commitments(share, octets.len() / COMMITMENT_OCTETS, octets);
        checked.map_err(|error| {
            warn!(member = self.name_of(share), %error, "refused commitments");
            EngineError::Session(error)
        })
    }

    /// Checks the commitments of these members to a session, where that was put off.
    /// Bad ones are thrown away. Whether there were none.
    pub(super) fn check_put_off(
        &mut self,
        id: &SessionId,
        members: &[usize],
    ) -> Result<bool, EngineError> {
        let mut all_good = true;
        for at in members {
            let of_session = self.desk(id.kind).commits.get(id);
            let committed = of_session.and_then(|committed| committed.get(at));
            let Some(committed) = committed.filter(|it| it.checked.is_none()) else {
                continue;
            };
            let commit: Commit = committed.message.payload()?;
            let octets = from_base64(&commit.commitments).unwrap_or_default();
            let checked = self.check_commitments(*at, &octets).ok();
            let of_session = self.desk_mut(id.kind).commits.get_mut(id);
            let Some(of_session) = of_session else {
                continue;
            };
            match (checked, of_session.get_mut(at)) {
                (Some(checked), Some(committed)) => committed.checked = Some(checked),
                _ => {
                    of_session.remove(at);
                    all_good = false;
                }
            }
        }
        Ok(all_good)
    }

    /// Who has committed to this session for as many messages, and can sign.
    pub(super) fn committed(&self, id: &SessionId, messages: usize) -> Vec<usize> {
        let Ok(founded) = self.state.founded() else {
            return Vec::new();
        };
        let committed = self.desk(id.kind).commits.get(id).into_iter().flatten();
        let fitting = committed.filter(|(_, committed)| committed.messages == messages);
        // One may have departed since.
        let epoch = founded.epoch_numbered(id.epoch);
        let sits = |at: &usize| epoch.is_some_and(|epoch| founded.sits_in(epoch, *at));
        fitting.map(|(at, _)| *at).filter(sits).collect()
    }

    /// Whether a threshold of members who owe nothing have committed to the next
    /// session of a kind: then it need not wait until the newest one is given up.
    ///
    /// So many sessions of one batch can be opened without any wait: n - t + 1, of n
    /// shares and a threshold of t. Each that does not end has a signer that owes it
    /// shares, or sent wrong ones, and is in no later one: n - t of them at most leave
    /// a threshold (ROAST, Ruffing et al. 2022, the theorem on robustness).
    pub(super) fn others_are_ready(&self, kind: SessionKind) -> bool {
        let wanted = self.wanted_commits();
        let (Some(id), Some(messages)) = (
            wanted.iter().find(|id| id.kind == kind),
            self.batch_size(kind),
        ) else {
            return false;
        };
        let (desk, founded) = (self.desk(kind), self.state.founded());
        let owes = |at: usize| {
            let owed = |open: &OpenSession| share_number(at).is_ok_and(|id| open.is_owed_by(id));
            desk.newest().is_some_and(owed)
        };
        let committed = self.committed(id, messages).into_iter();
        let ready = committed.filter(|at| desk.may_be_good(*at) && !owes(*at));
        let epoch = founded.ok().and_then(|it| it.epoch_numbered(id.epoch));
        epoch.is_some_and(|epoch| ready.count() >= usize::from(epoch.threshold))
    }
}
