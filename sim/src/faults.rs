//! What fails, and when: processes are killed, power goes, disks fail or are
//! full, parties are cut off, clocks are wrong, requests are lost.

use std::collections::BTreeSet;

use crate::dice::Dice;
use crate::disk::{Failing, Failure};
use crate::hub::Weather;
use crate::party::PartyId;
use crate::plan::{Plan, Scene};

const MINUTE_MS: u64 = 60_000;

/// The network as it is where nothing is the matter with it.
const USUAL: Weather = Weather {
    lost: 5,
    unanswered: 5,
    late: 5,
    twice: 10,
    killed_before: 0,
    killed_after: 0,
    overtaken: 60,
};

/// Something that begins or ends to fail.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A process is killed; with the power, or without.
    Kill(PartyId, bool),
    /// A step of a disk will fail.
    Arm(PartyId, Failure),
    /// A disk is full, or no longer.
    Full(PartyId, bool),
    /// Somebody hears nobody, or everybody again.
    CutOff(PartyId, bool),
    /// A clock is this far ahead.
    Clock(PartyId, i64),
    /// A member's disk is copied, and another machine runs with it.
    Clone(usize),
    /// The network is like this.
    Weather(Weather),
    /// Nothing fails any more.
    End,
}

/// What is to fail.
pub struct Faults {
    dice: Dice,
    parties: Vec<PartyId>,
    next_ms: u64,
    /// How far one is from the next, at most.
    pause_ms: u64,
    end_ms: u64,
    /// What ends, and when.
    ends: Vec<(u64, Fault)>,
    full: BTreeSet<PartyId>,
    /// Whether whoever fails is soon back.
    is_brief: bool,
    is_over: bool,
}

impl Faults {
    /// The faults of a plan, from this time on. The day brings its own.
    pub fn new(plan: &Plan, begin_ms: u64) -> Self {
        let members = (0..plan.members_max()).map(PartyId::Member);
        let boxes = (0..plan.boxes).map(PartyId::DropBox);
        let mirrors = (0..plan.mirrors).map(PartyId::Mirror);
        // The secretariat as often as all others: most depends on it.
        let secretariat = (0..plan.members).map(|_| PartyId::Secretariat);
        let mut ends = vec![(begin_ms, Fault::Weather(USUAL))];
        if let Some(at) = plan.clone {
            ends.push((begin_ms + plan.stormy_min * MINUTE_MS / 4, Fault::Clone(at)));
        }
        let has_storm = plan.scene != Scene::Day;
        let at = |at_ms: u64| if has_storm { at_ms } else { u64::MAX };
        Self {
            dice: Dice::new(plan.seed, "faults"),
            parties: members
                .chain(boxes)
                .chain(mirrors)
                .chain(secretariat)
                .collect(),
            next_ms: at(begin_ms),
            pause_ms: plan.stormy_min * MINUTE_MS / 40,
            end_ms: at(begin_ms + plan.stormy_min * MINUTE_MS),
            ends,
            full: BTreeSet::new(),
            is_brief: !has_storm,
            is_over: false,
        }
    }

    /// When something begins or ends.
    pub fn next_ms(&self) -> Option<u64> {
        let ends = self.ends.iter().map(|(at, _)| *at);
        let next = [self.next_ms.min(self.end_ms)].into_iter();
        (!self.is_over).then(|| next.chain(ends).min()).flatten()
    }

    /// This is to happen then.
    pub fn plan(&mut self, at_ms: u64, fault: Fault) {
        self.ends.push((at_ms, fault));
    }

    /// Whether a disk is full.
    pub fn is_full(&self, id: PartyId) -> bool {
        self.full.contains(&id)
    }

    /// Whether somebody who dies loses the power with it.
    pub fn loses_power(&mut self) -> bool {
        self.dice.chance(1, 2)
    }

    /// For how long a process that ended is away.
    pub fn downtime_ms(&mut self, id: PartyId) -> u64 {
        match (self.dice.below(12), id) {
            _ if self.is_over => 1000,
            _ if self.is_brief => self.dice.within(100..=20_000),
            (0, PartyId::Member(_)) => self.dice.within(1..=8) * 60 * MINUTE_MS,
            (0..=2, _) => self.dice.within(1..=20) * MINUTE_MS,
            _ => self.dice.within(100..=20_000),
        }
    }

    /// What begins or ends now.
    pub fn next(&mut self, now_ms: u64) -> Option<Fault> {
        if now_ms >= self.end_ms {
            self.is_over = true;
            self.full.clear();
            return Some(Fault::End);
        }
        if let Some(at) = self.ends.iter().position(|(at, _)| *at <= now_ms) {
            let (_, fault) = self.ends.swap_remove(at);
            if let Fault::Full(id, false) = fault {
                self.full.remove(&id);
            }
            return Some(fault);
        }
        if now_ms < self.next_ms {
            return None;
        }
        self.next_ms = now_ms + self.dice.within(1000..=self.pause_ms);
        let id = *self.dice.pick(&self.parties)?;
        Some(self.begin(id, now_ms))
    }

    fn begin(&mut self, id: PartyId, now_ms: u64) -> Fault {
        let short_ms = now_ms + self.dice.within(1..=40) * MINUTE_MS;
        let long_ms = now_ms + self.dice.within(1..=240) * MINUTE_MS;
        match self.dice.below(10) {
            0..=2 => Fault::Kill(id, self.dice.chance(1, 2)),
            3..=5 => Fault::Arm(id, self.failure()),
            6 => {
                self.full.insert(id);
                self.ends.push((short_ms, Fault::Full(id, false)));
                Fault::Full(id, true)
            }
            7 => {
                self.ends.push((long_ms, Fault::CutOff(id, false)));
                Fault::CutOff(id, true)
            }
            8 => {
                // One at a time: ledger time is what more than half of the clocks
                // say, and knows no better.
                let is_member =
                    |fault: &Fault| matches!(fault, Fault::Clock(PartyId::Member(_), _));
                if is_member(&Fault::Clock(id, 0))
                    && self.ends.iter().any(|(_, fault)| is_member(fault))
                {
                    return Fault::Kill(id, false);
                }
                self.ends.push((long_ms, Fault::Clock(id, 0)));
                let hours = i64::try_from(self.dice.within(0..=6)).unwrap_or(0) - 3;
                Fault::Clock(id, hours * 3_600_000)
            }
            _ => {
                self.ends.push((short_ms, Fault::Weather(USUAL)));
                Fault::Weather(self.weather())
            }
        }
    }

    fn failure(&mut self) -> Failure {
        let ways = [Failing::Lost, Failing::Torn, Failing::Persisted];
        Failure {
            after: self.dice.below(60),
            how: *self.dice.pick(&ways).unwrap_or(&Failing::Lost),
            is_end: self.dice.chance(3, 4),
        }
    }

    fn weather(&mut self) -> Weather {
        let mut share = |most: u64| self.dice.below(most);
        Weather {
            lost: share(100),
            unanswered: share(100),
            late: share(60),
            twice: share(100),
            killed_before: share(4),
            killed_after: share(8),
            overtaken: share(400),
        }
    }
}
