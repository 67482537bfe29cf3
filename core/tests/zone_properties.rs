//! What holds for any zone: contents, their octets, their differences, and
//! their signed editions.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::collections::BTreeMap;

use comity_core::basic::{PublicKey, Signature, Time};
use comity_core::edition::{Plan, SignedZone, Timing, ZoneKeys, due};
use comity_core::zone::{
    Change, Contents, Name, Rdata, Record, Rtype, SetKey, ZoneRefusal, difference,
};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const NOW: Time = Time(1_767_096_000);
const TYPES: &[&str] = &[
    "A",
    "AAAA",
    "AFSDB",
    "ANY",
    "CAA",
    "CNAME",
    "DNAME",
    "DNSKEY",
    "DS",
    "HINFO",
    "HTTPS",
    "MX",
    "NAPTR",
    "NS",
    "NSEC",
    "NSEC3",
    "OPENPGPKEY",
    "OPT",
    "PTR",
    "PX",
    "RP",
    "RRSIG",
    "SOA",
    "SRV",
    "SSHFP",
    "TLSA",
    "TXT",
    "TYPE65280",
    "ZONEMD",
];

fn origin() -> Name {
    "example.".parse().unwrap()
}

fn rtype() -> impl Strategy<Value = Rtype> {
    select(TYPES).prop_map(|text| text.parse().unwrap())
}

/// A name in the zone, of few enough labels that names meet.
fn name() -> impl Strategy<Value = Name> {
    let label = select(&["a", "b", "ns", "*", "\\000", "B\\.x"][..]);
    vec(label, 0..4).prop_map(|labels| {
        let text: String = labels.iter().map(|label| format!("{label}.")).collect();
        format!("{text}example.").parse().unwrap()
    })
}

/// A record that a zone may have.
fn record() -> impl Strategy<Value = Record> {
    let data = (any::<u8>(), name()).prop_flat_map(|(octet, name)| {
        select(vec![
            ("A", format!("192.0.2.{octet}")),
            ("A", "192.0.2.1".into()),
            ("AAAA", format!("2001:db8::{octet:x}")),
            ("NS", name.to_string()),
            ("NS", "ns.other.".into()),
            ("DS", format!("{octet} 15 2 AB{octet:02X}")),
            ("TXT", format!("\"{octet}\"")),
            ("MX", format!("{octet} {name}")),
            ("CNAME", name.to_string()),
            ("DNAME", name.to_string()),
            ("TYPE65280", format!("\\# 1 {octet:02X}")),
        ])
    });
    (name(), data, select(&[60_u32, 3600][..])).prop_map(|(owner, (rtype, text), ttl)| {
        let rtype = rtype.parse().unwrap();
        let data = Rdata::from_text(rtype, &text).unwrap();
        Record {
            owner,
            rtype,
            ttl,
            data,
        }
    })
}

/// A zone of those records that fit together.
fn contents() -> impl Strategy<Value = Contents> {
    vec(record(), 0..25).prop_map(|candidates| {
        let base = [
            (
                Rtype::SOA,
                "ns.example. admin.example. 7 1800 900 604800 300",
            ),
            (Rtype::NS, "ns.other."),
        ];
        let mut records: Vec<Record> = base
            .map(|(rtype, text)| Record {
                owner: origin(),
                rtype,
                ttl: 3600,
                data: Rdata::from_text(rtype, text).unwrap(),
            })
            .into();
        for candidate in candidates {
            records.push(candidate);
            if Contents::build(&origin(), records.clone()).is_err() {
                records.pop();
            }
        }
        Contents::build(&origin(), records).unwrap()
    })
}

fn secret() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn key() -> PublicKey {
    PublicKey(secret().verifying_key().to_bytes())
}

fn sign(contents: &Contents, last: Option<&SignedZone>, now: Time) -> SignedZone {
    let plan = Plan::new(
        1,
        contents,
        &ZoneKeys::one(key()),
        last,
        now,
        &Timing::default(),
    );
    let sign = |message: &Vec<u8>| secret().sign(message).to_bytes();
    let signatures: Vec<u8> = plan.messages().iter().flat_map(sign).collect();
    let unsealed = plan.complete(&signatures).unwrap();
    let signature = Signature(sign(&unsealed.zonemd_message()));
    unsealed.seal(signature).unwrap()
}

fn verify(records: Vec<Record>, now: Time) -> Option<SignedZone> {
    SignedZone::verify(&origin(), &[key()], records, now).ok()
}

proptest! {
    #[test]
    fn contents_and_their_octets_are_one_to_one(contents in contents(), at: Index, flip in 1_u8..) {
        let wire = contents.to_wire();
        prop_assert_eq!(Contents::from_wire(&origin(), &wire), Ok(contents));
        let mut changed = wire;
        let at = at.index(changed.len());
        changed[at] ^= flip;
        if let Ok(other) = Contents::from_wire(&origin(), &changed) {
            prop_assert_eq!(other.to_wire(), changed);
        }
    }

    #[test]
    fn octets_of_any_kind_are_refused_or_canonical(octets in vec(any::<u8>(), 0..300)) {
        if let Ok(contents) = Contents::from_wire(&origin(), &octets) {
            prop_assert_eq!(contents.to_wire(), octets);
        }
    }

    #[test]
    fn a_zone_changes_by_its_difference(old in contents(), new in contents()) {
        let changes = difference(&old, &new);
        let keys: Vec<SetKey> = changes.iter().map(|c| SetKey::new(&c.name, c.rtype)).collect();
        prop_assert!(keys.is_sorted_by(|a, b| a < b));
        for change in &changes {
            let json = serde_json::to_string(change).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Change>(&json).unwrap(), change);
        }
        let gone = |name: &Name| old.delegation(name).is_some() && new.delegation(name).is_none();
        match old.with(&changes) {
            Ok(result) => prop_assert_eq!(result, new),
            Err(ZoneRefusal::HostsInUse { delegation, host, .. }) => {
                prop_assert!(gone(&delegation) && host.is_at_or_below(&delegation));
            }
            Err(ZoneRefusal::HostWithoutDelegation { host }) => {
                prop_assert!(old.cut(&host).is_some_and(gone) && new.cut(&host).is_none());
            }
            Err(refusal) => prop_assert!(false, "{}", refusal),
        }
    }

    #[test]
    fn any_changes_are_refused_or_make_what_their_records_make(
        old in contents(),
        new in contents(),
        chosen in vec(any::<bool>(), 30),
    ) {
        let changes = difference(&old, &new).into_iter().zip(chosen.iter().cycle());
        let changes: Vec<Change> = changes.filter(|(_, chosen)| **chosen).map(|(c, _)| c).collect();
        let mut sets: BTreeMap<_, _> = old.sets().map(|(key, set)| (key, set.clone())).collect();
        for change in &changes {
            let key = SetKey::new(&change.name, change.rtype);
            match &change.new {
                Some(new) => sets.insert(key, new.clone()),
                None => sets.remove(&key),
            };
        }
        let records = sets.into_iter().flat_map(|(key, set)| {
            let record = move |data| Record {
                owner: key.owner.clone(),
                rtype: key.rtype,
                ttl: set.ttl,
                data,
            };
            set.data.clone().into_iter().map(record)
        });
        let built = Contents::build(&origin(), records);
        match old.with(&changes) {
            Ok(result) => prop_assert_eq!(Ok(result), built),
            Err(ZoneRefusal::HostsInUse { .. } | ZoneRefusal::HostWithoutDelegation { .. }) => {
                prop_assert!(built.is_ok());
            }
            Err(_) => prop_assert!(built.is_err()),
        }
    }

    #[test]
    fn a_signed_zone_verifies_and_nothing_near_it(
        contents in contents(),
        at: Index,
        octet: Index,
        flip in 1_u8..,
        extra in record(),
    ) {
        let zone = sign(&contents, None, NOW);
        prop_assert!(zone.publishes(&contents));
        let records: Vec<Record> = zone.records().collect();
        let at = at.index(records.len());
        prop_assert_eq!(verify(records.clone(), NOW), Some(zone));

        let mut less = records.clone();
        less.remove(at);
        prop_assert_eq!(verify(less, NOW), None);
        let mut more = records.clone();
        more.push(extra);
        prop_assert_eq!(verify(more, NOW), None);
        let mut ttl = records.clone();
        ttl[at].ttl ^= u32::from(flip);
        prop_assert_eq!(verify(ttl, NOW), None);
        let mut data = records.clone();
        let mut wire = data[at].data.as_wire().to_vec();
        let octet = octet.index(wire.len());
        wire[octet] ^= flip;
        if let Ok(changed) = Rdata::from_wire(data[at].rtype, &wire)
            && changed != data[at].data
        {
            data[at].data = changed;
            prop_assert_eq!(verify(data, NOW), None);
        }
    }

    #[test]
    fn editions_follow_each_other(old in contents(), new in contents(), days in 0_u64..40) {
        let first = sign(&old, None, NOW);
        let now = NOW.plus(days * 86_400);
        let timing = Timing::default();
        let second = sign(&new, Some(&first), now);
        prop_assert!(!due(&new, &ZoneKeys::one(key()), Some(&second), now, &timing));
        prop_assert!(second.first_expiration() >= now.plus(timing.refresh_before_s));
        prop_assert_ne!(first.serial(), second.serial());
        let records = second.records().collect();
        prop_assert_eq!(verify(records, now), Some(second));
    }

    #[test]
    fn data_of_any_kind_is_refused_or_has_one_form(
        rtype in rtype(),
        wire in vec(prop_oneof![any::<u8>(), 0_u8..4], 0..60),
    ) {
        if let Ok(data) = Rdata::from_wire(rtype, &wire) {
            prop_assert_eq!(data.as_wire().len(), wire.len());
            prop_assert_eq!(&Rdata::from_wire(rtype, data.as_wire()).unwrap(), &data);
            prop_assert_eq!(&Rdata::from_text(rtype, &data.to_text(rtype)).unwrap(), &data);
        }
    }

    #[test]
    fn text_of_any_kind_is_refused_or_has_one_form(
        rtype in rtype(),
        text in "([a-z0-9.@\\\\\"#=!:-]{0,9} ?){0,9}|\\PC{0,40}",
        below in name(),
    ) {
        for origin in [None, Some(&below)] {
            if let Ok(data) = Rdata::from_text_below(rtype, &text, origin) {
                prop_assert_eq!(&Rdata::from_text(rtype, &data.to_text(rtype)).unwrap(), &data);
            }
        }
    }

    #[test]
    fn names_have_one_text(labels in vec(vec(any::<u8>(), 1..64), 0..4)) {
        let mut wire = Vec::new();
        for label in labels {
            wire.push(label.len() as u8);
            wire.extend(label);
        }
        wire.push(0);
        if let Ok(name) = Name::from_wire(&wire) {
            prop_assert_eq!(name.to_string().parse::<Name>().unwrap(), name);
        }
    }
}
