//! Every set of an edition before its signatures: the contents with their
//! serial replaced, the DNSKEY set and the NSEC chain. ZONEMD comes last,
//! since it covers the signatures.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::rrsig::Rrsig;
use super::signed::{Held, NameSets, Standing};
use super::zonemd::Digester;
use super::{Dnskey, ZoneKeys, nsec, serial};
use crate::zone::{Contents, Name, RecordSet, Rtype};

/// An edition in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) origin: Name,
    pub(super) keys: ZoneKeys,
    pub(super) serial: u32,
    pub(super) names: BTreeMap<Name, NameSets>,
}

impl Draft {
    /// All that follows from contents, serial and keys.
    pub(super) fn new(contents: &Contents, serial: u32, keys: &ZoneKeys) -> Self {
        let mut draft = Self {
            origin: contents.origin().clone(),
            keys: keys.clone(),
            serial,
            names: standing_names(contents),
        };
        let mut negative_ttl = 0;
        draft.change_apex(|apex| {
            if let Some(soa) = apex.get_mut(&Rtype::SOA) {
                let data = soa.set.first().map(|data| serial::replaced(data, serial));
                soa.set.data = data.into_iter().collect();
                negative_ttl = serial::negative_ttl(&soa.set);
            }
            let dnskey = Held {
                others: keys.ahead().to_vec(),
                ..Held::unsigned(keys.record_set())
            };
            apex.insert(Rtype::DNSKEY, dnskey);
        });
        draft.insert_chain(negative_ttl);
        draft
    }

    /// Sets the ZONEMD set and its signature.
    pub(super) fn insert_zonemd(&mut self, set: RecordSet, rrsig: Option<Rrsig>) {
        self.change_apex(|apex| {
            let unsigned = Held::unsigned(set);
            apex.insert(Rtype::ZONEMD, Held { rrsig, ..unsigned });
        });
    }

    /// The TTL of the SOA set, which is also that of the ZONEMD set.
    pub(super) fn soa_ttl(&self) -> u32 {
        self.names
            .get(&self.origin)
            .and_then(|apex| apex.sets.get(&Rtype::SOA))
            .map_or(0, |soa| soa.set.ttl)
    }

    /// The digest over all records but ZONEMD and its RRSIG (RFC 8976 §3.3).
    pub(super) fn digest(&self) -> [u8; 48] {
        let mut digester: Digester = Digester::new();
        for (owner, sets) in &self.names {
            let is_apex = sets.standing == Standing::Apex;
            let covered = |rtype: Rtype| !(is_apex && rtype == Rtype::ZONEMD);
            sets.each_record(owner, &self.origin, covered, |rtype, ttl, data| {
                digester.update(owner, rtype, ttl, data);
            });
        }
        digester.finish().into()
    }

    /// The digest over all records but signatures, ZONEMD among the records
    /// that are not there yet.
    pub(super) fn digest_unsigned(&self) -> [u8; 48] {
        let mut digester: Digester = Digester::new();
        for (owner, sets) in &self.names {
            for (rtype, held) in &sets.sets {
                for data in &held.set.data {
                    digester.update(owner, *rtype, held.set.ttl, data);
                }
            }
        }
        digester.finish().into()
    }

    /// Every set that the signing key signs, in canonical order.
    pub(super) fn signable(&self) -> impl Iterator<Item = (&Name, Rtype, &Held)> {
        let signer = self.keys.signer();
        self.names.iter().flat_map(move |(owner, sets)| {
            let signed = sets.sets.iter();
            signed
                .filter(move |(rtype, _)| sets.standing.signs(**rtype) && signs(signer, **rtype))
                .map(move |(rtype, held)| (owner, *rtype, held))
        })
    }

    /// As [`Draft::signable`], to put signatures in.
    pub(super) fn signable_mut(&mut self) -> impl Iterator<Item = (&Name, Rtype, &mut Held)> {
        let signer = self.keys.signer();
        self.names.iter_mut().flat_map(move |(owner, sets)| {
            let standing = sets.standing;
            let signed = sets.sets.iter_mut();
            signed
                .filter(move |(rtype, _)| standing.signs(**rtype) && signs(signer, **rtype))
                .map(move |(rtype, held)| (owner, *rtype, held))
        })
    }

    fn change_apex(&mut self, change: impl FnOnce(&mut BTreeMap<Rtype, Held>)) {
        if let Some(apex) = self.names.get_mut(&self.origin) {
            change(&mut apex.sets);
        }
    }

    /// Gives every name that stands in the chain its NSEC set.
    fn insert_chain(&mut self, ttl: u32) {
        let in_chain = |sets: &NameSets| sets.standing != Standing::Host;
        let origin = self.origin.clone();
        let names = self.names.iter().filter(|(_, sets)| in_chain(sets));
        let next: Vec<Name> = names.skip(1).map(|(name, _)| name.clone()).collect();
        let next = next.iter().chain([&origin]);
        let sets = self.names.values_mut().filter(|sets| in_chain(sets));
        for (sets, next) in sets.zip(next) {
            let data = nsec::rdata(next, sets.types_in_chain());
            let set = RecordSet::of_one(ttl, data);
            sets.sets.insert(Rtype::NSEC, Held::unsigned(set));
        }
    }
}

/// Whether this key signs sets of this type (RFC 4034 §2.1.1: a key that is no
/// anchor does not sign the DNSKEY set).
fn signs(signer: Dnskey, rtype: Rtype) -> bool {
    rtype != Rtype::DNSKEY || signer.is_anchor()
}

/// The contents by name, each with where it stands.
fn standing_names(contents: &Contents) -> BTreeMap<Name, NameSets> {
    let mut names: BTreeMap<Name, NameSets> = BTreeMap::new();
    let mut cut: Option<&Name> = None;
    for (owner, rtype, set) in contents.set_refs() {
        let held = Held::unsigned(set.clone());
        // Canonical order: the owner is the last name, or a new one.
        if let Some(mut last) = names.last_entry()
            && last.key() == owner
        {
            last.get_mut().sets.insert(rtype, held);
            continue;
        }
        let standing = if owner == contents.origin() {
            Standing::Apex
        } else if contents.delegation(owner).is_some() {
            cut = Some(owner);
            Standing::Delegation
        } else if cut.is_some_and(|cut| owner.is_at_or_below(cut)) {
            Standing::Host
        } else {
            Standing::Inside
        };
        let sets = BTreeMap::from([(rtype, held)]);
        names.insert(owner.clone(), NameSets { standing, sets });
    }
    names
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use std::format;

    use super::*;
    use crate::basic::PublicKey;
    use crate::zone::samples::{PLAIN, ROOT, build};

    fn chain(origin: &str, zone: &str) -> Vec<String> {
        let draft = Draft::new(
            &build(origin, zone).unwrap(),
            9,
            &ZoneKeys::one(PublicKey([0; 32])),
        );
        let line = |(owner, sets): (&Name, &NameSets)| {
            let held = sets.sets.get(&Rtype::NSEC)?;
            let data = held.set.first()?.to_text(Rtype::NSEC);
            Some(format!("{owner} {} {data}", held.set.ttl))
        };
        draft.names.iter().filter_map(line).collect()
    }

    #[test]
    fn the_chain_has_every_name_but_hosts_and_names_in_between() {
        assert_eq!(
            chain(".", ROOT),
            [
                ". 86400 be. NS SOA RRSIG NSEC DNSKEY ZONEMD",
                "be. 86400 lu. NS DS RRSIG NSEC",
                "lu. 86400 net. NS RRSIG NSEC",
                "net. 86400 . NS RRSIG NSEC",
            ]
        );
        assert_eq!(
            chain("example.", PLAIN),
            [
                "example. 300 *.example. NS SOA MX TXT RRSIG NSEC DNSKEY ZONEMD",
                "*.example. 300 alias.example. A RRSIG NSEC",
                "alias.example. 300 a.b.c.example. CNAME RRSIG NSEC",
                "a.b.c.example. 300 mail.example. A RRSIG NSEC",
                "mail.example. 300 ns.example. A RRSIG NSEC",
                "ns.example. 300 old.example. A RRSIG NSEC",
                "old.example. 300 sub.example. DNAME RRSIG NSEC",
                "sub.example. 300 x.example. NS RRSIG NSEC",
                "x.example. 300 example. RRSIG NSEC TYPE65280",
            ]
        );
    }

    #[test]
    fn what_is_authoritative_is_signed_and_nothing_else() {
        let draft = Draft::new(
            &build(".", ROOT).unwrap(),
            9,
            &ZoneKeys::one(PublicKey([0; 32])),
        );
        let signed: Vec<String> = draft
            .signable()
            .map(|(owner, rtype, _)| format!("{owner} {rtype}"))
            .collect();
        let expected = ". NS,. SOA,. NSEC,. DNSKEY,be. DS,be. NSEC,lu. NSEC,net. NSEC";
        assert_eq!(signed.join(","), expected);
        let soa = draft
            .names
            .values()
            .next()
            .and_then(|apex| apex.sets.get(&Rtype::SOA));
        let soa = soa.unwrap().set.first().unwrap().to_text(Rtype::SOA);
        assert!(soa.to_string().contains(" 9 1800 "));
    }
}
