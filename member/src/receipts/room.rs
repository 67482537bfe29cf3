//! Where receipts are held: one bounded room for each drop box, and one for the
//! operator's directory, each filled by an errand of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use comity_core::act::{Envelope, Receipt};
use comity_core::basic::{Digest, PublicKey};
use comity_core::ledger::leaf_hash;
use comity_core::limits;
use comity_mirror::client::{Client, LinkError};
use comity_mirror::files::{self, FileSystem};
use comity_mirror::receipts::{Given, Page};
use tracing::{debug, info, warn};

use crate::surroundings::Errands;

/// How often a drop box is asked, and the operator's directory read.
const ASK: Duration = Duration::from_secs(5);
/// The longest wait for a box that does not answer; it doubles up to there.
const ASK_MAX: Duration = Duration::from_secs(300);
/// Pages of a box's list that are asked for at a time.
const PAGES_MAX: usize = 64;

/// A receipt that was verified, with its act where that is known.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) receipt: Receipt,
    pub(super) box_key: PublicKey,
    pub(super) envelope: Envelope,
    pub(super) act: Option<Envelope>,
}

/// What one box promised, or what one operator has; bounded.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) held: BTreeMap<Digest, Held>,
    pub(super) octets: usize,
}

pub(super) type Shared = Arc<Mutex<Room>>;

impl Room {
    /// Takes one more, if there is room.
    pub(super) fn add(&mut self, held: Held) {
        let octets = held.octets();
        let id = held.receipt.leaf;
        let has_room = self.held.len() < limits::RECEIPTS_PER_BOX_MAX
            && self.octets + octets <= limits::RECEIPTS_OCTETS_PER_BOX_MAX;
        let known = self.held.get(&id);
        if has_room && known.is_none_or(|known| held.is_better_than(known)) {
            self.octets += octets;
            self.octets -= known.map_or(0, Held::octets);
            self.held.insert(id, held);
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Digest) -> bool) {
        self.held.retain(|id, _| keep(id));
        self.octets = self.held.values().map(Held::octets).sum();
    }

    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= limits::RECEIPTS_PER_BOX_MAX
            || self.octets + limits::LODGED_OCTETS_MAX > limits::RECEIPTS_OCTETS_PER_BOX_MAX
    }
}

impl Held {
    /// A receipt with its act, if both are what they say.
    pub(super) fn verify(given: Given) -> Option<Self> {
        let verified = given.verify();
        let verified = verified.map_err(|refusal| debug!(%refusal, "no receipt"));
        let verified = verified.ok()?;
        Some(Self {
            receipt: verified.receipt,
            box_key: verified.box_key,
            envelope: verified.envelope,
            act: verified.act.map(|(act, _)| act),
        })
    }

    /// With the act, it can be filed.
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        self.act.is_some() && other.act.is_none()
    }

    pub(super) fn octets(&self) -> usize {
        let act = self.act.as_ref().map_or(0, |act| act.to_octets().len());
        act + self.envelope.to_octets().len()
    }
}

/// A room, and what fills it.
pub(super) struct Place {
    room: Shared,
    /// Where no thread runs it: the errand, and when it is run again.
    in_turn: Option<(Box<dyn Errand>, Duration)>,
}

/// What fills a room.
pub(super) trait Errand: Send {
    /// Looks once, and says after how long it wants to look again.
    fn run(&mut self, room: &Shared) -> Duration;
}

impl Place {
    /// An empty room that is filled from now on. A thread ends when its room is
    /// gone.
    pub(super) fn new(errand: impl Errand + 'static, errands: Errands) -> Self {
        let room = Shared::default();
        let in_turn: Option<(Box<dyn Errand>, _)> = match errands {
            Errands::InThreads => {
                let filled = Arc::downgrade(&room);
                thread::spawn(move || run_again(errand, &filled));
                None
            }
            Errands::InTurn => Some((Box::new(errand), Duration::ZERO)),
        };
        Self { room, in_turn }
    }

    pub(super) fn room(&self) -> &Shared {
        &self.room
    }

    /// Runs the errand where no thread does, and its time has come.
    pub(super) fn look(&mut self, now: Duration) {
        if let Some((errand, next)) = &mut self.in_turn
            && *next <= now
        {
            *next = now + errand.run(&self.room);
        }
    }
}

/// Runs an errand for as long as somebody looks at the room.
fn run_again(mut errand: impl Errand, room: &Weak<Mutex<Room>>) {
    while let Some(room) = room.upgrade() {
        let wait = errand.run(&room);
        drop(room);
        thread::sleep(wait);
    }
}

/// Asks one box.
pub(super) struct DropBoxErrand {
    client: Client,
    key: PublicKey,
    failures: u32,
}

impl DropBoxErrand {
    pub(super) fn new(client: Client, key: PublicKey) -> Self {
        Self {
            client,
            key,
            failures: 0,
        }
    }
}

impl Errand for DropBoxErrand {
    fn run(&mut self, room: &Shared) -> Duration {
        match ask(&self.client, self.key, room) {
            Ok(()) => self.failures = 0,
            Err(error) => {
                if self.failures == 0 {
                    warn!("a drop box shows no receipts: {error}");
                }
                self.failures = self.failures.saturating_add(1);
            }
        }
        doubled(ASK, self.failures, ASK_MAX)
    }
}

/// Goes through the pages of a box's list, as far as there is room. One that
/// shows what does not verify is not listened to any further.
pub(super) fn ask(client: &Client, key: PublicKey, room: &Shared) -> Result<(), LinkError> {
    let mut after: Option<Digest> = None;
    for _page in 0..PAGES_MAX {
        let path = match after {
            Some(leaf) => format!("/v1/receipts?after={leaf}"),
            None => "/v1/receipts".to_string(),
        };
        let page: Page = client.get(&path)?;
        let last = page.receipts.last().and_then(|given| given.act.as_ref());
        after = last.map(leaf_of);
        for given in page.receipts.into_iter().take(limits::RECEIPTS_PAGE_MAX) {
            let leaf = given.act.as_ref().map(leaf_of);
            // What is held was verified when it came.
            if leaf.is_some_and(|leaf| lock(room).held.contains_key(&leaf)) {
                continue;
            }
            let held = Held::verify(given).filter(|held| held.box_key == key);
            match held.filter(|held| held.act.is_some()) {
                Some(held) => lock(room).add(held),
                None => {
                    let url = client.base().to_string();
                    return Err(LinkError::Malformed { url });
                }
            }
        }
        if !page.more || after.is_none() || lock(room).is_full() {
            break;
        }
    }
    Ok(())
}

/// Reads the operator's directory.
pub(super) struct DirectoryErrand {
    system: Arc<dyn FileSystem>,
    directory: PathBuf,
    /// What was read before.
    known: BTreeMap<Digest, Option<Held>>,
}

impl DirectoryErrand {
    pub(super) fn new(system: Arc<dyn FileSystem>, directory: PathBuf) -> Self {
        Self {
            system,
            directory,
            known: BTreeMap::new(),
        }
    }
}

impl Errand for DirectoryErrand {
    fn run(&mut self, room: &Shared) -> Duration {
        let known = std::mem::take(&mut self.known);
        self.known = read(&*self.system, &self.directory, known);
        let mut fresh = Room::default();
        let held = self.known.values().flatten().cloned();
        held.for_each(|held| fresh.add(held));
        *lock(room) = fresh;
        ASK
    }
}

/// The files in a directory, by the digest of what is in them; those that are
/// known are not verified again.
pub(super) fn read(
    system: &dyn FileSystem,
    directory: &Path,
    mut known: BTreeMap<Digest, Option<Held>>,
) -> BTreeMap<Digest, Option<Held>> {
    let mut found = BTreeMap::new();
    let names = system.list(directory).unwrap_or_default();
    for (name, _) in names.iter().take(limits::RECEIPTS_PER_BOX_MAX) {
        let path = directory.join(name);
        let octets_max = u64::try_from(limits::RECEIPT_FILE_OCTETS_MAX).unwrap_or(u64::MAX);
        let Ok(octets) = files::read_required_on(system, &path, octets_max) else {
            continue;
        };
        let digest = Digest::of(&octets);
        let held = known.remove(&digest).unwrap_or_else(|| {
            let held = Given::parse(&octets).ok().and_then(Held::verify);
            match &held {
                Some(held) => info!(act = %held.receipt.leaf, "has {}", path.display()),
                None => warn!("{} is no receipt that verifies", path.display()),
            }
            held
        });
        found.insert(digest, held);
    }
    found
}

pub(super) fn leaf_of(act: &Envelope) -> Digest {
    leaf_hash(&act.to_octets())
}

pub(super) fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    let wait = first.saturating_mul(2_u32.saturating_pow(times));
    wait.min(longest)
}

pub(super) fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    // Every change of it is one insertion, or one whole new room.
    room.lock().unwrap_or_else(PoisonError::into_inner)
}
