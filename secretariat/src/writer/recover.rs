//! Opening a ledger after whatever happened. The head is believed because the
//! log's key signed it, the entries because they lead to the head's root, and
//! everything else is made again from them.

use std::collections::BTreeSet;

use comity_core::ledger::{CosignedCheckpoint, NoteKey, Tile, TileKind};
use comity_core::limits;
use comity_mirror::ledger::{
    self, CHECKPOINT_PATH, LedgerError, NEXT_CHECKPOINT_PATH, UNFINISHED_PATH,
};
use comity_mirror::source::FetchError;

use super::disk::Disk;
use super::{Edge, LedgerWriter, Sign, TileFile, WriterError};

impl LedgerWriter {
    /// As [`LedgerWriter::open`], on any disk.
    pub fn open_on(disk: Box<dyn Disk>, log: NoteKey, sign: Sign) -> Result<Self, WriterError> {
        let Some((head, is_published)) = newest_head(&*disk, &log)? else {
            return Err(WriterError::NoLedger {
                dir: disk.describe(),
            });
        };
        let (edge, tiles) = rebuild(&*disk, &head)?;
        // Nothing was changed so far, and from here on only what follows from
        // a verified head. Crash: the same again at the next opening.
        restore(&*disk, &tiles)?;
        let (partials, leftovers) = survey(&*disk, head.checkpoint.size)?;
        let mut writer = Self {
            disk,
            log,
            sign,
            head: head.clone(),
            edge,
            partials,
            leftovers,
            is_certain: false,
        };
        if !is_published {
            writer.publish(head)?;
        }
        writer.is_certain = true;
        Ok(writer)
    }
}

/// The head to go on with, and whether it is the one that readers find. The
/// one that was about to take its place is durable only after all its tiles,
/// and may have been seen: if it is larger it is the ledger's.
fn newest_head(
    disk: &dyn Disk,
    log: &NoteKey,
) -> Result<Option<(CosignedCheckpoint, bool)>, WriterError> {
    let published = match head_at(disk, CHECKPOINT_PATH, log) {
        Ok(head) => Some(head),
        Err(LedgerError::Fetch(FetchError::Missing { .. })) => None,
        Err(error) => return Err(WriterError::Ledger(error)),
    };
    // One that cannot be read was never followed by its publication.
    let next = match head_at(disk, NEXT_CHECKPOINT_PATH, log) {
        Ok(head) => Some(head),
        Err(LedgerError::Fetch(error @ FetchError::Disk { .. })) => {
            return Err(WriterError::Ledger(LedgerError::Fetch(error)));
        }
        Err(_) => None,
    };
    Ok(match (published, next) {
        (Some(old), Some(new)) if new.checkpoint.size > old.checkpoint.size => Some((new, false)),
        (Some(old), _) => Some((old, true)),
        // The creation was interrupted. A larger one that stands alone is what
        // is left of a ledger whose head was taken away, perhaps long ago.
        (None, Some(new)) if new.checkpoint.size == 0 => Some((new, false)),
        (None, _) => None,
    })
}

fn head_at(disk: &dyn Disk, path: &str, log: &NoteKey) -> Result<CosignedCheckpoint, LedgerError> {
    let octets = disk.fetch(path, limits::CHECKPOINT_OCTETS_MAX)?;
    let head = CosignedCheckpoint::parse(&octets).map_err(LedgerError::Checkpoint)?;
    head.verify_log(log).map_err(LedgerError::Checkpoint)?;
    Ok(head)
}

/// The edge and the tiles of the ledger, from its entries, which must have
/// the head's root.
fn rebuild(
    disk: &dyn Disk,
    head: &CosignedCheckpoint,
) -> Result<(Edge, Vec<TileFile>), WriterError> {
    let head = head.checkpoint.head();
    let mut edge = Edge::default();
    let mut tiles = Vec::new();
    for (place, entry) in ledger::entries(disk, 0, head.size).enumerate() {
        let entry = entry.map_err(WriterError::Ledger)?;
        let full = edge.push(&entry);
        let full = full.map_err(|refusal| WriterError::Entry { place, refusal })?;
        // Full bundles are what the entries were just read from.
        tiles.extend(
            full.into_iter()
                .filter(|(tile, _)| tile.kind() != TileKind::Entries),
        );
    }
    if edge.tree.head() != head {
        return Err(WriterError::Ledger(LedgerError::OtherRoot {
            size: head.size,
            said: head.root,
            found: edge.tree.root(),
        }));
    }
    tiles.extend(edge.partials());
    Ok((edge, tiles))
}

/// Writes those tiles that are missing or differ.
fn restore(disk: &dyn Disk, tiles: &[TileFile]) -> Result<(), WriterError> {
    for (tile, octets) in tiles {
        match disk.fetch(&tile.path(), octets.len()) {
            Ok(found) if found == *octets => {}
            Ok(_) | Err(FetchError::Missing { .. } | FetchError::TooLarge { .. }) => {
                disk.write(&tile.path(), octets)?;
            }
            Err(error) => return Err(WriterError::Ledger(LedgerError::Fetch(error))),
        }
    }
    Ok(())
}

/// The partial tiles that readers may need, and the files that none does:
/// tiles beyond the head, partial tiles of full ones, files in passing.
/// Nothing is removed before the next append.
fn survey(disk: &dyn Disk, size: u64) -> Result<(BTreeSet<Tile>, BTreeSet<String>), WriterError> {
    let mut partials = BTreeSet::new();
    let mut leftovers = BTreeSet::new();
    for path in disk.list()? {
        match Tile::from_path(&path) {
            Some(tile) if !tile.is_within(size) => {
                leftovers.insert(path);
            }
            Some(tile) if tile.is_partial() && tile.full().is_within(size) => {
                leftovers.insert(path);
            }
            Some(tile) if tile.is_partial() => {
                partials.insert(tile);
            }
            Some(_) => {}
            None if [NEXT_CHECKPOINT_PATH, UNFINISHED_PATH].contains(&path.as_str()) => {
                leftovers.insert(path);
            }
            None => {}
        }
    }
    Ok((partials, leftovers))
}
