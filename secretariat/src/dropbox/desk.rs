//! What a drop box takes, and what it says of it. No network and no clock: the
//! ledger comes in act by act, and ledger time is all the time there is.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use comity_core::act::{Act, Checked, Envelope, Merge, RULES, Receipt};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::ledger::leaf_hash;
use comity_core::limits;
use comity_core::refusal::Refusal;
use comity_core::state::{Founded, Position, State, accept};
use comity_mirror::follow::Applied;
use comity_mirror::index::Index;
use comity_mirror::receipts::{Given, Page, check_lodged};
use comity_sign::identity::Identity;
use serde::Serialize;
use tracing::info;

use super::store::{Kept, Store, StoreError};

/// A drop box.
pub struct Desk {
    identity: Identity,
    store: Mutex<Store>,
    seen: RwLock<Seen>,
    /// Whether an act has come since somebody looked.
    news: Mutex<bool>,
    news_came: Condvar,
}

/// The ledger so far.
#[derive(Default)]
struct Seen {
    /// None before it was read for the first time.
    state: Option<Arc<State>>,
    index: Index,
}

/// Why a drop box does not take an act.
#[derive(Debug)]
pub enum Denied {
    /// It takes nothing now.
    Unready(Unready),
    /// A rule says no.
    Refused(Refusal),
    /// It has as many acts that are not on the ledger as it may.
    Full(Full),
    /// It cannot keep the act.
    Store(StoreError),
}

/// Why a drop box takes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unready {
    /// It has not read the ledger since it was started.
    NotRead,
    /// There is no zone yet.
    NotFounded,
    /// The charter in force does not name its key.
    NotNamed {
        /// The key.
        key: PublicKey,
    },
    /// There is no ledger time yet.
    NoTime,
}

/// What there are too many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Acts of everybody.
    All,
    /// Acts by one key.
    Key,
    /// Acts by keys that the ledger does not know.
    Strangers,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unready> for Denied {
    fn from(unready: Unready) -> Self {
        Self::Unready(unready)
    }
}

/// What is to be brought to the ledger.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The act's leaf hash.
    pub leaf: Digest,
    /// The entry.
    pub entry: Vec<u8>,
    /// Whether it is the act itself; else an act of the box's own with it.
    pub is_plain: bool,
}

/// An answer to an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The act's id.
    pub id: Digest,
    /// Its leaf hash, which the receipt is for.
    pub leaf: Digest,
    /// Where it is on the ledger, once it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The receipt; none for an act that is on the ledger by another way, which
    /// needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Envelope>,
    /// Whether it is one that was not known, by a key that the ledger knows.
    #[serde(skip)]
    pub is_new_of_party: bool,
}

impl Desk {
    /// A drop box that signs with this key and keeps acts in this store.
    pub fn new(identity: Identity, store: Store) -> Self {
        Self {
            identity,
            store: Mutex::new(store),
            seen: RwLock::default(),
            news: Mutex::new(true),
            news_came: Condvar::new(),
        }
    }

    /// The key that signs its receipts.
    pub fn key(&self) -> PublicKey {
        self.identity.public()
    }

    /// Takes an act, or says why not. What comes back was durably kept before.
    ///
    /// # Errors
    /// Where it takes nothing now, or a rule says no.
    pub fn take(&self, entry: &[u8]) -> Result<Taken, Denied> {
        let envelope = Envelope::parse(entry, limits::LODGED_OCTETS_MAX).map_err(Refusal::from)?;
        let (id, leaf) = (envelope.id(), leaf_hash(entry));
        if let Some(kept) = self.store().get(&leaf) {
            return Ok(self.taken(id, kept, false));
        }
        let (state, position) = self.ledger(&leaf)?;
        let receipt = self.promise(&state, leaf)?;
        if position.is_some() {
            return Ok(Taken {
                id,
                leaf,
                position,
                receipt: None,
                is_new_of_party: false,
            });
        }
        let founded = state.founded()?;
        let checked = check_lodged(entry)?;
        // By what the box has seen; if the ledger is further on, the act of the
        // box's own puts it there as of now.
        accept(&state, &checked, Position(state.log().size()))?;
        let mut store = self.store();
        let by_party = room(&store, founded, &checked).map_err(Denied::Full)?;
        store.put(receipt, &envelope)?;
        // Crash on this line: the act is brought to the ledger all the same.
        let kept = store.get(&leaf).cloned();
        drop(store);
        let kept = kept.ok_or(Unready::NotRead)?;
        info!(act = %leaf, size = kept.receipt.size, "took an act");
        self.tell();
        Ok(self.taken(id, &kept, by_party))
    }

    fn taken(&self, id: Digest, kept: &Kept, is_new_of_party: bool) -> Taken {
        Taken {
            id,
            leaf: kept.receipt.leaf,
            position: kept.position,
            receipt: Some(self.identity.signed(&kept.receipt)),
            is_new_of_party,
        }
    }

    /// The state, and where an act is on the ledger already.
    fn ledger(&self, leaf: &Digest) -> Result<(Arc<State>, Option<u64>), Unready> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let state = seen.state.clone().ok_or(Unready::NotRead)?;
        Ok((state, seen.index.position(leaf)))
    }

    /// What it promises for an act that comes now.
    fn promise(&self, state: &State, leaf: Digest) -> Result<Receipt, Unready> {
        let founded = state.founded().map_err(|_| Unready::NotFounded)?;
        let key = self.key();
        if founded.charter.rules.box_of(key).is_none() {
            return Err(Unready::NotNamed { key });
        }
        Ok(Receipt {
            rules: RULES,
            ledger: founded.ledger,
            leaf,
            size: state.log().size(),
            time: founded.time.ok_or(Unready::NoTime)?,
        })
    }

    /// Why it would take nothing now.
    pub fn unready(&self) -> Option<Unready> {
        let ledger = self.ledger(&Digest([0; 32]));
        ledger
            .and_then(|(state, _)| self.promise(&state, Digest([0; 32])))
            .err()
    }

    fn given(&self, kept: &Kept, act: Envelope) -> Given {
        Given {
            id: Some(act.id()),
            leaf: Some(kept.receipt.leaf),
            position: kept.position,
            receipt: self.identity.signed(&kept.receipt),
            act: Some(act),
        }
    }

    /// One receipt that was given, with its act.
    ///
    /// # Errors
    /// Where the act cannot be read.
    pub fn receipt(&self, leaf: &Digest) -> Result<Option<Given>, StoreError> {
        let store = self.store();
        let Some(kept) = store.get(leaf) else {
            return Ok(None);
        };
        Ok(Some(self.given(kept, store.act(leaf)?)))
    }

    /// The receipts whose acts are not on the ledger, a page of them, behind
    /// the one for this act.
    ///
    /// # Errors
    /// Where an act cannot be read.
    pub fn page(&self, after: Option<&Digest>) -> Result<Page, StoreError> {
        let store = self.store();
        let mut page = Page::default();
        let mut octets = 0;
        for kept in store.outstanding(after) {
            let act = store.act(&kept.receipt.leaf)?;
            octets += act.to_octets().len();
            let is_full = octets > limits::RECEIPTS_PAGE_OCTETS_MAX
                || page.receipts.len() >= limits::RECEIPTS_PAGE_MAX;
            if is_full && !page.receipts.is_empty() {
                page.more = true;
                break;
            }
            page.receipts.push(self.given(kept, act));
        }
        Ok(page)
    }

    /// Takes note of acts that the ledger has now, and of the state after them.
    ///
    /// # Errors
    /// Where an old act could not be forgotten; all else is done.
    pub fn note(&self, applied: &[Applied], state: &State) -> Result<(), StoreError> {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let is_first = seen.state.is_none();
        applied.iter().for_each(|one| seen.index.note(one));
        if is_first || !applied.is_empty() {
            seen.state = Some(Arc::new(state.clone()));
        }
        let now = state.founded().ok().and_then(|founded| founded.time);
        let mut store = self.store();
        let outstanding = store.outstanding(None).map(|kept| kept.receipt.leaf);
        let merged: Vec<_> = outstanding
            .filter_map(|leaf| Some((leaf, seen.index.position(&leaf)?)))
            .collect();
        for (leaf, position) in merged {
            store.note_merged(&leaf, position);
            info!(act = %leaf, position, "the ledger has it");
        }
        let is_old = |position: u64| {
            let since = seen.index.time_after(position + 1).unwrap_or(Time(0));
            now.is_some_and(|now| now > since.plus(limits::BOX_MERGED_SECONDS))
        };
        store.prune(limits::BOX_MERGED_MAX, is_old).map(drop)
    }

    /// The acts that are to be brought to the ledger, in their order.
    pub fn outstanding(&self) -> Vec<Digest> {
        let store = self.store();
        let outstanding = store.outstanding(None);
        outstanding.map(|kept| kept.receipt.leaf).collect()
    }

    /// What is to be sent for an act: itself, while the state takes it and the
    /// secretariat has not refused it; else an act with its receipt. None where
    /// it is not outstanding.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn outgoing(&self, leaf: &Digest, is_late: bool) -> Result<Option<Outgoing>, StoreError> {
        let store = self.store();
        let Some(kept) = store.get(leaf).filter(|kept| kept.position.is_none()) else {
            return Ok(None);
        };
        let (kept, act) = (kept.clone(), store.act(leaf)?);
        drop(store);
        let Ok((state, _)) = self.ledger(leaf) else {
            return Ok(None);
        };
        let entry = act.to_octets();
        let position = Position(state.log().size());
        let is_plain = !is_late
            && check_lodged(&entry).is_ok_and(|checked| accept(&state, &checked, position).is_ok());
        let entry = match is_plain {
            true => entry,
            false => {
                let merge = Merge {
                    rules: RULES,
                    ledger: kept.receipt.ledger,
                    receipt: self.identity.signed(&kept.receipt),
                    act,
                };
                self.identity.signed(&merge).to_octets()
            }
        };
        Ok(Some(Outgoing {
            leaf: *leaf,
            entry,
            is_plain,
        }))
    }

    /// Wakes whoever brings acts to the ledger.
    fn tell(&self) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.news_came.notify_all();
    }

    /// Waits for an act to come, for no longer than this.
    pub fn wait(&self, patience: Duration) {
        let news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .news_came
            .wait_timeout_while(news, patience, |came| !*came);
        let (mut came, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *came = false;
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Every change of it is one insertion or removal after the disk's.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether there is room for one more act, and whether it is a party's: a flood
/// of strangers' keys leaves those of members and holders theirs.
fn room(store: &Store, founded: &Founded, act: &Checked<Act>) -> Result<bool, Full> {
    let is_party = |key: &PublicKey| {
        founded.member_of(key).is_some() || founded.holders_with(*key).next().is_some()
    };
    let by_party = act.signers().iter().any(is_party);
    let outstanding = || store.outstanding(None);
    if store.outstanding_count() >= limits::BOX_OUTSTANDING_MAX {
        return Err(Full::All);
    }
    let own = |kept: &&Kept| act.signers().contains(&kept.by);
    if outstanding().filter(own).count() >= limits::BOX_OUTSTANDING_PER_KEY_MAX {
        return Err(Full::Key);
    }
    if !by_party {
        let strangers = outstanding().filter(|kept| !is_party(&kept.by)).count();
        if strangers >= limits::BOX_OUTSTANDING_STRANGERS_MAX {
            return Err(Full::Strangers);
        }
    }
    Ok(by_party)
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRead => f.write_str("the ledger has not been read yet"),
            Self::NotFounded => f.write_str("the ledger has no founding act yet"),
            Self::NotNamed { key } => write!(
                f,
                "the charter in force names no drop box with the key {key}: its receipts would \
                 bind nobody"
            ),
            Self::NoTime => f.write_str("the ledger has no time yet"),
        }
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "as many acts as there is room for wait for the ledger",
            Self::Key => "as many acts by this key as there is room for wait for the ledger",
            Self::Strangers => {
                "as many acts by keys that the ledger does not know as there is room for wait \
                 for it"
            }
        })
    }
}
