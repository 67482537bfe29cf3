//! The text is pinned; what is not known is not in it.

use std::collections::BTreeSet;

use comity_core::guard::Verdict;
use comity_core::state::{
    CeremonyReason, Divergence, DivergenceReason, DueCeremony, Following, Published,
};
use comity_core::zone::Name;

use super::*;

const NOW: Time = Time(1_767_096_000);

fn exposure(epoch: u32, attempt: u32, exposed: &[usize]) -> Exposure {
    Exposure {
        epoch,
        attempt,
        threshold: 3,
        exposed: exposed.iter().copied().collect(),
        kept: BTreeSet::new(),
    }
}

fn measured() -> Measured {
    let figures = Figures {
        ledger_size: 41,
        ledger_time: Some(Time(NOW.0 - 90)),
        cosigning: Cosigning {
            cosigned: 3,
            quorum: 4,
            has_quorum: false,
            quorum_time: Some(Time(NOW.0 - 300)),
        },
        members: 5,
        members_present: 4,
        edition: Some(Published {
            edition: 7,
            serial: 2_025_123_007,
            time: Time(NOW.0 - 600),
        }),
        first_expiration: Some(NOW.plus(14 * 86_400)),
        exposures: vec![
            exposure(1, 0, &[4]),
            exposure(2, 1, &[]),
            exposure(1, 2, &[2, 4]),
        ],
        upstream: Some(Following {
            serial: 2_025_123_001,
            act: 40,
            verdict: Verdict::Passed,
            divergences: vec![Divergence {
                name: Name::root(),
                since: None,
                reason: DivergenceReason::Apex,
                until: None,
                changes: Vec::new(),
            }],
        }),
        ceremony: Some(DueCeremony {
            key: None,
            epoch: 3,
            reason: CeremonyReason::Membership,
            drill: false,
            threshold: 3,
            receivers: BTreeSet::from([0, 1, 2, 3]),
            receivers_min: 3,
        }),
    };
    Measured {
        figures,
        serving: Some(Serving {
            serves: true,
            read: Some(Time(NOW.0 - 1)),
        }),
    }
}

/// The text of figures is that of a file. To renew that after a change that is meant,
/// run the test with `COMITY_GOLDEN=write`.
pub(crate) fn assert_pinned(text: &str, path: &str) {
    // A family has no order of its own.
    let mut lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by_mut(|one, other| {
        let name = |line: &str| line.split('{').next().map(str::to_string);
        one.contains('{') && name(one) == name(other)
    }) {
        run.sort_unstable();
    }
    let text = lines.join("\n") + "\n";
    if std::env::var_os("COMITY_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
}

#[test]
fn the_text_of_an_example_is_as_pinned() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/metrics/example.txt");
    assert_pinned(&write(&measured(), NOW).unwrap(), path);
}

#[test]
fn every_figure_says_what_it_is_and_no_name_lies_about_its_unit() {
    let text = write(&measured(), NOW).unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(name.starts_with("comity_"), "{line}");
        let help = format!("# HELP {name} ");
        assert!(text.lines().any(|line| line.starts_with(&help)), "{name}");
        let unit = format!("# UNIT {name} seconds");
        let is_time = text.lines().any(|line| line == unit);
        assert_eq!(name.ends_with("_seconds"), is_time, "{name}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn the_countdown_goes_on_below_zero() {
    let value = |now| {
        let text = write(&measured(), now).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("comity_signatures_remaining_seconds "));
        line.unwrap().split(' ').next_back().unwrap().to_string()
    };
    assert_eq!(value(NOW), "1209600");
    assert_eq!(value(NOW.plus(14 * 86_400 + 5)), "-5");
}

#[test]
fn what_is_not_known_yet_is_left_out() {
    let text = write(&Measured::default(), NOW).unwrap();
    for absent in ["_timestamp", "_remaining", "_edition", "_mirror", "epoch="] {
        assert!(!text.contains(absent), "{absent}:\n{text}");
    }
    assert!(text.contains("comity_ledger_acts 0\n"));
}
