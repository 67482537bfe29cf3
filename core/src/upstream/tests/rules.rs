//! Every way in which a version can be refused, and what is said of it.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::*;
use crate::edition::{samples, zonemd};
use crate::served::ServedZone;
use crate::zone::samples::{PLAIN, ROOT, name, record};

#[test]
fn takes_what_was_signed_and_serves_the_very_same() {
    for (origin, text) in [(".", ROOT), ("example.", PLAIN)] {
        let zone = signed(origin, text, 1, NOW);
        let taken = verify(&anchors(origin, 1), zone.records(), NOW, Zonemd::Required).unwrap();
        assert_eq!(*taken.served(), zone);
        assert_eq!(*taken.contents(), build(origin, text).unwrap());
        assert_eq!(taken.digest(), DigestStanding::Right);
        assert_eq!(taken.first_expiration(), NOW.plus(14 * DAY_S));
        assert_eq!(taken.expire_s(), 604_800);
        let reversed: Vec<Record> = zone.records().collect();
        let reversed = reversed.into_iter().rev();
        assert_eq!(
            verify(&anchors(origin, 1), reversed, NOW, Zonemd::Required),
            Ok(taken)
        );
    }
}

#[test]
fn takes_our_own_editions_and_serves_the_very_same() {
    let edition = samples::signed(&build("example.", PLAIN).unwrap());
    let anchor = Anchor::Key(crate::edition::Dnskey::anchor(samples::key()).rdata());
    let anchors = Anchors::new(&name("example."), [anchor].into()).unwrap();
    let taken = verify(&anchors, edition.records(), samples::NOW, Zonemd::Required).unwrap();
    assert_eq!(*taken.served(), ServedZone::from(&edition));
    assert!(edition.records().eq(taken.served().records()));
    assert_eq!(taken.first_expiration(), edition.first_expiration());
}

fn find(records: &[Record], owner: &str, rtype: Rtype) -> usize {
    let found = |record: &Record| record.owner == name(owner) && record.rtype == rtype;
    records.iter().position(found).unwrap()
}

fn replace(records: &mut [Record], owner: &str, rtype: Rtype, line: &str) {
    let at = find(records, owner, rtype);
    records[at] = record(line);
}

fn drop_all(records: &mut Vec<Record>, owner: &str, rtype: Rtype) {
    records.retain(|record| record.owner != name(owner) || record.rtype != rtype);
}

/// Drops a set with its signature.
fn drop_signed(records: &mut Vec<Record>, owner: &str, rtype: Rtype) {
    drop_all(records, owner, rtype);
    let covered = rtype.to_int().to_be_bytes();
    records.retain(|record| {
        let covers = record.data.as_wire().starts_with(&covered);
        record.owner != name(owner) || record.rtype != Rtype::RRSIG || !covers
    });
}

/// Changes the RRSIG record of the DS set of `be.`.
fn rrsig(records: &mut [Record], change: impl FnOnce(&mut Vec<u8>)) {
    let is_of_ds = |record: &Record| {
        let covers = record
            .data
            .as_wire()
            .starts_with(&Rtype::DS.to_int().to_be_bytes());
        record.owner == name("be.") && record.rtype == Rtype::RRSIG && covers
    };
    let at = records.iter().position(is_of_ds).unwrap();
    let mut wire = records[at].data.as_wire().to_vec();
    change(&mut wire);
    records[at].data = Rdata::from_canonical(&wire);
}

/// What is done to a signed root, the word for it, and part of what is said.
type Case = (fn(&mut Vec<Record>), &'static str, &'static str);

const CASES: &[Case] = &[
    // Its structure.
    (
        |r| drop_all(r, ".", Rtype::NS),
        "structure",
        "has no NS records",
    ),
    (
        |r| r.push(record("be. 1 NS a.ns.dns.be.")),
        "structure",
        "be. NS have different TTLs",
    ),
    (|r| r.push(r[0].clone()), "structure", "is there twice"),
    (
        |r| r.push(record("a.ns.dns.be. 86400 NSEC lu. A RRSIG NSEC")),
        "misplaced",
        "a.ns.dns.be. NSEC cannot stand there",
    ),
    (
        |r| r.push(record("be. 86400 DNSKEY 257 3 15 AAAA")),
        "misplaced",
        "be. DNSKEY cannot stand there",
    ),
    (
        |r| r.push(record(". 1 NSEC3PARAM \\# 5 0100000000")),
        "misplaced",
        ". NSEC cannot stand there",
    ),
    // What is not signed, or by another key.
    (
        |r| drop_all(r, ".", Rtype::DNSKEY),
        "unsigned",
        "no DNSKEY set",
    ),
    (
        |r| drop_all(r, "be.", Rtype::RRSIG),
        "signatures",
        "be. DS has no signature",
    ),
    (
        |r| replace(r, ".", Rtype::DNSKEY, ". 86400 DNSKEY 257 3 15 AAAA"),
        "tampered",
        "no trust anchor has signed the keys of .",
    ),
    (
        |r| {
            let at = find(r, "be.", Rtype::RRSIG);
            r[at].owner = name("a.ns.dns.be.");
        },
        "signatures",
        "be. DS has no signature",
    ),
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
        "signatures",
        "a.ns.dns.be. A has a signature, and needs none",
    ),
    // Signatures that do not count.
    (
        |r| replace(r, "be.", Rtype::DS, "be. 86400 DS 1 8 2 AB"),
        "tampered",
        "be. DS",
    ),
    (|r| rrsig(r, |wire| wire[50] ^= 1), "tampered", "be. DS"),
    (|r| rrsig(r, |wire| wire[3] = 0), "tampered", "be. DS"),
    (|r| rrsig(r, |wire| wire[2] = 200), "algorithm", "be. DS"),
    (|r| rrsig(r, |wire| wire[16] ^= 1), "tampered", "be. DS"),
    (
        |r| rrsig(r, |wire| wire.truncate(10)),
        "signatures",
        "RRSIG record of be. is none",
    ),
    (
        |r| rrsig(r, |wire| wire[7] ^= 1),
        "signatures",
        "TTL of be. DS",
    ),
    // The chain.
    (
        |r| drop_signed(r, "lu.", Rtype::NSEC),
        "chain",
        "the NSEC record of lu.",
    ),
    (
        |r| drop_signed(r, "be.", Rtype::DS),
        "chain",
        "the NSEC record of be.",
    ),
    (
        |r| {
            drop_all(r, "lu.", Rtype::NS);
            drop_all(r, "ns.nic.lu.", Rtype::A);
        },
        "chain",
        "the NSEC record of lu.",
    ),
    (
        |r| r.push(record("aa. 1 NS be.")),
        "chain",
        "the NSEC record of .",
    ),
    (
        |r| replace(r, "lu.", Rtype::NSEC, "lu. 86400 NSEC net. NS NSEC"),
        "chain",
        "the NSEC record of lu.",
    ),
    // What nothing but the digest covers.
    (
        |r| drop_all(r, "a.ns.dns.be.", Rtype::A),
        "zonemd",
        "do not have the digest",
    ),
    (
        |r| r.push(record("b.ns.dns.be. 1 A 192.0.2.1")),
        "zonemd",
        "do not have the digest",
    ),
    (
        |r| replace(r, "net.", Rtype::NS, "net. 1 NS net."),
        "zonemd",
        "do not have the digest",
    ),
];

#[test]
fn refuses_any_change_to_what_was_signed() {
    let zone = signed(".", ROOT, 1, NOW);
    for (number, (change, code, said)) in CASES.iter().enumerate() {
        let mut records = zone.records().collect();
        change(&mut records);
        let refusal = verify(&anchors(".", 1), records, NOW, Zonemd::IfThere).unwrap_err();
        let text = refusal.to_string();
        assert_eq!(refusal.code(), *code, "case {number}: {text}");
        assert!(text.contains(said), "case {number}, {said}: {text}");
    }
}

#[test]
fn refuses_signatures_out_of_their_time() {
    let zone = signed(".", ROOT, 1, NOW);
    let at = |now| {
        let taken = verify(&anchors(".", 1), zone.records(), now, Zonemd::Required);
        taken.map(|_| ()).map_err(|refusal| refusal.code())
    };
    assert_eq!(at(NOW), Ok(()));
    assert_eq!(at(Time(NOW.0 - 3600)), Ok(()));
    assert_eq!(at(NOW.plus(14 * DAY_S)), Ok(()));
    assert_eq!(at(Time(NOW.0 - 3601)), Err("not-yet-valid"));
    assert_eq!(at(NOW.plus(14 * DAY_S + 1)), Err("expired"));
}

#[test]
fn refuses_a_zone_that_another_key_signed() {
    let zone = signed(".", ROOT, 2, NOW);
    let refusal = verify(&anchors(".", 1), zone.records(), NOW, Zonemd::Required).unwrap_err();
    assert_eq!(refusal.code(), "wrong-key");
    assert!(
        refusal
            .to_string()
            .contains("none of the keys of . is a trust anchor")
    );
}

#[test]
fn refuses_records_of_another_zone() {
    let zone = signed(".", ROOT, 1, NOW);
    let refusal = verify(&anchors("be.", 1), zone.records(), NOW, Zonemd::Required).unwrap_err();
    assert_eq!(refusal.code(), "structure");
}

/// What stands in the ZONEMD set, which the zone signs all the same.
#[test]
fn digests_are_looked_at_as_rfc_8976_asks() {
    let good = signed(".", ROOT, 1, NOW);
    let digest = digest::of(&good);
    let right = zonemd::rdata(good.serial(), &digest);
    let wrong = zonemd::rdata(good.serial(), &[7; 48]);
    let old = zonemd::rdata(good.serial() - 1, &digest);
    let with = |octet: usize, value: u8| {
        let mut wire = right.as_wire().to_vec();
        wire[octet] = value;
        Rdata::from_canonical(&wire)
    };
    let (other_scheme, other_hash) = (with(4, 200), with(5, 200));
    let both = [&right, &other_hash];
    for (stated, demand, expected) in [
        (&[&right][..], Zonemd::Required, Ok(DigestStanding::Right)),
        (&both, Zonemd::Required, Ok(DigestStanding::Right)),
        (&[&right, &wrong], Zonemd::IfThere, Err("zonemd")),
        (&[&wrong], Zonemd::IfThere, Err("zonemd")),
        (&[&old], Zonemd::IfThere, Err("zonemd")),
        (
            &[&other_hash],
            Zonemd::IfThere,
            Ok(DigestStanding::NotCheckable),
        ),
        (
            &[&other_scheme],
            Zonemd::IfThere,
            Ok(DigestStanding::NotCheckable),
        ),
        (&[&other_hash], Zonemd::Required, Err("zonemd-missing")),
        (&[], Zonemd::IfThere, Ok(DigestStanding::Absent)),
        (&[], Zonemd::Required, Err("zonemd-missing")),
    ] {
        let mut names = good.names().clone();
        let apex = names.get_mut(&Name::root()).unwrap();
        let mut with = apex.sets.remove(&Rtype::ZONEMD).unwrap();
        with.set.data = stated.iter().map(|data| (*data).clone()).collect();
        if !with.set.data.is_empty() {
            apex.sets.insert(Rtype::ZONEMD, with);
        }
        let zone = ServedZone::of(&Name::root(), names);
        let found = digest::check(&zone, demand).map_err(|refusal| refusal.code());
        assert_eq!(found, expected, "{stated:?} {demand:?}");
    }
}
