//! Signing a batch of messages with the shares of a threshold of participants:
//! FROST(Ed25519, SHA-512), RFC 9591.
//!
//! 1. [`commit`] makes, ahead of time, one pair of nonces for each message to
//!    come and the commitments to them.
//! 2. [`Nonces::release`] signs the messages with this participant's share, once
//!    the state permits it: the permit has the messages and the commitments of
//!    all signers, and nobody else can make one. It takes the nonces, which can
//!    be neither copied nor stored, so that they are used once.
//! 3. [`aggregate`] adds up the shares of all signers, verifies all signatures
//!    together, and names all who sent a wrong share if that fails.
//!    [`wrong_shares`] tells of any of them, to whoever doubts it.
//!
//! Most of what a session costs is to decode the commitments and to see that they
//! are of the prime-order group. [`check_commitments`] does that ahead of it;
//! what remains is one multiscalar multiplication for each message.
//!
//! The arithmetic is `curve25519-dalek`'s, the equations are here, each with its
//! section: `frost-ed25519` takes messages one by one, and decodes and weighs
//! everything anew for each. Its output, and the RFC's vectors, are what tests
//! compare with, octet for octet.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `checked` | one signer's commitments, decoded and checked |
//! | `commitments` | what those of all come to: binding factors, R, challenge |
//! | `aggregate` | from shares to signatures, or to the names of liars |
//! | `combination` | how many equations are judged as one, and why that is enough |
//!
//! The commitments of one signer are 64 octets for each message (hiding, binding:
//! two encoded points), its shares 32 octets (an encoded scalar).

use alloc::vec::Vec;

use comity_core::basic::PublicKey;
use comity_core::state::Permit;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha512};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::assertions::assert_secret;
use crate::deal::Share;

mod aggregate;
mod checked;
mod combination;
mod commitments;
mod error;

use commitments::{CONTEXT, Signers};

pub use aggregate::{aggregate, wrong_shares};
pub use checked::{CheckedCommitments, check_commitments};
pub use commitments::{Ahead, Batch};
pub use error::SessionError;

/// Messages that are computed with, and whose equations are judged, as one: so many
/// that more of them would gain little, and so few that their binding factors take a
/// megabyte.
const TOGETHER: usize = 256;
/// Octets of one signer's commitments to the nonces of one message.
pub const COMMITMENT_OCTETS: usize = 64;
/// Octets of one signer's share of one signature.
pub const SHARE_OCTETS: usize = 32;

/// The nonces of one signer for one batch. Used once, by
/// [`release`](Self::release), and wiped when dropped.
///
/// ```compile_fail
/// # use comity_sign::session::Nonces;
/// fn copy(nonces: Nonces) -> Nonces {
///     nonces.clone()
/// }
/// ```
///
/// ```compile_fail
/// # use comity_core::state::Permit;
/// # use comity_sign::{deal::Share, session::Nonces};
/// fn twice(nonces: Nonces, share: &Share, permit: &Permit) {
///     let once = nonces.release(share, permit, Default::default());
///     let again = nonces.release(share, permit, Default::default());
/// }
/// ```
///
/// ```compile_fail
/// # use comity_sign::{deal::Share, session::{Batch, Nonces}};
/// fn without_leave(nonces: Nonces, share: &Share, batch: &Batch) {
///     let shares = nonces.sign(share, batch);
/// }
/// ```
pub struct Nonces {
    /// The share that they belong to.
    seat: Seat,
    /// d and e for each message.
    pairs: Zeroizing<Vec<[Scalar; 2]>>,
    commitments: Vec<u8>,
}

impl ZeroizeOnDrop for Nonces {}

assert_secret!(Nonces);

/// One share of one epoch: after a redistribution the id and the key are the
/// same, and what the share is in the exponent is another.
#[derive(PartialEq, Eq)]
struct Seat {
    id: u16,
    key: PublicKey,
    verifying_share: Option<[u8; 32]>,
}

impl Seat {
    fn of(share: &Share) -> Self {
        let (id, group) = (share.id(), share.group());
        Self {
            id,
            key: group.public(),
            verifying_share: group.verifying_share(id),
        }
    }
}

/// Makes nonces for `count` messages, and the commitments to them to be shown to
/// the other signers (RFC 9591 §5.1).
pub fn commit(
    share: &Share,
    count: usize,
    rng: &mut (impl CryptoRng + RngCore),
) -> (Nonces, Vec<u8>) {
    // One allocation, so that no copy stays behind.
    let mut pairs = Zeroizing::new(Vec::with_capacity(count));
    let mut commitments = Vec::with_capacity(count * COMMITMENT_OCTETS);
    for _ in 0..count {
        let pair = [nonce(share, rng), nonce(share, rng)];
        for nonce in &pair {
            let commitment = EdwardsPoint::mul_base(nonce).compress();
            commitments.extend_from_slice(commitment.as_bytes());
        }
        pairs.push(pair);
    }
    let nonces = Nonces {
        seat: Seat::of(share),
        pairs,
        commitments: commitments.clone(),
    };
    (nonces, commitments)
}

/// H3(random || share) (RFC 9591 §4.1). The share is mixed in, so that a bad
/// source of randomness does not give it away. Zero, whose commitment nobody
/// takes, comes up as rarely as a key is guessed.
fn nonce(share: &Share, rng: &mut (impl CryptoRng + RngCore)) -> Scalar {
    let mut random = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *random);
    let hash = Sha512::new_with_prefix(CONTEXT)
        .chain_update(b"nonce")
        .chain_update(&random[..])
        .chain_update(share.secret().as_bytes());
    Scalar::from_hash(hash)
}

impl Nonces {
    /// This signer's shares of the signatures over the messages that the permit
    /// is for, 32 octets each (RFC 9591 §5.2). No other way leads to shares: only
    /// a state gives permits, for the one session act that lists the signers'
    /// commitments, this one's among them as [`commit`] gave them. Commitments
    /// that were checked `ahead` serve where they are those of the permit; all
    /// others are decoded and checked now.
    ///
    /// # Errors
    /// Nothing is released, and the nonces are gone all the same: the commitments
    /// of a signer, who is named, are wrong, or ours, the share or the messages
    /// are not those that the nonces were made for.
    pub fn release(
        self,
        share: &Share,
        permit: &Permit,
        ahead: Ahead<'_>,
    ) -> Result<Vec<u8>, SessionError> {
        let batch = Batch {
            messages: permit.messages(),
            commitments: &permit.session().commitments,
            ahead,
        };
        self.sign(share, &batch)
    }

    fn sign(self, share: &Share, batch: &Batch<'_>) -> Result<Vec<u8>, SessionError> {
        if self.seat != Seat::of(share) {
            return Err(SessionError::WrongShare);
        }
        if batch.messages.len() != self.pairs.len() {
            return Err(SessionError::Messages {
                expected: self.pairs.len(),
                found: batch.messages.len(),
            });
        }
        // RFC 9591 §5.2: its own commitments are among those it is shown.
        if batch.commitments.get(&share.id()) != Some(&self.commitments) {
            return Err(SessionError::OwnCommitmentsDiffer);
        }
        let mut signers = Signers::check(share.group(), batch)?;
        let place = signers.list().iter().position(|it| it.id == share.id());
        let place = place.ok_or(SessionError::OwnCommitmentsDiffer)?;
        // λ_i·s_i is the same for all messages.
        let weighted = Zeroizing::new(signers.list()[place].lambda * **share.secret());
        let mut shares = Zeroizing::new(Vec::with_capacity(batch.messages.len() * SHARE_OCTETS));
        let (mut pairs, mut first) = (self.pairs.iter(), 0);
        for messages in batch.messages.chunks(TOGETHER) {
            let rounds = signers.rounds(first, messages)?;
            for (round, [hiding, binding]) in rounds.iter().zip(pairs.by_ref()) {
                // z_i = d_i + e_i·ρ_i + λ_i·s_i·c.
                let z = hiding + binding * round.factors[place] + *weighted * round.challenge;
                shares.extend_from_slice(z.as_bytes());
            }
            first += messages.len();
        }
        // Only now is it known that the commitments are good.
        signers.finish()?;
        Ok(core::mem::take(&mut *shares))
    }
}

#[cfg(test)]
pub(crate) mod tests;
