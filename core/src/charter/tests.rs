//! What is wrong with charters, as a table.

use std::collections::BTreeSet;

use super::*;
use crate::act::Question;
use crate::refusal::tests::variants;
use crate::state::tests::world::Setting;
use crate::vote::{Part, Portion, VotingFinding, VotingRule};

variants!(CharterFinding: Members, Threshold, TimeToReact, Lifetimes, DealAfter, Absence, Deadline, HostNotice, ClaimWait, Voting, Boxes, Box, TooLong, ClauseNumber);

/// How many members found on which charter, and what is wrong with it.
type Row = (usize, fn(&mut Charter), CharterFinding);

const ROWS: &[Row] = &[
    (0, |_| (), CharterFinding::Members { count: 0 }),
    (1, |_| (), CharterFinding::Members { count: 1 }),
    (201, |_| (), CharterFinding::Members { count: 201 }),
    (70_000, |_| (), CharterFinding::Members { count: 70_000 }),
    (
        5,
        |charter| charter.rules.signing_threshold = SigningThreshold::Shares(0),
        threshold(0, 5),
    ),
    (
        5,
        |charter| charter.rules.signing_threshold = SigningThreshold::Shares(2),
        threshold(2, 5),
    ),
    (
        5,
        |charter| charter.rules.signing_threshold = SigningThreshold::Shares(6),
        threshold(6, 5),
    ),
    (
        4,
        |charter| charter.rules.signing_threshold = SigningThreshold::Shares(2),
        threshold(2, 4),
    ),
    (
        2,
        |charter| charter.rules.signing_threshold = SigningThreshold::Shares(1),
        threshold(1, 2),
    ),
    (
        144,
        |charter| charter.rules.signing_threshold = SigningThreshold::Shares(72),
        threshold(72, 144),
    ),
    (
        5,
        |charter| charter.rules.deal_after_s = 31 * DAY_S + 1,
        CharterFinding::DealAfter {
            deal_after_s: 31 * DAY_S + 1,
        },
    ),
    (
        5,
        |charter| charter.rules.refresh_before_s = 15 * DAY_S - 1,
        CharterFinding::TimeToReact {
            refresh_before_s: 15 * DAY_S - 1,
        },
    ),
    (
        5,
        |charter| charter.rules.refresh_before_s = 16 * DAY_S,
        lifetimes([16 * DAY_S, 16 * DAY_S, 28 * DAY_S]),
    ),
    (
        5,
        |charter| charter.rules.first_lifetime_s_min = 28 * DAY_S + 1,
        lifetimes([15 * DAY_S, 28 * DAY_S + 1, 28 * DAY_S]),
    ),
    (
        5,
        |charter| charter.rules.signature_lifetime_s = PERIOD_S_MAX + 1,
        lifetimes([15 * DAY_S, 16 * DAY_S, PERIOD_S_MAX + 1]),
    ),
    (
        5,
        |charter| charter.rules.absence_after_s = 0,
        CharterFinding::Absence,
    ),
    (
        5,
        |charter| charter.rules.deadline_s_min = 183 * DAY_S + 1,
        CharterFinding::Deadline {
            deadline_s_min: 183 * DAY_S + 1,
        },
    ),
    (
        5,
        |charter| charter.rules.common.majority.num = 0,
        CharterFinding::Voting {
            question: Question::Common,
            finding: VotingFinding::MajorityNotAboveHalf {
                majority: Portion {
                    num: 0,
                    ..VotingRule::USUAL.majority
                },
            },
        },
    ),
    (
        5,
        |charter| charter.rules.membership.quorum.den = 0,
        CharterFinding::Voting {
            question: Question::Membership,
            finding: VotingFinding::Denominator { part: Part::Quorum },
        },
    ),
    (
        5,
        |charter| charter.rules.claim_wait_s = DAY_S - 1,
        claim_wait(DAY_S - 1),
    ),
    (
        5,
        |charter| charter.rules.claim_wait_s = 366 * DAY_S + 1,
        claim_wait(366 * DAY_S + 1),
    ),
    (
        5,
        |charter| {
            let one = drop_box("east", 1, "https://a.example");
            charter.rules.boxes = std::iter::repeat_n(one, 33).collect();
        },
        CharterFinding::Boxes { count: 33 },
    ),
    (
        5,
        |charter| charter.rules.boxes = [drop_box("", 1, "https://a.example")].into(),
        CharterFinding::Box {
            name: String::new(),
        },
    ),
    (
        5,
        |charter| charter.preamble = "x".repeat(40_960),
        CharterFinding::TooLong { octets: 41_767 },
    ),
    (
        5,
        |charter| charter.rules.host_notice_s = 366 * DAY_S + 1,
        CharterFinding::HostNotice {
            host_notice_s: 366 * DAY_S + 1,
        },
    ),
    (
        5,
        |charter| charter.clauses[0].number = 0,
        CharterFinding::ClauseNumber { number: 0 },
    ),
    (
        5,
        |charter| charter.clauses.push(charter.clauses[0].clone()),
        CharterFinding::ClauseNumber { number: 1 },
    ),
];

fn drop_box(name: &str, key: u8, url: &str) -> DropBox {
    DropBox {
        name: name.into(),
        key: crate::state::tests::world::public(&crate::state::tests::world::holder(key)),
        url: url.into(),
    }
}

fn bad_box(name: &str) -> CharterFinding {
    CharterFinding::Box { name: name.into() }
}

#[test]
fn refuses_drop_boxes_that_nobody_could_use_or_tell_apart() {
    let good = || {
        [
            drop_box("east", 1, "https://box.east.example/comity/"),
            drop_box("west", 2, "http://192.0.2.1:8080"),
        ]
        .to_vec()
    };
    let long = std::format!("https://{}", "x".repeat(249));
    let rows: [(Vec<DropBox>, Result<(), CharterFinding>); 9] = [
        (good(), Ok(())),
        (
            [drop_box("East", 1, "https://a.example")].into(),
            Err(bad_box("East")),
        ),
        (
            [drop_box("", 1, "https://a.example")].into(),
            Err(bad_box("")),
        ),
        (good().into_iter().rev().collect(), Err(bad_box("east"))),
        (
            [good(), [drop_box("west", 3, "https://a.example")].into()].concat(),
            Err(bad_box("west")),
        ),
        (
            [good(), [drop_box("zone", 2, "https://a.example")].into()].concat(),
            Err(bad_box("zone")),
        ),
        (
            [drop_box("east", 1, "ftp://a.example")].into(),
            Err(bad_box("east")),
        ),
        (
            [drop_box("east", 1, "https://a b.example")].into(),
            Err(bad_box("east")),
        ),
        ([drop_box("east", 1, &long)].into(), Err(bad_box("east"))),
    ];
    for (boxes, expected) in rows {
        let mut charter = Setting::plain().charter();
        charter.rules.boxes = boxes.clone();
        assert_eq!(charter.check(5), expected, "{boxes:?}");
    }
}

const fn claim_wait(claim_wait_s: u64) -> CharterFinding {
    CharterFinding::ClaimWait { claim_wait_s }
}

const fn threshold(threshold: u16, members: u16) -> CharterFinding {
    CharterFinding::Threshold { threshold, members }
}

const fn lifetimes(periods: [u64; 3]) -> CharterFinding {
    let [refresh_before_s, first_lifetime_s_min, signature_lifetime_s] = periods;
    CharterFinding::Lifetimes {
        refresh_before_s,
        first_lifetime_s_min,
        signature_lifetime_s,
    }
}

#[test]
fn refuses_charters_that_break_an_invariant() {
    let mut found = BTreeSet::new();
    for (members, change, expected) in ROWS {
        let mut charter = Setting::plain().charter();
        let majority = u16::try_from(members / 2 + 1).unwrap();
        charter.rules.signing_threshold = SigningThreshold::Shares(majority);
        change(&mut charter);
        assert_eq!(charter.check(*members), Err(expected.clone()));
        found.insert(name_of(expected));
    }
    assert_eq!(found.len(), NAMES.len(), "not every finding has its row");
}

#[test]
fn the_defaults_suit_any_number_of_members() {
    for members in 2..=200 {
        let mut charter = Setting::plain().charter();
        charter.rules = CharterRules::defaults();
        assert_eq!(charter.check(members.into()), Ok(()));
        charter.rules.signing_threshold = SigningThreshold::Shares(members);
        assert_eq!(charter.check(members.into()), Ok(()));
    }
}

#[test]
fn two_quorums_share_a_third_of_the_present_members() {
    for present in 1..=limits::MEMBERS_MAX {
        let threshold = u16::try_from(present / 2 + 1).unwrap();
        let quorum = cosigning_quorum(present, threshold);
        assert!(quorum * 3 >= present * 2 && quorum <= present, "{present}");
        assert!((quorum * 2 - present) * 3 >= present, "{present}");
    }
}

#[test]
fn whoever_is_called_absent_two_quorums_share_a_member() {
    for members in 2..=limits::MEMBERS_MAX {
        let threshold = u16::try_from(members / 2 + 1).unwrap();
        for present in 0..=members {
            let quorum = cosigning_quorum(present, threshold);
            assert!(quorum * 2 > members, "{present} of {members}");
        }
    }
}

#[test]
fn two_thresholds_share_a_member() {
    for members in 2..=200_u16 {
        let threshold = CharterRules::defaults().signing_threshold.of(members);
        assert!(threshold * 2 > members);
    }
}
