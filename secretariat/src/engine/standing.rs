//! Whom the secretariat asks to sign first. Any threshold of the members
//! signs as well as any other, so those are asked who did what they had
//! promised when they were last asked; then those who fell silent, the longest
//! ago first, so that one who stays silent does not stand before one who is
//! back; and those who sent wrong shares last. Nobody is barred for ever: a member that is
//! needed gets another chance, after a wait that doubles with each, so that
//! tries which come to nothing fill no ledger.
//!
//! It decides no rule. What it remembers is of this process only.

use std::collections::BTreeMap;

use super::{Now, Pace};

/// The longest wait for an answer or before another chance, in seconds,
/// unless one of the configuration is longer. Forty-eight tries a day fill no
/// ledger, and whoever is back after a long storm is soon asked again.
const WAIT_S_MAX: u64 = 1800;

/// How a member answered when it was last asked for shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It sent right shares, or was never asked.
    #[default]
    Good,
    /// It sent none in time.
    Silent,
    /// It sent wrong ones, signed.
    Lied,
}

/// The standing of all members, and the patience with them.
#[derive(Default)]
pub(super) struct Standings {
    /// Of those who have no good one, with a number that grows, by which it is
    /// known who failed longest ago.
    members: BTreeMap<usize, (Standing, u64)>,
    failures: u64,
    /// Tries of this edition with members of no good standing.
    second_chances: u32,
    /// When the last of them was.
    last_chance: Option<Now>,
    /// Since when there have been enough members for the next try.
    enough: Option<Now>,
}

impl Standings {
    /// The member's standing.
    pub(super) fn of(&self, member: usize) -> Standing {
        self.members.get(&member).copied().unwrap_or_default().0
    }

    /// Whether it sent wrong shares when it was last asked.
    pub(super) fn has_lied(&self, member: usize) -> bool {
        self.of(member) == Standing::Lied
    }

    /// Whom to ask first: the least.
    fn order(&self, member: usize) -> (Standing, u64, usize) {
        let (standing, failure) = self.members.get(&member).copied().unwrap_or_default();
        (standing, failure, member)
    }

    /// Notes how a member answered. Only a right answer makes up for a wrong one.
    pub(super) fn note(&mut self, member: usize, standing: Standing) {
        self.failures = self.failures.saturating_add(1);
        let standing = match (self.of(member), standing) {
            (Standing::Lied, Standing::Silent) => Standing::Lied,
            (_, standing) => standing,
        };
        match standing {
            Standing::Good => self.members.remove(&member),
            Standing::Silent | Standing::Lied => {
                self.members.insert(member, (standing, self.failures))
            }
        };
    }

    /// Begins with a new edition; the standings stay.
    pub(super) fn begin_edition(&mut self) {
        (self.second_chances, self.last_chance, self.enough) = (0, None, None);
    }

    /// How long members have to answer, in seconds.
    pub(super) fn patience_s(&self, pace: &Pace) -> u64 {
        let longest = WAIT_S_MAX.max(pace.session_timeout_s);
        let factor = 1_u64.checked_shl(self.second_chances).unwrap_or(u64::MAX);
        let first = pace.session_timeout_s.max(1);
        first.saturating_mul(factor).min(longest)
    }

    /// The signers of the next try, in order, of those who have committed to
    /// it. None while fewer than a threshold have; where not all are good ones, for one
    /// session timeout after that, so that better ones can commit; and until the wait
    /// since the last try with such is over, which counts from that try, not from when
    /// enough had committed. Where there are any, the try must then be made.
    pub(super) fn choose(
        &mut self,
        committed: impl Iterator<Item = usize>,
        threshold: usize,
        pace: &Pace,
        now: Now,
    ) -> Option<Vec<usize>> {
        let mut chosen: Vec<usize> = committed.collect();
        chosen.sort_by_key(|member| self.order(*member));
        chosen.truncate(threshold);
        if chosen.len() < threshold {
            self.enough = None;
            return None;
        }
        let is_good = |member: &usize| self.of(*member) == Standing::Good;
        if !chosen.iter().all(is_good) {
            let since = *self.enough.get_or_insert(now);
            let is_early = |last| !now.is_past(last, self.patience_s(pace));
            if !now.is_past(since, pace.session_timeout_s.max(1))
                || self.last_chance.is_some_and(is_early)
            {
                return None;
            }
            self.second_chances = self.second_chances.saturating_add(1);
            self.last_chance = Some(now);
        }
        self.enough = None;
        chosen.sort_unstable();
        Some(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        time_interval_s: 600,
        ceremony_timeout_s: 60,
        session_timeout_s: 10,
        session_pace_s: 3,
        session_commitments_per_s: 1000,
    };

    fn after(seconds: u64) -> Now {
        Now(1_795_567_938_000 + seconds * 1000)
    }

    fn standings(silent: &[usize], lied: &[usize]) -> Standings {
        let mut standings = Standings::default();
        for (members, standing) in [(silent, Standing::Silent), (lied, Standing::Lied)] {
            for member in members {
                standings.note(*member, standing);
            }
        }
        standings
    }

    #[test]
    fn the_best_that_have_committed_are_chosen() {
        for (silent, lied, committed, chosen) in [
            (&[][..], &[][..], &[0, 1, 2, 3, 4][..], Some([0, 1, 2])),
            (&[0], &[], &[0, 1, 2, 3], Some([1, 2, 3])),
            (&[], &[0], &[0, 1, 2, 3], Some([1, 2, 3])),
            (&[0], &[1], &[0, 1, 2, 3, 4], Some([2, 3, 4])),
            // Too few.
            (&[], &[], &[3, 4], None),
            // Enough only with others, who are waited with.
            (&[0], &[], &[0, 1, 2], None),
            (&[], &[0, 1], &[0, 1, 2, 3], None),
        ] {
            let committed = committed.iter().copied();
            let now = after(0);
            let found = standings(silent, lied).choose(committed, 3, &PACE, now);
            assert_eq!(found, chosen.map(Vec::from), "{silent:?} {lied:?}");
        }
    }

    #[test]
    fn who_is_needed_gets_another_chance_and_the_silent_before_liars() {
        let mut standings = standings(&[1], &[0]);
        let mut choose = |seconds| {
            let committed = [0, 1, 2, 3].into_iter();
            standings.choose(committed, 3, &PACE, after(seconds))
        };
        assert_eq!(choose(0), None);
        assert_eq!(choose(9), None);
        assert_eq!(choose(10), Some([1, 2, 3].into()));
        // The next comes after twice as long,
        assert_eq!(choose(11), None);
        assert_eq!(choose(29), None);
        assert_eq!(choose(30), Some([1, 2, 3].into()));
        // and where that has passed already, as soon as better ones had time to commit.
        assert_eq!(choose(70), None);
        assert_eq!(choose(79), None);
        assert_eq!(choose(80), Some([1, 2, 3].into()));
        standings.begin_edition();
        assert_eq!(standings.patience_s(&PACE), 10);
        assert_eq!(standings.of(0), Standing::Lied);
    }

    #[test]
    fn the_wait_begins_anew_when_there_are_too_few_in_between() {
        let mut standings = standings(&[0], &[]);
        let mut choose = |committed: &[usize], seconds| {
            standings.choose(committed.iter().copied(), 3, &PACE, after(seconds))
        };
        assert_eq!(choose(&[0, 1, 2], 0), None);
        assert_eq!(choose(&[0, 1], 9), None);
        assert_eq!(choose(&[0, 1, 2], 10), None);
        assert_eq!(choose(&[0, 1, 2], 20), Some([0, 1, 2].into()));
    }

    #[test]
    fn one_who_stays_silent_does_not_stand_before_one_who_is_back() {
        let mut standings = standings(&[0, 3], &[]);
        let mut now = after(0);
        // 0 never answers; 3 would.
        for expected in [[0, 1, 2], [1, 2, 3]] {
            let committed = 0..4;
            assert_eq!(standings.choose(committed.clone(), 3, &PACE, now), None);
            now = Now(now.0 + 3600 * 1000);
            let chosen = standings.choose(committed, 3, &PACE, now);
            assert_eq!(chosen, Some(expected.into()));
            if chosen.is_some_and(|chosen| chosen.contains(&0)) {
                standings.note(0, Standing::Silent);
            }
        }
    }

    #[test]
    fn a_right_answer_restores_the_standing() {
        let mut standings = standings(&[], &[0]);
        standings.note(0, Standing::Good);
        let chosen = standings.choose(0..3, 3, &PACE, after(0));
        assert_eq!(chosen, Some([0, 1, 2].into()));
    }

    #[test]
    fn patience_has_an_end() {
        let (mut standings, mut seconds) = (standings(&[0], &[]), 0);
        for _ in 0..100 {
            assert_eq!(standings.choose(0..3, 3, &PACE, after(seconds)), None);
            let wait = standings.patience_s(&PACE);
            assert!((10..=WAIT_S_MAX).contains(&wait));
            seconds += wait;
            assert!(standings.choose(0..3, 3, &PACE, after(seconds)).is_some());
        }
        assert_eq!(standings.patience_s(&PACE), WAIT_S_MAX);
        let slow = Pace {
            session_timeout_s: 7200,
            ..PACE
        };
        assert_eq!(standings.patience_s(&slow), 7200);
    }
}
