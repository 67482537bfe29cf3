//! What needs many signatures under one payload: the founding act, which every
//! member signs, and absence acts.

use comity_core::act::{Absence, Envelope, Founding, RULES, json::Payload};
use comity_core::basic::PublicKey;

use super::{Engine, EngineError};

impl Engine {
    /// Appends the founding act once every member has signed it.
    pub(super) fn found(&mut self) -> Result<bool, EngineError> {
        let drafts = self.endorsements.values();
        let Some(draft) = drafts
            .into_iter()
            .find(|e| e.payload_type() == Founding::TYPE)
        else {
            return Ok(false);
        };
        let founding: Founding = draft.payload()?;
        if draft.signature_count() < founding.members.len() {
            return Ok(false);
        }
        let (id, entry) = (draft.id(), draft.to_octets());
        self.append_entry(&entry)?;
        self.stop_collecting(&id);
        Ok(true)
    }

    /// Appends an absence act once the threshold has signed it, and starts to
    /// collect signatures where the ledger shows members to be silent.
    pub(super) fn append_absence(&mut self) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let silent = founded.silent();
        let threshold = usize::from(founded.threshold());
        let draft = founded.time.filter(|_| !silent.is_empty()).map(|found| {
            let members = silent
                .iter()
                .map(|at| founded.members[*at].name.clone())
                .collect();
            let ledger = founded.ledger;
            Envelope::unsigned(&Absence {
                rules: RULES,
                ledger,
                members,
                found,
            })
        });
        let wanted = draft.as_ref().map(Envelope::id);
        let stale: Vec<_> = self.absences().filter(|id| Some(*id) != wanted).collect();
        for id in stale {
            self.stop_collecting(&id);
        }
        let Some(draft) = draft else { return Ok(false) };
        let id = draft.id();
        match self.endorsements.get(&id) {
            None => self.collect(draft),
            Some(signed) if signed.signature_count() >= threshold => {
                let entry = signed.to_octets();
                self.append_entry(&entry)?;
                self.stop_collecting(&id);
                return Ok(true);
            }
            Some(_) => {}
        }
        Ok(false)
    }

    /// Whether this key's signature is wanted under a payload.
    pub(super) fn may_endorse(
        &self,
        draft: &Envelope,
        key: &PublicKey,
    ) -> Result<bool, EngineError> {
        if draft.payload_type() == Founding::TYPE {
            let founding: Founding = draft.payload()?;
            return Ok(founding.members.iter().any(|member| member.key == *key));
        }
        Ok(self.state.founded()?.member_of(key).is_some())
    }

    fn absences(&self) -> impl Iterator<Item = comity_core::basic::Digest> {
        let absences = self.endorsements.iter();
        absences
            .filter(|(_, e)| e.payload_type() == Absence::TYPE)
            .map(|(id, _)| *id)
    }
}
