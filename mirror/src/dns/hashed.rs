//! The same for a zone with NSEC3 records (RFC 5155 §7.2): where a name stands is known by the
//! zone's names, and proved by records for hashes. Under opt-out a delegation without a
//! DS set may have none; then what is proved is that it may be there.

use std::ops::Bound;

use comity_core::edition::Standing;
use comity_core::served::{ServedSet, ServedZone};
use comity_core::zone::Name;

use super::proof::{Position, wildcard_below};

/// Where `name` stands. It must be in the zone and not below a cut.
pub(super) fn position<'z>(zone: &'z ServedZone, name: &Name) -> Position<'z> {
    if is_there(zone, name) {
        return Position::Exists;
    }
    if is_empty(zone, name) {
        return Position::Empty(matching(zone, name));
    }
    let mut above = name.and_ancestors().skip(1);
    let encloser = above.find(|above| is_known(zone, above));
    let wildcard = encloser.and_then(|encloser| wildcard_below(&encloser));
    let (Some(wildcard), Some(proof)) = (wildcard, Enclosed::of(zone, name)) else {
        return Position::Unprovable;
    };
    if is_there(zone, &wildcard) {
        return Position::Wildcard {
            wildcard,
            covering: proof.covering,
            encloser: Some(proof.matching),
        };
    }
    let mut proofs = vec![proof.matching, proof.covering];
    if is_empty(zone, &wildcard) {
        proofs.extend(matching(zone, &wildcard));
        return Position::Empty(proofs);
    }
    // Of the encloser that is proved. It may have one where the next name is under opt-out.
    let none = wildcard_below(&proof.encloser);
    proofs.extend(none.and_then(|none| zone.nsec3_covering(&none)));
    Position::Nowhere(proofs)
}

/// The record for this name; else the proof that there may be a delegation without a
/// DS set (RFC 5155 §7.2.4, §7.2.7).
pub(super) fn matching<'z>(zone: &'z ServedZone, name: &Name) -> Vec<ServedSet<'z>> {
    if let Some(own) = zone.nsec3_matching(name) {
        return vec![own];
    }
    let proof = Enclosed::of(zone, name);
    proof.map_or_else(Vec::new, |proof| vec![proof.matching, proof.covering])
}

/// The proof of the closest encloser that can be proved (RFC 5155 §7.2.1).
struct Enclosed<'z> {
    encloser: Name,
    /// The record for it.
    matching: ServedSet<'z>,
    /// The record that covers the next name towards the one asked for.
    covering: ServedSet<'z>,
}

impl<'z> Enclosed<'z> {
    fn of(zone: &'z ServedZone, name: &Name) -> Option<Self> {
        let pairs = name.and_ancestors().zip(name.and_ancestors().skip(1));
        let mut pairs = pairs.take_while(|(_, above)| above.is_at_or_below(zone.origin()));
        // What is not there is not hashed: names can have many labels.
        pairs.find_map(|(closer, encloser)| {
            if !is_known(zone, &encloser) {
                return None;
            }
            let matching = zone.nsec3_matching(&encloser)?;
            let covering = zone.nsec3_covering(&closer)?;
            Some(Self {
                encloser,
                matching,
                covering,
            })
        })
    }
}

fn is_known(zone: &ServedZone, name: &Name) -> bool {
    is_there(zone, name) || is_empty(zone, name)
}

/// Whether it has records, but for one for a hash (RFC 5155 §7.2.8).
fn is_there(zone: &ServedZone, name: &Name) -> bool {
    let sets = zone.name(name);
    sets.is_some_and(|sets| sets.standing != Standing::Hashed)
}

/// Whether a name below it has records.
fn is_empty(zone: &ServedZone, name: &Name) -> bool {
    let after = (Bound::Excluded(name), Bound::Unbounded);
    let next = zone.names().range::<Name, _>(after).next();
    next.is_some_and(|(next, _)| next.is_at_or_below(name))
}

#[cfg(test)]
mod tests;
