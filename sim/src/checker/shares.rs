//! The arithmetic of shares in the exponent, written down a second time.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::basic::{Digest, PublicKey};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;

/// Commitments to polynomials, by the numbers of those who dealt.
pub(super) struct Polynomials(pub(super) BTreeMap<u16, Vec<[u8; 32]>>);

/// Commitments to the polynomial that shares are of.
pub(super) struct Made(Vec<EdwardsPoint>);

/// The commitments at the beginning of a package, hexadecimal.
pub(super) fn opening_of(package: &str, threshold: u16) -> Vec<[u8; 32]> {
    let octets = data_encoding::HEXLOWER.decode(package.as_bytes());
    let octets = octets.unwrap_or_default();
    let points = octets.chunks_exact(32).filter_map(|it| it.try_into().ok());
    points.take(threshold.into()).collect()
}

impl Polynomials {
    /// Each has dealt a secret of its own: the key is their sum.
    pub(super) fn generated(&self) -> Option<Made> {
        self.sum(|_| Scalar::ONE)
    }

    /// Each has dealt its share: the key is what the shares come to (Lagrange, at 0).
    pub(super) fn redistributed(&self) -> Option<Made> {
        let weight = |me: u16| {
            let others = self.0.keys().filter(|other| **other != me);
            others.fold(Scalar::ONE, |weight, other| {
                let (me, other) = (Scalar::from(me), Scalar::from(*other));
                weight * other * (other - me).invert()
            })
        };
        self.sum(weight)
    }

    fn sum(&self, weight: impl Fn(u16) -> Scalar) -> Option<Made> {
        let terms = self.0.values().map(Vec::len).min()?;
        let mut made = vec![EdwardsPoint::identity(); terms];
        for (number, commitments) in &self.0 {
            let weight = weight(*number);
            for (sum, octets) in made.iter_mut().zip(commitments) {
                *sum += CompressedEdwardsY(*octets).decompress()? * weight;
            }
        }
        Some(Made(made))
    }
}

impl Made {
    pub(super) fn key(&self) -> PublicKey {
        PublicKey(self.at(0))
    }

    /// Each share in the exponent, by its number.
    pub(super) fn verifying(&self, shares: &BTreeSet<usize>) -> BTreeMap<u16, [u8; 32]> {
        let numbers = shares.iter().filter_map(|at| u16::try_from(at + 1).ok());
        numbers.map(|number| (number, self.at(number))).collect()
    }

    fn at(&self, number: u16) -> [u8; 32] {
        let at = Scalar::from(number);
        let terms = self.0.iter().rev();
        let value = terms.fold(EdwardsPoint::identity(), |value, term| value * at + term);
        value.compress().0
    }
}

/// What receivers say that they agree on.
pub(super) fn digest_of(
    key: PublicKey,
    threshold: u16,
    verifying: &BTreeMap<u16, [u8; 32]>,
) -> Digest {
    let mut octets = key.0.to_vec();
    octets.extend_from_slice(&threshold.to_be_bytes());
    for (number, share) in verifying {
        octets.extend_from_slice(&number.to_be_bytes());
        octets.extend_from_slice(share);
    }
    Digest::of(&octets)
}
