//! The public side of a zone key that is held in shares.

use alloc::collections::BTreeMap;
use alloc::vec;

use comity_core::basic::PublicKey;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::traits::{Identity as _, IsIdentity as _};

use super::opening::CheckedOpening;
use super::{DealError, Generation, Opening};
use crate::group::{POINT_OCTETS, decode_point, evaluate};

/// A zone's public key, who holds a share of it, and what each share must be, in
/// the exponent. Signatures under it are ordinary Ed25519 signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    public: PublicKey,
    threshold: u16,
    verifying_shares: BTreeMap<u16, [u8; POINT_OCTETS]>,
    // The same, decoded.
    point: EdwardsPoint,
    points: BTreeMap<u16, EdwardsPoint>,
}

impl GroupKey {
    /// Recomputes the key that a ceremony made from what everybody saw. The
    /// participants are those whose openings are given; every opening is checked
    /// as a participant checks it.
    ///
    /// # Errors
    /// The first participant whose opening is wrong is named.
    pub fn from_openings(
        openings: &BTreeMap<u16, Opening>,
        threshold: u16,
    ) -> Result<Self, DealError> {
        Ok(Generation::check(&[], openings, threshold)?.into_group())
    }

    /// Adds up what everybody deals.
    pub(super) fn from_checked(
        openings: &BTreeMap<u16, CheckedOpening>,
        threshold: u16,
    ) -> Result<Self, DealError> {
        let mut sum = vec![EdwardsPoint::identity(); threshold.into()];
        for opening in openings.values() {
            for (total, point) in sum.iter_mut().zip(opening.commitment()) {
                *total += point;
            }
        }
        Self::from_commitment(&sum, openings.keys().copied()).ok_or(DealError::NoKey)
    }

    /// The key whose secret is shared by the polynomial with these commitments,
    /// points of the prime-order group, among these participants. None if it or a
    /// share is zero.
    pub(super) fn from_commitment(
        commitment: &[EdwardsPoint],
        participants: impl Iterator<Item = u16>,
    ) -> Option<Self> {
        let threshold = u16::try_from(commitment.len()).ok()?;
        let points: BTreeMap<_, _> = participants
            .map(|id| (id, evaluate(commitment, id)))
            .collect();
        let public = commitment.first()?;
        if public.is_identity() || points.values().any(EdwardsPoint::is_identity) {
            return None;
        }
        let encode = |point: &EdwardsPoint| point.compress().to_bytes();
        let encoded = points.iter().map(|(&id, point)| (id, encode(point)));
        Some(Self {
            public: PublicKey(encode(public)),
            threshold,
            verifying_shares: encoded.collect(),
            point: *public,
            points,
        })
    }

    /// Puts a key together, if the octets are points of the prime-order group.
    pub(crate) fn from_parts(
        public: PublicKey,
        threshold: u16,
        verifying_shares: BTreeMap<u16, [u8; POINT_OCTETS]>,
    ) -> Option<Self> {
        let decode = |(id, octets): (&u16, &[u8; POINT_OCTETS])| Some((*id, decode_point(octets)?));
        let points = verifying_shares.iter().map(decode);
        Some(Self {
            public,
            threshold,
            point: decode_point(&public.0)?,
            points: points.collect::<Option<_>>()?,
            verifying_shares,
        })
    }

    /// The key under which signatures verify.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// How many shares it takes to sign.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// The ids of those who hold a share, in order.
    pub fn participants(&self) -> impl Iterator<Item = u16> {
        self.verifying_shares.keys().copied()
    }

    /// What the share of participant `id` is in the exponent: an encoded point.
    pub fn verifying_share(&self, id: u16) -> Option<[u8; 32]> {
        self.verifying_shares.get(&id).copied()
    }

    pub(super) fn verifying_shares(&self) -> &BTreeMap<u16, [u8; POINT_OCTETS]> {
        &self.verifying_shares
    }

    /// The key, decoded: a point of the prime-order group.
    pub(crate) fn point(&self) -> &EdwardsPoint {
        &self.point
    }

    pub(crate) fn verifying_point(&self, id: u16) -> Option<EdwardsPoint> {
        self.points.get(&id).copied()
    }
}
