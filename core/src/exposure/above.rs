//! The names on which the name of a server depends: a server below `net.` is
//! found by asking for a name below `net.`, and that again needs the servers
//! of `net.`, wherever those are.
//!
//! It is counted as though the zone had no addresses for servers below other
//! names: a resolver that has the address from the zone goes on for a while,
//! but is to ask for the server's own name (RFC 2181 §5.4.1).
//! A server below the name that it serves needs no other.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::limits;
use crate::zone::{Contents, Name};

/// The names that each delegated name needs, whichever of its servers is asked.
/// Steps of what needs what are followed up to a bound.
pub(super) fn needed(contents: &Contents) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut needed: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for _step in 0..limits::EXPOSURE_STEPS_MAX {
        let next = step(contents, &needed);
        if next == needed {
            break;
        }
        needed = next;
    }
    needed
}

/// The names that a server's own name needs, for a name that it serves.
pub(super) fn of(
    contents: &Contents,
    needed: &BTreeMap<Name, BTreeSet<Name>>,
    served: &Name,
    server: &Name,
) -> BTreeSet<Name> {
    let Some(cut) = contents.cut(server).filter(|cut| *cut != served) else {
        return BTreeSet::new();
    };
    let further = needed.get(cut).into_iter().flatten();
    let above = further.chain([cut]).filter(|name| *name != served);
    above.cloned().collect()
}

fn step(
    contents: &Contents,
    needed: &BTreeMap<Name, BTreeSet<Name>>,
) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut next = BTreeMap::new();
    for (name, delegation) in contents.delegations() {
        let targets = delegation.ns.targets();
        let each = targets.map(|server| of(contents, needed, name, &server));
        let common = each.reduce(|all, one| all.intersection(&one).cloned().collect());
        if let Some(common) = common.filter(|common| !common.is_empty()) {
            next.insert(name.clone(), common);
        }
    }
    next
}
