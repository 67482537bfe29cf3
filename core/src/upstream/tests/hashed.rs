//! Zones with NSEC3 records, which BIND's dnssec-signzone has signed: taken whole, and
//! refused where anything of the chain is another.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use std::collections::BTreeSet;

use super::*;
use crate::edition::Standing;
use crate::explain::explain;
use crate::hashed::Hashing;
use crate::limits;
use crate::upstream::buffer::{CannotHold, hold};
use crate::zone::Change;
use crate::zone::samples::{name, record, records};

const KEY: &str = "257 3 15 8ABH5K1OpBKf+63wjnTB17c9wG1yvALOgR7A1eyxMs8=";
/// Each name has a record.
const PLAIN: &str = include_str!("nsec3/plain.zone");
/// Hashes are hashed twelve times more, with a salt.
const SALTED: &str = include_str!("nsec3/salted.zone");
/// Delegations without a DS set have none.
const OPT_OUT: &str = include_str!("nsec3/opt-out.zone");
/// The first without `plain.example.`.
const LATER: &str = include_str!("nsec3/later.zone");

fn theirs() -> Anchors {
    let key = Rdata::from_text(Rtype::DNSKEY, KEY).unwrap();
    Anchors::new(&name("example."), [Anchor::Key(key)].into()).unwrap()
}

fn take(records: Vec<Record>) -> Result<UpstreamZone, UpstreamRefusal> {
    verify(&theirs(), records, NOW, Zonemd::IfThere)
}

fn refusal(records: Vec<Record>) -> UpstreamRefusal {
    take(records).unwrap_err()
}

/// The owner of the record for a name.
fn owner(records: &[Record], of: &str) -> Name {
    let at = records
        .iter()
        .find(|it| it.rtype == Rtype::NSEC3PARAM)
        .unwrap();
    let hash = Hashing::parse(&at.data).unwrap().hash(&name(of));
    let label = data_encoding::BASE32HEX_NOPAD.encode(&hash);
    name(&std::format!("{label}.example."))
}

fn drop_set(records: &mut Vec<Record>, owner: &Name, rtype: Rtype) {
    let covered = rtype.to_int().to_be_bytes();
    records.retain(|record| {
        let covers = record.rtype == Rtype::RRSIG && record.data.as_wire().starts_with(&covered);
        record.owner != *owner || (record.rtype != rtype && !covers)
    });
}

/// Drops the record for a name, and lets the one before it go on to the next: a chain
/// that is whole, but for the signature.
fn skip(records: &mut Vec<Record>, of: &str) {
    let gone = owner(records, of);
    let at = |owner: &Name, records: &[Record]| {
        let found = |it: &Record| it.owner == *owner && it.rtype == Rtype::NSEC3;
        records.iter().position(found).unwrap()
    };
    let next = |record: &Record| {
        let wire = record.data.as_wire();
        let from = 5 + usize::from(wire[4]) + 1;
        from..from + 20
    };
    let it = records[at(&gone, records)].clone();
    let after = it.data.as_wire()[next(&it)].to_vec();
    drop_set(records, &gone, Rtype::NSEC3);
    let label = data_encoding::BASE32HEX_NOPAD
        .decode(&gone.as_wire()[1..33].to_ascii_uppercase())
        .unwrap();
    let points = |it: &Record| it.rtype == Rtype::NSEC3 && it.data.as_wire()[next(it)] == label;
    let before = records.iter().position(points).unwrap();
    let range = next(&records[before]);
    let mut wire = records[before].data.as_wire().to_vec();
    wire[range].copy_from_slice(&after);
    records[before].data = Rdata::from_canonical(&wire);
}

/// Changes the record for a name.
fn edit(records: &mut [Record], of: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let owner = owner(records, of);
    let is_it = |it: &&mut Record| it.owner == owner && it.rtype == Rtype::NSEC3;
    let record = records.iter_mut().find(is_it).unwrap();
    let mut wire = record.data.as_wire().to_vec();
    change(&mut wire);
    record.data = Rdata::from_canonical(&wire);
}

fn parameters(records: &mut [Record], data: &str) {
    let found = records.iter_mut().find(|it| it.rtype == Rtype::NSEC3PARAM);
    found.unwrap().data = Rdata::from_text(Rtype::NSEC3PARAM, data).unwrap();
}

#[test]
fn takes_what_another_has_signed_and_serves_the_very_same() {
    for text in [PLAIN, SALTED, OPT_OUT] {
        let mut all = records(text);
        let taken = take(all.clone()).unwrap();
        let sorted = |all: &[Record]| -> BTreeSet<_> {
            let one = |it: &Record| (it.owner.clone(), it.rtype, it.ttl, it.data.clone());
            all.iter().map(one).collect()
        };
        let served: Vec<Record> = taken.served().records().collect();
        assert_eq!((served.len(), sorted(&served)), (all.len(), sorted(&all)));
        assert!(taken.served().is_hashed());
        all.reverse();
        assert_eq!(take(all), Ok(taken));
    }
}

#[test]
fn owners_of_nsec3_records_are_no_names_of_the_zone() {
    let taken = take(records(PLAIN)).unwrap();
    let of = |text: &str| {
        let owner = owner(&records(PLAIN), text);
        taken.served().name(&owner).unwrap().standing
    };
    assert_eq!(of("example."), Standing::Hashed);
    let in_contents = |name: &Name| taken.contents().get(name, Rtype::NSEC3).is_some();
    assert!(!taken.served().names().keys().any(in_contents));
}

/// What is done to a zone, the word for it, and part of what is said.
type Case = (
    &'static str,
    fn(&mut Vec<Record>),
    &'static str,
    &'static str,
);

const CASES: &[Case] = &[
    // Records that are missing.
    (
        PLAIN,
        |r| skip(r, "mail.example."),
        "chain",
        "the NSEC3 record for mail.example.",
    ),
    (
        PLAIN,
        |r| skip(r, "example."),
        "chain",
        "the NSEC3 record for example.",
    ),
    (
        PLAIN,
        |r| skip(r, "plain.example."),
        "chain",
        "for plain.example.",
    ),
    (
        PLAIN,
        |r| skip(r, "*.w.example."),
        "chain",
        "for *.w.example.",
    ),
    // Empty names: of authoritative data, and of a delegation without a DS set.
    (PLAIN, |r| skip(r, "w.example."), "chain", "for w.example."),
    (
        PLAIN,
        |r| skip(r, "b.c.example."),
        "chain",
        "for b.c.example.",
    ),
    (
        PLAIN,
        |r| skip(r, "between.example."),
        "chain",
        "for between.example.",
    ),
    (
        OPT_OUT,
        |r| skip(r, "c.example."),
        "chain",
        "for c.example.",
    ),
    (
        OPT_OUT,
        |r| skip(r, "signed.example."),
        "chain",
        "for signed.example.",
    ),
    (
        SALTED,
        |r| drop_set(r, &owner(r, "ns.example."), Rtype::NSEC3),
        "chain",
        "",
    ),
    (
        PLAIN,
        |r| r.retain(|it| it.rtype != Rtype::NSEC3),
        "chain",
        "",
    ),
    // Records of what is not there.
    (
        PLAIN,
        |r| drop_set(r, &name("mail.example."), Rtype::A),
        "chain",
        "",
    ),
    (
        PLAIN,
        |r| drop_set(r, &name("a.b.c.example."), Rtype::A),
        "chain",
        "",
    ),
    // Names that are there and have none.
    (
        PLAIN,
        |r| r.push(record("new.example. 60 A 192.0.2.1")),
        "chain",
        "for new.example.",
    ),
    (
        PLAIN,
        |r| r.push(record("new.example. 60 NS ns.example.")),
        "chain",
        "for new.example.",
    ),
    (
        OPT_OUT,
        |r| r.push(record("x.y.example. 60 A 192.0.2.1")),
        "chain",
        "y.example.",
    ),
    (
        OPT_OUT,
        |r| r.push(record("plain.example. 3600 DS 1 15 2 AB")),
        "chain",
        "for plain.example.",
    ),
    // Types and next hashes.
    (
        PLAIN,
        |r| r.push(record("mail.example. 60 TXT x")),
        "chain",
        "for mail.example.",
    ),
    (
        PLAIN,
        |r| drop_set(r, &name("signed.example."), Rtype::DS),
        "chain",
        "signed.example.",
    ),
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it.extend([0, 1, 0x40])),
        "chain",
        "w.example.",
    ),
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it[6] ^= 1),
        "chain",
        "w.example.",
    ),
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it.truncate(9)),
        "chain",
        "w.example.",
    ),
    // Opt-out where nothing is left out is no fault of the chain, but of its signature.
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it[1] = 1),
        "tampered",
        "NSEC3",
    ),
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it[1] = 3),
        "chain",
        "",
    ),
    (OPT_OUT, |r| strip_opt_out(r), "chain", ""),
    // Another hash, salt, or number of iterations than NSEC3PARAM says.
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it[0] = 2),
        "chain",
        "",
    ),
    (
        PLAIN,
        |r| edit(r, "w.example.", |it| it[3] = 1),
        "chain",
        "",
    ),
    (
        SALTED,
        |r| edit(r, "w.example.", |it| it[5] ^= 1),
        "chain",
        "",
    ),
    (
        SALTED,
        |r| parameters(r, "\\# 9 01 00 000d 04 aabbccdd"),
        "chain",
        "",
    ),
    (
        SALTED,
        |r| parameters(r, "\\# 9 01 00 0065 04 aabbccdd"),
        "nsec3",
        "101 iterations",
    ),
    (
        SALTED,
        |r| parameters(r, "\\# 9 01 00 ffff 04 aabbccdd"),
        "nsec3",
        "65535 iterations",
    ),
    (
        PLAIN,
        |r| parameters(r, "\\# 5 02 00 0000 00"),
        "nsec3",
        "another hash",
    ),
    (
        PLAIN,
        |r| parameters(r, "\\# 5 01 01 0000 00"),
        "nsec3",
        "unknown flags",
    ),
    (
        PLAIN,
        |r| r.push(record("example. 0 NSEC3PARAM \\# 6 01 00 0000 01 ab")),
        "nsec3",
        "several chains",
    ),
    // Owners that are no hashes, and two records of one owner.
    (PLAIN, |r| move_to(r, "mail.example."), "chain", ""),
    (PLAIN, |r| move_to(r, "x.example."), "chain", ""),
    (
        PLAIN,
        |r| move_to(r, "ns.signed.example."),
        "misplaced",
        "ns.signed.example. NSEC3",
    ),
    (
        PLAIN,
        |r| {
            let data = r
                .iter()
                .rfind(|it| it.rtype == Rtype::NSEC3)
                .unwrap()
                .data
                .clone();
            let at = r
                .iter()
                .find(|it| it.rtype == Rtype::NSEC3)
                .unwrap()
                .clone();
            r.push(Record { data, ..at });
        },
        "chain",
        "",
    ),
    // Two kinds of chain.
    (
        PLAIN,
        |r| drop_set(r, &name("example."), Rtype::NSEC3PARAM),
        "misplaced",
        "NSEC3 cannot",
    ),
    (
        PLAIN,
        |r| r.push(record("mail.example. 1 NSEC example. A")),
        "misplaced",
        "NSEC cannot",
    ),
    // Signatures.
    (
        PLAIN,
        |r| {
            let owner = owner(r, "w.example.");
            r.retain(|it| it.owner != owner || it.rtype != Rtype::RRSIG);
        },
        "signatures",
        "NSEC3 has no signature",
    ),
];

fn strip_opt_out(records: &mut [Record]) {
    for record in records.iter_mut().filter(|it| it.rtype == Rtype::NSEC3) {
        let mut wire = record.data.as_wire().to_vec();
        wire[1] = 0;
        record.data = Rdata::from_canonical(&wire);
    }
}

/// The record for `w.example.` has another owner.
fn move_to(records: &mut [Record], to: &str) {
    let from = owner(records, "w.example.");
    for record in records.iter_mut().filter(|it| it.owner == from) {
        record.owner = name(to);
    }
}

#[test]
fn refuses_any_other_chain() {
    for (number, (text, change, code, said)) in CASES.iter().enumerate() {
        let mut all = records(text);
        change(&mut all);
        let refusal = refusal(all);
        let text = refusal.to_string();
        assert_eq!(refusal.code(), *code, "case {number}: {text}");
        assert!(text.contains(said), "case {number}, {said}: {text}");
    }
    assert_eq!(limits::NSEC3_ITERATIONS_MAX, 100);
}

#[test]
fn a_record_is_found_for_each_name_and_covers_each_other() {
    for text in [PLAIN, SALTED, OPT_OUT] {
        let taken = take(records(text)).unwrap();
        let zone = taken.served();
        for there in ["example.", "mail.example.", "c.example.", "signed.example."] {
            assert!(zone.nsec3_matching(&name(there)).is_some(), "{there}");
            assert!(zone.nsec3_covering(&name(there)).is_none(), "{there}");
        }
        for gone in [
            "a.example.",
            "z.example.",
            "ns.signed.example.",
            "a.b.example.",
        ] {
            assert!(zone.nsec3_matching(&name(gone)).is_none(), "{gone}");
            assert!(zone.nsec3_covering(&name(gone)).is_some(), "{gone}");
        }
    }
}

/// A delegation whose name is a hash, which anybody can register, is one all the same.
#[test]
fn a_name_can_be_that_of_an_nsec3_record() {
    let mut all = records(PLAIN);
    let owner = owner(&all, "mail.example.");
    all.push(record(&std::format!("{owner} 60 NS ns.example.")));
    let refusal = refusal(all);
    let expected = UpstreamRefusal::HashedChainBroken { name: owner };
    assert_eq!(refusal, expected, "it needs a record of its own");
}

/// What is held of the changes from one version to the next: all of them.
fn held(before: &UpstreamZone, newest: &UpstreamZone) -> Result<ServedZone, CannotHold> {
    let explained = explain(before.version(), newest.version()).unwrap();
    // But for the apex, which is never held.
    let explanations = explained.explanations.iter();
    let is_apex = |it: &Change| it.name == *newest.origin();
    let changes: Vec<_> = explanations
        .filter(|it| !it.sets.iter().any(is_apex))
        .collect();
    let when = (NOW, &crate::dnssec::tests::OursAlone);
    hold(before.served(), newest, &changes, when).map(|held| held.zone)
}

#[test]
fn what_the_chain_does_not_speak_of_can_be_held() {
    let newest = take(records(PLAIN)).unwrap();
    let mut all = records(PLAIN);
    let is_it = |it: &&mut Record| it.owner == name("plain.example.") && it.rtype == Rtype::NS;
    let servers = all.iter_mut().find(is_it).unwrap();
    servers.data = Rdata::from_text(Rtype::NS, "elsewhere.example.").unwrap();
    let before = take(all).unwrap();
    assert_eq!(held(&before, &newest), Ok(before.served().clone()));
    // Under opt-out a name without a DS set is one that it does not speak of.
    let before = take(records(OPT_OUT)).unwrap();
    let all = records(OPT_OUT).into_iter();
    let newest = take(
        all.filter(|it| it.owner != name("plain.example."))
            .collect(),
    )
    .unwrap();
    assert_eq!(held(&before, &newest), Ok(before.served().clone()));
}

#[test]
fn a_name_that_the_chain_speaks_of_cannot_be_held() {
    let [before, newest] = [PLAIN, LATER].map(|text| take(records(text)).unwrap());
    let gone = CannotHold::ChainBroken(name("plain.example."));
    assert_eq!(held(&before, &newest), Err(gone));
}
