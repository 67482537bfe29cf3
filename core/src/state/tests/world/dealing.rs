//! Ceremonies as `core` sees them: constants that sum to the zone's key. The
//! shares themselves, and all other coefficients, are not its business, so
//! there are none; the sum of the constants signs by itself.

use std::vec::Vec;

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use sha2::Sha512;

use super::keys::signed;
use super::{Draft, World, log, member};
use crate::act::json::{self, Payload};
use crate::act::{Ceremony, Envelope, RULES};
use crate::basic::{PublicKey, Signature};
use crate::message::{CeremonyId, Confirmation, Deal, Messages, Opening, SealedShare, Transcript};

/// What one member adds to the key that is made with this epoch.
fn constant(epoch: u32, at: usize) -> Scalar {
    let key = u64::from(epoch - 1) << 16;
    Scalar::from(0x00c0_ffee_0000_0001_u64 + key + at as u64).invert()
}

/// The same as a point.
pub(crate) fn constant_point(epoch: u32, at: usize) -> [u8; 32] {
    (&constant(epoch, at) * ED25519_BASEPOINT_TABLE)
        .compress()
        .0
}

/// The zone's key, whole, as it never is outside of tests.
pub(crate) struct ZoneKey(Scalar);

impl ZoneKey {
    pub(crate) fn public(&self) -> PublicKey {
        PublicKey((&self.0 * ED25519_BASEPOINT_TABLE).compress().0)
    }

    /// One of the many signatures of this message: another for each `variant`.
    pub(crate) fn sign(&self, message: &[u8], variant: u8) -> Signature {
        let secret = ExpandedSecretKey {
            scalar: self.0,
            hash_prefix: [variant; 32],
        };
        let public = VerifyingKey::from_bytes(&self.public().0).unwrap();
        Signature(raw_sign::<Sha512>(&secret, message, &public).to_bytes())
    }
}

/// The first key of a zone with this many members.
pub(crate) fn zone_key(members: usize) -> ZoneKey {
    made_key(1, 0..members)
}

/// The key that these members made with this epoch.
pub(crate) fn made_key(epoch: u32, dealers: impl IntoIterator<Item = usize>) -> ZoneKey {
    let constants = dealers.into_iter().map(|at| constant(epoch, at));
    ZoneKey(constants.sum())
}

/// A ceremony's parameters, and its honest messages.
#[derive(Clone)]
pub(crate) struct Dealing {
    pub(crate) ceremony: CeremonyId,
    pub(crate) members: usize,
    pub(crate) threshold: u16,
}

impl Dealing {
    pub(crate) fn opening(&self, at: usize) -> Opening {
        let mut package = constant_point(1, at).to_vec();
        package.resize(usize::from(self.threshold) * 32 + 64, 7);
        Opening {
            ceremony: self.ceremony.clone(),
            package: HEXLOWER.encode(&package),
            seal_key: HEXLOWER.encode(&[8; 32]),
        }
    }

    pub(crate) fn deal(&self, at: usize, openings: &Messages) -> Deal {
        let others = (0..self.members).filter(|to| *to != at);
        let sealed = others.map(|to| SealedShare {
            to: u16::try_from(to + 1).unwrap(),
            octets: "00".into(),
        });
        Deal {
            ceremony: self.ceremony.clone(),
            openings: openings.digest(),
            sealed: sealed.collect(),
        }
    }

    pub(crate) fn confirmation(&self, deals: &Messages) -> Confirmation {
        Confirmation {
            ceremony: self.ceremony.clone(),
            deals: deals.digest(),
            group_key: zone_key(self.members).public(),
        }
    }

    /// The whole exchange.
    pub(crate) fn transcript(&self) -> Transcript {
        let openings = self.list(|at| self.opening(at));
        let deals = self.list(|at| self.deal(at, &openings));
        let confirmations = self.list(|_| self.confirmation(&deals));
        Transcript {
            openings,
            deals,
            confirmations,
        }
    }

    /// One message from each member.
    fn list<P: Payload>(&self, message: impl Fn(usize) -> P) -> Messages {
        let one = |at| signed(&message(at), &[member(at)]);
        let messages: Vec<Envelope> = (0..self.members).map(one).collect();
        Messages { messages }
    }
}

impl World {
    /// The first ceremony of this zone.
    pub(crate) fn dealing(&self) -> Dealing {
        let here = self.here();
        Dealing {
            ceremony: CeremonyId {
                ledger: here.ledger,
                epoch: 1,
                attempt: 1,
            },
            members: here.members.len(),
            threshold: here.threshold(),
        }
    }

    /// The ceremony act that is due; its transcript is there.
    pub(crate) fn ceremony(&mut self) -> Draft<Ceremony> {
        let dealing = self.dealing();
        let transcript = self.put(json::encode(&dealing.transcript()));
        let ceremony = Ceremony {
            rules: RULES,
            ledger: dealing.ceremony.ledger,
            epoch: 1,
            threshold: dealing.threshold,
            group_key: zone_key(dealing.members).public(),
            transcript,
        };
        Draft::new(ceremony, [log()])
    }

    /// The key that signs this world's zone.
    pub(crate) fn zone_key(&self) -> ZoneKey {
        let here = self.here();
        match here.signing_key() {
            Some(key) => self.key_of(key.key),
            None => zone_key(here.members.len()),
        }
    }

    /// A key of this world's zone: each of its dealers has a part of it.
    pub(crate) fn key_of(&self, key: PublicKey) -> ZoneKey {
        let mut epochs = self.here().all_dealt();
        let made = epochs.find(|epoch| epoch.group_key == key).unwrap();
        match made.number {
            1 => zone_key(made.shares.len()),
            epoch => made_key(epoch, made.dealers.iter().map(|it| usize::from(*it) - 1)),
        }
    }
}
