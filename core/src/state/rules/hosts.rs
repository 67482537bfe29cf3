//! Names that use a host (design 3, *host*). Its addresses are the business of
//! the holder of the name above it; the others get notice and time, and no
//! veto. Where nobody holds the name above, they are asked, and silence is
//! consent.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::holder::HolderId;
use crate::state::Founded;
use crate::zone::{Change, Name, Rtype};

/// Names that use a host whose addresses go.
#[derive(Default)]
pub(in crate::state) struct Dependents {
    /// Those that somebody else holds.
    pub(in crate::state) held: BTreeMap<Name, HolderId>,
    /// Those that nobody holds.
    pub(in crate::state) unheld: Vec<Name>,
}

impl Founded {
    /// The names that a change of a host's addresses concerns: none where the
    /// old addresses stay, and not those of the holders who decide it anyway,
    /// nor those that the same proposal gives other servers.
    pub(in crate::state) fn dependents_with_notice(
        &self,
        change: &Change,
        changes: &[Change],
        deciding: &[(Name, HolderId)],
    ) -> Dependents {
        let mut found = Dependents::default();
        if !addresses_go(change) {
            return found;
        }
        for name in self.contents.dependents(&change.name) {
            let moves = |other: &Change| other.name == *name && other.rtype == Rtype::NS;
            if changes.iter().any(moves) {
                continue;
            }
            match self.holder_of(name) {
                Some(holder) if deciding.iter().any(|(_, own)| *own == holder) => {}
                Some(holder) => {
                    found.held.insert(name.clone(), holder);
                }
                // Its own host: whoever decides for the name decides this.
                None if change.name.is_at_or_below(name) => {}
                // One delegated below a deciding holder's name is its business.
                None if deciding.iter().any(|(above, _)| name.is_at_or_below(above)) => {}
                None => found.unheld.push(name.clone()),
            }
        }
        found
    }
}

/// Whether a change takes an address away.
fn addresses_go(change: &Change) -> bool {
    let Some(old) = &change.old else {
        return false;
    };
    let new = change.new.as_ref().map(|new| &new.data);
    new.is_none_or(|new| !old.data.is_subset(new))
}
