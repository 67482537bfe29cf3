//! The day on which more than a third walk out, in small: a zone is founded, they
//! leave without handing their shares over, those who stay publish, deal the shares
//! anew with the threshold that is theirs now, admit others, deal again and publish
//! again. At each of it a process ends or the power fails; some lie; and at every
//! minute whoever knows the first key alone has a zone that it verifies.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::state::Founded;

use crate::character::{Character, Lies};
use crate::checker::Invariant;
use crate::clock::BEGIN_MS;
use crate::dice::Dice;
use crate::disk::{Failing, Failure};
use crate::faults::Fault;
use crate::hub::lock;
use crate::party::PartyId;
use crate::people::{holders, sitting};
use crate::plan::{Plan, Scene};
use crate::run::{Simulation, Stage};

const MINUTE_MS: u64 = 60_000;
/// No part of the day takes longer.
const PART_MS: u64 = 24 * 60 * MINUTE_MS;

/// What happens on the day, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The key is made, and the first edition served.
    Founding,
    /// They leave, one after the other.
    WalkOut,
    /// Those who stay publish with the shares that they have.
    OldShares,
    /// They deal them anew.
    Dealing,
    /// They admit others.
    Admission,
    /// These get shares.
    DealingAgain,
    /// All publish.
    NewShares,
}

/// How far the day has come.
pub(crate) struct Day {
    dice: Dice,
    part: Part,
    since_ms: u64,
    minute_ms: u64,
    /// The edition that there was when this part began.
    edition: u64,
    has_asked: bool,
    /// What has happened so far, and at which part; something may fail each time.
    seen: BTreeSet<(Part, String)>,
    /// How many acts of each type there were.
    kinds: BTreeMap<String, u64>,
}

impl Day {
    pub(crate) fn new(plan: &Plan) -> Option<Self> {
        (plan.scene == Scene::Day).then(|| Self {
            dice: Dice::new(plan.seed, "day"),
            part: Part::Founding,
            since_ms: BEGIN_MS,
            minute_ms: BEGIN_MS,
            edition: 0,
            has_asked: false,
            seen: BTreeSet::new(),
            kinds: BTreeMap::new(),
        })
    }

    /// What comes after this part, if anything does.
    fn next(&self, newcomers: usize) -> Option<Part> {
        Some(match self.part {
            Part::Founding => Part::WalkOut,
            Part::WalkOut => Part::OldShares,
            Part::OldShares => Part::Dealing,
            Part::Dealing if newcomers == 0 => Part::NewShares,
            Part::Dealing => Part::Admission,
            Part::Admission => Part::DealingAgain,
            Part::DealingAgain => Part::NewShares,
            Part::NewShares => return None,
        })
    }
}

impl Simulation {
    /// Something of the day has happened: where it is the first of its kind in this
    /// part, somebody may fail just then.
    pub(crate) fn note_moments(&mut self, now_ms: u64) {
        let said = self.cast.hub.take_moments();
        let Some(day) = self.day.as_mut().filter(|_| self.stage == Stage::Storm) else {
            return;
        };
        let mut moments: Vec<String> = said.into_iter().collect();
        {
            let checker = self.cast.hub.checker();
            let kinds = checker.kinds();
            if *kinds != day.kinds {
                let new = kinds.iter().filter(|(kind, count)| {
                    let before = day.kinds.get(*kind).copied().unwrap_or(0);
                    **count > before
                });
                moments.extend(new.map(|(kind, _)| format!("act {kind}")));
                day.kinds.clone_from(kinds);
            }
        }
        let here = |at: &usize| !self.away.contains(&PartyId::Member(*at));
        let members = (0..self.plan.members_max()).filter(here);
        let mirrors = (0..self.plan.mirrors).map(PartyId::Mirror);
        let boxes = (0..self.plan.boxes).map(PartyId::DropBox);
        let secretariat = [PartyId::Secretariat; 3].into_iter();
        let all = members.map(PartyId::Member).chain(mirrors).chain(boxes);
        let all: Vec<PartyId> = all.chain(secretariat).collect();
        for moment in moments {
            if !day.seen.insert((day.part, moment)) || day.dice.chance(2, 5) {
                continue;
            }
            let Some(id) = day.dice.pick(&all).copied() else {
                return;
            };
            let loses_power = day.dice.chance(1, 2);
            let fault = match day.dice.chance(1, 3) {
                true => Fault::Arm(id, failure(&mut day.dice)),
                false => Fault::Kill(id, loses_power),
            };
            let soon_ms = [0, 20, 400, 3000];
            let soon_ms = day.dice.pick(&soon_ms).copied().unwrap_or(0);
            self.faults
                .plan(now_ms + day.dice.within(0..=soon_ms), fault);
        }
    }

    /// Does what is next, and looks whether everybody has a zone.
    pub(crate) fn go_through_the_day(&mut self, now_ms: u64) {
        let Some(mut day) = self.day.take() else {
            return;
        };
        if now_ms >= day.minute_ms {
            day.minute_ms = now_ms + MINUTE_MS;
            self.look_at_the_zone(now_ms);
        }
        if self.is_part_over(&mut day, now_ms) {
            day.has_asked = false;
            (day.since_ms, day.edition) = (now_ms, self.edition());
            let part = day.next(self.plan.newcomers);
            let what = format!("part {part:?}");
            self.cast.hub.trace(&what, None);
            match part {
                Some(part) => day.part = part,
                None => self.calm(now_ms),
            }
            if part == Some(Part::Admission) || part == Some(Part::NewShares) {
                self.have_some_lie(&mut day);
            }
        } else if now_ms > day.since_ms + PART_MS {
            let what = format!("{:?} takes more than a day; {}", day.part, self.situation());
            let mut checker = self.cast.hub.checker();
            checker.note_broken(Invariant::Liveness, what);
        }
        let pause_ms = day.dice.within(500..=20_000);
        self.people_ms = (now_ms + pause_ms).min(day.minute_ms);
        self.day = Some(day);
    }

    /// Does what this part is about; whether it is done.
    fn is_part_over(&mut self, day: &mut Day, now_ms: u64) -> bool {
        match day.part {
            Part::Founding => self.edition() > 0 && self.is_all_served(),
            Part::WalkOut => self.have_them_walk_out(day),
            Part::OldShares | Part::NewShares => {
                day.has_asked = day.has_asked || self.people.change_own_name(&self.cast);
                day.has_asked && self.edition() > day.edition && self.is_all_served()
            }
            Part::Dealing | Part::DealingAgain => self.have_shares_dealt(day, now_ms),
            Part::Admission => {
                let all = self.plan.members_max();
                let members = |founded: &Founded| founded.members.len();
                let sit = self.cast.hub.checker().founded().map_or(0, members);
                if sit < all && day.dice.chance(1, 4) {
                    self.people.admit(&self.cast);
                }
                sit == all
            }
        }
    }

    /// The next one leaves. Its machine stops first, and stays so.
    fn have_them_walk_out(&mut self, day: &mut Day) -> bool {
        let left: BTreeSet<usize> = {
            let checker = self.cast.hub.checker();
            let sitting: BTreeSet<usize> = checker
                .founded()
                .map(sitting)
                .into_iter()
                .flatten()
                .collect();
            let first = self.plan.members - self.plan.leave;
            let all = first..self.plan.members;
            all.filter(|at| sitting.contains(at)).collect()
        };
        let Some(at) = left.first().copied() else {
            return true;
        };
        let id = PartyId::Member(at);
        if self.away.insert(id) {
            self.start.remove(&id);
            let loses_power = day.dice.chance(1, 2);
            self.with_mut(id, |party| party.kill(loses_power));
        }
        self.people.leave(&self.cast, at);
        false
    }

    /// A ceremony is asked for, or comes by itself.
    fn have_shares_dealt(&mut self, day: &mut Day, now_ms: u64) -> bool {
        let before = day.since_ms;
        if now_ms == before || !day.has_asked {
            day.has_asked = day.dice.chance(1, 4) || self.people.convoke(&self.cast);
            return false;
        }
        let checker = self.cast.hub.checker();
        let Some(founded) = checker.founded() else {
            return false;
        };
        let sitting: BTreeSet<usize> = sitting(founded).into_iter().collect();
        let is_dealt = founded.epoch().is_some_and(|epoch| {
            epoch.shares.is_subset(&sitting) && epoch.threshold == founded.threshold_due()
        });
        is_dealt && checker.unsettled(&self.away).is_none()
    }

    /// Of those who stay some begin to lie, as many as can be missed.
    fn have_some_lie(&mut self, day: &mut Day) {
        if !self.plan.liars.is_empty() {
            return;
        }
        let most = day.dice.index(3);
        let liars = self.who_can_be_missed(most);
        for (place, at) in liars.into_iter().enumerate() {
            let lies = Lies {
                shares: day.dice.chance(1, 2),
                commitment: day.dice.chance(1, 3),
                sealed: day.dice.chance(1, 3),
                complaint: day.dice.chance(1, 2),
                possession: day.dice.chance(1, 2) && place == 0,
            };
            let id = PartyId::Member(at);
            let me = self
                .cast
                .hub
                .party(id)
                .and_then(|party| lock(&party).identity());
            if let Some(me) = me {
                self.cast.hub.trace(&format!("{id:?} lies: {lies:?}"), None);
                self.plan.liars.insert(at, lies);
                let mut checker = self.cast.hub.checker();
                checker.set_character(id, Character::liar(me, at, lies));
            }
        }
    }

    /// So many of those without whom every epoch that signs, or may come to, has a
    /// threshold of shares.
    fn who_can_be_missed(&self, most: usize) -> BTreeSet<usize> {
        let checker = self.cast.hub.checker();
        let Some(founded) = checker.founded() else {
            return BTreeSet::new();
        };
        let keys = founded.keys.iter();
        let epochs = keys.filter_map(|key| founded.epoch_of(&key.key));
        let held: Vec<_> = epochs
            .map(|epoch| (holders(&self.cast, epoch), usize::from(epoch.threshold)))
            .collect();
        let mut missed = BTreeSet::new();
        for at in sitting(founded) {
            let mut more = missed.clone();
            more.insert(at);
            let mut all = held.iter();
            let is_enough = all.all(|(have, signs)| have.difference(&more).count() >= *signs);
            if is_enough && missed.len() < most {
                missed = more;
            }
        }
        missed
    }

    /// Whoever knows the first key alone verifies what every mirror serves.
    fn look_at_the_zone(&self, now_ms: u64) {
        let has_begun = self.edition() > 0;
        for id in self.cast.hub.ids() {
            let Some(party) = self.cast.hub.party(id).filter(|_| has_begun) else {
                continue;
            };
            let party = lock(&party);
            if let Some(mirror) = party.mirror() {
                let mut checker = self.cast.hub.checker();
                checker.look_at_the_zone(id, mirror, now_ms);
            }
        }
    }
}

/// The process ends with one of its next writes.
fn failure(dice: &mut Dice) -> Failure {
    let ways = [Failing::Lost, Failing::Torn, Failing::Persisted];
    Failure {
        after: dice.below(12),
        how: dice.pick(&ways).copied().unwrap_or(Failing::Lost),
        is_end: true,
    }
}
