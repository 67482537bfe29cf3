//! One signer's commitments to the nonces of one batch: whether they are such as
//! they have to be, which can be told ahead of the session.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use comity_core::limits;
use curve25519_dalek::edwards::EdwardsPoint;

use super::{COMMITMENT_OCTETS, SessionError};
use crate::group::{POINT_OCTETS, decode_point, decode_point_of_any_order};
use crate::order::PrimeOrder;

/// Commitments of one signer that hold what [`check_commitments`] says, which
/// alone makes them. A session that is given them neither decodes nor checks
/// them again, once it has seen that they are the very octets it is about.
///
/// They take 384 octets of memory for each message: 64 as they are sent, and 320
/// for two decoded points, since no shorter form of a point can be added. A day
/// of 215 messages by 144 signers is 12 MB. Of a batch of more than
/// [`DECODED_MESSAGES_MAX`](limits::DECODED_MESSAGES_MAX) messages only the
/// octets are kept, so that its points are decoded in the session, one message
/// after the other, and yet not checked again: for 2,790 messages by 97 signers
/// that is 17 MB, and would be 104 MB otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCommitments {
    octets: Vec<u8>,
    // D and E for each message; none of a large batch.
    points: Vec<[EdwardsPoint; 2]>,
}

/// Whether `octets` can be signer `id`'s commitments for `count` messages: their
/// length, that each is a point of the prime-order group other than the identity
/// in its canonical encoding (RFC 9591 §5.2, §6.1), and that none is used twice.
///
/// # Errors
/// The first of these rules that they break.
pub fn check_commitments(
    id: u16,
    count: usize,
    octets: &[u8],
) -> Result<CheckedCommitments, SessionError> {
    check_form(id, count, octets)?;
    let kept = if count > limits::DECODED_MESSAGES_MAX {
        0
    } else {
        count
    };
    let mut points = Vec::with_capacity(kept);
    let mut order = PrimeOrder::of([octets].into_iter());
    for index in 0..count {
        let pair = decode_pair(octets, index).ok_or_else(|| bad(id, index))?;
        pair.iter().for_each(|point| order.take(point));
        if index < kept {
            points.push(pair);
        }
    }
    if order.holds() {
        let octets = octets.to_vec();
        return Ok(CheckedCommitments { octets, points });
    }
    Err(outside_of_the_group(id, octets).unwrap_or(WITHOUT_CULPRIT))
}

impl CheckedCommitments {
    /// For how many messages they are.
    pub fn messages(&self) -> usize {
        self.octets.len() / COMMITMENT_OCTETS
    }

    /// Whether these are what was checked: `octets`, for `count` messages.
    pub(super) fn are(&self, count: usize, octets: &[u8]) -> bool {
        fits(count, octets) && self.octets == octets
    }

    /// The decoded commitments for one message, if they were kept.
    pub(super) fn pair(&self, index: usize) -> Option<&[EdwardsPoint; 2]> {
        self.points.get(index)
    }
}

/// Decodes D and E for one message, whatever their order.
pub(super) fn decode_pair(octets: &[u8], index: usize) -> Option<[EdwardsPoint; 2]> {
    let pair = octets.chunks_exact(COMMITMENT_OCTETS).nth(index)?;
    let (hiding, binding) = pair.split_at(POINT_OCTETS);
    let decode = decode_point_of_any_order;
    Some([decode(hiding)?, decode(binding)?])
}

/// The length of commitments, and that none is used twice: a nonce that is gives
/// its signer's share away, and a signer that does so is not asked to a third
/// time.
pub(super) fn check_form(culprit: u16, count: usize, octets: &[u8]) -> Result<(), SessionError> {
    if !fits(count, octets) {
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

fn fits(count: usize, octets: &[u8]) -> bool {
    count.checked_mul(COMMITMENT_OCTETS) == Some(octets.len())
}

/// The first commitment of a signer that is no point of the prime-order group.
pub(super) fn outside_of_the_group(id: u16, octets: &[u8]) -> Option<SessionError> {
    let mut points = octets.chunks_exact(POINT_OCTETS);
    let place = points.position(|point| decode_point(point).is_none())?;
    Some(bad(id, place / 2))
}

pub(super) fn bad(culprit: u16, index: usize) -> SessionError {
    SessionError::BadCommitment { culprit, index }
}

/// The sums over a batch showed a point outside of the group and looking at
/// each shows none: cannot be.
pub(super) const WITHOUT_CULPRIT: SessionError = SessionError::NoSignature { index: 0 };
