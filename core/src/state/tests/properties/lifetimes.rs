//! Time to react (invariant 10): when an edition is published, every signature in
//! it lasts for fourteen days at least, whatever was signed before, by whichever
//! charter, and however long the signing took.

use core::cell::Cell;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::basic::Time;
use crate::charter::CharterRules;
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::tests::seeded;
use crate::state::Outcome;
use crate::state::tests::histories::{History, Play, histories};
use crate::state::tests::world::{Setting, World};
use crate::zone::Kind;

/// What the principle says.
const TIME_TO_REACT_S: u64 = 14 * DAY_S;
/// Between two editions: minutes, days, and more than a signature lasts.
const WAITS_S: &[u64] = &[
    600,
    DAY_S - 1,
    DAY_S,
    DAY_S + 1,
    3 * DAY_S,
    13 * DAY_S,
    29 * DAY_S,
];
/// While one is signed: at once, and at the very end of its day.
const SIGNING_S: &[u64] = &[0, 600, DAY_S / 2, DAY_S, DAY_S + 1];

/// An edition, if one is due.
#[derive(Clone, Debug)]
struct Round {
    wait_s: u64,
    /// What changes before it.
    change: Option<u8>,
    /// From its plan to its end.
    signing_s: u64,
}

fn round() -> impl Strategy<Value = Round> {
    let parts = (select(WAITS_S), option::of(1..200_u8), select(SIGNING_S));
    parts.prop_map(|(wait_s, change, signing_s)| Round {
        wait_s,
        change,
        signing_s,
    })
}

/// Periods that a charter can have, the least of each among them.
fn rules() -> impl Strategy<Value = CharterRules> {
    let day_or_less = prop_oneof![Just(1), 1..DAY_S, DAY_S..9 * DAY_S];
    let least = prop_oneof![Just(14 * DAY_S), Just(15 * DAY_S), 15 * DAY_S..20 * DAY_S];
    (
        least,
        day_or_less.clone(),
        prop_oneof![Just(0), day_or_less],
    )
        .prop_map(|(refresh_before_s, first_s, rest_s)| CharterRules {
            refresh_before_s,
            first_lifetime_s_min: refresh_before_s + first_s,
            signature_lifetime_s: refresh_before_s + first_s + rest_s,
            ..Setting::plain().rules
        })
}

/// When each of the last edition's signatures ends.
fn ends(world: &World) -> Vec<Time> {
    let zone = world.here().published.as_ref().unwrap();
    let ends = zone.sets().flat_map(|set| {
        let ends = set.rrsigs().map(|rrsig| Time(rrsig.expiration.into()));
        ends.collect::<Vec<_>>()
    });
    ends.collect()
}

impl World {
    /// Works on an edition until its day is over; whether it came.
    fn edition_within(&mut self, round: &Round) -> bool {
        self.pass(round.wait_s);
        if let Some(octet) = round.change {
            let change = self.put_set(&std::format!("ns.example. 60 A 192.0.2.{octet}"));
            if change.old != change.new {
                self.adopt([change]);
            }
        }
        if self.here().due().is_none() {
            return false;
        }
        let session = self.records_session();
        self.accept(&session);
        self.pass(round.signing_s);
        if self.here().open_edition().is_none() {
            return false;
        }
        let session = self.zonemd_session(0);
        self.accept(&session);
        let edition = self.edition();
        self.accept(&edition);
        true
    }

    fn pass(&mut self, seconds: u64) {
        if seconds > 0 {
            let everybody = self.everybody();
            let time = self.now().plus(seconds);
            self.accept(&self.time(&everybody, time));
        }
    }
}

#[test]
fn every_signature_outlives_its_publication_by_fourteen_days() {
    let (editions, given_up, renewed, kept) = (
        Cell::new(0_usize),
        Cell::new(0_usize),
        Cell::new(0_usize),
        Cell::new(0_usize),
    );
    let add = |count: &Cell<usize>, more: usize| count.set(count.get() + more);
    let try_out = |(rules, rounds): (CharterRules, Vec<Round>)| -> Result<(), TestCaseError> {
        let setting = Setting {
            rules,
            ..Setting::plain()
        };
        if setting.charter().check(5).is_err() {
            return Ok(());
        }
        let mut world = World::founded(&setting).with_key().with_time(NOW);
        for round in &rounds {
            if !world.edition_within(round) {
                add(&given_up, usize::from(world.here().due().is_some()));
                continue;
            }
            let until = world.now().plus(TIME_TO_REACT_S);
            let ends = ends(&world);
            prop_assert!(ends.len() > 10);
            for end in &ends {
                prop_assert!(*end >= until, "{end} is before {until}: {round:?}");
            }
            let first = world.here().published.as_ref().unwrap().first_expiration();
            prop_assert_eq!(Some(&first), ends.iter().min());
            let signed = world.here().editions.last().unwrap().sets_signed;
            add(&editions, 1);
            add(&renewed, signed);
            add(&kept, ends.len() - signed);
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(60));
    runner
        .run(&(rules(), vec(round(), 1..12)), try_out)
        .unwrap();
    let counts = [&editions, &given_up, &renewed, &kept].map(Cell::get);
    let least = [80, 10, 500, 100];
    let is_enough = counts
        .iter()
        .zip(least)
        .all(|(count, least)| *count > least);
    assert!(is_enough, "editions, given up, renewed, kept: {counts:?}");
}

#[test]
fn whatever_else_happens_there_is_time_to_react() {
    let editions = Cell::new(0);
    let try_out = |history: History| -> Result<(), TestCaseError> {
        let mut play = Play::new(history.start);
        for step in &history.steps {
            let taken = play.take(step);
            let verdict = taken.as_ref().map(|taken| &taken.verdict);
            if let Some(Ok(Outcome::Published(_))) = verdict {
                let until = play.world.now().plus(TIME_TO_REACT_S);
                for end in ends(&play.world) {
                    prop_assert!(end >= until, "{end} is before {until} after {step:?}");
                }
                editions.set(editions.get() + 1);
            }
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(60));
    let kinds = const { &[Kind::Plain, Kind::Root] };
    runner.run(&histories(kinds), try_out).unwrap();
    assert!(editions.get() > 20, "{} editions", editions.get());
}
