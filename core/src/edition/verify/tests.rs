//! Whole-zone verification: what is accepted, and every way to be refused.

use alloc::string::ToString;
use std::format;

use super::super::samples::{DAY_S, NOW, key, signed};
use super::*;
use crate::served::ServedZone;
use crate::zone::samples::{PLAIN, ROOT, build, name, record};

fn verify(origin: &str, records: Vec<Record>) -> Result<SignedZone, EditionRefusal> {
    SignedZone::verify(&name(origin), &[key()], records, NOW)
}

#[test]
fn accepts_what_was_signed() {
    for (origin, text) in [(".", ROOT), ("example.", PLAIN)] {
        let zone = signed(&build(origin, text).unwrap());
        let records: Vec<Record> = zone.records().collect();
        assert_eq!(verify(origin, records.clone()), Ok(zone.clone()));
        let reversed = records.into_iter().rev().collect();
        assert_eq!(verify(origin, reversed), Ok(zone));
    }
}

/// What is done to a signed zone, and what is said about it.
type Case = (fn(&mut Vec<Record>), &'static str);

fn find(records: &mut [Record], owner: &str, rtype: Rtype) -> usize {
    let found = |record: &Record| record.owner == name(owner) && record.rtype == rtype;
    records.iter().position(found).unwrap()
}

fn add(records: &mut Vec<Record>, line: &str) {
    records.push(record(line));
}

fn replace(records: &mut [Record], owner: &str, rtype: Rtype, line: &str) {
    let at = find(records, owner, rtype);
    records[at] = record(line);
}

fn drop_one(records: &mut Vec<Record>, owner: &str, rtype: Rtype) {
    let at = find(records, owner, rtype);
    records.remove(at);
}

/// Changes octets of an RRSIG record's data.
fn rrsig(records: &mut [Record], change: impl FnOnce(&mut Vec<u8>)) {
    let at = find(records, "be.", Rtype::RRSIG);
    let mut wire = records[at].data.as_wire().to_vec();
    change(&mut wire);
    records[at].data = Rdata::from_canonical(&wire);
}

const CASES: &[Case] = &[
    (
        |r| {
            let at = find(r, "be.", Rtype::RRSIG);
            let mut wire = r[at].data.as_wire().to_vec();
            wire[1] = 1;
            r.push(Record {
                owner: name("a.ns.dns.be."),
                data: Rdata::from_canonical(&wire),
                ..r[at].clone()
            });
        },
        "a signature over a.ns.dns.be. A, which must have none",
    ),
    (
        |r| drop_one(r, "a.ns.dns.be.", Rtype::A),
        "ZONEMD record of . does not match",
    ),
    (
        |r| add(r, "b.ns.dns.be. 1 A 192.0.2.1"),
        "ZONEMD record of . does not match",
    ),
    (
        |r| replace(r, "net.", Rtype::NS, "net. 1 NS net."),
        "ZONEMD record of . does not match",
    ),
    (
        |r| drop_one(r, "be.", Rtype::DS),
        "be. NSEC is not what follows",
    ),
    (|r| add(r, "aa. 1 NS be."), "is not what follows"),
    (
        |r| add(r, "be. 86400 DS 1 8 2 AB"),
        "signature over be. DS is not one",
    ),
    (
        |r| replace(r, "be.", Rtype::DS, "be. 86400 DS 1 8 2 AB"),
        "signature over be. DS is not one",
    ),
    (
        |r| replace(r, "be.", Rtype::DS, "be. 1 DS 12664 8 2 ABCD"),
        "over be. DS does not follow",
    ),
    (
        |r| replace(r, ".", Rtype::SOA, ". 86400 SOA a. b. 1 2 3 4 86400"),
        "over . SOA is not one",
    ),
    (|r| drop_one(r, "lu.", Rtype::NSEC), "lu. NSEC is missing"),
    (
        |r| add(r, "lu. 86400 NSEC net. NS RRSIG NSEC"),
        "is there twice",
    ),
    (
        |r| add(r, "a.ns.dns.be. 86400 NSEC lu. A RRSIG NSEC"),
        "a.ns.dns.be. NSEC is there and",
    ),
    (
        |r| replace(r, "lu.", Rtype::NSEC, "lu. 86400 NSEC net. NS NSEC"),
        "lu. NSEC is not what",
    ),
    (
        |r| replace(r, "lu.", Rtype::NSEC, "lu. 1 NSEC net. NS RRSIG NSEC"),
        "lu. NSEC is not what",
    ),
    (|r| drop_one(r, ".", Rtype::DNSKEY), ". DNSKEY is missing"),
    (
        |r| add(r, ". 172800 DNSKEY 256 3 15 AAAA"),
        ". DNSKEY has a record that is no key",
    ),
    (
        |r| replace(r, ".", Rtype::DNSKEY, ". 172800 DNSKEY 257 3 15 AAAA"),
        ". DNSKEY has a record that is no key",
    ),
    (
        |r| add(r, ". 1 CDS 1 15 2 AB"),
        ". CDS is there and does not",
    ),
    (
        |r| add(r, ". 1 NSEC3PARAM \\# 5 0100000000"),
        ". NSEC3PARAM is there and",
    ),
    (|r| drop_one(r, ".", Rtype::ZONEMD), ". ZONEMD is missing"),
    (
        |r| {
            add(
                r,
                "be. 1 ZONEMD 1 1 1 ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB",
            )
        },
        "be. ZONEMD is there and",
    ),
    (
        |r| drop_one(r, "be.", Rtype::RRSIG),
        "be. DS has no signature",
    ),
    (
        |r| {
            let at = find(r, "be.", Rtype::RRSIG);
            r.push(r[at].clone());
        },
        "be. DS has two signatures",
    ),
    (
        |r| {
            let at = find(r, "be.", Rtype::RRSIG);
            r[at].ttl = 1;
        },
        "over be. DS does not follow",
    ),
    (
        |r| {
            let at = find(r, "be.", Rtype::RRSIG);
            r[at].owner = name("lu.");
        },
        "be. DS has no signature",
    ),
    (
        |r| rrsig(r, |wire| wire[3] = 0),
        "over be. DS does not follow",
    ),
    (
        |r| rrsig(r, |wire| wire[2] = 8),
        "over be. DS does not follow",
    ),
    (
        |r| rrsig(r, |wire| wire[16] ^= 1),
        "over be. DS does not follow",
    ),
    (
        |r| rrsig(r, |wire| wire.truncate(wire.len() - 1)),
        "RRSIG record of be. is not one",
    ),
    (
        |r| rrsig(r, |wire| wire[50] ^= 1),
        "signature over be. DS is not one",
    ),
    (
        |r| rrsig(r, |wire| wire[15] ^= 1),
        "signature over be. DS is not one",
    ),
    (|r| rrsig(r, |wire| wire[1] = 2), "be. DS has no signature"),
    (|r| drop_one(r, ".", Rtype::NS), "has no NS records"),
];

#[test]
fn refuses_any_change_to_what_was_signed() {
    let zone = signed(&build(".", ROOT).unwrap());
    for (number, (change, said)) in CASES.iter().enumerate() {
        let mut records = zone.records().collect();
        change(&mut records);
        let refusal = verify(".", records).unwrap_err();
        let text = refusal.to_string();
        assert!(text.contains(said), "case {number}, {said}: {text}");
    }
}

#[test]
fn refuses_signatures_out_of_their_time() {
    let zone = signed(&build(".", ROOT).unwrap());
    let at = |now| SignedZone::verify(&Name::root(), &[key()], zone.records(), now);
    assert!(at(NOW).is_ok());
    assert!(at(Time(NOW.0 - 3600)).is_ok());
    assert!(matches!(
        at(Time(NOW.0 - 3601)),
        Err(EditionRefusal::NotYetValid { from, .. }) if from == Time(NOW.0 - 3600)
    ));
    let end = zone.first_expiration();
    assert!(at(end).is_ok());
    assert!(matches!(
        at(end.plus(1)),
        Err(EditionRefusal::Expired { until, .. }) if until == end
    ));
    assert!(end >= NOW.plus(16 * DAY_S) && end < NOW.plus(28 * DAY_S));
}

#[test]
fn refuses_another_key_and_another_zone() {
    let zone = signed(&build(".", ROOT).unwrap());
    let other = PublicKey([1; 32]);
    let refusal = SignedZone::verify(&Name::root(), &[other], zone.records(), NOW).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        ". DNSKEY is not signed by a key that is trusted"
    );
    let refusal = verify("be.", zone.records().collect()).unwrap_err();
    assert!(matches!(
        refusal,
        EditionRefusal::Missing { .. } | EditionRefusal::Zone(_)
    ));
}

#[test]
fn a_zone_answers_what_servers_ask() {
    let zone = signed(&build("example.", PLAIN).unwrap());
    assert_eq!(
        zone.cut(&name("ns.sub.example.")),
        Some(&name("sub.example."))
    );
    assert_eq!(zone.cut(&name("mail.example.")), None);
    assert!(zone.exists(&name("b.c.example.")) && !zone.exists(&name("d.example.")));
    let served = ServedZone::from(&zone);
    for (asked, owner) in [
        ("example.", "example."),
        ("!.example.", "example."),
        ("c.example.", "alias.example."),
        ("d.example.", "a.b.c.example."),
        ("ns.sub.example.", "sub.example."),
        ("zz.example.", "x.example."),
    ] {
        let nsec = served.nsec_covering(&name(asked)).unwrap();
        assert_eq!(*nsec.owner, name(owner), "{asked}");
    }
    assert!(served.nsec_covering(&name("other.")).is_none());
    let mx = zone.get(&name("example."), Rtype::MX).unwrap();
    assert_eq!(mx.records().len(), 2);
    let ns = zone.get(&name("sub.example."), Rtype::NS).unwrap();
    assert!(ns.rrsigs().next().is_none());
    let records: usize = zone.sets().map(|set| set.records().len()).sum();
    assert_eq!(zone.records().count(), records);
    assert!(format!("{zone:?}").starts_with("SignedZone(example. 2025123000"));
}
