//! Tables: rule, ballots, verdict.

use std::string::String;
use std::vec::Vec;

use super::*;
use crate::vote::{Rejection, Verdict, explain, verdict};

use Rejection::{NoMajority, Tie as EqualVotes};
use Verdict::{Carried, NoQuorum, Open, Postponed, Rejected};

fn two_thirds_of(of: Base) -> VotingRule {
    VotingRule {
        majority: portion(2, 3, of),
        ..SIMPLE
    }
}

#[test]
fn a_closed_vote_has_the_verdict_of_its_rule() {
    let of_all = VotingRule {
        majority: more_than(1, 2, Base::Eligible),
        ..SIMPLE
    };
    let again = PUT_OFF.when_put_off_before();
    let table = [
        // The quorum is missed by one, and met.
        (&SIMPLE, figures(5, 0, 0, 10), NoQuorum),
        (&SIMPLE, figures(6, 0, 0, 10), Carried),
        (&SIMPLE, figures(5, 0, 0, 9), Carried),
        (&SIMPLE, figures(4, 0, 0, 9), NoQuorum),
        // Abstentions take part: they make the quorum and no majority.
        (&SIMPLE, figures(1, 0, 5, 10), Carried),
        (&SIMPLE, figures(0, 0, 10, 10), Rejected(EqualVotes)),
        (&SIMPLE, figures(0, 0, 0, 0), NoQuorum),
        // Ties.
        (&SIMPLE, figures(5, 5, 0, 10), Rejected(EqualVotes)),
        (&SIMPLE, figures(4, 5, 1, 10), Rejected(NoMajority)),
        (&SIMPLE, figures(5, 4, 1, 10), Carried),
        // Two thirds of the voting, of those taking part, of the eligible.
        (&two_thirds_of(Base::Voting), figures(6, 3, 1, 10), Carried),
        (
            &two_thirds_of(Base::Voting),
            figures(5, 3, 2, 10),
            Rejected(NoMajority),
        ),
        (
            &two_thirds_of(Base::TakingPart),
            figures(6, 3, 0, 10),
            Carried,
        ),
        (
            &two_thirds_of(Base::TakingPart),
            figures(6, 3, 1, 10),
            Rejected(NoMajority),
        ),
        (
            &two_thirds_of(Base::Eligible),
            figures(7, 0, 0, 10),
            Carried,
        ),
        (
            &two_thirds_of(Base::Eligible),
            figures(6, 0, 0, 10),
            Rejected(NoMajority),
        ),
        // More than half of all: who is silent is as good as against.
        (&of_all, figures(5, 0, 1, 10), Rejected(NoMajority)),
        (&of_all, figures(6, 4, 0, 10), Carried),
        // Abstentions: half of the ballots are not more than half.
        (&PUT_OFF, figures(3, 2, 5, 10), Carried),
        (&PUT_OFF, figures(3, 1, 5, 10), Postponed),
        (&PUT_OFF, figures(0, 0, 5, 10), NoQuorum),
        (&PUT_OFF, figures(0, 0, 6, 10), Postponed),
        // Put off once is enough.
        (&again, figures(3, 1, 5, 10), Carried),
        // Silence consents; one objection stops it.
        (&CONSENT, figures(0, 0, 0, 10), Carried),
        (&CONSENT, figures(0, 0, 10, 10), Rejected(EqualVotes)),
        (&CONSENT, figures(9, 1, 0, 10), Rejected(NoMajority)),
        (&CONSENT, figures(0, 1, 0, 2), Rejected(EqualVotes)),
    ];
    for (rule, figures, expected) in table {
        let count = count(rule, figures);
        let sentence = explain(rule, &count, expected);
        assert_eq!(verdict(rule, &count, true), expected, "{sentence}");
    }
}

#[test]
fn an_open_vote_ends_only_when_nothing_can_change_it() {
    let patient = VotingRule {
        early_end: false,
        ..SIMPLE
    };
    let table = [
        (&SIMPLE, figures(0, 0, 0, 10), Open),
        // Five of ten could become a tie, six cannot.
        (&SIMPLE, figures(5, 0, 0, 10), Open),
        (&SIMPLE, figures(5, 0, 1, 10), Carried),
        (&SIMPLE, figures(6, 0, 0, 10), Carried),
        (&SIMPLE, figures(0, 5, 0, 10), Open),
        (&SIMPLE, figures(0, 5, 1, 10), Rejected(NoMajority)),
        // All have cast theirs.
        (&SIMPLE, figures(5, 5, 0, 10), Rejected(EqualVotes)),
        (&SIMPLE, figures(0, 0, 0, 0), NoQuorum),
        // This rule waits for the end even then.
        (&patient, figures(10, 0, 0, 10), Open),
        // Four more abstentions would put it off: 5 of 10 are not enough, 6 are.
        (&PUT_OFF, figures(5, 0, 1, 10), Carried),
        (&PUT_OFF, figures(4, 0, 2, 10), Open),
        // Six of ten abstain, whatever the others do.
        (&PUT_OFF, figures(0, 0, 6, 10), Postponed),
        (&PUT_OFF, figures(0, 1, 5, 10), Open),
        // Who says nothing can still object.
        (&CONSENT, figures(9, 0, 0, 10), Open),
        (&CONSENT, figures(0, 1, 0, 10), Rejected(NoMajority)),
        (&CONSENT, figures(10, 0, 0, 10), Carried),
    ];
    for (rule, figures, expected) in table {
        let count = count(rule, figures);
        let sentence = explain(rule, &count, expected);
        assert_eq!(verdict(rule, &count, false), expected, "{sentence}");
    }
}

#[test]
fn the_count_has_every_figure() {
    let counted = count(&PUT_OFF, figures(77, 33, 8, 151));
    let expected = Count {
        eligible: 151,
        taking_part: 118,
        voting: 110,
        in_favour: 77,
        against: 33,
        abstain: 8,
        silent: 33,
        consenting: 0,
        quorum_needed: 76,
        majority_base: 110,
        majority_needed: 56,
        postponed_from: Some(60),
    };
    assert_eq!(counted, expected);

    let counted = count(&CONSENT, figures(1, 1, 2, 10));
    let expected = Count {
        eligible: 10,
        taking_part: 4,
        voting: 2,
        in_favour: 1,
        against: 1,
        abstain: 2,
        silent: 6,
        consenting: 6,
        quorum_needed: 0,
        majority_base: 8,
        majority_needed: 8,
        postponed_from: None,
    };
    assert_eq!(counted, expected);
}

#[test]
fn one_sentence_says_it_with_every_figure() {
    let table = [
        (
            (&PUT_OFF, figures(77, 33, 8, 151)),
            "77 for, 33 against, 8 abstentions of 118 taking part (151 eligible; quorum more than \
             half of eligible: 76); majority more than half of 110 voting: 56; carried",
        ),
        (
            (&SIMPLE, figures(5, 5, 1, 11)),
            "5 for, 5 against, 1 abstention of 11 taking part (11 eligible; quorum more than half \
             of eligible: 6); majority more than half of 10 voting: 6; rejected, a tie",
        ),
        (
            (&SIMPLE, figures(5, 0, 0, 10)),
            "5 for, 0 against, 0 abstentions of 5 taking part (10 eligible; quorum more than half \
             of eligible: 6); majority more than half of 5 voting: 3; no quorum",
        ),
        (
            (&two_thirds_of(Base::Eligible), figures(6, 0, 0, 10)),
            "6 for, 0 against, 0 abstentions of 6 taking part (10 eligible; quorum more than half \
             of eligible: 6); majority at least two thirds of 10 eligible: 7; rejected, no \
             majority",
        ),
        (
            (&PUT_OFF, figures(3, 1, 5, 10)),
            "3 for, 1 against, 5 abstentions of 9 taking part (10 eligible; quorum more than half \
             of eligible: 6); majority more than half of 4 voting: 3; put off, abstentions are \
             more than half of 9 taking part: 5",
        ),
        (
            (&CONSENT, figures(1, 0, 2, 10)),
            "1 for, 0 against, 2 abstentions of 3 taking part (10 eligible; quorum none of \
             eligible: 0); 7 silent count as for; majority all of 8 voting: 8; carried",
        ),
    ];
    for ((rule, figures), expected) in table {
        let count = count(rule, figures);
        let found = explain(rule, &count, verdict(rule, &count, true));
        assert_eq!(found, expected);
    }
    let open = count(&SIMPLE, figures(1, 0, 0, 10));
    let sentence = explain(&SIMPLE, &open, verdict(&SIMPLE, &open, false));
    assert!(sentence.ends_with("; open, 9 silent"), "{sentence}");
}

#[test]
fn every_verdict_has_one_text() {
    let verdicts = [
        Open,
        Carried,
        Rejected(EqualVotes),
        Rejected(NoMajority),
        NoQuorum,
        Postponed,
    ];
    let texts: Vec<String> = verdicts
        .iter()
        .map(|verdict| serde_json::to_string(verdict).unwrap())
        .collect();
    let expected = [
        r#""open""#,
        r#""carried""#,
        r#"{"rejected":"tie"}"#,
        r#"{"rejected":"no-majority"}"#,
        r#""no-quorum""#,
        r#""postponed""#,
    ];
    assert_eq!(texts, expected);
}
