//! Which rules are refused, and the one text of a rule.

use std::collections::BTreeSet;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::act::json;
use crate::limits;
use crate::refusal::FormatRefusal;
use crate::refusal::tests::variants;
use crate::vote::{Part, VotingFinding};

variants!(VotingFinding:
    Denominator, TooLarge, AboveWhole, QuorumBase, MajorityNotAboveHalf, AlwaysPostponed,
    Deadline, SilenceTooShort, MoreBallotsThanMembers,
);

#[test]
fn the_usual_rules_can_be_applied() {
    for rule in [SIMPLE, CONSENT, PUT_OFF] {
        assert_eq!(rule.check(), Ok(()), "{rule:?}");
    }
}

/// The rules that are refused, each with what is said to it.
fn refused() -> Vec<(VotingRule, VotingFinding)> {
    [portions(), halves(), periods()].concat()
}

fn quorum(quorum: Portion) -> VotingRule {
    VotingRule { quorum, ..SIMPLE }
}

fn majority(majority: Portion) -> VotingRule {
    VotingRule { majority, ..SIMPLE }
}

fn postponed(portion: Portion) -> VotingRule {
    VotingRule {
        postponed: Some(portion),
        ..SIMPLE
    }
}

/// Portions that are none.
fn portions() -> Vec<(VotingRule, VotingFinding)> {
    use Base::{Eligible, Voting};
    use VotingFinding::{AboveWhole, Denominator, TooLarge};

    let den = limits::PORTION_DENOMINATOR_MAX + 1;
    let mut table = Vec::new();
    type WithPortion = fn(Portion) -> VotingRule;
    let parts: [(Part, Base, WithPortion); 3] = [
        (Part::Quorum, Eligible, quorum),
        (Part::Majority, Voting, majority),
        (Part::Postponed, Voting, postponed),
    ];
    for (part, of, rule) in parts {
        table.extend([
            (rule(portion(1, 0, of)), Denominator { part }),
            (rule(portion(0, 0, of)), Denominator { part }),
            (rule(portion(1, den, of)), TooLarge { part, den }),
            (rule(portion(3, 2, of)), AboveWhole { part }),
            (rule(more_than(1, 1, of)), AboveWhole { part }),
        ]);
    }
    table
}

/// Portions of the wrong base, or that would decide nothing.
fn halves() -> Vec<(VotingRule, VotingFinding)> {
    use Base::{Eligible, TakingPart, Voting};
    use VotingFinding::{AlwaysPostponed, MajorityNotAboveHalf, QuorumBase};

    let of_half = |portion| {
        (
            majority(portion),
            MajorityNotAboveHalf { majority: portion },
        )
    };
    vec![
        (
            quorum(portion(1, 2, TakingPart)),
            QuorumBase { of: TakingPart },
        ),
        (quorum(portion(1, 2, Voting)), QuorumBase { of: Voting }),
        of_half(portion(1, 2, Voting)),
        of_half(portion(1, 2, Eligible)),
        of_half(more_than(49, 100, TakingPart)),
        (postponed(portion(0, 1, TakingPart)), AlwaysPostponed),
    ]
}

/// Periods that are too short or too long.
fn periods() -> Vec<(VotingRule, VotingFinding)> {
    let deadline = |deadline_s_min| {
        let rule = VotingRule {
            deadline_s_min,
            ..SIMPLE
        };
        (rule, VotingFinding::Deadline { deadline_s_min })
    };
    let deadline_s_min = limits::SILENCE_SECONDS_MIN - 1;
    let hasty = VotingRule {
        deadline_s_min,
        ..CONSENT
    };
    vec![
        deadline(0),
        deadline(limits::DEADLINE_SECONDS_MAX + 1),
        (hasty, VotingFinding::SilenceTooShort { deadline_s_min }),
    ]
}

#[test]
fn refuses_rules_that_nobody_could_apply() {
    let mut seen = BTreeSet::new();
    for (rule, expected) in refused() {
        seen.insert(name_of(&expected));
        assert_eq!(rule.check(), Err(expected), "{rule:?}");
    }
    seen.insert(name_of(&too_many_ballots()));
    assert_eq!(seen, NAMES.iter().copied().collect());
}

fn too_many_ballots() -> VotingFinding {
    Count::new(&SIMPLE, figures(2, 2, 1, 4)).unwrap_err()
}

#[test]
fn refuses_more_ballots_than_members() {
    let (ballots, eligible) = (5, 4);
    let expected = VotingFinding::MoreBallotsThanMembers { ballots, eligible };
    assert_eq!(too_many_ballots(), expected);
    // The sum of three 32-bit numbers may be none.
    let largest = figures(u32::MAX, u32::MAX, u32::MAX, u32::MAX);
    assert!(Count::new(&SIMPLE, largest).is_err());
}

#[test]
fn bounds_themselves_are_allowed() {
    let den = limits::PORTION_DENOMINATOR_MAX;
    let rules = [
        VotingRule {
            quorum: portion(den, den, Base::Eligible),
            ..SIMPLE
        },
        VotingRule {
            quorum: portion(0, 1, Base::Eligible),
            ..SIMPLE
        },
        VotingRule {
            majority: portion(501, den, Base::Eligible),
            ..SIMPLE
        },
        VotingRule {
            postponed: Some(more_than(0, 1, Base::Voting)),
            ..SIMPLE
        },
        VotingRule {
            deadline_s_min: 1,
            ..SIMPLE
        },
        VotingRule {
            deadline_s_min: limits::DEADLINE_SECONDS_MAX,
            ..SIMPLE
        },
        VotingRule {
            deadline_s_min: limits::SILENCE_SECONDS_MIN,
            ..CONSENT
        },
    ];
    for rule in rules {
        assert_eq!(rule.check(), Ok(()), "{rule:?}");
    }
}

#[test]
fn portions_without_a_number_are_never_met() {
    // Of rules that are refused; nothing may panic on them all the same.
    assert_eq!(portion(1, 0, Base::Voting).needed(7), u32::MAX);
    assert_eq!(more_than(1, 1, Base::Voting).needed(u32::MAX), u32::MAX);
    assert!(!portion(1, 0, Base::Voting).is_met(7, 7));
}

const TEXT: &str = concat!(
    r#"{"quorum":{"num":1,"den":2,"of":"eligible","more_than":true},"#,
    r#""majority":{"num":1,"den":2,"of":"voting","more_than":true},"tie":"rejected","#,
    r#""postponed":{"num":1,"den":2,"of":"taking-part","more_than":true},"silence":"nothing","#,
    r#""deadline_s_min":86400,"early_end":true,"votes":"roll-call"}"#,
);

#[test]
fn a_rule_has_one_text() {
    assert_eq!(json::decode::<VotingRule>(TEXT.as_bytes()), Ok(PUT_OFF));
    assert_eq!(json::encode(&PUT_OFF), TEXT.as_bytes());

    let field = "missing, unknown or wrong field";
    let table = [
        (
            "secret ballots",
            r#""votes":"roll-call""#,
            r#""votes":"secret""#,
            field,
        ),
        (
            "a tie that carries",
            r#""tie":"rejected""#,
            r#""tie":"carried""#,
            field,
        ),
        ("a fraction", r#""num":1"#, r#""num":0.5"#, field),
        ("a negative number", r#""num":1"#, r#""num":-1"#, field),
        (
            "an unknown base",
            r#""of":"voting""#,
            r#""of":"present""#,
            field,
        ),
        (
            "an unknown field",
            r#""early_end":true"#,
            r#""early_end":true,"veto":"us""#,
            field,
        ),
        ("a missing field", r#""early_end":true,"#, "", field),
        (
            "a doubled field",
            r#""early_end":true"#,
            r#""early_end":true,"early_end":true"#,
            field,
        ),
        (
            "a null",
            r#"{"num":1,"den":2,"of":"taking-part","more_than":true}"#,
            "null",
            "",
        ),
        (
            "white space",
            r#""early_end":true"#,
            r#""early_end": true"#,
            "",
        ),
        (
            "another order",
            r#""early_end":true,"votes":"roll-call""#,
            r#""votes":"roll-call","early_end":true"#,
            "",
        ),
    ];
    for (what, right, wrong, category) in table {
        let text = TEXT.replace(right, wrong);
        assert_ne!(text, TEXT, "{what}");
        match json::decode::<VotingRule>(text.as_bytes()).unwrap_err() {
            FormatRefusal::Json {
                category: found, ..
            } => assert_eq!(found, category, "{what}"),
            FormatRefusal::NotCanonical => assert_eq!(category, "", "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn findings_name_their_part() {
    let rule = VotingRule {
        majority: portion(1, 2, Base::Eligible),
        ..SIMPLE
    };
    assert_eq!(
        rule.check().unwrap_err().to_string(),
        "majority: at least half of eligible; for and against could both have it, it must be \
         more than half"
    );
}
