//! The test of an epoch that was dealt: receivers say that they hold their shares,
//! and sign one message with them. Then it signs, and the one before it no more.

use comity_core::act::json;
use comity_core::act::{Envelope, RULES, SessionKind, Succession};
use comity_core::basic::Digest;
use comity_core::message::{Messages, Possession, SessionId};
use comity_sign::epoch::digest_of;
use tracing::warn;

use super::desk::SessionDesk;
use super::{Engine, EngineError, Now};

impl Engine {
    /// Waits for the receivers of an epoch that was just dealt.
    pub(super) fn begin_test(&mut self, now: Now) {
        self.test = SessionDesk::new();
        self.possessions.clear();
        self.tested_since = now;
    }

    /// Whether an epoch that was dealt may still pass its test: enough receivers
    /// have taken their shares, or they have time to.
    pub(super) fn waits_for_test(&self, now: Now) -> bool {
        let Some(dealt) = self
            .state
            .founded()
            .ok()
            .and_then(|founded| founded.dealt())
        else {
            return false;
        };
        self.possessions.len() >= dealt.possessions_min()
            || !now.is_past(self.tested_since, self.pace.ceremony_timeout_s)
    }

    /// Takes a receiver's word that it holds its share.
    pub(super) fn take_possession(
        &mut self,
        member: usize,
        message: Envelope,
    ) -> Result<(), EngineError> {
        let possession: Possession = message.payload()?;
        let Some(dealt) = self.state.founded()?.dealt() else {
            return Err(EngineError::NotWanted);
        };
        let number = dealt.epoch.number;
        if possession.act != dealt.act || !dealt.epoch.shares.contains(&member) {
            return Err(EngineError::NotWanted);
        }
        let group = self.group(number)?.ok_or(EngineError::NotWanted)?;
        if possession.verifying_shares != digest_of(&group) {
            let member = &self.state.founded()?.members[member].name;
            warn!(member, "computed other shares than everybody else");
            return Err(EngineError::NotWanted);
        }
        self.possessions.insert(member, message);
        Ok(())
    }

    /// The commitments that are wanted for the test.
    pub(super) fn wanted_test(&self) -> Option<SessionId> {
        let founded = self.state.founded().ok()?;
        let dealt = founded.dealt()?;
        let is_ready = self.possessions.len() >= dealt.possessions_min();
        let is_signed = self.test.signatures.is_some();
        (is_ready && !is_signed).then(|| SessionId {
            ledger: founded.ledger,
            epoch: dealt.epoch.number,
            edition: 0,
            kind: SessionKind::Test,
            attempt: dealt.next_attempt(),
        })
    }

    /// Takes the next step of the test.
    pub(super) fn append_test(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        if founded.dealt().is_none() {
            return Ok(false);
        }
        let Some(needed) = founded.test().map(|(record, _)| record.position + 1) else {
            return self.open_test(now);
        };
        if self.test.signatures.is_none() {
            return self.gather(SessionKind::Test, now);
        }
        self.succeed(needed, now)
    }

    /// Announces a session of the test, if enough have committed to it.
    pub(super) fn open_test(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let Some(message) = founded.dealt().map(|dealt| dealt.message(founded.ledger)) else {
            return Ok(false);
        };
        self.open_session(SessionKind::Test, 1, Digest::of(&message), now)
    }

    /// Makes the tested epoch the one that signs, once the quorum has cosigned its
    /// test.
    fn succeed(&mut self, needed: u64, now: Now) -> Result<bool, EngineError> {
        let Some(checkpoint) = self.quorum_checkpoint(needed) else {
            return Ok(false);
        };
        let founded = self.state.founded()?;
        let (Some(dealt), Some([signature])) = (founded.dealt(), self.test.signatures.as_deref())
        else {
            return Ok(false);
        };
        let (ledger, epoch, signature) = (founded.ledger, dealt.epoch.number, *signature);
        let possessions = Messages {
            messages: self.possessions.values().cloned().collect(),
        };
        let newest = self.test.newest().into_iter();
        let answers = newest.flat_map(|open| open.answers.values());
        let shares = Messages {
            messages: answers.map(|answer| answer.message.clone()).collect(),
        };
        let possessions = self.writer.put_blob(&json::encode(&possessions))?;
        let shares = self.writer.put_blob(&json::encode(&shares))?;
        self.append(&Succession {
            rules: RULES,
            ledger,
            epoch,
            possessions,
            shares,
            signature,
            checkpoint,
        })?;
        self.begin_test(now);
        Ok(true)
    }
}
