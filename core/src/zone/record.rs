//! Record data and record sets.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

pub use domain::base::iana::Rtype;

use super::{Name, canonical, text};
use crate::basic::BadText;

/// One record's data: canonical wire form (RFC 4034 §6.2), at most 65,535
/// octets. Ordered as octets, which is the canonical order (RFC 4034 §6.3).
/// A clone shares the octets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rdata(Arc<[u8]>);

impl Rdata {
    /// Reads the uncompressed wire form of data of this type, and brings it
    /// to canonical form.
    ///
    /// # Errors
    /// Where the octets are not data of this type.
    pub fn from_wire(rtype: Rtype, wire: &[u8]) -> Result<Self, BadText> {
        Ok(Self(canonical::rdata(rtype, wire)?.into()))
    }

    /// Reads presentation form; the generic form of RFC 3597 §5 for any type.
    /// Names are absolute, with their final dot.
    ///
    /// # Errors
    /// Where the text is not data of this type.
    pub fn from_text(rtype: Rtype, text: &str) -> Result<Self, BadText> {
        Self::from_text_below(rtype, text, None)
    }

    /// As [`Rdata::from_text`], with relative names below `origin`, and `@`
    /// for it: as zone files have them (RFC 1035 §5.1).
    ///
    /// # Errors
    /// Where the text is not data of this type.
    pub fn from_text_below(
        rtype: Rtype,
        text: &str,
        origin: Option<&Name>,
    ) -> Result<Self, BadText> {
        Self::from_wire(rtype, &text::to_wire(rtype, text, origin)?)
    }

    /// Presentation form; RFC 3597 §5 where the type is not known.
    pub fn to_text(&self, rtype: Rtype) -> String {
        text::from_rdata(rtype, self)
    }

    /// The canonical wire form.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// Data that this crate composed in canonical form.
    pub(crate) fn from_canonical(wire: &[u8]) -> Self {
        Self(wire.into())
    }
}

/// The records of one owner and type. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSet {
    /// Seconds for which the records may be cached.
    pub ttl: u32,
    /// The records' data in canonical order.
    pub data: BTreeSet<Rdata>,
}

impl RecordSet {
    /// A set of one record.
    pub fn of_one(ttl: u32, data: Rdata) -> Self {
        Self {
            ttl,
            data: BTreeSet::from([data]),
        }
    }

    /// The first of the data in canonical order; that of a set which has one.
    pub fn first(&self) -> Option<&Rdata> {
        self.data.first()
    }

    /// The names in the set, where it is of type NS, CNAME, DNAME or PTR.
    pub fn targets(&self) -> impl Iterator<Item = Name> {
        self.data
            .iter()
            .filter_map(|data| Name::from_wire(data.as_wire()).ok())
    }
}

/// Which record set: its owner and type. Ordered canonically by owner, then
/// by type number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetKey {
    /// The owner name.
    pub owner: Name,
    /// The record type.
    pub rtype: Rtype,
}

impl SetKey {
    /// The key of this owner and type.
    pub fn new(owner: &Name, rtype: Rtype) -> Self {
        Self {
            owner: owner.clone(),
            rtype,
        }
    }
}

impl fmt::Display for SetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.owner, self.rtype)
    }
}

impl fmt::Debug for SetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
