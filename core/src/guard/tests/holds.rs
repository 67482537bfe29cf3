//! What holds for all changes: whole delegations, times, what takes back, batches.

use std::string::ToString;
use std::vec::Vec;

use super::world::{ROOT, Table, World, check};
use crate::basic::Time;
use crate::dnssec::tests::NOW;
use crate::guard::{Judgement, Release, Verdict};

const HOUR: u64 = 3600;

pub(super) const TABLE: Table = &[
    // The NS set is held, and so is the DS set, though by itself it would pass.
    (
        "-fj. 172800 NS a.fj.
         -fj. 172800 NS b.fj.
         +fj. 172800 NS a.nic.lu.
         +fj. 86400 DS {2}",
        "fj. old a.fj. 192.0.2.1 keys 1 2 by 1 ns a.fj.",
        &[
            "fj. ns-replaced held: moved-without-proof",
            "fj. ds-partial held: held-with-delegation, ds-proven-by-child",
        ],
    ),
    // And the other way round.
    (
        "-fj. 172800 NS a.fj.
         -fj. 86400 DS {1}
         +fj. 86400 DS {2}",
        "fj. both b.fj. 198.51.100.1 keys 1 by 1",
        &[
            "fj. ns-partial held: held-with-delegation, new-servers-unsigned, server-kept",
            "fj. ds-replaced held: ds-contradicted-by-child",
        ],
    ),
    // A host that others use and that keeps an address is not held with one of them.
    (
        "-fj. 172800 NS a.fj.
         -fj. 172800 NS b.fj.
         +fj. 172800 NS a.nic.lu.
         +a.fj. 172800 A 192.0.2.9
         +un. 172800 NS a.fj.",
        "",
        &[
            "fj. ns-replaced held: moved-without-proof, evidence-missing",
            "a.fj. host-address passed: address-kept",
            "un. ns-partial passed: server-kept",
        ],
    ),
];

/// Reasons that take a history or a clock, and so have tests by themselves.
pub(super) const BY_THEMSELVES: [&str; 2] = ["old-version-stale", "reverts-earlier"];

#[test]
fn a_delegation_is_held_whole() {
    check(TABLE);
}

/// One name that moves, signed or not.
fn moved(seen: &str) -> World {
    let edit = "
        -un. 172800 NS a.un.
        -un. 172800 NS b.un.
        +un. 172800 NS a.nic.lu.";
    World::new(edit, seen)
}

fn first(world: &World) -> Judgement {
    world.judge().into_iter().next().unwrap()
}

#[test]
fn a_hold_without_evidence_lasts_no_longer_than_caches() {
    let ttl = 48 * HOUR;
    assert_eq!(first(&moved("")).until, Some(NOW.plus(ttl)));
    let mut world = moved("");
    world.current_until = Some(Time(NOW.0 - 40 * HOUR));
    assert_eq!(first(&world).until, Some(NOW.plus(8 * HOUR)));
    world.current_until = Some(Time(NOW.0 - ttl));
    let stale = first(&world);
    assert_eq!((stale.verdict, stale.until), (Verdict::Alarmed, None));
    assert_eq!(stale.reasons()[0].code(), BY_THEMSELVES[0]);
    // What the old servers say now makes up for it.
    world.see("un. old a.un. 192.0.2.2 ns a.un. b.un.", NOW);
    assert_eq!(first(&world).until, Some(NOW.plus(72 * HOUR)));
}

#[test]
fn what_is_held_whole_ends_together() {
    let edit = "
        -fj. 172800 NS a.fj.
        -fj. 172800 NS b.fj.
        -a.fj. 172800 A 192.0.2.1
        -b.fj. 172800 A 198.51.100.1
        +fj. 172800 NS a.nic.lu.
        -fj. 86400 DS {1}
        +fj. 86400 DS {2}";
    let held = World::new(edit, "").judge();
    assert_eq!(held.len(), 4);
    for it in &held[..2] {
        assert_eq!(it.until, Some(NOW.plus(24 * HOUR)), "{}", it.change);
    }
    // The addresses of its old servers last longer in caches, and may.
    assert!(held[2..].iter().all(|it| it.until >= held[0].until));
}

#[test]
fn an_alarm_waits_for_evidence_and_no_longer() {
    let withdrawn = |seen| first(&World::new("-fj. 86400 DS {1}", seen));
    assert_eq!(withdrawn("").due, Some(NOW.plus(6 * HOUR)));
    let intact = withdrawn("fj. both a.fj. 192.0.2.1 keys 1 by 1");
    assert_eq!(intact.due, Some(NOW));
    assert!(intact.releases.contains(&Release::OldStateBreaks));
    let proven = withdrawn("fj. both a.fj. 192.0.2.1 keys 1 by 1 cds 0");
    assert_eq!((proven.due, proven.releases), (None, Vec::new()));
}

#[test]
fn what_was_seen_counts_for_an_hour_and_not_from_the_future() {
    for (time, expected) in [
        (NOW.0 - HOUR - 1, Verdict::Alarmed),
        (NOW.0 - HOUR, Verdict::Passed),
        (NOW.0, Verdict::Passed),
        (NOW.0 + 1, Verdict::Alarmed),
    ] {
        let mut world = World::new("-fj. 86400 DS {1}\n+fj. 86400 DS {2}", "");
        world.see("fj. both a.fj. 192.0.2.1 keys 1 2 by 1 2", Time(time));
        assert_eq!(first(&world).verdict, expected, "{time}");
    }
}

#[test]
fn taking_back_what_nobody_proved_is_no_hold() {
    let back = "
        -un. 172800 NS a.nic.lu.
        +un. 172800 NS a.un.
        +un. 172800 NS b.un.";
    let moved_root = ROOT
        .replace("un. 172800 NS a.un.", "un. 172800 NS a.nic.lu.")
        .replace("un. 172800 NS b.un.\n", "\n");
    let day = 24 * HOUR;
    for (seen, days_ago, expected) in [
        (
            "",
            1,
            "un. ns-replaced alarmed: reverts-earlier, moved-without-proof, evidence-missing",
        ),
        (
            "",
            31,
            "un. ns-replaced alarmed: reverts-earlier, moved-without-proof, evidence-missing",
        ),
        (
            "",
            32,
            "un. ns-replaced held: moved-without-proof, evidence-missing",
        ),
        // The first move was the child's own.
        (
            "un. old a.un. 192.0.2.2 ns a.nic.lu.
             un. old b.un. 198.51.100.2 ns a.nic.lu.",
            1,
            "un. ns-replaced held: moved-without-proof, evidence-missing, reverts-earlier",
        ),
    ] {
        let mut world = World::between(&moved_root, back, "");
        moved(seen).judge_with(|explained, judgements| {
            let then = Time(NOW.0 - days_ago * day);
            world.history.note(explained, &judgements, 7, then);
        });
        assert_eq!(world.said()[0], expected, "{days_ago} {seen}");
    }
    // A holder's word is its word.
    let mut world = World::between(&moved_root, back, "un. dissent");
    moved("").judge_with(|explained, judgements| {
        world.history.note(explained, &judgements, 7, NOW);
    });
    assert_eq!(first(&world).verdict, Verdict::Held);
}

#[test]
fn what_is_forgotten_is_not_taken_back() {
    let mut world = moved("");
    let back = World::between(
        "
        . 86400 SOA a. b. 7 1 2 3 4
        . 518400 NS a.",
        "+un. 60 NS a.",
        "",
    );
    world.judge_with(|explained, judgements| {
        let mut history = back.history.clone();
        history.note(explained, &judgements, 7, NOW);
        assert_ne!(history, back.history);
        history.forget_before(NOW.plus(1));
        assert_eq!(history, back.history);
    });
    world.history = back.history;
    assert_eq!(first(&world).verdict, Verdict::Held);
}

#[test]
fn a_delegation_that_is_held_whole_is_one_finding() {
    let (edit, seen, _) = TABLE[0];
    let judgements = World::new(edit, seen).judge();
    let told: Vec<bool> = judgements.iter().map(Judgement::is_told).collect();
    assert_eq!(told, [true, false]);
}

#[test]
fn names_of_one_operator_are_one_finding() {
    let root = "
        . 86400 SOA a. b. 7 1 2 3 4
        . 518400 NS a.
        be. 60 NS a.be.
        a.be. 60 A 192.0.2.1
        de. 60 NS a.de.
        a.de. 60 A 192.0.2.2
        fr. 60 NS a.fr.
        a.fr. 60 A 198.51.100.1
        nz. 60 NS a.nz.
        a.nz. 60 A 192.0.2.3";
    let edit = "
        -be. 60 NS a.be.
        +be. 60 NS x.be.
        +x.be. 60 A 203.0.113.1
        -de. 60 NS a.de.
        +de. 60 NS x.de.
        +x.de. 60 A 203.0.113.2
        -fr. 60 NS a.fr.
        +fr. 60 NS x.fr.
        +x.fr. 60 A 203.0.113.3
        -nz. 60 NS a.nz.
        +nz. 60 NS x.nz.
        +x.nz. 60 A 203.0.113.4";
    let batches = |world: &World| -> Vec<(std::string::String, Option<usize>, bool)> {
        let judgements = world.judge().into_iter();
        let names = judgements.filter(|it| it.change.as_str() == "ns-replaced");
        names
            .map(|it| {
                let count = it.batch.as_ref().map(|batch| batch.names);
                (it.name.to_string(), count, it.is_told())
            })
            .collect()
    };
    // `fr.` comes from another network.
    let mut world = World::between(root, edit, "");
    assert_eq!(
        batches(&world),
        [
            ("be.".to_string(), Some(3), true),
            ("de.".to_string(), Some(3), false),
            ("fr.".to_string(), None, true),
            ("nz.".to_string(), Some(3), false),
        ]
    );
    // One that is judged otherwise is not hidden among them.
    world.see("nz. consent", NOW);
    assert_eq!(batches(&world)[0].1, Some(2));
    assert_eq!(batches(&world)[3].1, None);
}
