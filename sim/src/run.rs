//! A simulation: one event after the other, from the seed alone. First there is
//! a storm, in which anything may fail; then all faults stop, and what was
//! promised must come.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use comity_core::basic::Digest;
use comity_core::state::KeyStage;
use comity_member::surroundings::Random;

use crate::cast::Cast;
use crate::checker::{Broken, Invariant};
use crate::clock::{BEGIN_MS, PartyClock};
use crate::day::Day;
use crate::dice::{Dice, Seeded};
use crate::faults::{Fault, Faults};
use crate::hub::lock;
use crate::line::Line;
use crate::party::{Party, PartyId};
use crate::people::People;
use crate::plan::{Plan, Scene};

/// From here on nothing fails by itself, so that each simulation has a zone.
const BIRTH_MS: u64 = 10 * 60_000;
/// In the calm everybody looks at the ledger this often at least.
pub(crate) const LOOK_MS_MAX: u64 = 45 * 60_000;
/// More events than any simulation has.
const STEPS_MAX: u64 = 3_000_000;

/// What a simulation came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// What does not hold, and when that was seen; none where all does.
    pub broken: Option<Broken>,
    /// How many events there were.
    pub steps: u64,
    /// How many minutes went by.
    pub minutes: u64,
    /// How many acts are on the ledger.
    pub acts: u64,
    /// How many of each type.
    pub kinds: BTreeMap<String, u64>,
    /// How many editions there are.
    pub editions: usize,
    /// How many epochs came to sign.
    pub epochs: usize,
    /// How many keys there were, and how many of them are out of use.
    pub keys: (usize, usize),
    /// How many receipts drop boxes gave.
    pub receipts: usize,
    /// The digest of all that happened: the same seed has the same.
    pub trace: Digest,
}

/// How far a simulation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Anything may fail.
    Storm,
    /// Since when it is calm, and the edition that there was.
    Calm {
        since_ms: u64,
        edition: u64,
        is_changed: bool,
    },
    /// It is served; shares are dealt as they should be since then.
    Settling {
        since_ms: u64,
    },
    /// All came as it should; receipts are waited for.
    Late {
        since_ms: u64,
    },
    Over,
}

/// A simulation.
pub struct Simulation {
    pub(crate) plan: Plan,
    pub(crate) cast: Cast,
    pub(crate) people: People,
    pub(crate) faults: Faults,
    pub(crate) day: Option<Day>,
    dice: Dice,
    pub(crate) stage: Stage,
    /// When each party's process does something by itself.
    pub(crate) wake: BTreeMap<PartyId, u64>,
    /// When each party's process is started again.
    pub(crate) start: BTreeMap<PartyId, u64>,
    /// Whose machine is not there yet, or not any more.
    pub(crate) away: BTreeSet<PartyId>,
    /// Who waits after a turn that failed, whatever there is to hear.
    failed: BTreeSet<PartyId>,
    /// For how many turns nothing was new to each party.
    idle: BTreeMap<PartyId, (u32, u64)>,
    pub(crate) people_ms: u64,
    steps: u64,
}

impl Simulation {
    /// The simulation of a seed.
    ///
    /// # Errors
    /// Where a party cannot be made.
    pub fn new(seed: u64) -> Result<Self, String> {
        Self::of(Plan::new(seed))
    }

    /// The simulation of a plan.
    ///
    /// # Errors
    /// As [`Simulation::new`].
    pub fn of(plan: Plan) -> Result<Self, String> {
        let cast = Cast::gather(&plan)?;
        let people = People::new(&plan, &cast);
        let ids = cast.hub.ids().into_iter();
        let here = ids.filter(|id| id.member().is_none_or(|at| people.has_come(at)));
        let start = here.map(|id| (id, BEGIN_MS));
        Ok(Self {
            day: Day::new(&plan),
            faults: Faults::new(&plan, BEGIN_MS + BIRTH_MS),
            dice: Dice::new(plan.seed, "events"),
            stage: Stage::Storm,
            wake: BTreeMap::new(),
            start: start.collect(),
            away: (plan.members..plan.members_max())
                .map(PartyId::Member)
                .collect(),
            failed: BTreeSet::new(),
            idle: BTreeMap::new(),
            people_ms: BEGIN_MS + BIRTH_MS / 2,
            steps: 0,
            plan,
            cast,
            people,
        })
    }

    /// Has each event shown, for who wants to see them.
    pub fn show(&self, show: fn(&str)) {
        self.cast.hub.show(show);
    }

    /// Runs it to its end, or until something does not hold.
    pub fn run(mut self) -> Report {
        while self.stage != Stage::Over && self.broken().is_none() && self.steps < STEPS_MAX {
            self.step();
        }
        let checker = self.cast.hub.checker();
        let founded = checker.founded();
        let editions = founded.map_or(0, |founded| founded.editions.len());
        let epochs = founded.map_or(0, |founded| founded.epochs.len());
        Report {
            seed: self.plan.seed,
            broken: checker.broken().cloned(),
            steps: self.steps,
            minutes: (self.cast.hub.time.now_ms() - BEGIN_MS) / 60_000,
            acts: checker.state().log().size(),
            kinds: checker.kinds().clone(),
            editions,
            epochs,
            keys: founded.map_or((0, 0), |founded| {
                let gone = founded.keys.iter();
                let gone = gone.filter(|key| key.stage == KeyStage::Gone);
                (founded.keys.len(), gone.count())
            }),
            receipts: checker.receipts(),
            trace: self.cast.hub.traced().0,
        }
    }

    fn broken(&self) -> Option<Broken> {
        self.cast.hub.checker().broken().cloned()
    }

    /// One event.
    fn step(&mut self) {
        self.steps += 1;
        let hub = &self.cast.hub;
        let late_ms = hub.next_late_ms();
        let wake = earliest(&self.wake);
        let start = earliest(&self.start);
        let fault_ms = self.faults.next_ms();
        let times = [
            late_ms,
            wake.map(|(_, at)| at),
            start.map(|(_, at)| at),
            fault_ms,
            Some(self.people_ms),
        ];
        let Some(now_ms) = times.into_iter().flatten().min() else {
            return;
        };
        hub.time.set(now_ms);
        let now_ms = hub.time.now_ms();
        let is_now = |at: Option<u64>| at.is_some_and(|at| at <= now_ms);
        match (wake, start) {
            _ if is_now(late_ms) => hub.deliver_late(),
            (_, Some((id, at))) if is_now(Some(at)) => self.start_process(id),
            _ if is_now(fault_ms) => self.fail(now_ms),
            _ if self.people_ms <= now_ms => self.let_people_act(now_ms),
            (Some((id, at)), _) if is_now(Some(at)) => self.turn(id, now_ms),
            _ => {}
        }
        self.settle(now_ms);
    }

    /// How rarely anybody looks once faults have stopped.
    pub(crate) fn look_ms(&self) -> u64 {
        (self.plan.time_interval_s * 1000 / 8).min(LOOK_MS_MAX)
    }

    /// A party's turn, and when its next is.
    fn turn(&mut self, id: PartyId, now_ms: u64) {
        let waited = self.cast.hub.turn(id);
        let waited_ms = waited.map_or(1000, |it| u64::try_from(it.as_millis()).unwrap_or(1000));
        let size = self.cast.hub.checker().state().log().size();
        let (idle, known) = self.idle.get(&id).copied().unwrap_or_default();
        let idle = if known == size { idle + 1 } else { 0 };
        self.idle.insert(id, (idle, size));
        let longest_ms = match self.stage {
            Stage::Storm => self.plan.time_interval_s * 1000 / 8,
            // What is to come soon is looked for.
            _ => self.look_ms(),
        };
        let stretched = |first_ms: u64| {
            let wait_ms = first_ms.saturating_mul(1 << idle.min(12));
            wait_ms.min(longest_ms).max(first_ms)
        };
        match waited_ms > 0 {
            true => self.failed.insert(id),
            false => self.failed.remove(&id),
        };
        let (_, wait_s) = self.cast.hub.known_tasks(id);
        let wait_ms = match id {
            PartyId::Member(_) | PartyId::Clone(_) if waited_ms > 0 => waited_ms,
            // A long request: whoever has news for it ends it.
            PartyId::Member(_) | PartyId::Clone(_) if wait_s > 1 => stretched(wait_s * 1000),
            PartyId::Member(_) | PartyId::Clone(_) => 1000,
            _ => stretched(waited_ms),
        };
        let jitter_ms = self.dice.below(100);
        self.wake.insert(id, now_ms + wait_ms + jitter_ms);
    }

    fn start_process(&mut self, id: PartyId) {
        self.start.remove(&id);
        let hub = &self.cast.hub;
        hub.trace(&format!("start {id:?}"), None);
        let Some(party) = hub.party(id) else { return };
        let mut party = lock(&party);
        let failures = party.disk.failures();
        party.start();
        let is_spared = self.faults.is_full(id) || party.disk.failures() != failures;
        if let Some(trouble) = party.trouble.clone().filter(|_| !is_spared) {
            let what = format!("{id:?} does not start: {trouble}");
            hub.checker().note_broken(Invariant::NothingLost, what);
        }
        hub.look(&party);
        let now_ms = hub.time.now_ms();
        self.wake.insert(id, now_ms + 1);
    }

    fn fail(&mut self, now_ms: u64) {
        let hub = &self.cast.hub;
        let Some(fault) = self.faults.next(now_ms) else {
            return;
        };
        hub.trace(&format!("{fault:?}"), None);
        match fault {
            Fault::Kill(id, loses_power) => self.kill(id, loses_power),
            Fault::Arm(id, failure) => self.with(id, |party| party.disk.arm(failure)),
            Fault::Full(id, is_full) => self.with(id, |party| party.disk.set_full(is_full)),
            Fault::CutOff(id, is_cut_off) => hub.set_cut_off(id, is_cut_off),
            Fault::Clock(id, ahead_ms) => self.with(id, |party| party.clock.set_ahead(ahead_ms)),
            Fault::Clone(at) => self.clone_member(at, now_ms),
            Fault::Weather(weather) => hub.set_weather(weather),
            Fault::End => self.calm(now_ms),
        }
    }

    /// From now on there are two machines of one member.
    fn clone_member(&mut self, at: usize, now_ms: u64) {
        let (hub, seed, id) = (&self.cast.hub, self.plan.seed, PartyId::Clone(at));
        let Some(party) = hub.party(PartyId::Member(at)) else {
            return;
        };
        let clock = Arc::new(PartyClock::new(hub.time.clone(), 0));
        let random = Random(Arc::new(Seeded::new(seed, &format!("{id:?}"))));
        let dice = Dice::new(seed, &format!("disk of {id:?}"));
        let copy = lock(&party).copy(id, clock, (dice, random), Line::new(hub, id));
        hub.add(copy);
        self.start.insert(id, now_ms);
    }

    pub(crate) fn with(&self, id: PartyId, act: impl FnOnce(&Party)) {
        if let Some(party) = self.cast.hub.party(id) {
            act(&lock(&party));
        }
    }

    pub(crate) fn with_mut(&self, id: PartyId, act: impl FnOnce(&mut Party)) {
        if let Some(party) = self.cast.hub.party(id) {
            act(&mut lock(&party));
        }
    }

    fn kill(&self, id: PartyId, loses_power: bool) {
        self.with_mut(id, |party| party.kill(loses_power));
    }

    /// Whoever died is started again, and whoever has news looks at them.
    fn settle(&mut self, now_ms: u64) {
        let hub = &self.cast.hub;
        for id in hub.take_killed() {
            hub.trace(&format!("killed {id:?}"), None);
            let loses_power = self.faults.loses_power();
            self.kill(id, loses_power);
        }
        self.let_them_come_and_go(now_ms);
        self.note_moments(now_ms);
        let hub = &self.cast.hub;
        let sequence = hub.party(PartyId::Secretariat).and_then(|party| {
            let party = lock(&party);
            party.engine().map(|engine| engine.tasks().sequence)
        });
        for id in hub.ids() {
            let Some(party) = hub.party(id) else { continue };
            let mut party = lock(&party);
            if !party.is_up() {
                self.wake.remove(&id);
                if !self.start.contains_key(&id) && !self.away.contains(&id) {
                    party.kill(self.faults.loses_power());
                    let wait_ms = self.faults.downtime_ms(id);
                    self.start.insert(id, now_ms + wait_ms);
                }
                continue;
            }
            let has_news = id.member().is_some()
                && sequence.is_some_and(|sequence| sequence != hub.known_tasks(id).0)
                && !self.failed.contains(&id);
            let soon_ms = now_ms + 400;
            let next = self.wake.entry(id).or_insert(soon_ms);
            if has_news && *next > soon_ms {
                *next = now_ms + self.dice.within(20..=400);
            }
        }
        self.wake_secretariat(now_ms);
    }

    /// Newcomers start their machines, and who walks out stops its own once the
    /// ledger says that it has left.
    fn let_them_come_and_go(&mut self, now_ms: u64) {
        let people = &self.people;
        let comes = |id: &PartyId| id.member().is_some_and(|at| people.has_come(at));
        let come: Vec<_> = self.away.iter().copied().filter(comes).collect();
        for id in come {
            if !people.walks_out(id.member().unwrap_or_default()) {
                self.away.remove(&id);
                self.start.insert(id, now_ms + 1);
            }
        }
        let gone: Vec<_> = {
            let checker = self.cast.hub.checker();
            let members = checker.founded().map(|founded| &founded.members);
            let has_left = |at: &usize| {
                let member = members.and_then(|members| members.get(*at));
                member.is_some_and(|member| member.departed.is_some())
            };
            let all = 0..self.plan.members_max();
            let gone = all.filter(|at| people.walks_out(*at) && has_left(at));
            gone.map(PartyId::Member).collect()
        };
        for id in gone {
            if self.away.insert(id) {
                self.start.remove(&id);
                self.kill(id, false);
            }
        }
    }

    /// What came in is looked at again soon.
    fn wake_secretariat(&mut self, now_ms: u64) {
        let size = self.cast.hub.checker().state().log().size();
        let known = self
            .idle
            .get(&PartyId::Secretariat)
            .map(|(_, known)| *known);
        if known.is_some_and(|known| known != size)
            && let Some(next) = self.wake.get_mut(&PartyId::Secretariat)
        {
            *next = (*next).min(now_ms + 1000);
        }
    }

    fn let_people_act(&mut self, now_ms: u64) {
        match self.stage {
            Stage::Storm if self.day.is_some() => self.go_through_the_day(now_ms),
            Stage::Storm => {
                self.people.act(&self.cast);
                let pause_s = match self.plan.scene {
                    Scene::Rolls => 10 * 86_400,
                    Scene::Storm | Scene::Day => self.plan.time_interval_s / 3,
                };
                self.people_ms = now_ms + 1000 * self.dice.within(20..=pause_s.max(60));
            }
            Stage::Calm { .. } | Stage::Settling { .. } | Stage::Late { .. } => {
                self.look_at_the_calm(now_ms);
            }
            Stage::Over => {}
        }
    }
}

fn earliest(times: &BTreeMap<PartyId, u64>) -> Option<(PartyId, u64)> {
    let earliest = times.iter().min_by_key(|(id, at)| (**at, **id));
    earliest.map(|(id, at)| (*id, *at))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            broken,
            steps,
            minutes,
            acts,
            editions,
            epochs,
            receipts,
            ..
        } = self;
        write!(
            f,
            "seed {seed}: {acts} acts, {editions} editions, {epochs} epochs and {receipts} \
             receipts in {minutes} minutes, {steps} steps"
        )?;
        match broken {
            Some(broken) => write!(f, "; BROKEN: {broken}"),
            None => Ok(()),
        }
    }
}
