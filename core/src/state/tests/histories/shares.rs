//! Acts about the shares of the zone's key.

use std::vec::Vec;

use super::Play;
use crate::act::{Envelope, SessionKind};
use crate::basic::Signature;

impl Play {
    /// A ceremony, whether one is due or not, from which the last few members are
    /// left out; or with a dealer too few.
    pub(super) fn redistribution(&mut self, left_out: usize, short: bool) -> Option<Envelope> {
        self.world.here().epoch()?;
        let mut handing = self.world.handing();
        let receivers = handing.receivers.len().saturating_sub(left_out);
        handing.receivers.truncate(receivers);
        if short {
            handing.dealers.pop();
        }
        let handover = handing.handover();
        Some(self.world.redistribution_of(&handing, &handover).envelope())
    }

    pub(super) fn test(&mut self) -> Option<Envelope> {
        self.world.here().dealt()?;
        Some(self.world.test_session().envelope())
    }

    /// A succession act with the possessions of so many receivers.
    pub(super) fn succession(&mut self, possessions: usize) -> Option<Envelope> {
        self.world.here().test()?;
        let receivers = self.world.waiting().epoch.shares.iter();
        let some: Vec<usize> = receivers.take(possessions).copied().collect();
        Some(self.world.succession_by(&some).envelope())
    }

    /// A session of the keyset that is due.
    pub(super) fn keyset_session(&mut self) -> Option<Envelope> {
        self.world.here().keyset_due()?;
        Some(self.world.keyset_session().envelope())
    }

    /// The signatures of the set of keys that is open, or those of a key too many.
    pub(super) fn keyset(&mut self, right: bool) -> Option<Envelope> {
        self.world.here().open_keyset()?;
        let mut act = self.world.keyset();
        if !right {
            act.payload.signatures.push(Signature([0; 64]));
        }
        Some(act.envelope())
    }

    /// A session of any kind, if there is something to sign.
    pub(super) fn session(&mut self, kind: SessionKind, variant: u8) -> Option<Envelope> {
        let here = self.world.here();
        let (is_open, is_due) = (here.open_edition().is_some(), here.due().is_some());
        match kind {
            SessionKind::Records if is_open || is_due => {
                Some(self.world.records_session().envelope())
            }
            SessionKind::Zonemd if is_open => Some(self.world.zonemd_session(variant).envelope()),
            SessionKind::Test => self.test(),
            SessionKind::Keyset => self.keyset_session(),
            SessionKind::Records | SessionKind::Zonemd => None,
        }
    }
}
