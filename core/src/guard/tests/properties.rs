//! What holds for any change and any evidence.

use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::world::{World, said};
use crate::guard::{Release, Verdict};
use crate::refusal::tests::seeded;

/// Changes, of which a case has some.
const EDITS: [&str; 8] = [
    "-fj. 86400 DS {1}\n",
    "+fj. 86400 DS {2}\n",
    "+fj. 86400 DS {3}\n",
    "-fj. 172800 NS a.fj.\n+fj. 172800 NS x.lu.\n",
    "-fj. 172800 NS b.fj.\n+fj. 172800 NS y.lu.\n",
    "+x.lu. 172800 A 203.0.113.1\n+y.lu. 172800 A 203.0.113.2\n",
    "-a.fj. 172800 A 192.0.2.1\n+a.fj. 172800 A 192.0.2.9\n",
    "-b.fj. 172800 A 198.51.100.1\n+b.fj. 172800 A 192.0.2.8\n",
];

/// Places that may be asked, and what they may say.
const PLACES: [&str; 5] = [
    "fj. old a.fj. 192.0.2.1 ",
    "fj. old b.fj. 198.51.100.1 ",
    "fj. new x.lu. 203.0.113.1 ",
    "fj. new y.lu. 203.0.113.2 ",
    "fj. resolver 203.0.113.53 ",
];
const WORDS: [&str; 10] = [
    "silent",
    "refused",
    "ns a.fj. b.fj.",
    "keys 1 by 1 ns a.fj. b.fj.",
    "keys 1 2 by 1 2 ns a.fj. b.fj.",
    "keys 1 2 by 1 2 ns x.lu. y.lu. a.fj. b.fj. cds 2",
    "keys 1 by 1 cds 0",
    "keys 2 by 2",
    "keys 3 by 3 ns x.lu. y.lu.",
    "keys 1 3 by 3",
];

fn any_edit() -> impl Strategy<Value = String> {
    subsequence(&EDITS, 1..=4).prop_map(|edits| edits.concat())
}

fn any_seen() -> impl Strategy<Value = Vec<String>> {
    let line = (select(&PLACES), select(&WORDS)).prop_map(|(place, words)| {
        let mut line = String::from(place);
        line.push_str(words);
        line
    });
    let lines = proptest::collection::vec(line, 0..6);
    // Each place says one thing.
    lines.prop_map(|mut lines| {
        lines.sort();
        let place = |line: &String| line.split(' ').take(4).collect::<Vec<_>>().join(" ");
        lines.dedup_by_key(|line| place(line));
        lines
    })
}

fn verdicts(edit: &str, seen: &[String]) -> Vec<Verdict> {
    let judgements = World::new(edit, &seen.join("\n")).judge();
    judgements.iter().map(|it| it.verdict).collect()
}

/// What speaks for any of these changes.
const FOR: [&[&str]; 3] = [
    // All old servers are gone, and somebody else is heard.
    &[
        "fj. old a.fj. 192.0.2.1 refused",
        "fj. old b.fj. 198.51.100.1 refused",
    ],
    &["fj. consent"],
    // Their keys do not fit the old DS set.
    &[
        "fj. old a.fj. 192.0.2.1 keys 4 by 4",
        "fj. old b.fj. 198.51.100.1 keys 4 by 4",
    ],
];

proptest! {
    #![proptest_config(seeded(200))]

    #[test]
    fn every_verdict_has_its_reasons_times_and_releases(
        edit in any_edit(),
        seen in any_seen(),
    ) {
        for it in World::new(&edit, &seen.join("\n")).judge() {
            prop_assert!(!it.findings.is_empty());
            prop_assert_eq!(it.due.is_some(), it.verdict == Verdict::Alarmed);
            prop_assert_eq!(it.until.is_some(), it.verdict == Verdict::Held);
            let is_released = it.releases.contains(&Release::Operator);
            prop_assert_eq!(is_released, it.verdict != Verdict::Passed, "{}", said(&it));
            for finding in &it.findings {
                prop_assert!(!finding.text.is_empty() && !finding.record.is_empty());
            }
        }
    }

    #[test]
    fn the_order_of_what_was_seen_does_not_matter(edit in any_edit(), seen in any_seen()) {
        let there = World::new(&edit, &seen.join("\n"));
        let back: Vec<String> = seen.into_iter().rev().collect();
        let mut back = World::new(&edit, &back.join("\n"));
        for seen in back.evidence.names.values_mut() {
            seen.sightings.reverse();
        }
        prop_assert_eq!(there.judge(), back.judge());
    }

    #[test]
    fn nothing_is_held_whose_old_state_is_broken(edit in any_edit(), seen in any_seen()) {
        for broken in [FOR[0], FOR[2]] {
            let others = seen.iter().filter(|line| !line.contains(" old "));
            // A resolver that shows the old keys at work would be another case.
            let others = others.filter(|line| !line.contains(" resolver "));
            let lines = broken.iter().map(|line| String::from(*line));
            let seen: Vec<String> = others.cloned().chain(lines).collect();
            let held = verdicts(&edit, &seen).contains(&Verdict::Held);
            prop_assert!(!held, "{}\n{:?}", edit, seen);
        }
    }

    #[test]
    fn evidence_for_a_change_never_makes_it_worse(edit in any_edit(), seen in any_seen()) {
        // Where a place said something already, that is what it says.
        let seen: Vec<String> = seen.into_iter().filter(|line| !line.contains(" old ")).collect();
        // Nor does it speak for a change that old keys fail where a resolver shows
        // them at work.
        let silent = seen.iter().filter(|line| !line.contains(" resolver "));
        let silent: Vec<String> = silent.cloned().collect();
        for (number, (evidence, seen)) in FOR.into_iter().zip([&seen, &seen, &silent]).enumerate() {
            let before = verdicts(&edit, seen);
            let lines = evidence.iter().map(|line| String::from(*line));
            let more: Vec<String> = seen.iter().cloned().chain(lines).collect();
            let after = verdicts(&edit, &more);
            for (before, after) in before.iter().zip(&after) {
                // That both DS sets fail is worth an alarm.
                let is_worse = after > before && (*after == Verdict::Held || number < 2);
                prop_assert!(!is_worse, "{}\n{:?}: {} {}", edit, more, before, after);
            }
        }
    }

    #[test]
    fn a_signature_under_the_old_keys_never_makes_it_worse(
        edit in any_edit(),
        seen in any_seen(),
    ) {
        let others = |line: &String| !line.contains(" resolver ");
        let seen: Vec<String> = seen.into_iter().filter(others).collect();
        let before = verdicts(&edit, &seen);
        // The old key signs each of the new ones, and names all new servers.
        let proof = "fj. resolver 203.0.113.53 keys 1 2 3 by 1 ns x.lu. y.lu. a.fj. b.fj.";
        let more: Vec<String> = seen.iter().cloned().chain([proof.into()]).collect();
        let after = verdicts(&edit, &more);
        let held = |all: &[Verdict]| all.iter().filter(|it| **it == Verdict::Held).count();
        // Unless it shows that the old state works after all.
        let is_broken = World::new(&edit, &seen.join("\n")).judge().iter().any(|it| {
            let codes = it.reasons();
            codes.iter().any(|it| matches!(it.code(), "hold-would-break" | "chain-broken"
                | "chain-broken-either-way" | "old-servers-silent"))
        });
        prop_assert!(is_broken || held(&after) <= held(&before), "{}\n{:?}", edit, more);
    }
}
