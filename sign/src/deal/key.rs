//! The public side of a zone key that is held in shares.

use alloc::collections::BTreeMap;
use alloc::vec;

use comity_core::basic::PublicKey;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::traits::Identity as _;

use super::opening::{self, CheckedOpening};
use super::{DealError, Opening};
use crate::group::{POINT_OCTETS, decode_point, evaluate};

/// A zone's public key, who holds a share of it, and what each share must be, in
/// the exponent. Signatures under it are ordinary Ed25519 signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    public: PublicKey,
    threshold: u16,
    verifying_shares: BTreeMap<u16, [u8; POINT_OCTETS]>,
    // The same, decoded.
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
        if let Some(id) = openings.keys().copied().find(|id| *id == 0) {
            return Err(DealError::Stranger { id });
        }
        let participants = u16::try_from(openings.len()).unwrap_or(u16::MAX);
        super::check_shape(participants, threshold)?;
        Self::from_checked(&opening::check_all(openings, threshold)?, threshold)
    }

    /// Adds up the commitments first, and then evaluates their sum once for each
    /// participant.
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
        let encode = |point: EdwardsPoint| point.compress().to_bytes();
        let verifying_shares = openings
            .keys()
            .map(|&id| (id, encode(evaluate(&sum, id))))
            .collect();
        let public = PublicKey(encode(evaluate(&sum, 0)));
        Self::from_parts(public, threshold, verifying_shares).ok_or(DealError::NoKey)
    }

    /// Puts a key together, if the octets are points of the prime-order group.
    pub(crate) fn from_parts(
        public: PublicKey,
        threshold: u16,
        verifying_shares: BTreeMap<u16, [u8; POINT_OCTETS]>,
    ) -> Option<Self> {
        let decode = |(id, octets): (&u16, &[u8; POINT_OCTETS])| Some((*id, decode_point(octets)?));
        let points = verifying_shares.iter().map(decode);
        decode_point(&public.0)?;
        Some(Self {
            public,
            threshold,
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

    pub(crate) fn verifying_point(&self, id: u16) -> Option<EdwardsPoint> {
        self.points.get(&id).copied()
    }
}
