//! The histories are good for something: every kind of act is accepted in some
//! and refused in some, and every end of a proposal and of what waits is met.

use std::collections::{BTreeMap, BTreeSet};
use std::string::String;
use std::vec::Vec;

use proptest::test_runner::{TestCaseError, TestRunner};

use crate::act::Act;
use crate::refusal::tests::seeded;
use crate::state::tests::histories::{
    History, KINDS, Play, TRAITS, Taken, histories, kind_of, traits,
};
use crate::zone::Kind;

/// How often something was accepted, and refused.
type Counts = BTreeMap<&'static str, [usize; 2]>;

/// What histories met.
#[derive(Default)]
struct Met {
    kinds: Counts,
    traits: Counts,
    ends: BTreeSet<String>,
    refusals: BTreeMap<&'static str, usize>,
    settled: BTreeMap<&'static str, usize>,
}

impl Met {
    fn note(&mut self, taken: &Taken) {
        let side = usize::from(!taken.is_accepted());
        self.kinds.entry(kind_of(&taken.act)).or_default()[side] += 1;
        for one in traits(&taken.act) {
            self.traits.entry(one).or_default()[side] += 1;
        }
        match (&taken.act, &taken.verdict) {
            (Act::Decision(decision), Ok(_)) => {
                let end = std::format!("{:?}, {:?}", decision.result, decision.reason);
                self.ends.insert(end);
            }
            (_, Err(refusal)) => *self.refusals.entry(refusal.rule()).or_default() += 1,
            _ => {}
        }
    }

    /// What took effect by itself with a time act.
    fn note_settled(&mut self, before: &Play, after: &Play) {
        let (Ok(before), Ok(after)) = (before.world.state.founded(), after.world.state.founded())
        else {
            return;
        };
        let mut count = |what, is_so: bool| {
            *self.settled.entry(what).or_default() += usize::from(is_so);
        };
        count("a name was bound", after.held.len() > before.held.len());
        let changed = |name| after.held.get(name) != before.held.get(name);
        count("a name was given away", before.held.keys().any(changed));
        let revised = |id| after.holders[id].revision > before.holders[id].revision;
        count("keys were changed", before.holders.keys().any(revised));
        count(
            "somebody was absent",
            after.members.iter().any(|one| one.absent),
        );
        count(
            "somebody joined",
            after.members.len() > before.members.len(),
        );
        count(
            "another epoch signs",
            after.epochs.len() > before.epochs.len().max(1),
        );
        count("a drill was held", after.drill != before.drill);
        let rules = |one: &crate::state::Founded| one.charter.rules.common.clone();
        count("another rule for votes", rules(after) != rules(before));
    }
}

const ENDS: &[&str] = &[
    "Adopted, RuleMet",
    "Lapsed, ConsentMissing",
    "Lapsed, NoQuorum",
    "Lapsed, NotPut",
    "Lapsed, Overtaken",
    "Lapsed, Postponed",
    "Rejected, DependentObjects",
    "Rejected, NoMajority",
    "Rejected, Tie",
];

#[test]
fn histories_meet_every_kind_of_act_accepted_and_refused() {
    let met = core::cell::RefCell::new(Met::default());
    let try_out = |history: History| -> Result<(), TestCaseError> {
        let mut met = met.borrow_mut();
        let mut play = Play::new(history.start);
        for step in &history.steps {
            let before = play.clone();
            if let Some(taken) = play.take(step) {
                met.note(&taken);
                met.note_settled(&before, &play);
            }
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(100));
    let kinds = &[Kind::Plain, Kind::Plain, Kind::Root];
    runner.run(&histories(kinds), try_out).unwrap();
    let met = met.into_inner();
    for (all, counts) in [(KINDS, &met.kinds), (TRAITS, &met.traits)] {
        for kind in all {
            let [accepted, refused] = counts.get(kind).copied().unwrap_or_default();
            assert!(accepted > 0, "no {kind} is accepted in {counts:?}");
            assert!(refused > 0, "no {kind} is refused in {counts:?}");
        }
    }
    let missing: Vec<_> = ENDS
        .iter()
        .filter(|end| !met.ends.contains(**end))
        .collect();
    assert!(missing.is_empty(), "{missing:?} of {:?}", met.ends);
    assert!(
        met.settled.values().all(|times| *times > 0),
        "{:?}",
        met.settled
    );
    // Most of the rules say no to something.
    assert!(met.refusals.len() > 40, "{:?}", met.refusals);
}
