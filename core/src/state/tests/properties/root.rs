//! One root (invariant 12), as far as it is built: a root has no name that it
//! did not begin with, but what holders put below their own; and nobody
//! decides about what nobody holds, which follows upstream. That upstream's own
//! changes are taken over, and that a difference ends, is not built.

use core::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::act::{Act, Proposal};
use crate::refusal::tests::seeded;
use crate::state::Founded;
use crate::state::tests::histories::{History, Play, histories};
use crate::zone::Kind;
use crate::zone::{Contents, Name, RecordSet, Rtype, SetKey};

fn owners(contents: &Contents) -> BTreeSet<Name> {
    contents.sets().map(|(key, _)| key.owner).collect()
}

fn is_held(state: &Founded, name: &Name) -> bool {
    state.held.keys().any(|held| name.is_at_or_below(held))
}

/// The NS and DS sets of names that nobody holds.
fn unheld(state: &Founded, contents: &Contents) -> BTreeMap<SetKey, RecordSet> {
    let sets = contents.sets().filter(|(key, _)| {
        key.owner != Name::root()
            && matches!(key.rtype, Rtype::NS | Rtype::DS)
            && !is_held(state, &key.owner)
    });
    sets.map(|(key, set)| (key, set.clone())).collect()
}

/// Whether a proposal is about a name that nobody holds: one that is not there,
/// or its delegation.
fn is_about_unheld(state: &Founded, proposal: &Proposal) -> bool {
    let changes = proposal.changes.iter();
    changes
        .filter(|change| change.old != change.new)
        .any(|change| {
            let is_delegation = matches!(change.rtype, Rtype::NS | Rtype::DS);
            change.name != Name::root()
                && !is_held(state, &change.name)
                && (is_delegation || change.old.is_none())
        })
}

#[test]
fn a_root_has_no_name_that_it_did_not_begin_with() {
    let counts = [const { Cell::new(0) }; 3];
    let [refused, adopted, upstream] = &counts;
    let count = |count: &Cell<usize>, is_so: bool| count.set(count.get() + usize::from(is_so));
    let try_out = |history: History| -> Result<(), TestCaseError> {
        let mut play = Play::new(history.start);
        let mut first: Option<Contents> = None;
        for step in &history.steps {
            let before = play.world.here_if_founded().cloned();
            let Some(taken) = play.take(step) else {
                continue;
            };
            let Some(state) = play.world.here_if_founded() else {
                continue;
            };
            let first = first.get_or_insert_with(|| state.contents.clone());
            let known = owners(first);
            for owner in owners(&state.contents) {
                let is_own = known.contains(&owner) || is_held(state, &owner);
                prop_assert!(is_own, "{owner} came by {step:?}");
                // Below the root itself there is nothing new at all.
                let top = owner.and_ancestors().find(|name| name.label_count() == 1);
                let was_there = |top| first.sets().any(|(key, _)| key.owner.is_at_or_below(&top));
                prop_assert!(top.is_none_or(was_there), "{owner} came by {step:?}");
            }
            prop_assert_eq!(unheld(state, &state.contents), unheld(state, first));
            let Some(before) = before else { continue };
            match &taken.act {
                Act::Proposal(proposal) if is_about_unheld(&before, proposal) => {
                    prop_assert!(!taken.is_accepted(), "{step:?}");
                    count(refused, true);
                }
                Act::Decision(_) => {
                    count(adopted, before.contents != state.contents);
                }
                // Upstream is recorded, and nothing follows from it.
                act => {
                    prop_assert!(before.contents == state.contents, "{step:?}");
                    count(
                        upstream,
                        taken.is_accepted() && matches!(act, Act::Upstream(_)),
                    );
                }
            }
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(60));
    runner.run(&histories(&[Kind::Root]), try_out).unwrap();
    let [refused, adopted, upstream] = counts.each_ref().map(Cell::get);
    assert!(refused > 50, "{refused} refused");
    assert!(adopted > 20, "{adopted} adopted");
    assert!(upstream > 2, "{upstream} upstream acts");
}
