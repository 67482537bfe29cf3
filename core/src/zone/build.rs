//! Contents from records, and the structural rules that all contents keep.

use alloc::collections::{BTreeMap, BTreeSet};

use super::contents::is_derived;
use super::{Change, Contents, Delegation, Name, Record, RecordSet, Rtype, SetKey, ZoneRefusal};
use crate::limits;

/// The sets of each name.
type Names = BTreeMap<Name, Sets>;
/// The sets of one name.
type Sets = BTreeMap<Rtype, RecordSet>;

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
        from_names(origin, names)
    }

    /// These contents after `changes`, each of which must find the old value
    /// that it expects. A refusal leaves everything as it was.
    ///
    /// # Errors
    /// The first rule that a change, or the result, breaks.
    pub fn with(&self, changes: &[Change]) -> Result<Self, ZoneRefusal> {
        let mut names = self.to_names();
        let mut seen = BTreeSet::new();
        for change in changes {
            let key = SetKey::new(&change.name, change.rtype);
            if !seen.insert(key.clone()) {
                return Err(ZoneRefusal::ChangedTwice { set: key });
            }
            check_place(&self.origin, &key)?;
            if change.old == change.new {
                return Err(ZoneRefusal::NothingChanges { set: key });
            }
            if self.get(&change.name, change.rtype) != change.old.as_ref() {
                return Err(ZoneRefusal::OldValueDiffers { set: key });
            }
            let sets = names.entry(change.name.clone()).or_default();
            match &change.new {
                Some(new) => sets.insert(change.rtype, new.clone()),
                None => sets.remove(&change.rtype),
            };
            if sets.is_empty() {
                names.remove(&change.name);
            }
        }
        let result = from_names(&self.origin, names)?;
        self.check_suppressed(&result)?;
        Ok(result)
    }

    /// Every set by its owner.
    fn to_names(&self) -> Names {
        let mut names = Names::new();
        for (owner, rtype, set) in self.set_refs() {
            // Canonical order: the owner is the last name, or a new one.
            match names.last_entry() {
                Some(mut last) if last.key() == owner => {
                    last.get_mut().insert(rtype, set.clone());
                }
                _ => {
                    names.insert(owner.clone(), Sets::from([(rtype, set.clone())]));
                }
            }
        }
        names
    }

    /// What must hold where a delegation goes (design 3, *host*): no name
    /// that stays uses a server below it, and no address below it stays.
    fn check_suppressed(&self, result: &Self) -> Result<(), ZoneRefusal> {
        for gone in self
            .delegations
            .keys()
            .filter(|name| result.delegation(name).is_none())
        {
            let apex_ns = result.apex.get(&Rtype::NS).map(|ns| (&result.origin, ns));
            let delegations = result.delegations.iter().map(|(name, d)| (name, &d.ns));
            for (user, ns) in apex_ns.into_iter().chain(delegations) {
                if let Some(host) = ns.targets().find(|host| host.is_at_or_below(gone)) {
                    return Err(ZoneRefusal::HostsInUse {
                        delegation: gone.clone(),
                        host,
                        user: user.clone(),
                    });
                }
            }
        }
        match self
            .hosts
            .keys()
            .find(|host| result.inside.contains_key(*host))
        {
            Some(host) => Err(ZoneRefusal::HostWithoutDelegation { host: host.clone() }),
            None => Ok(()),
        }
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

/// Sorts every name into its place and checks the structural rules.
fn from_names(origin: &Name, names: Names) -> Result<Contents, ZoneRefusal> {
    let mut contents = Contents {
        origin: origin.clone(),
        apex: Sets::new(),
        delegations: BTreeMap::new(),
        hosts: BTreeMap::new(),
        inside: BTreeMap::new(),
    };
    let mut records = 0;
    // In canonical order a name is followed by all names below it.
    let mut cut: Option<Name> = None;
    let mut dname: Option<Name> = None;
    for (owner, sets) in names {
        for (rtype, set) in &sets {
            check_set(origin, &owner, *rtype, set)?;
            records += set.data.len();
        }
        check_beside(&owner, &sets)?;
        if let Some(dname) = dname.as_ref().filter(|dname| owner.is_at_or_below(dname)) {
            return Err(ZoneRefusal::DnameWithNamesBelow {
                owner: dname.clone(),
                below: owner,
            });
        }
        if sets.contains_key(&Rtype::DNAME) {
            dname = Some(owner.clone());
        }
        if owner == *origin {
            contents.apex = sets;
        } else if let Some(cut) = cut.as_ref().filter(|cut| owner.is_at_or_below(cut)) {
            check_hosts(&owner, &sets, cut)?;
            contents.hosts.insert(owner, sets);
        } else if sets.contains_key(&Rtype::NS) {
            cut = Some(owner.clone());
            contents.insert_delegation(owner, sets)?;
        } else if sets.contains_key(&Rtype::DS) {
            return Err(ZoneRefusal::DsWithoutDelegation { owner });
        } else {
            contents.inside.insert(owner, sets);
        }
    }
    if records > limits::ZONE_RECORDS_MAX {
        return Err(ZoneRefusal::TooManyRecords);
    }
    contents.check_apex()?;
    Ok(contents)
}

impl Contents {
    fn insert_delegation(&mut self, owner: Name, mut sets: Sets) -> Result<(), ZoneRefusal> {
        let ds = sets.remove(&Rtype::DS);
        if let Some(ns) = sets.remove(&Rtype::NS) {
            self.delegations
                .insert(owner.clone(), Delegation { ns, ds });
        }
        check_hosts(&owner, &sets, &owner)?;
        if !sets.is_empty() {
            self.hosts.insert(owner, sets);
        }
        Ok(())
    }

    fn check_apex(&self) -> Result<(), ZoneRefusal> {
        let origin = self.origin.clone();
        if self.apex.contains_key(&Rtype::DS) {
            return Err(ZoneRefusal::DsWithoutDelegation { owner: origin });
        }
        match self.apex.get(&Rtype::SOA).map(|soa| soa.data.len()) {
            None => return Err(ZoneRefusal::NoSoa { origin }),
            Some(1) => {}
            Some(_) => return Err(ZoneRefusal::TwoSoas { owner: origin }),
        }
        if self.apex.contains_key(&Rtype::NS) {
            Ok(())
        } else {
            Err(ZoneRefusal::NoNs { origin })
        }
    }
}

/// In the zone, and not derived.
fn check_place(origin: &Name, set: &SetKey) -> Result<(), ZoneRefusal> {
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

    use super::super::samples::{PLAIN, ROOT, build, name, record};
    use super::super::{Place, difference};
    use super::*;

    /// A change written as `- record` and `+ record` lines of one set.
    fn change(lines: &[&str]) -> Change {
        let side = |sign: &str| {
            let records = lines.iter().filter_map(|line| line.strip_prefix(sign));
            let records: Vec<Record> = records.map(record).collect();
            records.first().cloned().map(|first| {
                let set = RecordSet {
                    ttl: first.ttl,
                    data: records.into_iter().map(|record| record.data).collect(),
                };
                (first.owner, first.rtype, set)
            })
        };
        let (old, new) = (side("- "), side("+ "));
        let (name, rtype, _) = old.clone().or_else(|| new.clone()).unwrap();
        Change {
            name,
            rtype,
            old: old.map(|(_, _, set)| set),
            new: new.map(|(_, _, set)| set),
        }
    }

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
    fn changes_apply_to_the_value_that_they_expect() {
        let root = build(".", ROOT).unwrap();
        let changed = root
            .with(&[
                change(&["- be. 86400 DS 12664 8 2 ABCD"]),
                change(&["+ lu. 86400 DS 1 8 2 AB"]),
                change(&["- lu. 172800 NS ns.nic.lu.", "+ lu. 172800 NS x.lu."]),
                change(&["+ x.lu. 172800 A 192.0.2.7"]),
                change(&["- net. 172800 A 192.0.2.3", "+ net. 172800 A 192.0.2.9"]),
            ])
            .unwrap();
        assert_eq!(difference(&root, &changed).len(), 5);
        assert_eq!(root.with(&difference(&root, &changed)), Ok(changed.clone()));
        assert_eq!(changed.with(&difference(&changed, &root)), Ok(root.clone()));
        assert_eq!(root.with(&[]), Ok(root));
    }

    #[test]
    fn refuses_changes_that_do_not_apply() {
        let root = build(".", ROOT).unwrap();
        let lu_goes = || change(&["- lu. 172800 NS ns.nic.lu."]);
        let host_goes = || change(&["- ns.nic.lu. 172800 A 192.0.2.2"]);
        let be_moves = || {
            change(&[
                "- be. 172800 NS a.ns.dns.be.",
                "- be. 172800 NS ns.nic.lu.",
                "+ be. 172800 NS a.ns.dns.be.",
            ])
        };
        let table: &[(&[Change], &str)] = &[
            (&[change(&["+ . 1 DNSKEY 257 3 15 AAAA"])], "is derived"),
            (
                &[change(&["- lu. 1 NS ns.nic.lu.", "+ lu. 1 NS ns.nic.lu."])],
                "stays as it is",
            ),
            (
                &[change(&["- lu. 1 NS ns.nic.lu."])],
                "no longer what the change expects",
            ),
            (
                &[change(&["+ lu. 172800 NS x."])],
                "no longer what the change expects",
            ),
            (
                &[change(&["- me. 172800 NS x."])],
                "no longer what the change expects",
            ),
            (&[host_goes(), host_goes()], "changed twice"),
            (&[lu_goes()], "be. uses the name server ns.nic.lu."),
            (
                &[lu_goes(), host_goes()],
                "be. uses the name server ns.nic.lu.",
            ),
            (&[lu_goes(), be_moves()], "ns.nic.lu. would keep addresses"),
            (
                &[change(&["- net. 172800 NS net."])],
                ". uses the name server a.root-servers.net.",
            ),
            (
                &[change(&["- . 518400 NS a.root-servers.net."])],
                "has no NS",
            ),
            (
                &[change(&[
                    "- be. 172800 NS a.ns.dns.be.",
                    "- be. 172800 NS ns.nic.lu.",
                ])],
                "DS records but is not delegated",
            ),
        ];
        for (changes, said) in table {
            let refusal = root.with(changes).unwrap_err();
            assert!(refusal.to_string().contains(said), "{changes:?}: {refusal}");
        }
        assert!(root.with(&[lu_goes(), be_moves(), host_goes()]).is_ok());
        assert!(root.with(&[host_goes()]).is_ok(), "notice, not a veto");
    }
}
