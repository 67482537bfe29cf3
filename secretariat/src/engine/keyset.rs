//! The signature of a set of keys by a key that does not sign the zone: the one
//! before it, one that is revoked, or the one that trust anchors name.

use comity_core::act::{Keyset, RULES, SessionKind};
use comity_core::message::SessionId;

use super::{Engine, EngineError, Now};

impl Engine {
    /// The commitments that are wanted for a set of keys.
    pub(super) fn wanted_keyset(&self) -> Option<SessionId> {
        let founded = self.state.founded().ok()?;
        if self.keyset.signatures.is_some() {
            return None;
        }
        let plan = founded.keyset_plan()?;
        Some(SessionId {
            ledger: founded.ledger,
            epoch: founded.epoch_of(&plan.by().key())?.number,
            edition: 0,
            kind: SessionKind::Keyset,
            attempt: founded.keyset_attempts + 1,
        })
    }

    /// Takes the next step of the set of keys that is due or open.
    pub(super) fn append_keyset(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        if founded.open_keyset().is_none() {
            // One that was given up, or is not due any more.
            if !self.keyset.open.is_empty() {
                self.keyset.begin_edition();
            }
            return match self.time_wanted(now) {
                // Signatures date from ledger time: it must be fresh first.
                None => self.open_keyset_session(now),
                Some(_) => Ok(false),
            };
        }
        if self.keyset.signatures.is_none() {
            return self.gather(SessionKind::Keyset, now);
        }
        self.publish_keyset()
    }

    /// Announces a session, if enough have committed to it.
    pub(super) fn open_keyset_session(&mut self, now: Now) -> Result<bool, EngineError> {
        let Some(plan) = self.state.founded()?.keyset_plan() else {
            return Ok(false);
        };
        let (messages, batch) = (plan.messages().len(), plan.digest());
        self.open_session(SessionKind::Keyset, messages, batch, now)
    }

    /// Puts the signatures on the ledger once the quorum has cosigned their session.
    fn publish_keyset(&mut self) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let Some(open) = founded.open_keyset() else {
            return Ok(false);
        };
        let (ledger, epoch) = (founded.ledger, open.session.id.epoch);
        let needed = open.session.position + 1;
        let (Some(checkpoint), Some(signatures)) = (
            self.quorum_checkpoint(needed),
            self.keyset.signatures.clone(),
        ) else {
            return Ok(false);
        };
        self.append(&Keyset {
            rules: RULES,
            ledger,
            epoch,
            signatures,
            checkpoint,
        })?;
        self.keyset.begin_edition();
        Ok(true)
    }
}
