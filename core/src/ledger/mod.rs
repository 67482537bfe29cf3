//! The ledger's published formats: signed notes, checkpoints, cosignatures,
//! Merkle proofs and tiles (C2SP). Bytes only; no input or output.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`note`] | signed notes and the keys that sign them (C2SP signed-note) |
//! | [`checkpoint`] | the ledger's signed head (C2SP tlog-checkpoint) |
//! | [`cosignature`] | a member's signature with its time under a head (C2SP tlog-cosignature) |
//! | [`merkle`] | hashes of entries, roots and proofs (RFC 9162 §2.1) |
//! | [`tile`] | where entries and hashes are stored, and how (C2SP tlog-tiles) |

pub mod checkpoint;
pub mod cosignature;
pub mod merkle;
pub mod note;
pub mod tile;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod testing;

pub use checkpoint::{
    Checkpoint, CheckpointRefusal, CosignedCheckpoint, LogSignature, VerifiedHead,
};
pub use cosignature::Cosignature;
pub use merkle::{ProofRefusal, Tree, TreeHead, leaf_hash, node_hash};
pub use note::{KeyId, KeyKind, NoteKey, NoteRefusal, SignatureLine, SignedNote};
pub use tile::{HashTiles, Tile, TileKind, TileRefusal};
