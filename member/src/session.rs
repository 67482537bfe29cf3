//! A member's part in a session: commits ahead of time, and releases its
//! shares for the one session act that lists its commitments, under a
//! checkpoint with the cosigning quorum. Nonces live in memory only, for an
//! hour at most, and are gone once used.

use std::collections::BTreeMap;
use std::time::Duration;

use comity_core::act::{Envelope, SessionKind};
use comity_core::message::{Commit, SessionId, Shares};
use comity_core::state::{Founded, SessionRecord, State};
use comity_sign::deal::Share;
use comity_sign::session::{self, CheckedCommitments, Nonces};
use data_encoding::BASE64;
use tracing::{debug, info};

use crate::ceremony::share_number;
use crate::run::{Member, RunError};
use crate::sent::Sent;

/// How long nonces are kept.
const NONCES_LIFE: Duration = Duration::from_secs(3600);

/// Nonces that wait for their session.
pub(crate) struct Held {
    nonces: Nonces,
    commitments: Vec<u8>,
    /// All signers' commitments that were checked since the session act was seen,
    /// by share number.
    ahead: BTreeMap<u16, CheckedCommitments>,
    message: Envelope,
    sent_in_run: Option<u64>,
    /// By the clock that nobody sets.
    since: Duration,
}

/// The newest shares message of each kind, sent again when the secretariat
/// forgot it: the very same octets, so no nonce is used twice.
pub(crate) struct Released {
    edition: u64,
    message: Sent,
}

impl Held {
    /// Checks all signers' commitments, once. What is wrong with any of them is
    /// said when shares are to be released.
    fn check_ahead(&mut self, record: &SessionRecord) {
        if !self.ahead.is_empty() {
            return;
        }
        let count = self.commitments.len() / session::COMMITMENT_OCTETS;
        for (id, octets) in &record.commitments {
            if let Ok(checked) = session::check_commitments(*id, count, octets) {
                self.ahead.insert(*id, checked);
            }
        }
    }
}

impl Member {
    /// Drops nonces that are too old.
    pub(crate) fn forget_old_nonces(&mut self) {
        let now = self.clock().running();
        let is_fresh = |held: &Held| now.saturating_sub(held.since) < NONCES_LIFE;
        self.held.retain(|_, held| is_fresh(held));
    }

    /// Commits to the sessions that the secretariat prepares.
    pub(crate) fn commit(&mut self, wanted: &[SessionId], run: u64) -> Result<(), RunError> {
        if self.withholds() {
            return Ok(());
        }
        let state = self.follower.state();
        self.held
            .retain(|id, _| wanted.contains(id) || is_open(state, id));
        if !wanted.is_empty() {
            self.look(true)?;
        }
        for id in wanted {
            let Some(count) = self.batch_size(id) else {
                continue;
            };
            if !self.load_share(id.epoch)? {
                continue;
            }
            let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
            let epoch = founded.epoch_numbered(id.epoch);
            let me = founded.member_of(&self.identity.public());
            // Who has left has a share to hand over, and none to sign with.
            let epoch = epoch.filter(|epoch| me.is_some_and(|me| founded.sits_in(epoch, me)));
            let Some(share) = epoch.and_then(|epoch| self.shares.of(epoch)) else {
                continue;
            };
            let length = count * session::COMMITMENT_OCTETS;
            let fits = |held: &Held| held.commitments.len() == length;
            if !self.held.get(id).is_some_and(fits) {
                let fresh = self.hold(id, count, share);
                self.held.insert(id.clone(), fresh);
            }
            let Some(held) = self.held.get_mut(id) else {
                continue;
            };
            if held.sent_in_run != Some(run) {
                // One whose sending failed may have come in nevertheless, and
                // one that is not wanted yet may be later: the nonces stay.
                let wanted = self.link.submit_message(&held.message.to_octets());
                held.sent_in_run = wanted.map_err(RunError::Link)?.then_some(run);
                debug!(edition = id.edition, kind = ?id.kind, messages = count, "committed");
            }
        }
        Ok(())
    }

    fn hold(&self, id: &SessionId, count: usize, share: &Share) -> Held {
        let (nonces, commitments) = session::commit(share, count, &mut self.random());
        let payload = Commit {
            session: id.clone(),
            commitments: BASE64.encode(&commitments),
        };
        Held {
            nonces,
            commitments,
            ahead: BTreeMap::new(),
            message: self.identity.signed(&payload),
            sent_in_run: None,
            since: self.clock().running(),
        }
    }

    /// Releases shares for the sessions that are open and permitted.
    pub(crate) fn release(&mut self, run: u64) -> Result<(), RunError> {
        if self.withholds() {
            return Ok(());
        }
        let kinds = [
            SessionKind::Records,
            SessionKind::Zonemd,
            SessionKind::Test,
            SessionKind::Keyset,
        ];
        for kind in kinds {
            self.release_kind(kind)?;
            if let Some(Released { edition, message }) = self.released.get_mut(&kind)
                && message.tell(&self.link, run)?
            {
                info!(edition, ?kind, "released shares");
            }
        }
        Ok(())
    }

    fn release_kind(&mut self, kind: SessionKind) -> Result<(), RunError> {
        let state = self.follower.state();
        let record = state
            .founded()
            .ok()
            .and_then(|founded| newest(founded, kind));
        let Some(record) = record else {
            self.released.remove(&kind);
            return Ok(());
        };
        let Some(held) = self.held.get_mut(&record.id) else {
            return Ok(());
        };
        let Some(checkpoint) = self.follower.checkpoint() else {
            return Ok(());
        };
        let me = state
            .founded()
            .ok()
            .and_then(|f| f.member_of(&self.identity.public()));
        let Some(me) = me else { return Ok(()) };
        let mine = record.commitments.get(&share_number(me)?);
        if mine != Some(&held.commitments) {
            // Not a signer here, or for commitments that are not these.
            return Ok(());
        }
        // While a quorum cosigns, most of the work can be done.
        held.check_ahead(record);
        let permit = match state.permit(kind, &checkpoint.to_text(), self.clock().now()) {
            Ok(permit) => permit,
            Err(refusal) => {
                debug!(%refusal, "shares stay here");
                return Ok(());
            }
        };
        // From here on the nonces are gone, whatever happens.
        let (id, act) = (record.id.clone(), record.act);
        let Some(Held { nonces, ahead, .. }) = self.held.remove(&id) else {
            return Ok(());
        };
        self.load_share(id.epoch)?;
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let epoch = founded.epoch_numbered(id.epoch);
        let Some(share) = epoch.and_then(|epoch| self.shares.of(epoch)) else {
            return Ok(());
        };
        let ahead = ahead.iter().map(|(id, checked)| (*id, checked)).collect();
        let shares = nonces.release(share, &permit, ahead);
        let shares = shares.map_err(RunError::Session)?;
        let payload = Shares {
            session: id.clone(),
            act,
            shares: BASE64.encode(&shares),
        };
        let (edition, message) = (id.edition, Sent::new(self.identity.signed(&payload)));
        self.released.insert(kind, Released { edition, message });
        Ok(())
    }

    /// How many messages a coming session has by this member's own state; none
    /// where it would not be the next one.
    fn batch_size(&mut self, id: &SessionId) -> Option<usize> {
        let founded = self.follower.state().founded().ok()?;
        if id.ledger != founded.ledger {
            return None;
        }
        if id.kind == SessionKind::Test {
            let dealt = founded.dealt()?;
            let is_next = (id.epoch, id.edition) == (dealt.epoch.number, 0)
                && id.attempt == dealt.next_attempt();
            return is_next.then_some(1);
        }
        if id.kind == SessionKind::Keyset {
            let plan = founded.keyset_plan()?;
            let epoch = founded.epoch_of(&plan.by().key())?.number;
            let is_next =
                (id.epoch, id.edition) == (epoch, 0) && id.attempt == founded.keyset_attempts + 1;
            return is_next.then(|| plan.messages().len());
        }
        let live = founded.edition_epoch()?.number;
        if id.epoch != live || id.edition != founded.next_edition() {
            return None;
        }
        let open = founded.open_edition();
        let next = open.map_or(1, |open| open.next_attempt(id.kind));
        if id.attempt != next {
            return None;
        }
        match id.kind {
            SessionKind::Zonemd | SessionKind::Test | SessionKind::Keyset => Some(1),
            SessionKind::Records => match founded.open_edition() {
                Some(open) => Some(open.plan.to_sign().len()),
                None => self.planned(),
            },
        }
    }

    /// The size of the batch that is due, computed once for each state.
    fn planned(&mut self) -> Option<usize> {
        let state = self.follower.state();
        let size = state.log().size();
        if self.planned.is_none_or(|(at, _)| at != size) {
            let founded = state.founded().ok()?;
            self.planned = Some((size, founded.due().map(|plan| plan.to_sign().len())));
        }
        self.planned.and_then(|(_, count)| count)
    }
}

/// Whether a session is the newest of its kind on the ledger.
fn is_open(state: &State, id: &SessionId) -> bool {
    let founded = state.founded().ok();
    let record = founded.and_then(|founded| newest(founded, id.kind));
    record.is_some_and(|record| record.id == *id)
}

/// The newest session of a kind on the ledger.
fn newest(founded: &Founded, kind: SessionKind) -> Option<&SessionRecord> {
    match kind {
        SessionKind::Records | SessionKind::Zonemd => founded.open_edition()?.sessions.get(&kind),
        SessionKind::Test => Some(founded.test()?.0),
        SessionKind::Keyset => Some(&founded.open_keyset()?.session),
    }
}
