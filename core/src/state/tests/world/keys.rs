//! Keys from a seed, and envelopes that they sign.

use std::vec::Vec;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::act::json::Payload;
use crate::act::{Envelope, SignatureEntry};
use crate::basic::{Digest, PublicKey, Signature};
use crate::holder::{HolderId, HolderKeys, Policy};

pub(crate) fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// The identity key of the member at this index.
pub(crate) fn member(at: usize) -> SigningKey {
    secret(1 + u8::try_from(at).unwrap())
}

/// A holder's key.
pub(crate) fn holder(number: u8) -> SigningKey {
    secret(100 + number)
}

/// The keys of a holder that has one, and nothing that waits.
pub(crate) fn holder_keys(number: u8) -> HolderKeys {
    match number {
        CAREFUL => careful_keys(),
        SLOW => HolderKeys {
            delay_s: DELAY_S,
            ..HolderKeys::of(public(&holder(SLOW)))
        },
        _ => HolderKeys::of(public(&holder(number))),
    }
}

/// Such a holder's name.
pub(crate) fn holder_id(number: u8) -> HolderId {
    holder_keys(number).id()
}

/// The secretariat's log key.
pub(crate) fn log() -> SigningKey {
    secret(200)
}

/// A key that is nobody's.
pub(crate) fn stranger() -> SigningKey {
    secret(250)
}

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> Signature {
    Signature(key.sign(message).to_bytes())
}

/// A payload and who is going to sign it.
#[derive(Clone)]
pub(crate) struct Draft<P> {
    pub(crate) payload: P,
    pub(crate) signers: Vec<SigningKey>,
}

impl<P: Payload> Draft<P> {
    pub(crate) fn new(payload: P, signers: impl IntoIterator<Item = SigningKey>) -> Self {
        let signers = signers.into_iter().collect();
        Self { payload, signers }
    }

    /// Has it signed by this key alone.
    pub(crate) fn by(mut self, signer: SigningKey) -> Self {
        self.signers = [signer].into();
        self
    }

    pub(crate) fn envelope(&self) -> Envelope {
        signed(&self.payload, &self.signers)
    }

    /// The act's id, whoever signs it.
    pub(crate) fn id(&self) -> Digest {
        Envelope::unsigned(&self.payload).id()
    }
}

pub(crate) fn signed<P: Payload>(payload: &P, signers: &[SigningKey]) -> Envelope {
    let mut envelope = Envelope::unsigned(payload);
    let input = envelope.signing_input();
    for key in signers {
        envelope.add(SignatureEntry {
            keyid: public(key),
            sig: sign(key, &input),
        });
    }
    envelope
}

/// The holder that takes care: two of three keys, a recovery key, three days.
pub(crate) const CAREFUL: u8 = 7;
/// The holder that has no recovery key, and waits with its changes.
pub(crate) const SLOW: u8 = 30;
/// How long their changes wait.
pub(crate) const DELAY_S: u64 = 3 * 86_400;

/// Its operational keys.
pub(crate) fn operational() -> [SigningKey; 3] {
    [7, 8, 9].map(holder)
}

/// Its recovery key.
pub(crate) fn recovery() -> SigningKey {
    holder(17)
}

/// Its keys as it begins.
pub(crate) fn careful_keys() -> HolderKeys {
    HolderKeys {
        operational: policy(2, &operational()),
        recovery: Some(policy(1, &[recovery()])),
        delay_s: DELAY_S,
    }
}

/// So many of these keys.
pub(crate) fn policy(threshold: u16, keys: &[SigningKey]) -> Policy {
    let mut keys: Vec<PublicKey> = keys.iter().map(public).collect();
    keys.sort_unstable();
    Policy { threshold, keys }
}
