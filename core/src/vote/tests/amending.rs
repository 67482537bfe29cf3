//! The order of voting on amendments, and what each vote leads to.

use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use crate::refusal::tests::seeded;
use crate::vote::amendments::{Ending, Step, Text, distance, order, step};
use crate::vote::{Rejection, Verdict};

use Text::{Amended, Original};
use Verdict::{Carried, NoQuorum, Open, Postponed};

const LOST: Verdict = Verdict::Rejected(Rejection::NoMajority);
const TIE: Verdict = Verdict::Rejected(Rejection::Tie);

fn text(lines: &str) -> BTreeSet<&str> {
    lines.split_whitespace().collect()
}

#[test]
fn the_distance_is_the_number_of_differing_elements() {
    let table = [
        ("a b c", "a b c", 0),
        ("a b c", "c b a", 0),
        ("a b c", "a b c d", 1),
        ("a b c", "a b", 1),
        // One replaced: one is gone, one is new.
        ("a b c", "a b d", 2),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c", "d e f", 6),
    ];
    for (original, amended, expected) in table {
        let found = distance(&text(original), &text(amended));
        assert_eq!(found, expected, "{original} -> {amended}");
    }
}

#[test]
fn the_farthest_is_voted_on_first() {
    let table: [(&str, &[&str], &[usize]); 6] = [
        ("a b c", &[], &[]),
        ("a b c", &["a b"], &[0]),
        ("a b c", &["a b", "d e f", "a b d"], &[1, 2, 0]),
        // Equally far: the one that was moved first.
        ("a b c", &["a b d", "a d c", "d b c"], &[0, 1, 2]),
        ("a b c", &["a b", "a b c d", "", "a b c e"], &[2, 0, 1, 3]),
        // What changes nothing comes last.
        ("a b c", &["a b c", "a b"], &[1, 0]),
    ];
    for (original, amendments, expected) in table {
        let texts: Vec<_> = amendments.iter().map(|lines| text(lines)).collect();
        let found = order(&text(original), &texts);
        assert_eq!(found, expected, "{original} -> {amendments:?}");
    }
}

fn ended(text: Text, verdict: Verdict, not_put: &[usize]) -> Step {
    let not_put = not_put.to_vec();
    Step::Ended(Ending {
        text,
        verdict,
        not_put,
    })
}

#[test]
fn the_first_that_carries_is_the_text() {
    use Step::{VoteOnAmendment, VoteOnText};

    let table: [(&[Verdict], Step); 14] = [
        (&[], VoteOnAmendment(2)),
        (&[Open], VoteOnAmendment(2)),
        (&[LOST], VoteOnAmendment(0)),
        (&[TIE, LOST], VoteOnAmendment(1)),
        (&[LOST, LOST, LOST], VoteOnText(Original)),
        (&[LOST, LOST, LOST, Open], VoteOnText(Original)),
        (&[LOST, LOST, LOST, Carried], ended(Original, Carried, &[])),
        (&[LOST, LOST, LOST, TIE], ended(Original, TIE, &[])),
        // What would undo it is not put to the vote.
        (&[Carried], VoteOnText(Amended(2))),
        (&[Carried, Carried], ended(Amended(2), Carried, &[0, 1])),
        (&[LOST, Carried, LOST], ended(Amended(0), LOST, &[1])),
        (
            &[LOST, LOST, Carried, Carried],
            ended(Amended(1), Carried, &[]),
        ),
        // Nobody decided on an amendment: nothing is adopted past it.
        (&[NoQuorum], ended(Original, NoQuorum, &[0, 1])),
        (&[LOST, Postponed], ended(Original, Postponed, &[1])),
    ];
    for (verdicts, expected) in table {
        assert_eq!(step(&[2, 0, 1], verdicts), expected, "{verdicts:?}");
    }
}

#[test]
fn without_amendments_the_text_is_voted_on() {
    assert_eq!(step(&[], &[]), Step::VoteOnText(Original));
    assert_eq!(step(&[], &[Carried]), ended(Original, Carried, &[]));
    assert_eq!(step(&[], &[Postponed]), ended(Original, Postponed, &[]));
}

fn any_text() -> impl Strategy<Value = BTreeSet<u8>> {
    proptest::collection::btree_set(0..12_u8, 0..8)
}

proptest! {
    #![proptest_config(seeded(500))]

    /// Each amendment has one place in the order, no later one is farther, and
    /// of equally far ones the one that was moved first comes first.
    #[test]
    fn the_order_is_total(
        original in any_text(),
        amendments in proptest::collection::vec(any_text(), 0..8),
    ) {
        let places = order(&original, &amendments);
        let mut sorted = places.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..amendments.len()).collect::<Vec<_>>());
        for pair in places.windows(2) {
            let [first, second] = [0, 1].map(|i| distance(&original, &amendments[pair[i]]));
            prop_assert!(first > second || (first == second && pair[0] < pair[1]));
        }
    }

    /// However the votes go, every amendment is either voted on once or not put
    /// to the vote, and it ends.
    #[test]
    fn every_amendment_is_accounted_for(
        amendments in 0..6_usize,
        verdicts in proptest::collection::vec(
            prop_oneof![Just(LOST), Just(TIE), Just(Carried), Just(NoQuorum), Just(Postponed)],
            7,
        ),
    ) {
        let order: Vec<usize> = (0..amendments).rev().collect();
        let mut votes = vec![];
        let mut put = vec![];
        let ending = loop {
            match step(&order, &votes) {
                Step::VoteOnAmendment(place) => put.push(place),
                Step::VoteOnText(_) => {}
                Step::Ended(ending) => break ending,
            }
            votes.push(verdicts[votes.len()]);
        };
        put.extend(ending.not_put);
        prop_assert_eq!(put, order);
    }
}
