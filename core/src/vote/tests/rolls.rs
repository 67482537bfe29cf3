//! Which ballots come on a roll.

use std::vec;

use super::*;
use crate::act::Vote;
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
