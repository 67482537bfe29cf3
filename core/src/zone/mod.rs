//! The zone model. *Delegations*, *hosts* and the apex are contents, decided
//! by acts; SOA serial, NSEC chain, DNSKEY, RRSIG and ZONEMD are *derived*
//! and never part of contents.

pub mod change;
pub mod contents;
pub mod name;
pub mod record;

pub use change::{Change, Operation};
pub use contents::{Contents, Delegation, Kind, Place, Record};
pub use name::Name;
pub use record::{Rdata, RecordSet, Rtype, SetKey};
