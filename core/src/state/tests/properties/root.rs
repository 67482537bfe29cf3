//! One root (invariant 12): what nobody holds is as upstream has it, or the
//! difference is listed with its reason and its end; a name that upstream lacks is
//! one that it removed against its holder; and nobody decides about what nobody
//! holds.

use core::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::act::{Act, Proposal};
use crate::refusal::tests::seeded;
use crate::state::tests::histories::{History, Play, histories};
use crate::state::{DivergenceReason, Founded};
use crate::zone::{Change, Contents, Kind, Name, RecordSet, Rtype, SetKey};

type Zone = BTreeMap<SetKey, RecordSet>;

/// All but the SOA record, whose serial is derived.
fn zone_of(contents: &Contents) -> Zone {
    let sets = contents.sets().filter(|(key, _)| key.rtype != Rtype::SOA);
    sets.map(|(key, set)| (key, set.clone())).collect()
}

fn put(zone: &mut Zone, changes: &[Change]) {
    for change in changes.iter().filter(|it| it.rtype != Rtype::SOA) {
        let key = SetKey::new(&change.name, change.rtype);
        match &change.new {
            Some(new) => zone.insert(key, new.clone()),
            None => zone.remove(&key),
        };
    }
}

fn top(name: &Name) -> Name {
    let mut names = name.and_ancestors();
    names.find(|name| name.label_count() <= 1).unwrap()
}

/// The names in which two versions differ.
fn apart(one: &Zone, other: &Zone) -> BTreeSet<Name> {
    let keys = one.keys().chain(other.keys());
    let keys = keys.filter(|key| one.get(key) != other.get(key));
    keys.map(|key| top(&key.owner)).collect()
}

fn is_held(state: &Founded, name: &Name) -> bool {
    state.held.keys().any(|held| name.is_at_or_below(held))
}

/// Whether a proposal is about a name that nobody holds: one that is not there,
/// or its delegation.
fn is_about_unheld(state: &Founded, proposal: &Proposal) -> bool {
    let changes = proposal.changes.iter();
    changes
        .filter(|change| change.old != change.new)
        .any(|change| change.name != Name::root() && !is_held(state, &change.name))
}

/// What is asked after each step.
fn check(state: &Founded, upstream: &Zone, counts: &Counts) -> Result<(), TestCaseError> {
    let zone = zone_of(&state.contents);
    let divergences = state.divergences();
    let listed = divergences.iter().map(|it| it.name.clone());
    prop_assert_eq!(listed.collect::<BTreeSet<_>>(), apart(&zone, upstream));
    for it in &divergences {
        let is_listed_so = match &it.reason {
            DivergenceReason::Apex => it.name == Name::root() && it.until.is_none(),
            DivergenceReason::Holder { .. } => it.changes.iter().any(|it| is_held(state, &it.name)),
            DivergenceReason::Held { .. } | DivergenceReason::Notice { .. } => {
                it.until > state.time && it.since <= state.time
            }
            DivergenceReason::InUse { because } => !because.is_empty() && !state.held.is_empty(),
        };
        prop_assert!(is_listed_so, "{it:?}");
        counts.add(match &it.reason {
            DivergenceReason::Apex => "apex",
            DivergenceReason::Holder { .. } => "holder",
            DivergenceReason::Held { .. } => "held",
            DivergenceReason::Notice { .. } => "notice",
            DivergenceReason::InUse { .. } => "in use",
        });
    }
    for (name, _) in state.contents.delegations() {
        let key = SetKey::new(name, Rtype::NS);
        let is_late = divergences
            .iter()
            .any(|it| it.name == top(name) && it.until.is_some());
        let is_in_use = |it: &crate::state::Divergence| {
            it.name == top(name) && matches!(it.reason, DivergenceReason::InUse { .. })
        };
        let is_known = upstream.contains_key(&key) || is_held(state, name) || is_late;
        let is_known = is_known || divergences.iter().any(is_in_use);
        prop_assert!(is_known, "{name} is this root's alone");
    }
    Ok(())
}

#[derive(Default)]
struct Counts(Cell<BTreeMap<&'static str, usize>>);

impl Counts {
    fn add(&self, what: &'static str) {
        let mut counts = self.0.take();
        *counts.entry(what).or_default() += 1;
        self.0.set(counts);
    }
}

#[test]
fn a_root_is_as_upstream_has_it_and_every_difference_is_listed() {
    let counts = Counts::default();
    let try_out = |history: History| -> Result<(), TestCaseError> {
        let mut play = Play::new(history.start);
        let mut upstream: Option<Zone> = None;
        for step in &history.steps {
            let before = play.world.here_if_founded().cloned();
            let Some(taken) = play.take(step) else {
                continue;
            };
            let Some(state) = play.world.here_if_founded() else {
                continue;
            };
            let upstream = upstream.get_or_insert_with(|| zone_of(&state.contents));
            if let (Act::Upstream(act), true) = (&taken.act, taken.is_accepted()) {
                put(upstream, &act.changes);
            }
            check(state, upstream, &counts)?;
            let Some(before) = before else { continue };
            let has_changed = before.contents != state.contents;
            match &taken.act {
                Act::Proposal(proposal) if is_about_unheld(&before, proposal) => {
                    prop_assert!(!taken.is_accepted(), "{step:?}");
                    counts.add("refused");
                }
                Act::Decision(_) if has_changed => counts.add("adopted"),
                Act::Upstream(_) | Act::Time(_) if has_changed => {
                    let changed = apart(&zone_of(&before.contents), &zone_of(&state.contents));
                    let mut changed = changed.iter();
                    prop_assert!(!changed.any(|name| state.held.contains_key(name)));
                    counts.add(match taken.act {
                        Act::Time(_) => "followed in time",
                        _ => "followed",
                    });
                }
                _ => prop_assert!(
                    !has_changed || matches!(taken.act, Act::Decision(_) | Act::Merge(_)),
                    "{step:?}"
                ),
            }
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(80));
    runner.run(&histories(&[Kind::Root]), try_out).unwrap();
    let counts = counts.0.into_inner();
    for (what, least) in [
        ("refused", 50),
        ("adopted", 20),
        ("followed", 20),
        ("followed in time", 3),
        ("apex", 3),
        ("holder", 20),
        ("held", 10),
        ("notice", 5),
    ] {
        let seen = counts.get(what).copied().unwrap_or_default();
        assert!(seen >= least, "{what}: {counts:?}");
    }
}
