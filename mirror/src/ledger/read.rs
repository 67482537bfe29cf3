//! Reading a ledger from a source that is not believed.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;

use comity_core::basic::Digest;
use comity_core::ledger::tile::{self, BUNDLE_OCTETS_MAX, WIDTH};
use comity_core::ledger::{
    Checkpoint, CheckpointRefusal, CosignedCheckpoint, NoteKey, Tile, TileKind, TileRefusal, Tree,
    leaf_hash,
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

/// The entries that `checkpoint` has after those in `tree`, and the tree with
/// them, whose root is the checkpoint's: the source is not believed, nor is
/// the log that it kept what it had.
pub fn follow(
    source: &dyn Source,
    tree: &Tree,
    checkpoint: &Checkpoint,
) -> Result<(Vec<Vec<u8>>, Tree), LedgerError> {
    if checkpoint.size < tree.size() {
        return Err(LedgerError::Older {
            size: checkpoint.size,
            read: tree.size(),
        });
    }
    let new: Vec<Vec<u8>> =
        entries(source, tree.size(), checkpoint.size).collect::<Result<_, _>>()?;
    let mut tree = tree.clone();
    tree.extend(new.iter().map(|entry| leaf_hash(entry)));
    if tree.head() != checkpoint.head() {
        return Err(LedgerError::OtherRoot {
            size: checkpoint.size,
            said: checkpoint.root,
            found: tree.root(),
        });
    }
    Ok((new, tree))
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
        let (all, tree) = follow(&source, &Tree::new(), &read.checkpoint).unwrap();
        assert_eq!((all.len(), tree.size()), (300, 300));
        let (none, same) = follow(&source, &tree, &read.checkpoint).unwrap();
        assert_eq!((none.len(), &same), (0, &tree));
        let part: Tree = (0..100).map(|n| leaf_hash(&testing::entry(n))).collect();
        assert_eq!(follow(&source, &part, &read.checkpoint).unwrap().1, tree);

        let fork: Tree = (1..101).map(|n| leaf_hash(&testing::entry(n))).collect();
        let error = follow(&source, &fork, &read.checkpoint).unwrap_err();
        assert!(
            matches!(error, LedgerError::OtherRoot { size: 300, .. }),
            "{error}"
        );
        let mut same_size = read.checkpoint.clone();
        same_size.root = Digest([0; 32]);
        let error = follow(&source, &tree, &same_size).unwrap_err();
        assert!(
            matches!(error, LedgerError::OtherRoot { size: 300, .. }),
            "{error}"
        );
        let older = Ledger::of(299);
        let before = read_checkpoint(&older.source(), &log).unwrap();
        let error = follow(&older.source(), &tree, &before.checkpoint).unwrap_err();
        assert_eq!(
            error,
            LedgerError::Older {
                size: 299,
                read: 300
            }
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
