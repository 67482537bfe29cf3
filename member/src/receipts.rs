//! What drop boxes promised, and is not on the ledger. A member looks at the
//! charter's boxes, and at receipts that its operator gave it. While one of them
//! is overdue, it signs no edition with changed contents: what was decided may
//! be void. It files the act itself, which ends that. Editions that only renew
//! signatures are signed all the same: nobody brings the signatures to expire
//! by leaving an act out.
//!
//! Each box is asked in a thread of its own, and has room of its own: one that
//! lies, floods or is slow takes nothing from anybody else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use comity_core::act::{Envelope, Merge, RULES, Receipt};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::charter::DropBox;
use comity_core::ledger::leaf_hash;
use comity_core::limits;
use comity_core::state::Founded;
use comity_core::zone::Change;
use comity_mirror::client::{Client, LinkError};
use comity_mirror::files;
use comity_mirror::follow::Applied;
use comity_mirror::index::Index;
use comity_mirror::receipts::{Given, Page};
use tracing::{debug, error, info, warn};

use crate::run::Member;

/// How often a drop box is asked, and the operator's directory read.
const ASK: Duration = Duration::from_secs(5);
/// The longest wait for a box that does not answer; it doubles up to there.
const ASK_MAX: Duration = Duration::from_secs(300);
/// The longest that one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// The wait before an act is filed again; it doubles each time.
const FILE_AGAIN: Duration = Duration::from_secs(5);
const FILE_AGAIN_MAX: Duration = Duration::from_secs(600);
/// Pages of a box's list that are asked for at a time.
const PAGES_MAX: usize = 64;
/// Acts that are filed in one round.
const FILED_PER_ROUND: usize = 4;

/// Whether an act is overdue by ledger time: it was promised within the hour.
pub fn is_overdue(receipt: &Receipt, now: Option<Time>, is_on_ledger: bool) -> bool {
    let due = receipt.time.plus(limits::MERGE_SECONDS);
    !is_on_ledger && now.is_some_and(|now| now > due)
}

/// A receipt that was verified, with its act where that is known.
#[derive(Clone, Debug)]
struct Held {
    receipt: Receipt,
    box_key: PublicKey,
    envelope: Envelope,
    act: Option<Envelope>,
}

/// What one box promised, or what one operator has; bounded.
#[derive(Debug, Default)]
struct Room {
    held: BTreeMap<Digest, Held>,
    octets: usize,
}

type Shared = Arc<Mutex<Room>>;

/// All receipts that this member looks at.
pub(crate) struct Watch {
    index: Index,
    /// Those of the charter's boxes. The threads end when their room is gone.
    boxes: BTreeMap<(PublicKey, String), Shared>,
    own: Shared,
    /// The receipts that are overdue, by act.
    overdue: BTreeMap<Digest, Held>,
    /// When each act is filed again, and how often it was.
    tries: BTreeMap<Digest, (Instant, u32)>,
    is_withholding: bool,
}

impl Watch {
    /// Looks at the operator's directory from now on, and at no box yet.
    pub(crate) fn new(directory: PathBuf) -> Self {
        let own = Shared::default();
        let room = Arc::downgrade(&own);
        thread::spawn(move || read_again(&directory, &room));
        Self {
            index: Index::default(),
            boxes: BTreeMap::new(),
            own,
            overdue: BTreeMap::new(),
            tries: BTreeMap::new(),
            is_withholding: false,
        }
    }

    /// Notes an act that the ledger has.
    pub(crate) fn note(&mut self, applied: &Applied) {
        self.index.note(applied);
    }

    /// Asks these boxes from now on, and no others.
    fn ask(&mut self, boxes: &[DropBox]) {
        let wanted: BTreeSet<(PublicKey, String)> =
            boxes.iter().map(|one| (one.key, one.url.clone())).collect();
        self.boxes.retain(|place, _| wanted.contains(place));
        for (key, url) in wanted {
            self.boxes.entry((key, url.clone())).or_insert_with(|| {
                let room = Shared::default();
                let asked = Arc::downgrade(&room);
                thread::spawn(move || ask_again(&url, key, &asked));
                room
            });
        }
    }

    /// Finds what is overdue. What the ledger has is held no longer.
    fn judge(&mut self, founded: &Founded) {
        let mut overdue = BTreeMap::new();
        for room in self.boxes.values().chain([&self.own]) {
            let mut room = lock(room);
            let index = &self.index;
            room.retain(|id| index.position(id).is_none());
            for (id, held) in &room.held {
                let is_named = founded.charter.rules.box_of(held.box_key).is_some();
                let is_ours = held.receipt.ledger == founded.ledger;
                let known: Option<&Held> = overdue.get(id);
                let is_better = known.is_none_or(|known| held.is_better_than(known));
                let is_late = is_overdue(&held.receipt, founded.time, false);
                if is_named && is_ours && is_late && is_better {
                    overdue.insert(*id, held.clone());
                }
            }
        }
        for (id, held) in &overdue {
            if !self.overdue.contains_key(id) {
                say_overdue(founded, held);
            }
        }
        for id in self.overdue.keys() {
            if !overdue.contains_key(id) {
                info!(act = %id, "no longer overdue");
            }
        }
        self.tries.retain(|id, _| overdue.contains_key(id));
        self.overdue = overdue;
    }

    /// The acts that are to be filed now.
    fn due(&self) -> Vec<Held> {
        let now = Instant::now();
        let is_due = |id: &Digest| self.tries.get(id).is_none_or(|(next, _)| *next <= now);
        let due = self.overdue.iter().filter(|(id, _)| is_due(id));
        let due = due.filter(|(_, held)| held.act.is_some());
        due.take(FILED_PER_ROUND)
            .map(|(_, held)| held.clone())
            .collect()
    }

    fn tried(&mut self, id: Digest) {
        let times = self.tries.get(&id).map_or(0, |(_, times)| *times);
        let wait = doubled(FILE_AGAIN, times, FILE_AGAIN_MAX);
        let next = Instant::now() + wait;
        self.tries.insert(id, (next, times.saturating_add(1)));
    }
}

impl Room {
    /// Takes one more, if there is room.
    fn add(&mut self, held: Held) {
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

    fn retain(&mut self, keep: impl Fn(&Digest) -> bool) {
        self.held.retain(|id, _| keep(id));
        self.octets = self.held.values().map(Held::octets).sum();
    }

    fn is_full(&self) -> bool {
        self.held.len() >= limits::RECEIPTS_PER_BOX_MAX
            || self.octets + limits::LODGED_OCTETS_MAX > limits::RECEIPTS_OCTETS_PER_BOX_MAX
    }
}

impl Held {
    /// A receipt with its act, if both are what they say.
    fn verify(given: Given) -> Option<Self> {
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
    fn is_better_than(&self, other: &Self) -> bool {
        self.act.is_some() && other.act.is_none()
    }

    fn octets(&self) -> usize {
        let act = self.act.as_ref().map_or(0, |act| act.to_octets().len());
        act + self.envelope.to_octets().len()
    }
}

impl Member {
    /// Looks at what drop boxes promised, and files what is overdue. Nothing of
    /// it ends the round.
    pub(crate) fn hold_to_receipts(&mut self) {
        let Ok(founded) = self.follower.state().founded() else {
            return;
        };
        self.watch.ask(&founded.charter.rules.boxes);
        self.watch.judge(founded);
        let ledger = founded.ledger;
        for held in self.watch.due() {
            self.watch.tried(held.receipt.leaf);
            self.file_overdue(ledger, held);
        }
        self.say_withholding();
    }

    /// Puts the act on the ledger with its receipt, by this member's own key.
    fn file_overdue(&self, ledger: Digest, held: Held) {
        let Some(act) = held.act else { return };
        let merge = Merge {
            rules: RULES,
            ledger,
            receipt: held.envelope,
            act,
        };
        let entry = self.identity.signed(&merge).to_octets();
        // Whoever stalls this stalls no round for long.
        let filed = Client::new(self.link.base(), ANSWER).submit_act(&entry);
        let id = held.receipt.leaf;
        match filed {
            Ok(accepted) => {
                info!(act = %id, position = accepted.position, "filed what was overdue")
            }
            Err(LinkError::Refused { rule, .. }) if rule == "merged" => {}
            Err(error) => warn!(
                act = %id,
                "the secretariat does not take an act that is overdue, and it is tried again: \
                 {error}"
            ),
        }
    }

    /// Whether the next edition is none that this member signs now: its contents
    /// are changed, and something is overdue.
    pub(crate) fn withholds(&self) -> bool {
        let founded = self.follower.state().founded();
        !self.watch.overdue.is_empty() && founded.is_ok_and(changes_contents)
    }

    fn say_withholding(&mut self) {
        let withholds = self.withholds();
        if withholds != self.watch.is_withholding {
            match withholds {
                true => error!(
                    overdue = self.watch.overdue.len(),
                    "signs no edition with changed contents while an act is overdue"
                ),
                false => info!("signs editions with changed contents again"),
            }
            self.watch.is_withholding = withholds;
        }
    }
}

/// Whether the edition that is next, or being signed, has other contents than
/// the last one.
fn changes_contents(founded: &Founded) -> bool {
    let Some(published) = &founded.published else {
        return true;
    };
    match founded.open_edition() {
        Some(open) => is_change(&open.changes),
        None => !published.publishes(&founded.contents),
    }
}

/// Whether anything is left of changes once all of them are made.
fn is_change(changes: &[Change]) -> bool {
    let mut net = BTreeMap::new();
    for change in changes {
        let set = (&change.name, change.rtype);
        let (_, new) = net.entry(set).or_insert((&change.old, &change.new));
        *new = &change.new;
    }
    net.values().any(|(old, new)| old != new)
}

fn say_overdue(founded: &Founded, held: &Held) {
    let name = founded.charter.rules.box_of(held.box_key);
    let name = name.map_or("", |one| one.name.as_str());
    let (act, due) = (
        held.receipt.leaf,
        held.receipt.time.plus(limits::MERGE_SECONDS),
    );
    let next = match held.act {
        Some(_) => "this member files it now; if the secretariat goes on refusing it, ask why",
        None => {
            "only the receipt is here: put the drop box's whole answer, with the act, into the \
             directory `receipts`, or ask the box for it"
        }
    };
    error!(
        %act,
        "box" = name,
        %due,
        "an act that a drop box took is not on the ledger: no edition with changed contents is \
         signed until it is; {next}"
    );
}

/// Asks one box for as long as somebody looks at the room.
fn ask_again(url: &str, key: PublicKey, room: &Weak<Mutex<Room>>) {
    let client = Client::new(url, ANSWER);
    let mut failures = 0_u32;
    while let Some(room) = room.upgrade() {
        let asked = ask(&client, key, &room);
        drop(room);
        match asked {
            Ok(()) => failures = 0,
            Err(error) => {
                if failures == 0 {
                    warn!("a drop box shows no receipts: {error}");
                }
                failures = failures.saturating_add(1);
            }
        }
        thread::sleep(doubled(ASK, failures, ASK_MAX));
    }
}

/// Goes through the pages of a box's list, as far as there is room. One that
/// shows what does not verify is not listened to any further.
fn ask(client: &Client, key: PublicKey, room: &Shared) -> Result<(), LinkError> {
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

/// Reads the operator's directory for as long as somebody looks at the room.
fn read_again(directory: &Path, room: &Weak<Mutex<Room>>) {
    let mut known = BTreeMap::new();
    while let Some(room) = room.upgrade() {
        known = read(directory, known);
        let mut fresh = Room::default();
        known
            .values()
            .flatten()
            .cloned()
            .for_each(|held| fresh.add(held));
        *lock(&room) = fresh;
        drop(room);
        thread::sleep(ASK);
    }
}

/// The files in a directory, by the digest of what is in them; those that are
/// known are not verified again.
fn read(
    directory: &Path,
    mut known: BTreeMap<Digest, Option<Held>>,
) -> BTreeMap<Digest, Option<Held>> {
    let mut found = BTreeMap::new();
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().take(limits::RECEIPTS_PER_BOX_MAX) {
        let octets_max = u64::try_from(limits::RECEIPT_FILE_OCTETS_MAX).unwrap_or(u64::MAX);
        let Ok(octets) = files::read_required(path, octets_max) else {
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

fn leaf_of(act: &Envelope) -> Digest {
    leaf_hash(&act.to_octets())
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    let wait = first.saturating_mul(2_u32.saturating_pow(times));
    wait.min(longest)
}

fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    // Every change of it is one insertion, or one whole new room.
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
