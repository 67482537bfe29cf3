//! Acts about the ledger: absence, upstream, sessions and editions.

use std::vec::Vec;

use super::Play;
use crate::act::{Envelope, SessionKind};

impl Play {
    pub(super) fn absence(&self, count: usize) -> Envelope {
        let mut silent = self.world.here().silent();
        silent.truncate(count);
        if silent.is_empty() {
            let last = self.world.everybody().pop();
            silent = last.into_iter().collect::<Vec<_>>();
        }
        self.world.absence(&silent).envelope()
    }

    pub(super) fn upstream(&self, serial: u32) -> Envelope {
        let mut upstream = self.world.upstream();
        upstream.payload.serial = serial;
        upstream.envelope()
    }

    pub(super) fn session(&mut self, kind: SessionKind, variant: u8) -> Option<Envelope> {
        let here = self.world.here();
        let (is_open, is_due) = (here.open_edition().is_some(), here.due().is_some());
        match kind {
            SessionKind::Records if is_open || is_due => {
                Some(self.world.records_session().envelope())
            }
            SessionKind::Zonemd if is_open => Some(self.world.zonemd_session(variant).envelope()),
            SessionKind::Records | SessionKind::Zonemd | SessionKind::Test => None,
        }
    }

    pub(super) fn edition(&mut self, right: bool) -> Option<Envelope> {
        self.world.here().open_edition()?.zonemd.as_ref()?;
        let mut edition = self.world.edition();
        if !right {
            edition.payload.serial = edition.payload.serial.wrapping_add(1);
        }
        Some(edition.envelope())
    }
}
