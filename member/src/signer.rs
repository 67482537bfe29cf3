//! Whoever signs acts: a key in a sealed file, or one on a token that never
//! leaves it.

use comity_core::act::json::Payload;
use comity_core::act::{Envelope, SignatureEntry};
use comity_core::basic::{PublicKey, Signature};
use comity_sign::identity::Identity;

use crate::token::{Token, TokenError};

/// A party's own Ed25519 key, wherever it is.
pub trait Signer: Send + Sync {
    /// The public key.
    fn public(&self) -> PublicKey;

    /// A signature over these octets that verifies under
    /// [`Signer::public`].
    ///
    /// # Errors
    /// Where the key is on a token, and that does not sign.
    fn sign(&self, octets: &[u8]) -> Result<Signature, TokenError>;
}

impl Signer for Identity {
    fn public(&self) -> PublicKey {
        Self::public(self)
    }

    fn sign(&self, octets: &[u8]) -> Result<Signature, TokenError> {
        Ok(Self::sign(self, octets))
    }
}

impl Signer for Token {
    fn public(&self) -> PublicKey {
        Self::public(self)
    }

    fn sign(&self, octets: &[u8]) -> Result<Signature, TokenError> {
        Self::sign(self, octets)
    }
}

/// An act or a message with this key's signature.
///
/// # Errors
/// As [`Signer::sign`].
pub fn signed<P: Payload>(signer: &dyn Signer, payload: &P) -> Result<Envelope, TokenError> {
    let mut envelope = Envelope::unsigned(payload);
    let sig = signer.sign(&envelope.signing_input())?;
    envelope.add(SignatureEntry {
        keyid: signer.public(),
        sig,
    });
    Ok(envelope)
}
