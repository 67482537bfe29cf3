//! Where acts of people stand on a ledger, and when: what a drop box promised
//! is judged by it. They are known by their leaf hashes, since several people's
//! acts can have one id. Sessions and editions are not in it, which are most of a
//! ledger, and which no drop box takes.

use std::collections::BTreeMap;

use comity_core::basic::{Digest, Time};
use comity_core::state::Outcome;

use crate::follow::Applied;

/// The acts so far, as a follower of the ledger notes them one by one.
#[derive(Clone, Debug, Default)]
pub struct Index {
    positions: BTreeMap<Digest, u64>,
    /// The time acts: position, and the ledger time that each made.
    times: Vec<(u64, Time)>,
}

impl Index {
    /// Notes an act that was applied.
    pub fn note(&mut self, applied: &Applied) {
        match applied.outcome {
            Outcome::TimeMoved(time) => self.times.push((applied.position, time)),
            Outcome::SessionOpened(_)
            | Outcome::Published(_)
            | Outcome::Dealt(_)
            | Outcome::Followed(_)
            | Outcome::KeysetSigned(_)
            | Outcome::Succeeded(_) => {}
            Outcome::Founded
            | Outcome::KeyMade(_)
            | Outcome::Recorded
            | Outcome::Proposed(_)
            | Outcome::Decided(..)
            | Outcome::Voided(_) => {
                self.positions
                    .entry(applied.leaf)
                    .or_insert(applied.position);
            }
        }
        // Whatever came of the act: it is on the ledger with its receipt.
        if let Some(act) = applied.merged {
            self.positions.entry(act).or_insert(applied.position);
        }
    }

    /// Where the act with this leaf hash stands first, by itself or in one that came with its
    /// receipt.
    pub fn position(&self, leaf: &Digest) -> Option<u64> {
        self.positions.get(leaf).copied()
    }

    /// The first ledger time there was.
    pub fn first_time(&self) -> Option<Time> {
        self.times.first().map(|(_, time)| *time)
    }

    /// Ledger time after so many acts.
    pub fn time_after(&self, size: u64) -> Option<Time> {
        let before = self.times.partition_point(|(position, _)| *position < size);
        self.times[..before].last().map(|(_, time)| *time)
    }

    /// The first time act at this position or behind it.
    pub fn time_act_from(&self, position: u64) -> Option<(u64, Time)> {
        let before = self.times.partition_point(|(at, _)| *at < position);
        self.times.get(before).copied()
    }

    /// The first time act by which ledger time is later than this.
    pub fn time_act_past(&self, time: Time) -> Option<(u64, Time)> {
        // Ledger time never goes backwards.
        let before = self.times.partition_point(|(_, at)| *at <= time);
        self.times.get(before).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(position: u64, outcome: Outcome) -> Applied {
        Applied {
            position,
            id: Digest([0; 32]),
            leaf: Digest([u8::try_from(position).unwrap(); 32]),
            merged: None,
            outcome,
        }
    }

    #[test]
    fn acts_of_people_are_found_and_sessions_are_not_kept() {
        let mut index = Index::default();
        index.note(&applied(3, Outcome::Recorded));
        index.note(&applied(4, Outcome::SessionOpened(1)));
        index.note(&applied(5, Outcome::Published(1)));
        index.note(&Applied {
            merged: Some(Digest([99; 32])),
            ..applied(6, Outcome::Voided(Digest([7; 32])))
        });
        // The same again, which changes nothing.
        index.note(&Applied {
            leaf: Digest([3; 32]),
            merged: Some(Digest([99; 32])),
            ..applied(7, Outcome::Recorded)
        });
        for (act, position) in [
            (3, Some(3)),
            (4, None),
            (5, None),
            (6, Some(6)),
            (99, Some(6)),
        ] {
            assert_eq!(index.position(&Digest([act; 32])), position, "{act}");
        }
    }

    #[test]
    fn ledger_time_is_that_of_the_last_time_act_before() {
        let mut index = Index::default();
        for (position, time) in [(2, 100), (5, 200), (9, 300)] {
            index.note(&applied(position, Outcome::TimeMoved(Time(time))));
        }
        let after = [
            (0, None),
            (2, None),
            (3, Some(100)),
            (5, Some(100)),
            (6, Some(200)),
        ];
        for (size, time) in after {
            assert_eq!(index.time_after(size), time.map(Time), "{size}");
        }
        let from = [
            (0, Some(2)),
            (2, Some(2)),
            (3, Some(5)),
            (9, Some(9)),
            (10, None),
        ];
        for (position, found) in from {
            let found_at = index.time_act_from(position).map(|(at, _)| at);
            assert_eq!(found_at, found, "{position}");
        }
        let past = [
            (0, Some(2)),
            (99, Some(2)),
            (100, Some(5)),
            (299, Some(9)),
            (300, None),
        ];
        for (time, found) in past {
            let found_at = index.time_act_past(Time(time)).map(|(at, _)| at);
            assert_eq!(found_at, found, "{time}");
        }
    }
}
