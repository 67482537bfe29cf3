//! A drop box, its receipts, and acts that come with them.

use ed25519_dalek::SigningKey;

use super::keys::{secret, signed};
use super::{Draft, Setting, World, public};
use crate::act::json::Payload;
use crate::act::{Envelope, Merge, RULES, Receipt};
use crate::charter::{CharterRules, DropBox};
use crate::edition::samples::NOW;
use crate::ledger::merkle::leaf_hash;

/// The box's key.
pub(crate) fn box_key() -> SigningKey {
    secret(210)
}

impl Setting {
    /// The same, with a drop box in the charter.
    pub(crate) fn boxed(self) -> Self {
        let one = DropBox {
            name: "east".into(),
            key: public(&box_key()),
            url: "https://box.east.example".into(),
        };
        let boxes = [one].into();
        Self {
            rules: CharterRules {
                boxes,
                ..self.rules
            },
            ..self
        }
    }
}

impl World {
    /// As [`World::plain`], with a drop box.
    pub(crate) fn boxed() -> Self {
        let setting = Setting::plain().boxed();
        Self::founded(&setting).with_key().with_time(NOW)
    }

    /// What the box promises for an act now.
    pub(crate) fn receipt<P: Payload>(&self, act: &Draft<P>) -> Receipt {
        self.receipt_for(&act.envelope())
    }

    /// The same for an envelope.
    pub(crate) fn receipt_for(&self, act: &Envelope) -> Receipt {
        Receipt {
            rules: RULES,
            ledger: self.here().ledger,
            leaf: leaf_hash(&act.to_octets()),
            size: self.size(),
            time: self.now(),
        }
    }

    /// The act that the box takes now, as it is merged later.
    pub(crate) fn lodged<P: Payload>(&self, act: &Draft<P>) -> Draft<Merge> {
        self.merge(&self.receipt(act), act.envelope())
    }

    /// An act with this receipt.
    pub(crate) fn merge(&self, receipt: &Receipt, act: Envelope) -> Draft<Merge> {
        let merge = Merge {
            rules: RULES,
            ledger: self.here().ledger,
            receipt: signed(receipt, &[box_key()]),
            act,
        };
        Draft::new(merge, [box_key()])
    }
}
