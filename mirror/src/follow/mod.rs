//! Follows a ledger and verifies everything on it, from the founding act on.
//! Whoever follows has a [`State`] that it computed itself; what a ledger's
//! server says counts for nothing until it does.
//!
//! A ledger that breaks a rule is not followed any further: the state stays
//! where it was, and the [`Violation`] says which act, which rule and who.

mod ahead;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use comity_core::act::{self, Act, Checked, Envelope, Founding};
use comity_core::basic::Digest;
use comity_core::ledger::{Cosignature, CosignedCheckpoint, NoteKey, TileRefusal, TreeHead};
use comity_core::limits;
use comity_core::refusal::Refusal;
use comity_core::state::{Outcome, Position, State, apply};

use crate::ledger::{self, LedgerError};
use crate::signature::ByRing;
use crate::source::{FetchError, Source};

/// How many entries are checked together, while those of them whose turn it is
/// are applied.
const AHEAD: usize = 256;

/// Follows one ledger.
pub struct Follower {
    source: Arc<dyn Source>,
    /// The founding act that this follower trusts; any, where it only audits.
    founding: Option<Digest>,
    /// A head that was followed before, and that the ledger must extend.
    known: Option<TreeHead>,
    state: State,
    checkpoint: Option<CosignedCheckpoint>,
    /// The blobs that the acts name.
    blobs: BTreeSet<Digest>,
    /// How many processors check entries.
    processors: usize,
}

/// An act that was applied.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Its position.
    pub position: u64,
    /// Its id.
    pub id: Digest,
    /// Its leaf hash.
    pub leaf: Digest,
    /// The leaf hash of the act that came in it with a drop box's receipt.
    pub merged: Option<Digest>,
    /// What it did.
    pub outcome: Outcome,
}

/// Why a ledger could not be followed further.
#[derive(Debug)]
pub enum FollowError {
    /// Its files could not be read now; try again.
    Unreadable(FetchError),
    /// It breaks a rule.
    Violation(Violation),
}

/// A rule broken on a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// An act is refused.
    Act {
        /// Its position.
        position: u64,
        /// Who signed it, where that could be read: keys in hexadecimal.
        culprit: String,
        /// The rule.
        refusal: Refusal,
    },
    /// A blob that an act names is missing, or is another: not the fault of
    /// those who signed the act.
    Blob {
        /// The act's position.
        position: u64,
        /// The rule.
        refusal: Refusal,
    },
    /// The checkpoint is none, or not signed by the ledger's key.
    Checkpoint {
        /// The rule.
        refusal: Refusal,
    },
    /// The checkpoint is smaller than one seen before.
    Rollback {
        /// The acts known.
        known: u64,
        /// The acts of the checkpoint.
        found: u64,
    },
    /// The acts do not hash to the root that is known: changed, or two
    /// histories.
    Fork {
        /// The size at which they differ.
        size: u64,
    },
    /// The checkpoint has more acts than a ledger may have.
    TooManyEntries {
        /// The acts of the checkpoint.
        size: u64,
    },
    /// A file of entries is not of its form.
    Tile {
        /// Which.
        path: String,
        /// Why.
        refusal: TileRefusal,
    },
    /// A line under the checkpoint is no member's cosignature of it.
    Cosignature {
        /// In whose name.
        name: String,
    },
    /// Another founding act than the one trusted.
    OtherFounding {
        /// The id found.
        found: Digest,
    },
}

impl Follower {
    /// Follows the ledger at `source`, starting from nothing.
    pub fn new(source: Box<dyn Source>, founding: Option<Digest>) -> Self {
        Self {
            source: source.into(),
            founding,
            known: None,
            state: State::default(),
            checkpoint: None,
            blobs: BTreeSet::new(),
            processors: ahead::processors(),
        }
    }

    /// Checks entries one after the other, and starts no threads.
    #[must_use]
    pub fn by_one_processor(self) -> Self {
        Self {
            processors: 1,
            ..self
        }
    }

    /// Follows no ledger that does not extend this head, which somebody has
    /// followed before: neither an older copy nor another history.
    #[must_use]
    pub fn knowing(self, head: Option<TreeHead>) -> Self {
        Self {
            known: head,
            ..self
        }
    }

    /// The state after the last act applied.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The newest checkpoint that was verified.
    pub fn checkpoint(&self) -> Option<&CosignedCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// The blobs that the acts so far name.
    pub fn blobs(&self) -> &BTreeSet<Digest> {
        &self.blobs
    }

    /// Where the ledger is read from.
    pub fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// Fetches the checkpoint and applies every act that is new under it.
    ///
    /// # Errors
    /// The acts before what went wrong are applied, if it is known that the
    /// checkpoint has them.
    pub fn poll(&mut self) -> Result<Vec<Applied>, FollowError> {
        self.poll_with(&mut |_, _| {})
    }

    /// As [`Self::poll`], and shows the state after each act to `look`, for
    /// what later acts cover up.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub fn poll_with(
        &mut self,
        look: &mut dyn FnMut(&State, &Applied),
    ) -> Result<Vec<Applied>, FollowError> {
        let next = ledger::fetch_checkpoint(&*self.source)?;
        let log_key = match self.state.founded() {
            Ok(founded) => Some(founded.log_key.clone()),
            Err(_) => self.first_log_key(&next)?,
        };
        // Before anything else is fetched: only the log itself can say that
        // there is more, and how much.
        if let Some(log_key) = log_key {
            next.verify_log(&log_key).map_err(LedgerError::Checkpoint)?;
        }
        let applied = self.extend(&next, look)?;
        self.checkpoint = Some(next);
        Ok(applied)
    }

    /// Whether each cosignature under the head is a member's. A mirror counts
    /// those that are and passes over the others; an audit lets none pass.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check_cosignatures(&self) -> Result<(), FollowError> {
        let Some(head) = &self.checkpoint else {
            return Ok(());
        };
        let members = self
            .state
            .founded()
            .map_or(&[][..], |founded| &founded.members);
        let is_by_member = |line: &Cosignature| {
            members
                .iter()
                .any(|member| line.is_by(&member.cosigner, &head.checkpoint))
        };
        match head.cosignatures.iter().find(|line| !is_by_member(line)) {
            Some(line) => Err(FollowError::Violation(Violation::Cosignature {
                name: line.name.clone(),
            })),
            None => Ok(()),
        }
    }

    /// The log's key as the founding act names it, which is the one that is
    /// trusted. None where there is no founding act to read: then it is found
    /// out which rule that breaks.
    fn first_log_key(&self, next: &CosignedCheckpoint) -> Result<Option<NoteKey>, FollowError> {
        let mut entries = ledger::entries(&*self.source, 0, next.checkpoint.size);
        let Some(first) = entries.next() else {
            return Ok(None);
        };
        let first = first?;
        let envelope = Envelope::parse(&first, limits::ENTRY_OCTETS_MAX).ok();
        let found = envelope
            .as_ref()
            .map_or_else(|| Digest::of(&first), Envelope::id);
        if self.founding.is_some_and(|trusted| trusted != found) {
            return Err(FollowError::Violation(Violation::OtherFounding { found }));
        }
        let founding: Option<Founding> = envelope.and_then(|envelope| envelope.payload().ok());
        Ok(founding.and_then(|founding| founding.log.parse().ok()))
    }

    /// Applies the acts between the state and a checkpoint, once it is clear
    /// that they are the checkpoint's, and lead past the head that is known.
    fn extend(
        &mut self,
        next: &CosignedCheckpoint,
        look: &mut dyn FnMut(&State, &Applied),
    ) -> Result<Vec<Applied>, FollowError> {
        let tree = self.state.log().tree().clone();
        let source = Arc::clone(&self.source);
        let proven = ledger::follow(&*source, &tree, &next.checkpoint, self.known)?;
        let mut all = Vec::new();
        for entries in proven.bundles() {
            // So few at a time that the keys known by then are of use.
            for entries in entries?.chunks(AHEAD) {
                self.take(entries, &mut |state, applied| {
                    look(state, &applied);
                    all.push(applied);
                })?;
            }
        }
        Ok(all)
    }

    /// Applies entries, which are checked by all processors while others are
    /// applied.
    fn take(
        &mut self,
        entries: &[Vec<u8>],
        taken: &mut dyn FnMut(&State, Applied),
    ) -> Result<(), FollowError> {
        let keys = self.state.founded().ok().map(|founded| Keys {
            log: founded.log_key.clone(),
            cosigners: founded.cosigners(),
        });
        let source = Arc::clone(&self.source);
        let check = |entry: &Vec<u8>| check(&*source, entry, keys.as_ref());
        ahead::each(self.processors, entries, check, |entry, checked| {
            let position = self.state.log().size();
            let refuse = |refusal| FollowError::Violation(violation(position, entry, refusal));
            let (checked, blobs) = checked.map_err(|error| match error {
                CheckError::Refused(refusal) => refuse(refusal),
                CheckError::Blob(refusal) => {
                    FollowError::Violation(Violation::Blob { position, refusal })
                }
                CheckError::Unreadable(error) => FollowError::Unreadable(error),
            })?;
            self.blobs.extend(blobs);
            let outcome = apply(&mut self.state, &checked, Position(position)).map_err(refuse)?;
            let merged = match checked.inner() {
                Act::Merge(lodged) => Some(lodged.act.leaf()),
                _ => None,
            };
            let applied = Applied {
                position,
                id: checked.id(),
                leaf: checked.leaf(),
                merged,
                outcome,
            };
            taken(&self.state, applied);
            Ok(())
        })
    }
}

/// Whose signatures a checkpoint on the ledger is expected to have.
struct Keys {
    log: NoteKey,
    cosigners: Vec<NoteKey>,
}

enum CheckError {
    /// The entry breaks a rule.
    Refused(Refusal),
    /// A blob that it names does.
    Blob(Refusal),
    Unreadable(FetchError),
}

/// Checks an entry as far as that can be done without the state, and verifies
/// what the state will want to know of its checkpoint.
fn check(source: &dyn Source, entry: &[u8], keys: Option<&Keys>) -> Result<Ready, CheckError> {
    let blobs = fetch_blobs(source, entry)?;
    let mut checked = act::check(entry, &blobs, &ByRing).map_err(CheckError::Refused)?;
    if let Some(Keys { log, cosigners }) = keys {
        checked.look_ahead(log, cosigners);
    }
    Ok((checked, blobs.into_keys().collect()))
}

/// An act that is ready for the state, and the blobs that it names.
type Ready = (Checked<Act>, Vec<Digest>);

fn fetch_blobs(source: &dyn Source, entry: &[u8]) -> Result<BTreeMap<Digest, Vec<u8>>, CheckError> {
    let mut blobs = BTreeMap::new();
    for blob in act::blobs_of(entry).map_err(CheckError::Refused)? {
        let octets = match ledger::blob(source, &blob, limits::BLOB_OCTETS_MAX) {
            Ok(octets) => octets,
            Err(LedgerError::Fetch(FetchError::Missing { .. })) => {
                return Err(CheckError::Blob(Refusal::BlobMissing { blob }));
            }
            Err(LedgerError::Fetch(error)) => return Err(CheckError::Unreadable(error)),
            Err(_) => return Err(CheckError::Blob(Refusal::BlobDiffers { blob })),
        };
        blobs.insert(blob, octets);
    }
    Ok(blobs)
}

impl From<LedgerError> for FollowError {
    fn from(error: LedgerError) -> Self {
        let violation = match error {
            LedgerError::Fetch(error) => return Self::Unreadable(error),
            LedgerError::Checkpoint(refusal) => Violation::Checkpoint {
                refusal: refusal.into(),
            },
            LedgerError::Tile { path, refusal } => Violation::Tile { path, refusal },
            LedgerError::OtherRoot { size, .. } => Violation::Fork { size },
            LedgerError::Older { size, read } => Violation::Rollback {
                known: read,
                found: size,
            },
            LedgerError::TooManyEntries { size } => Violation::TooManyEntries { size },
            LedgerError::OtherBlob { said, .. } => Violation::Checkpoint {
                refusal: Refusal::BlobDiffers { blob: said },
            },
        };
        Self::Violation(violation)
    }
}

/// The violation of an act, with the keys under it as culprits.
fn violation(position: u64, entry: &[u8], refusal: Refusal) -> Violation {
    let signers = act::Envelope::parse(entry, limits::ENTRY_OCTETS_MAX)
        .and_then(|envelope| envelope.verified_signers());
    let culprit = match signers {
        Ok(keys) => keys
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        Err(_) => "unknown: the act's signatures do not verify".to_string(),
    };
    Violation::Act {
        position,
        culprit,
        refusal,
    }
}

impl Violation {
    /// The act at which it was found; none where the checkpoint is at fault.
    pub fn position(&self) -> Option<u64> {
        match self {
            Self::Act { position, .. } | Self::Blob { position, .. } => Some(*position),
            Self::OtherFounding { .. } => Some(0),
            Self::Checkpoint { .. }
            | Self::Rollback { .. }
            | Self::Fork { .. }
            | Self::TooManyEntries { .. }
            | Self::Tile { .. }
            | Self::Cosignature { .. } => None,
        }
    }

    /// The rule's short name, stable for scripts.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Act { refusal, .. }
            | Self::Blob { refusal, .. }
            | Self::Checkpoint { refusal } => refusal.rule(),
            Self::Rollback { .. } => "rollback",
            Self::Fork { .. } => "fork",
            Self::TooManyEntries { .. } => "too-many-entries",
            Self::Tile { .. } => "tile",
            Self::Cosignature { .. } => "cosignature",
            Self::OtherFounding { .. } => "other-founding",
        }
    }

    /// Who broke it.
    pub fn culprit(&self) -> &str {
        match self {
            Self::Act { culprit, .. } => culprit,
            Self::Blob { .. }
            | Self::Checkpoint { .. }
            | Self::Rollback { .. }
            | Self::Fork { .. }
            | Self::TooManyEntries { .. }
            | Self::Tile { .. }
            | Self::Cosignature { .. }
            | Self::OtherFounding { .. } => "the ledger's server",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Act {
                position,
                culprit,
                refusal,
            } => {
                write!(f, "act {position}: {refusal}; signed by {culprit}")
            }
            Self::Blob { position, refusal } => write!(f, "act {position}: {refusal}"),
            Self::Checkpoint { refusal } => write!(f, "the checkpoint: {refusal}"),
            Self::Rollback { known, found } => write!(
                f,
                "the checkpoint has {found} acts where {known} are known [rollback]"
            ),
            Self::Fork { size } => write!(
                f,
                "the first {size} acts do not hash to the root that is known: \
                 an entry was changed, or there are two histories [fork]"
            ),
            Self::TooManyEntries { size } => write!(
                f,
                "the checkpoint has {size} acts, more than {} [too-many-entries]",
                limits::LEDGER_ENTRIES_MAX
            ),
            Self::Tile { path, refusal } => write!(f, "{path}: {refusal} [tile]"),
            Self::Cosignature { name } => write!(
                f,
                "the line of {name:?} under the checkpoint is no member's cosignature of it \
                 [cosignature]"
            ),
            Self::OtherFounding { found } => {
                write!(
                    f,
                    "the ledger begins with another founding act: {found} [other-founding]"
                )
            }
        }
    }
}

impl fmt::Display for FollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "{error}"),
            Self::Violation(violation) => write!(f, "{violation}"),
        }
    }
}

impl std::error::Error for FollowError {}

impl FollowError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}
