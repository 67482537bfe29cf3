//! Acts about the ledger: absence, upstream, editions.

use std::vec::Vec;

use super::Play;
use crate::act::Envelope;

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

    pub(super) fn edition(&mut self, right: bool) -> Option<Envelope> {
        self.world.here().open_edition()?.zonemd.as_ref()?;
        let mut edition = self.world.edition();
        if !right {
            edition.payload.serial = edition.payload.serial.wrapping_add(1);
        }
        Some(edition.envelope())
    }
}
