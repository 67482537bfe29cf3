//! Parties whose keys everybody knows: key number *n* is made of the octet *n*.

use comity_core::act::{Envelope, SignatureEntry};
use comity_core::basic::{PublicKey, Signature};
use comity_core::ledger::{KeyKind, NoteKey};
use ed25519_dalek::{Signer as _, SigningKey};

/// The number of the log's key.
pub const LOG: u8 = 200;
/// The number of the zone's key where one machine has it whole.
pub const ZONE: u8 = 100;
/// The number of the holder's key.
pub const HOLDER: u8 = 9;
/// The members' names; the first has key number 1.
pub const MEMBERS: [&str; 3] = ["alba", "boreal", "cedar"];
/// The log's name.
pub const LOG_NAME: &str = "ledger.example";

/// The public key of this number.
pub fn public(number: u8) -> PublicKey {
    PublicKey(secret(number).verifying_key().to_bytes())
}

/// This key's signature.
pub fn sign(number: u8, message: &[u8]) -> Signature {
    Signature(secret(number).sign(message).to_bytes())
}

/// The envelope with the signatures of these keys.
pub fn signed(mut envelope: Envelope, numbers: &[u8]) -> Envelope {
    let input = envelope.signing_input();
    for &number in numbers {
        envelope.add(SignatureEntry {
            keyid: public(number),
            sig: sign(number, &input),
        });
    }
    envelope
}

/// The log's key by its name.
pub fn log_key() -> NoteKey {
    NoteKey::new(LOG_NAME, KeyKind::Ed25519, public(LOG)).unwrap()
}

/// A member's key by its name, as it cosigns.
pub fn cosigner(at: u8) -> NoteKey {
    let name = MEMBERS[usize::from(at)];
    NoteKey::new(name, KeyKind::CosignatureV1, public(at + 1)).unwrap()
}

fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}
