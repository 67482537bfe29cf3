//! Amendments: in which order they are voted on, and what follows from each
//! vote.
//!
//! An amendment is given as the whole text that would result, a set of
//! elements: lines, records, or digests of them. Its **distance** from the
//! original is the number of elements that are in one of the two and not in
//! the other. The farthest comes first, of equally far ones the one that was
//! moved first. Rules of procedure say «furthest removed in substance» (General
//! Assembly, rule 90); a number of elements needs no chairman.
//!
//! The first amendment that carries is the text from there on. Any other would
//! undo it, so its adoption implies their rejection and they are not put to
//! the vote. Then the text, amended or not, is voted on as a whole.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Verdict;

/// The number of elements that are in one text and not in the other.
pub fn distance<T: Ord>(original: &BTreeSet<T>, amended: &BTreeSet<T>) -> usize {
    original.symmetric_difference(amended).count()
}

/// The places of the amendments in the order in which they are voted on.
pub fn order<T: Ord>(original: &BTreeSet<T>, amendments: &[BTreeSet<T>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..amendments.len()).collect();
    // A stable sort: equally far ones stay in the order of their moving.
    places.sort_by_key(|place| {
        let amended = amendments.get(*place);
        Reverse(amended.map_or(0, |amended| distance(original, amended)))
    });
    places
}

/// A text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// As it was proposed.
    Original,
    /// As the amendment with this place has it.
    Amended(usize),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The amendment with this place is voted on.
    VoteOnAmendment(usize),
    /// The text as a whole is voted on.
    VoteOnText(Text),
    /// It is over.
    Ended(Ending),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The text that stood at the end.
    pub text: Text,
    /// What the vote on it came to; of an amendment, where this was no vote or
    /// put the matter off.
    pub verdict: Verdict,
    /// The amendments that were not put to the vote, in the order in which
    /// they would have been.
    pub not_put: Vec<usize>,
}

/// What comes next after the votes so far: on amendments in their order until
/// one carries, then on the text.
///
/// Without a quorum, or where the matter is put off, all of it ends: a text
/// must not be adopted past an amendment that nobody has decided. While the
/// last vote is open, that vote is what comes next.
pub fn step(order: &[usize], verdicts: &[Verdict]) -> Step {
    let mut verdicts = verdicts.iter().copied();
    let mut text = Text::Original;
    let mut not_put = order;
    while let Some((place, after)) = not_put.split_first() {
        let verdict = match verdicts.next() {
            None | Some(Verdict::Open) => return Step::VoteOnAmendment(*place),
            Some(verdict) => verdict,
        };
        not_put = after;
        match verdict {
            Verdict::Open | Verdict::Rejected(_) => {}
            Verdict::Carried => {
                text = Text::Amended(*place);
                break;
            }
            Verdict::NoQuorum | Verdict::Postponed => return ended(text, verdict, not_put),
        }
    }
    match verdicts.next() {
        None | Some(Verdict::Open) => Step::VoteOnText(text),
        Some(verdict) => ended(text, verdict, not_put),
    }
}

fn ended(text: Text, verdict: Verdict, not_put: &[usize]) -> Step {
    Step::Ended(Ending {
        text,
        verdict,
        not_put: not_put.to_vec(),
    })
}
