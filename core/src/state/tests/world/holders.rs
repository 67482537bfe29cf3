//! Acts about holders and their keys.

use super::keys::{CAREFUL, careful_keys, operational, recovery};
use super::{Draft, Setting, World, holder, holder_id, holder_keys};
use crate::act::{Objection, RULES, Rotation, Testament, Transfer};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::holder::HolderKeys;
use crate::zone::samples::name;

impl World {
    /// As [`World::plain`], but `frog` is the careful holder's.
    pub(crate) fn careful() -> Self {
        let mut setting = Setting::plain();
        setting.holders[2].1 = CAREFUL;
        Self::founded(&setting).with_key().with_time(NOW)
    }

    /// The careful holder's other keys: the third of its own becomes the only
    /// one.
    pub(crate) fn other_keys() -> HolderKeys {
        let mut keys = careful_keys();
        keys.operational = holder_keys(9).operational;
        keys
    }

    /// The careful holder changes its operational keys with two of them.
    pub(crate) fn rotation(&self) -> Draft<Rotation> {
        let holder = holder_id(CAREFUL);
        let rotation = Rotation {
            rules: RULES,
            ledger: self.here().ledger,
            holder,
            revision: self.here().holders[&holder].revision,
            keys: Self::other_keys(),
        };
        let [first, second, _] = operational();
        Draft::new(rotation, [first, second])
    }

    /// Its testament in favour of the keys of holder 5.
    pub(crate) fn testament(&self) -> Draft<Testament> {
        let testament = Testament {
            rules: RULES,
            ledger: self.here().ledger,
            holder: holder_id(CAREFUL),
            keys: holder_keys(5),
            wait_s: 30 * DAY_S,
            until: self.now().plus(3650 * DAY_S),
        };
        Draft::new(testament, [recovery()])
    }

    /// It gives `frog` to holder 5.
    pub(crate) fn transfer(&self) -> Draft<Transfer> {
        let frog = name("frog.example.");
        let transfer = Transfer {
            rules: RULES,
            ledger: self.here().ledger,
            since: self.here().held[&frog].since,
            name: frog,
            from: holder_id(CAREFUL),
            keys: holder_keys(5),
            to: holder_id(5),
            until: self.now().plus(DAY_S),
        };
        let [first, second, _] = operational();
        Draft::new(transfer, [first, second, holder(5)])
    }

    /// It objects with its recovery key.
    pub(crate) fn objection(&self, to: Digest) -> Draft<Objection> {
        let objection = Objection {
            rules: RULES,
            ledger: self.here().ledger,
            holder: holder_id(CAREFUL),
            to,
            reason: "not by us".into(),
        };
        Draft::new(objection, [recovery()])
    }
}
