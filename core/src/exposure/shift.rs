//! What a change of a zone makes of whom its names depend on.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Country, Exposed, Party, Report};
use crate::zone::Name;

/// A name that other parties could stop alone than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The name.
    pub name: Name,
    /// The country whose name it is.
    pub country: Option<Country>,
    /// Who could stop it alone before.
    pub before: BTreeSet<Party>,
    /// Who could stop it alone now.
    pub after: BTreeSet<Party>,
    /// How many of its addresses stayed.
    pub kept: usize,
    /// How many addresses it had.
    pub had: usize,
}

/// The names of both versions whose parties are others, in canonical order. Both
/// are of one [`super::survey`]. Names that came or went are a matter of
/// [`crate::explain`].
pub fn shifts(old: &Report, new: &Report) -> Vec<Shift> {
    let before: BTreeMap<&Name, &Exposed> = old.names.iter().map(|it| (&it.name, it)).collect();
    let in_both = new.names.iter().filter_map(|after| {
        let before = before.get(&after.name)?;
        Some((*before, after))
    });
    in_both.filter_map(|(old, new)| shift(old, new)).collect()
}

fn shift(old: &Exposed, new: &Exposed) -> Option<Shift> {
    let [before, after] = [old, new].map(|it| it.alone().cloned().collect::<BTreeSet<_>>());
    if before == after {
        return None;
    }
    let [had, have] = [old, new].map(addresses);
    Some(Shift {
        name: new.name.clone(),
        country: new.country,
        before,
        after,
        kept: had.intersection(&have).count(),
        had: had.len(),
    })
}

fn addresses(exposed: &Exposed) -> BTreeSet<IpAddr> {
    let endpoints = exposed.endpoints.iter();
    endpoints.filter_map(|endpoint| endpoint.address).collect()
}
