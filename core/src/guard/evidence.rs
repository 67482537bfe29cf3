//! What is known of children beside their delegations: what their servers and
//! resolvers said, and what their holders want. It comes in; nothing is asked
//! here. Who asked vouches for where an answer comes from, and for nothing that
//! is in it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use serde::{Serialize, Serializer};

use crate::basic::Time;
use crate::check::Subject;
use crate::check::observation::{Answer, NOERROR, Silence};
use crate::explain::{ChangeType, Explained, Version};
use crate::limits;
use crate::zone::{Contents, Name, Rtype};

/// What is known of each name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// By delegated name. Of a name that is not here nothing is known.
    pub names: BTreeMap<Name, Seen>,
}

/// What is known of one delegated name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Questions about its apex, and what came of them. The order does not matter.
    pub sightings: Vec<Sighting>,
    /// What its holder says of the change, where it has one.
    pub consent: Consent,
}

/// One question about a name's apex to one place, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When it came, or was given up.
    pub time: Time,
    /// Who was asked.
    pub witness: Witness,
    /// For which type: SOA, NS, DNSKEY, CDS or CDNSKEY.
    pub rtype: Rtype,
    /// The answer, or why there is none.
    pub outcome: Result<Answer, Silence>,
}

impl Sighting {
    /// The answer, if it is one that says something in full: from a name server
    /// with authority, from a resolver without an error.
    pub fn good(&self) -> Option<&Answer> {
        let answer = self.outcome.as_ref().ok()?;
        let is_good = match self.witness {
            Witness::Server { .. } => answer.is_good(),
            Witness::Resolver(_) => answer.rcode == NOERROR && !answer.truncated,
        };
        is_good.then_some(answer)
    }
}

/// Who was asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// An address of a name server of the old delegation, the new one, or both.
    Server {
        /// The name server.
        name: Name,
        /// The address.
        address: IpAddr,
        /// Whose server it is at this address.
        side: Side,
    },
    /// A resolver.
    Resolver(SocketAddr),
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { name, address, .. } => write!(f, "{name} at {address}"),
            Self::Resolver(address) => write!(f, "the resolver {address}"),
        }
    }
}

impl Serialize for Witness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whose server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The old delegation's alone.
    Old,
    /// The old one's and the new one's, at the same address.
    Both,
    /// The new delegation's alone.
    New,
}

/// What a name's holder says of the changes of its name in this version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// Nobody has claimed the name.
    #[default]
    Unclaimed,
    /// The name is claimed, and its policy is not satisfied.
    Missing,
    /// The name is claimed, and its policy is satisfied over exactly this.
    Given,
}

/// A delegated name of which evidence would say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The name.
    pub name: Name,
    /// Its delegation before, with the addresses that the zone has.
    pub old: Option<Subject>,
    /// Its delegation after.
    pub new: Option<Subject>,
}

/// Of which names evidence would say something, in canonical order, as many as
/// are ever asked about: first those of which something is taken away.
pub fn wanted(explained: &Explained, old: Version<'_>, new: Version<'_>) -> Vec<Wanted> {
    let mut grave = BTreeSet::new();
    let mut others = BTreeSet::new();
    for explanation in &explained.explanations {
        match explanation.change {
            ChangeType::Removed
            | ChangeType::NsReplaced
            | ChangeType::DsReplaced
            | ChangeType::DsWithdrawn => {
                grave.insert(&explanation.name);
            }
            ChangeType::HostAddress => {
                let names = explanation.dependents.iter();
                grave.extend(names.filter(|name| has_moved(name, old.contents, new.contents)));
            }
            ChangeType::NsPartial
            | ChangeType::NsRenamed
            | ChangeType::DsFirst
            | ChangeType::DsPartial => {
                others.insert(&explanation.name);
            }
            ChangeType::Added | ChangeType::Apex => {}
        }
    }
    let names = grave.iter().chain(others.difference(&grave));
    let names = names.filter(|name| ***name != *new.contents.origin());
    let names: BTreeSet<&Name> = names.take(limits::EVIDENCE_NAMES_MAX).copied().collect();
    let wanted = names.into_iter().map(|name| Wanted {
        name: name.clone(),
        old: Subject::of(old.contents, name),
        new: Subject::of(new.contents, name),
    });
    wanted.collect()
}

/// Whether a delegation has no address any more that the zone had for it, and no
/// server of which the zone has none. Of one whose servers are all elsewhere the
/// zone cannot say.
pub(super) fn has_moved(name: &Name, old: &Contents, new: &Contents) -> bool {
    let (Some(before), Some(after)) = (Subject::of(old, name), Subject::of(new, name)) else {
        return false;
    };
    let addresses = |subject: &Subject| -> BTreeSet<IpAddr> {
        subject.glue.values().flatten().copied().collect()
    };
    let kept = before.ns.intersection(&after.ns);
    let is_kept_elsewhere = kept.into_iter().any(|host| !before.glue.contains_key(host));
    let had = addresses(&before);
    !had.is_empty() && !is_kept_elsewhere && had.is_disjoint(&addresses(&after))
}
