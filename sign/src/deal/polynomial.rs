//! A dealer's secret polynomial. Kept by ourselves rather than by
//! `frost-ed25519`, whose key generation leaves copies of the coefficients in
//! memory that it has freed.

use alloc::vec::Vec;

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::transcript::Transcript;
use crate::assertions::assert_secret;
use crate::group::decode_scalar;

/// Coefficients from the constant term up. Wiped when dropped.
pub(super) struct Polynomial {
    coefficients: Zeroizing<Vec<Scalar>>,
}

impl ZeroizeOnDrop for Polynomial {}

assert_secret!(Polynomial);

impl Polynomial {
    /// One of `terms` random coefficients, none of them zero: the commitment to
    /// zero is the identity, which is refused.
    pub(super) fn random(terms: u16, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        // One allocation, so that no copy stays behind.
        let mut coefficients = Zeroizing::new(Vec::with_capacity(terms.into()));
        for _ in 0..terms {
            coefficients.push(*random_scalar(rng));
        }
        Self { coefficients }
    }

    /// One of `terms` coefficients whose constant term is this secret, and all
    /// else random and not zero. `ceremony` and the secret are mixed into what is
    /// random: the secret is worth more than this ceremony.
    pub(super) fn sharing(
        secret: &Scalar,
        terms: u16,
        ceremony: &Transcript,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Self {
        // One allocation, so that no copy stays behind.
        let mut coefficients = Zeroizing::new(Vec::with_capacity(terms.into()));
        coefficients.push(*secret);
        for term in 1..terms {
            let transcript = ceremony.clone().with_number(term);
            coefficients.push(*transcript.random(secret, rng));
        }
        Self { coefficients }
    }

    /// The constant term: this dealer's part of the zone key.
    pub(super) fn constant(&self) -> Zeroizing<Scalar> {
        self.at(0)
    }

    /// The value at `id`: the share of that participant (RFC 9591 §C.1).
    pub(super) fn at(&self, id: u16) -> Zeroizing<Scalar> {
        let x = Scalar::from(id);
        let mut value = Zeroizing::new(Scalar::ZERO);
        for coefficient in self.coefficients.iter().rev() {
            *value *= x;
            *value += coefficient;
        }
        value
    }

    /// The commitments to the coefficients (RFC 9591 §C.2).
    pub(super) fn commitment(&self) -> impl Iterator<Item = EdwardsPoint> {
        self.coefficients
            .iter()
            .map(|coefficient| ED25519_BASEPOINT_TABLE * coefficient)
    }
}

/// A uniformly random scalar that is not zero.
pub(super) fn random_scalar(rng: &mut (impl CryptoRng + RngCore)) -> Zeroizing<Scalar> {
    let mut wide = Zeroizing::new([0; 64]);
    loop {
        rng.fill_bytes(wide.as_mut());
        let scalar = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        if *scalar != Scalar::ZERO {
            return scalar;
        }
    }
}

/// Reads a dealt share and checks it against what its dealer committed to
/// (RFC 9591 §C.2, `vss_verify`).
pub(super) fn decode_dealt(octets: &[u8], expected: &EdwardsPoint) -> Option<Zeroizing<Scalar>> {
    let share = Zeroizing::new(decode_scalar(octets)?);
    (ED25519_BASEPOINT_TABLE * &*share == *expected).then_some(share)
}

#[cfg(test)]
impl Polynomial {
    pub(super) fn negated(&self) -> Self {
        let coefficients = self.coefficients.iter().map(|coefficient| -coefficient);
        Self {
            coefficients: Zeroizing::new(coefficients.collect()),
        }
    }
}
