//! Acts about the ledger: absence, upstream, editions.

use std::collections::BTreeSet;
use std::string::{String, ToString};
use std::vec::Vec;

use super::Play;
use crate::act::Envelope;
use crate::guard::Verdict;
use crate::zone::samples::name;
use crate::zone::{Name, Rtype};

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

    /// Upstream does something, and so many members hold that.
    pub(super) fn upstream(&mut self, what: usize, holding: usize) -> Envelope {
        let (sets, gone) = self.start.upstream(what);
        let sets: Vec<&str> = sets.iter().map(|set| &**set).collect();
        let gone: Vec<(&str, Rtype)> = gone.iter().map(|(name, it)| (&**name, *it)).collect();
        let version = self.world.version(&sets, &gone);
        let owners = sets.iter().filter_map(|set| set.split(' ').next());
        let owners = owners.chain(gone.iter().map(|(name, _)| *name));
        let tops: BTreeSet<Name> = owners.map(top).collect();
        let tops: Vec<String> = tops.iter().map(Name::to_string).collect();
        let tops: Vec<&str> = tops.iter().map(|top| &**top).collect();
        let threshold = usize::from(self.world.here().threshold());
        let staying = self.world.staying();
        let holding = if tops.is_empty() {
            0
        } else {
            holding.min(staying.len())
        };
        let saw = staying
            .iter()
            .enumerate()
            .map(|(place, at)| match place < holding {
                true => (*at, Verdict::Held, &*tops),
                false => (*at, Verdict::Passed, &[][..]),
            });
        let saw: Vec<_> = saw.collect();
        let verdict = match staying.len() - holding < threshold {
            true => Verdict::Held,
            false => Verdict::Passed,
        };
        self.world.upstream_of(&version, &saw, verdict).envelope()
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

/// The name right below the root that is this one or above it.
fn top(owner: &str) -> Name {
    let owner = name(owner);
    let mut names = owner.and_ancestors();
    names.find(|name| name.label_count() <= 1).unwrap()
}
