//! Writing the ledger: the one place from which anything is added to it.
//!
//! An append is acknowledged when it would survive the loss of power. The
//! order of its writes is the whole design: what a head commits to is on the
//! disk before the head is, and a head that anybody may have seen is never
//! taken back. A writer that met an error cannot know what of it persisted;
//! it refuses all further work until the ledger is opened again.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`disk`] | what a writer needs of a disk, and a directory as one |
//! | `recover` | opening a ledger after whatever happened |

pub mod disk;
mod recover;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use comity_core::basic::{Digest, Signature};
use comity_core::ledger::{
    Checkpoint, CheckpointRefusal, Cosignature, CosignedCheckpoint, HashTiles, NoteKey, Tile,
    TileKind, TileRefusal, Tree, leaf_hash, tile,
};
use comity_core::limits;
use comity_mirror::ledger::{
    self, CHECKPOINT_PATH, Entries, LedgerError, NEXT_CHECKPOINT_PATH, UNFINISHED_PATH, blob_path,
};

use disk::{DirectoryDisk, Disk, DiskError};

/// Signs a message with the log's key.
pub type Sign = Box<dyn Fn(&[u8]) -> Signature + Send + Sync>;

/// Why the writer did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriterError {
    /// There are files where a new ledger should be.
    AlreadyThere {
        /// Where.
        dir: String,
    },
    /// There is no ledger where one should be.
    NoLedger {
        /// Where.
        dir: String,
    },
    /// The disk failed, or is another's.
    Disk(DiskError),
    /// What is there is not a ledger of this log.
    Ledger(LedgerError),
    /// An entry does not fit into a bundle.
    Entry {
        /// Which of those to append.
        place: usize,
        /// Why not.
        refusal: TileRefusal,
    },
    /// The ledger would have more than 2^53-1 entries.
    TooManyEntries,
    /// The blob is larger than [`limits::BLOB_OCTETS_MAX`].
    BlobTooLarge,
    /// The checkpoint with its cosignatures would not be read by anybody.
    TooManyCosignatures,
    /// The signature under the new head is not by the log's key.
    BadSigner(CheckpointRefusal),
    /// An earlier error left open what is on the disk.
    MustReopen,
}

impl fmt::Display for WriterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyThere { dir } => write!(f, "{dir} is not empty"),
            Self::NoLedger { dir } => write!(f, "there is no ledger in {dir}"),
            Self::Disk(error) => error.fmt(f),
            Self::Ledger(error) => error.fmt(f),
            Self::Entry { place, refusal } => write!(f, "entry {place} to append: {refusal}"),
            Self::TooManyEntries => f.write_str("the ledger is full"),
            Self::BlobTooLarge => f.write_str("the blob is too large for a ledger"),
            Self::TooManyCosignatures => f.write_str("there are too many cosignatures"),
            Self::BadSigner(refusal) => write!(f, "the log's key does not sign: {refusal}"),
            Self::MustReopen => f.write_str("after an error the ledger must be opened again"),
        }
    }
}

impl std::error::Error for WriterError {}

impl From<DiskError> for WriterError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

/// The writer of one ledger, alone with it for its whole life.
pub struct LedgerWriter {
    disk: Box<dyn Disk>,
    log: NoteKey,
    sign: Sign,
    head: CosignedCheckpoint,
    edge: Edge,
    /// The partial tiles that are on the disk.
    partials: BTreeSet<Tile>,
    /// Files that no reader needs any more.
    leftovers: BTreeSet<String>,
    /// Whether the disk has exactly what this value says.
    is_certain: bool,
}

impl LedgerWriter {
    /// Makes an empty ledger in `dir`, which is made if need be. Its origin is
    /// the name of the log's key.
    pub fn create(dir: &Path, log: NoteKey, sign: Sign) -> Result<Self, WriterError> {
        Self::create_on(Box::new(DirectoryDisk::create(dir)?), log, sign)
    }

    /// Opens the ledger in `dir`, after whatever happened to it: verifies it
    /// whole, and finishes what a crash interrupted.
    pub fn open(dir: &Path, log: NoteKey, sign: Sign) -> Result<Self, WriterError> {
        Self::open_on(Box::new(DirectoryDisk::open(dir)?), log, sign)
    }

    /// As [`LedgerWriter::create`], on any disk.
    pub fn create_on(disk: Box<dyn Disk>, log: NoteKey, sign: Sign) -> Result<Self, WriterError> {
        // What an interrupted creation left behind is no ledger.
        let passing = [NEXT_CHECKPOINT_PATH, UNFINISHED_PATH];
        if disk
            .list()?
            .iter()
            .any(|path| !passing.contains(&path.as_str()))
        {
            return Err(WriterError::AlreadyThere {
                dir: disk.describe(),
            });
        }
        let edge = Edge::default();
        let head = signed(&edge.tree, &log, &sign)?;
        let mut writer = Self {
            disk,
            log,
            sign,
            head: head.clone(),
            edge,
            partials: BTreeSet::new(),
            leftovers: BTreeSet::new(),
            is_certain: false,
        };
        writer.publish(head)?;
        writer.is_certain = true;
        let _kept_for_the_next_append = writer.tidy();
        Ok(writer)
    }

    /// Adds entries and returns their places. When this returns they are
    /// durable, and so is a checkpoint that has them. After a disk error they
    /// may be on the ledger nevertheless: whoever opens it again will see.
    pub fn append<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<Range<u64>, WriterError> {
        self.check_certain()?;
        let first = self.size();
        if entries.is_empty() {
            return Ok(first..first);
        }
        let mut edge = self.edge.clone();
        let mut tiles = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let full = edge.push(entry.as_ref());
            tiles.extend(full.map_err(|refusal| WriterError::Entry { place, refusal })?);
        }
        if edge.tree.size() > limits::INTEGER_MAX {
            return Err(WriterError::TooManyEntries);
        }
        tiles.extend(edge.partials());
        // Entries before hashes.
        tiles.sort();
        let head = signed(&edge.tree, &self.log, &self.sign)?;

        self.is_certain = false;
        self.write(&tiles, head)?;
        self.edge = edge;
        self.is_certain = true;
        // Acknowledged from here on. Crash: the files that nobody needs stay
        // until the next append.
        self.find_superseded();
        let _kept_for_the_next_append = self.tidy();
        Ok(first..self.size())
    }

    /// Keeps a blob and returns its name. When this returns it is durable.
    pub fn put_blob(&mut self, octets: &[u8]) -> Result<Digest, WriterError> {
        if octets.len() > limits::BLOB_OCTETS_MAX {
            return Err(WriterError::BlobTooLarge);
        }
        let digest = Digest::of(octets);
        // Written even if it is there: it may be of a write that failed after
        // it became visible, and so not durable. Crash: an orphan at most,
        // for nothing names a blob before this returns.
        self.disk.write(&blob_path(&digest), octets)?;
        Ok(digest)
    }

    /// Adds cosignatures to the present checkpoint and returns those that
    /// none of `keys` made under it, for example because the ledger has grown
    /// since. Those that are there stay; a key's later one replaces its
    /// earlier one.
    pub fn add_cosignatures(
        &mut self,
        keys: &[NoteKey],
        cosignatures: &[Cosignature],
    ) -> Result<Vec<Cosignature>, WriterError> {
        self.check_certain()?;
        let mut head = self.head.clone();
        let refused: Vec<Cosignature> = cosignatures
            .iter()
            .filter(|cosignature| head.add(keys, cosignature).is_err())
            .cloned()
            .collect();
        if head == self.head {
            return Ok(refused);
        }
        let text = head.to_text();
        let lines = head.log_signatures.len() + head.cosignatures.len();
        if text.len() > limits::CHECKPOINT_OCTETS_MAX || lines > limits::NOTE_SIGNATURES_MAX {
            return Err(WriterError::TooManyCosignatures);
        }
        self.is_certain = false;
        // Crash: the checkpoint is there with the cosignatures or without
        // them, never in part; whoever made one can send it again.
        self.disk.write(CHECKPOINT_PATH, text.as_bytes())?;
        self.head = head;
        self.is_certain = true;
        Ok(refused)
    }

    /// The checkpoint with its signatures.
    pub fn checkpoint(&self) -> &CosignedCheckpoint {
        &self.head
    }

    /// How many entries are durable.
    pub fn size(&self) -> u64 {
        self.head.checkpoint.size
    }

    /// The root over them.
    pub fn root(&self) -> Digest {
        self.head.checkpoint.root
    }

    /// The key of the log; its name is the ledger's origin.
    pub fn log(&self) -> &NoteKey {
        &self.log
    }

    /// The entries from `from` up to and without `to`, which is the size or a
    /// multiple of 256 below it.
    pub fn entries(&self, from: u64, to: u64) -> Entries<'_> {
        ledger::entries(&*self.disk, from, to)
    }

    /// The blob of this digest, verified.
    pub fn blob(&self, digest: &Digest) -> Result<Vec<u8>, WriterError> {
        ledger::blob(&*self.disk, digest, limits::BLOB_OCTETS_MAX).map_err(WriterError::Ledger)
    }

    fn check_certain(&self) -> Result<(), WriterError> {
        if self.is_certain {
            Ok(())
        } else {
            Err(WriterError::MustReopen)
        }
    }

    /// Brings tiles and the head over them onto the disk.
    fn write(&mut self, tiles: &[TileFile], head: CosignedCheckpoint) -> Result<(), WriterError> {
        // Crash: the old head is true. Tiles beyond it, which an earlier crash
        // left, are gone in part; a partial one that stayed while the tree
        // grows past it with other entries would be no beginning of its tile.
        self.tidy()?;
        for (tile, octets) in tiles {
            // Crash: the old head is true, and every tile that it needs is
            // untouched, for those written are other files. What lies beyond
            // it is nobody's until a head has it.
            if self.partials.contains(tile) {
                continue;
            }
            self.disk.write(&tile.path(), octets)?;
            if tile.is_partial() {
                self.partials.insert(*tile);
            }
        }
        self.publish(head)
    }

    /// Makes `head` the ledger's, whose tiles are durable.
    fn publish(&mut self, head: CosignedCheckpoint) -> Result<(), WriterError> {
        let text = head.to_text();
        // Crash: the old head is true, but opening finds this one durable and
        // goes on with it. Without this a reader could see the new head in
        // the next step, and the loss of power then take it back: the log
        // would go on with other entries, and its own signature prove a fork.
        self.disk.write(NEXT_CHECKPOINT_PATH, text.as_bytes())?;
        self.leftovers.insert(NEXT_CHECKPOINT_PATH.to_owned());
        // Crash: either head may be there; opening goes on with the new one.
        self.disk.write(CHECKPOINT_PATH, text.as_bytes())?;
        self.head = head;
        Ok(())
    }

    /// Partial tiles whose full tile the head has are needed by nobody (C2SP
    /// tlog-tiles, Partial Tiles); before that head is durable they are.
    fn find_superseded(&mut self) {
        let size = self.size();
        let (full, partial): (Vec<Tile>, Vec<Tile>) = self
            .partials
            .iter()
            .partition(|tile| tile.full().is_within(size));
        self.partials = partial.into_iter().collect();
        self.leftovers.extend(full.iter().map(Tile::path));
    }

    /// Removes what nobody needs. Crash: some of it stays, as before.
    fn tidy(&mut self) -> Result<(), WriterError> {
        while let Some(path) = self.leftovers.first() {
            self.disk.remove(path)?;
            self.leftovers.pop_first();
        }
        Ok(())
    }
}

/// The head of `tree`, signed and the signature verified: a wrong one must not
/// reach the disk.
fn signed(tree: &Tree, log: &NoteKey, sign: &Sign) -> Result<CosignedCheckpoint, WriterError> {
    let origin = log.name().to_owned();
    let checkpoint = Checkpoint {
        origin,
        size: tree.size(),
        root: tree.root(),
    };
    let signature = sign(checkpoint.body().as_bytes());
    let head = CosignedCheckpoint::new(checkpoint, log, signature);
    head.verify_log(log).map_err(WriterError::BadSigner)?;
    Ok(head)
}

/// A tile and its octets.
type TileFile = (Tile, Vec<u8>);

/// The right edge of the ledger: all that is needed to let it grow.
#[derive(Clone, Default)]
struct Edge {
    tree: Tree,
    hashes: HashTiles,
    /// The entries of the partial bundle.
    bundle: Vec<Vec<u8>>,
}

impl Edge {
    /// Adds an entry and returns the tiles that it made full.
    fn push(&mut self, entry: &[u8]) -> Result<Vec<TileFile>, TileRefusal> {
        if entry.len() > limits::ENTRY_OCTETS_MAX {
            return Err(TileRefusal::EntryTooLong);
        }
        let leaf = leaf_hash(entry);
        let index = self.tree.size() / u64::from(tile::WIDTH);
        self.tree.push(leaf);
        let mut full = self.hashes.push(leaf);
        self.bundle.push(entry.to_vec());
        if self.bundle.len() == usize::from(tile::WIDTH) {
            let octets = tile::encode_bundle(&self.bundle)?;
            full.extend(Tile::new(TileKind::Entries, index, tile::WIDTH).map(|it| (it, octets)));
            self.bundle.clear();
        }
        Ok(full)
    }

    /// The partial tiles.
    fn partials(&self) -> Vec<TileFile> {
        let index = self.tree.size() / u64::from(tile::WIDTH);
        let width = u16::try_from(self.bundle.len()).unwrap_or(0);
        let bundle = Tile::new(TileKind::Entries, index, width)
            .and_then(|tile| Some((tile, tile::encode_bundle(&self.bundle).ok()?)));
        self.hashes.partials().into_iter().chain(bundle).collect()
    }
}
