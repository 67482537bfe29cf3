//! What one dealer publishes: Feldman's commitments to the polynomial that shares
//! its secret, which is its old share or its part of a new key (*A practical scheme
//! for non-interactive verifiable secret sharing*, 1987), one sealed share for each
//! receiver, and a proof that it knows both its secret and that of the key that it
//! sealed from.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use comity_core::basic::Digest;
use comity_core::message::{self, CeremonyId, SealedShare};
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::complaint;
use super::envelope::{KEY_OCTETS, SEALED_OCTETS, SealKey, SealPair};
use super::polynomial::Polynomial;
use super::{DealError, Plan};
use crate::group::{POINT_OCTETS, SCALAR_OCTETS, decode_points, decode_scalar};
use crate::order::PrimeOrder;

/// Challenge and two responses.
const PROOF_OCTETS: usize = 3 * SCALAR_OCTETS;

/// What a dealer shows to all. Public, and unchecked until it is gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dealing {
    /// The commitments to the coefficients of the dealer's polynomial from the
    /// constant term up, 32 octets each, as many as the new threshold says; the
    /// X25519 key that the shares are sealed from (32); and the proof of knowledge,
    /// a challenge and two responses of 32 octets each.
    pub package: Vec<u8>,
    /// For each receiver, by the number of its new share, the sealed share: 48
    /// octets, the last 16 of them the tag.
    pub sealed: BTreeMap<u16, Vec<u8>>,
}

impl Dealing {
    /// The dealing in a holder's message. Where its octets cannot be read it has
    /// none, and is refused for it when it is checked.
    pub fn from_message(message: &message::Dealing) -> Self {
        let octets = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap_or_default();
        let sealed = message.sealed.iter();
        Self {
            package: octets(&message.package),
            sealed: sealed.map(|it| (it.to, octets(&it.octets))).collect(),
        }
    }

    /// The holder's message for this ceremony, after this list of invitations.
    pub fn to_message(&self, ceremony: &CeremonyId, invitations: Digest) -> message::Dealing {
        let sealed = self.sealed.iter();
        message::Dealing {
            ceremony: ceremony.clone(),
            invitations,
            package: HEXLOWER.encode(&self.package),
            sealed: sealed
                .map(|(&to, octets)| SealedShare {
                    to,
                    octets: HEXLOWER.encode(octets),
                })
                .collect(),
        }
    }

    pub(super) fn make(
        plan: &Plan,
        dealer: u16,
        polynomial: &Polynomial,
        pair: &SealPair,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, DealError> {
        let dealing = Self::unproven(plan, dealer, polynomial, pair)?;
        Ok(dealing.proven(plan, dealer, &polynomial.constant(), pair, rng))
    }

    pub(super) fn unproven(
        plan: &Plan,
        dealer: u16,
        polynomial: &Polynomial,
        pair: &SealPair,
    ) -> Result<Self, DealError> {
        let points = polynomial.commitment();
        let mut package: Vec<u8> = points.flat_map(|point| point.compress().0).collect();
        package.extend_from_slice(pair.public().octets());
        let mut sealed = BTreeMap::new();
        for (&receiver, key) in plan.seal_keys() {
            let share = Zeroizing::new(polynomial.at(receiver).to_bytes());
            let binding = plan.binding(dealer, receiver);
            let octets = pair
                .agree(key)
                .schedule(pair.public(), key, &binding)
                .and_then(|schedule| schedule.seal(share.as_ref(), &binding.aad));
            let culprit = receiver;
            sealed.insert(receiver, octets.ok_or(DealError::BadSealKey { culprit })?);
        }
        Ok(Self { package, sealed })
    }

    /// Schnorr's proof of both logarithms under one challenge, which everything
    /// that is dealt goes into. With the first secret only a holder of the old
    /// share deals, in this ceremony only, and nobody makes its part of a new key out
    /// of the others'; without the second, a dealer could take
    /// another's key for its own, and have a complaint open what the other sealed.
    pub(super) fn proven(
        mut self,
        plan: &Plan,
        dealer: u16,
        secret: &Scalar,
        pair: &SealPair,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Self {
        let transcript = plan.transcript("nonces").with(&self.package);
        let nonces = [secret, pair.secret()].map(|secret| transcript.random(secret, rng));
        let [first, second] = &nonces;
        let committed = [&**first, &**second].map(|nonce| ED25519_BASEPOINT_TABLE * nonce);
        let challenge = self.challenge(plan, dealer, &self.package, &committed);
        let responses = [
            **first + challenge * secret,
            **second + challenge * pair.secret(),
        ];
        for scalar in [challenge, responses[0], responses[1]] {
            self.package.extend_from_slice(scalar.as_bytes());
        }
        self
    }

    /// The octets of its commitments, as long as they may be.
    pub(super) fn points(&self) -> &[u8] {
        let octets = self.package.len().saturating_sub(KEY_OCTETS + PROOF_OCTETS);
        self.package.get(..octets).unwrap_or_default()
    }

    /// Reads and checks what the holder of old share `dealer` dealt. Where `order`
    /// is given, it is told later whether the commitments are of the prime-order
    /// group.
    pub(super) fn check(
        &self,
        plan: &Plan,
        dealer: u16,
        order: Option<&mut PrimeOrder>,
    ) -> Result<CheckedDealing, DealError> {
        let culprit = dealer;
        let secret = plan.secret_of(dealer)?;
        let octets = self.package.len();
        let points = usize::from(plan.threshold()) * POINT_OCTETS;
        if octets != points + KEY_OCTETS + PROOF_OCTETS {
            return Err(DealError::OpeningLength { culprit, octets });
        }
        let (points, rest) = self.package.split_at(points);
        let (key, proof) = rest.split_at(KEY_OCTETS);
        if secret.is_some_and(|secret| points[..POINT_OCTETS] != secret) {
            return Err(DealError::OtherSecret { culprit });
        }
        let commitment = decode_points(points, order)
            .map_err(|index| DealError::BadCommitment { culprit, index })?;
        let key = key.try_into().ok().and_then(SealKey::decode);
        let key = key.ok_or(DealError::BadSealKey { culprit })?;
        if !self.serves(plan) {
            return Err(DealError::SealedShares { culprit });
        }
        let secret = commitment.first().copied();
        let keys = [secret.unwrap_or_default(), *key.lift()];
        if !self.proof_holds(plan, dealer, keys, proof) {
            return Err(DealError::BadProof { culprit });
        }
        Ok(CheckedDealing {
            commitment,
            key,
            sealed: self.sealed.clone(),
        })
    }

    /// Whether there is one sealed share, of the right length, for each receiver and
    /// nobody else.
    fn serves(&self, plan: &Plan) -> bool {
        self.sealed.keys().copied().eq(plan.receivers())
            && self
                .sealed
                .values()
                .all(|octets| octets.len() == SEALED_OCTETS)
    }

    fn proof_holds(&self, plan: &Plan, dealer: u16, keys: [EdwardsPoint; 2], proof: &[u8]) -> bool {
        let mut scalars = proof.chunks_exact(SCALAR_OCTETS).map(decode_scalar);
        let mut next = || scalars.next().flatten();
        let (Some(challenge), Some(first), Some(second)) = (next(), next(), next()) else {
            return false;
        };
        let [secret, pair] = keys;
        let committed = [(secret, first), (pair, second)].map(|(key, response)| {
            EdwardsPoint::vartime_double_scalar_mul_basepoint(&-challenge, &key, &response)
        });
        let before = &self.package[..self.package.len() - PROOF_OCTETS];
        self.challenge(plan, dealer, before, &committed) == challenge
    }

    fn challenge(
        &self,
        plan: &Plan,
        dealer: u16,
        package: &[u8],
        committed: &[EdwardsPoint; 2],
    ) -> Scalar {
        let mut transcript = plan.transcript("dealing").with_number(dealer).with(package);
        for (receiver, octets) in &self.sealed {
            transcript = transcript.with_number(*receiver).with(octets);
        }
        for point in committed {
            transcript = transcript.with(point.compress().as_bytes());
        }
        transcript.challenge()
    }
}

/// A dealing that was read and checked, as far as that can be told without
/// opening what is sealed.
pub(super) struct CheckedDealing {
    commitment: Vec<EdwardsPoint>,
    key: SealKey,
    sealed: BTreeMap<u16, Vec<u8>>,
}

impl CheckedDealing {
    pub(super) fn commitment(&self) -> &[EdwardsPoint] {
        &self.commitment
    }

    /// What its dealer sealed to `receiver`.
    pub(super) fn share<'a>(
        &'a self,
        plan: &'a Plan,
        dealer: u16,
        receiver: u16,
    ) -> Result<complaint::SealedShare<'a>, DealError> {
        let stranger = DealError::Stranger { id: receiver };
        let to = plan.receiver(receiver).ok_or(stranger.clone())?;
        let octets = self.sealed.get(&receiver).ok_or(stranger)?;
        Ok(complaint::SealedShare {
            dealer,
            receiver,
            from: Some(self.key.clone()),
            to,
            binding: plan.binding(dealer, receiver),
            octets,
            commitment: &self.commitment,
        })
    }
}
