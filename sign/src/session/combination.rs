//! Many equations judged as one: the small exponents test (Bellare, Garay and
//! Rabin, "Fast Batch Verification for Modular Exponentiation and Digital
//! Signatures", EUROCRYPT 1998). A signature and a share are right where an
//! equation between points holds; of many such equations, each multiplied with a
//! random coefficient r_m of 128 bits, the sum is looked at.
//!
//! A *no* is always right: where every equation holds, so does the sum of their
//! multiples. A *yes* is wrong with a probability of at most 2^-128. All points
//! are of the group of prime order ℓ, so that equation m is off by ε_m·B for one
//! ε_m mod ℓ, and the sum holds where Σ r_m·ε_m = 0 mod ℓ. If some ε_k is not
//! zero, it has an inverse, and whatever the other coefficients are, one r_k mod ℓ
//! alone makes that so, of 2^128 equally likely ones, which all differ mod ℓ.
//!
//! With points of other orders this would not be so, for ε_k had no inverse
//! modulo the cofactor 8: a part of order two is not seen where r_k is even. The
//! key and the verifying shares are checked when a `GroupKey` is made, commitments
//! by `PrimeOrder`, whose answer must be waited for before anything that was
//! judged here is told to anybody; R is a sum of commitments.
//!
//! The coefficients come of a digest of all that stands in the equations, so that
//! whoever made any of it could not know them; to try again with something else
//! costs a digest, and 2^128 tries.

use alloc::vec::Vec;
use core::iter;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity as _;
use sha2::{Digest as _, Sha512};

use super::commitments::{Round, Signer, Signers};
use crate::group::multiscalar;

const SIGNATURES: &[u8] = b"comity signatures of a batch v1\n";
const SHARES: &[u8] = b"comity shares of a batch v1\n";

/// Whether z·B = R + c·A for each of these rounds and its z, where A is the key
/// (RFC 8032 §5.1.7, without the cofactor): whether
///
/// Σ r_m·R_m + (Σ r_m·c_m)·A − (Σ r_m·z_m)·B = 0.
///
/// Every encoding is our own, and none of these points is of small order, which
/// is all else that the strict rule asks for. It is a filter nevertheless, and
/// never the verdict.
pub(super) fn signatures_hold(key: &EdwardsPoint, rounds: &[Round], sums: &[Scalar]) -> bool {
    let coefficients = coefficients(seed_of_signatures(key, rounds, sums), rounds.len());
    let challenge = weighted(&coefficients, rounds.iter().map(|round| &round.challenge));
    let z = weighted(&coefficients, sums);
    let scalars = coefficients.iter().copied().chain([challenge, -z]);
    let points = rounds.iter().map(|round| round.commitment);
    let points = points.chain([*key, ED25519_BASEPOINT_POINT]);
    let (scalars, points): (Vec<_>, Vec<_>) = iter::zip(scalars, points).unzip();
    multiscalar(&scalars, &points).is_identity()
}

/// One signer's shares for some consecutive messages.
pub(super) struct Judged<'a> {
    /// Its place among the signers.
    pub(super) place: usize,
    /// z_i for each of these messages.
    pub(super) shares: &'a [Scalar],
}

/// Who of `judged` sent a wrong share for any of the messages of these rounds,
/// the first of which is the message at `first`. The coefficients are the same
/// for all signers; each is judged by itself, so that nobody is named for what
/// another did.
pub(super) fn liars(
    signers: &Signers<'_>,
    first: usize,
    rounds: &[Round],
    judged: &[Judged<'_>],
) -> Vec<u16> {
    let coefficients = coefficients(seed_of_shares(signers, first, rounds, judged), rounds.len());
    let challenge = weighted(&coefficients, rounds.iter().map(|round| &round.challenge));
    let mut liars = Vec::new();
    for Judged { place, shares } in judged {
        let signer = &signers.list()[*place];
        let factors = rounds.iter().map(|round| round.factors[*place]);
        let equations = Equations {
            first,
            coefficients: &coefficients,
            factors: factors.collect(),
            challenge,
            shares,
        };
        if !equations.hold(signer) {
            liars.push(signer.id);
        }
    }
    liars
}

/// z_i·B = D_i + ρ_i·E_i + c·λ_i·Y_i of one signer, for each of some consecutive
/// messages (RFC 9591 §5.4).
struct Equations<'a> {
    first: usize,
    coefficients: &'a [Scalar],
    factors: Vec<Scalar>,
    /// Σ r_m·c_m.
    challenge: Scalar,
    shares: &'a [Scalar],
}

impl Equations<'_> {
    /// Whether Σ r_m·D_m + Σ r_m·ρ_m·E_m + (Σ r_m·c_m)·λ·Y − (Σ r_m·z_m)·B = 0.
    fn hold(&self, signer: &Signer<'_>) -> bool {
        let pairs = (self.first..).take(self.factors.len());
        let pairs: Option<Vec<_>> = pairs.map(|index| signer.pair(index)).collect();
        let Some(pairs) = pairs else {
            return false;
        };
        let z = weighted(self.coefficients, self.shares);
        let bound = self.coefficients.iter().zip(&self.factors);
        let scalars = self.coefficients.iter().copied();
        let scalars = scalars.chain(bound.map(|(coefficient, factor)| coefficient * factor));
        let scalars = scalars.chain([self.challenge * signer.lambda, -z]);
        let points = pairs.iter().map(|pair| pair[0]);
        let points = points.chain(pairs.iter().map(|pair| pair[1]));
        let points = points.chain([signer.verifying_share, ED25519_BASEPOINT_POINT]);
        let (scalars, points): (Vec<_>, Vec<_>) = iter::zip(scalars, points).unzip();
        multiscalar(&scalars, &points).is_identity()
    }
}

/// All that stands in the equations of these signatures. A challenge has the key,
/// the message and R in it.
pub(super) fn seed_of_signatures(key: &EdwardsPoint, rounds: &[Round], sums: &[Scalar]) -> Sha512 {
    let mut seed = Sha512::new_with_prefix(SIGNATURES);
    seed.update(key.compress().0);
    for (round, z) in rounds.iter().zip(sums) {
        seed.update(round.encoded);
        seed.update(round.challenge.as_bytes());
        seed.update(z.as_bytes());
    }
    seed
}

/// All that stands in the equations of these shares. The challenge of a round has
/// in it the key, the message and R; a binding factor, all commitments.
pub(super) fn seed_of_shares(
    signers: &Signers<'_>,
    first: usize,
    rounds: &[Round],
    judged: &[Judged<'_>],
) -> Sha512 {
    let mut seed = Sha512::new_with_prefix(SHARES);
    let messages = first..first + rounds.len();
    seed.update((rounds.len() as u64).to_be_bytes());
    for round in rounds {
        seed.update(round.encoded);
        seed.update(round.challenge.as_bytes());
    }
    for Judged { place, shares } in judged {
        let signer = &signers.list()[*place];
        seed.update(signer.id.to_be_bytes());
        seed.update(signer.lambda.as_bytes());
        seed.update(signer.verifying_share.compress().0);
        seed.update(signer.encoded(messages.clone()));
        for (round, share) in rounds.iter().zip(*shares) {
            seed.update(round.factors[*place].as_bytes());
            seed.update(share.as_bytes());
        }
    }
    seed
}

/// The first `count` coefficients that a digest gives, four of each 64 octets.
pub(super) fn coefficients(seed: Sha512, count: usize) -> Vec<Scalar> {
    let seed = seed.finalize();
    let block = |counter: u64| -> [u8; 64] {
        let hash = Sha512::new_with_prefix(seed);
        hash.chain_update(counter.to_le_bytes()).finalize().into()
    };
    let blocks = (0..).map(block);
    let halves = blocks.flat_map(|block| {
        let (short, _) = block.as_chunks::<16>();
        [short[0], short[1], short[2], short[3]]
    });
    let short = halves.map(|octets| Scalar::from(u128::from_le_bytes(octets)));
    short.take(count).collect()
}

/// Σ r_m·x_m.
fn weighted<'a>(coefficients: &[Scalar], values: impl IntoIterator<Item = &'a Scalar>) -> Scalar {
    let terms = iter::zip(coefficients, values);
    terms.map(|(coefficient, value)| coefficient * value).sum()
}
