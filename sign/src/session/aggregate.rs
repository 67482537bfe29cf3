//! From the shares of all signers to signatures; and whose shares are wrong,
//! which anybody can tell.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use comity_core::basic::Signature;
use curve25519_dalek::scalar::Scalar;

use super::combination::{Judged, liars, signatures_hold};
use super::commitments::{Batch, Round, Signers};
use super::{SHARE_OCTETS, SessionError, TOGETHER};
use crate::deal::GroupKey;
use crate::group::decode_scalar;

/// The signatures over the messages of a batch, in their order (RFC 9591 §5.3).
/// `shares` are those of all its signers by their ids.
///
/// All signatures are verified together, by an equation that holds with a
/// probability of 2^-128 where one of them is not valid. It tells whether shares
/// are wrong. The verdict is another: whoever makes an edition of these
/// signatures puts each of them to the strict rule (RFC 8032 §5.1.7), and so does
/// whoever takes that edition. To do so here as well would cost as much again as
/// all that is not the multiscalar multiplication. Whose shares are wrong is
/// looked for only where the equation fails.
///
/// # Errors
/// All who sent a wrong share for any of the messages are named, unless what is
/// wrong with the shares of several adds up to nothing. Of wrong commitments or
/// missing shares, the first signer is.
pub fn aggregate(
    group: &GroupKey,
    batch: &Batch<'_>,
    shares: &BTreeMap<u16, &[u8]>,
) -> Result<Vec<Signature>, SessionError> {
    let mut missing = batch.commitments.keys();
    if let Some(&culprit) = missing.find(|id| !shares.contains_key(id)) {
        return Err(SessionError::MissingShares { culprit });
    }
    let mut signers = Signers::check(group, batch)?;
    let sent = Sent::read(&signers, batch, shares)?;
    let mut culprits = sent.unreadable.clone();
    let mut signatures = Vec::with_capacity(batch.messages.len());
    let mut first = 0;
    for messages in batch.messages.chunks(TOGETHER) {
        let rounds = signers.rounds(first, messages)?;
        let sums = sent.sums(first, rounds.len());
        // A share that cannot be read is as good as missing.
        if sent.unreadable.is_empty() && signatures_hold(group.point(), &rounds, &sums) {
            signatures.extend(rounds.iter().zip(&sums).map(joined));
        } else {
            let liars = liars(&signers, first, &rounds, &sent.judged(first, rounds.len()));
            if liars.is_empty() && culprits.is_empty() {
                let index = first + unsigned(group, messages, &rounds, &sums);
                let nobody = SessionError::NoSignature { index };
                return Err(signers.finish().err().unwrap_or(nobody));
            }
            culprits.extend(liars);
        }
        first += messages.len();
    }
    // Only now is it known that the commitments are good, and nobody is named for
    // what bad ones of another made of the equations.
    signers.finish()?;
    if culprits.is_empty() {
        return Ok(signatures);
    }
    let culprits = culprits.into_iter().collect();
    Err(SessionError::BadShares { culprits })
}

/// Who of those in `shares`, by ids, sent others than it owes for the messages of
/// a batch. Each is judged by itself: by what its verifying share says (RFC 9591
/// §5.4). What is needed to tell is public, so that a wrong share under its
/// signer's name proves what the signer did. A signer who is named did send a
/// wrong share; one who did is not named with a probability of 2^-128.
///
/// # Errors
/// These say nothing against anybody's shares: the commitments are not such that
/// shares could be right, or one of `shares` is nobody's who signs here.
pub fn wrong_shares(
    group: &GroupKey,
    batch: &Batch<'_>,
    shares: &BTreeMap<u16, &[u8]>,
) -> Result<BTreeSet<u16>, SessionError> {
    let mut signers = Signers::check(group, batch)?;
    let sent = Sent::read(&signers, batch, shares)?;
    let mut culprits = sent.unreadable.clone();
    let mut first = 0;
    for messages in batch.messages.chunks(TOGETHER) {
        let rounds = signers.rounds(first, messages)?;
        let judged = sent.judged(first, rounds.len());
        culprits.extend(liars(&signers, first, &rounds, &judged));
        first += messages.len();
    }
    // Nobody is named for what bad commitments of another made of the equations.
    signers.finish().map(|()| culprits)
}

/// The shares that signers sent.
struct Sent {
    /// By places of signers, one for each message.
    shares: Vec<(usize, Vec<Scalar>)>,
    /// Whose are not one scalar for each message (RFC 9591 §5.3: such a share
    /// ends the protocol).
    unreadable: BTreeSet<u16>,
}

impl Sent {
    fn read(
        signers: &Signers<'_>,
        batch: &Batch<'_>,
        shares: &BTreeMap<u16, &[u8]>,
    ) -> Result<Self, SessionError> {
        let (mut read, mut unreadable) = (Vec::with_capacity(shares.len()), BTreeSet::new());
        for (&id, octets) in shares {
            let place = signers.list().iter().position(|signer| signer.id == id);
            let place = place.ok_or(SessionError::Stranger { id })?;
            match scalars(octets, batch.messages.len()) {
                Some(scalars) => read.push((place, scalars)),
                None => drop(unreadable.insert(id)),
            }
        }
        Ok(Self {
            shares: read,
            unreadable,
        })
    }

    /// z = Σ z_i for each of `count` messages (RFC 9591 §5.3).
    fn sums(&self, first: usize, count: usize) -> Vec<Scalar> {
        let sum = |index: usize| self.shares.iter().map(|(_, shares)| shares[index]).sum();
        (first..first + count).map(sum).collect()
    }

    fn judged(&self, first: usize, count: usize) -> Vec<Judged<'_>> {
        let of_all = self.shares.iter();
        of_all
            .map(|(place, shares)| Judged {
                place: *place,
                shares: &shares[first..first + count],
            })
            .collect()
    }
}

/// Exactly one scalar for each message, or none.
fn scalars(octets: &[u8], count: usize) -> Option<Vec<Scalar>> {
    if count.checked_mul(SHARE_OCTETS) != Some(octets.len()) {
        return None;
    }
    octets
        .chunks_exact(SHARE_OCTETS)
        .map(decode_scalar)
        .collect()
}

/// (R, z) encoded (RFC 9591 §5.3).
fn joined((round, z): (&Round, &Scalar)) -> Signature {
    let mut octets = [0; 64];
    octets[..32].copy_from_slice(&round.encoded);
    octets[32..].copy_from_slice(z.as_bytes());
    Signature(octets)
}

/// The first message whose signature is not valid.
fn unsigned(group: &GroupKey, messages: &[Vec<u8>], rounds: &[Round], sums: &[Scalar]) -> usize {
    let mut signed = messages.iter().zip(rounds.iter().zip(sums).map(joined));
    let place = signed.position(|(message, signature)| {
        let key = group.public();
        !key.verifies(message, &signature)
    });
    place.unwrap_or_default()
}
