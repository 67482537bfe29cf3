//! Signing a batch of messages with the shares of a threshold of participants:
//! FROST(Ed25519, SHA-512), RFC 9591, by `frost-ed25519`.
//!
//! 1. [`commit`] makes, ahead of time, one pair of nonces for each message to
//!    come and the commitments to them.
//! 2. [`Nonces::release`] signs the messages with this participant's share, once
//!    the state permits it: the permit has the messages and the commitments of
//!    all signers, and nobody else can make one. It takes the nonces, which can
//!    be neither copied nor stored, so that they are used once.
//! 3. [`aggregate`] adds up the shares of all signers, checks every signature,
//!    and names all who sent a wrong share if one fails. [`check_shares`] tells
//!    of one signer alone, to whoever doubts it.
//!
//! The commitments of one signer are 64 octets for each message (hiding, binding:
//! two encoded points), its shares 32 octets (an encoded scalar).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use comity_core::basic::PublicKey;
use comity_core::state::Permit;
use frost_core::round1::Nonce;
use frost_ed25519::keys::{KeyPackage, SigningShare, VerifyingShare};
use frost_ed25519::round1::SigningNonces;
use frost_ed25519::{Ciphersuite as _, Ed25519Sha512, Identifier, VerifyingKey, round2};
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::assertions::assert_secret;
use crate::deal::Share;

mod aggregate;
mod commitments;
mod error;

use commitments::Commitments;

pub use aggregate::{aggregate, check_shares};
pub use commitments::check_commitments;
pub use error::SessionError;

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
///     let once = nonces.release(share, permit);
///     let again = nonces.release(share, permit);
/// }
/// ```
///
/// ```compile_fail
/// # use comity_sign::{deal::Share, session::Nonces};
/// fn without_leave(nonces: Nonces, share: &Share, messages: &[Vec<u8>]) {
///     let shares = nonces.sign(share, messages, &Default::default());
/// }
/// ```
pub struct Nonces {
    /// Whose share of which key they belong to.
    signer: (u16, PublicKey),
    pairs: Vec<SigningNonces>,
    commitments: Vec<u8>,
}

impl Drop for Nonces {
    fn drop(&mut self) {
        // `SigningNonces` only assigns zero, which the compiler may leave out.
        self.pairs.clear();
        self.pairs.spare_capacity_mut().zeroize();
    }
}

impl ZeroizeOnDrop for Nonces {}

assert_secret!(Nonces);

/// Makes nonces for `count` messages, and the commitments to them to be shown to
/// the other signers (RFC 9591 §5.1).
pub fn commit(
    share: &Share,
    count: usize,
    rng: &mut (impl CryptoRng + RngCore),
) -> (Nonces, Vec<u8>) {
    // One allocation, so that no copy stays behind.
    let mut pairs = Vec::with_capacity(count);
    let mut commitments = Vec::with_capacity(count * COMMITMENT_OCTETS);
    while pairs.len() < count {
        // `None` is a nonce of zero, and never comes.
        let Some((pair, octets)) = pair(share, rng) else {
            continue;
        };
        pairs.push(pair);
        commitments.extend_from_slice(&octets);
    }
    let nonces = Nonces {
        signer: (share.id(), share.group().public()),
        pairs,
        commitments: commitments.clone(),
    };
    (nonces, commitments)
}

fn pair(
    share: &Share,
    rng: &mut (impl CryptoRng + RngCore),
) -> Option<(SigningNonces, [u8; COMMITMENT_OCTETS])> {
    let pair = SigningNonces::from_nonces(nonce(share, rng)?, nonce(share, rng)?);
    let public = pair.commitments();
    let mut octets = [0; COMMITMENT_OCTETS];
    octets[..32].copy_from_slice(&public.hiding().serialize().ok()?);
    octets[32..].copy_from_slice(&public.binding().serialize().ok()?);
    Some((pair, octets))
}

/// RFC 9591 §4.1. The share is mixed in, so that a bad source of randomness does
/// not give it away. Computed here because `frost-core` does it in memory that
/// it frees without wiping.
fn nonce(share: &Share, rng: &mut (impl CryptoRng + RngCore)) -> Option<Nonce<Ed25519Sha512>> {
    let mut input = Zeroizing::new([0; 64]);
    rng.fill_bytes(&mut input[..32]);
    input[32..].copy_from_slice(share.secret().as_bytes());
    let scalar = Zeroizing::new(Ed25519Sha512::H3(input.as_ref()));
    Nonce::deserialize(scalar.as_bytes()).ok()
}

/// The share as `frost-ed25519` takes it, which wipes its copy.
fn key_package(share: &Share) -> Option<KeyPackage> {
    let group = share.group();
    let verifying_share = group.verifying_share(share.id())?;
    Some(KeyPackage::new(
        Identifier::try_from(share.id()).ok()?,
        SigningShare::deserialize(share.secret().as_bytes()).ok()?,
        VerifyingShare::deserialize(&verifying_share).ok()?,
        VerifyingKey::deserialize(&group.public().0).ok()?,
        group.threshold(),
    ))
}

impl Nonces {
    /// This signer's shares of the signatures over the messages that the permit
    /// is for, 32 octets each (RFC 9591 §5.2). No other way leads to shares: only
    /// a state gives permits, for the one session act that lists the signers'
    /// commitments, this one's among them as [`commit`] gave them.
    ///
    /// # Errors
    /// Nothing is released, and the nonces are gone all the same: the commitments
    /// of a signer, who is named, are wrong, or ours, the share or the messages
    /// are not those that the nonces were made for.
    pub fn release(self, share: &Share, permit: &Permit) -> Result<Vec<u8>, SessionError> {
        let by_signer = permit.session().commitments.iter();
        let commitments = by_signer.map(|(id, octets)| (*id, octets.as_slice()));
        self.sign(share, permit.messages(), &commitments.collect())
    }

    fn sign(
        self,
        share: &Share,
        messages: &[Vec<u8>],
        commitments: &BTreeMap<u16, &[u8]>,
    ) -> Result<Vec<u8>, SessionError> {
        if self.signer != (share.id(), share.group().public()) {
            return Err(SessionError::WrongShare);
        }
        if messages.len() != self.pairs.len() {
            return Err(SessionError::Messages {
                expected: self.pairs.len(),
                found: messages.len(),
            });
        }
        if commitments.get(&share.id()) != Some(&self.commitments.as_slice()) {
            return Err(SessionError::OwnCommitmentsDiffer);
        }
        let commitments = Commitments::check(share.group(), messages.len(), commitments)?;
        let key = key_package(share).ok_or(SessionError::WrongShare)?;
        let mut shares = Vec::with_capacity(messages.len() * SHARE_OCTETS);
        for (index, (message, pair)) in messages.iter().zip(&self.pairs).enumerate() {
            let package = commitments.package(index, message)?;
            let signed = round2::sign(&package, pair, &key);
            let signed = signed.map_err(|_| SessionError::NoSignature { index })?;
            shares.extend_from_slice(&signed.serialize());
        }
        Ok(shares)
    }
}

#[cfg(test)]
mod tests;
