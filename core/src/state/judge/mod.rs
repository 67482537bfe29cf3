//! Whether an act is allowed, and what it changes. Reads the state only.

mod claim;
mod epoch;
mod findings;
mod founding;
mod holder;
mod key;
mod ledger;
mod member;
mod merge;
mod proposal;
mod upstream;

pub use founding::is_party_name;
pub(super) use ledger::head_or;

use super::effect::{Effect, Position};
use super::{Founded, State};
use crate::act::{Act, Checked};
use crate::basic::{Digest, PublicKey};
use crate::refusal::Refusal;

pub(super) fn judge(
    state: &State,
    act: &Checked<Act>,
    position: Position,
) -> Result<Effect, Refusal> {
    let expected = state.log.size();
    if position.0 != expected {
        return Err(Refusal::WrongPosition {
            expected,
            found: position.0,
        });
    }
    let (signers, id) = (act.signers(), act.id());
    let Some(ledger) = ledger_of(act.inner()) else {
        return founding::judge_founding(state, act);
    };
    let founded = state.founded()?;
    if ledger != founded.ledger {
        return Err(Refusal::OtherLedger { ledger });
    }
    founded.may_sign(act.inner(), signers)?;
    let (place, head) = ((id, position), act.head());
    match act.inner() {
        Act::Founding { .. } => Err(Refusal::AlreadyFounded),
        Act::Ceremony {
            ceremony,
            transcript,
        } => founded.judge_ceremony(ceremony, transcript, position),
        Act::Convocation(act) => founded.judge_convocation(act, founded.by_one(signers)?, place),
        Act::Redistribution {
            redistribution,
            handover,
        } => founded.judge_redistribution(redistribution, handover, place),
        Act::Succession(act) => founded.judge_succession((state, head), act),
        Act::Erasure(act) => founded.judge_erasure(act, founded.by_one(signers)?),
        Act::Compromise(act) => founded.judge_compromise(act, founded.by_one(signers)?, position),
        Act::Roll(act) => founded.judge_roll(act, signers),
        Act::Keyset(act) => founded.judge_keyset((state, head), act),
        Act::Time(time) => founded.judge_time(state, time, head),
        Act::Upstream(upstream) => founded.judge_upstream(upstream, position),
        Act::Absence(absence) => founded.judge_absence(absence, signers),
        Act::Proposal(act) => founded.judge_proposal(act, founded.by_one(signers)?, place),
        Act::Consent(consent) => founded.judge_consent(consent, signers, position, None),
        Act::Rotation(act) => founded.judge_rotation(act, signers, place),
        Act::Testament(act) => founded.judge_testament(act, signers, place),
        Act::Transfer(act) => founded.judge_transfer(act, signers, place),
        Act::Objection(act) => founded.judge_objection(act, signers),
        Act::Claim(act) => founded.judge_claim(act, signers, place),
        Act::Accession(act) => founded.judge_accession(act, founded.by_one(signers)?, position),
        Act::Departure(act) => founded.judge_departure(act, founded.by_one(signers)?, position),
        Act::Declaration(act) => founded.judge_declaration(act, founded.by_one(signers)?, place),
        Act::Ballot(ballot) => founded.judge_ballot(ballot, founded.by_one(signers)?, None),
        Act::Findings(act) => founded.judge_findings(act, founded.by_one(signers)?, position),
        Act::Merge(act) => founded.judge_merge(state, act, founded.by_one(signers)?, position),
        Act::Decision(decision) => founded.judge_decision(decision, position),
        Act::Session(session) => founded.judge_session((state, head), session, place),
        Act::Edition(edition) => founded.judge_edition((state, head), edition, position),
    }
}

/// The ledger that an act names; none for a founding act, which makes one.
fn ledger_of(act: &Act) -> Option<Digest> {
    match act {
        Act::Founding { .. } => None,
        Act::Ceremony { ceremony, .. } => Some(ceremony.ledger),
        Act::Convocation(act) => Some(act.ledger),
        Act::Redistribution { redistribution, .. } => Some(redistribution.ledger),
        Act::Succession(act) => Some(act.succession.ledger),
        Act::Erasure(act) => Some(act.ledger),
        Act::Compromise(act) => Some(act.ledger),
        Act::Roll(act) => Some(act.ledger),
        Act::Keyset(act) => Some(act.ledger),
        Act::Time(act) => Some(act.ledger),
        Act::Upstream(act) => Some(act.upstream.ledger),
        Act::Absence(act) => Some(act.ledger),
        Act::Proposal(act) => Some(act.ledger),
        Act::Consent(act) => Some(act.ledger),
        Act::Rotation(act) => Some(act.ledger),
        Act::Testament(act) => Some(act.ledger),
        Act::Transfer(act) => Some(act.ledger),
        Act::Objection(act) => Some(act.ledger),
        Act::Claim(act) => Some(act.claim.ledger),
        Act::Accession(act) => Some(act.ledger),
        Act::Departure(act) => Some(act.ledger),
        Act::Declaration(act) => Some(act.ledger),
        Act::Ballot(act) => Some(act.ledger),
        Act::Findings(act) => Some(act.ledger),
        Act::Merge(act) => Some(act.ledger),
        Act::Decision(act) => Some(act.ledger),
        Act::Session(act) => Some(act.session.ledger),
        Act::Edition(act) => Some(act.ledger),
    }
}

impl Founded {
    /// Who signs what is not a person's own: the secretariat, or a threshold.
    fn may_sign(&self, act: &Act, signers: &[PublicKey]) -> Result<(), Refusal> {
        match act {
            Act::Ceremony { .. }
            | Act::Redistribution { .. }
            | Act::Succession(_)
            | Act::Time(_)
            | Act::Upstream(_)
            | Act::Decision(_)
            | Act::Session(_)
            | Act::Keyset(_)
            | Act::Edition(_) => self.by_secretariat(signers),
            Act::Absence(_) => self.by_threshold(signers),
            _ => Ok(()),
        }
    }

    /// Signed by one key alone.
    fn by_one(&self, signers: &[PublicKey]) -> Result<PublicKey, Refusal> {
        match *signers {
            [key] => Ok(key),
            _ => Err(Refusal::TooManySigners {
                signers: signers.len(),
            }),
        }
    }

    /// Signed by the secretariat's log key alone.
    fn by_secretariat(&self, signers: &[PublicKey]) -> Result<(), Refusal> {
        let log_key = self.log_key.key();
        match signers.iter().find(|key| **key != log_key) {
            Some(stranger) => Err(Refusal::NotEntitled { key: *stranger }),
            None => Ok(()),
        }
    }

    /// Signed by at least the signing threshold of members, and nobody else.
    fn by_threshold(&self, signers: &[PublicKey]) -> Result<(), Refusal> {
        if let Some(key) = signers.iter().find(|key| self.member_of(key).is_none()) {
            return Err(Refusal::NotEntitled { key: *key });
        }
        let needed = usize::from(self.threshold());
        if signers.len() < needed {
            return Err(Refusal::TooFewSigners {
                signers: signers.len(),
                needed,
            });
        }
        Ok(())
    }
}
