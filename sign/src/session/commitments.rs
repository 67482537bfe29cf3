//! The commitments of all signers of one batch.

use alloc::collections::{BTreeMap, BTreeSet};

use frost_ed25519::round1::{NonceCommitment, SigningCommitments};
use frost_ed25519::{Identifier, SigningPackage};

use super::{COMMITMENT_OCTETS, SessionError};
use crate::deal::GroupKey;
use crate::group::POINT_OCTETS;

/// Whether `octets` can be signer `id`'s commitments for `count` messages: their
/// length, that each is a valid point, and that none is used twice. For whoever
/// takes commitments in ahead of a session.
///
/// # Errors
/// The first of these rules that they break.
pub fn check_commitments(id: u16, count: usize, octets: &[u8]) -> Result<(), SessionError> {
    check_form(id, count, octets)?;
    (0..count).try_for_each(|index| decode(id, octets, index).map(drop))
}

/// Commitments of signers who hold shares, each of the right length and without
/// repetition. Points are decoded message by message: all of a large batch at
/// once would take five times the memory of their octets.
pub(super) struct Commitments<'a> {
    by_signer: &'a BTreeMap<u16, &'a [u8]>,
}

impl<'a> Commitments<'a> {
    pub(super) fn check(
        group: &GroupKey,
        count: usize,
        by_signer: &'a BTreeMap<u16, &'a [u8]>,
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
        Ok(Self { by_signer })
    }

    /// What all signers sign for one message (RFC 9591 §5.2).
    pub(super) fn package(
        &self,
        index: usize,
        message: &[u8],
    ) -> Result<SigningPackage, SessionError> {
        let decode = |(&id, octets): (&u16, &&[u8])| {
            let identifier = Identifier::try_from(id);
            let identifier = identifier.map_err(|_| SessionError::Stranger { id })?;
            Ok((identifier, decode(id, octets, index)?))
        };
        let commitments: Result<BTreeMap<_, _>, _> = self.by_signer.iter().map(decode).collect();
        Ok(SigningPackage::new(commitments?, message))
    }
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

fn decode(culprit: u16, octets: &[u8], index: usize) -> Result<SigningCommitments, SessionError> {
    let pair = &octets[index * COMMITMENT_OCTETS..][..COMMITMENT_OCTETS];
    let (hiding, binding) = pair.split_at(POINT_OCTETS);
    match (
        NonceCommitment::deserialize(hiding),
        NonceCommitment::deserialize(binding),
    ) {
        (Ok(hiding), Ok(binding)) => Ok(SigningCommitments::new(hiding, binding)),
        _ => Err(SessionError::BadCommitment { culprit, index }),
    }
}
