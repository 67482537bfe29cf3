//! Cosigning. A cosignature says: this head extends every head that I have
//! cosigned before, every act under it keeps the rules, and ledger time is not
//! ahead of my clock.

use comity_core::act::{Absence, Envelope, Founding, SignatureEntry, json::Payload};
use comity_core::basic::Digest;
use comity_core::ledger::{Checkpoint, Cosignature};
use comity_core::limits;
use comity_core::message::Endorsement;

use crate::home::CosignedHead;
use crate::run::{Member, RunError};

/// Whether the secretariat wants a newer cosignature than the last one, which
/// was made in the very second that it is to be later than. Nothing tells then
/// when to make it: this member asks again soon.
pub(crate) fn wants_newer(last: Option<&CosignedHead>, after: u64) -> bool {
    after > 0 && last.is_some_and(|head| head.time <= after)
}

impl Member {
    /// Cosigns the newest checkpoint if it is new, or if the last cosignature
    /// is too old for the secretariat's next time act.
    pub(crate) fn cosign(&mut self, after: u64) -> Result<(), RunError> {
        let Ok(founded) = self.follower.state().founded() else {
            return Ok(());
        };
        let Some(me) = founded.member_of(&self.identity.public()) else {
            return Ok(());
        };
        let time = self.clock().now();
        founded.check_clock(time).map_err(RunError::Refusal)?;
        let cosigner = founded.members[me].cosigner.clone();
        let Some(cosigned) = self.follower.checkpoint() else {
            return Ok(());
        };
        let checkpoint: Checkpoint = cosigned.checkpoint.clone();
        let fresh = self.cosigned.as_ref().is_some_and(|head| {
            head.size == checkpoint.size && (head.time > after || head.time >= time.0)
        });
        let there = cosigned
            .cosignatures
            .iter()
            .any(|line| line.is_by(&cosigner, &checkpoint));
        if fresh && there {
            return Ok(());
        }
        let head = CosignedHead {
            size: checkpoint.size,
            root: checkpoint.root,
            time: time.0,
        };
        self.home.remember_cosigned(&head).map_err(RunError::Home)?;
        self.cosigned = Some(head);
        let message = Cosignature::message(time, &checkpoint);
        let signature = self.identity.sign(&message);
        let cosignature = Cosignature::new(&cosigner, time, signature);
        self.link
            .submit_cosignature(&cosignature)
            .map(drop)
            .map_err(RunError::Link)
    }

    /// Signs a payload that all are asked to sign, if it is one that this
    /// member agrees with: the founding act that its operator named, or an
    /// absence that it sees itself.
    pub(crate) fn endorse(&mut self, id: &Digest) -> Result<(), RunError> {
        let octets = self.link.blob(id, limits::ENTRY_OCTETS_MAX);
        let octets = octets.map_err(RunError::Link)?;
        let envelope =
            Envelope::from_signing_input(&octets).map_err(|_| RunError::MalformedTask)?;
        let agreed = match envelope.payload_type() {
            Founding::TYPE => self.config_founding == Some(*id),
            Absence::TYPE => {
                let absence = envelope.payload().map_err(|_| RunError::MalformedTask)?;
                self.sees_absence(&absence)
            }
            _ => false,
        };
        if !agreed || self.endorsed.contains(id) {
            return Ok(());
        }
        let sig = self.identity.sign(&octets);
        let signature = SignatureEntry {
            keyid: self.identity.public(),
            sig,
        };
        self.link
            .submit_endorsement(&Endorsement { id: *id, signature })
            .map_err(RunError::Link)?;
        self.endorsed.insert(*id);
        Ok(())
    }

    /// Whether the members named have been silent by this member's own state.
    /// It is not among them itself: it is here.
    fn sees_absence(&self, absence: &Absence) -> bool {
        let Ok(founded) = self.follower.state().founded() else {
            return false;
        };
        let me = founded.member_of(&self.identity.public());
        let silent = founded.silent();
        absence.ledger == founded.ledger
            && Some(absence.found) == founded.time
            && absence.members.iter().all(|name| {
                founded
                    .member_named(name)
                    .is_some_and(|at| silent.contains(&at) && Some(at) != me)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosignature_of_the_second_that_it_is_to_be_later_than_is_made_again_soon() {
        let head = CosignedHead {
            size: 1,
            root: Digest([0; 32]),
            time: 1000,
        };
        let table = [(0, false), (999, false), (1000, true), (1001, true)];
        for (after, expected) in table {
            assert_eq!(wants_newer(Some(&head), after), expected, "{after}");
            assert!(!wants_newer(None, after));
        }
    }
}
