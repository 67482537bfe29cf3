//! Which signatures count, and who verifies them. Ed25519 is verified here, by
//! the strict rule that all of Comity keeps; RSA and ECDSA come in as a trait,
//! since their arithmetic is not for a heart that only computes.

use super::ZoneKey;
use crate::basic::{PublicKey, Signature};

/// An algorithm whose signatures come from outside of this crate to be
/// verified (RFC 8624 §3.1: those that every validator has).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with SHA-256, number 8 (RFC 5702).
    RsaSha256,
    /// RSA with SHA-512, number 10 (RFC 5702).
    RsaSha512,
    /// ECDSA on P-256 with SHA-256, number 13 (RFC 6605).
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384, number 14 (RFC 6605).
    EcdsaP384Sha384,
}

/// A message, and what is said to be its signature.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The public key field of a DNSKEY record (RFC 4034 §2.1.4).
    pub public_key: &'a [u8],
    /// The octets that are signed.
    pub message: &'a [u8],
    /// The signature field of an RRSIG record (RFC 4034 §3.1.8).
    pub signature: &'a [u8],
}

/// Verifies what this crate does not. Must be a function of its arguments
/// alone: what one machine accepts, all must.
pub trait SignatureCheck {
    /// Whether the signature is the key's over the message.
    fn holds(&self, algorithm: Algorithm, signed: &Signed<'_>) -> bool;
}

impl<T: SignatureCheck + ?Sized> SignatureCheck for &T {
    fn holds(&self, algorithm: Algorithm, signed: &Signed<'_>) -> bool {
        (**self).holds(algorithm, signed)
    }
}

/// Ed25519, number 15 (RFC 8080), or one of the others.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verifier {
    Ed25519,
    Other(Algorithm),
}

impl Verifier {
    /// None for algorithms whose signatures prove nothing here: those with
    /// SHA-1 (5, 7; RFC 9905), and those that not every validator has.
    pub(super) fn of(number: u8) -> Option<Self> {
        match number {
            8 => Some(Self::Other(Algorithm::RsaSha256)),
            10 => Some(Self::Other(Algorithm::RsaSha512)),
            13 => Some(Self::Other(Algorithm::EcdsaP256Sha256)),
            14 => Some(Self::Other(Algorithm::EcdsaP384Sha384)),
            15 => Some(Self::Ed25519),
            _ => None,
        }
    }

    pub(super) fn accepts(
        self,
        key: &ZoneKey,
        signature: &[u8],
        message: &[u8],
        check: &impl SignatureCheck,
    ) -> bool {
        let public_key = key.public_key();
        match self {
            Self::Ed25519 => match (public_key.try_into(), signature.try_into()) {
                (Ok(key), Ok(signature)) => PublicKey(key).verifies(message, &Signature(signature)),
                _ => false,
            },
            Self::Other(algorithm) => {
                let signed = Signed {
                    public_key,
                    message,
                    signature,
                };
                check.holds(algorithm, &signed)
            }
        }
    }
}
