//! From the shares of all signers to signatures; and whether one signer's shares
//! are right, which anybody can tell.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use comity_core::basic::Signature;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

use super::commitments::{Round, Signer, Signers};
use super::{SHARE_OCTETS, SessionError};
use crate::deal::GroupKey;
use crate::group::decode_scalar;

/// The signatures over `messages`, in their order (RFC 9591 §5.3). `commitments`
/// and `shares` are those of all signers by their ids.
///
/// Each signature is verified by the strict rule. Shares are verified one by one
/// only where a signature fails.
///
/// # Errors
/// All who sent a wrong share for any of the messages are named. Of wrong
/// commitments or missing shares, the first signer is.
pub fn aggregate(
    group: &GroupKey,
    messages: &[Vec<u8>],
    commitments: &BTreeMap<u16, &[u8]>,
    shares: &BTreeMap<u16, &[u8]>,
) -> Result<Vec<Signature>, SessionError> {
    if let Some(&id) = shares.keys().find(|id| !commitments.contains_key(id)) {
        return Err(SessionError::Stranger { id });
    }
    if let Some(&culprit) = commitments.keys().find(|id| !shares.contains_key(id)) {
        return Err(SessionError::MissingShares { culprit });
    }
    let mut signers = Signers::check(group, messages.len(), commitments)?;
    let mut culprits: BTreeSet<u16> = BTreeSet::new();
    let lengths = shares.iter().filter(|(_, octets)| !fits(octets, messages));
    culprits.extend(lengths.map(|(id, _)| *id));
    let mut signatures = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        let round = signers.round(index, message)?;
        let sent: Vec<_> = shares.values().map(|octets| share(octets, index)).collect();
        // z = Σ z_i. What is no scalar counts as zero, and is judged below.
        let sum: Scalar = sent.iter().flatten().sum();
        let signature = joined(&round, &sum);
        if sent.iter().all(Option::is_some) && group.public().verifies(message, &signature) {
            signatures.push(signature);
            continue;
        }
        let liars = wrong(group, signers.list(), &round, &sent);
        if liars.is_empty() {
            signers.finish()?;
            return Err(SessionError::NoSignature { index });
        }
        culprits.extend(liars);
    }
    signers.finish()?;
    if culprits.is_empty() {
        return Ok(signatures);
    }
    let culprits = culprits.into_iter().collect();
    Err(SessionError::BadShares { culprits })
}

/// Whether `shares` are those that signer `id` owes for `messages`, where the
/// signers committed to `commitments`: each is what the signer's verifying share
/// says. What is needed to tell is public, so that a wrong share under its
/// signer's name proves what the signer did.
///
/// # Errors
/// [`SessionError::BadShares`] names the signer. Anything else says nothing
/// against it: these commitments are not such that shares could be right.
pub fn check_shares(
    group: &GroupKey,
    messages: &[Vec<u8>],
    commitments: &BTreeMap<u16, &[u8]>,
    id: u16,
    shares: &[u8],
) -> Result<(), SessionError> {
    let mut signers = Signers::check(group, messages.len(), commitments)?;
    let place = signers.list().iter().position(|signer| signer.id == id);
    let place = place.ok_or(SessionError::Stranger { id })?;
    let mut good = fits(shares, messages);
    for (index, message) in messages.iter().enumerate() {
        let round = signers.round(index, message)?;
        let share = share(shares, index);
        good &= is_right(group, &signers.list()[place], &round, place, share);
    }
    signers.finish()?;
    if good {
        return Ok(());
    }
    Err(SessionError::BadShares {
        culprits: [id].into(),
    })
}

/// Whether a signer sent exactly one share for each message.
fn fits(octets: &[u8], messages: &[Vec<u8>]) -> bool {
    messages.len().checked_mul(SHARE_OCTETS) == Some(octets.len())
}

/// A signer's share of one signature; none where there is no scalar.
fn share(octets: &[u8], index: usize) -> Option<Scalar> {
    let octets = octets.chunks_exact(SHARE_OCTETS).nth(index);
    octets.and_then(decode_scalar)
}

fn joined(round: &Round, sum: &Scalar) -> Signature {
    let mut octets = [0; 64];
    octets[..32].copy_from_slice(&round.commitment);
    octets[32..].copy_from_slice(sum.as_bytes());
    Signature(octets)
}

/// Who sent a wrong share for one message.
fn wrong(
    group: &GroupKey,
    signers: &[Signer<'_>],
    round: &Round,
    sent: &[Option<Scalar>],
) -> Vec<u16> {
    let judged = signers.iter().zip(sent).enumerate();
    let wrong =
        judged.filter(|(at, (signer, share))| !is_right(group, signer, round, *at, **share));
    wrong.map(|(_, (signer, _))| signer.id).collect()
}

/// Whether z_i·B = D_i + ρ_i·E_i + c·λ_i·Y_i (RFC 9591 §5.4).
fn is_right(
    group: &GroupKey,
    signer: &Signer<'_>,
    round: &Round,
    at: usize,
    share: Option<Scalar>,
) -> bool {
    let (Some(share), Some(verifying_share)) = (share, group.verifying_point(signer.id)) else {
        return false;
    };
    let [hiding, binding] = round.commitments[at];
    let weight = -(round.challenge * signer.lambda);
    let left = EdwardsPoint::vartime_double_scalar_mul_basepoint(&weight, &verifying_share, &share);
    left == hiding + binding * round.factors[at]
}
