//! Every outcome of a vote of up to six members, against the rule in other
//! words: the vote is over when however the others voted, the result would be
//! the same.

use std::collections::BTreeMap;
use std::vec::Vec;

use crate::act::{Decision, DecisionResult, Reason, Vote};
use crate::edition::samples::NOW;
use crate::state::ProposalState;
use crate::state::tests::world::{Setting, World};

/// A member's choice, if it made one.
type Choice = Option<Vote>;

const CHOICES: [Choice; 4] = [
    None,
    Some(Vote::For),
    Some(Vote::Against),
    Some(Vote::Abstain),
];

/// The result of a vote in which nobody else votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Result {
    Won,
    Tie,
    Lost,
    NoQuorum,
}

fn result(choices: &[Choice]) -> Result {
    let count = |vote| {
        choices
            .iter()
            .filter(|choice| **choice == Some(vote))
            .count()
    };
    let taking_part = choices.iter().flatten().count();
    if taking_part * 2 <= choices.len() {
        Result::NoQuorum
    } else if count(Vote::For) > count(Vote::Against) {
        Result::Won
    } else if count(Vote::For) == count(Vote::Against) {
        Result::Tie
    } else {
        Result::Lost
    }
}

/// All ways in which `members` can have chosen.
fn all_choices(members: usize) -> Vec<Vec<Choice>> {
    (0..members).fold(Vec::from([Vec::new()]), |all, _| {
        let longer = |one: &Vec<Choice>| {
            CHOICES.map(|choice| one.iter().copied().chain([choice]).collect::<Vec<_>>())
        };
        all.iter().flat_map(longer).collect()
    })
}

/// All results that can still come of these choices.
fn to_come(choices: &[Choice]) -> Vec<Result> {
    let missing = choices.iter().filter(|choice| choice.is_none()).count();
    let complete = |rest: &Vec<Choice>| {
        let mut rest = rest.iter();
        let filled = choices.iter().map(|choice| match choice {
            None => *rest.next().unwrap(),
            some => *some,
        });
        result(&filled.collect::<Vec<_>>())
    };
    all_choices(missing).iter().map(complete).collect()
}

/// What becomes of a proposal that needs a vote.
fn expected(choices: &[Choice], late: bool, consented: bool) -> Option<(DecisionResult, Reason)> {
    use DecisionResult::{Adopted, Lapsed, Rejected};
    let to_come = to_come(choices);
    let over = late || choices.iter().all(Option::is_some);
    let verdict = match result(choices) {
        result if over => Some(result),
        // Without a quorum nothing is certain but that there may be none.
        Result::NoQuorum => None,
        _ if to_come.iter().all(|result| *result == Result::Won) => Some(Result::Won),
        _ if to_come.iter().all(|result| *result != Result::Won) => Some(Result::Lost),
        _ => None,
    };
    match verdict {
        Some(Result::Tie) => Some((Rejected, Reason::Tie)),
        Some(Result::Lost) => Some((Rejected, Reason::NoMajority)),
        _ if late && !consented => Some((Lapsed, Reason::ConsentMissing)),
        Some(Result::NoQuorum) => Some((Lapsed, Reason::NoQuorum)),
        Some(Result::Won) if consented => Some((Adopted, Reason::RuleMet)),
        Some(Result::Won) | None => None,
    }
}

/// The proposal with these ballots, decided by the rules.
fn decided(world: &World, state: &ProposalState, choices: &[Choice]) -> Option<Decision> {
    let ballots = choices.iter().enumerate();
    let ballots: BTreeMap<usize, Vote> = ballots
        .filter_map(|(at, choice)| choice.map(|vote| (at, vote)))
        .collect();
    let state = ProposalState {
        ballots,
        ..state.clone()
    };
    world.here().decide(&state).map(|(decision, _)| decision)
}

fn assert_outcomes(members: usize, consent: bool) {
    let mut world = World::founded(&Setting::of_members(members)).with_time(NOW);
    let proposal = world.propose([
        world.put_set("ns.example. 60 A 192.0.2.9"),
        world.put_set("frog.example. 60 NS ns.bird.example."),
    ]);
    if consent {
        world.accept(&world.consent(proposal, 1));
    }
    let deadline = world.proposed(proposal).proposal.deadline;
    let late = world.clone().with_seen_and_time(deadline.plus(1));
    for choices in all_choices(members) {
        for (world, is_late) in [(&world, false), (&late, true)] {
            let state = world.proposed(proposal);
            let found = decided(world, state, &choices);
            let found_result = found.as_ref().map(|it| (it.result, it.reason));
            let expected = expected(&choices, is_late, consent);
            assert_eq!(found_result, expected, "{choices:?}, late: {is_late}");
            let Some(Decision { tally, .. }) = found else {
                continue;
            };
            let figures = tally.count;
            let count = |vote| choices.iter().filter(|c| **c == Some(vote)).count() as u32;
            assert!(tally.needed);
            assert_eq!(figures.eligible as usize, members);
            assert_eq!(figures.quorum_needed as usize, members / 2 + 1);
            assert_eq!(figures.in_favour, count(Vote::For));
            assert_eq!(figures.against, count(Vote::Against));
            assert_eq!(figures.abstain, count(Vote::Abstain));
            let sum = figures.in_favour + figures.against + figures.abstain;
            assert_eq!(figures.taking_part, sum);
        }
    }
}

#[test]
fn every_vote_of_few_members_ends_by_the_rule() {
    for members in 2..=5 {
        assert_outcomes(members, true);
    }
}

#[test]
fn every_vote_without_the_holders_consent_ends_by_the_rule() {
    for members in 2..=4 {
        assert_outcomes(members, false);
    }
}
