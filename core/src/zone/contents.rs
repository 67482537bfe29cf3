//! What a zone contains by its acts: apex, delegations, hosts and, in kind
//! `plain`, other authoritative names. Nothing derived.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::iter::Peekable;

use serde::{Deserialize, Serialize};

use super::{Name, Rdata, RecordSet, Rtype, SetKey};

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
/// only NS, DS and addresses; below one only addresses; nothing beside CNAME;
/// DNAME with nothing below; no derived types; one TTL a set. A clone shares
/// the sets.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    pub(super) origin: Name,
    pub(super) apex: Arc<Sets>,
    pub(super) delegations: BTreeMap<Name, Arc<Delegation>>,
    pub(super) hosts: BTreeMap<Name, Arc<Sets>>,
    pub(super) inside: BTreeMap<Name, Arc<Sets>>,
}

/// The sets of one name by type.
pub(super) type Sets = BTreeMap<Rtype, RecordSet>;

/// Whether records of this type are derived by every verifier: the parts of
/// DNSSEC that this zone's own key makes, and the child's side of a key's
/// announcement (RFC 7344), which here is that same key.
pub fn is_derived(rtype: Rtype) -> bool {
    matches!(
        rtype,
        Rtype::RRSIG
            | Rtype::NSEC
            | Rtype::NSEC3
            | Rtype::NSEC3PARAM
            | Rtype::DNSKEY
            | Rtype::ZONEMD
            | Rtype::CDS
            | Rtype::CDNSKEY
    )
}

impl Contents {
    /// The zone's origin: the name of its apex.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// The set of this name and type.
    pub fn get(&self, name: &Name, rtype: Rtype) -> Option<&RecordSet> {
        if *name == self.origin {
            return self.apex.get(&rtype);
        }
        match rtype {
            Rtype::NS => self.delegations.get(name).map(|d| &d.ns),
            Rtype::DS => self.delegations.get(name).and_then(|d| d.ds.as_ref()),
            _ => self
                .hosts
                .get(name)
                .or_else(|| self.inside.get(name))
                .and_then(|sets| sets.get(&rtype)),
        }
    }

    /// Where a set of this name and type belongs, given the present
    /// delegations. Whether it may be there is another question, which
    /// [`Contents::with`] answers.
    pub fn place(&self, name: &Name, rtype: Rtype) -> Place {
        if is_derived(rtype) {
            return Place::Derived;
        }
        if *name == self.origin {
            return Place::Apex;
        }
        match self.cut(name) {
            Some(cut) if cut != name => Place::Host(cut.clone()),
            _ if matches!(rtype, Rtype::NS | Rtype::DS) => Place::Delegation(name.clone()),
            Some(cut) => Place::Host(cut.clone()),
            None => Place::Inside,
        }
    }

    /// The delegated name at or above `name`.
    pub fn cut(&self, name: &Name) -> Option<&Name> {
        if self.delegations.is_empty() {
            return None;
        }
        name.and_ancestors()
            .find_map(|above| self.delegations.get_key_value(&above))
            .map(|(cut, _)| cut)
    }

    /// The delegation of exactly this name.
    pub fn delegation(&self, name: &Name) -> Option<&Delegation> {
        self.delegations.get(name).map(|delegation| &**delegation)
    }

    /// All delegations in canonical order.
    pub fn delegations(&self) -> impl Iterator<Item = (&Name, &Delegation)> {
        let delegations = self.delegations.iter();
        delegations.map(|(name, delegation)| (name, &**delegation))
    }

    /// All hosts, which are at or below delegations, with their address
    /// sets, in canonical order.
    pub fn hosts(&self) -> impl Iterator<Item = (&Name, &BTreeMap<Rtype, RecordSet>)> {
        self.hosts.iter().map(|(name, sets)| (name, &**sets))
    }

    /// The delegated names whose NS set names this host.
    pub fn dependents(&self, host: &Name) -> Vec<&Name> {
        self.delegations
            .iter()
            .filter(|(_, delegation)| {
                delegation
                    .ns
                    .data
                    .iter()
                    .any(|ns| ns.as_wire() == host.as_wire())
            })
            .map(|(name, _)| name)
            .collect()
    }

    /// All sets in canonical order of owner and type.
    pub fn sets(&self) -> impl Iterator<Item = (SetKey, &RecordSet)> {
        self.set_refs()
            .map(|(owner, rtype, set)| (SetKey::new(owner, rtype), set))
    }

    /// As [`Contents::sets`], without cloning names.
    pub(crate) fn set_refs(&self) -> impl Iterator<Item = SetRef<'_>> {
        self.set_refs_below(&self.origin)
    }

    /// Those of them at and below a name: in each map its names stand together.
    pub(crate) fn set_refs_below<'a>(&'a self, top: &'a Name) -> impl Iterator<Item = SetRef<'a>> {
        let has_apex = self.origin.is_at_or_below(top);
        let apex = has_apex.then_some(&self.apex).into_iter();
        let apex = apex.flat_map(|sets| sets.iter());
        let apex = apex.map(|(rtype, set)| (&self.origin, *rtype, set));
        let delegations = at_or_below(&self.delegations, top).flat_map(|(name, delegation)| {
            let ds = delegation.ds.iter().map(move |ds| (name, Rtype::DS, ds));
            core::iter::once((name, Rtype::NS, &delegation.ns)).chain(ds)
        });
        apex.chain(merge(
            delegations,
            merge(
                each_set(at_or_below(&self.hosts, top)),
                each_set(at_or_below(&self.inside, top)),
            ),
        ))
    }

    /// The number of records.
    pub fn record_count(&self) -> usize {
        let names = self.hosts.values().chain(self.inside.values());
        let sets = names.chain([&self.apex]).flat_map(|sets| sets.values());
        let delegations = self.delegations.values();
        let of_delegations = delegations.flat_map(|d| d.ds.iter().chain([&d.ns]));
        sets.chain(of_delegations).map(|set| set.data.len()).sum()
    }
}

impl fmt::Debug for Contents {
    /// A zone is too long to print: its origin and how many sets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Contents({}, {} sets)",
            self.origin,
            self.set_refs().count()
        )
    }
}

/// A record set, with its owner and type.
pub(crate) type SetRef<'a> = (&'a Name, Rtype, &'a RecordSet);

/// The names at and below one. In canonical order they follow it.
fn at_or_below<'a, T>(
    names: &'a BTreeMap<Name, T>,
    top: &'a Name,
) -> impl Iterator<Item = (&'a Name, &'a T)> {
    let from_there = names.range(top..);
    from_there.take_while(|(name, _)| name.is_at_or_below(top))
}

fn each_set<'a>(
    names: impl Iterator<Item = (&'a Name, &'a Arc<Sets>)>,
) -> impl Iterator<Item = SetRef<'a>> {
    names.flat_map(|(name, sets)| sets.iter().map(move |(rtype, set)| (name, *rtype, set)))
}

/// Two sequences in canonical order as one.
fn merge<'a>(
    left: impl Iterator<Item = SetRef<'a>>,
    right: impl Iterator<Item = SetRef<'a>>,
) -> impl Iterator<Item = SetRef<'a>> {
    let mut left = left.peekable();
    let mut right = right.peekable();
    core::iter::from_fn(move || {
        if is_first(&mut left, &mut right) {
            left.next()
        } else {
            right.next()
        }
    })
}

fn is_first<'a>(
    left: &mut Peekable<impl Iterator<Item = SetRef<'a>>>,
    right: &mut Peekable<impl Iterator<Item = SetRef<'a>>>,
) -> bool {
    match (left.peek(), right.peek()) {
        (Some((left, left_type, _)), Some((right, right_type, _))) => {
            (left, left_type) <= (right, right_type)
        }
        (left, _) => left.is_some(),
    }
}
