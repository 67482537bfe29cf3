//! A dealer that lies to one receiver only. What everybody can check of its dealing
//! is right, the proof over all that it dealt among it; so it is made here, by the
//! words of docs/formats.md, without the library under test, which deals rightly.

use std::collections::BTreeMap;
use std::iter;
use std::net::SocketAddr;

use comity_core::act::{Envelope, json};
use comity_core::message::{Dealing, Invitation, Messages, SealedShare};
use comity_mirror::ledger::blob_path;
use comity_sign::deal::GroupKey;
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE as B;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use data_encoding::HEXLOWER;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{Infallible, TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};
use sha2::{Digest as _, Sha512};

use super::http;

const DOMAIN: &[u8] = b"comity redistribution v1";
/// Octets of the key and of the proof, which end a package.
const KEY_AND_PROOF: usize = 32 + 96;
/// Nothing of all this is random: who lies has no secrets to keep.
const SEED: u8 = 0x5e;

/// What is wrong with the one share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It opens, and is not what the commitments say.
    Value,
    /// It does not open.
    Seal,
}

/// A holder of an old share that lies to one receiver.
pub(crate) struct FalseDealer {
    /// The number of its old share.
    pub(crate) number: u16,
    /// That share.
    pub(crate) share: Scalar,
    /// What the old shares are of.
    pub(crate) group: GroupKey,
    /// To whom it lies: the number of its new share.
    pub(crate) victim: u16,
    /// How.
    pub(crate) wrong: Wrong,
    /// Where the lists of a ceremony are.
    pub(crate) secretariat: SocketAddr,
}

type Keys = BTreeMap<u16, [u8; 32]>;

impl FalseDealer {
    /// The dealing that it shows in the place of an honest one.
    pub(crate) fn deal(&self, honest: &Dealing) -> Dealing {
        let octets = HEXLOWER.decode(honest.package.as_bytes()).unwrap();
        let threshold = (octets.len() - KEY_AND_PROOF) / 32;
        let digest = self.plan(honest, threshold, &self.receivers(honest));
        let terms = (1..threshold).map(|term| Scalar::from(1_000_003_u64 * term as u64));
        let polynomial: Vec<Scalar> = iter::once(self.share).chain(terms).collect();
        let (secret, key) = pair();
        let points = polynomial.iter().map(|term| (B * term).compress().0);
        let mut package = [points.collect::<Vec<_>>().as_flattened(), &key].concat();
        let sealed: BTreeMap<u16, Vec<u8>> = self
            .receivers(honest)
            .iter()
            .map(|(to, to_key)| (*to, self.seal(&digest, &polynomial, *to, to_key)))
            .collect();

        let nonces = [Scalar::from(7_u64), Scalar::from(11_u64)];
        let number = self.number.to_be_bytes();
        let mut parts = vec![b"dealing".to_vec(), digest.to_vec(), number.to_vec()];
        parts.push(package.clone());
        for (to, octets) in &sealed {
            parts.extend([to.to_be_bytes().to_vec(), octets.clone()]);
        }
        parts.extend(nonces.map(|nonce| (B * &nonce).compress().0.to_vec()));
        let challenge = Scalar::from_bytes_mod_order_wide(&hash(&parts));
        let responses = [
            nonces[0] + challenge * self.share,
            nonces[1] + challenge * secret,
        ];
        for scalar in [challenge, responses[0], responses[1]] {
            package.extend(scalar.as_bytes());
        }
        let sealed = sealed.iter().map(|(to, octets)| SealedShare {
            to: *to,
            octets: HEXLOWER.encode(octets),
        });
        Dealing {
            package: HEXLOWER.encode(&package),
            sealed: sealed.collect(),
            ..honest.clone()
        }
    }

    /// The receivers' keys, which the list that the dealing is for has in the order
    /// of their numbers.
    fn receivers(&self, honest: &Dealing) -> Keys {
        let path = format!("/{}", blob_path(&honest.invitations));
        let answer = http::get(self.secretariat, &path);
        let list: Messages = json::decode(answer.body.as_bytes()).unwrap();
        let key = |envelope: &Envelope| -> [u8; 32] {
            let invitation: Invitation = envelope.payload().unwrap();
            let key = HEXLOWER.decode(invitation.seal_key.as_bytes()).unwrap();
            key.try_into().unwrap()
        };
        let numbers = honest.sealed.iter().map(|share| share.to);
        numbers.zip(list.messages.iter().map(key)).collect()
    }

    /// D of the plan.
    fn plan(&self, honest: &Dealing, threshold: usize, receivers: &Keys) -> [u8; 64] {
        let mut parts = vec![b"plan".to_vec(), json::encode(&honest.ceremony)];
        parts.push(self.group.public().0.to_vec());
        parts.push(self.group.threshold().to_be_bytes().to_vec());
        for id in self.group.participants() {
            let share = self.group.verifying_share(id).unwrap();
            parts.extend([id.to_be_bytes().to_vec(), share.to_vec()]);
        }
        let threshold = u16::try_from(threshold).unwrap();
        parts.extend([b"receivers".to_vec(), threshold.to_be_bytes().to_vec()]);
        for (id, key) in receivers {
            parts.extend([id.to_be_bytes().to_vec(), key.to_vec()]);
        }
        hash(&parts)
    }

    fn seal(&self, digest: &[u8; 64], polynomial: &[Scalar], to: u16, key: &[u8; 32]) -> Vec<u8> {
        let at = Scalar::from(to);
        let add = |sum: Scalar, term: &Scalar| sum * at + term;
        let mut value = polynomial.iter().rev().fold(Scalar::ZERO, add);
        let lies = |wrong| self.victim == to && self.wrong == wrong;
        if lies(Wrong::Value) {
            value += Scalar::ONE;
        }
        let numbers = [self.number.to_be_bytes(), to.to_be_bytes()];
        let info = [
            b"comity-redistribute-v1",
            &digest[..],
            numbers.as_flattened(),
        ]
        .concat();
        let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(key).unwrap();
        let (from, mut sealed) =
            hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &key,
                &info,
                value.as_bytes(),
                &[],
                &mut Same,
            )
            .unwrap();
        assert_eq!(from.to_bytes()[..], pair().1);
        if lies(Wrong::Seal) {
            sealed[0] ^= 1;
        }
        sealed
    }
}

/// H over the domain and these parts.
fn hash(parts: &[Vec<u8>]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for part in iter::once(DOMAIN).chain(parts.iter().map(Vec::as_slice)) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The key that it seals to everybody from, and the logarithm of its lift.
fn pair() -> (Scalar, [u8; 32]) {
    let (secret, public) = X25519HkdfSha256::derive_keypair(&[SEED; 32]);
    let key: [u8; 32] = public.to_bytes().into();
    let secret = Scalar::from_bytes_mod_order(clamp_integer(secret.to_bytes().into()));
    let point = EdwardsPoint::mul_base(&secret);
    let lift = MontgomeryPoint(key).to_edwards(0).unwrap();
    assert!(point == lift || -point == lift);
    (if point == lift { secret } else { -secret }, key)
}

/// The same at every call, so that everything is sealed from one pair.
struct Same;

impl TryRng for Same {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_ne_bytes([SEED; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_ne_bytes([SEED; 8]))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.fill(SEED);
        Ok(())
    }
}

impl TryCryptoRng for Same {}
