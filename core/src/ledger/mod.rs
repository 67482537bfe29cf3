//! The ledger's published formats: signed notes, checkpoints, cosignatures,
//! Merkle proofs and tiles (C2SP). Bytes only; no input or output.
