//! What a zone contains by its acts: apex, delegations, hosts and, in kind
//! `plain`, other authoritative names. Nothing derived.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Change, Name, Rdata, RecordSet, Rtype};

/// The kind of a zone: which checks and rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The root zone: names nobody holds follow upstream.
    Root,
    /// Any other zone that several organisations own.
    Plain,
}

/// The NS set of a name, and its DS set if the child is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The name servers.
    pub ns: RecordSet,
    /// The digests of the child's keys.
    pub ds: Option<RecordSet>,
}

/// Whose decision a record set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the zone's apex.
    Apex,
    /// The NS or DS set of this delegated name.
    Delegation(Name),
    /// The addresses of a host at or below this delegated name.
    Host(Name),
    /// Authoritative data below the apex (kind `plain`).
    Inside,
    /// SOA serial apart, what every verifier recomputes: NSEC, DNSKEY, RRSIG, ZONEMD.
    Derived,
}

/// One record of a zone, as read. Class IN always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The owner name.
    pub owner: Name,
    /// The record type.
    pub rtype: Rtype,
    /// Seconds for which the record may be cached.
    pub ttl: u32,
    /// The data.
    pub data: Rdata,
}

/// A zone's contents. Every value of this type keeps the structural rules:
/// all names at or below the origin; SOA and NS at the apex; at a delegation
/// only NS and DS; below one only addresses; nothing beside CNAME; DNAME
/// with nothing below; no derived types; one TTL a set.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    origin: Name,
    apex: BTreeMap<Rtype, RecordSet>,
    delegations: BTreeMap<Name, Delegation>,
    hosts: BTreeMap<Name, BTreeMap<Rtype, RecordSet>>,
    inside: BTreeMap<Name, BTreeMap<Rtype, RecordSet>>,
}
