//! Complaints: who lied, the dealer of a share or its receiver.
//!
//! A receiver to whom a share was dealt that does not open, or is not what its
//! dealer committed to, shows the Diffie-Hellman value of that one sealed share,
//! with a proof that it is the right one: that its logarithm to the dealer's key
//! is that of the receiver's key to the base point (Chaum and Pedersen, *Wallet
//! databases with observers*, 1992, made non-interactive by hashing). Everybody
//! can then open that share, that one only, and sees what the receiver saw.
//!
//! Showing such a value gives away whatever is sealed from a dealer's key that is
//! the same, or made from it. So a dealer must prove that it knows the secret of
//! its key, as it does in a redistribution; or nothing may be worth anything any
//! more once there is a complaint, as in a generation.

use alloc::string::String;
use alloc::vec::Vec;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, ED25519_BASEPOINT_TABLE};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::DealError;
use super::envelope::{SEALED_OCTETS, SealKey, SealPair, Shared};
use super::polynomial::decode_dealt;
use super::schedule::Binding;
use super::transcript::Transcript;
use crate::group::{
    POINT_OCTETS, SCALAR_OCTETS, decode_point, decode_scalar, evaluate, multiscalar,
};

const DOMAIN: &str = "comity complaint v1";

/// What a receiver publishes about a share that was dealt to it. Public, and
/// unchecked until it is judged; who published it is for the caller's signature
/// to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Whom it accuses: the number by which it deals.
    pub dealer: u16,
    /// Who complains: the number by which it receives.
    pub receiver: u16,
    /// The Diffie-Hellman value of the share in question, an encoded point.
    pub shared: [u8; POINT_OCTETS],
    /// The proof of equality of discrete logarithms: challenge and response, two
    /// encoded scalars.
    pub proof: [u8; 2 * SCALAR_OCTETS],
}

/// Who lied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The share does not open, or is not what its dealer committed to.
    DealerLied,
    /// The share is right, or the complaint does not prove what was sealed.
    ReceiverLied,
}

impl Complaint {
    /// Octets of a complaint.
    pub const OCTETS: usize = 4 + POINT_OCTETS + 2 * SCALAR_OCTETS;

    /// Dealer (2) and receiver (2), the most significant octet first, the shared
    /// value (32), challenge (32) and response (32).
    pub fn encode(&self) -> Vec<u8> {
        let Self {
            dealer,
            receiver,
            shared,
            proof,
        } = self;
        let numbers = [dealer.to_be_bytes(), receiver.to_be_bytes()];
        [numbers.as_flattened(), shared, proof].concat()
    }

    /// As text in a message: hexadecimal.
    pub fn to_text(&self) -> String {
        HEXLOWER.encode(&self.encode())
    }

    /// Reads what `to_text` wrote. None for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::decode(&HEXLOWER.decode(text.as_bytes()).ok()?)
    }

    /// Reads what `encode` wrote. None for any other length.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let (dealer, rest) = octets.split_first_chunk()?;
        let (receiver, rest) = rest.split_first_chunk()?;
        let (shared, proof) = rest.split_first_chunk()?;
        Some(Self {
            dealer: u16::from_be_bytes(*dealer),
            receiver: u16::from_be_bytes(*receiver),
            shared: *shared,
            proof: proof.try_into().ok()?,
        })
    }
}

/// One sealed share, with all that decides whether it is right: the same for its
/// receiver and for everybody else.
pub(super) struct SealedShare<'a> {
    pub(super) dealer: u16,
    pub(super) receiver: u16,
    /// None is a key that is none.
    pub(super) from: Option<SealKey>,
    pub(super) to: &'a SealKey,
    pub(super) binding: Binding,
    pub(super) octets: &'a [u8],
    /// The commitments of its dealer.
    pub(super) commitment: &'a [EdwardsPoint],
}

impl SealedShare<'_> {
    /// Opens and checks it for the receiver whose pair this is.
    pub(super) fn receive(&self, pair: &SealPair) -> Result<Zeroizing<Scalar>, DealError> {
        let culprit = self.dealer;
        let from = self.from.as_ref().ok_or(DealError::Unopened { culprit })?;
        self.open(from, &pair.agree(from))
    }

    /// The one place where a dealt share is found right or wrong.
    fn open(&self, from: &SealKey, shared: &Shared) -> Result<Zeroizing<Scalar>, DealError> {
        let culprit = self.dealer;
        let schedule = shared.schedule(from, self.to, &self.binding);
        let opened = schedule
            .filter(|_| self.octets.len() == SEALED_OCTETS)
            .and_then(|schedule| schedule.open(self.octets, &self.binding.aad))
            .ok_or(DealError::Unopened { culprit })?;
        let expected = evaluate(self.commitment, self.receiver);
        decode_dealt(&opened, &expected).ok_or(DealError::BadShare { culprit })
    }

    /// Shows what everybody needs to open it. Where the dealer's key is none, there
    /// is nothing to show, and nothing is needed.
    pub(super) fn complain(
        &self,
        pair: &SealPair,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Complaint {
        let mut complaint = Complaint {
            dealer: self.dealer,
            receiver: self.receiver,
            shared: [0; POINT_OCTETS],
            proof: [0; 2 * SCALAR_OCTETS],
        };
        if let Some(from) = &self.from {
            let shared = pair.agree(from);
            complaint.shared = shared.point().compress().to_bytes();
            let transcript = self.transcript(from, &complaint.shared);
            let nonce = transcript.random(pair.secret(), rng);
            let committed = [ED25519_BASEPOINT_TABLE * &*nonce, from.lift() * *nonce];
            let challenge = challenge(transcript, &committed);
            let response = *nonce + challenge * pair.secret();
            complaint.proof[..SCALAR_OCTETS].copy_from_slice(challenge.as_bytes());
            complaint.proof[SCALAR_OCTETS..].copy_from_slice(response.as_bytes());
        }
        complaint
    }

    /// Judges a complaint about this share. A function of what everybody sees.
    pub(super) fn judge(&self, complaint: &Complaint) -> Verdict {
        let Some(from) = &self.from else {
            return Verdict::DealerLied;
        };
        let Some(shared) = self.proven(from, complaint) else {
            return Verdict::ReceiverLied;
        };
        match self.open(from, &Shared::shown(shared)) {
            Ok(_) => Verdict::ReceiverLied,
            Err(_) => Verdict::DealerLied,
        }
    }

    /// The Diffie-Hellman value of a complaint, if it is proved to be the right
    /// one: that B and the receiver's key, and the dealer's key and the value, have
    /// one logarithm.
    fn proven(&self, from: &SealKey, complaint: &Complaint) -> Option<EdwardsPoint> {
        let (challenged, response) = complaint.proof.split_at(SCALAR_OCTETS);
        let shared = decode_point(&complaint.shared)?;
        let (challenged, response) = (decode_scalar(challenged)?, decode_scalar(response)?);
        let committed = [
            (ED25519_BASEPOINT_POINT, *self.to.lift()),
            (*from.lift(), shared),
        ]
        .map(|points| {
            let scalars = [response, -challenged];
            multiscalar(&scalars, &<[_; 2]>::from(points))
        });
        let transcript = self.transcript(from, &complaint.shared);
        (challenge(transcript, &committed) == challenged).then_some(shared)
    }

    /// Everything that the proof is about: the ceremony, the dealer and the
    /// receiver, which the binding names, their keys, and what was sealed.
    fn transcript(&self, from: &SealKey, shared: &[u8; POINT_OCTETS]) -> Transcript {
        Transcript::new(DOMAIN)
            .with(&self.binding.info)
            .with(&self.binding.aad)
            .with_number(self.dealer)
            .with_number(self.receiver)
            .with(self.to.octets())
            .with(from.octets())
            .with(self.octets)
            .with(shared)
    }
}

fn challenge(transcript: Transcript, committed: &[EdwardsPoint; 2]) -> Scalar {
    let [first, second] = committed.map(|point| point.compress().to_bytes());
    transcript.with(&first).with(&second).challenge()
}
