//! Contents from records, and the structural rules that all contents keep.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use core::ops::Bound;

use super::contents::{Sets, is_derived};
use super::{Contents, Delegation, Name, Record, RecordSet, Rtype, SetKey, ZoneRefusal};
use crate::limits;

/// The sets of each name.
pub(super) type Names = BTreeMap<Name, Sets>;

impl Contents {
    /// The contents that these records are. Nothing is dropped: a record
    /// that may not be there is a refusal.
    ///
    /// # Errors
    /// The first structural rule that the records break.
    pub fn build(
        origin: &Name,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Self, ZoneRefusal> {
        let mut names = Names::new();
        let mut count = 0;
        for record in records {
            count += 1;
            if count > limits::ZONE_RECORDS_MAX {
                return Err(ZoneRefusal::TooManyRecords);
            }
            insert(&mut names, record)?;
        }
        Self::of_nothing(origin).absorb(names)
    }
}

/// Puts few names among many, or many where there are none.
fn join<T>(names: &mut BTreeMap<Name, T>, more: BTreeMap<Name, T>) {
    if names.is_empty() {
        *names = more;
    } else {
        names.extend(more);
    }
}

fn insert(names: &mut Names, record: Record) -> Result<(), ZoneRefusal> {
    let Record {
        owner,
        rtype,
        ttl,
        data,
    } = record;
    // A clone of a name is cheap, a search in the map is not: one search.
    let set = names
        .entry(owner.clone())
        .or_default()
        .entry(rtype)
        .or_insert_with(|| RecordSet {
            ttl,
            data: BTreeSet::new(),
        });
    let key = || SetKey::new(&owner, rtype);
    if set.ttl != ttl {
        return Err(ZoneRefusal::TtlClash { set: key() });
    }
    if set.data.contains(&data) {
        return Err(ZoneRefusal::DuplicateRecord {
            set: key(),
            data: data.to_text(rtype),
        });
    }
    set.data.insert(data);
    Ok(())
}

impl Contents {
    /// A zone without records, which is not yet contents.
    fn of_nothing(origin: &Name) -> Self {
        Self {
            origin: origin.clone(),
            apex: Arc::new(Sets::new()),
            delegations: BTreeMap::new(),
            hosts: BTreeMap::new(),
            inside: BTreeMap::new(),
        }
    }

    /// Sorts `names`, of which there are none here yet, into their places and
    /// checks the structural rules. What is here already keeps them, and has
    /// no name below one of `names` that becomes or was a delegation.
    pub(super) fn absorb(mut self, names: Names) -> Result<Self, ZoneRefusal> {
        let mut placed = Self::of_nothing(&self.origin);
        // In canonical order a name is followed by all names below it.
        let mut cut: Option<Name> = None;
        let mut dname: Option<Name> = None;
        for (owner, sets) in names {
            for (rtype, set) in &sets {
                check_set(&self.origin, &owner, *rtype, set)?;
            }
            check_beside(&owner, &sets)?;
            let above = dname.as_ref().filter(|dname| owner.is_at_or_below(dname));
            if let Some(dname) = above.cloned().or_else(|| self.dname_above(&owner)) {
                return Err(ZoneRefusal::DnameWithNamesBelow {
                    owner: dname,
                    below: owner,
                });
            }
            let has_dname = sets.contains_key(&Rtype::DNAME);
            if has_dname {
                dname = Some(owner.clone());
            }
            let above = cut.as_ref().filter(|cut| owner.is_at_or_below(cut));
            let name = owner.clone();
            if owner == self.origin {
                self.apex = Arc::new(sets);
            } else if let Some(cut) = above.or_else(|| self.cut(&owner)) {
                check_hosts(&owner, &sets, cut)?;
                placed.hosts.insert(owner, Arc::new(sets));
            } else if sets.contains_key(&Rtype::NS) {
                cut = Some(owner.clone());
                placed.insert_delegation(owner, sets)?;
            } else if sets.contains_key(&Rtype::DS) {
                return Err(ZoneRefusal::DsWithoutDelegation { owner });
            } else {
                placed.inside.insert(owner, Arc::new(sets));
            }
            if has_dname {
                self.check_nothing_below(&name)?;
            }
        }
        join(&mut self.delegations, placed.delegations);
        join(&mut self.hosts, placed.hosts);
        join(&mut self.inside, placed.inside);
        self.check_whole()?;
        Ok(self)
    }

    fn insert_delegation(&mut self, owner: Name, mut sets: Sets) -> Result<(), ZoneRefusal> {
        let ds = sets.remove(&Rtype::DS);
        if let Some(ns) = sets.remove(&Rtype::NS) {
            let delegation = Arc::new(Delegation { ns, ds });
            self.delegations.insert(owner.clone(), delegation);
        }
        check_hosts(&owner, &sets, &owner)?;
        if !sets.is_empty() {
            self.hosts.insert(owner, Arc::new(sets));
        }
        Ok(())
    }

    /// The name above `name` that has a DNAME.
    fn dname_above(&self, name: &Name) -> Option<Name> {
        let has_dname = |above: &Name| {
            let sets = if *above == self.origin {
                Some(&self.apex)
            } else {
                self.inside.get(above)
            };
            sets.is_some_and(|sets| sets.contains_key(&Rtype::DNAME))
        };
        if self.inside.is_empty() && !has_dname(&self.origin) {
            return None;
        }
        name.and_ancestors().skip(1).find(has_dname)
    }

    fn check_nothing_below(&self, dname: &Name) -> Result<(), ZoneRefusal> {
        let after = (Bound::Excluded(dname), Bound::Unbounded);
        let next = [
            self.delegations.range(after).next().map(|(name, _)| name),
            self.hosts.range(after).next().map(|(name, _)| name),
            self.inside.range(after).next().map(|(name, _)| name),
        ];
        let mut next = next.into_iter().flatten();
        match next.find(|name| name.is_at_or_below(dname)) {
            None => Ok(()),
            Some(below) => Err(ZoneRefusal::DnameWithNamesBelow {
                owner: dname.clone(),
                below: below.clone(),
            }),
        }
    }

    /// The rules about the apex, and how large a zone may be.
    fn check_whole(&self) -> Result<(), ZoneRefusal> {
        let origin = self.origin.clone();
        if self.apex.contains_key(&Rtype::DS) {
            return Err(ZoneRefusal::DsWithoutDelegation { owner: origin });
        }
        match self.apex.get(&Rtype::SOA).map(|soa| soa.data.len()) {
            None => return Err(ZoneRefusal::NoSoa { origin }),
            Some(1) => {}
            Some(_) => return Err(ZoneRefusal::TwoSoas { owner: origin }),
        }
        if !self.apex.contains_key(&Rtype::NS) {
            return Err(ZoneRefusal::NoNs { origin });
        }
        if self.record_count() > limits::ZONE_RECORDS_MAX {
            return Err(ZoneRefusal::TooManyRecords);
        }
        Ok(())
    }
}

/// In the zone, and not derived.
pub(super) fn check_place(origin: &Name, set: &SetKey) -> Result<(), ZoneRefusal> {
    if !set.owner.is_at_or_below(origin) {
        return Err(ZoneRefusal::OutOfZone {
            set: set.clone(),
            origin: origin.clone(),
        });
    }
    if is_derived(set.rtype) {
        return Err(ZoneRefusal::DerivedType { set: set.clone() });
    }
    Ok(())
}

/// The rules that one set keeps, wherever it is.
fn check_set(
    origin: &Name,
    owner: &Name,
    rtype: Rtype,
    records: &RecordSet,
) -> Result<(), ZoneRefusal> {
    let set = || SetKey::new(owner, rtype);
    check_place(origin, &set())?;
    if rtype == Rtype::SOA && owner != origin {
        return Err(ZoneRefusal::TwoSoas {
            owner: owner.clone(),
        });
    }
    if owner.is_wildcard() && matches!(rtype, Rtype::NS | Rtype::DS | Rtype::DNAME) {
        return Err(ZoneRefusal::WildcardDelegation { set: set() });
    }
    if records.ttl > i32::MAX.unsigned_abs() {
        return Err(ZoneRefusal::TtlTooLarge { set: set() });
    }
    match records.data.len() {
        0 => Err(ZoneRefusal::EmptySet { set: set() }),
        1 => Ok(()),
        _ if matches!(rtype, Rtype::CNAME | Rtype::DNAME) => {
            Err(ZoneRefusal::SeveralRecords { set: set() })
        }
        count if count > limits::SET_RECORDS_MAX => Err(ZoneRefusal::SetTooLarge { set: set() }),
        _ => Ok(()),
    }
}

/// RFC 1034 §3.6.2: nothing beside a CNAME. (What RFC 4035 §2.5 allows there
/// is derived.)
fn check_beside(owner: &Name, sets: &Sets) -> Result<(), ZoneRefusal> {
    if sets.contains_key(&Rtype::CNAME) && sets.len() > 1 {
        return Err(ZoneRefusal::CnameBesideData {
            owner: owner.clone(),
        });
    }
    Ok(())
}

/// At or below a cut there are only addresses.
fn check_hosts(owner: &Name, sets: &Sets, cut: &Name) -> Result<(), ZoneRefusal> {
    match sets
        .keys()
        .find(|rtype| !matches!(**rtype, Rtype::A | Rtype::AAAA))
    {
        Some(rtype) => Err(ZoneRefusal::BelowDelegation {
            set: SetKey::new(owner, *rtype),
            delegation: cut.clone(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use std::format;

    use super::super::samples::{PLAIN, ROOT, build, name};
    use super::super::{Place, Rdata};
    use super::*;

    #[test]
    fn every_record_has_its_place() {
        let root = build(".", ROOT).unwrap();
        let be = || name("be.");
        for (owner, rtype, place) in [
            (".", Rtype::NS, Place::Apex),
            (".", Rtype::ZONEMD, Place::Derived),
            ("be.", Rtype::NS, Place::Delegation(be())),
            ("be.", Rtype::DS, Place::Delegation(be())),
            ("be.", Rtype::NSEC, Place::Derived),
            ("be.", Rtype::A, Place::Host(be())),
            ("new.ns.dns.be.", Rtype::A, Place::Host(be())),
            ("dns.be.", Rtype::NS, Place::Host(be())),
            ("new.", Rtype::NS, Place::Delegation(name("new."))),
            ("new.", Rtype::TXT, Place::Inside),
        ] {
            assert_eq!(root.place(&name(owner), rtype), place, "{owner} {rtype}");
        }
        assert_eq!(root.delegations().count(), 3);
        assert_eq!(root.hosts().count(), 4);
        assert_eq!(root.dependents(&name("ns.nic.lu.")), [&be(), &name("lu.")]);
        assert_eq!(root.record_count(), 12);
        assert!(root.get(&be(), Rtype::DS).is_some());
        assert!(root.get(&name("net."), Rtype::A).is_some());
        assert!(root.get(&name("lu."), Rtype::DS).is_none());
    }

    #[test]
    fn sets_are_in_canonical_order() {
        for (origin, text) in [(".", ROOT), ("example.", PLAIN)] {
            let contents = build(origin, text).unwrap();
            assert!(contents.sets().is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    #[test]
    fn what_is_found_below_a_name_is_all_that_stands_there() {
        for (origin, text) in [(".", ROOT), ("example.", PLAIN)] {
            let contents = build(origin, text).unwrap();
            let names = contents.sets().map(|(key, _)| key.owner);
            let others = [
                ".",
                "example.",
                "a.",
                "nic.lu.",
                "c.example.",
                "zz.example.",
            ];
            for top in names.chain(others.map(name)) {
                let all = contents.set_refs();
                let below = all.filter(|(owner, _, _)| owner.is_at_or_below(&top));
                assert!(contents.set_refs_below(&top).eq(below), "{top}");
            }
        }
    }

    /// Records that are added to a good zone, and what is said about them.
    const REFUSED: &[(&str, &str)] = &[
        ("other. 1 A 192.0.2.1", "outside of the zone"),
        ("a.example. 1 SOA a. b. 1 2 3 4 5", "SOA record too many"),
        ("example. 3600 SOA a. b. 1 2 3 4 5", "SOA record too many"),
        ("alias.example. 60 CNAME b.", "more than one record"),
        ("old.example. 60 DNAME b.", "more than one record"),
        ("alias.example. 60 A 192.0.2.1", "CNAME and other data"),
        (
            "a.old.example. 60 A 192.0.2.1",
            "DNAME, yet a.old.example. exists",
        ),
        ("example. 60 DNAME b.", "DNAME, yet *.example. exists"),
        (
            "sub.example. 60 TXT x",
            "data of the zone that sub.example. is",
        ),
        (
            "a.sub.example. 60 TXT x",
            "data of the zone that sub.example. is",
        ),
        (
            "a.sub.example. 60 NS a.",
            "data of the zone that sub.example. is",
        ),
        (
            "a.sub.example. 60 DS 1 8 2 AB",
            "data of the zone that sub.example. is",
        ),
        ("mail.example. 60 DS 1 8 2 AB", "not delegated"),
        ("example. 60 DS 1 8 2 AB", "not delegated"),
        ("*.w.example. 60 NS a.", "at a wildcard"),
        ("*.w.example. 60 DNAME a.", "at a wildcard"),
        ("mail.example. 60 A 192.0.2.1", "different TTLs"),
        ("t.example. 2147483648 A 192.0.2.1", "TTL above"),
        ("mail.example. 60 NSEC a. A", "is derived"),
        ("example. 60 CDS 1 8 2 AB", "is derived"),
        (
            "mail.example. 3600 A 192.0.2.10",
            "192.0.2.10 is there twice",
        ),
    ];

    #[test]
    fn refuses_records_that_break_a_structural_rule() {
        assert!(build("example.", PLAIN).is_ok());
        for (line, said) in REFUSED {
            let refusal = build("example.", &format!("{PLAIN}\n{line}")).unwrap_err();
            assert!(refusal.to_string().contains(said), "{line}: {refusal}");
        }
        for (kind, said) in [(" SOA ", "has no SOA"), (" NS ns.example", "has no NS")] {
            let lines = PLAIN.lines().filter(|line| !line.contains(kind));
            let text = lines.collect::<Vec<_>>().join("\n");
            let refusal = build("example.", &text).unwrap_err();
            assert!(refusal.to_string().contains(said), "{refusal}");
        }
        let many = (0..=limits::SET_RECORDS_MAX)
            .map(|n| format!("many.example. 60 TXT {n}\n"))
            .collect::<alloc::string::String>();
        let refusal = build("example.", &format!("{PLAIN}\n{many}")).unwrap_err();
        assert!(matches!(refusal, ZoneRefusal::SetTooLarge { .. }));
    }

    #[test]
    fn refuses_more_records_than_the_limit() {
        let address = |octets: u32| Record {
            owner: name("many."),
            rtype: Rtype::A,
            ttl: 60,
            data: Rdata::from_wire(Rtype::A, &octets.to_be_bytes()).unwrap(),
        };
        let refusal = Contents::build(&Name::root(), (0..).map(address)).unwrap_err();
        assert_eq!(refusal, ZoneRefusal::TooManyRecords);
    }
}
