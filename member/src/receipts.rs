//! What drop boxes promised, and is not on the ledger. A member looks at the
//! charter's boxes, and at receipts that its operator gave it. While one of them
//! is overdue, it signs no edition with changed contents: what was decided may
//! be void. It files the act itself, which ends that. Editions that only renew
//! signatures are signed all the same: nobody brings the signatures to expire
//! by leaving an act out.
//!
//! Each box is asked in a thread of its own, where there are threads, and has
//! room of its own: one that lies, floods or is slow takes nothing from anybody
//! else.

mod room;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use comity_core::act::{Merge, RULES, Receipt};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::charter::DropBox;
use comity_core::limits;
use comity_core::state::Founded;
use comity_core::zone::Change;
use comity_mirror::client::LinkError;
use comity_mirror::follow::Applied;
use comity_mirror::index::Index;
use tracing::{error, info, warn};

use crate::run::Member;
use crate::surroundings::Surroundings;
use room::{DirectoryErrand, DropBoxErrand, Held, Place, doubled, lock};

/// The longest that one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// The wait before an act is filed again; it doubles each time.
const FILE_AGAIN: Duration = Duration::from_secs(5);
const FILE_AGAIN_MAX: Duration = Duration::from_secs(600);
/// Acts that are filed in one round.
const FILED_PER_ROUND: usize = 4;

/// Whether an act is overdue by ledger time: it was promised within the hour.
/// A receipt of a ledger longer than this one promises nothing yet, nor could
/// the act be merged with it.
pub fn is_overdue(receipt: &Receipt, (size, now): (u64, Option<Time>), is_on_ledger: bool) -> bool {
    let due = receipt.time.plus(limits::MERGE_SECONDS);
    !is_on_ledger && receipt.size <= size && now.is_some_and(|now| now > due)
}

/// All receipts that this member looks at.
pub(crate) struct Watch {
    index: Index,
    surroundings: Surroundings,
    /// Those of the charter's boxes.
    boxes: BTreeMap<(PublicKey, String), Place>,
    own: Place,
    /// The receipts that are overdue, by act.
    overdue: BTreeMap<Digest, Held>,
    /// When each act is filed again, and how often it was.
    tries: BTreeMap<Digest, (Duration, u32)>,
    is_withholding: bool,
}

impl Watch {
    /// Looks at the operator's directory from now on, and at no box yet.
    pub(crate) fn new(directory: PathBuf, surroundings: &Surroundings) -> Self {
        let own = DirectoryErrand::new(Arc::clone(&surroundings.system), directory);
        Self {
            index: Index::default(),
            own: Place::new(own, surroundings.errands),
            surroundings: surroundings.clone(),
            boxes: BTreeMap::new(),
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
        let Surroundings {
            network, errands, ..
        } = &self.surroundings;
        for (key, url) in wanted {
            self.boxes.entry((key, url.clone())).or_insert_with(|| {
                let client = network.client(&url, ANSWER);
                Place::new(DropBoxErrand::new(client, key), *errands)
            });
        }
        let now = self.surroundings.clock.running();
        let places = self.boxes.values_mut().chain([&mut self.own]);
        places.for_each(|place| place.look(now));
    }

    /// Finds what is overdue. What the ledger has is held no longer.
    fn judge(&mut self, founded: &Founded, size: u64) {
        let mut overdue = BTreeMap::new();
        for place in self.boxes.values().chain([&self.own]) {
            let mut room = lock(place.room());
            let index = &self.index;
            room.retain(|id| index.position(id).is_none());
            for (id, held) in &room.held {
                let is_named = founded.charter.rules.box_of(held.box_key).is_some();
                let is_ours = held.receipt.ledger == founded.ledger;
                let known: Option<&Held> = overdue.get(id);
                let is_better = known.is_none_or(|known| held.is_better_than(known));
                let is_late = is_overdue(&held.receipt, (size, founded.time), false);
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
        let now = self.surroundings.clock.running();
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
        let next = self.surroundings.clock.running() + wait;
        self.tries.insert(id, (next, times.saturating_add(1)));
    }
}

impl Member {
    /// Looks at what drop boxes promised, and files what is overdue. Nothing of
    /// it ends the round.
    pub(crate) fn hold_to_receipts(&mut self) {
        let state = self.follower.state();
        let Ok(founded) = state.founded() else {
            return;
        };
        self.watch.ask(&founded.charter.rules.boxes);
        self.watch.judge(founded, state.log().size());
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
        let network = &self.home.surroundings().network;
        let filed = network.client(self.link.base(), ANSWER).submit_act(&entry);
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

#[cfg(test)]
mod tests;
