//! kill -9 at hundreds of random moments, of one party, of several, of all at
//! once as when power fails, and of those that are just starting again. After
//! each the ledger verifies and no acknowledged act is missing; in the end the
//! next edition is signed and served.
//!
//! `COMITY_KILLS` says how many moments there are in all; a failure names the
//! seed and the moment.

use std::env;
use std::fs;
use std::thread;
use std::time::Duration;

use crate::support::holders::Holders;
use crate::support::look;
use crate::support::random::Random;
use crate::support::witness::Witness;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

/// How long holders rest between acts where editions are to come: a head is
/// cosigned only until the ledger grows.
const PACE: Duration = Duration::from_millis(400);
/// Moments in all, where nothing else is said.
const KILLS: usize = 500;
pub(crate) const SEED: u64 = 1_865;

/// A part of the moments, in percent.
pub(crate) fn share(percent: usize) -> usize {
    let kills = env::var("COMITY_KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().unwrap());
    kills * percent / 100
}

/// Who is most at risk, and when.
struct Danger {
    /// The party that most kills are of; anybody's where there is none.
    favourite: Option<&'static str>,
    /// The longest time between two kills (milliseconds).
    rest_ms_max: usize,
    /// The longest time until somebody who starts again is killed.
    start_ms_max: usize,
    /// Whether it comes with a new edition, if there is one in time.
    with_news: bool,
}

/// How long a new edition is waited for.
const NEWS: Duration = Duration::from_secs(2);

#[test]
fn a_zone_is_founded_whoever_dies() {
    found(None, share(13), SEED);
}

#[test]
fn a_zone_is_founded_however_often_the_secretariat_dies() {
    found(Some(SECRETARIAT), share(13), SEED + 50);
}

/// One world after the other, each from before its founding act.
fn found(favourite: Option<&'static str>, kills: usize, seed: u64) {
    let template = Zone::prepare(&Plan::default());
    let danger = Danger {
        favourite,
        rest_ms_max: 700,
        start_ms_max: 400,
        with_news: false,
    };
    let (mut left, mut seed) = (kills, seed);
    while left > 0 {
        let mut world = World::of(template.copy(), seed);
        world.zone.start_all();
        // Founding, ceremony and first session are over after some seconds.
        let kills = left.min(13);
        world.survive(kills, &danger);
        world.finish();
        (left, seed) = (left - kills, seed + 1);
    }
}

#[test]
fn editions_are_signed_whoever_dies() {
    let mut world = World::of(Zone::serve(&Plan::default()), SEED + 100);
    world.work(PACE);
    world.survive(
        share(22),
        &Danger {
            favourite: None,
            rest_ms_max: 900,
            start_ms_max: 400,
            with_news: false,
        },
    );
    world.finish();
}

#[test]
fn acts_are_appended_however_often_the_secretariat_dies() {
    let mut world = World::of(Zone::serve(&Plan::default()), SEED + 200);
    world.work(Duration::from_millis(5));
    world.survive(
        share(30),
        &Danger {
            favourite: Some(SECRETARIAT),
            rest_ms_max: 250,
            start_ms_max: 300,
            with_news: false,
        },
    );
    world.finish();
}

#[test]
fn a_mirror_never_goes_back_however_often_it_dies() {
    let mut zone = Zone::prepare(&Plan::default());
    zone.start_all();
    zone.wait_for_edition(1);
    zone.kill(MIRROR);
    let path = zone.workshop.path("mirror/mirror.toml");
    let text = fs::read_to_string(&path).unwrap();
    let eager = text.replace("poll_interval_ms = 500", "poll_interval_ms = 10");
    assert_ne!(text, eager);
    fs::write(&path, eager).unwrap();
    zone.start(MIRROR);
    let mut world = World::of(zone, SEED + 300);
    world.work(PACE);
    world.survive(
        share(14),
        &Danger {
            favourite: Some(MIRROR),
            rest_ms_max: 300,
            start_ms_max: 60,
            with_news: true,
        },
    );
    world.finish();
}

/// A zone in danger.
struct World {
    zone: Zone,
    witness: Witness,
    random: Random,
    seed: u64,
    holders: Option<Holders>,
}

impl World {
    fn of(zone: Zone, seed: u64) -> Self {
        let witness = Witness::of(&zone);
        Self {
            zone,
            witness,
            random: Random::new(seed),
            seed,
            holders: None,
        }
    }

    /// Sets the holders to work.
    fn work(&mut self, rest: Duration) {
        self.holders = Some(Holders::at_work(&self.zone, &self.witness, rest));
    }

    /// Goes through so many moments at which somebody is killed.
    fn survive(&mut self, kills: usize, danger: &Danger) {
        let mut moment = 0;
        while moment < kills {
            let _told = Told {
                seed: self.seed,
                moment,
            };
            if danger.with_news {
                self.wait_for_news();
            }
            self.pause(danger.rest_ms_max);
            let victims = self.victims(danger);
            self.kill(&victims);
            moment += 1;
            // Now and then once more, in the middle of starting again.
            while moment < kills && self.random.below(4) == 0 {
                victims.iter().for_each(|party| self.zone.launch(party));
                self.pause(danger.start_ms_max);
                self.kill(&victims);
                moment += 1;
            }
            victims.iter().for_each(|party| self.zone.launch(party));
            victims
                .iter()
                .for_each(|party| self.zone.wait_until_open(party));
            self.witness.look(&self.zone);
        }
    }

    fn pause(&mut self, ms_max: usize) {
        let us = self.random.below(ms_max * 1000);
        thread::sleep(Duration::from_micros(u64::try_from(us).unwrap()));
    }

    /// A mirror that has one more edition to take over is about to swap.
    fn wait_for_news(&mut self) {
        let known = self.witness.editions();
        let _none_came_in_time = look(NEWS, || {
            self.witness.look(&self.zone);
            (self.witness.editions() > known).then_some(())
        });
    }

    /// Mostly one party, sometimes several, sometimes all.
    fn victims(&mut self, danger: &Danger) -> Vec<&'static str> {
        let mut parties = self.zone.parties();
        let anybody = parties[self.random.below(parties.len())];
        match self.random.below(8) {
            0 => parties,
            1 => {
                parties.retain(|party| *party == anybody || self.random.below(2) == 0);
                parties
            }
            2..=6 => vec![danger.favourite.unwrap_or(anybody)],
            _ => vec![anybody],
        }
    }

    fn kill(&mut self, victims: &[&str]) {
        for party in victims {
            self.zone.kill(party);
        }
        self.witness.look(&self.zone);
    }

    /// The next edition is signed and served, and everything verifies.
    fn finish(mut self) {
        let _told = Told {
            seed: self.seed,
            moment: usize::MAX,
        };
        drop(self.holders.take());
        self.zone.wait_for_edition(1);
        self.zone.change_and_serve("atoll", "last");
        self.witness.look(&self.zone);
        self.zone.audit().done();
        self.zone.nobody_panicked();
        for party in self.zone.parties() {
            let log = self.zone.log(party);
            assert!(!log.contains("breaks a rule"), "{party}:\n{log}");
        }
        println!(
            "seed {}: {} acts acknowledged, {} editions",
            self.seed,
            self.witness.acknowledged(),
            self.witness.editions()
        );
    }
}

/// Says, where a test fails, how to see that again.
struct Told {
    seed: u64,
    moment: usize,
}

impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("seed {}, moment {}", self.seed, self.moment);
        }
    }
}
