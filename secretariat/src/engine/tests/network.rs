//! A network between a secretariat and its members that delays, drops, doubles and
//! reorders, all of it from one seed; and a secretariat that may be killed after
//! any message.

use std::collections::BTreeMap;

use comity_core::act::{self, Act, Checked, SessionKind};
use comity_mirror::signature::ByRing;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::peer::{Character, News, Peer, Told, Witness};
use super::table::Table;
use crate::engine::{EngineError, Pace, blobs};

/// How long a simulated moment is.
const MOMENT_MS: u64 = 50;
/// Members look at the ledger so often.
const LOOK_MS: u64 = 200;
/// No edition takes so long.
const EDITION_MS_MAX: u64 = 1000 * 1000;

/// What a network does to what is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults {
    /// The longest delay.
    pub(super) delay_ms: u64,
    /// One of so many is lost; 0 for none.
    pub(super) drops: u32,
    /// One of so many comes twice; 0 for none.
    pub(super) doubles: u32,
    /// After one of so many messages the secretariat is killed; 0 for none.
    pub(super) kills: u32,
}

pub(super) struct Network {
    pub(super) table: Table,
    pub(super) peers: Vec<Peer>,
    pub(super) witness: Witness,
    /// Messages that the secretariat was sent.
    pub(super) taken: usize,
    /// It is killed when it was sent so many.
    pub(super) kill_at: Option<usize>,
    pub(super) faults: Faults,
    pace: Pace,
    acts: Vec<Checked<Act>>,
    /// What is under way, by when it arrives.
    under_way: BTreeMap<(u64, u64), Packet>,
    sent: u64,
    rng: ChaCha20Rng,
}

enum Packet {
    News(usize, News),
    Told(Told),
}

impl Network {
    pub(super) fn new((members, threshold): (usize, u16), pace: Pace, seed: u64) -> Self {
        let mut table = Table::new(members, threshold);
        table.start_another(pace);
        Self {
            table,
            peers: (0..members).map(Peer::new).collect(),
            witness: Witness::default(),
            taken: 0,
            kill_at: None,
            faults: Faults {
                delay_ms: 150,
                drops: 0,
                doubles: 0,
                kills: 0,
            },
            pace,
            acts: Vec::new(),
            under_way: BTreeMap::new(),
            sent: 0,
            rng: ChaCha20Rng::seed_from_u64(seed),
        }
    }

    /// Gives the members these characters, and the secretariat nothing to hold
    /// against anybody.
    pub(super) fn cast(&mut self, characters: &[Character]) {
        for (peer, character) in self.peers.iter_mut().zip(characters) {
            peer.character = *character;
        }
        self.kill();
    }

    /// Works until the next edition is published. Gives how many sessions its records
    /// and its ZONEMD took, and how many milliseconds.
    pub(super) fn sign_next(&mut self) -> ((u32, u32), u64) {
        self.table.grow_old();
        let edition = self.table.founded().next_edition();
        let begun = self.table.now.0;
        let mut tries = (0, 0);
        while self.table.now.0 < begun + EDITION_MS_MAX {
            self.moment();
            if self.table.founded().next_edition() > edition {
                return (tries, self.table.now.0 - begun);
            }
            if let Some(open) = self.table.founded().open_edition() {
                let newest = |kind| open.sessions.get(&kind).map_or(0, |it| it.id.attempt);
                tries = (newest(SessionKind::Records), newest(SessionKind::Zonemd));
            }
        }
        panic!("edition {edition} is not signed after {tries:?} sessions");
    }

    fn moment(&mut self) {
        self.table.pass(MOMENT_MS);
        let now = self.table.now.0;
        if now / LOOK_MS != (now - MOMENT_MS) / LOOK_MS {
            let tasks = self.table.engine.tasks();
            let news = News {
                run: tasks.run,
                checkpoint: self.table.engine.checkpoint().clone(),
                commit: tasks.commit.clone(),
            };
            for at in 0..self.peers.len() {
                self.send(|| Packet::News(at, news.clone()));
            }
        }
        let later = self.under_way.split_off(&(now + 1, 0));
        for packet in std::mem::replace(&mut self.under_way, later).into_values() {
            self.deliver(packet);
        }
    }

    fn send(&mut self, packet: impl Fn() -> Packet) {
        let copies = match () {
            () if self.one_of(self.faults.drops) => 0,
            () if self.one_of(self.faults.doubles) => 2,
            () => 1,
        };
        for _copy in 0..copies {
            let delay_ms = self.rng.next_u64() % (self.faults.delay_ms + 1);
            self.sent += 1;
            let arrives = (self.table.now.0 + delay_ms, self.sent);
            self.under_way.insert(arrives, packet());
        }
    }

    fn one_of(&mut self, count: u32) -> bool {
        count > 0 && self.rng.next_u32().is_multiple_of(count)
    }

    fn deliver(&mut self, packet: Packet) {
        match packet {
            Packet::News(at, news) => {
                self.read_acts();
                let with = (&self.table.seats[at], &mut self.witness);
                let now = self.table.now.0;
                let told = self.peers[at].hear(with, &self.acts, &news, now);
                for one in told {
                    self.send(|| Packet::Told(one.clone()));
                }
            }
            Packet::Told(Told::Cosignature(line)) => {
                let outcome = self.table.engine.submit_cosignature(&line);
                assert!(matches!(outcome, Ok(_) | Err(EngineError::NotWanted)));
                self.table.pass(0);
            }
            Packet::Told(Told::Message(message)) => {
                let outcome = self.table.submit(&message);
                let is_late = matches!(outcome, Err(EngineError::NotWanted));
                assert!(outcome.is_ok() || is_late, "{outcome:?}");
                self.taken += 1;
                if self.kill_at == Some(self.taken) || self.one_of(self.faults.kills) {
                    self.kill();
                }
            }
        }
    }

    fn kill(&mut self) {
        // Two of them do not start in the same millisecond.
        self.table.now.0 += 1;
        self.table.start_another(self.pace);
    }

    /// Reads what was appended, once for everybody.
    fn read_acts(&mut self) {
        let writer = &self.table.engine.writer;
        let read = self.acts.len() as u64;
        for entry in writer.entries(read, writer.size()) {
            let entry = entry.unwrap();
            let blobs = blobs(writer, &entry).unwrap();
            self.acts.push(act::check(&entry, &blobs, &ByRing).unwrap());
        }
    }
}
