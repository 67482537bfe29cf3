//! The census of a directory that should hold a ledger: every file is there,
//! no other is, and each has exactly the octets that follow from the entries.
//! What the entries mean is no business of a census.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use comity_core::basic::Digest;
use comity_core::ledger::tile::{self, BUNDLE_OCTETS_MAX, HASHES_OCTETS_MAX, HashTiles};
use comity_core::ledger::{CosignedCheckpoint, Tile, TileKind, leaf_hash, merkle};
use comity_core::limits;

use super::{CHECKPOINT_PATH, LedgerError, NEXT_CHECKPOINT_PATH, UNFINISHED_PATH, blob_path};
use crate::source::{Directory, FetchError, Source};

/// What a census found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// What must not be so, by path.
    pub findings: Vec<CensusFinding>,
    /// What a crash, or a writer at work, may leave: rightly named blobs that
    /// no act asks for, tiles beyond the checkpoint, files in passing.
    pub orphans: Vec<String>,
}

/// A file that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CensusFinding {
    /// Its path below the ledger's root.
    pub path: String,
    /// What is wrong with it.
    pub kind: FindingKind,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// It must be there.
    Missing,
    /// It must not be there.
    Unexpected,
    /// It is a tile or blob by another name than its own.
    Misnamed,
    /// It has other octets than it must have.
    Differs,
}

impl fmt::Display for CensusFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FindingKind::Missing => "is missing",
            FindingKind::Unexpected => "should not be there",
            FindingKind::Misnamed => "does not have its own name",
            FindingKind::Differs => "has other contents than it must have",
        };
        write!(f, "{} {what}", self.path)
    }
}

/// Counts the files of `dir` against `checkpoint`, which the caller has
/// verified, and the blobs that its entries ask for.
pub fn census(
    dir: &Path,
    checkpoint: &CosignedCheckpoint,
    wanted: &BTreeSet<Digest>,
) -> Result<Census, LedgerError> {
    let mut files = BTreeSet::new();
    walk(dir, "", &mut files)?;
    let mut counter = Counter {
        source: Directory::new(dir),
        size: checkpoint.checkpoint.size,
        files,
        findings: BTreeSet::new(),
        orphans: Vec::new(),
    };
    let expected = counter.expected(checkpoint)?;
    counter.count_missing(wanted);
    for path in counter.files.clone() {
        counter.count_file(&path, checkpoint, wanted, expected.as_ref())?;
    }
    let Counter {
        findings, orphans, ..
    } = counter;
    Ok(Census {
        findings: findings.into_iter().collect(),
        orphans,
    })
}

struct Counter {
    source: Directory,
    size: u64,
    files: BTreeSet<String>,
    findings: BTreeSet<CensusFinding>,
    orphans: Vec<String>,
}

/// What the tiles must say.
struct Expected {
    /// The hash of each entry.
    leaves: Vec<Digest>,
    /// The octets of the widest tile of each kind of hashes and index.
    hashes: BTreeMap<(TileKind, u64), Vec<u8>>,
}

impl Counter {
    fn find(&mut self, path: &str, kind: FindingKind) {
        self.findings.insert(CensusFinding {
            path: path.to_owned(),
            kind,
        });
    }

    /// The octets of a file; none if it is not there or too large.
    fn octets(&self, path: &str, octets_max: usize) -> Result<Option<Vec<u8>>, LedgerError> {
        match self.source.fetch(path, octets_max) {
            Ok(octets) => Ok(Some(octets)),
            Err(FetchError::Missing { .. } | FetchError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(LedgerError::Fetch(error)),
        }
    }

    /// The hashes that a tile says, of its entries or its own.
    fn hashes_of(&self, tile: Tile) -> Result<Option<Vec<Digest>>, LedgerError> {
        let hashes = match tile.kind() {
            TileKind::Entries => {
                let octets = self.octets(&tile.path(), BUNDLE_OCTETS_MAX)?;
                let entries = octets.and_then(|all| tile::decode_bundle(&all, tile.width()).ok());
                entries.map(|entries| entries.iter().map(|entry| leaf_hash(entry)).collect())
            }
            TileKind::Hashes(_) => {
                let octets = self.octets(&tile.path(), HASHES_OCTETS_MAX)?;
                octets.and_then(|all| tile::decode_hashes(&all, tile.width()).ok())
            }
        };
        Ok(hashes)
    }

    /// What the tiles must say: what the bundles say, if that has the
    /// checkpoint's root; otherwise what the tiles of their hashes say, if
    /// that has it. None if some entry's hash is in neither.
    fn expected(&mut self, head: &CosignedCheckpoint) -> Result<Option<Expected>, LedgerError> {
        let (mut by_entries, mut by_hashes) = (Vec::new(), Vec::new());
        let mut disagreeing = Vec::new();
        let bundles = Tile::all(TileKind::Entries, self.size);
        for (bundle, hashes) in bundles.zip(Tile::all(TileKind::Hashes(0), self.size)) {
            let said = (self.hashes_of(bundle)?, self.hashes_of(hashes)?);
            if said.0 != said.1 {
                disagreeing.extend([bundle, hashes]);
            }
            let (entries, hashes) = match said {
                (None, None) => {
                    // Nothing to compare them with: those that are there differ.
                    self.find_unreadable([bundle, hashes]);
                    return Ok(None);
                }
                (Some(one), None) | (None, Some(one)) => (one.clone(), one),
                (Some(entries), Some(hashes)) => (entries, hashes),
            };
            by_entries.extend(entries);
            by_hashes.extend(hashes);
        }
        let root = head.checkpoint.root;
        let leaves = if merkle::root(&by_entries) == root {
            by_entries
        } else if merkle::root(&by_hashes) == root {
            by_hashes
        } else {
            // Nobody can say which of two is wrong; of none, it is the head.
            if disagreeing.is_empty() {
                self.find(CHECKPOINT_PATH, FindingKind::Differs);
            }
            self.find_unreadable(disagreeing);
            by_entries
        };
        Ok(Some(Expected::of(leaves)))
    }

    fn find_unreadable(&mut self, tiles: impl IntoIterator<Item = Tile>) {
        for path in tiles.into_iter().map(|tile| tile.path()) {
            if self.files.contains(&path) {
                self.find(&path, FindingKind::Differs);
            }
        }
    }

    fn count_missing(&mut self, wanted: &BTreeSet<Digest>) {
        let size = self.size;
        let tiles = TileKind::all(size).flat_map(|kind| Tile::all(kind, size));
        let missing: Vec<String> = tiles
            .map(|tile| tile.path())
            .chain(wanted.iter().map(blob_path))
            .chain([CHECKPOINT_PATH.to_owned()])
            .filter(|path| !self.files.contains(path))
            .collect();
        missing
            .iter()
            .for_each(|path| self.find(path, FindingKind::Missing));
    }

    fn count_file(
        &mut self,
        path: &str,
        head: &CosignedCheckpoint,
        wanted: &BTreeSet<Digest>,
        expected: Option<&Expected>,
    ) -> Result<(), LedgerError> {
        if [NEXT_CHECKPOINT_PATH, UNFINISHED_PATH].contains(&path) {
            self.orphans.push(path.to_owned());
        } else if path == CHECKPOINT_PATH {
            let octets = self.octets(path, limits::CHECKPOINT_OCTETS_MAX)?;
            if octets.as_deref() != Some(head.to_text().as_bytes()) {
                self.find(path, FindingKind::Differs);
            }
        } else if let Some(name) = path.strip_prefix("blob/") {
            self.count_blob(path, name, wanted)?;
        } else if let Some(tile) = Tile::from_path(path) {
            self.count_tile(tile, expected)?;
        } else if path.starts_with("tile/") {
            self.find(path, FindingKind::Misnamed);
        } else {
            self.find(path, FindingKind::Unexpected);
        }
        Ok(())
    }

    fn count_blob(
        &mut self,
        path: &str,
        name: &str,
        wanted: &BTreeSet<Digest>,
    ) -> Result<(), LedgerError> {
        let Ok(digest) = name.parse::<Digest>() else {
            self.find(path, FindingKind::Misnamed);
            return Ok(());
        };
        let octets = self.octets(path, limits::BLOB_OCTETS_MAX)?;
        let is_right = octets.is_some_and(|octets| Digest::of(&octets) == digest);
        match (wanted.contains(&digest), is_right) {
            (true, true) => {}
            (true, false) => self.find(path, FindingKind::Differs),
            (false, true) => self.orphans.push(path.to_owned()),
            (false, false) => self.find(path, FindingKind::Misnamed),
        }
        Ok(())
    }

    /// A tile of the checkpoint's tree, the beginning of one that an earlier
    /// checkpoint had, or one beyond the checkpoint that begins rightly.
    fn count_tile(&mut self, tile: Tile, expected: Option<&Expected>) -> Result<(), LedgerError> {
        let is_beyond = !tile.is_within(self.size);
        if let Some(expected) = expected {
            let found = self.hashes_of(tile)?;
            let known = expected.hashes_of(tile);
            if !found.is_some_and(|found| found.starts_with(&known)) {
                self.find(&tile.path(), FindingKind::Differs);
                return Ok(());
            }
        }
        if is_beyond {
            self.orphans.push(tile.path());
        }
        Ok(())
    }
}

impl Expected {
    fn of(leaves: Vec<Digest>) -> Self {
        let mut tiles = HashTiles::new();
        let full: Vec<_> = leaves.iter().flat_map(|leaf| tiles.push(*leaf)).collect();
        let all = full.into_iter().chain(tiles.partials());
        let hashes = all
            .map(|(tile, octets)| ((tile.kind(), tile.index()), octets))
            .collect();
        Self { leaves, hashes }
    }

    /// The hashes that `tile` must begin with: as many as the tree has of it.
    fn hashes_of(&self, tile: Tile) -> Vec<Digest> {
        let width = usize::from(tile.width());
        let known: Vec<Digest> = match tile.kind() {
            TileKind::Entries => {
                let start = usize::try_from(tile.start()).unwrap_or(usize::MAX);
                self.leaves
                    .get(start..)
                    .unwrap_or_default()
                    .iter()
                    .take(width)
                    .copied()
                    .collect()
            }
            TileKind::Hashes(_) => {
                let octets = self.hashes.get(&(tile.kind(), tile.index()));
                let (hashes, _) = octets
                    .map(Vec::as_slice)
                    .unwrap_or_default()
                    .as_chunks::<32>();
                hashes
                    .iter()
                    .take(width)
                    .map(|hash| Digest(*hash))
                    .collect()
            }
        };
        known
    }
}

/// The paths of all that is no directory below `dir`, which is `below` the
/// root. A link is taken for a file, and so found unexpected or compared.
fn walk(dir: &Path, below: &str, files: &mut BTreeSet<String>) -> Result<(), LedgerError> {
    let failed = |error: io::Error| {
        let at = dir.display().to_string();
        LedgerError::Fetch(FetchError::Disk {
            at,
            kind: error.kind(),
        })
    };
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // No ledger has a name that is not UTF-8; such a name is found
        // unexpected by what is shown of it.
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(&entry.path(), &path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
