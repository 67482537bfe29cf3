//! The second half of a session: the secretariat gathers the signers' shares
//! and joins them to signatures, which needs no secret. Signers that stay
//! silent or send wrong shares are the last to be asked again; who sent wrong
//! ones is named by the message that it signed, which is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use comity_core::act::{Edition, Envelope, RULES, SessionKind};
use comity_core::basic::from_base64;
use comity_core::message::Shares;
use comity_core::state::{Founded, OpenEdition, SessionRecord, ZonemdPlan};
use comity_sign::deal::GroupKey;
use comity_sign::epoch::GroupError;
use comity_sign::session::{Batch, SHARE_OCTETS, aggregate, wrong_shares};
use data_encoding::HEXLOWER;
use tracing::{info, warn};

use super::session::{Answer, SessionDesk, share_number};
use super::standing::Standing;
use super::{Engine, EngineError, Now};

impl Engine {
    /// Takes a signer's shares. The first answer counts, whatever it is: a
    /// signer that gives another one is not heard.
    pub(super) fn take_shares(
        &mut self,
        member: usize,
        message: Envelope,
        now: Now,
    ) -> Result<(), EngineError> {
        let shares: Shares = message.payload()?;
        let kind = shares.session.kind;
        let record = self.asked(kind).ok_or(EngineError::NotWanted)?;
        let (act, share) = (record.act, share_number(member)?);
        let is_asked = record.commitments.contains_key(&share);
        if shares.act != act || shares.session != record.id || !is_asked {
            return Err(EngineError::NotWanted);
        }
        // One too many is as wrong as any number, and takes no room.
        let messages = self.batch_size(kind).unwrap_or_default();
        let desk = self.desk_mut(kind);
        desk.await_shares(act, now);
        if let Some(before) = desk.shares.get(&share) {
            let is_same = before.message == message;
            return is_same.then_some(()).ok_or(EngineError::NotWanted);
        }
        // What cannot be read is an answer as well, and a wrong one.
        let mut octets = from_base64(&shares.shares).unwrap_or_default();
        octets.truncate((messages + 1) * SHARE_OCTETS);
        desk.shares.insert(share, Answer { message, octets });
        Ok(())
    }

    /// The session whose signers are asked for shares of this kind.
    fn asked(&self, kind: SessionKind) -> Option<&SessionRecord> {
        match kind {
            SessionKind::Records | SessionKind::Zonemd => self.newest_session(),
            SessionKind::Test => Some(self.state.founded().ok()?.test()?.0),
        }
    }

    /// The newest session of the open edition: ZONEMD's, once there is one.
    pub(super) fn newest_session(&self) -> Option<&SessionRecord> {
        let open = self.state.founded().ok()?.open_edition()?;
        let kinds = [SessionKind::Zonemd, SessionKind::Records];
        kinds.into_iter().find_map(|kind| open.sessions.get(&kind))
    }

    /// Joins the shares to signatures when all are there, also when they are
    /// late; tries with others when some are late or wrong.
    pub(super) fn gather(&mut self, record: &SessionRecord, now: Now) -> Result<bool, EngineError> {
        let kind = record.id.kind;
        let octets = self
            .batch_size(kind)
            .and_then(|count| count.checked_mul(SHARE_OCTETS));
        let desk = self.desk_mut(kind);
        // After a restart the shares may be sent again.
        desk.await_shares(record.act, now);
        let answers = &desk.shares;
        let signers = record.commitments.keys().copied();
        let missing: Vec<u16> = signers.filter(|id| !answers.contains_key(id)).collect();
        let fits = |answer: &Answer| Some(answer.octets.len()) == octets;
        let is_hopeless = desk.spoiled || !answers.values().all(fits);
        if missing.is_empty() && !is_hopeless {
            return self.join(record, now);
        }
        if desk.retrying {
            return self.retry(kind, now);
        }
        if is_hopeless {
            return self.give_up(record, &[], now);
        }
        let (since, pace) = (desk.since, self.pace);
        let patience_s = self.desk(kind).standings.patience_s(&pace);
        if self.is_superseded(record) {
            return self.retry(kind, now);
        }
        if self.quorum_checkpoint(record.position + 1).is_none() {
            // Nobody may release shares yet: nobody is late.
            self.desk_mut(kind).since = now;
        } else if now.is_past(since, patience_s) {
            return self.give_up(record, &missing, now);
        }
        Ok(false)
    }

    /// Whether another epoch signs by now: nobody releases shares of this one.
    fn is_superseded(&self, record: &SessionRecord) -> bool {
        let live = self.state.founded().ok().and_then(Founded::epoch);
        record.id.kind != SessionKind::Test
            && live.is_some_and(|live| live.number != record.id.epoch)
    }

    fn join(&mut self, record: &SessionRecord, now: Now) -> Result<bool, EngineError> {
        let kind = record.id.kind;
        let (Some(group), Some(messages)) = (self.group(record.id.epoch)?, self.messages(kind))
        else {
            return Ok(false);
        };
        let desk = self.desk(kind);
        match aggregate(&group, &desk.batch(record, &messages), &desk.answered()) {
            Ok(signatures) => {
                let (edition, messages) = (record.id.edition, messages.len());
                info!(edition, ?kind, messages, "signed");
                let desk = self.desk_mut(kind);
                for id in record.commitments.keys() {
                    let member = usize::from(*id).saturating_sub(1);
                    desk.standings.note(member, Standing::Good);
                }
                desk.signatures = Some(signatures);
                // Nothing was appended, but the next step may be possible.
                match kind {
                    SessionKind::Records | SessionKind::Zonemd => self.append_session(now),
                    SessionKind::Test => self.append_test(now),
                }
            }
            Err(error) => {
                warn!(%error, "a session failed");
                self.give_up(record, &[], now)
            }
        }
    }

    /// The messages of the batch that is signed.
    fn messages(&self, kind: SessionKind) -> Option<Vec<Vec<u8>>> {
        let founded = self.state.founded().ok()?;
        match kind {
            SessionKind::Records | SessionKind::Zonemd => founded.open_edition()?.messages(kind),
            SessionKind::Test => Some(founded.test()?.1),
        }
    }

    /// Gives a try up. All answers that came are judged, so that nobody who lied
    /// hides behind somebody who is `late`.
    fn give_up(
        &mut self,
        record: &SessionRecord,
        late: &[u16],
        now: Now,
    ) -> Result<bool, EngineError> {
        let kind = record.id.kind;
        let (Some(group), Some(messages)) = (self.group(record.id.epoch)?, self.messages(kind))
        else {
            return Ok(false);
        };
        let desk = self.desk(kind);
        let answered = desk.answered();
        let wrong = wrong_shares(&group, &desk.batch(record, &messages), &answered);
        let standing = |id: &u16| match &wrong {
            Ok(wrong) if wrong.contains(id) => Standing::Lied,
            Ok(_) => Standing::Good,
            // The shares of all are of no use: nothing is held against it.
            Err(_) => Standing::Silent,
        };
        let mut judged: Vec<_> = answered.keys().map(|id| (*id, standing(id))).collect();
        judged.extend(late.iter().map(|id| (*id, Standing::Silent)));
        for (id, standing) in judged {
            self.note(kind, id, standing);
        }
        self.retry(kind, now)
    }

    /// Notes how a signer answered, says so if not well, and keeps the proof.
    fn note(&mut self, kind: SessionKind, id: u16, standing: Standing) {
        let name = self.name_of(id).to_string();
        match standing {
            Standing::Good => {}
            Standing::Silent => warn!(
                member = name,
                why = "silent",
                "left out of the next session"
            ),
            Standing::Lied => {
                let Some(answer) = self.desk(kind).shares.get(&id) else {
                    return;
                };
                let (message, proof) = (answer.message.clone(), answer.message.id());
                warn!(
                    member = name,
                    why = "sent wrong shares",
                    %proof,
                    "left out of the next session"
                );
                self.evidence.push(message);
                self.desk_mut(kind).spoiled = true;
            }
        }
        let member = usize::from(id).saturating_sub(1);
        self.desk_mut(kind).standings.note(member, standing);
    }

    /// Publishes the edition once the quorum has cosigned its last session.
    pub(super) fn publish(
        &mut self,
        open: &OpenEdition,
        zonemd: &ZonemdPlan,
        now: Now,
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
        self.session.begin_edition(now);
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

impl SessionDesk {
    /// What a session is about, with what was checked of it ahead.
    fn batch<'a>(&'a self, record: &'a SessionRecord, messages: &'a [Vec<u8>]) -> Batch<'a> {
        Batch {
            messages,
            commitments: &record.commitments,
            ahead: self.ahead.iter().map(|(id, it)| (*id, it)).collect(),
        }
    }

    /// The shares that came in, by share number.
    fn answered(&self) -> BTreeMap<u16, &[u8]> {
        let answers = self.shares.iter();
        answers
            .map(|(id, answer)| (*id, answer.octets.as_slice()))
            .collect()
    }
}
