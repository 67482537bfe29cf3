//! DS sets: whether the child's keys are behind what its parent says of them.

use alloc::format;
use alloc::string::String;

use super::{Ruling, by, finding, missing};
use crate::explain::ChangeType;
use crate::guard::judgement::{Finding, Verdict};
use crate::guard::keys::Chain;
use crate::guard::reading::{Proof, Reading};
use crate::guard::reason::Reason;
use crate::zone::{Name, Rtype};

const DS: &[Rtype] = &[Rtype::DS];

/// A DS set that came, went, or is another.
pub(super) fn of_name(change: ChangeType, name: &Name, reading: &Reading) -> Ruling {
    let trust = Trust {
        change,
        name,
        reading,
    };
    match change {
        ChangeType::DsFirst => trust.first(),
        ChangeType::DsWithdrawn => trust.withdrawn(),
        _ => trust.replaced(),
    }
}

struct Trust<'a> {
    change: ChangeType,
    name: &'a Name,
    reading: &'a Reading,
}

impl Trust<'_> {
    /// An unsigned delegation works whatever the child's keys are; with a DS set
    /// that does not fit them it does not.
    fn first(&self) -> Ruling {
        match self.reading.new_ds.chain {
            Chain::Holds => Ruling::passed(self.served()),
            Chain::Fails => Ruling::held(self.contradicted()),
            Chain::Mixed => Ruling::alarmed(self.disagreeing()),
            Chain::Unknown | Chain::Unseen => {
                let text = format!("{} has a DS set for the first time.", self.name);
                self.unless_seen(Ruling::passed(self.find(Reason::FirstDs, text)))
            }
        }
    }

    /// Those who go unsigned withdraw the DS set first and their keys after it: a
    /// hold would break them. So there is an alarm, and no hold.
    fn withdrawn(&self) -> Ruling {
        if let Some(proof) = &self.reading.deletion {
            let text = format!(
                "{} asks for it by its CDS set{}.",
                self.name,
                by(proof.witness.as_ref())
            );
            return Ruling::passed(self.shown(proof, text));
        }
        let text = format!("The DS set of {} is withdrawn.", self.name);
        let withdrawn = self.find(Reason::DsWithdrawn, text);
        match self.reading.old_ds.chain {
            Chain::Fails => Ruling::passed(self.broken()).with(withdrawn),
            Chain::Holds | Chain::Mixed => {
                let witness = self.reading.old_ds.witness.as_ref();
                let text = format!(
                    "The keys of {} still fit the DS set that is withdrawn{}.",
                    self.name,
                    by(witness)
                );
                let intact = finding(Reason::ChainIntact, (self.name, DS), witness, text);
                Ruling::alarmed(withdrawn).with(intact)
            }
            Chain::Unknown | Chain::Unseen => self.unless_seen(Ruling::alarmed(withdrawn)),
        }
    }

    fn replaced(&self) -> Ruling {
        let reading = self.reading;
        let (old, new) = (reading.old_ds.chain, reading.new_ds.chain);
        match (old, new, &reading.ds_proof) {
            (Chain::Fails, Chain::Fails, _) => {
                let text = format!(
                    "The keys of {} fit neither the old DS set nor the new one{}.",
                    self.name,
                    by(reading.new_ds.witness.as_ref())
                );
                Ruling::alarmed(self.find(Reason::ChainBrokenEitherWay, text))
            }
            (_, Chain::Fails, _) => Ruling::held(self.contradicted()),
            (Chain::Fails, Chain::Holds, _) => Ruling::passed(self.broken()).with(self.served()),
            (_, Chain::Mixed, None) => Ruling::alarmed(self.disagreeing()),
            (_, _, Some(proof)) => {
                let text = format!(
                    "A key of the old DS set of {} vouches for the new one{}.",
                    self.name,
                    by(proof.witness.as_ref())
                );
                Ruling::passed(self.shown(proof, text))
            }
            // One witness, or digests that nobody compares: a key may be anybody's.
            (Chain::Unknown | Chain::Unseen, Chain::Holds, None)
                if self.change == ChangeType::DsPartial =>
            {
                Ruling::passed(self.served())
            }
            (Chain::Holds | Chain::Mixed, Chain::Holds, None) => self.added(),
            (_, Chain::Unknown | Chain::Unseen | Chain::Holds, None) => self.by_difference(),
        }
    }

    /// The old keys and some of the new DS set fit: whose are the other records?
    fn added(&self) -> Ruling {
        if self.reading.only_takes_away {
            let text = format!("{} keeps a DS record that fits its keys.", self.name);
            return Ruling::passed(self.find(Reason::DsRecordKept, text));
        }
        let text = format!(
            "The new DS set of {} has a record whose key the child does not serve.",
            self.name
        );
        Ruling::alarmed(self.find(Reason::DsAddedUnproven, text))
    }

    fn by_difference(&self) -> Ruling {
        let ruling = match self.change {
            ChangeType::DsPartial => {
                let text = format!("{} keeps a DS record.", self.name);
                Ruling::passed(self.find(Reason::DsRecordKept, text))
            }
            _ => {
                let text = format!("{} keeps no DS record.", self.name);
                Ruling::alarmed(self.find(Reason::DsReplacedUnproven, text))
            }
        };
        self.unless_seen(ruling)
    }

    fn unless_seen(&self, ruling: Ruling) -> Ruling {
        let (old, new) = (&self.reading.old_ds, &self.reading.new_ds);
        let is_unseen = old.chain == Chain::Unseen && new.chain == Chain::Unseen;
        match is_unseen && ruling.verdict != Verdict::Held {
            true => missing(self.name, self.change, ruling),
            false => ruling,
        }
    }

    fn served(&self) -> Finding {
        let witness = self.reading.new_ds.witness.as_ref();
        let text = format!(
            "The servers of {} serve keys that the new DS set names{}.",
            self.name,
            by(witness)
        );
        finding(Reason::DsServedByChild, (self.name, DS), witness, text)
    }

    fn broken(&self) -> Finding {
        let witness = self.reading.old_ds.witness.as_ref();
        let text = format!(
            "The keys and signatures of {} do not fit its old DS set{}.",
            self.name,
            by(witness)
        );
        finding(Reason::ChainBroken, (self.name, DS), witness, text)
    }

    fn contradicted(&self) -> Finding {
        let witness = self.reading.new_ds.witness.as_ref();
        let text = format!(
            "The keys and signatures of {} do not fit the new DS set{}.",
            self.name,
            by(witness)
        );
        finding(
            Reason::DsContradictedByChild,
            (self.name, DS),
            witness,
            text,
        )
    }

    fn disagreeing(&self) -> Finding {
        let witness = self.reading.new_ds.witness.as_ref();
        let text = format!(
            "Some servers of {} serve keys of the new DS set, and others do not{}.",
            self.name,
            by(witness)
        );
        finding(Reason::ServersDisagree, (self.name, DS), witness, text)
    }

    fn shown(&self, proof: &Proof, text: String) -> Finding {
        finding(proof.reason, (self.name, DS), proof.witness.as_ref(), text)
    }

    fn find(&self, reason: Reason, text: String) -> Finding {
        finding(reason, (self.name, DS), None, text)
    }
}
