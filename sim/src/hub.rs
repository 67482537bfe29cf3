//! The network, and everybody on it. A request is a call: it is handed to its
//! server at once, or lost, or kept back and delivered long after its sender
//! has given up, or delivered twice; its answer can be lost as well. Between
//! sending and arriving others may do something. All that passes is shown to
//! the checker first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comity_core::act::Envelope;
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::message::Tasks;
use comity_mirror::client::{Answer, Request};
use comity_secretariat::requests;

use crate::checker::Checker;
use crate::clock::TrueTime;
use crate::dice::Dice;
use crate::party::{Party, PartyId};

/// How deep parties act while others wait for an answer.
const DEPTH_MAX: usize = 2;

/// What the network does to requests, each in so many of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Lost on the way.
    pub lost: u64,
    /// Delivered, and the answer lost.
    pub unanswered: u64,
    /// Delivered late, and taken for lost.
    pub late: u64,
    /// Delivered, and again later.
    pub twice: u64,
    /// The server's process is killed before it takes the request in.
    pub killed_before: u64,
    /// The server's process is killed when it has, before it answers.
    pub killed_after: u64,
    /// Somebody else acts before the request arrives.
    pub overtaken: u64,
}

/// A request that arrives later.
pub struct Late {
    /// When.
    pub at_ms: u64,
    to: PartyId,
    path: String,
    body: Option<Vec<u8>>,
}

struct Net {
    dice: Dice,
    weather: Weather,
    /// Who hears nobody.
    cut_off: BTreeSet<PartyId>,
    late: Vec<Late>,
    /// Who was killed by a request, and when.
    killed: Vec<PartyId>,
    /// The types of what has been said since they were asked for last.
    moments: BTreeSet<String>,
    /// The tasks that each member knows, and for how long it wanted to wait.
    known: BTreeMap<PartyId, (u64, u64)>,
}

/// The network and everybody on it.
pub struct Hub {
    /// The time.
    pub time: TrueTime,
    net: Mutex<Net>,
    parties: Mutex<BTreeMap<PartyId, Arc<Mutex<Party>>>>,
    checker: Mutex<Checker>,
    depth: AtomicUsize,
    trace: Mutex<Trace>,
}

/// All that happened.
struct Trace {
    digest: Digest,
    events: u64,
    /// Shows each event, for who wants to see them.
    show: Option<fn(&str)>,
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Delivered,
    Lost,
    Late(u64),
    Twice(u64),
    Unanswered,
    KilledBefore,
    KilledAfter,
}

impl Hub {
    /// A network on which nobody is.
    pub fn new(time: TrueTime, dice: Dice, checker: Checker) -> Arc<Self> {
        Arc::new(Self {
            time,
            net: Mutex::new(Net {
                dice,
                weather: Weather::default(),
                cut_off: BTreeSet::new(),
                late: Vec::new(),
                killed: Vec::new(),
                moments: BTreeSet::new(),
                known: BTreeMap::new(),
            }),
            parties: Mutex::default(),
            checker: Mutex::new(checker),
            depth: AtomicUsize::new(0),
            trace: Mutex::new(Trace {
                digest: Digest([0; 32]),
                events: 0,
                show: None,
            }),
        })
    }

    /// Puts somebody on it.
    pub fn add(&self, party: Party) {
        let id = party.id();
        self.checker().note_disk(id, party.disk.clone());
        lock(&self.parties).insert(id, Arc::new(Mutex::new(party)));
    }

    /// Whoever has this id.
    pub fn party(&self, id: PartyId) -> Option<Arc<Mutex<Party>>> {
        lock(&self.parties).get(&id).cloned()
    }

    /// Everybody.
    pub fn ids(&self) -> Vec<PartyId> {
        lock(&self.parties).keys().copied().collect()
    }

    /// The checker. Nobody may be asked for anything while this lives.
    pub fn checker(&self) -> MutexGuard<'_, Checker> {
        lock(&self.checker)
    }

    /// From now on the network is like this.
    pub fn set_weather(&self, weather: Weather) {
        lock(&self.net).weather = weather;
    }

    /// Cuts somebody off, or no longer.
    pub fn set_cut_off(&self, id: PartyId, is_cut_off: bool) {
        let mut net = lock(&self.net);
        match is_cut_off {
            true => net.cut_off.insert(id),
            false => net.cut_off.remove(&id),
        };
    }

    /// Fair weather, and everybody hears everybody.
    pub fn heal(&self) {
        let mut net = lock(&self.net);
        net.weather = Weather::default();
        net.cut_off.clear();
    }

    /// Who was killed by a request since the last call.
    pub fn take_killed(&self) -> Vec<PartyId> {
        std::mem::take(&mut lock(&self.net).killed)
    }

    /// The types of what has been said since the last call.
    pub fn take_moments(&self) -> BTreeSet<String> {
        std::mem::take(&mut lock(&self.net).moments)
    }

    /// Notes of which type what somebody says is.
    fn note_moment(&self, path: &str, body: Option<&[u8]>) {
        let is_said = [requests::MESSAGES, requests::ACTS].contains(&path);
        let Some(octets) = body.filter(|_| is_said) else {
            return;
        };
        if let Ok(said) = Envelope::parse(octets, limits::MESSAGE_OCTETS_MAX) {
            let kind = said.payload_type().to_string();
            lock(&self.net).moments.insert(kind);
        }
    }

    /// The tasks' number that a member knows, and how long it waits for others
    /// (seconds).
    pub fn known_tasks(&self, id: PartyId) -> (u64, u64) {
        lock(&self.net).known.get(&id).copied().unwrap_or((0, 20))
    }

    /// When the next late request arrives.
    pub fn next_late_ms(&self) -> Option<u64> {
        lock(&self.net).late.iter().map(|late| late.at_ms).min()
    }

    /// Delivers the late requests whose time has come; nobody waits for the
    /// answers.
    pub fn deliver_late(&self) {
        let now_ms = self.time.now_ms();
        let mut net = lock(&self.net);
        let late = std::mem::take(&mut net.late);
        let (due, rest): (Vec<_>, _) = late.into_iter().partition(|late| late.at_ms <= now_ms);
        net.late = rest;
        drop(net);
        for Late { to, path, body, .. } in due {
            self.trace(&format!("late {to:?} {path}"), body.as_deref());
            self.deliver(to, &path, body.as_deref());
        }
    }

    /// Adds to what makes two runs the same.
    pub fn trace(&self, what: &str, octets: Option<&[u8]>) {
        let mut trace = lock(&self.trace);
        let event = format!("{} {what}", self.time.now_ms());
        if let Some(show) = trace.show {
            show(&event);
        }
        let line = format!("{} {event} ", trace.digest);
        let octets = octets.unwrap_or_default();
        trace.digest = Digest::of(&[line.as_bytes(), octets].concat());
        trace.events += 1;
    }

    /// Has each event shown.
    pub fn show(&self, show: fn(&str)) {
        lock(&self.trace).show = Some(show);
    }

    /// The digest of everything that happened, and how many things that were.
    pub fn traced(&self) -> (Digest, u64) {
        let trace = lock(&self.trace);
        (trace.digest, trace.events)
    }

    /// Takes a party's turn, if it is not in the middle of one; how long it
    /// wants to wait then.
    pub fn turn(&self, id: PartyId) -> Option<Duration> {
        let party = self.party(id)?;
        let mut party = party.try_lock().ok()?;
        let wait = party.turn();
        self.look(&party);
        Some(wait)
    }

    /// Shows the checker what a party has come to.
    pub fn look(&self, party: &Party) {
        lock(&self.checker).look(party, self.time.now_ms());
    }

    /// Whether the request reached somebody who answered.
    fn deliver(&self, to: PartyId, path: &str, body: Option<&[u8]>) -> Option<Answer> {
        let party = self.party(to)?;
        let mut party = party.try_lock().ok()?;
        let answer = party.handle(path, body);
        self.look(&party);
        // Whoever died in the middle of it answers nothing.
        answer.filter(|_| party.is_up())
    }

    /// Hands a request in at once, by somebody who goes there: nothing on the way is
    /// lost.
    pub fn bring(&self, to: PartyId, path: &str, body: &[u8]) {
        if let Some(answer) = self.deliver(to, path, Some(body)) {
            self.trace(&format!("answer {}", answer.status), Some(&answer.octets));
            let between = (PartyId::People, to);
            self.checker()
                .note_answer(between, path, Some(body), &answer);
        }
    }

    fn fate(&self, from: PartyId, to: PartyId) -> Fate {
        let now_ms = self.time.now_ms();
        let mut net = lock(&self.net);
        if net.cut_off.contains(&from) || net.cut_off.contains(&to) {
            return Fate::Lost;
        }
        let weather = net.weather;
        let later_ms = now_ms + net.dice.within(500..=120_000);
        let mut left = net.dice.below(1000);
        for (share, fate) in [
            (weather.lost, Fate::Lost),
            (weather.unanswered, Fate::Unanswered),
            (weather.late, Fate::Late(later_ms)),
            (weather.twice, Fate::Twice(later_ms)),
            (weather.killed_before, Fate::KilledBefore),
            (weather.killed_after, Fate::KilledAfter),
        ] {
            if left < share {
                return fate;
            }
            left -= share;
        }
        Fate::Delivered
    }

    /// Lets somebody else act.
    fn overtake(&self) {
        let mut net = lock(&self.net);
        let share = net.weather.overtaken;
        if !net.dice.chance(share, 1000) || self.depth.load(Ordering::Relaxed) >= DEPTH_MAX {
            return;
        }
        let ids = self.ids();
        let Some(id) = net.dice.pick(&ids).copied() else {
            return;
        };
        drop(net);
        self.depth.fetch_add(1, Ordering::Relaxed);
        self.turn(id);
        self.depth.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn exchange(&self, from: PartyId, request: &Request<'_>) -> Option<Answer> {
        let to = PartyId::at(request.base)?;
        let body = request.body.map(<[u8]>::to_vec);
        let body = match self.party(from) {
            // Its own party is at work: only its character is looked at.
            Some(_) => self.checker().altered(from, request.path, body)?,
            None => body,
        };
        self.trace(
            &format!("{from:?} to {to:?} {}", request.path),
            body.as_deref(),
        );
        self.checker()
            .note_sent(from, request.path, body.as_deref());
        self.note_moment(request.path, body.as_deref());
        let keep = |at_ms| {
            let late = Late {
                at_ms,
                to,
                path: request.path.to_string(),
                body: body.clone(),
            };
            lock(&self.net).late.push(late);
        };
        let fate = self.fate(from, to);
        match fate {
            Fate::Lost => return None,
            Fate::Late(at_ms) => {
                keep(at_ms);
                return None;
            }
            Fate::KilledBefore => {
                lock(&self.net).killed.push(to);
                return None;
            }
            _ => {}
        }
        self.overtake();
        let answer = self.deliver(to, request.path, body.as_deref())?;
        match fate {
            Fate::Unanswered => return None,
            Fate::KilledAfter => {
                lock(&self.net).killed.push(to);
                return None;
            }
            Fate::Twice(at_ms) if body.is_some() => keep(at_ms),
            _ => {}
        }
        self.trace(&format!("answer {}", answer.status), Some(&answer.octets));
        self.note_tasks(from, request.path, &answer);
        self.checker()
            .note_answer((from, to), request.path, body.as_deref(), &answer);
        Some(answer)
    }

    /// What a member knows of its tasks.
    fn note_tasks(&self, from: PartyId, path: &str, answer: &Answer) {
        let Some(query) = path.strip_prefix(requests::TASKS) else {
            return;
        };
        let wait = query.rsplit_once("wait=").map(|(_, wait)| wait.parse());
        let wait_s = wait.and_then(Result::ok).unwrap_or(20);
        if let Ok(tasks) = serde_json::from_slice::<Tasks>(&answer.octets) {
            lock(&self.net).known.insert(from, (tasks.sequence, wait_s));
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
