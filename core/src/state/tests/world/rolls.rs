//! Acts about the zone's keys: a new one is asked for, and what a key signs ahead.

use std::string::String;
use std::vec::Vec;

use super::{Draft, World, log, member};
use crate::act::{Keyset, RULES, RollAct, Session, SessionKind};
use crate::basic::{PublicKey, Time};
use crate::edition::KeysetPlan;
use crate::state::{KeyStage, RollKind, ZoneKey};

impl World {
    /// A threshold of members asks for a new key; of a compromised one, as many as
    /// it takes.
    pub(crate) fn roll(&self, kind: RollKind) -> Draft<RollAct> {
        let here = self.here();
        let key = match kind {
            RollKind::Zone => here.signing_key(),
            RollKind::Anchor | RollKind::Standby | RollKind::Compromised => here.anchor(),
        };
        let roll = RollAct {
            rules: RULES,
            ledger: here.ledger,
            kind,
            key: key.map_or(PublicKey([0; 32]), |key| key.key),
            reason: String::from("every five years"),
        };
        let staying = self.staying();
        let signers = here.roll_signers(kind);
        Draft::new(roll, staying.into_iter().take(signers).map(member))
    }

    /// The keyset that is open or due.
    pub(crate) fn keyset_plan(&self) -> KeysetPlan {
        self.here().keyset_plan().unwrap()
    }

    /// The session of the keyset that is open or due.
    pub(crate) fn keyset_session(&mut self) -> Draft<Session> {
        let plan = self.keyset_plan();
        let epoch = self.here().epoch_of(&plan.by().key()).unwrap();
        let stays = |at: &usize| self.here().sits_in(epoch, *at);
        let signers: Vec<usize> = self.everybody().into_iter().filter(stays).collect();
        let signers = &signers[..epoch.threshold.into()];
        let id = self.next_session(SessionKind::Keyset);
        let commitments = self.commitments(&id, signers, plan.messages().len());
        self.session_by(signers, id, plan.digest(), commitments)
    }

    /// The keyset act that is due.
    pub(crate) fn keyset(&self) -> Draft<Keyset> {
        let here = self.here();
        let plan = self.keyset_plan();
        let key = self.key_of(plan.by().key());
        let messages = plan.messages();
        let keyset = Keyset {
            rules: RULES,
            ledger: here.ledger,
            epoch: here.epoch_of(&plan.by().key()).unwrap().number,
            signatures: messages
                .iter()
                .map(|message| key.sign(message, 0))
                .collect(),
            checkpoint: self.quorum_checkpoint(),
        };
        Draft::new(keyset, [log()])
    }

    /// With a new key asked for.
    pub(crate) fn with_roll(mut self, kind: RollKind) -> Self {
        self.accept(&self.roll(kind));
        self
    }

    /// Also with the session of the keyset that is due.
    pub(crate) fn with_keyset_session(mut self) -> Self {
        let session = self.keyset_session();
        self.accept(&session);
        self
    }

    /// With the keyset that is due.
    pub(crate) fn with_keyset(self) -> Self {
        let mut world = self.with_keyset_session();
        world.accept(&world.keyset());
        world
    }

    /// Does whatever is due, until nothing is: ceremonies, keysets, editions.
    pub(crate) fn settled(mut self) -> Self {
        for _ in 0..40 {
            let here = self.here();
            self = if here.ceremony_due().is_some() {
                self.with_succession()
            } else if here.keyset_due().is_some() {
                self.with_keyset()
            } else if here.due().is_some() {
                self.with_edition()
            } else {
                return self;
            };
        }
        panic!("there is always something due");
    }

    /// Lets days pass, and does each day what is due.
    pub(crate) fn after_days(mut self, days: u64) -> Self {
        for _ in 0..days {
            let now = self.now();
            self = self.with_time(Time(now.0 + 86_400)).settled();
        }
        self
    }

    /// The same, for as long as something does not hold yet; how many days that was.
    pub(crate) fn until(mut self, holds: impl Fn(&Self) -> bool) -> (Self, u64) {
        for days in 0..400 {
            if holds(&self) {
                return (self, days);
            }
            self = self.after_days(1);
        }
        panic!("this never holds");
    }

    /// The zone's key that was made as the `number`th, from 1.
    pub(crate) fn key(&self, number: usize) -> &ZoneKey {
        &self.here().keys[number - 1]
    }

    /// How far that key has come.
    pub(crate) fn stage(&self, number: usize) -> KeyStage {
        self.key(number).stage
    }
}
