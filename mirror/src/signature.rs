//! Signatures by RSA and ECDSA, which most of the DNS has and `core` does not
//! verify itself. The arithmetic is ring's, by way of `domain`, which reads the
//! keys: RSA with 1024 to 4096 bits (RFC 3110 §2), both numbers without
//! leading zeros; ECDSA on points of their curve (RFC 6605 §4).

use comity_core::dnssec::{Algorithm, SignatureCheck, Signed};
use domain::base::iana::SecurityAlgorithm;
use domain::crypto::common::PublicKey;
use domain::rdata::Dnskey;

/// Verifies by ring.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByRing;

impl SignatureCheck for ByRing {
    fn holds(&self, algorithm: Algorithm, signed: &Signed<'_>) -> bool {
        let algorithm = match algorithm {
            Algorithm::RsaSha256 => SecurityAlgorithm::RSASHA256,
            Algorithm::RsaSha512 => SecurityAlgorithm::RSASHA512,
            Algorithm::EcdsaP256Sha256 => SecurityAlgorithm::ECDSAP256SHA256,
            Algorithm::EcdsaP384Sha384 => SecurityAlgorithm::ECDSAP384SHA384,
        };
        // Flags and protocol, which say nothing about the arithmetic.
        let Ok(key) = Dnskey::new(256, 3, algorithm, signed.public_key) else {
            return false;
        };
        PublicKey::from_dnskey(&key)
            .is_ok_and(|key| key.verify(signed.message, signed.signature).is_ok())
    }
}
