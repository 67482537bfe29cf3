//! What members saw of the upstream, and what the secretariat makes of it.

use comity_core::act::json;
use comity_core::basic::Digest;
use comity_core::edition::serial;
use comity_core::guard::Verdict;
use comity_core::message::{HeldName, SeenUpstream, UpstreamChanges, UpstreamReport};
use comity_core::state::DivergenceReason;
use comity_core::zone::{Change, Contents, Name, RecordSet, Rtype, difference};

use rand_chacha::rand_core::SeedableRng as _;

use super::table::Table;
use crate::engine::{EngineError, Report};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Upstream's next version after what is recorded, with one name more or less.
fn next(table: &Table, add: &str, remove: Option<&str>) -> Contents {
    let before = &table.founded().upstream.as_ref().unwrap().contents;
    let soa = before.get(before.origin(), Rtype::SOA).unwrap();
    let data = soa.data.first().unwrap();
    let numbered = format!(
        "a.root. table. {} 1800 900 604800 86400",
        serial::of_soa(data) + 1
    );
    let set = |rtype, text: &str| {
        RecordSet::of_one(
            86_400,
            comity_core::zone::Rdata::from_text(rtype, text).unwrap(),
        )
    };
    let change = |owner: &Name, rtype, new| Change {
        name: owner.clone(),
        rtype,
        old: before.get(owner, rtype).cloned(),
        new,
    };
    let mut changes = vec![
        change(
            before.origin(),
            Rtype::SOA,
            Some(set(Rtype::SOA, &numbered)),
        ),
        change(&name(add), Rtype::NS, Some(set(Rtype::NS, "a.root."))),
    ];
    changes.extend(remove.map(|owner| change(&name(owner), Rtype::NS, None)));
    before.following(&changes).unwrap()
}

fn report(table: &Table, at: usize, version: &Contents, held: &[&str]) -> UpstreamReport {
    let recorded = table.founded().upstream.as_ref().unwrap();
    let soa = version.get(version.origin(), Rtype::SOA).unwrap();
    let held = held.iter().map(|held| HeldName {
        name: name(held),
        reason: "removed-but-answers".into(),
    });
    let held: Vec<HeldName> = held.collect();
    let seen = SeenUpstream {
        ledger: table.founded().ledger,
        serial: serial::of_soa(soa.data.first().unwrap()),
        digest: Digest::of(&version.to_wire()),
        verdict: if held.is_empty() {
            Verdict::Passed
        } else {
            Verdict::Held
        },
        held,
    };
    UpstreamReport {
        seen: table.seats[at].identity.signed(&seen),
        since: recorded.position,
        changes: UpstreamChanges {
            changes: difference(&recorded.contents, version),
        },
    }
}

fn send(table: &mut Table, report: &UpstreamReport) -> Result<(), String> {
    let members = table.engine.members();
    let read = Report::read(&json::encode(report), members.as_deref());
    let taken = read.and_then(|report| table.engine.submit_report(report));
    table.pass(0);
    taken.map_err(|error| match error {
        EngineError::Refused(refusal) => refusal.rule().into(),
        other => other.to_string(),
    })
}

fn serial_of(table: &Table) -> u32 {
    table.founded().upstream.as_ref().unwrap().serial
}

#[test]
fn what_a_threshold_saw_is_on_the_ledger_and_what_fewer_saw_is_not() {
    let mut table = Table::root(5, 3);
    let before = serial_of(&table);
    let version = next(&table, "new.", None);
    for at in 0..2 {
        let sent = report(&table, at, &version, &[]);
        assert_eq!(send(&mut table, &sent), Ok(()));
        // The same member again is the same member.
        assert_eq!(send(&mut table, &sent), Ok(()));
        assert_eq!(serial_of(&table), before);
    }
    // Two of others, who saw something else, are no threshold of anything.
    let other = next(&table, "evil.", None);
    for at in 3..5 {
        let sent = report(&table, at, &other, &[]);
        assert_eq!(send(&mut table, &sent), Ok(()));
        assert_eq!(serial_of(&table), before);
    }
    let sent = report(&table, 2, &version, &[]);
    assert_eq!(send(&mut table, &sent), Ok(()));
    assert_eq!(serial_of(&table), before + 1);
    let new = table.founded().contents.delegation(&name("new."));
    assert!(new.is_some());
}

#[test]
fn what_is_held_is_let_go_when_enough_members_say_so() {
    let mut table = Table::root(5, 3);
    let version = next(&table, "new.", Some("lagoon."));
    for at in 0..3 {
        let sent = report(&table, at, &version, &["lagoon."]);
        assert_eq!(send(&mut table, &sent), Ok(()));
    }
    let divergences = table.founded().divergences();
    assert!(matches!(
        divergences[0].reason,
        DivergenceReason::Held { .. }
    ));
    // Each says anew what it saw, since the ledger has something else now.
    for at in [4, 3, 2] {
        assert_eq!(table.founded().divergences().len(), 1);
        let sent = report(&table, at, &version, &[]);
        assert_eq!(send(&mut table, &sent), Ok(()));
    }
    assert!(table.founded().divergences().is_empty());
    assert!(
        table
            .founded()
            .contents
            .delegation(&name("lagoon."))
            .is_none()
    );
}

/// What is wrong with a report, how it is made so, and what is said to it.
type Row = (&'static str, fn(&Table, &mut UpstreamReport), &'static str);

const ROWS: &[Row] = &[
    (
        "is of what the ledger had before",
        |_, report| report.since += 1,
        "not wanted now",
    ),
    (
        "leaves a change out",
        |_, report| drop(report.changes.changes.pop()),
        "upstream-changes",
    ),
    (
        "changes what is not so",
        |_, report| report.changes.changes[0].old = None,
        "zone",
    ),
    (
        "is another message",
        |table, report| {
            let other = comity_core::act::Departure {
                rules: comity_core::act::RULES,
                ledger: table.founded().ledger,
                reason: String::new(),
            };
            report.seen = table.seats[0].identity.signed(&other);
        },
        "format",
    ),
    (
        "is of another ledger",
        |table, report| {
            let mut seen: SeenUpstream = report.seen.payload().unwrap();
            seen.ledger = Digest([7; 32]);
            report.seen = table.seats[0].identity.signed(&seen);
        },
        "upstream-seen",
    ),
    (
        "holds what it lets pass",
        |table, report| {
            let mut seen: SeenUpstream = report.seen.payload().unwrap();
            seen.verdict = Verdict::Held;
            report.seen = table.seats[0].identity.signed(&seen);
        },
        "upstream-seen",
    ),
    (
        "is nobody's",
        |_, report| {
            let mut seed = rand_chacha::ChaCha20Rng::from_seed([9; 32]);
            let stranger = comity_sign::identity::Identity::generate(&mut seed);
            let seen: SeenUpstream = report.seen.payload().unwrap();
            report.seen = stranger.signed(&seen);
        },
        "not-entitled",
    ),
];

#[test]
fn refuses_a_report_that() {
    let mut table = Table::root(3, 2);
    let version = next(&table, "new.", None);
    for (what, change, expected) in ROWS {
        let mut sent = report(&table, 0, &version, &[]);
        change(&table, &mut sent);
        assert_eq!(send(&mut table, &sent), Err((*expected).into()), "{what}");
    }
    // Not even where another's right one is known.
    let right = report(&table, 1, &version, &[]);
    assert_eq!(send(&mut table, &right), Ok(()));
    for (what, change, expected) in ROWS {
        let mut sent = report(&table, 0, &version, &[]);
        change(&table, &mut sent);
        assert_eq!(send(&mut table, &sent), Err((*expected).into()), "{what}");
    }
    let mut plain = Table::new(3, 2);
    let taken = Report::read(&json::encode(&right), plain.engine.members().as_deref());
    let taken = taken.and_then(|report| plain.engine.submit_report(report));
    assert!(taken.is_err_and(|error| error.to_string().contains("upstream")));
}
