//! Content-neutral (invariant 9): no rule looks at what a name is used for. The
//! same steps are taken in two zones that differ in what everything is called,
//! and the same comes of all of them.

use core::cell::Cell;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::act::{Act, DecisionResult, Reason, Tally};
use crate::basic::Time;
use crate::holder::HolderId;
use crate::refusal::tests::seeded;
use crate::state::tests::histories::{History, Play, Start, Taken, Words, histories};
use crate::state::{Founded, Outcome};
use crate::zone::Kind;

/// What became of an act, without names and ids, which are others.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Refused(&'static str),
    Ended(DecisionResult, Reason, Tally, [usize; 2]),
    Moved(Time),
    Published(u64),
    Accepted,
}

fn verdict(taken: &Taken) -> Verdict {
    match (&taken.verdict, &taken.act) {
        (Err(refusal), _) => Verdict::Refused(refusal.rule()),
        (Ok(_), Act::Decision(decision)) => Verdict::Ended(
            decision.result,
            decision.reason,
            decision.tally,
            [decision.consented.len(), decision.missing.len()],
        ),
        (Ok(Outcome::TimeMoved(time)), _) => Verdict::Moved(*time),
        (Ok(Outcome::Published(edition)), _) => Verdict::Published(*edition),
        (Ok(_), _) => Verdict::Accepted,
    }
}

/// When all ends that waits for something, and who holds how many names.
type Ends = (Vec<Option<Time>>, BTreeMap<HolderId, usize>);

fn ends(state: &Founded) -> Ends {
    let proposals = state.proposals.iter().map(|known| state.end(known));
    let waiting = state.waiting.iter().map(|known| state.waiting_end(known));
    let claims = state.claims.iter().map(|known| state.claim_end(known));
    let names = |id: &HolderId| (*id, state.names_of(*id).count());
    (
        proposals.chain(waiting).chain(claims).collect(),
        state.holders.keys().map(names).collect(),
    )
}

/// The zone's records but for serials and digests of names, in those words.
fn records(play: &Play, words: Words) -> Vec<String> {
    let contents = &play.world.here().contents;
    let sets = contents.sets().flat_map(|(key, set)| {
        let data = set.data.iter().map(move |data| {
            let (owner, rtype, ttl) = (key.owner.clone(), key.rtype, set.ttl);
            std::format!("{owner} {ttl} {rtype} {}", data.to_text(rtype))
        });
        data.collect::<Vec<_>>()
    });
    let is_digest = |line: &&String| line.contains(" DS ") && line.len() > 80;
    let lines: Vec<String> = sets.collect();
    let lines = lines.iter().filter(|line| !is_digest(line));
    let mut lines: Vec<String> = lines.map(|line| words.of(line)).collect();
    lines.sort();
    lines
}

#[test]
fn whatever_names_are_called_the_same_comes_of_it() {
    let counts = [const { Cell::new(0) }; 2];
    let try_out = |history: History| -> Result<(), TestCaseError> {
        let start = |words| Start {
            // Signatures' ends are spread by a digest of the owner's name, and
            // what is due when is not what anybody may do.
            even: true,
            words,
            ..history.start
        };
        let mut plain = Play::new(start(Words::Plain));
        let mut loaded = Play::new(start(Words::Loaded));
        for step in &history.steps {
            let (one, other) = (plain.take(step), loaded.take(step));
            let one = one.as_ref().map(verdict);
            let other = other.as_ref().map(verdict);
            prop_assert_eq!(&one, &other, "{:?}", step);
            let [refused, ended] = &counts;
            refused.set(refused.get() + usize::from(matches!(one, Some(Verdict::Refused(_)))));
            ended.set(ended.get() + usize::from(matches!(one, Some(Verdict::Ended(..)))));
            let (one, other) = (
                plain.world.here_if_founded(),
                loaded.world.here_if_founded(),
            );
            prop_assert_eq!(one.map(ends), other.map(ends), "{:?}", step);
        }
        let (one, other) = (
            records(&plain, Words::Loaded),
            records(&loaded, Words::Plain),
        );
        prop_assert_eq!(one, other);
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(60));
    let kinds = &[Kind::Plain, Kind::Plain, Kind::Root];
    runner.run(&histories(kinds), try_out).unwrap();
    let [refused, ended] = counts.map(Cell::into_inner);
    assert!(refused > 200, "{refused} refused");
    assert!(ended > 100, "{ended} ended");
}
