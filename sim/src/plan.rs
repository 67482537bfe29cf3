//! What a simulation is like: all of it follows from the seed.

use std::collections::BTreeMap;

use crate::character::Lies;
use crate::dice::Dice;

const DAY_MIN: u64 = 1440;

/// What happens in a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Anything may fail at any time, and people do what people do.
    Storm,
    /// The day on which more than a third walk out, in small.
    Day,
    /// Months in which keys follow one another.
    Rolls,
}

/// What a simulation is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed that all follows from.
    pub seed: u64,
    /// What happens.
    pub scene: Scene,
    /// How many members found the zone.
    pub members: usize,
    /// How many more may come, with machines of their own.
    pub newcomers: usize,
    /// How many walk out on the day; the last of the founders.
    pub leave: usize,
    /// How many drop boxes.
    pub boxes: usize,
    /// How many mirrors.
    pub mirrors: usize,
    /// The liars among the members, and how they lie.
    pub liars: BTreeMap<usize, Lies>,
    /// Those who commit and are silent then.
    pub silent: Vec<usize>,
    /// Of whom there comes to be a clone, if of anybody.
    pub clone: Option<usize>,
    /// For how long there are faults, in minutes.
    pub stormy_min: u64,
    /// Ledger time moves at least this often, in seconds.
    pub time_interval_s: u64,
    /// Silence after which a member counts as absent, in seconds.
    pub absence_after_s: u64,
}

impl Plan {
    /// The plan of a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "plan");
        let members = 3 + dice.index(5);
        // So many can fail, and a threshold is left.
        let spare = members - (members / 2 + 1);
        let wicked = dice.index(spare + 1);
        let mut all: Vec<usize> = (0..members).collect();
        let mut some = || {
            (0..wicked)
                .map(|_| all.remove(dice.index(all.len())))
                .collect()
        };
        let mut wicked: Vec<usize> = some();
        let silent = wicked.split_off(wicked.len() / 2);
        let (stormy_min, time_interval_s) = match dice.below(8) {
            // Long enough for signatures to be renewed, and members to be absent.
            0 => (4 * DAY_MIN, 21_600),
            1 => (180, 600),
            _ => (dice.within(240..=900), 3600),
        };
        let boxes = dice.index(3);
        let mirrors = 1 + dice.index(2);
        Self {
            seed,
            scene: Scene::Storm,
            members,
            newcomers: dice.index(3),
            leave: 0,
            boxes,
            mirrors,
            liars: lies(&wicked, &mut dice),
            silent,
            clone: all.first().copied().filter(|_| seed.is_multiple_of(4)),
            stormy_min,
            time_interval_s,
            absence_after_s: 86_400,
        }
    }

    /// The day of a seed: as many walk out as the threshold allows, but for those
    /// who lie among the others.
    pub fn day(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "plan of a day");
        let members = 7 + dice.index(7);
        let spare = members - (members / 2 + 1);
        // More than a third leave.
        let fewest = members / 3 + 1;
        let leave = fewest.max(spare - dice.index(2));
        let liars: Vec<usize> = (0..spare - leave).collect();
        Self {
            seed,
            scene: Scene::Day,
            members,
            newcomers: dice.index(4),
            leave,
            boxes: dice.index(2),
            mirrors: 1 + dice.index(2),
            liars: lies(&liars, &mut dice),
            silent: Vec::new(),
            clone: None,
            stormy_min: 0,
            time_interval_s: 600,
            absence_after_s: 86_400,
        }
    }

    /// Months of a seed.
    pub fn rolls(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "plan of months");
        let members = 3 + dice.index(2);
        Self {
            seed,
            scene: Scene::Rolls,
            members,
            newcomers: dice.index(2),
            leave: 0,
            boxes: 0,
            mirrors: 1,
            liars: BTreeMap::new(),
            silent: Vec::new(),
            clone: None,
            stormy_min: dice.within(165..=215) * DAY_MIN,
            time_interval_s: 86_400,
            absence_after_s: 14 * 86_400,
        }
    }

    /// Whether this member keeps the rules; whoever comes later does.
    pub fn is_honest(&self, at: usize) -> bool {
        !self.liars.contains_key(&at) && !self.silent.contains(&at)
    }

    /// How many members there may come to be.
    pub fn members_max(&self) -> usize {
        self.members + self.newcomers
    }
}

/// What each of them lies about. Only the first says that it holds other shares: of
/// those a third would keep any ceremony from its end.
fn lies(liars: &[usize], dice: &mut Dice) -> BTreeMap<usize, Lies> {
    let mut one = |(place, at): (usize, &usize)| {
        let lies = Lies {
            shares: dice.chance(3, 4),
            commitment: dice.chance(1, 3),
            sealed: dice.chance(1, 3),
            complaint: dice.chance(1, 2),
            possession: dice.chance(1, 2) && place == 0,
        };
        (*at, lies)
    };
    liars.iter().enumerate().map(&mut one).collect()
}
