//! Presets, and votes whose outcome is known (`vectors/`).

use std::collections::BTreeSet;
use std::path::Path;
use std::string::String;
use std::vec::Vec;
use std::{fs, str};

use serde::{Deserialize, Serialize};

use super::*;
use crate::act::json;
use crate::vote::presets::{NamedRule, PRESETS, Reading};
use crate::vote::{Preset, Rejection, Verdict, explain, preset, verdict};

fn presets() -> impl Iterator<Item = Preset> {
    PRESETS.map(|name| preset(name).unwrap()).into_iter()
}

#[test]
fn every_preset_can_be_applied() {
    for found in presets() {
        for NamedRule { name, rule, .. } in &found.rules {
            assert_eq!(rule.check(), Ok(()), "{}: {name}", found.name);
            assert_eq!(found.rule(name), Some(rule));
        }
        assert_eq!(found.rule("none"), None);
    }
    assert_eq!(
        presets().map(|found| found.name).collect::<Vec<_>>(),
        PRESETS
    );
    assert_eq!(preset("none"), None);
    let simple = preset("unga").unwrap();
    assert_eq!(simple.rule("simple"), Some(&VotingRule::USUAL));
}

#[test]
fn every_field_of_a_preset_says_where_it_comes_from() {
    let fields = [
        "quorum",
        "majority",
        "tie",
        "postponed",
        "silence",
        "deadline_s_min",
        "early_end",
        "votes",
    ];
    for found in presets() {
        for rule in &found.rules {
            let of_rule = found
                .sources
                .iter()
                .filter(|source| source.rule == rule.name);
            let named: BTreeSet<&str> = of_rule.map(|source| source.field.as_str()).collect();
            for field in fields {
                assert!(
                    named.contains(field),
                    "{}: {}: {field}",
                    found.name,
                    rule.name
                );
            }
            assert!(named.is_subset(&fields.into_iter().chain(["amendments"]).collect()));
        }
        let rules: BTreeSet<_> = found.rules.iter().map(|rule| &rule.name).collect();
        for source in &found.sources {
            assert!(rules.contains(&source.rule), "{source:?}");
            assert!(
                !source.text.is_empty() && !source.provision.is_empty(),
                "{source:?}"
            );
            // What was read was read somewhere, and only that.
            let is_read = source.read == Reading::Read;
            assert_eq!(is_read, !source.seen.is_empty(), "{source:?}");
            assert_eq!(
                source.read == Reading::Ours,
                source.text == "Comity",
                "{source:?}"
            );
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    vectors: Vec<Vector>,
}

/// A vote whose outcome is known.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    preset: String,
    rule: String,
    put_off_before: bool,
    figures: Figures,
    closed: bool,
    verdict: Verdict,
    sentence: String,
    source: String,
}

fn vectors() -> Vec<Vector> {
    [
        include_str!("../vectors/abstentions.json"),
        include_str!("../vectors/basic-texts.json"),
        include_str!("../vectors/dubai-2012.json"),
        include_str!("../vectors/e164.json"),
        include_str!("../vectors/quorum.json"),
        include_str!("../vectors/ties.json"),
        include_str!("../vectors/unga-important.json"),
    ]
    .into_iter()
    .flat_map(|file| {
        let text = file.strip_suffix('\n').unwrap();
        json::decode::<Vectors>(text.as_bytes()).unwrap().vectors
    })
    .collect()
}

#[test]
fn known_votes_have_their_known_outcome() {
    let mut seen = Vec::new();
    for vector in vectors() {
        let preset = preset(&vector.preset).unwrap();
        let rule = preset.rule(&vector.rule).unwrap();
        let rule = if vector.put_off_before {
            rule.when_put_off_before()
        } else {
            rule.clone()
        };
        let count = count(&rule, vector.figures);
        let found = verdict(&rule, &count, vector.closed);
        assert_eq!(found, vector.verdict, "{}", vector.name);
        assert_eq!(
            explain(&rule, &count, found),
            vector.sentence,
            "{}",
            vector.name
        );
        seen.push(found);
    }
    for expected in [
        Verdict::Open,
        Verdict::Carried,
        Verdict::Rejected(Rejection::Tie),
        Verdict::Rejected(Rejection::NoMajority),
        Verdict::NoQuorum,
        Verdict::Postponed,
    ] {
        assert!(seen.contains(&expected), "no vector gives {expected:?}");
    }
}

#[test]
fn the_guide_has_every_known_vote_and_every_provision() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/voting.md");
    let guide = fs::read_to_string(path).unwrap();
    let guide = guide.split_whitespace().collect::<Vec<_>>().join(" ");
    for vector in vectors() {
        assert!(guide.contains(&vector.sentence), "{}", vector.sentence);
    }
    for found in presets() {
        let taken = found
            .sources
            .iter()
            .filter(|source| source.read != Reading::Ours);
        for source in taken {
            assert!(guide.contains(&source.provision), "{}", source.provision);
            assert!(guide.contains(&source.text), "{}", source.text);
        }
    }
}
