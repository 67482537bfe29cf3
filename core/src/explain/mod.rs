//! What has changed between two versions of a zone, in the words of those who
//! run zones: a typed difference. It says what a change does to a delegation,
//! and which names depend on it; whether that is dangerous it does not judge.
//! `docs/diff.md` is its specification.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `sorting` | from changes of record sets to explanations |
//! | `users` | which names use which hosts |
//! | `line` | explanations as text, and as lines of JSON |

pub mod line;
mod sorting;
#[cfg(test)]
mod tests;
mod users;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::zone::{Change, Contents, Name, RecordSet, Rtype, SetKey};

/// What a change does to a name. The order is that of explanations of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeType {
    /// The name was not delegated before.
    Added,
    /// The name is not delegated any more.
    Removed,
    /// The NS set changed, and a name server stays.
    NsPartial,
    /// No name server stays, but an address of one does.
    NsRenamed,
    /// Neither a name server stays nor an address that the zone has.
    NsReplaced,
    /// There was no DS set before.
    DsFirst,
    /// The DS set changed, and a record stays: a key is added or rolled.
    DsPartial,
    /// No DS record stays.
    DsReplaced,
    /// There is no DS set any more.
    DsWithdrawn,
    /// The addresses of a host in use changed, came or went.
    HostAddress,
    /// The zone's own data at its apex changed; its keys among it, its serial not.
    Apex,
}

impl ChangeType {
    /// All of them, in their order.
    pub const ALL: [Self; 11] = [
        Self::Added,
        Self::Removed,
        Self::NsPartial,
        Self::NsRenamed,
        Self::NsReplaced,
        Self::DsFirst,
        Self::DsPartial,
        Self::DsReplaced,
        Self::DsWithdrawn,
        Self::HostAddress,
        Self::Apex,
    ];

    /// The word for it, in text and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::NsPartial => "ns-partial",
            Self::NsRenamed => "ns-renamed",
            Self::NsReplaced => "ns-replaced",
            Self::DsFirst => "ds-first",
            Self::DsPartial => "ds-partial",
            Self::DsReplaced => "ds-replaced",
            Self::DsWithdrawn => "ds-withdrawn",
            Self::HostAddress => "host-address",
            Self::Apex => "apex",
        }
    }
}

impl fmt::Display for ChangeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A version of a zone, whoever published it: its contents, and the keys at its
/// apex, which contents leave out because our own zones derive them.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// The contents.
    pub contents: &'a Contents,
    /// The sets of types DNSKEY, CDS and CDNSKEY at the apex.
    pub keys: &'a BTreeMap<Rtype, RecordSet>,
}

/// The difference of two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// What has changed: in canonical order of names, then in the order of types.
    /// At most one for each name and type.
    pub explanations: Vec<Explanation>,
    /// The sets that changed without being explained, in canonical order: the
    /// zone's own data below its apex, and addresses of hosts that no name uses.
    pub others: Vec<SetKey>,
}

/// One change of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name: a delegated one, a host, or the zone's own.
    pub name: Name,
    /// What the change does to it.
    pub change: ChangeType,
    /// The record sets that it is about, in canonical order. Those of a host are
    /// there even where only one of them changed; then the other is the same twice.
    pub sets: Vec<Change>,
    /// The names that depend on it, in canonical order. Of a delegation those
    /// which have a name server at or below it, before or after, and not itself;
    /// of a host those which name it. The zone's own name is among them where
    /// its own NS set is such. None of a DS set, none of the apex.
    pub dependents: Vec<Name>,
}

/// Two zones, which have no difference to explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherZone {
    /// The first zone's origin.
    pub old: Name,
    /// The second zone's.
    pub new: Name,
}

impl fmt::Display for OtherZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { old, new } = self;
        write!(f, "one is the zone {old}, the other is the zone {new}")
    }
}

impl core::error::Error for OtherZone {}

/// What has changed from `old` to `new`. Each set that differs is in exactly one
/// explanation, or among the others; an SOA set whose serial alone differs is in
/// neither.
///
/// # Errors
/// Where the versions are not of one zone.
pub fn explain(old: Version<'_>, new: Version<'_>) -> Result<Explained, OtherZone> {
    let (before, after) = (old.contents.origin(), new.contents.origin());
    if before == after {
        Ok(sorting::sort(old, new))
    } else {
        Err(OtherZone {
            old: before.clone(),
            new: after.clone(),
        })
    }
}
