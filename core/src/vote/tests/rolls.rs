//! Which ballots come on a roll, and the roll call as a file.

use std::string::String;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::act::Vote;
use crate::basic::Time;
use crate::refusal::tests::seeded;
use crate::vote::roll_call::{COLUMNS, RollCall, csv};
use crate::vote::{Entry, Roll, RollFinding};

#[test]
fn a_place_casts_one_ballot() {
    let mut roll = Roll::new(3);
    assert_eq!(roll.cast(1, Vote::For), Ok(()));
    let before = roll.clone();
    for vote in [Vote::For, Vote::Against, Vote::Abstain] {
        assert_eq!(
            roll.cast(1, vote),
            Err(RollFinding::SecondBallot { place: 1 })
        );
        assert_eq!(
            roll.cast(3, vote),
            Err(RollFinding::NoSuchPlace { place: 3 })
        );
    }
    assert_eq!(roll, before);
    let for_one = [Entry::Absent, Entry::Cast(Vote::For), Entry::Absent];
    assert_eq!(roll.entries(), for_one);
}

#[test]
fn who_is_no_member_is_in_no_base() {
    let mut roll = Roll::from_entries(vec![
        Entry::Cast(Vote::For),
        Entry::NotMember,
        Entry::Absent,
        Entry::Cast(Vote::Abstain),
        Entry::Cast(Vote::Against),
    ]);
    let not_member = RollFinding::NotMember { place: 1 };
    assert_eq!(roll.cast(1, Vote::For), Err(not_member));
    assert_eq!(roll.figures(), figures(1, 1, 1, 4));
    let count = Count::of_roll(&SIMPLE, &roll);
    assert_eq!((count.eligible, count.taking_part), (4, 3));
    assert_eq!((count.voting, count.silent), (2, 1));
}

/// Two roll calls with every code, and text that has to be quoted.
fn roll_calls() -> String {
    let first = [
        ("be", Entry::Cast(Vote::For)),
        ("br", Entry::Cast(Vote::Abstain)),
        ("in", Entry::Cast(Vote::Against)),
        ("ke", Entry::Absent),
        ("ss", Entry::NotMember),
    ];
    let second = [
        ("be", Entry::Cast(Vote::Against)),
        ("a, \"b\"", Entry::Cast(Vote::For)),
    ];
    let first = RollCall {
        rcid: 1,
        session: 1,
        // 2012-12-13T23:59:59Z.
        date: Time(1_355_443_199),
        unres: "0e3a",
        amend: false,
        para: false,
        descr: "New name server",
        entries: &first,
    };
    let second = RollCall {
        rcid: 2,
        date: first.date.plus(1),
        unres: "",
        amend: true,
        para: true,
        descr: "Replace \"may\",\r\nby 'shall'",
        entries: &second,
        ..first
    };
    csv(&[first, second])
}

#[test]
fn a_roll_call_is_a_file() {
    assert_eq!(roll_calls(), include_str!("roll-call.csv"));
    assert_eq!(
        csv(&[]),
        "rcid,session,date,unres,amend,para,descr,country,vote\r\n"
    );
}

/// Fields of a file by RFC 4180, read apart from the writer.
fn fields(file: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut field) = (vec![], vec![], String::new());
    let mut quoted = false;
    let mut rest = file.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' if quoted && rest.peek() == Some(&'"') => field.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(core::mem::take(&mut field)),
            '\r' if !quoted => {
                assert_eq!(rest.next(), Some('\n'));
                line.push(core::mem::take(&mut field));
                lines.push(core::mem::take(&mut line));
            }
            next => field.push(next),
        }
    }
    assert!(line.is_empty() && field.is_empty() && !quoted);
    lines
}

proptest! {
    #![proptest_config(seeded(500))]

    /// Whatever a text holds, a reader of CSV gets it back.
    #[test]
    fn texts_come_back_from_the_file(
        [unres, descr, country] in [(); 3].map(|()| "[a=,\"\r\n é]{0,6}"),
        seconds in any::<u64>(),
    ) {
        let call = RollCall {
            rcid: u64::MAX,
            session: 1,
            date: Time(seconds),
            unres: &unres,
            amend: false,
            para: true,
            descr: &descr,
            entries: &[(&country, Entry::Absent)],
        };
        let lines = fields(&csv(&[call]));
        prop_assert_eq!(lines.len(), 2);
        prop_assert_eq!(&lines[0], &COLUMNS);
        prop_assert_eq!(lines[1].len(), COLUMNS.len());
        prop_assert_eq!([&lines[1][3], &lines[1][6], &lines[1][7]], [&unres, &descr, &country]);
        prop_assert_eq!(&lines[1][8], "8");
    }
}
