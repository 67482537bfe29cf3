//! Simulations that are part of every check: sixteen seeds, four days on which more
//! than a third walk out, and that a seed says all.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::process::Command;

use comity_sim::plan::Plan;
use comity_sim::run::Simulation;

/// Months in which keys take others' places, and one is out of use in the end.
const MONTHS: u64 = 1;

fn hold(seeds: std::ops::RangeInclusive<u64>) {
    for seed in seeds {
        let report = Simulation::new(seed).unwrap().run();
        assert!(report.broken.is_none(), "{report}");
        assert!(report.editions > 0, "{report}");
    }
}

#[test]
fn seeds_1_to_4_hold() {
    hold(1..=4);
}

#[test]
fn seeds_5_to_8_hold() {
    hold(5..=8);
}

#[test]
fn seeds_9_to_12_hold() {
    hold(9..=12);
}

#[test]
fn seeds_13_to_16_hold() {
    hold(13..=16);
}

/// Somebody leaves while a session waits for its quorum, which is lower from then on.
#[test]
fn a_seed_in_which_the_quorum_sinks_under_a_session_holds() {
    hold(1_795_746_097_275..=1_795_746_097_275);
}

/// Records are signed by one epoch's shares, and ZONEMD by those of the next.
#[test]
fn a_seed_in_which_another_epoch_signs_between_the_sessions_of_an_edition_holds() {
    hold(1_795_752_260_189..=1_795_752_260_189);
}

/// After days of storm, one who commits and is silent is asked before an honest one
/// who fell silent later.
#[test]
fn a_seed_in_which_the_silent_are_asked_once_more_after_a_long_storm_holds() {
    hold(1_795_760_044_251..=1_795_760_044_251);
}

/// More than a third walk out, and the key outlives them.
fn hold_on_the_day(seeds: std::ops::RangeInclusive<u64>) {
    for seed in seeds {
        let plan = Plan::day(seed);
        assert!(plan.leave * 3 > plan.members, "{plan:?}");
        // Those who stay deal, and once more when others have come.
        let epochs = if plan.newcomers == 0 { 2 } else { 3 };
        let report = Simulation::of(plan).unwrap().run();
        assert!(report.broken.is_none(), "{report}");
        assert!(report.editions >= 3 && report.epochs >= epochs, "{report}");
    }
}

#[test]
fn days_1_and_2_hold() {
    hold_on_the_day(1..=2);
}

#[test]
fn days_3_and_4_hold() {
    hold_on_the_day(3..=4);
}

/// One key follows another, and resolvers follow them.
#[test]
fn months_of_rolls_hold() {
    let report = Simulation::of(Plan::rolls(MONTHS)).unwrap().run();
    assert!(report.broken.is_none(), "{report}");
    let (keys, gone) = report.keys;
    assert!(keys > 1 && gone > 0, "{report}");
}

/// Neither the order of a hash map, nor the time, nor a thread has a say: not in
/// this process, nor in another.
#[test]
fn the_same_seed_is_the_same_run() {
    let seed = 8;
    let here = Simulation::new(seed).unwrap().run();
    let other = Simulation::new(seed + 1).unwrap().run();
    assert_ne!(here.trace, other.trace);
    let program = env!("CARGO_BIN_EXE_comity-sim");
    let said = Command::new(program)
        .args(["--json", "--seed", &seed.to_string()])
        .output()
        .unwrap();
    let there: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(there["trace"], here.trace.to_string());
    assert_eq!(there["steps"], here.steps);
}
