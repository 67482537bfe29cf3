//! What the zone says to a question: a pure function, RFC 1034 §4.3.2 as
//! amended for DNSSEC by RFC 4035 §3.1. Sizes, headers and who asks are not
//! its business.

use std::borrow::Cow;
use std::collections::BTreeSet;

use comity_core::served::{ServedSet, ServedZone};
use comity_core::zone::{Name, Rdata, RecordSet, Rtype};
use domain::base::iana::Rcode;

use super::proof::{self, Position};
use super::rdata;

/// Names looked up for one question: the first, and aliases followed.
const CHAIN_NAMES_MAX: usize = 8;

/// What was asked of a zone, class IN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'q> {
    /// The name.
    pub name: &'q Name,
    /// The type.
    pub rtype: Rtype,
    /// Whether signatures and proofs are wanted (RFC 3225).
    pub dnssec: bool,
}

/// The sections of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'z> {
    /// NOERROR, NXDOMAIN, YXDOMAIN, REFUSED or SERVFAIL.
    pub rcode: Rcode,
    /// Whether the zone has authority for the first name (RFC 1035 §4.1.1).
    pub authoritative: bool,
    /// The answer section.
    pub answer: Vec<Entry<'z>>,
    /// The authority section.
    pub authority: Vec<Entry<'z>>,
    /// Addresses without which a referral cannot be followed (RFC 9471 §3.1).
    pub glue: Vec<Entry<'z>>,
    /// Addresses that save the client a question.
    pub additional: Vec<Entry<'z>>,
}

/// One record set in a section, with its signatures where they are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'z> {
    /// The owner name; of a wildcard's records the name asked for.
    pub owner: Name,
    /// The record type.
    pub rtype: Rtype,
    /// The TTL of both the set and its signatures.
    pub ttl: u32,
    /// The records.
    pub set: Cow<'z, RecordSet>,
    /// The data of the RRSIG records.
    pub signatures: Vec<Rdata>,
}

/// Answers a question out of a zone.
pub fn answer<'z>(zone: &'z ServedZone, asked: Asked<'_>) -> Answer<'z> {
    let mut lookup = Lookup {
        zone,
        rtype: asked.rtype,
        dnssec: asked.dnssec,
        answer: Answer::empty(),
    };
    if !asked.name.is_at_or_below(zone.origin()) {
        lookup.answer.rcode = Rcode::REFUSED;
        return lookup.answer;
    }
    let mut followed = BTreeSet::new();
    let mut name = asked.name.clone();
    // An alias that was followed before has nothing new to say, and one that
    // leaves the zone is the client's to follow.
    while name.is_at_or_below(zone.origin()) && followed.len() < CHAIN_NAMES_MAX {
        let next = lookup.look_up(&name, followed.is_empty());
        if !followed.insert(name) {
            break;
        }
        match next {
            Some(next) if !followed.contains(&next) => name = next,
            _ => break,
        }
    }
    if asked.rtype != Rtype::ANY {
        lookup.add_addresses();
    }
    lookup.answer
}

impl Answer<'_> {
    fn empty() -> Self {
        Self {
            rcode: Rcode::NOERROR,
            authoritative: false,
            answer: Vec::new(),
            authority: Vec::new(),
            glue: Vec::new(),
            additional: Vec::new(),
        }
    }
}

/// One question on its way through the zone.
struct Lookup<'z> {
    zone: &'z ServedZone,
    rtype: Rtype,
    dnssec: bool,
    answer: Answer<'z>,
}

/// What the records of a name have for a question.
enum Found {
    Data,
    Alias(Name),
    Nothing,
}

impl<'z> Lookup<'z> {
    /// Answers for one name, and returns the next if it is an alias.
    fn look_up(&mut self, name: &Name, is_first: bool) -> Option<Name> {
        // From the apex down (RFC 1034 §4.3.2 step 3): the first cut or
        // DNAME on the way ends what the zone itself has to say.
        let path: Vec<Name> = name.and_ancestors().collect();
        let apex = self.zone.origin();
        for above in path.iter().rev().skip(usize::from(apex.label_count())) {
            // The parent has the last word on DS (RFC 4035 §3.1.4.1).
            let is_parents = above == name && self.rtype == Rtype::DS;
            if above != apex
                && !is_parents
                && let Some(ns) = self.zone.get(above, Rtype::NS)
            {
                self.refer(above, ns);
                return None;
            }
            if above != name
                && let Some(dname) = self.zone.get(above, Rtype::DNAME)
            {
                self.answer.authoritative |= is_first;
                return self.redirect(name, above, dname);
            }
        }
        self.answer.authoritative |= is_first;
        let (owner, covering, encloser) = match proof::position(self.zone, name) {
            Position::Exists => (name.clone(), None, None),
            Position::Wildcard {
                wildcard,
                covering,
                encloser,
            } => (wildcard, Some(covering), encloser),
            Position::Empty(proofs) => {
                self.deny(proofs);
                return None;
            }
            Position::Nowhere(proofs) => {
                self.answer.rcode = Rcode::NXDOMAIN;
                self.deny(proofs);
                return None;
            }
            Position::Unprovable => {
                self.answer.rcode = Rcode::SERVFAIL;
                return None;
            }
        };
        let found = self.find(name, &owner);
        if let Found::Nothing = found {
            // RFC 4035 §3.1.3.1 and, for a wildcard, §3.1.3.4; RFC 5155 §7.2.3, §7.2.5.
            let types = proof::matching(self.zone, &owner).into_iter();
            self.deny(types.chain(covering).chain(encloser));
            return None;
        }
        // RFC 4035 §3.1.3.3: no closer name exists than the wildcard.
        self.prove(covering);
        match found {
            Found::Alias(next) => Some(next),
            Found::Data | Found::Nothing => None,
        }
    }

    /// Puts what `owner` has into the answer, as records of `name`.
    fn find(&mut self, name: &Name, owner: &Name) -> Found {
        match self.rtype {
            Rtype::ANY | Rtype::RRSIG => self.find_smallest(name, owner),
            // They stand for other names than their owners (RFC 5155 §7.2.8).
            Rtype::NSEC3 => Found::Nothing,
            rtype => {
                if let Some(set) = self.zone.get(owner, rtype) {
                    let entry = self.entry(name, set);
                    self.answer.answer.push(entry);
                    return Found::Data;
                }
                let Some(cname) = self.zone.get(owner, Rtype::CNAME) else {
                    return Found::Nothing;
                };
                let entry = self.entry(name, cname);
                self.answer.answer.push(entry);
                match cname.set.data.first().and_then(rdata::target) {
                    Some(next) => Found::Alias(next),
                    None => Found::Data,
                }
            }
        }
    }

    /// RFC 8482 §4.1 for ANY, and the same for RRSIG: one set is enough, and
    /// the smallest is of least use to those who want others flooded.
    fn find_smallest(&mut self, name: &Name, owner: &Name) -> Found {
        let sets = self.zone.name(owner).into_iter();
        let smallest = sets
            .flat_map(|sets| sets.sets.keys())
            .filter_map(|rtype| self.zone.get(owner, *rtype))
            .filter(|set| !matches!(set.rtype, Rtype::NSEC | Rtype::NSEC3))
            .filter(|set| !set.rrsigs.is_empty())
            .min_by_key(|set| octets(set.set));
        let Some(set) = smallest else {
            return Found::Nothing;
        };
        let mut entry = self.entry(name, set);
        if self.rtype == Rtype::RRSIG {
            entry.rtype = Rtype::RRSIG;
            entry.set = Cow::Owned(RecordSet {
                ttl: entry.ttl,
                data: set.rrsigs.iter().cloned().collect(),
            });
            entry.signatures = Vec::new();
        }
        self.answer.answer.push(entry);
        Found::Data
    }

    /// A referral (RFC 4035 §3.1.4).
    fn refer(&mut self, cut: &Name, ns: ServedSet<'z>) {
        let entry = self.entry(cut, ns);
        self.answer.authority.push(entry);
        if self.dnssec {
            if let Some(ds) = self.zone.get(cut, Rtype::DS) {
                let entry = self.entry(cut, ds);
                self.answer.authority.push(entry);
            } else {
                self.prove(proof::matching(self.zone, cut));
            }
        }
        for host in hosts(Rtype::NS, ns.set) {
            let addresses = self.addresses(&host).into_iter().flatten();
            if host.is_at_or_below(cut) {
                self.answer.glue.extend(addresses);
            } else {
                self.answer.additional.extend(addresses);
            }
        }
    }

    /// A DNAME record and the CNAME record that it implies (RFC 6672 §3.2).
    fn redirect(&mut self, name: &Name, owner: &Name, dname: ServedSet<'z>) -> Option<Name> {
        let entry = self.entry(owner, dname);
        self.answer.answer.push(entry);
        let target = dname.set.data.first()?;
        let prefix_octets = name.as_wire().len() - owner.as_wire().len();
        let prefix = name.as_wire().get(..prefix_octets)?;
        let Ok(next) = Name::from_wire(&[prefix, target.as_wire()].concat()) else {
            // RFC 6672 §2.2: the new name would be too long.
            self.answer.rcode = Rcode::YXDOMAIN;
            return None;
        };
        let cname = Rdata::from_wire(Rtype::CNAME, next.as_wire()).ok()?;
        self.answer.answer.push(Entry {
            owner: name.clone(),
            rtype: Rtype::CNAME,
            ttl: dname.set.ttl,
            set: Cow::Owned(RecordSet::of_one(dname.set.ttl, cname)),
            signatures: Vec::new(),
        });
        (!matches!(self.rtype, Rtype::CNAME | Rtype::ANY)).then_some(next)
    }

    /// Says no: the SOA record, for as long as the denial may be cached
    /// (RFC 2308 §3), and the proof.
    fn deny(&mut self, proofs: impl IntoIterator<Item = ServedSet<'z>>) {
        let apex = self.zone.origin();
        if let Some(soa) = self.zone.get(apex, Rtype::SOA) {
            let mut entry = self.entry(apex, soa);
            let minimum = soa.set.data.first().and_then(rdata::soa_minimum);
            entry.ttl = minimum.unwrap_or(entry.ttl).min(entry.ttl);
            self.answer.authority.push(entry);
        }
        self.prove(proofs);
    }

    /// Puts NSEC or NSEC3 records into the authority section, each once.
    fn prove(&mut self, proofs: impl IntoIterator<Item = ServedSet<'z>>) {
        if !self.dnssec {
            return;
        }
        for proof in proofs {
            let entry = self.entry(proof.owner, proof);
            if !self.answer.authority.contains(&entry) {
                self.answer.authority.push(entry);
            }
        }
    }

    /// The addresses of the hosts that the answer section names.
    fn add_addresses(&mut self) {
        let hosts: BTreeSet<Name> = self
            .answer
            .answer
            .iter()
            .flat_map(|entry| hosts(entry.rtype, &entry.set))
            .collect();
        for host in hosts {
            let addresses = self.addresses(&host).into_iter().flatten();
            self.answer.additional.extend(addresses);
        }
    }

    fn addresses(&self, host: &Name) -> [Option<Entry<'z>>; 2] {
        [Rtype::A, Rtype::AAAA].map(|rtype| {
            let set = self.zone.get(host, rtype)?;
            Some(self.entry(host, set))
        })
    }

    /// A set as records of `owner`.
    fn entry(&self, owner: &Name, set: ServedSet<'z>) -> Entry<'z> {
        Entry {
            owner: owner.clone(),
            rtype: set.rtype,
            ttl: set.set.ttl,
            set: Cow::Borrowed(set.set),
            signatures: match self.dnssec {
                true => set.rrsigs.to_vec(),
                false => Vec::new(),
            },
        }
    }
}

/// The hosts that a set names.
fn hosts(rtype: Rtype, set: &RecordSet) -> BTreeSet<Name> {
    set.data
        .iter()
        .filter_map(|data| rdata::host(rtype, data))
        .collect()
}

/// The octets of a set's data.
fn octets(set: &RecordSet) -> usize {
    set.data.iter().map(|data| data.as_wire().len()).sum()
}

#[cfg(test)]
mod tests;
