//! The second half of a session: the secretariat gathers the signers' shares
//! and joins them to signatures, which needs no secret. Signers that stay
//! silent or send wrong shares are the last to be asked again; who sent wrong
//! ones is named by the message that it signed, which is kept.

use std::sync::Arc;

use comity_core::act::Envelope;
use comity_core::act::{Edition, RULES, SessionKind};
use comity_core::basic::from_base64;
use comity_core::message::Shares;
use comity_core::state::{OpenEdition, SessionRecord, ZonemdPlan};
use comity_sign::deal::GroupKey;
use comity_sign::epoch::GroupError;
use comity_sign::session::{SHARE_OCTETS, aggregate, wrong_shares};
use data_encoding::HEXLOWER;
use tracing::{info, warn};

use super::desk::{Answer, OpenSession};
use super::session::share_number;
use super::standing::Standing;
use super::{Engine, EngineError, Now};

impl Engine {
    /// Takes a signer's shares, for any session of the batch that is open. The
    /// first answer counts, whatever it is: a signer that gives another one is not
    /// heard.
    pub(super) fn take_shares(
        &mut self,
        member: usize,
        message: Envelope,
        now: Now,
    ) -> Result<(), EngineError> {
        let shares: Shares = message.payload()?;
        let (kind, share) = (shares.session.kind, share_number(member)?);
        self.keep_newest(kind, now);
        // One too many is as wrong as any number, and takes no room.
        let messages = self.batch_size(kind).unwrap_or_default();
        let mut open = self.desk_mut(kind).open.iter_mut();
        let asked = open.find(|OpenSession { record, .. }| {
            let is_asked = record.commitments.contains_key(&share);
            record.act == shares.act && record.id == shares.session && is_asked
        });
        let asked = asked.ok_or(EngineError::NotWanted)?;
        if let Some(before) = asked.answers.get(&share) {
            let is_same = before.message == message;
            return is_same.then_some(()).ok_or(EngineError::NotWanted);
        }
        // What cannot be read is an answer as well, and a wrong one.
        let mut octets = from_base64(&shares.shares).unwrap_or_default();
        octets.truncate((messages + 1) * SHARE_OCTETS);
        let answer = Answer {
            message,
            octets,
            judged: false,
        };
        asked.answers.insert(share, answer);
        Ok(())
    }

    /// Waits for the shares of the newest session on the ledger, unless the desk
    /// does already: after a restart they may be sent again.
    pub(super) fn keep_newest(&mut self, kind: SessionKind, now: Now) {
        let Some(record) = self.asked(kind) else {
            self.desk_mut(kind).open.clear();
            return;
        };
        let newest = self.desk(kind).newest();
        if newest.is_none_or(|newest| newest.record.act != record.act) {
            let record = record.clone();
            self.desk_mut(kind).put(record, now);
        }
    }

    /// The session whose signers are asked for shares of this kind.
    pub(super) fn asked(&self, kind: SessionKind) -> Option<&SessionRecord> {
        match kind {
            SessionKind::Records | SessionKind::Zonemd => self.newest_session(),
            SessionKind::Test => Some(self.state.founded().ok()?.test()?.0),
            SessionKind::Keyset => Some(&self.state.founded().ok()?.open_keyset()?.session),
        }
    }

    /// The newest session of the open edition: ZONEMD's, once there is one.
    pub(super) fn newest_session(&self) -> Option<&SessionRecord> {
        let open = self.state.founded().ok()?.open_edition()?;
        let kinds = [SessionKind::Zonemd, SessionKind::Records];
        kinds.into_iter().find_map(|kind| open.sessions.get(&kind))
    }

    /// Joins the shares to signatures when all of a session are there, also when
    /// they are late; goes on to another when some are late or wrong.
    pub(super) fn gather(&mut self, kind: SessionKind, now: Now) -> Result<bool, EngineError> {
        self.keep_newest(kind, now);
        let messages = self.batch_size(kind).unwrap_or_default();
        let octets = messages.saturating_mul(SHARE_OCTETS);
        if let Some(at) = self.desk(kind).whole(octets) {
            return self.join(kind, at, now);
        }
        let desk = self.desk(kind);
        let Some(newest) = desk.newest() else {
            return Ok(false);
        };
        if desk.given_up || self.is_superseded(&newest.record) {
            return self.retry(kind, now);
        }
        if newest.spoiled || !newest.all_fit(octets) {
            return self.give_up(kind, false, now);
        }
        let epoch = self.state.founded()?.epoch_numbered(newest.record.id.epoch);
        let signers = epoch.map_or(0, |epoch| usize::from(epoch.threshold));
        let pace = self.pace.of_session(messages, signers);
        let (since, patience_s) = (newest.since, desk.standings.patience_s(&pace));
        if self.quorum_checkpoint(newest.record.position + 1).is_none() {
            // Nobody may release shares yet: nobody is late.
            if let Some(newest) = self.desk_mut(kind).open.last_mut() {
                newest.since = now;
            }
        } else if now.is_past(since, patience_s) {
            return self.give_up(kind, true, now);
        } else if now.is_past(since, pace.session_pace_s) && self.others_are_ready(kind) {
            // Not before it is known who of them lied.
            self.judge(kind)?;
            if self.others_are_ready(kind) {
                return self.give_up(kind, true, now);
            }
        }
        Ok(false)
    }

    /// Whether another epoch signs by now: nobody releases shares of this one.
    fn is_superseded(&self, record: &SessionRecord) -> bool {
        let founded = self.state.founded();
        record.id.kind != SessionKind::Test && founded.is_ok_and(|founded| !founded.is_live(record))
    }

    /// Joins the shares of the session at this place.
    fn join(&mut self, kind: SessionKind, at: usize, now: Now) -> Result<bool, EngineError> {
        let Some(messages) = self.messages(kind) else {
            return Ok(false);
        };
        let epoch = self.desk(kind).open[at].record.id.epoch;
        let Some(group) = self.group(epoch)? else {
            return Ok(false);
        };
        let open = &self.desk(kind).open[at];
        match aggregate(&group, &open.batch(&messages), &open.answered()) {
            Ok(signatures) => {
                let id = &open.record.id;
                let (edition, attempt, messages) = (id.edition, id.attempt, messages.len());
                info!(edition, ?kind, attempt, messages, "signed");
                let signers: Vec<u16> = open.answers.keys().copied().collect();
                for id in signers {
                    self.note(kind, (at, id), Standing::Good);
                }
                self.desk_mut(kind).signatures = Some(signatures);
                // Nothing was appended, but the next step may be possible.
                match kind {
                    SessionKind::Records | SessionKind::Zonemd => self.append_session(now),
                    SessionKind::Test => self.append_test(now),
                    SessionKind::Keyset => self.append_keyset(now),
                }
            }
            Err(error) => {
                warn!(%error, "a session failed");
                self.judge(kind)?;
                self.desk_mut(kind).open[at].spoiled = true;
                // Others may be whole, or wait for shares.
                self.gather(kind, now)
            }
        }
    }

    /// The messages of the batch that is signed.
    fn messages(&self, kind: SessionKind) -> Option<Vec<Vec<u8>>> {
        let founded = self.state.founded().ok()?;
        match kind {
            SessionKind::Records | SessionKind::Zonemd => founded.open_edition()?.messages(kind),
            SessionKind::Test => Some(founded.test()?.1),
            SessionKind::Keyset => Some(founded.open_keyset()?.plan.messages()),
        }
    }

    /// Gives the newest session up, but for shares that still come, and goes on to
    /// the next. All answers that came are judged, so that nobody who lied hides
    /// behind somebody who `had_time` to answer and did not.
    fn give_up(
        &mut self,
        kind: SessionKind,
        had_time: bool,
        now: Now,
    ) -> Result<bool, EngineError> {
        self.judge(kind)?;
        let open = &mut self.desk_mut(kind).open;
        if let Some((newest, before)) = open.split_last_mut().filter(|_| had_time) {
            let (at, missing) = (before.len(), newest.missing());
            newest.passed_over = missing.clone();
            for id in missing {
                self.note(kind, (at, id), Standing::Silent);
            }
        }
        self.retry(kind, now)
    }

    /// Judges all answers of which it is not known whether they are right.
    fn judge(&mut self, kind: SessionKind) -> Result<(), EngineError> {
        let Some(messages) = self.messages(kind) else {
            return Ok(());
        };
        for at in 0..self.desk(kind).open.len() {
            let epoch = self.desk(kind).open[at].record.id.epoch;
            let Some(group) = self.group(epoch)? else {
                continue;
            };
            let open = &self.desk(kind).open[at];
            let unjudged = open.unjudged();
            if unjudged.is_empty() {
                continue;
            }
            let wrong = wrong_shares(&group, &open.batch(&messages), &unjudged);
            let standing = |id: &u16| match &wrong {
                Ok(wrong) if wrong.contains(id) => Standing::Lied,
                Ok(_) => Standing::Good,
                // The shares of all are of no use: nothing is held against it.
                Err(_) => Standing::Silent,
            };
            let judged: Vec<_> = unjudged.keys().map(|id| (*id, standing(id))).collect();
            for (id, standing) in judged {
                self.note(kind, (at, id), standing);
            }
        }
        Ok(())
    }

    /// Notes how a signer answered in the session at a place, says so if not well,
    /// and keeps the proof.
    fn note(&mut self, kind: SessionKind, (at, id): (usize, u16), standing: Standing) {
        let name = self.name_of(id).to_string();
        let desk = self.desk_mut(kind);
        let (before, later) = desk.open.split_at_mut(at + 1);
        let Some(open) = before.last_mut() else {
            return;
        };
        let member = usize::from(id).saturating_sub(1);
        let mut answer = open.answers.get_mut(&id);
        if let Some(answer) = &mut answer {
            answer.judged = true;
        }
        match standing {
            // A late answer makes up for silence in its session, and not for what
            // the signer did later.
            Standing::Good if later.iter().any(|later| later.is_owed_by(id)) => return,
            Standing::Good if !later.is_empty() && desk.standings.has_lied(member) => return,
            Standing::Good => {}
            Standing::Silent => warn!(
                member = name,
                why = "silent",
                "left out of the next session"
            ),
            Standing::Lied => open.spoiled = true,
        }
        desk.standings.note(member, standing);
        if let Some(answer) = answer.filter(|_| standing == Standing::Lied) {
            let (message, proof) = (answer.message.clone(), answer.message.id());
            warn!(
                member = name,
                why = "sent wrong shares",
                %proof,
                "left out of the next session"
            );
            self.evidence.push(message);
        }
    }

    /// Publishes the edition once the quorum has cosigned its last session.
    pub(super) fn publish(
        &mut self,
        open: &OpenEdition,
        zonemd: &ZonemdPlan,
    ) -> Result<bool, EngineError> {
        let Some(session) = open.sessions.get(&SessionKind::Zonemd) else {
            return Ok(false);
        };
        let Some(checkpoint) = self.quorum_checkpoint(session.position + 1) else {
            return Ok(false);
        };
        let Some([signature]) = self.session.signatures.as_deref() else {
            return Ok(false);
        };
        let edition = Edition {
            rules: RULES,
            ledger: self.state.founded()?.ledger,
            edition: open.plan.edition(),
            serial: open.plan.serial(),
            zonemd: HEXLOWER.encode(&zonemd.unsealed.zonemd()),
            signature: *signature,
            checkpoint,
        };
        self.append(&edition)?;
        self.session.begin_edition();
        Ok(true)
    }

    /// The public side of an epoch, from the transcripts up to its own.
    pub(super) fn group(&mut self, number: u32) -> Result<Option<Arc<GroupKey>>, EngineError> {
        let founded = self.state.founded()?;
        let writer = &self.writer;
        match self.groups.of(founded, number, |blob| writer.blob(blob)) {
            Ok(group) => Ok(Some(group)),
            Err(GroupError::Unknown) => Ok(None),
            Err(GroupError::Blob(error)) => Err(error.into()),
            Err(GroupError::Epoch { number, error }) => {
                warn!(epoch = number, %error, "a ceremony came to nothing");
                Ok(None)
            }
        }
    }
}
