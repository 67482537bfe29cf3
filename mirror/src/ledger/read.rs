//! Reading a ledger from a source that is not believed.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;

use comity_core::basic::Digest;
use comity_core::ledger::tile::{self, BUNDLE_OCTETS_MAX, WIDTH};
use comity_core::ledger::{
    Checkpoint, CheckpointRefusal, CosignedCheckpoint, NoteKey, Tile, TileKind, TileRefusal, Tree,
    TreeHead, leaf_hash,
};
use comity_core::limits;

use super::{CHECKPOINT_PATH, blob_path};
use crate::source::{FetchError, Source};

/// Why a ledger could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerError {
    /// A file could not be fetched.
    Fetch(FetchError),
    /// The checkpoint is none, or not this log's.
    Checkpoint(CheckpointRefusal),
    /// A tile's octets are none.
    Tile {
        /// Which tile.
        path: String,
        /// Why.
        refusal: TileRefusal,
    },
    /// The entries lead to another root than the checkpoint's: the ledger
    /// forked, or the source lies.
    OtherRoot {
        /// The checkpoint's size.
        size: u64,
        /// The root that it says.
        said: Digest,
        /// The root of the entries.
        found: Digest,
    },
    /// The checkpoint is older than what was read before.
    Older {
        /// The checkpoint's size.
        size: u64,
        /// How many entries were read before.
        read: u64,
    },
    /// The checkpoint has more entries than a ledger may have.
    TooManyEntries {
        /// The checkpoint's size.
        size: u64,
    },
    /// A blob is not what its name says.
    OtherBlob {
        /// Its name.
        said: Digest,
        /// The digest of what was there.
        found: Digest,
    },
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => error.fmt(f),
            Self::Checkpoint(refusal) => write!(f, "{CHECKPOINT_PATH}: {refusal}"),
            Self::Tile { path, refusal } => write!(f, "{path}: {refusal}"),
            Self::OtherRoot { size, said, found } => {
                write!(
                    f,
                    "the {size} entries have root {found}, the checkpoint says {said}"
                )
            }
            Self::Older { size, read } => {
                write!(
                    f,
                    "the checkpoint has {size} entries, {read} were read before"
                )
            }
            Self::TooManyEntries { size } => write!(
                f,
                "the checkpoint has {size} entries, more than {}",
                limits::LEDGER_ENTRIES_MAX
            ),
            Self::OtherBlob { said, found } => {
                write!(f, "{}: its contents are really {found}", blob_path(said))
            }
        }
    }
}

impl std::error::Error for LedgerError {}

impl From<FetchError> for LedgerError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

/// The source's checkpoint, of any log and not verified: for who does not
/// know the log's key yet, or wants the evidence.
pub fn fetch_checkpoint(source: &dyn Source) -> Result<CosignedCheckpoint, LedgerError> {
    let octets = source.fetch(CHECKPOINT_PATH, limits::CHECKPOINT_OCTETS_MAX)?;
    CosignedCheckpoint::parse(&octets).map_err(LedgerError::Checkpoint)
}

/// The source's checkpoint, signed by `log`. Its cosignatures are for the
/// reader to count.
pub fn read_checkpoint(
    source: &dyn Source,
    log: &NoteKey,
) -> Result<CosignedCheckpoint, LedgerError> {
    let checkpoint = fetch_checkpoint(source)?;
    checkpoint
        .verify_log(log)
        .map_err(LedgerError::Checkpoint)?;
    Ok(checkpoint)
}

/// The entries from `from` up to and without `to`, which is the size of a
/// checkpoint that the source has or had: only for such sizes, and until the
/// tile is full, it keeps a partial tile (C2SP tlog-tiles, Partial Tiles).
/// Nothing is verified: see [`follow`].
pub fn entries(source: &dyn Source, from: u64, to: u64) -> Entries<'_> {
    Entries {
        source,
        next: from,
        to,
        bundle: VecDeque::new(),
    }
}

/// Entries as they are fetched, a bundle at a time. Ends after an error.
pub struct Entries<'a> {
    source: &'a dyn Source,
    /// The place of the next entry that is in no bundle fetched so far.
    next: u64,
    to: u64,
    bundle: VecDeque<Vec<u8>>,
}

impl Iterator for Entries<'_> {
    type Item = Result<Vec<u8>, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.bundle.pop_front() {
            return Some(Ok(entry));
        }
        if self.next >= self.to {
            return None;
        }
        match self.fetch() {
            Ok(()) => self.bundle.pop_front().map(Ok),
            Err(error) => {
                self.next = self.to;
                Some(Err(error))
            }
        }
    }
}

impl FusedIterator for Entries<'_> {}

impl Entries<'_> {
    /// Fetches the bundle that has the next entry.
    fn fetch(&mut self) -> Result<(), LedgerError> {
        let index = self.next / u64::from(WIDTH);
        let width = u16::try_from(self.to - index * u64::from(WIDTH))
            .unwrap_or(WIDTH)
            .min(WIDTH);
        // A size beyond what a checkpoint can say has no tile.
        let Some(tile) = Tile::new(TileKind::Entries, index, width) else {
            self.next = self.to;
            return Ok(());
        };
        let mut entries = bundle(self.source, tile)?;
        entries.truncate(usize::from(width));
        let read_before = usize::try_from(self.next - tile.start()).unwrap_or(usize::MAX);
        self.bundle = entries.into_iter().skip(read_before).collect();
        self.next = tile.end();
        Ok(())
    }
}

/// The entries of `tile`; of the full one if that has taken its place.
fn bundle(source: &dyn Source, tile: Tile) -> Result<Vec<Vec<u8>>, LedgerError> {
    let fetch = |tile: Tile| {
        let octets = source.fetch(&tile.path(), BUNDLE_OCTETS_MAX)?;
        tile::decode_bundle(&octets, tile.width()).map_err(|refusal| LedgerError::Tile {
            path: tile.path(),
            refusal,
        })
    };
    match fetch(tile) {
        Err(LedgerError::Fetch(FetchError::Missing { at })) if tile.is_partial() => {
            fetch(tile.full()).map_err(|error| match error {
                // The partial one is what the source should have.
                LedgerError::Fetch(FetchError::Missing { .. }) => {
                    LedgerError::Fetch(FetchError::Missing { at })
                }
                error => error,
            })
        }
        answer => answer,
    }
}

/// Whether `checkpoint` leads on from `tree` and past the head that is known:
/// the source is not believed, nor is the log that it kept what it had. What
/// comes back has the entries, or knows them when they are read again.
pub fn follow<'a>(
    source: &'a dyn Source,
    tree: &Tree,
    checkpoint: &Checkpoint,
    known: Option<TreeHead>,
) -> Result<Proven<'a>, LedgerError> {
    let (from, to) = (tree.size(), checkpoint.size);
    if to < from {
        return Err(LedgerError::Older {
            size: to,
            read: from,
        });
    }
    if to > limits::LEDGER_ENTRIES_MAX {
        return Err(LedgerError::TooManyEntries { size: to });
    }
    let mut tree = tree.clone();
    let mut read = Held::default();
    let mut root_at_known = None;
    for entry in entries(source, from, to) {
        let entry = entry?;
        tree.push(leaf_hash(&entry));
        if known.is_some_and(|known| known.size == tree.size()) {
            root_at_known = Some(tree.root());
        }
        read.push(tree.size() - 1, entry);
    }
    let differs = |head: TreeHead, found| {
        let (size, said) = (head.size, head.root);
        Err(LedgerError::OtherRoot { size, said, found })
    };
    if tree.head() != checkpoint.head() {
        return differs(checkpoint.head(), tree.root());
    }
    match (known.filter(|known| known.size > from), root_at_known) {
        (Some(known), None) => Err(LedgerError::Older {
            size: to,
            read: known.size,
        }),
        (Some(known), Some(found)) if found != known.root => differs(known, found),
        _ => Ok(Proven {
            source,
            from,
            head: checkpoint.head(),
            read: read.finish(),
        }),
    }
}

/// Octets of entries that are held while nobody knows yet whether they lead
/// to the checkpoint's root. Of more, only digests are.
const HELD_OCTETS_MAX: usize = 32 * 1024 * 1024;

/// Entries of which is known that a checkpoint has them.
pub struct Proven<'a> {
    source: &'a dyn Source,
    from: u64,
    head: TreeHead,
    read: Held,
}

/// What is held of entries.
#[derive(Default)]
struct Held {
    entries: Vec<Vec<u8>>,
    octets: usize,
    /// A digest of each bundle's entries, once there is too much to hold.
    bundles: Vec<Digest>,
    leaves: Vec<u8>,
}

impl Held {
    fn push(&mut self, position: u64, entry: Vec<u8>) {
        self.leaves.extend(leaf_hash(&entry).0);
        if (position + 1).is_multiple_of(u64::from(WIDTH)) {
            self.end_bundle();
        }
        self.octets += entry.len();
        if self.octets <= HELD_OCTETS_MAX {
            self.entries.push(entry);
        } else {
            self.entries = Vec::new();
        }
    }

    fn end_bundle(&mut self) {
        self.bundles.push(Digest::of(&self.leaves));
        self.leaves.clear();
    }

    fn finish(mut self) -> Self {
        if !self.leaves.is_empty() {
            self.end_bundle();
        }
        self
    }
}

impl Proven<'_> {
    /// The entries, some at a time.
    pub fn bundles(mut self) -> impl Iterator<Item = Result<Vec<Vec<u8>>, LedgerError>> {
        let is_held = self.read.octets <= HELD_OCTETS_MAX;
        let held = is_held.then(|| Ok(std::mem::take(&mut self.read.entries)));
        let bundles = if is_held { 0 } else { self.read.bundles.len() };
        held.into_iter()
            .chain((0..bundles).map(move |number| self.read_again(number)))
    }

    /// The entries of one bundle, which must be those that were read before.
    fn read_again(&self, number: usize) -> Result<Vec<Vec<u8>>, LedgerError> {
        let width = u64::from(WIDTH);
        let bundle = self.from / width + number as u64;
        let from = self.from.max(bundle * width);
        let to = self.head.size.min((bundle + 1) * width);
        // Only for sizes of checkpoints there are partial tiles.
        let read: Vec<Vec<u8>> = entries(self.source, from, to).collect::<Result<_, _>>()?;
        let leaves: Vec<u8> = read.iter().flat_map(|entry| leaf_hash(entry).0).collect();
        let found = Digest::of(&leaves);
        if self.read.bundles.get(number) == Some(&found) {
            return Ok(read);
        }
        let TreeHead { size, root: said } = self.head;
        Err(LedgerError::OtherRoot { size, said, found })
    }
}

/// The blob of this digest, of no more than `octets_max`, verified.
pub fn blob(
    source: &dyn Source,
    digest: &Digest,
    octets_max: usize,
) -> Result<Vec<u8>, LedgerError> {
    let octets = source.fetch(&blob_path(digest), octets_max)?;
    let found = Digest::of(&octets);
    if found == *digest {
        Ok(octets)
    } else {
        Err(LedgerError::OtherBlob {
            said: *digest,
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::ops::Range;

    use super::*;
    use crate::ledger::testing::{self, Ledger};
    use crate::source::Directory;

    fn read(ledger: &Ledger, from: u64, to: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        entries(&ledger.source(), from, to).collect()
    }

    #[test]
    fn reads_any_stretch_of_entries() {
        let ledger = Ledger::of(600);
        for (from, to) in [
            (0, 600),
            (0, 256),
            (255, 257),
            (256, 512),
            (300, 600),
            (599, 600),
        ] {
            let expected: Vec<_> = (from..to).map(testing::entry).collect();
            assert_eq!(read(&ledger, from, to), Ok(expected), "{from}..{to}");
        }
        assert_eq!(read(&ledger, 600, 600), Ok(vec![]));
        assert_eq!(read(&ledger, 9, 3), Ok(vec![]));
    }

    #[test]
    fn a_full_tile_takes_the_place_of_a_partial_one() {
        let ledger = Ledger::of(300);
        let expected: Vec<_> = (0..7).map(testing::entry).collect();
        assert_eq!(read(&ledger, 0, 7), Ok(expected));
        let at = ledger.dir.path().join("tile/entries/001.p/45");
        let missing = LedgerError::Fetch(FetchError::Missing {
            at: ledger
                .dir
                .path()
                .join("tile/entries/001.p/46")
                .display()
                .to_string(),
        });
        assert_eq!(read(&ledger, 0, 302), Err(missing));
        fs::write(at, b"\0").unwrap();
        let refusal = TileRefusal::TooShort;
        let path = "tile/entries/001.p/44".to_owned();
        fs::write(ledger.dir.path().join(&path), b"\0").unwrap();
        assert_eq!(
            read(&ledger, 0, 300),
            Err(LedgerError::Tile { path, refusal })
        );
    }

    #[test]
    fn nothing_follows_an_error() {
        let ledger = Ledger::of(10);
        let source = ledger.source();
        let mut entries = entries(&source, 0, 11);
        assert!(entries.next().is_some_and(|entry| entry.is_err()));
        assert!(entries.next().is_none());
    }

    #[test]
    fn follows_only_to_the_checkpoints_root() {
        let ledger = Ledger::of(300);
        let source = ledger.source();
        let log = testing::log_key();
        let read = read_checkpoint(&source, &log).unwrap();
        let tree_of =
            |range: Range<u64>| -> Tree { range.map(|n| leaf_hash(&testing::entry(n))).collect() };
        let all = |from, known| -> Result<Vec<Vec<u8>>, LedgerError> {
            let proven = follow(&source, &tree_of(0..from), &read.checkpoint, known)?;
            Ok(proven.bundles().flat_map(Result::unwrap).collect())
        };
        for from in [0, 100, 256, 299, 300] {
            let expected: Vec<_> = (from..300).map(testing::entry).collect();
            assert_eq!(all(from, None), Ok(expected.clone()));
            let known = tree_of(0..280).head();
            assert_eq!(all(from, Some(known)), Ok(expected));
        }
        let follow = |tree: &Tree, checkpoint| {
            let proven = follow(&source, tree, checkpoint, None);
            proven.map(|_| ())
        };
        let tree = tree_of(0..300);
        let (older, other) = (tree_of(1..281).head(), tree_of(0..400).head());
        assert!(matches!(
            all(0, Some(older)),
            Err(LedgerError::OtherRoot { size: 280, .. })
        ));
        let short = LedgerError::Older {
            size: 300,
            read: 400,
        };
        assert_eq!(all(0, Some(other)), Err(short));

        let error = follow(&tree_of(1..101), &read.checkpoint).unwrap_err();
        assert!(
            matches!(error, LedgerError::OtherRoot { size: 300, .. }),
            "{error}"
        );
        let mut same_size = read.checkpoint.clone();
        same_size.root = Digest([0; 32]);
        let error = follow(&tree, &same_size).unwrap_err();
        assert!(
            matches!(error, LedgerError::OtherRoot { size: 300, .. }),
            "{error}"
        );
        let older = Ledger::of(299);
        let before = read_checkpoint(&older.source(), &log).unwrap();
        let error = follow(&tree, &before.checkpoint).unwrap_err();
        assert_eq!(
            error,
            LedgerError::Older {
                size: 299,
                read: 300
            }
        );
        let mut endless = read.checkpoint.clone();
        endless.size = limits::LEDGER_ENTRIES_MAX + 1;
        let error = follow(&tree, &endless).unwrap_err();
        assert_eq!(error, LedgerError::TooManyEntries { size: endless.size });
    }

    #[test]
    fn what_was_not_held_is_known_when_it_is_read_again() {
        let ledger = Ledger::of(600);
        let source = ledger.source();
        let head = fetch_checkpoint(&source).unwrap().checkpoint;
        let from: Tree = (0..100).map(|n| leaf_hash(&testing::entry(n))).collect();
        let unheld = || {
            let mut proven = follow(&source, &from, &head, None).unwrap();
            proven.read.octets = HELD_OCTETS_MAX + 1;
            proven.read.entries.clear();
            proven
        };
        let read: Result<Vec<_>, _> = unheld().bundles().collect();
        let expected: Vec<_> = (100..600).map(testing::entry).collect();
        assert_eq!(read.map(|read| read.concat()), Ok(expected));
        // Somebody changes them between the two readings.
        let proven = unheld();
        let path = ledger.dir.path().join("tile/entries/001");
        let mut octets = fs::read(&path).unwrap();
        *octets.last_mut().unwrap() ^= 1;
        fs::write(&path, octets).unwrap();
        let read: Vec<_> = proven.bundles().collect();
        assert!(read[0].is_ok() && read[2].is_ok());
        let error = read[1].as_ref().unwrap_err();
        assert!(
            matches!(error, LedgerError::OtherRoot { size: 600, .. }),
            "{error}"
        );
    }

    #[test]
    fn refuses_a_checkpoint_of_another_key() {
        let ledger = Ledger::of(3);
        assert!(read_checkpoint(&ledger.source(), &testing::log_key()).is_ok());
        let error = read_checkpoint(&ledger.source(), &testing::other_key()).unwrap_err();
        assert_eq!(error, LedgerError::Checkpoint(CheckpointRefusal::NotSigned));
        assert!(fetch_checkpoint(&ledger.source()).is_ok());
    }

    #[test]
    fn a_blob_is_what_its_name_says() {
        let ledger = Ledger::of(1);
        let digest = ledger.put_blob(b"contents");
        let source: Directory = ledger.source();
        assert_eq!(blob(&source, &digest, 8), Ok(b"contents".to_vec()));
        assert!(matches!(
            blob(&source, &digest, 7),
            Err(LedgerError::Fetch(_))
        ));
        fs::write(ledger.dir.path().join(blob_path(&digest)), b"other").unwrap();
        let other = LedgerError::OtherBlob {
            said: digest,
            found: Digest::of(b"other"),
        };
        assert_eq!(blob(&source, &digest, 8), Err(other));
    }
}
