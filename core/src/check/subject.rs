//! The delegation that is checked.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;

use serde::{Deserialize, Serialize, Serializer};

use crate::act::Stage;
use crate::zone::{Change, Contents, Name, Place, Rdata, Rtype};

/// A delegation as it is, or as it shall become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The delegated name.
    pub name: Name,
    /// The zone that delegates it.
    pub parent: Name,
    /// The name servers.
    pub ns: BTreeSet<Name>,
    /// Addresses that the parent gives with the delegation, by host.
    pub glue: BTreeMap<Name, BTreeSet<IpAddr>>,
    /// The data of the DS records.
    #[serde(serialize_with = "as_texts")]
    pub ds: BTreeSet<Rdata>,
}

fn as_texts<S: Serializer>(ds: &BTreeSet<Rdata>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ds.iter().map(|data| data.to_text(Rtype::DS)))
}

impl Subject {
    /// The delegation of `name` in these contents of its parent zone, with
    /// what they say of its hosts' addresses; none where it is not delegated.
    pub fn of(contents: &Contents, name: &Name) -> Option<Self> {
        let delegation = contents.delegation(name)?;
        let ns: BTreeSet<Name> = delegation.ns.targets().collect();
        let addresses = |host: &Name| -> BTreeSet<IpAddr> {
            let sets = [Rtype::A, Rtype::AAAA].map(|rtype| (rtype, contents.get(host, rtype)));
            sets.iter()
                .flat_map(|(rtype, set)| set.iter().map(move |set| (rtype, set)))
                .flat_map(|(rtype, set)| set.data.iter().filter_map(|data| address(*rtype, data)))
                .collect()
        };
        let glue = ns.iter().map(|host| (host.clone(), addresses(host)));
        Some(Self {
            name: name.clone(),
            parent: contents.origin().clone(),
            glue: glue.filter(|(_, glue)| !glue.is_empty()).collect(),
            ds: delegation
                .ds
                .iter()
                .flat_map(|set| set.data.clone())
                .collect(),
            ns,
        })
    }

    /// Whether this host is inside the zone that is delegated, so that only
    /// glue leads to it.
    pub fn is_inside(&self, host: &Name) -> bool {
        host.is_at_or_below(&self.name)
    }
}

/// A delegation that changes, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// As it is; none where the name is not delegated.
    pub before: Option<Subject>,
    /// As it would be.
    pub after: Subject,
}

impl Planned {
    /// The delegations that these changes are about: those whose NS or DS sets
    /// change, and those above hosts whose addresses do. Not those that go,
    /// of which there is nothing to ask; and changes that do not fit the
    /// contents are about none.
    pub fn of(contents: &Contents, changes: &[Change]) -> Vec<Self> {
        let Ok(then) = contents.with(changes) else {
            return Vec::new();
        };
        let changes = changes.iter().filter(|change| change.old != change.new);
        let names: BTreeSet<Name> = changes
            .filter_map(|change| match then.place(&change.name, change.rtype) {
                Place::Delegation(name) | Place::Host(name) => Some(name),
                Place::Apex | Place::Derived | Place::Inside => None,
            })
            .collect();
        let planned = names.iter().filter_map(|name| {
            Some(Self {
                before: Subject::of(contents, name),
                after: Subject::of(&then, name)?,
            })
        });
        planned.collect()
    }

    /// What is to be asked about at this stage of a proposal: before signing
    /// its changes are made already.
    pub fn at(stage: Stage, contents: &Contents, changes: &[Change]) -> Vec<Self> {
        match stage {
            Stage::Proposal | Stage::Decision => Self::of(contents, changes),
            Stage::Signing => Self::made(contents, changes),
        }
    }

    /// The same for changes that are made already: the delegations as they
    /// are.
    fn made(contents: &Contents, changes: &[Change]) -> Vec<Self> {
        let back: Vec<Change> = changes.iter().cloned().map(Change::reversed).collect();
        let planned = Self::of(contents, &back).into_iter();
        planned
            .filter_map(|planned| {
                Some(Self {
                    after: planned.before?,
                    before: None,
                })
            })
            .collect()
    }
}

/// The address in the data of an A or AAAA record.
pub fn address(rtype: Rtype, data: &Rdata) -> Option<IpAddr> {
    match rtype {
        Rtype::A => <[u8; 4]>::try_from(data.as_wire()).ok().map(IpAddr::from),
        Rtype::AAAA => <[u8; 16]>::try_from(data.as_wire()).ok().map(IpAddr::from),
        _ => None,
    }
}

/// One of the two ways to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// Streams.
    Tcp,
}

impl core::fmt::Display for Transport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}
