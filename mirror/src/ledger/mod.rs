//! Reading a ledger from a source: its checkpoint, its entries, its blobs;
//! and the census of a directory that should hold one, whole and alone.

mod census;
mod read;
#[cfg(test)]
mod testing;

use comity_core::basic::Digest;

pub use census::{Census, CensusFinding, FindingKind, census};
pub use read::{Entries, LedgerError, blob, entries, fetch_checkpoint, follow, read_checkpoint};

/// Where the ledger's head is.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Files that only a writer at work, or its crash, leaves on a ledger: the one
/// that is being written, and the head that is about to take its place.
pub const PASSING_PATHS: [&str; 2] = [".new", ".next"];

/// Where the blob of this digest is.
pub fn blob_path(digest: &Digest) -> String {
    format!("blob/{digest}")
}
