//! Keys and heads that the tests of this part share.

use ed25519_dalek::{Signer as _, SigningKey};

use crate::basic::{Digest, PublicKey, Signature, Time};
use crate::ledger::checkpoint::{Checkpoint, CosignedCheckpoint};
use crate::ledger::cosignature::Cosignature;
use crate::ledger::note::{KeyKind, NoteKey};

/// The origin, and so the log's name, in every test.
pub(crate) const ORIGIN: &str = "ledger.example/plain";

fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn key(seed: u8, name: &str, kind: KeyKind) -> NoteKey {
    NoteKey::new(
        name,
        kind,
        PublicKey(secret(seed).verifying_key().to_bytes()),
    )
    .unwrap()
}

pub(crate) fn sign(seed: u8, message: &[u8]) -> Signature {
    Signature(secret(seed).sign(message).to_bytes())
}

pub(crate) fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint {
        origin: ORIGIN.into(),
        size,
        root: Digest::of(&size.to_be_bytes()),
    }
}

pub(crate) fn log_key() -> NoteKey {
    key(200, ORIGIN, KeyKind::Ed25519)
}

pub(crate) fn signed(checkpoint: Checkpoint) -> CosignedCheckpoint {
    let signature = sign(200, checkpoint.body().as_bytes());
    CosignedCheckpoint::new(checkpoint, &log_key(), signature)
}

pub(crate) fn cosignature(seed: u8, name: &str, time: Time, under: &Checkpoint) -> Cosignature {
    let signature = sign(seed, &Cosignature::message(time, under));
    Cosignature::new(&key(seed, name, KeyKind::CosignatureV1), time, signature)
}
