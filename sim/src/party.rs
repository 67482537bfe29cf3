//! A party: its disk, its clock, and its process while that runs. The processes
//! are those that machines run; only what they have from outside is simulated.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_core::ledger::leaf_hash;
use comity_core::state::{Epoch, State};
use comity_member::home::{Config, Home};
use comity_member::run::Member;
use comity_member::surroundings::{Random, Surroundings};
use comity_mirror::client::Answer;
use comity_mirror::clock::Clock as _;
use comity_mirror::follow::Follower;
use comity_mirror::memory::Memory;
use comity_mirror::round::Rounds;
use comity_mirror::source::Directory;
use comity_secretariat::dropbox::desk::Desk;
use comity_secretariat::dropbox::forward::Forwarder;
use comity_secretariat::dropbox::home::Home as BoxHome;
use comity_secretariat::engine::{Engine, Now, Pace};
use comity_secretariat::home::Home as Office;
use comity_sign::identity::Identity;
use comity_sign::sealed::Passphrase;

use crate::clock::PartyClock;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::line::Line;
use crate::office::{DropBox, Secretariat};

/// The directory of every party on its disk.
pub const HOME: &str = "/home";
/// How often a mirror or a drop box looks at the ledger.
const LOOK: Duration = Duration::from_secs(5);

/// The epochs, by number and try, of which there are shares among these names.
pub fn seats<'a>(names: impl IntoIterator<Item = &'a String>) -> BTreeSet<(u32, u32)> {
    let seat = |name: &'a String| {
        let rest = name.strip_prefix("share-")?.strip_suffix(".sealed")?;
        let (epoch, attempt) = rest.split_once('-')?;
        Some((epoch.parse().ok()?, attempt.parse().ok()?))
    };
    names.into_iter().filter_map(seat).collect()
}

/// Who somebody is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartyId {
    /// The secretariat.
    Secretariat,
    /// A drop box.
    DropBox(usize),
    /// A member.
    Member(usize),
    /// A member's clone: another machine with a copy of its disk.
    Clone(usize),
    /// A mirror.
    Mirror(usize),
    /// Whoever puts in acts, with no process of their own.
    People,
}

impl PartyId {
    /// Where it is asked.
    pub fn url(self) -> String {
        format!("http://{self:?}")
    }

    /// The place of the member that it is, or is a clone of.
    pub fn member(self) -> Option<usize> {
        match self {
            Self::Member(at) | Self::Clone(at) => Some(at),
            Self::Secretariat | Self::DropBox(_) | Self::Mirror(_) | Self::People => None,
        }
    }

    /// Whoever is asked there.
    pub fn at(url: &str) -> Option<Self> {
        let name = url.strip_prefix("http://")?;
        if name == "secretariat" {
            return Some(Self::Secretariat);
        }
        let number = name.strip_prefix("box-")?.parse().ok()?;
        Some(Self::DropBox(number))
    }
}

impl fmt::Debug for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secretariat => f.write_str("secretariat"),
            Self::DropBox(at) => write!(f, "box-{at}"),
            Self::Member(at) => write!(f, "member-{at:02}"),
            Self::Clone(at) => write!(f, "clone-{at:02}"),
            Self::Mirror(at) => write!(f, "mirror-{at}"),
            Self::People => f.write_str("people"),
        }
    }
}

/// What a party's operator told it.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The founding act to trust.
    pub founding: Digest,
    /// Ledger time moves at least this often, in seconds.
    pub time_interval_s: u64,
}

/// A party.
pub struct Party {
    id: PartyId,
    /// What its process has from outside.
    surroundings: Surroundings,
    /// Its disk.
    pub disk: Disk,
    /// Its clock.
    pub clock: Arc<PartyClock>,
    told: Told,
    process: Option<Process>,
    /// Why it could not be started the last time.
    pub trouble: Option<String>,
}

enum Process {
    Secretariat(Box<Secretariat>),
    Member(Box<Member>),
    DropBox(Box<DropBox>),
    Mirror(Box<Rounds>),
}

/// The passphrase of everybody.
pub fn passphrase() -> Passphrase {
    Passphrase::new(b"a passphrase".to_vec())
}

impl Party {
    /// A party whose process does not run yet.
    pub fn new(
        id: PartyId,
        surroundings: Surroundings,
        (disk, clock): (Disk, Arc<PartyClock>),
        told: Told,
    ) -> Self {
        Self {
            id,
            surroundings,
            disk,
            clock,
            told,
            process: None,
            trouble: None,
        }
    }

    /// Another machine with a copy of this one's disk; its process does not run
    /// yet.
    pub fn copy(
        &self,
        id: PartyId,
        clock: Arc<PartyClock>,
        (dice, random): (Dice, Random),
        line: Line,
    ) -> Self {
        let disk = self.disk.copy(dice);
        let surroundings = Surroundings {
            system: disk.system(),
            clock: Arc::<PartyClock>::clone(&clock),
            random,
            network: Arc::new(line),
            ..self.surroundings.clone()
        };
        Self::new(id, surroundings, (disk, clock), self.told)
    }

    /// Who it is.
    pub fn id(&self) -> PartyId {
        self.id
    }

    /// Whether its process runs.
    pub fn is_up(&self) -> bool {
        self.process.is_some()
    }

    /// Ends its process, as a signal that it cannot catch does, or with the
    /// power.
    pub fn kill(&mut self, loses_power: bool) {
        self.process = None;
        self.disk.restart(loses_power);
    }

    /// Starts its process.
    pub fn start(&mut self) {
        if self.is_up() {
            return;
        }
        let started = match self.id {
            PartyId::Secretariat => self.start_secretariat(),
            PartyId::DropBox(_) => self.start_drop_box(),
            PartyId::Member(_) | PartyId::Clone(_) => self.start_member(),
            PartyId::Mirror(_) => Ok(self.start_mirror()),
            PartyId::People => return,
        };
        match started {
            Ok(process) => (self.process, self.trouble) = (Some(process), None),
            Err(trouble) => self.trouble = Some(trouble),
        }
        self.end_if_dead();
    }

    fn start_secretariat(&self) -> Result<Process, String> {
        let home = Office::on(Arc::clone(&self.surroundings.system), HOME);
        let config = home.config().map_err(words)?;
        let identity = home.log_key(&config, &passphrase()).map_err(words)?;
        let writer = home.writer(&config, &identity).map_err(words)?;
        let draft = match writer.size() {
            0 => Some(home.draft().map_err(words)?),
            _ => None,
        };
        let pace = Pace {
            time_interval_s: self.told.time_interval_s,
            ..config.pace()
        };
        let now = Now::from(self.clock.since_1970());
        let engine = Engine::new(writer, identity, pace, draft, now).map_err(words)?;
        Ok(Process::Secretariat(Box::new(Secretariat {
            engine,
            ledger: Directory::on(Arc::clone(&self.surroundings.system), home.ledger()),
            evidence: home.evidence(),
            surroundings: self.surroundings.clone(),
            has_failed: false,
        })))
    }

    fn start_member(&self) -> Result<Process, String> {
        let home = Home::amid(self.surroundings.clone(), HOME);
        let config = home.config().map_err(words)?;
        let config = Config {
            founding: Some(self.told.founding),
            ..config
        };
        let member = Member::open(home, &config, passphrase()).map_err(words)?;
        Ok(Process::Member(Box::new(member)))
    }

    fn start_drop_box(&self) -> Result<Process, String> {
        let home = BoxHome::on(Arc::clone(&self.surroundings.system), HOME);
        let alone = home.alone().map_err(words)?;
        let identity = home.identity(&passphrase()).map_err(words)?;
        let store = home.store().map_err(words)?;
        let desk = Arc::new(Desk::new(identity, store));
        let network = &self.surroundings.network;
        let url = PartyId::Secretariat.url();
        let client = network.client(&url, Duration::from_secs(30));
        let forwarder = Forwarder::new(Arc::clone(&desk), self.follower(), client);
        Ok(Process::DropBox(Box::new(DropBox {
            desk,
            forwarder,
            _alone: alone,
        })))
    }

    fn start_mirror(&self) -> Process {
        let system = Arc::clone(&self.surroundings.system);
        let memory = Memory::on(system, Path::new(HOME), self.told.founding);
        let now = self.clock.now();
        Process::Mirror(Box::new(Rounds::start(memory, self.follower(), now)))
    }

    fn follower(&self) -> Follower {
        let source = self
            .surroundings
            .network
            .source(&PartyId::Secretariat.url());
        Follower::new(source, Some(self.told.founding)).by_one_processor()
    }

    /// Lets its process do what it does every so often; how long it wants to
    /// wait then.
    pub fn turn(&mut self) -> Duration {
        let now = self.clock.since_1970();
        let wait = match &mut self.process {
            Some(Process::Secretariat(it)) => {
                it.step(now.into());
                Duration::from_secs(1)
            }
            Some(Process::Member(member)) => member.turn().unwrap_or_default(),
            Some(Process::DropBox(it)) => {
                it.forwarder.round(&*self.clock);
                LOOK
            }
            Some(Process::Mirror(rounds)) => {
                rounds.round(self.clock.now());
                LOOK
            }
            None => LOOK,
        };
        self.end_if_dead();
        wait
    }

    /// What its process answers; nothing where none runs.
    pub fn handle(&mut self, path: &str, body: Option<&[u8]>) -> Option<Answer> {
        let now = self.clock.since_1970();
        let answer = match self.process.as_mut()? {
            Process::Secretariat(it) => Some(it.handle(path, body, now.into())),
            Process::DropBox(it) => it.handle(path, body),
            Process::Member(_) | Process::Mirror(_) => None,
        };
        self.end_if_dead();
        answer
    }

    /// A process that failed, or that ended in the middle of a step.
    fn end_if_dead(&mut self) {
        let has_failed = match &self.process {
            Some(Process::Secretariat(it)) => it.has_failed,
            _ => false,
        };
        if has_failed || self.disk.is_dead() {
            self.process = None;
        }
    }

    /// The state that it has computed.
    pub fn state(&self) -> Option<&State> {
        Some(match self.process.as_ref()? {
            Process::Secretariat(it) => it.engine.state(),
            Process::Member(member) => member.follower().state(),
            Process::DropBox(it) => it.forwarder.follower().state(),
            Process::Mirror(rounds) => rounds.follower().state(),
        })
    }

    /// The key of the member that it is.
    pub fn identity(&self) -> Option<Identity> {
        let home = Home::amid(self.surroundings.clone(), HOME);
        home.identity(&passphrase()).ok()
    }

    /// Whether its share of an epoch is on its disk, and stays there without power.
    pub fn keeps_share(&self, epoch: &Epoch) -> bool {
        let file = format!("share-{}-{}.sealed", epoch.number, epoch.attempt);
        self.disk.keeps(&Path::new(HOME).join(file))
    }

    /// The mirror that runs here.
    pub fn mirror(&self) -> Option<&Rounds> {
        match &self.process {
            Some(Process::Mirror(rounds)) => Some(rounds),
            _ => None,
        }
    }

    /// The secretariat's machine that runs here.
    pub fn engine(&self) -> Option<&Engine> {
        match &self.process {
            Some(Process::Secretariat(it)) => Some(&it.engine),
            _ => None,
        }
    }
}

/// The name that the ledger has for an entry.
pub fn leaf(entry: &[u8]) -> Digest {
    leaf_hash(entry)
}

fn words(error: impl fmt::Display) -> String {
    error.to_string()
}
