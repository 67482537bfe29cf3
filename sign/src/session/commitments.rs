//! The signers of one batch with their commitments, and what these come to for
//! each message: binding factors, group commitment and challenge (RFC 9591
//! §4.4–§4.6), which signers and aggregator compute alike.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity as _, IsIdentity as _};
use sha2::{Digest as _, Sha512};

use super::checked::{
    CheckedCommitments, WITHOUT_CULPRIT, bad, check_form, decode_pair, outside_of_the_group,
};
use super::{COMMITMENT_OCTETS, SessionError};
use crate::deal::GroupKey;
use crate::group::{POINT_OCTETS, lambdas, multiscalar};
use crate::order::PrimeOrder;

/// RFC 9591 §6.1.
pub(super) const CONTEXT: &[u8] = b"FROST-ED25519-SHA512-v1";

/// Commitments that were checked ahead of a session, by signers. It may lack any
/// of them, and have others: only what is octet for octet the same is used.
pub type Ahead<'a> = BTreeMap<u16, &'a CheckedCommitments>;

/// What one session is about.
pub struct Batch<'a> {
    /// What is signed.
    pub messages: &'a [Vec<u8>],
    /// All signers' commitments by their ids.
    pub commitments: &'a BTreeMap<u16, Vec<u8>>,
    /// Which of these are known to be good.
    pub ahead: Ahead<'a>,
}

/// Signers who hold shares, each with commitments of the right length and
/// without repetition. Points that were not decoded ahead are decoded message by
/// message: all of a large batch at once would take five times the memory of
/// their octets.
pub(super) struct Signers<'a> {
    signers: Vec<Signer<'a>>,
    key: [u8; POINT_OCTETS],
    // Of all points that were not checked ahead.
    order: PrimeOrder,
}

pub(super) struct Signer<'a> {
    pub(super) id: u16,
    octets: &'a [u8],
    ahead: Option<&'a CheckedCommitments>,
    /// Y_i, what its share is in the exponent.
    pub(super) verifying_share: EdwardsPoint,
    /// λ_i, its Lagrange coefficient among these signers (RFC 9591 §4.2).
    pub(super) lambda: Scalar,
}

/// What the commitments come to for one message. Factors are in the order of the
/// signers' ids.
pub(super) struct Round {
    /// ρ_i, the binding factors.
    pub(super) factors: Vec<Scalar>,
    /// R, the group commitment.
    pub(super) commitment: EdwardsPoint,
    /// R, encoded.
    pub(super) encoded: [u8; POINT_OCTETS],
    /// c, the challenge.
    pub(super) challenge: Scalar,
}

impl<'a> Signers<'a> {
    /// What can be told of a batch before its points are decoded.
    pub(super) fn check(group: &GroupKey, batch: &Batch<'a>) -> Result<Self, SessionError> {
        let (threshold, signers) = (group.threshold(), batch.commitments.len());
        if signers < threshold.into() {
            return Err(SessionError::TooFewSigners { threshold, signers });
        }
        let count = batch.messages.len();
        let mut signers = Vec::with_capacity(signers);
        for (&id, octets) in batch.commitments {
            let verifying_share = group.verifying_point(id);
            let verifying_share = verifying_share.ok_or(SessionError::Stranger { id })?;
            // Never believed: other octets may be under the same id.
            let ahead = batch.ahead.get(&id).copied();
            let ahead = ahead.filter(|ahead| ahead.are(count, octets));
            if ahead.is_none() {
                check_form(id, count, octets)?;
            }
            signers.push(Signer {
                id,
                octets,
                ahead,
                verifying_share,
                lambda: Scalar::ZERO,
            });
        }
        let ids: Vec<u16> = batch.commitments.keys().copied().collect();
        for (signer, lambda) in signers.iter_mut().zip(lambdas(&ids)) {
            signer.lambda = lambda;
        }
        let unknown = signers.iter().filter(|signer| signer.ahead.is_none());
        Ok(Self {
            order: PrimeOrder::of(unknown.map(|signer| signer.octets)),
            signers,
            key: group.public().0,
        })
    }

    /// The signers by their ids.
    pub(super) fn list(&self) -> &[Signer<'a>] {
        &self.signers
    }

    /// What is signed for consecutive messages, the first of which is the one at
    /// `first`. Each must be asked for once, and nothing may leave before
    /// [`finish`](Self::finish) has said yes. All points are encoded together: that
    /// takes one inversion instead of one for each.
    pub(super) fn rounds(
        &mut self,
        first: usize,
        messages: &[Vec<u8>],
    ) -> Result<Vec<Round>, SessionError> {
        let (mut factors, mut sums) = (Vec::new(), Vec::with_capacity(messages.len()));
        for (index, message) in (first..).zip(messages) {
            let (of_message, sum) = self.group_commitment(index, message)?;
            factors.push(of_message);
            sums.push(sum);
        }
        let encoded = EdwardsPoint::compress_batch_alloc(&sums);
        let parts = factors.into_iter().zip(sums).zip(encoded).zip(messages);
        let round = |(((factors, commitment), encoded), message): (_, &Vec<u8>)| {
            let encoded = CompressedEdwardsY::to_bytes(&encoded);
            // c = H2(R || PK || msg) (§4.6).
            let hash = Sha512::new_with_prefix(encoded);
            let hash = hash.chain_update(self.key).chain_update(message);
            Round {
                factors,
                commitment,
                encoded,
                challenge: Scalar::from_hash(hash),
            }
        };
        Ok(parts.map(round).collect())
    }

    /// All ρ_i, and R = Σ D_i + Σ ρ_i·E_i (§4.5).
    fn group_commitment(
        &mut self,
        index: usize,
        message: &[u8],
    ) -> Result<(Vec<Scalar>, EdwardsPoint), SessionError> {
        let factors = self.factors(index, message);
        let mut sum = EdwardsPoint::identity();
        let mut binding = Vec::with_capacity(self.signers.len());
        for signer in &self.signers {
            let pair = signer.pair(index).ok_or_else(|| bad(signer.id, index))?;
            if signer.ahead.is_none() {
                pair.iter().for_each(|point| self.order.take(point));
            }
            sum += pair[0];
            binding.push(pair[1]);
        }
        sum += multiscalar(&factors, &binding);
        if sum.is_identity() {
            return Err(SessionError::NoSignature { index });
        }
        Ok((factors, sum))
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
        let unknown = self.signers.iter().filter(|signer| signer.ahead.is_none());
        let mut culprits = unknown.filter_map(|it| outside_of_the_group(it.id, it.octets));
        Err(culprits.next().unwrap_or(WITHOUT_CULPRIT))
    }

    /// ρ_i = H1(PK || H4(msg) || H5(commitments) || i) (§4.4). All but the id is
    /// hashed once.
    fn factors(&self, index: usize, message: &[u8]) -> Vec<Scalar> {
        let mut list = hash(b"com");
        for signer in &self.signers {
            list.update(identifier(signer.id));
            list.update(signer.encoded(index..index + 1));
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
    /// D_i and E_i for one message: as they were decoded ahead, or now.
    pub(super) fn pair(&self, index: usize) -> Option<Cow<'_, [EdwardsPoint; 2]>> {
        let ahead = self.ahead.and_then(|ahead| ahead.pair(index));
        let now = || decode_pair(self.octets, index).map(Cow::Owned);
        ahead.map(Cow::Borrowed).or_else(now)
    }

    /// Its encoded commitments for some of the messages.
    pub(super) fn encoded(&self, messages: Range<usize>) -> &[u8] {
        &self.octets[messages.start * COMMITMENT_OCTETS..messages.end * COMMITMENT_OCTETS]
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
