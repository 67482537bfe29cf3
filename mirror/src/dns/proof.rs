//! Where a name stands in a signed zone, and the NSEC records that prove it
//! (RFC 4035 §3.1.3); by NSEC3 records see `hashed`. The chain alone decides: what lies between two of its
//! names does not exist, whatever else is in memory.

use comity_core::served::{ServedSet, ServedZone};
use comity_core::zone::{Name, Rtype};

use super::{hashed, rdata};

/// Where a name that is not below a cut stands.
#[derive(Clone, Debug)]
pub(super) enum Position<'z> {
    /// It has records.
    Exists,
    /// It has none, but a name below it has; or the wildcard that would
    /// stand in for it is such a name (RFC 4592 §2.2.2).
    Empty(Vec<ServedSet<'z>>),
    /// It has none, and a wildcard stands in for it.
    Wildcard {
        /// The wildcard's own name.
        wildcard: Name,
        /// Proof that no closer name exists.
        covering: ServedSet<'z>,
        /// By hashed names, proof of the name that the wildcard is below.
        encloser: Option<ServedSet<'z>>,
    },
    /// There is no such name, and no wildcard for it.
    Nowhere(Vec<ServedSet<'z>>),
    /// The chain does not say. No verified zone has such a name.
    Unprovable,
}

/// An NSEC record of the zone.
#[derive(Clone, Debug)]
struct Nsec<'z> {
    /// The next name that exists.
    next: Name,
    /// The record with its signature.
    set: ServedSet<'z>,
}

/// Where `name` stands. It must be in the zone and not below a cut.
pub(super) fn position<'z>(zone: &'z ServedZone, name: &Name) -> Position<'z> {
    if zone.is_hashed() {
        return hashed::position(zone, name);
    }
    if zone.name(name).is_some() {
        return Position::Exists;
    }
    let Some(covering) = covering(zone, name) else {
        return Position::Unprovable;
    };
    if covering.next.is_at_or_below(name) {
        return Position::Empty(vec![covering.set]);
    }
    let Some(wildcard) = wildcard_for(name, &covering) else {
        return Position::Unprovable;
    };
    if zone.name(&wildcard).is_some() {
        return Position::Wildcard {
            wildcard,
            covering: covering.set,
            encloser: None,
        };
    }
    let Some(no_wildcard) = self::covering(zone, &wildcard) else {
        return Position::Unprovable;
    };
    if no_wildcard.next.is_at_or_below(&wildcard) {
        return Position::Empty(vec![covering.set, no_wildcard.set]);
    }
    Position::Nowhere(vec![covering.set, no_wildcard.set])
}

/// The record that says which types a name has: its NSEC record, or by hashed names what
/// is in its place.
pub(super) fn matching<'z>(zone: &'z ServedZone, name: &Name) -> Vec<ServedSet<'z>> {
    match zone.is_hashed() {
        true => hashed::matching(zone, name),
        false => zone.get(name, Rtype::NSEC).into_iter().collect(),
    }
}

/// The NSEC record of the last owner that is not behind `name`.
fn covering<'z>(zone: &'z ServedZone, name: &Name) -> Option<Nsec<'z>> {
    Nsec::new(zone.nsec_covering(name)?)
}

/// The wildcard at the closest encloser: the deepest name above `name` that
/// exists (RFC 4592 §3.3.1). The names on both sides of a gap show which.
fn wildcard_for(name: &Name, covering: &Nsec<'_>) -> Option<Name> {
    let encloser = name.and_ancestors().skip(1).find(|above| {
        covering.set.owner.is_at_or_below(above) || covering.next.is_at_or_below(above)
    })?;
    wildcard_below(&encloser)
}

/// The wildcard of a name (RFC 4592 §2.1.1).
pub(super) fn wildcard_below(encloser: &Name) -> Option<Name> {
    Name::from_wire(&[b"\x01*", encloser.as_wire()].concat()).ok()
}

impl<'z> Nsec<'z> {
    fn new(set: ServedSet<'z>) -> Option<Self> {
        let next = rdata::next_owner(set.set.data.first()?)?;
        Some(Self { next, set })
    }
}
