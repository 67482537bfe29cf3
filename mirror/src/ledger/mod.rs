//! Reading a ledger from a source: its checkpoint, its entries, its blobs;
//! and the census of a directory that should hold one, whole and alone.

mod census;
mod read;
#[cfg(test)]
mod testing;

use comity_core::basic::Digest;

pub use census::{Census, CensusFinding, FindingKind, census};
pub use read::{
    Entries, LedgerError, Proven, blob, entries, fetch_checkpoint, follow, read_checkpoint,
};

/// Where the ledger's head is.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Where a writer keeps the head that is about to be the ledger's.
pub const NEXT_CHECKPOINT_PATH: &str = "checkpoint.next";

/// Where a writer writes any file before it gets its name.
pub const UNFINISHED_PATH: &str = "unfinished";

/// Where the blob of this digest is.
pub fn blob_path(digest: &Digest) -> String {
    format!("blob/{digest}")
}
