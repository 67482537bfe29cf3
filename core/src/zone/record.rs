//! Record data and record sets.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;

pub use domain::base::iana::Rtype;

use super::Name;
use crate::basic::BadText;

/// One record's data: canonical wire form (RFC 4034 §6.2), at most 65,535
/// octets. Ordered as octets, which is the canonical order (RFC 4034 §6.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rdata(Box<[u8]>);

impl Rdata {
    /// Reads the uncompressed wire form of data of this type, and brings it
    /// to canonical form.
    ///
    /// # Errors
    /// Where the octets are not data of this type.
    pub fn from_wire(rtype: Rtype, wire: &[u8]) -> Result<Self, BadText> {
        todo!()
    }

    /// Reads presentation form; the generic form of RFC 3597 §5 for any type.
    ///
    /// # Errors
    /// Where the text is not data of this type.
    pub fn from_text(rtype: Rtype, text: &str) -> Result<Self, BadText> {
        todo!()
    }

    /// Presentation form; RFC 3597 §5 where the type is not known.
    pub fn to_text(&self, rtype: Rtype) -> String {
        todo!()
    }

    /// The canonical wire form.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
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

/// Which record set: its owner and type. Ordered canonically by owner, then
/// by type number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetKey {
    /// The owner name.
    pub owner: Name,
    /// The record type.
    pub rtype: Rtype,
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
