//! Each rule of the zone model that can say no, with the record it is about
//! and what to do.

use alloc::string::String;
use core::fmt;

use super::{Name, Rtype, SetKey};
use crate::limits;

/// Why records are not the contents of a zone, or changes do not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneRefusal {
    /// The owner is not at or below the zone's origin.
    OutOfZone {
        /// The record set.
        set: SetKey,
        /// The zone's origin.
        origin: Name,
    },
    /// The apex has no SOA record (RFC 1035 §5.2).
    NoSoa {
        /// The zone's origin.
        origin: Name,
    },
    /// The apex has no NS set (RFC 1034 §4.2.1).
    NoNs {
        /// The zone's origin.
        origin: Name,
    },
    /// There is an SOA record that is not the apex's one (RFC 1035 §5.2).
    TwoSoas {
        /// Where the further one is.
        owner: Name,
    },
    /// A set whose type allows one record has more (RFC 2181 §10.1, RFC 6672 §2.4).
    SeveralRecords {
        /// The CNAME or DNAME set.
        set: SetKey,
    },
    /// A CNAME has other data beside it (RFC 1034 §3.6.2).
    CnameBesideData {
        /// The owner.
        owner: Name,
    },
    /// A DNAME has names below it (RFC 6672 §2.4).
    DnameWithNamesBelow {
        /// The owner of the DNAME.
        owner: Name,
        /// A name below it.
        below: Name,
    },
    /// Data at or below a delegation which is not the child's addresses
    /// (RFC 1034 §4.2.1).
    BelowDelegation {
        /// The record set.
        set: SetKey,
        /// The delegated name.
        delegation: Name,
    },
    /// A DS set where nothing is delegated (RFC 4035 §2.4).
    DsWithoutDelegation {
        /// The owner.
        owner: Name,
    },
    /// NS, DS or DNAME at a wildcard (RFC 4592 §4).
    WildcardDelegation {
        /// The record set.
        set: SetKey,
    },
    /// Records of one set have different TTLs (RFC 2181 §5.2).
    TtlClash {
        /// The record set.
        set: SetKey,
    },
    /// A TTL above 2^31-1 (RFC 2181 §8).
    TtlTooLarge {
        /// The record set.
        set: SetKey,
    },
    /// A type that every verifier derives.
    DerivedType {
        /// The record set.
        set: SetKey,
    },
    /// The same record twice.
    DuplicateRecord {
        /// The record set.
        set: SetKey,
        /// The data in presentation form.
        data: String,
    },
    /// A record set without records.
    EmptySet {
        /// The record set.
        set: SetKey,
    },
    /// More records in one set than the limit.
    SetTooLarge {
        /// The record set.
        set: SetKey,
    },
    /// More records in the zone than the limit.
    TooManyRecords,
    /// Stored contents are not canonical wire records.
    BadWire {
        /// Where the record starts that could not be read.
        offset: usize,
    },
    /// Stored contents are not in canonical order (RFC 4034 §6).
    OutOfOrder {
        /// The set of the record that comes too late.
        set: SetKey,
    },
    /// A change expects another present value.
    OldValueDiffers {
        /// The record set.
        set: SetKey,
    },
    /// A change leaves the set as it is.
    NothingChanges {
        /// The record set.
        set: SetKey,
    },
    /// Two changes are about one set.
    ChangedTwice {
        /// The record set.
        set: SetKey,
    },
    /// A delegation would go although other names use hosts below it.
    HostsInUse {
        /// The delegated name.
        delegation: Name,
        /// A name server below it.
        host: Name,
        /// A name that uses that server.
        user: Name,
    },
    /// Addresses would stay although the delegation above them goes.
    HostWithoutDelegation {
        /// The host.
        host: Name,
    },
}

impl fmt::Display for ZoneRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_fault(f)?;
        write!(f, "; {}", self.advice())
    }
}

impl ZoneRefusal {
    /// The name that the refusal is about, and the type where it is about one
    /// set; none where it is about the whole.
    pub fn subject(&self) -> Option<(&Name, Option<Rtype>)> {
        match self {
            Self::OutOfZone { set, .. }
            | Self::SeveralRecords { set }
            | Self::BelowDelegation { set, .. }
            | Self::WildcardDelegation { set }
            | Self::TtlClash { set }
            | Self::TtlTooLarge { set }
            | Self::DerivedType { set }
            | Self::DuplicateRecord { set, .. }
            | Self::EmptySet { set }
            | Self::SetTooLarge { set }
            | Self::OutOfOrder { set }
            | Self::OldValueDiffers { set }
            | Self::NothingChanges { set }
            | Self::ChangedTwice { set } => Some((&set.owner, Some(set.rtype))),
            Self::TwoSoas { owner } => Some((owner, Some(Rtype::SOA))),
            Self::CnameBesideData { owner } => Some((owner, Some(Rtype::CNAME))),
            Self::DnameWithNamesBelow { owner, .. } => Some((owner, Some(Rtype::DNAME))),
            Self::DsWithoutDelegation { owner } => Some((owner, Some(Rtype::DS))),
            Self::HostsInUse { delegation, .. } => Some((delegation, Some(Rtype::NS))),
            Self::HostWithoutDelegation { host } => Some((host, None)),
            Self::NoSoa { .. }
            | Self::NoNs { .. }
            | Self::TooManyRecords
            | Self::BadWire { .. } => None,
        }
    }

    fn fmt_fault(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfZone { set, origin } => write!(f, "{set} is outside of the zone {origin}"),
            Self::NoSoa { origin } => write!(f, "{origin} has no SOA record"),
            Self::NoNs { origin } => write!(f, "{origin} has no NS records"),
            Self::TwoSoas { owner } => write!(f, "{owner} has an SOA record too many"),
            Self::SeveralRecords { set } => write!(f, "{set} has more than one record"),
            Self::CnameBesideData { owner } => write!(f, "{owner} has a CNAME and other data"),
            Self::DnameWithNamesBelow { owner, below } => {
                write!(f, "{owner} has a DNAME, yet {below} exists below it")
            }
            Self::BelowDelegation { set, delegation } => {
                write!(
                    f,
                    "{set} is data of the zone that {delegation} is delegated to"
                )
            }
            Self::DsWithoutDelegation { owner } => {
                write!(f, "{owner} has DS records but is not delegated")
            }
            Self::WildcardDelegation { set } => write!(f, "{set} is at a wildcard"),
            Self::TtlClash { set } => write!(f, "the records of {set} have different TTLs"),
            Self::TtlTooLarge { set } => write!(f, "{set} has a TTL above 2147483647"),
            Self::DerivedType { set } => write!(f, "{set} is derived by every verifier"),
            Self::DuplicateRecord { set, data } => write!(f, "{set} {data} is there twice"),
            Self::EmptySet { set } => write!(f, "{set} has no records"),
            Self::SetTooLarge { set } => {
                write!(f, "{set} has more than {} records", limits::SET_RECORDS_MAX)
            }
            Self::TooManyRecords => {
                write!(
                    f,
                    "the zone has more than {} records",
                    limits::ZONE_RECORDS_MAX
                )
            }
            Self::BadWire { offset } => {
                write!(f, "stored contents are not canonical at octet {offset}")
            }
            Self::OutOfOrder { set } => write!(f, "stored contents are out of order at {set}"),
            Self::OldValueDiffers { set } => {
                write!(f, "{set} is no longer what the change expects")
            }
            Self::NothingChanges { set } => write!(f, "{set} stays as it is"),
            Self::ChangedTwice { set } => write!(f, "{set} is changed twice"),
            Self::HostsInUse {
                delegation,
                host,
                user,
            } => write!(
                f,
                "{delegation} cannot be suppressed while {user} uses the name server {host}"
            ),
            Self::HostWithoutDelegation { host } => {
                write!(f, "{host} would keep addresses with no delegation above")
            }
        }
    }

    /// What to do about it.
    fn advice(&self) -> &'static str {
        match self {
            Self::OutOfZone { .. } | Self::EmptySet { .. } | Self::DerivedType { .. } => {
                "leave it out"
            }
            Self::NoSoa { .. } => "add one",
            Self::NoNs { .. } => "add them",
            Self::TwoSoas { .. } => "a zone has one, at its apex",
            Self::SeveralRecords { .. } | Self::DuplicateRecord { .. } => "keep one",
            Self::CnameBesideData { .. } | Self::DnameWithNamesBelow { .. } => {
                "remove one or the other"
            }
            Self::BelowDelegation { .. } => "only its NS, DS and addresses may be here",
            Self::DsWithoutDelegation { .. } => "add its NS records, or remove them",
            Self::WildcardDelegation { .. } => "name what is delegated",
            Self::TtlClash { .. } => "give them one",
            Self::TtlTooLarge { .. } => "lower it",
            Self::SetTooLarge { .. } => "remove some",
            Self::TooManyRecords => "Comity keeps no larger ones",
            Self::BadWire { .. } | Self::OutOfOrder { .. } => "fetch them again",
            Self::OldValueDiffers { .. } => "draft the change again",
            Self::NothingChanges { .. } => "leave the change out",
            Self::ChangedTwice { .. } => "keep one change",
            Self::HostsInUse { .. } => "that name needs other servers first",
            Self::HostWithoutDelegation { .. } => "suppress them too",
        }
    }
}

impl core::error::Error for ZoneRefusal {}
