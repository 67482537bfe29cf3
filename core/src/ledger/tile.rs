//! Tiles: where a ledger's entries and hashes are stored, 256 to a file, and
//! how they are written there (C2SP tlog-tiles). A *bundle* is a tile of
//! entries; a tile of hashes has a *level*. A *partial* tile has fewer than
//! 256 items and is the last one of its kind.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::basic::Digest;
use crate::ledger::merkle;
use crate::limits;

/// Items in a full tile.
pub const WIDTH: u16 = 256;
/// Octets of a hash tile at most.
pub const HASHES_OCTETS_MAX: usize = WIDTH as usize * 32;
/// Octets of an entry bundle at most.
pub const BUNDLE_OCTETS_MAX: usize = WIDTH as usize * (2 + limits::ENTRY_OCTETS_MAX);

/// The largest level (C2SP tlog-tiles, Merkle Tree).
const LEVEL_MAX: u8 = 63;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Entries.
    Entries,
    /// Hashes of this level: 0 of entries, *n*+1 of full tiles of level *n*.
    Hashes(u8),
}

impl TileKind {
    /// How many items of this kind a tree of `size` entries has.
    pub fn items(self, size: u64) -> u64 {
        match self {
            Self::Entries => size,
            Self::Hashes(level) => size.checked_shr(8 * u32::from(level)).unwrap_or(0),
        }
    }

    /// The kinds of tiles that a tree of `size` entries has.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        core::iter::once(Self::Entries)
            .chain((0..=LEVEL_MAX).map(Self::Hashes))
            .take_while(move |kind| kind.items(size) > 0)
    }
}

/// The coordinates of one tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile of this kind and index with `width` items, 1 to 256. None if
    /// that cannot be.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<Self> {
        let level_fits = match kind {
            TileKind::Entries => true,
            TileKind::Hashes(level) => level <= LEVEL_MAX,
        };
        // No tree is larger than the largest integer of a checkpoint.
        let index_fits = index <= limits::INTEGER_MAX / u64::from(WIDTH);
        (level_fits && index_fits && (1..=WIDTH).contains(&width)).then_some(Self {
            kind,
            index,
            width,
        })
    }

    /// All tiles of one kind of a tree of `size` entries, in order: full
    /// ones, then perhaps a partial one.
    pub fn all(kind: TileKind, size: u64) -> impl Iterator<Item = Self> {
        let items = kind.items(size);
        let (full, rest) = (items / u64::from(WIDTH), items % u64::from(WIDTH));
        let partial = u16::try_from(rest)
            .ok()
            .and_then(|width| Self::new(kind, full, width));
        (0..full)
            .filter_map(move |index| Self::new(kind, index, WIDTH))
            .chain(partial)
    }

    /// What it holds.
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its place among the tiles of its kind.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many items it has.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it has fewer than 256 items.
    pub fn is_partial(&self) -> bool {
        self.width < WIDTH
    }

    /// The tile of 256 items that this one is, or will be.
    pub fn full(&self) -> Self {
        Self {
            width: WIDTH,
            ..*self
        }
    }

    /// The place of its first item among all of its kind.
    pub fn start(&self) -> u64 {
        self.index * u64::from(WIDTH)
    }

    /// The place after its last item.
    pub fn end(&self) -> u64 {
        self.start() + u64::from(self.width)
    }

    /// Whether a tree of `size` entries has all the items of this tile.
    pub fn is_within(&self, size: u64) -> bool {
        self.end() <= self.kind.items(size)
    }

    /// The path below the ledger's root, without a leading slash.
    pub fn path(&self) -> String {
        let mut index = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1000);
            rest /= 1000;
        }
        let kind = match self.kind {
            TileKind::Entries => "entries".to_owned(),
            TileKind::Hashes(level) => format!("{level}"),
        };
        let part = if self.is_partial() {
            format!(".p/{}", self.width)
        } else {
            String::new()
        };
        format!("tile/{kind}/{index}{part}")
    }

    /// The tile that has exactly this path.
    pub fn from_path(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(level.parse().ok()?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().ok()?),
            None => (rest, WIDTH),
        };
        let mut number = 0_u64;
        for part in index.split('/') {
            let part: u16 = part.strip_prefix('x').unwrap_or(part).parse().ok()?;
            number = number.checked_mul(1000)?.checked_add(u64::from(part))?;
        }
        // Writing it again finds every other way to say the same.
        Self::new(kind, number, width).filter(|tile| tile.path() == path)
    }
}

/// What makes octets no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileRefusal {
    /// An entry is longer than a bundle can say.
    EntryTooLong,
    /// The octets end within an item, or there are fewer items.
    TooShort,
    /// There are octets after the last item.
    TooLong,
}

impl fmt::Display for TileRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EntryTooLong => "the entry is too long for a ledger",
            Self::TooShort => "the tile has fewer items than its name says",
            Self::TooLong => "the tile has more items than its name says",
        })
    }
}

impl core::error::Error for TileRefusal {}

/// The octets of a bundle: each entry after its length in two octets (C2SP
/// tlog-tiles, Log entries).
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, TileRefusal> {
    let mut octets = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| TileRefusal::EntryTooLong)?;
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(entry);
    }
    Ok(octets)
}

/// The entries of a bundle, which must be exactly `width`.
pub fn decode_bundle(octets: &[u8], width: u16) -> Result<Vec<Vec<u8>>, TileRefusal> {
    let mut rest = octets;
    let mut entries = Vec::with_capacity(usize::from(width));
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk().ok_or(TileRefusal::TooShort)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after
            .split_at_checked(length)
            .ok_or(TileRefusal::TooShort)?;
        entries.push(entry.to_vec());
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(TileRefusal::TooLong)
    }
}

/// The octets of a hash tile: its hashes one after another.
pub fn encode_hashes(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a hash tile, which must be exactly `width`.
pub fn decode_hashes(octets: &[u8], width: u16) -> Result<Vec<Digest>, TileRefusal> {
    let (hashes, rest) = octets.as_chunks::<32>();
    match hashes.len().cmp(&usize::from(width)) {
        core::cmp::Ordering::Less => Err(TileRefusal::TooShort),
        core::cmp::Ordering::Equal if rest.is_empty() => {
            Ok(hashes.iter().map(|hash| Digest(*hash)).collect())
        }
        _ => Err(TileRefusal::TooLong),
    }
}

/// The hash tiles of a tree that only grows: the last one of each level, and
/// each tile as it becomes full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HashTiles {
    levels: Vec<Level>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Level {
    /// The index of the tile that grows.
    index: u64,
    /// Its hashes, fewer than 256.
    hashes: Vec<Digest>,
}

impl HashTiles {
    /// The tiles of the tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a leaf by its hash and returns the tiles that it made full.
    pub fn push(&mut self, leaf: Digest) -> Vec<(Tile, Vec<u8>)> {
        let mut full = Vec::new();
        let mut hash = leaf;
        for number in 0..=LEVEL_MAX {
            if self.levels.len() == usize::from(number) {
                self.levels.push(Level::default());
            }
            let Some(level) = self.levels.get_mut(usize::from(number)) else {
                break;
            };
            level.hashes.push(hash);
            if level.hashes.len() < usize::from(WIDTH) {
                break;
            }
            // A full tile is one hash of the level above it.
            hash = merkle::root(&level.hashes);
            full.extend(
                Tile::new(TileKind::Hashes(number), level.index, WIDTH)
                    .map(|tile| (tile, encode_hashes(&level.hashes))),
            );
            level.hashes.clear();
            level.index += 1;
        }
        full
    }

    /// The partial tiles.
    pub fn partials(&self) -> Vec<(Tile, Vec<u8>)> {
        let levels = (0..=LEVEL_MAX).zip(&self.levels);
        levels
            .filter_map(|(number, level)| {
                let width = u16::try_from(level.hashes.len()).ok()?;
                let tile = Tile::new(TileKind::Hashes(number), level.index, width)?;
                Some((tile, encode_hashes(&level.hashes)))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
