//! The second half of a session: the secretariat gathers the signers' shares
//! and joins them to signatures, which needs no secret. Signers that stay
//! silent or send wrong shares are the last to be asked again; who sent wrong
//! ones is named by the message that it signed, which is kept.

use std::collections::BTreeMap;

use comity_core::act::{Edition, Envelope, RULES, SessionKind};
use comity_core::basic::from_base64;
use comity_core::message::Shares;
use comity_core::state::{OpenEdition, SessionRecord, ZonemdPlan};
use comity_sign::session::{Batch, SHARE_OCTETS, aggregate, wrong_shares};
use data_encoding::HEXLOWER;
use tracing::{info, warn};

use super::session::{Answer, SessionDesk, share_number};
use super::standing::Standing;
use super::{Engine, EngineError, Now};
use crate::evidence;

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
        let record = self.newest_session().ok_or(EngineError::NotWanted)?;
        let (act, share) = (record.act, share_number(member)?);
        let is_asked = record.commitments.contains_key(&share);
        if shares.act != act || shares.session != record.id || !is_asked {
            return Err(EngineError::NotWanted);
        }
        self.session.await_shares(act, now);
        if let Some(before) = self.session.shares.get(&share) {
            let is_same = before.message == message;
            return is_same.then_some(()).ok_or(EngineError::NotWanted);
        }
        // What cannot be read is an answer as well, and a wrong one.
        let mut octets = from_base64(&shares.shares).unwrap_or_default();
        // One too many is as wrong as any number, and takes no room.
        let messages = self.batch_size(shares.session.kind).unwrap_or_default();
        octets.truncate((messages + 1) * SHARE_OCTETS);
        self.session
            .shares
            .insert(share, Answer { message, octets });
        Ok(())
    }

    /// The newest session of the open edition: ZONEMD's, once there is one.
    fn newest_session(&self) -> Option<&SessionRecord> {
        let open = self.state.founded().ok()?.open_edition()?;
        let kinds = [SessionKind::Zonemd, SessionKind::Records];
        kinds.into_iter().find_map(|kind| open.sessions.get(&kind))
    }

    /// Joins the shares to signatures when all are there, also when they are
    /// late; tries with others when some are late or wrong.
    pub(super) fn gather(&mut self, open: &OpenEdition, now: Now) -> Result<bool, EngineError> {
        let Some(record) = self.newest_session().cloned() else {
            return Ok(false);
        };
        // After a restart the shares may be sent again.
        self.session.await_shares(record.act, now);
        let octets = self
            .batch_size(record.id.kind)
            .and_then(|count| count.checked_mul(SHARE_OCTETS));
        let answers = &self.session.shares;
        let signers = record.commitments.keys().copied();
        let missing: Vec<u16> = signers.filter(|id| !answers.contains_key(id)).collect();
        let fits = |answer: &Answer| Some(answer.octets.len()) == octets;
        let is_hopeless = self.session.spoiled || !answers.values().all(fits);
        if missing.is_empty() && !is_hopeless {
            return self.join(open, &record, now);
        }
        if self.session.retrying {
            return self.retry(open, record.id.kind, now);
        }
        if is_hopeless {
            return self.give_up(open, &record, &[], now);
        }
        let patience_s = self.session.standings.patience_s(&self.pace);
        if self.quorum_checkpoint(record.position + 1).is_none() {
            // Nobody may release shares yet: nobody is late.
            self.session.since = now;
        } else if now.is_past(self.session.since, patience_s) {
            return self.give_up(open, &record, &missing, now);
        }
        Ok(false)
    }

    fn join(
        &mut self,
        open: &OpenEdition,
        record: &SessionRecord,
        now: Now,
    ) -> Result<bool, EngineError> {
        self.load_group()?;
        let kind = record.id.kind;
        let (Some((_, group)), Some(messages)) = (&self.session.group, open.messages(kind)) else {
            return Ok(false);
        };
        let batch = self.session.batch(record, &messages);
        match aggregate(group, &batch, &self.session.answered()) {
            Ok(signatures) => {
                let (edition, messages) = (record.id.edition, messages.len());
                info!(edition, ?kind, messages, "signed");
                for id in record.commitments.keys() {
                    let member = usize::from(*id).saturating_sub(1);
                    self.session.standings.note(member, Standing::Good);
                }
                self.session.signatures = Some(signatures);
                // Nothing was appended, but the next step may be possible.
                self.append_session(now)
            }
            Err(error) => {
                warn!(%error, "a session failed");
                self.give_up(open, record, &[], now)
            }
        }
    }

    /// Gives a try up. All answers that came are judged, so that nobody who lied
    /// hides behind somebody who is `late`.
    fn give_up(
        &mut self,
        open: &OpenEdition,
        record: &SessionRecord,
        late: &[u16],
        now: Now,
    ) -> Result<bool, EngineError> {
        self.load_group()?;
        let kind = record.id.kind;
        let (Some((_, group)), Some(messages)) = (&self.session.group, open.messages(kind)) else {
            return Ok(false);
        };
        let batch = self.session.batch(record, &messages);
        let answered = self.session.answered();
        let wrong = wrong_shares(group, &batch, &answered);
        let standing = |id: &u16| match &wrong {
            Ok(wrong) if wrong.contains(id) => Standing::Lied,
            Ok(_) => Standing::Good,
            // The shares of all are of no use: nothing is held against it.
            Err(_) => Standing::Silent,
        };
        let mut judged: Vec<_> = answered.keys().map(|id| (*id, standing(id))).collect();
        judged.extend(late.iter().map(|id| (*id, Standing::Silent)));
        for (id, standing) in judged {
            self.note(id, standing);
        }
        self.retry(open, kind, now)
    }

    /// Notes how a signer answered, says so if not well, and keeps the proof.
    fn note(&mut self, id: u16, standing: Standing) {
        let name = self.name_of(id);
        match standing {
            Standing::Good => {}
            Standing::Silent => warn!(
                member = name,
                why = "silent",
                "left out of the next session"
            ),
            Standing::Lied => {
                let Some(answer) = self.session.shares.get(&id) else {
                    return;
                };
                let proof = answer.message.id();
                warn!(
                    member = name,
                    why = "sent wrong shares",
                    %proof,
                    "left out of the next session"
                );
                self.evidence.push(answer.message.clone());
                self.session.spoiled = true;
            }
        }
        let member = usize::from(id).saturating_sub(1);
        self.session.standings.note(member, standing);
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

    /// The public side of the live epoch, from its transcript.
    fn load_group(&mut self) -> Result<(), EngineError> {
        let Some(epoch) = self.state.founded()?.epoch() else {
            return Ok(());
        };
        let loaded = self.session.group.as_ref();
        if loaded.is_none_or(|(number, _)| *number != epoch.number) {
            let transcript = self.writer.blob(&epoch.transcript)?;
            let group = evidence::group_key(&transcript, epoch.threshold)?;
            self.session.group = Some((epoch.number, group));
        }
        Ok(())
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
