//! The signers of one batch with their commitments, and what these come to for
//! each message: binding factors, group commitment and challenge (RFC 9591
//! §4.4–§4.6), which signers and aggregator compute alike.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity as _, IsIdentity as _, VartimeMultiscalarMul as _};
use sha2::{Digest as _, Sha512};

use super::{COMMITMENT_OCTETS, SessionError};
use crate::deal::GroupKey;
use crate::group::{POINT_OCTETS, decode_point, decode_point_of_any_order, lambda};
use crate::order::PrimeOrder;

/// RFC 9591 §6.1.
pub(super) const CONTEXT: &[u8] = b"FROST-ED25519-SHA512-v1";

/// Whether `octets` can be signer `id`'s commitments for `count` messages: their
/// length, that each is a valid point, and that none is used twice. For whoever
/// takes commitments in ahead of a session.
///
/// # Errors
/// The first of these rules that they break.
pub fn check_commitments(id: u16, count: usize, octets: &[u8]) -> Result<(), SessionError> {
    check_form(id, count, octets)?;
    let signer = Signer {
        id,
        octets,
        lambda: Scalar::ONE,
    };
    let mut order = PrimeOrder::of([octets].into_iter());
    for index in 0..count {
        signer.decode(index, &mut order)?;
    }
    if order.holds() {
        return Ok(());
    }
    Err(signer.outside_of_the_group().unwrap_or(WITHOUT_CULPRIT))
}

/// The sums over a batch showed a point outside of the group and looking at
/// each shows none: cannot be.
const WITHOUT_CULPRIT: SessionError = SessionError::NoSignature { index: 0 };

/// Signers who hold shares, each with commitments of the right length and
/// without repetition. Points are decoded message by message: all of a large
/// batch at once would take five times the memory of their octets.
pub(super) struct Signers<'a> {
    signers: Vec<Signer<'a>>,
    key: [u8; POINT_OCTETS],
    order: PrimeOrder,
}

pub(super) struct Signer<'a> {
    pub(super) id: u16,
    octets: &'a [u8],
    /// λ_i, its Lagrange coefficient among these signers (RFC 9591 §4.2).
    pub(super) lambda: Scalar,
}

/// What the commitments come to for one message. Parts of signers are in the
/// order of their ids.
pub(super) struct Round {
    /// D_i and E_i.
    pub(super) commitments: Vec<[EdwardsPoint; 2]>,
    /// ρ_i, the binding factors.
    pub(super) factors: Vec<Scalar>,
    /// R, the group commitment, encoded.
    pub(super) commitment: [u8; POINT_OCTETS],
    /// c, the challenge.
    pub(super) challenge: Scalar,
}

impl<'a> Signers<'a> {
    pub(super) fn check(
        group: &GroupKey,
        count: usize,
        by_signer: &BTreeMap<u16, &'a [u8]>,
    ) -> Result<Self, SessionError> {
        let (threshold, signers) = (group.threshold(), by_signer.len());
        if signers < threshold.into() {
            return Err(SessionError::TooFewSigners { threshold, signers });
        }
        for (&id, octets) in by_signer {
            if group.verifying_share(id).is_none() {
                return Err(SessionError::Stranger { id });
            }
            check_form(id, count, octets)?;
        }
        let signer = |(&id, &octets): (&u16, &&'a [u8])| Signer {
            id,
            octets,
            lambda: lambda(id, by_signer.keys()),
        };
        Ok(Self {
            signers: by_signer.iter().map(signer).collect(),
            key: group.public().0,
            order: PrimeOrder::of(by_signer.values().copied()),
        })
    }

    /// The signers by their ids.
    pub(super) fn list(&self) -> &[Signer<'a>] {
        &self.signers
    }

    /// What is signed for one message. Each message must be asked for once, and
    /// nothing may leave before [`finish`](Self::finish) has said yes.
    pub(super) fn round(&mut self, index: usize, message: &[u8]) -> Result<Round, SessionError> {
        let (signers, order) = (&self.signers, &mut self.order);
        let decoded = signers.iter().map(|signer| signer.decode(index, order));
        let commitments = decoded.collect::<Result<Vec<_>, _>>()?;
        let factors = self.factors(index, message);
        // R = Σ D_i + Σ ρ_i E_i (§4.5).
        let hiding = commitments.iter().map(|[hiding, _]| hiding);
        let hiding = hiding.fold(EdwardsPoint::identity(), |sum, point| sum + point);
        let binding = commitments.iter().map(|[_, binding]| binding);
        let sum = hiding + EdwardsPoint::vartime_multiscalar_mul(&factors, binding);
        if sum.is_identity() {
            return Err(SessionError::NoSignature { index });
        }
        let commitment = sum.compress().0;
        // c = H2(R || PK || msg) (§4.6).
        let mut hash = Sha512::new();
        hash.update(commitment);
        hash.update(self.key);
        hash.update(message);
        Ok(Round {
            commitments,
            factors,
            commitment,
            challenge: Scalar::from_hash(hash),
        })
    }

    /// Whether all commitments are points of the prime-order group, which is
    /// known once every message's have been decoded.
    ///
    /// # Errors
    /// The first signer, and message, where one is not.
    pub(super) fn finish(self) -> Result<(), SessionError> {
        if self.order.holds() {
            return Ok(());
        }
        let culprits = self.signers.iter().map(Signer::outside_of_the_group);
        Err(culprits.flatten().next().unwrap_or(WITHOUT_CULPRIT))
    }

    /// ρ_i = H1(PK || H4(msg) || H5(commitments) || i) (§4.4). All but the id is
    /// hashed once.
    fn factors(&self, index: usize, message: &[u8]) -> Vec<Scalar> {
        let mut list = hash(b"com");
        for signer in &self.signers {
            list.update(identifier(signer.id));
            list.update(signer.pair(index));
        }
        let mut prefix = hash(b"rho");
        prefix.update(self.key);
        prefix.update(hash(b"msg").chain_update(message).finalize());
        prefix.update(list.finalize());
        let factor = |signer: &Signer<'_>| {
            Scalar::from_hash(prefix.clone().chain_update(identifier(signer.id)))
        };
        self.signers.iter().map(factor).collect()
    }
}

impl Signer<'_> {
    /// Its encoded commitments to one message's nonces.
    fn pair(&self, index: usize) -> &[u8] {
        &self.octets[index * COMMITMENT_OCTETS..][..COMMITMENT_OCTETS]
    }

    fn decode(
        &self,
        index: usize,
        order: &mut PrimeOrder,
    ) -> Result<[EdwardsPoint; 2], SessionError> {
        let (hiding, binding) = self.pair(index).split_at(POINT_OCTETS);
        let decoded = [hiding, binding].map(decode_point_of_any_order);
        let [Some(hiding), Some(binding)] = decoded else {
            return Err(self.bad(index));
        };
        order.take(&hiding);
        order.take(&binding);
        Ok([hiding, binding])
    }

    /// The first of its commitments that is no point of the prime-order group.
    fn outside_of_the_group(&self) -> Option<SessionError> {
        let points = self.octets.chunks_exact(POINT_OCTETS);
        let place = points
            .into_iter()
            .position(|point| decode_point(point).is_none())?;
        Some(self.bad(place / 2))
    }

    fn bad(&self, index: usize) -> SessionError {
        SessionError::BadCommitment {
            culprit: self.id,
            index,
        }
    }
}

/// The start of H1, H4 or H5.
fn hash(tag: &[u8]) -> Sha512 {
    Sha512::new_with_prefix(CONTEXT).chain_update(tag)
}

/// A signer's id as a scalar, encoded.
fn identifier(id: u16) -> [u8; 32] {
    Scalar::from(id).to_bytes()
}

/// A nonce that is used twice gives its signer's share away, and a signer that
/// does so is not asked to a third time.
fn check_form(culprit: u16, count: usize, octets: &[u8]) -> Result<(), SessionError> {
    if count.checked_mul(COMMITMENT_OCTETS) != Some(octets.len()) {
        let octets = octets.len();
        return Err(SessionError::CommitmentsLength { culprit, octets });
    }
    let mut seen = BTreeSet::new();
    let repeated = octets
        .chunks_exact(POINT_OCTETS)
        .position(|point| !seen.insert(point));
    match repeated {
        Some(place) => Err(SessionError::RepeatedCommitment {
            culprit,
            index: place / 2,
        }),
        None => Ok(()),
    }
}
