//! Access (invariant 1): what stands at and below a held name, and what could
//! take it over from above, changes by an adopted decision only, to which its
//! holder consented by its policy while the name was as it is now; and who
//! holds a name, with which keys, by the holder's own acts only.
//!
//! The [`oracle`] knows the acts that were accepted, and none of the rules.

mod oracle;

use core::cell::Cell;

use proptest::test_runner::{TestCaseError, TestRunner};

use crate::refusal::tests::seeded;
use crate::state::tests::histories::{History, Play, histories};
use crate::zone::Kind;
use oracle::Oracle;

#[test]
fn a_held_name_changes_with_its_holders_consent_only() {
    let counts = [const { Cell::new(0) }; 4];
    let try_out = |history: History| -> Result<(), TestCaseError> {
        let mut play = Play::new(history.start);
        let mut oracle = Oracle::default();
        for step in &history.steps {
            let Some(taken) = play.take(step) else {
                continue;
            };
            if let Ok(outcome) = &taken.verdict {
                oracle.note(&play.checked(&taken), outcome);
            }
            let verdict = oracle.compare(play.world.here_if_founded());
            proptest::prop_assert!(verdict.is_ok(), "{verdict:?} after {step:?}");
        }
        let seen = [oracle.adopted, oracle.changed, oracle.moved, oracle.rekeyed];
        for (count, seen) in counts.iter().zip(seen) {
            count.set(count.get() + seen);
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(120));
    let kinds = &[Kind::Plain, Kind::Plain, Kind::Root];
    runner.run(&histories(kinds), try_out).unwrap();
    // The histories are no good where nothing happens in them.
    let [adopted, changed, moved, rekeyed] = counts.map(Cell::into_inner);
    assert!(adopted > 100, "{adopted} adopted");
    assert!(changed > 30, "{changed} held names changed");
    assert!(moved > 10, "{moved} names with another holder");
    assert!(rekeyed > 10, "{rekeyed} holders with other keys");
}
