//! Four real members, of whom three sign; the first of them twice: a copy of its
//! whole disk and memory. A nonce can be neither copied nor stored, so the memory
//! is copied in the only way that there is: two processes start from one disk and
//! one stream of chance, and the second is given the first one's answers, after it
//! has made the very same requests, octet for octet. And secretariats, honest by
//! themselves, of which each member is shown the one that the test says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comity_core::act::json::Payload as _;
use comity_core::act::{Envelope, SessionKind};
use comity_core::message::{Commit, SessionId, Shares};
use comity_core::state::{Founded, SessionRecord};
use comity_member::home::{Config, Home};
use comity_member::run::Member;
use comity_member::surroundings::{Errands, Random, Surroundings};
use comity_mirror::client::{Answer, Client, LinkError, Request, Wire};
use comity_mirror::network::Network;
use comity_mirror::source::{Cause, FetchError, Source};
use comity_secretariat::home::Home as Office;
use comity_secretariat::requests;
use comity_sign::sealed::Cost;
use comity_sim::cast::Cast;
use comity_sim::clock::{PartyClock, TrueTime};
use comity_sim::dice::{Dice, Seeded};
use comity_sim::disk::Disk;
use comity_sim::line::Line;
use comity_sim::party::{HOME, Party, PartyId, passphrase};
use comity_sim::plan::Plan;

const SEED: u64 = 11;
const MEMBERS: usize = 4;
/// The one that there is twice.
pub(super) const TWIN: usize = 0;
/// By then signatures of the first edition are up for renewal.
const AGE_MS: u64 = 14 * 24 * 3600 * 1000;

pub(super) type Shared<T> = Arc<Mutex<T>>;

/// Whom somebody asks, and what becomes of its messages.
#[derive(Clone)]
pub(super) enum View {
    /// This secretariat.
    Of(Shared<Party>),
    /// This one, whose ledger comes with the head of the other.
    Mixed(Shared<Party>, Shared<Party>),
    /// This one, which does not hear its messages.
    Unheard(Shared<Party>),
    /// The answers that its twin had.
    Echo,
}

/// A request, and what was answered.
type Exchange = (String, Option<Vec<u8>>, Option<Answer>);

/// All that left anybody.
#[derive(Default)]
pub(super) struct Said {
    pub(super) messages: Vec<(usize, Envelope)>,
}

/// The line of one process.
#[derive(Clone)]
pub(super) struct Wired {
    at: usize,
    view: Shared<View>,
    /// What the first twin asked and heard, and the second has not yet.
    heard: Shared<VecDeque<Exchange>>,
    records: bool,
    said: Shared<Said>,
}

impl fmt::Debug for Wired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the line of {}", self.at)
    }
}

impl Wired {
    fn ask(&self, path: &str, body: Option<&[u8]>) -> Option<Answer> {
        if path == requests::MESSAGES {
            let octets = body.unwrap();
            let message = Envelope::parse(octets, octets.len()).unwrap();
            self.said.lock().unwrap().messages.push((self.at, message));
        }
        let view = self.view.lock().unwrap().clone();
        let of = |party: &Shared<Party>| party.lock().unwrap().handle(path, body);
        let answer = match &view {
            View::Of(party) => of(party),
            View::Mixed(_, other) if path == "/checkpoint" => of(other),
            View::Mixed(party, _) => of(party),
            View::Unheard(_) if path == requests::MESSAGES => None,
            View::Unheard(party) => of(party),
            View::Echo => {
                let (asked, sent, answer) = self.heard.lock().unwrap().pop_front().unwrap();
                // The same requests from the same memory.
                assert_eq!((asked.as_str(), sent.as_deref()), (path, body));
                answer
            }
        };
        if self.records {
            let exchange = (path.into(), body.map(<[u8]>::to_vec), answer.clone());
            self.heard.lock().unwrap().push_back(exchange);
        }
        answer
    }
}

impl Wire for Wired {
    fn exchange(&self, request: &Request<'_>) -> Result<Answer, LinkError> {
        let answer = self.ask(request.path, request.body);
        answer.ok_or_else(|| LinkError::Unreachable {
            url: request.base.into(),
            cause: "no answer".into(),
        })
    }
}

impl Source for Wired {
    fn fetch(&self, path: &str, _octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let at = path.to_string();
        match self.ask(&format!("/{path}"), None) {
            Some(Answer {
                status: 200,
                octets,
            }) => Ok(octets),
            Some(Answer { status: 404, .. }) => Err(FetchError::Missing { at }),
            _ => Err(FetchError::Unreachable {
                at,
                cause: Cause::Timeout,
            }),
        }
    }

    fn describe(&self) -> String {
        format!("{self:?}")
    }
}

impl Network for Wired {
    fn client(&self, base: &str, _patience: Duration) -> Client {
        Client::on(Arc::new(self.clone()), base)
    }

    fn source(&self, _base: &str) -> Box<dyn Source> {
        Box::new(self.clone())
    }
}

/// A process of a member.
pub(super) struct Seat {
    pub(super) member: Member,
    pub(super) disk: Disk,
    pub(super) wired: Wired,
}

impl Seat {
    pub(super) fn look(&self, view: View) {
        *self.wired.view.lock().unwrap() = view;
    }
}

pub(super) struct Stage {
    pub(super) time: TrueTime,
    clock: Arc<PartyClock>,
    config: Config,
    /// The secretariats, the first of which has been there from the beginning.
    pub(super) offices: Vec<Shared<Party>>,
    /// The members' processes. The twin's second one is the last.
    pub(super) seats: Vec<Seat>,
    pub(super) said: Shared<Said>,
}

impl Stage {
    /// A zone with its first edition; the twins have done and know the same.
    pub(super) fn set() -> Self {
        let plan = Plan {
            members: MEMBERS,
            newcomers: 0,
            boxes: 0,
            mirrors: 0,
            liars: BTreeMap::new(),
            silent: Vec::new(),
            clone: None,
            stormy_min: 0,
            time_interval_s: 600,
            ..Plan::new(SEED)
        };
        let cast = Cast::gather(&plan).unwrap();
        let time = cast.hub.time.clone();
        let office = cast.hub.party(PartyId::Secretariat).unwrap();
        let system = office.lock().unwrap().disk.system();
        let founding = Office::on(system, HOME).draft().unwrap().id();
        office.lock().unwrap().start();
        let clock = Arc::new(PartyClock::new(time.clone(), 0));
        let disks: Vec<Disk> = (0..MEMBERS)
            .map(|at| {
                let party = cast.hub.party(PartyId::Member(at)).unwrap();
                party.lock().unwrap().disk.copy(Dice::new(SEED, "disk"))
            })
            .collect();
        let config = Home::on(disks[TWIN].system(), HOME).config().unwrap();
        let mut stage = Self {
            time,
            clock,
            config: Config {
                founding: Some(founding),
                ..config
            },
            offices: vec![office],
            seats: Vec::new(),
            said: Arc::default(),
        };
        let heard = Shared::default();
        for (place, at) in (0..MEMBERS).chain([TWIN]).enumerate() {
            let disk = disks[at].copy(Dice::new(SEED, "copy"));
            let wired = Wired {
                at,
                view: Arc::new(Mutex::new(match place {
                    MEMBERS => View::Echo,
                    _ => View::Of(Arc::clone(&stage.offices[0])),
                })),
                heard: Arc::clone(&heard),
                records: place == TWIN,
                said: Arc::clone(&stage.said),
            };
            let seat = stage.open(wired, disk, "secrets");
            stage.seats.push(seat);
        }
        stage.until(|stage| stage.editions() == 1);
        stage
    }

    /// Starts a member's process.
    pub(super) fn open(&self, wired: Wired, disk: Disk, secrets: &str) -> Seat {
        let purpose = format!("{secrets} of {}", wired.at);
        let surroundings = Surroundings {
            system: disk.system(),
            clock: Arc::<PartyClock>::clone(&self.clock),
            random: Random(Arc::new(Seeded::new(SEED, &purpose))),
            network: Arc::new(wired.clone()),
            cost: Cost::LEAST,
            errands: Errands::InTurn,
        };
        let home = Home::amid(surroundings, HOME);
        let member = Member::open(home, &self.config, passphrase()).unwrap();
        Seat {
            member,
            disk,
            wired,
        }
    }

    /// Everybody does what there is to do, once.
    pub(super) fn round(&mut self) {
        self.time.set(self.time.now_ms() + 200);
        for office in &self.offices {
            office.lock().unwrap().turn();
        }
        // The second twin hears what the first one heard.
        let order = [TWIN, MEMBERS].into_iter().chain(TWIN + 1..MEMBERS);
        for place in order {
            let _wait = self.seats[place].member.turn();
        }
    }

    /// Works until something is so.
    pub(super) fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        for _round in 0..3000 {
            if is_so(self) {
                return;
            }
            self.round();
        }
        panic!("it does not come to that");
    }

    pub(super) fn rounds(&mut self, count: usize) {
        (0..count).for_each(|_| self.round());
    }

    /// What a secretariat's state says.
    pub(super) fn founded<T>(&self, office: usize, read: impl Fn(&Founded) -> T) -> T {
        let office = self.offices[office].lock().unwrap();
        read(office.state().unwrap().founded().unwrap())
    }

    /// How many editions the first secretariat has published.
    pub(super) fn editions(&self) -> usize {
        let office = self.offices[0].lock().unwrap();
        let founded = office.state().and_then(|state| state.founded().ok());
        founded.map_or(0, |founded| founded.editions.len())
    }

    /// The newest session for records of the open edition there.
    pub(super) fn session(&self, office: usize) -> Option<SessionRecord> {
        self.founded(office, |founded| {
            let open = founded.open_edition()?;
            open.sessions.get(&SessionKind::Records).cloned()
        })
    }

    /// Works until the next edition is due, and a session for it wants nothing but
    /// the commitments of the last two members, who have sent them, and were not
    /// heard. The twins' are there: they wait between the rounds.
    pub(super) fn between_the_rounds(&mut self) -> SessionId {
        for place in [2, 3] {
            let office = Arc::clone(&self.offices[0]);
            self.seats[place].look(View::Unheard(office));
        }
        self.time.set(self.time.now_ms() + AGE_MS);
        let first = self.founded(0, Founded::next_edition);
        let is_it =
            |id: &SessionId| (id.edition, id.kind, id.attempt) == (first, SessionKind::Records, 1);
        self.until(|stage| {
            let commits = stage.commits();
            let by: BTreeSet<usize> = commits
                .iter()
                .filter(|(_, commit)| is_it(&commit.session))
                .map(|(at, _)| *at)
                .collect();
            by.len() == MEMBERS
        });
        // A round more, in which nobody has anything new to say.
        self.round();
        assert!(self.session(0).is_none());
        let commits = self.commits();
        let mut ids = commits.into_iter().map(|(_, commit)| commit.session);
        ids.find(is_it).unwrap()
    }

    /// Another secretariat, with a copy of the first one's disk.
    pub(super) fn another_office(&mut self) -> usize {
        let first = Arc::clone(&self.offices[0]);
        let other = first.lock().unwrap().copy(
            PartyId::Secretariat,
            Arc::clone(&self.clock),
            (
                Dice::new(SEED, "other"),
                Random(Arc::new(Seeded::new(SEED, "other"))),
            ),
            Line::to_nowhere(PartyId::Secretariat),
        );
        self.time.set(self.time.now_ms() + 1);
        let other = Arc::new(Mutex::new(other));
        other.lock().unwrap().start();
        other.lock().unwrap().turn();
        self.offices.push(other);
        self.offices.len() - 1
    }

    /// Hands a secretariat what a member once sent for a session.
    pub(super) fn replay(&self, office: usize, at: usize, id: &SessionId) {
        let said = self.said.lock().unwrap();
        let is_it = |message: &Envelope| {
            let commit = message.payload::<Commit>();
            commit.is_ok_and(|commit| commit.session == *id)
        };
        let mut by = said.messages.iter().filter(|(by, _)| *by == at);
        let (_, message) = by.find(|(_, message)| is_it(message)).unwrap();
        let mut office = self.offices[office].lock().unwrap();
        let answer = office.handle(requests::MESSAGES, Some(&message.to_octets()));
        assert_eq!(answer.unwrap().status, 200);
    }

    fn commits(&self) -> Vec<(usize, Commit)> {
        let said = self.said.lock().unwrap();
        let commits = said.messages.iter();
        commits
            .filter(|(_, message)| message.payload_type() == Commit::TYPE)
            .map(|(at, message)| (*at, message.payload().unwrap()))
            .collect()
    }

    /// How often the member of the twins sent shares for a session, and the different
    /// ones among them.
    pub(super) fn shares(&self, id: &SessionId) -> (usize, BTreeSet<String>) {
        let said = self.said.lock().unwrap();
        let by = said.messages.iter().filter(|(at, _)| *at == TWIN);
        let shares = by.filter_map(|(_, message)| message.payload::<Shares>().ok());
        let of: Vec<_> = shares.filter(|shares| shares.session == *id).collect();
        (
            of.len(),
            of.into_iter().map(|shares| shares.shares).collect(),
        )
    }

    /// No two different shares left the twins over one pair of commitments, whatever
    /// the session. `announced` are the sessions that were on some ledger.
    pub(super) fn no_nonce_is_used_twice(&self, announced: &[SessionRecord]) {
        let mut over: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
        let said = self.said.lock().unwrap();
        let by = said.messages.iter().filter(|(at, _)| *at == TWIN);
        for shares in by.filter_map(|(_, message)| message.payload::<Shares>().ok()) {
            let session = announced.iter().find(|it| it.act == shares.act);
            if let Some(session) = session {
                let pairs = session.commitments[&1].clone();
                over.entry(pairs).or_default().insert(shares.shares);
            }
        }
        assert!(over.values().all(|shares| shares.len() == 1), "{over:?}");
    }
}
