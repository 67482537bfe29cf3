//! Secrets of a ceremony and of sessions, known by what everybody sees of them:
//! whatever is the discrete logarithm of a point on the ledger was a secret.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use comity_core::act::json;
use comity_core::basic::from_base64;
use comity_core::message::{Commit, Messages, Opening, Transcript};
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;

const SCALAR_OCTETS: usize = 32;
/// Octets of a proof of knowledge, at the end of an opening.
const PROOF_OCTETS: usize = 64;
/// A random scalar has at least so many different octets.
const DIFFERENT_MIN: u32 = 18;

/// What each point's logarithm is.
#[derive(Default)]
pub(crate) struct Logarithms {
    names: HashMap<[u8; 32], String>,
}

impl Logarithms {
    /// All those of which a ledger's blobs have the points.
    pub(crate) fn of(ledger: &Path) -> Self {
        let mut logarithms = Self::default();
        for entry in fs::read_dir(ledger.join("blob")).unwrap() {
            let octets = fs::read(entry.unwrap().path()).unwrap();
            if let Ok(transcript) = json::decode::<Transcript>(&octets) {
                logarithms.add_ceremony(&transcript);
            } else if let Ok(messages) = json::decode::<Messages>(&octets) {
                logarithms.add_nonces(&messages);
            }
        }
        logarithms
    }

    /// How many are known.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// Whose logarithms are somewhere in this memory, in their one encoding.
    pub(crate) fn find(&self, memory: &[u8]) -> BTreeSet<String> {
        let is_random = |octets: &&[u8]| {
            // Scalars are below 2^252 and a little.
            octets[SCALAR_OCTETS - 1] <= 0x10 && different(octets) >= DIFFERENT_MIN
        };
        let candidates: HashSet<&[u8]> = memory.windows(SCALAR_OCTETS).filter(is_random).collect();
        let mut found = BTreeSet::new();
        for octets in candidates {
            let scalar = Scalar::from_canonical_bytes(octets.try_into().unwrap());
            if let Some(scalar) = Option::<Scalar>::from(scalar) {
                let point = (ED25519_BASEPOINT_TABLE * &scalar).compress().0;
                found.extend(self.names.get(&point).cloned());
            }
        }
        found
    }

    fn add_ceremony(&mut self, transcript: &Transcript) {
        let mut shares = vec![EdwardsPoint::default(); transcript.openings.messages.len()];
        for (dealer, message) in (1..).zip(&transcript.openings.messages) {
            let opening: Opening = message.payload().unwrap();
            let package = HEXLOWER.decode(opening.package.as_bytes()).unwrap();
            let points = &package[..package.len() - PROOF_OCTETS];
            let commitment: Vec<_> = points.chunks(32).map(point).collect();
            for (term, point) in commitment.iter().enumerate() {
                self.add(*point, format!("coefficient {term} of dealer {dealer}"));
            }
            for (receiver, share) in (1_u64..).zip(&mut shares) {
                let at =
                    |sum: EdwardsPoint, point: &EdwardsPoint| sum * Scalar::from(receiver) + point;
                let dealt = commitment.iter().rev().fold(EdwardsPoint::default(), at);
                self.add(dealt, format!("what {dealer} dealt to {receiver}"));
                *share += dealt;
            }
        }
        for (member, point) in (1..).zip(shares) {
            self.add(point, share_of(member));
        }
    }

    fn add_nonces(&mut self, messages: &Messages) {
        for message in &messages.messages {
            let commit: Commit = message.payload().unwrap();
            let key = message.verified_signers().unwrap()[0];
            for octets in from_base64(&commit.commitments).unwrap().chunks(32) {
                let session = &commit.session;
                let (edition, kind) = (session.edition, session.kind);
                let name = format!("a nonce of {key} for edition {edition}, {kind:?}");
                self.add(point(octets), name);
            }
        }
    }

    fn add(&mut self, point: EdwardsPoint, name: String) {
        self.names.insert(point.compress().0, name);
    }
}

/// How many different octets these are.
fn different(octets: &[u8]) -> u32 {
    let mut seen = [0_u64; 4];
    for octet in octets {
        seen[usize::from(octet / 64)] |= 1 << (octet % 64);
    }
    seen.map(u64::count_ones).iter().sum()
}

/// The name of a member's share.
pub(crate) fn share_of(member: usize) -> String {
    format!("the share of {member}")
}

fn point(octets: &[u8]) -> EdwardsPoint {
    let point = CompressedEdwardsY(octets.try_into().unwrap());
    point.decompress().unwrap()
}
