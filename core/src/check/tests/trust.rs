//! Faults of DS records, keys and signatures: checks 13 to 15.

use alloc::format;

use super::world::{Table, World, Zone, answer, asks, check, ds};
use crate::check::Verdict;
use crate::zone::Rtype;

/// The signed zone with this DS record beside its own.
fn and(text: &str) -> World {
    let mut world = World::signed();
    world.subject.ds.insert(ds(text));
    world
}

/// The signed zone with its own DS record and one field changed in another.
fn changed(fields: &str) -> World {
    let tag = Zone::signed().ds().to_text(Rtype::DS);
    let tag = tag.split(' ').next().unwrap();
    and(&format!("{tag} {fields}"))
}

const SHA_256: &str = "00000000000000000000000000000000000000000000000000000000000000FF";
const HOUR: i64 = 3600;

pub(super) const TABLE: Table<'_> = &[
    ("nothing", World::signed, &[]),
    (
        "no DS record",
        || World::with_zone(&Zone::signed().records),
        &["no-ds"],
    ),
    (
        "a DS record of two fields",
        || {
            let mut world = World::signed();
            world
                .subject
                .ds
                .insert(crate::zone::Rdata::from_canonical(&[0, 1, 15]));
            world
        },
        &["ds-malformed"],
    ),
    (
        "an algorithm without a name",
        || changed(&format!("99 2 {SHA_256}")),
        &["ds-algorithm-unknown", "ds-without-key"],
    ),
    (
        "an algorithm that is none for zones",
        || changed(&format!("253 2 {SHA_256}")),
        &["ds-algorithm-unknown", "ds-without-key"],
    ),
    (
        "an algorithm with SHA-1",
        || changed(&format!("7 2 {SHA_256}")),
        &["ds-algorithm-deprecated", "ds-without-key"],
    ),
    (
        "a digest without a name",
        || changed("15 9 AB"),
        &["ds-digest-unknown", "ds-not-compared"],
    ),
    (
        "a digest by SHA-1",
        || changed(&format!("15 1 {}", &SHA_256[..40])),
        &["ds-digest-deprecated", "ds-not-compared"],
    ),
    (
        "a digest too short",
        || changed("15 2 AB"),
        &["ds-digest-length", "ds-without-key"],
    ),
    (
        "a digest more",
        || changed(&format!("15 2 {SHA_256}")),
        &["ds-without-key"],
    ),
    (
        "another digest",
        || {
            let mut world = World::signed();
            world.subject.ds = [ds(&format!("1 15 2 {SHA_256}"))].into();
            world
        },
        &["no-ds-matches"],
    ),
    (
        "no key",
        || {
            World::signed().each(|it| {
                if it.question.rtype == Rtype::DNSKEY {
                    answer(it).records.clear();
                }
            })
        },
        &["no-ds-matches"],
    ),
    (
        "a key of another protocol",
        || Zone::with_key(257, 2).delegated(),
        &["key-not-for-zone"],
    ),
    (
        "a key that is no zone's",
        || Zone::with_key(1, 3).delegated(),
        &["key-not-for-zone"],
    ),
    (
        "a revoked key",
        || Zone::with_key(385, 3).delegated(),
        &["key-revoked"],
    ),
    (
        "a key without the SEP bit",
        || Zone::with_key(256, 3).delegated(),
        &["key-not-entry-point"],
    ),
    (
        "signatures that are over",
        || Zone::valid(-HOUR, -1).delegated(),
        &["signature-expired"],
    ),
    (
        "signatures that are not good yet",
        || Zone::valid(1, HOUR).delegated(),
        &["signature-not-yet-valid"],
    ),
    (
        "signatures until now",
        || Zone::valid(-HOUR, 0).delegated(),
        &[],
    ),
    (
        "signatures from now on",
        || Zone::valid(0, HOUR).delegated(),
        &[],
    ),
    (
        "no signatures",
        || unsigned(|_| true),
        &["signature-missing"],
    ),
    (
        "no signature of the SOA record",
        || unsigned(asks(Rtype::SOA)),
        &["signature-missing"],
    ),
    (
        "other data than was signed",
        || {
            World::signed().each(|it| {
                let soa = "isle. 3600 SOA ns1.isle. admin.isle. 8 1800 900 604800 300";
                let soa = crate::zone::samples::record(soa);
                for record in &mut answer(it).records {
                    if record.rtype == Rtype::SOA {
                        *record = soa.clone();
                    }
                }
            })
        },
        &["signature-wrong"],
    ),
    (
        "a signature by another algorithm",
        || {
            World::signed().each(|it| {
                for record in &mut answer(it).records {
                    if record.rtype == Rtype::RRSIG {
                        let mut wire = record.data.as_wire().to_vec();
                        wire[2] = 16;
                        record.data = crate::zone::Rdata::from_canonical(&wire);
                    }
                }
            })
        },
        &["signature-not-verified"],
    ),
];

/// Without the signatures in answers to these questions.
fn unsigned(which: impl Fn(&crate::check::observation::Observation) -> bool) -> World {
    World::signed().each(|it| {
        if which(it) {
            answer(it)
                .records
                .retain(|record| record.rtype != Rtype::RRSIG);
        }
    })
}

#[test]
fn faults_of_trust_are_found() {
    check(TABLE);
}

#[test]
fn a_signed_delegation_passes_all_fifteen() {
    for judged in World::signed().report().checks {
        assert_eq!(judged.verdict, Verdict::Passed, "{}", judged.check);
    }
}

#[test]
fn checks_of_trust_do_not_apply_without_it() {
    for judged in &World::sound().report().checks[12..] {
        assert_eq!(judged.verdict, Verdict::NotApplicable, "{}", judged.check);
    }
}

/// What a validator refuses whichever server it asks; not what it may accept
/// from one of them, or what cannot be told here.
#[test]
fn a_chain_is_broken_where_no_server_satisfies_the_ds_set() {
    let broken = [
        "another digest",
        "no key",
        "a key of another protocol",
        "a key that is no zone's",
        "a revoked key",
        "signatures that are over",
        "signatures that are not good yet",
        "no signatures",
        "no signature of the SOA record",
        "other data than was signed",
    ];
    for (what, world, _) in TABLE {
        let found = world().report().found();
        assert_eq!(found.broken, broken.contains(what), "{what}");
    }
    let tables = TABLE.iter().map(|(what, _, _)| what);
    let named = tables.filter(|what| broken.contains(what)).count();
    assert_eq!(named, broken.len());
}

#[test]
fn one_server_that_satisfies_the_ds_set_is_enough() {
    let forget = |it: &mut crate::check::observation::Observation| {
        if asks(Rtype::DNSKEY)(it) {
            answer(it).records.clear();
        }
    };
    let addresses: alloc::collections::BTreeSet<_> = {
        let world = World::signed();
        let answers = world.observed.answers.iter();
        answers.map(|it| it.address).collect()
    };
    let one = alloc::format!("{}", addresses.iter().next().unwrap());
    let report = World::signed().at(&one, forget).report();
    assert!(!report.is_broken && report.worst().is_some());
    assert!(World::signed().each(forget).report().is_broken);
}

#[test]
fn what_is_quoted_is_the_worst_and_short_enough() {
    let mut world = World::signed();
    let digest = |at: u8| ds(&format!("{at} 15 2 {}{at:02X}", &SHA_256[..62]));
    world.subject.ds = (0..100).map(digest).collect();
    let found = world.report().found();
    assert!(found.count > 100 && found.findings.len() == crate::limits::FINDINGS_QUOTED_MAX);
    let quoted = |finding: &crate::check::Finding| Some(finding.fault.severity());
    assert!(found.findings.iter().all(|it| quoted(it) == found.worst));
}
