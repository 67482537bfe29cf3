//! What a participant shows to all at the beginning of a ceremony.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use comity_core::message::{self, CeremonyId};
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha512};

use super::DealError;
use super::envelope::SealKey;
use super::polynomial::{Polynomial, random_scalar};
use crate::group::{POINT_OCTETS, SCALAR_OCTETS, decode_point, decode_points, decode_scalar};
use crate::order::PrimeOrder;

const PROOF_OCTETS: usize = POINT_OCTETS + SCALAR_OCTETS;

/// What a participant shows to all. Public, and unchecked until it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The commitments to the coefficients of the dealer's polynomial from the
    /// constant term up, 32 octets each, as many as the threshold says; then the
    /// proof of knowledge of the constant term, a Schnorr signature of 64 octets
    /// (R, z).
    pub package: Vec<u8>,
    /// The X25519 key (RFC 7748 §5), made for this ceremony only, to which
    /// shares are sealed.
    pub seal_key: [u8; 32],
}

impl Opening {
    /// The opening in a member's message; none where its octets cannot be read.
    pub fn from_message(message: &message::Opening) -> Option<Self> {
        let octets = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
        Some(Self {
            package: octets(&message.package)?,
            seal_key: octets(&message.seal_key)?.try_into().ok()?,
        })
    }

    /// The member's message for this ceremony.
    pub fn to_message(&self, ceremony: &CeremonyId) -> message::Opening {
        message::Opening {
            ceremony: ceremony.clone(),
            package: HEXLOWER.encode(&self.package),
            seal_key: HEXLOWER.encode(&self.seal_key),
        }
    }

    pub(super) fn make(
        id: u16,
        polynomial: &Polynomial,
        seal_key: [u8; 32],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Self {
        let mut package = Vec::new();
        for point in polynomial.commitment() {
            package.extend_from_slice(point.compress().as_bytes());
        }
        let nonce = random_scalar(rng);
        let commitment = (ED25519_BASEPOINT_TABLE * &*nonce).compress();
        let challenge = challenge(id, &package[..POINT_OCTETS], commitment.as_bytes());
        let response = *nonce + challenge * *polynomial.constant();
        package.extend_from_slice(commitment.as_bytes());
        package.extend_from_slice(response.as_bytes());
        Self { package, seal_key }
    }

    /// The octets of its commitments, as long as they may be.
    fn points(&self) -> &[u8] {
        let octets = self.package.len().saturating_sub(PROOF_OCTETS);
        self.package.get(..octets).unwrap_or_default()
    }

    /// Reads and checks participant `id`'s opening.
    fn check(
        &self,
        id: u16,
        threshold: u16,
        order: Option<&mut PrimeOrder>,
    ) -> Result<CheckedOpening, DealError> {
        let culprit = id;
        let octets = self.package.len();
        if octets != usize::from(threshold) * POINT_OCTETS + PROOF_OCTETS {
            return Err(DealError::OpeningLength { culprit, octets });
        }
        let (points, proof) = self.package.split_at(octets - PROOF_OCTETS);
        let commitment = decode_points(points, order)
            .map_err(|index| DealError::BadCommitment { culprit, index })?;
        if !proof_holds(id, &points[..POINT_OCTETS], proof) {
            return Err(DealError::BadProof { culprit });
        }
        let seal_key = SealKey::decode(&self.seal_key);
        let seal_key = seal_key.ok_or(DealError::BadSealKey { culprit })?;
        Ok(CheckedOpening {
            commitment,
            seal_key,
        })
    }
}

/// An opening that was read and checked.
pub(super) struct CheckedOpening {
    commitment: Vec<EdwardsPoint>,
    seal_key: SealKey,
}

impl CheckedOpening {
    pub(super) fn commitment(&self) -> &[EdwardsPoint] {
        &self.commitment
    }

    pub(super) fn seal_key(&self) -> &SealKey {
        &self.seal_key
    }
}

/// Checks every opening; the first that is wrong names its participant.
pub(super) fn check_all(
    openings: &BTreeMap<u16, Opening>,
    threshold: u16,
) -> Result<BTreeMap<u16, CheckedOpening>, DealError> {
    // All at once costs an eighth, and does not tell whose point is not of the
    // group.
    let mut order = PrimeOrder::of(openings.values().map(Opening::points));
    let at_once = openings
        .iter()
        .map(|(&id, opening)| Ok((id, opening.check(id, threshold, Some(&mut order))?)))
        .collect::<Result<_, DealError>>();
    match at_once {
        Ok(checked) if order.holds() => Ok(checked),
        _ => openings
            .iter()
            .map(|(&id, opening)| Ok((id, opening.check(id, threshold, None)?)))
            .collect(),
    }
}

/// The proof of knowledge is a Schnorr signature by the secret itself over who
/// deals it (FROST, figure 1, round 1, steps 2 and 5), which keeps one from
/// choosing a secret that cancels the others'.
fn proof_holds(id: u16, key: &[u8], proof: &[u8]) -> bool {
    let (commitment, response) = proof.split_at(POINT_OCTETS);
    let challenge = challenge(id, key, commitment);
    let (Some(key), Some(commitment), Some(response)) = (
        decode_point(key),
        decode_point(commitment),
        decode_scalar(response),
    ) else {
        return false;
    };
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&challenge, &-key, &response);
    expected == commitment
}

/// HDKG of the ciphersuite, as in `frost-ed25519`.
fn challenge(id: u16, key: &[u8], commitment: &[u8]) -> Scalar {
    let hash = Sha512::new()
        .chain_update(b"FROST-ED25519-SHA512-v1dkg")
        .chain_update(Scalar::from(id).as_bytes())
        .chain_update(key)
        .chain_update(commitment);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}
