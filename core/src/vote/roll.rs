//! The roll: every place in the list of members and what came from it.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::Figures;
use crate::act::Vote;

/// What came from one place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A ballot.
    Cast(Vote),
    /// A member with a vote that cast no ballot.
    Absent,
    /// No member, or not yet: no vote, and in no base.
    NotMember,
}

/// All ballots by the places of those that cast them. A ballot is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    entries: Vec<Entry>,
}

/// Why a ballot is not put on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollFinding {
    /// The list ends before this place.
    NoSuchPlace {
        /// The place, from 0.
        place: usize,
    },
    /// Whoever has this place has no vote.
    NotMember {
        /// The place, from 0.
        place: usize,
    },
    /// A ballot from this place is there already.
    SecondBallot {
        /// The place, from 0.
        place: usize,
    },
}

impl Roll {
    /// The roll of so many members, before the first ballot.
    pub fn new(members: usize) -> Self {
        Self {
            entries: vec![Entry::Absent; members],
        }
    }

    /// A roll that is already filled in.
    pub fn from_entries(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    /// Puts a ballot on the roll.
    ///
    /// # Errors
    /// [`RollFinding`]; the roll is then as it was.
    pub fn cast(&mut self, place: usize, vote: Vote) -> Result<(), RollFinding> {
        let no_such_place = RollFinding::NoSuchPlace { place };
        let entry = self.entries.get_mut(place).ok_or(no_such_place)?;
        match entry {
            Entry::Absent => {
                *entry = Entry::Cast(vote);
                Ok(())
            }
            Entry::NotMember => Err(RollFinding::NotMember { place }),
            Entry::Cast(_) => Err(RollFinding::SecondBallot { place }),
        }
    }

    /// What came from each place, in the order of the list.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The ballots, counted.
    pub fn figures(&self) -> Figures {
        let number = |is: fn(&Entry) -> bool| {
            let number = self.entries.iter().filter(|entry| is(entry)).count();
            // Members number a few hundred at most.
            u32::try_from(number).unwrap_or(u32::MAX)
        };
        Figures {
            eligible: number(|entry| *entry != Entry::NotMember),
            in_favour: number(|entry| *entry == Entry::Cast(Vote::For)),
            against: number(|entry| *entry == Entry::Cast(Vote::Against)),
            abstain: number(|entry| *entry == Entry::Cast(Vote::Abstain)),
        }
    }
}

impl fmt::Display for RollFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPlace { place } => write!(f, "place {place} is not on the roll"),
            Self::NotMember { place } => write!(f, "place {place} has no vote"),
            Self::SecondBallot { place } => write!(f, "place {place} has cast its ballot"),
        }
    }
}

impl core::error::Error for RollFinding {}
