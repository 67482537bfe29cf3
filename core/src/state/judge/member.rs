//! Acts about membership: accession, departure, declaration.

use crate::act::{Accession, Declaration, Departure};
use crate::basic::{Digest, PublicKey};
use crate::ledger::note::{KeyKind, NoteKey};
use crate::limits;
use crate::refusal::Refusal;
use crate::state::effect::{Effect, MemberEffect, Position};
use crate::state::judge::holder::check_reason;
use crate::state::{DeclarationRecord, Founded, Member};

impl Founded {
    /// Who was admitted joins by signing the charter as it is; a member signs a
    /// new one once.
    pub(super) fn judge_accession(
        &self,
        act: &Accession,
        key: PublicKey,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let charter = self.charter.digest();
        if act.charter != charter {
            return Err(Refusal::OtherCharter { charter });
        }
        if let Some(at) = self.member_of(&key) {
            return match self.members[at].signed == charter {
                true => Err(Refusal::CharterSigned {
                    member: self.members[at].name.clone(),
                }),
                false => Ok(Effect::Member(MemberEffect::SignCharter { at, charter })),
            };
        }
        let admitted = self.admitted.iter().find(|(_, admitted)| **admitted == key);
        let (name, _) = admitted.ok_or(Refusal::NotEntitled { key })?;
        let cosigner = NoteKey::new(name, KeyKind::CosignatureV1, key);
        let cosigner = cosigner.map_err(|_| Refusal::MemberName {
            member: name.clone(),
        })?;
        Ok(Effect::Member(MemberEffect::Join(Member {
            name: name.clone(),
            key,
            cosigner,
            // Silence is counted from here.
            cosigned: self.time,
            absent: false,
            since: position.0,
            signed: charter,
            departed: None,
            convoked: None,
            silent: 0,
        })))
    }

    /// Leaving is nobody's to allow. Before there is a key every founder is
    /// needed for it, and would do better not to sign the founding act.
    pub(super) fn judge_departure(
        &self,
        act: &Departure,
        key: PublicKey,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let at = self.member_of(&key).ok_or(Refusal::NotEntitled { key })?;
        check_reason(&act.reason)?;
        self.epoch().ok_or(Refusal::NoKey)?;
        let position = position.0;
        Ok(Effect::Member(MemberEffect::Depart { at, position }))
    }

    pub(super) fn judge_declaration(
        &self,
        act: &Declaration,
        key: PublicKey,
        place: (Digest, Position),
    ) -> Result<Effect, Refusal> {
        if self.member_of(&key).is_none() && self.holders_with(key).next().is_none() {
            return Err(Refusal::NotEntitled { key });
        }
        check_reason(&act.text)?;
        let (to, (id, position)) = (act.to, place);
        if to != self.ledger && !self.proposals.iter().any(|known| known.id == to) {
            return Err(Refusal::ProposalUnknown { proposal: to });
        }
        let own = self.declarations.iter();
        let own = own.filter(|known| known.by == key && known.to == to);
        let is_known = own.clone().any(|known| known.id == id);
        if is_known || own.count() >= limits::DECLARATIONS_PER_KEY_MAX {
            return Err(Refusal::TooManyDeclarations { key });
        }
        Ok(Effect::Member(MemberEffect::Declare(DeclarationRecord {
            id,
            position: position.0,
            by: key,
            to,
            text: act.text.clone(),
        })))
    }
}
