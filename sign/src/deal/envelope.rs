//! The keys that dealt shares are sealed to, and sealing: HPKE (RFC 9180) with
//! X25519 keys (RFC 7748).
//!
//! Whoever judges a complaint must check that a Diffie-Hellman value is the right
//! one, which takes a group, and X25519 has coordinates only. So each key also
//! has its **lift**: the point of the Edwards form of the same curve (RFC 7748
//! §4.1) with that coordinate and even x. Of the two points with it one is the
//! other negated, and so are their multiples, which have one coordinate again:
//! what X25519 gives is the coordinate of the product of secret and lift. A key
//! whose lift is not in the prime-order group, or that has none, is refused; no
//! honest party makes one.
//!
//! In a generation every sealed share has an encapsulated key of its own: octets
//! of the key (32), the sealed share (32), the tag (16). In a redistribution a
//! dealer has one for all receivers, and proves that it knows its secret.

use alloc::boxed::Box;
use alloc::vec::Vec;

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::Scalar;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{Infallible, TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::schedule::{Agreed, Binding, Schedule};
use crate::assertions::assert_secret;
use crate::group::SCALAR_OCTETS;

pub(super) const KEY_OCTETS: usize = 32;
pub(super) const TAG_OCTETS: usize = 16;
/// Octets of a share that is sealed, with its tag.
pub(super) const SEALED_OCTETS: usize = SCALAR_OCTETS + TAG_OCTETS;

type Suite = X25519HkdfSha256;

/// A key pair for one ceremony: a receiver's, or a dealer's to seal from. Wiped
/// when dropped.
pub(super) struct SealPair {
    /// Such that the lift of the public key is its multiple of the base point.
    secret: Box<Zeroizing<Scalar>>,
    public: SealKey,
}

impl ZeroizeOnDrop for SealPair {}

assert_secret!(SealPair);

impl SealPair {
    pub(super) fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        loop {
            let mut material = Zeroizing::new([0; KEY_OCTETS]);
            rng.fill_bytes(material.as_mut());
            let (key, _) = Suite::derive_keypair(material.as_ref());
            // Clamped (RFC 7748 §5), and a multiple of eight also modulo the order.
            let octets: Zeroizing<[u8; KEY_OCTETS]> = Zeroizing::new(key.to_bytes().into());
            let secret = Box::new(Zeroizing::new(Scalar::from_bytes_mod_order(*octets)));
            // No clamped scalar gives a key that is refused.
            if let Some(pair) = Self::from_secret(secret) {
                return pair;
            }
        }
    }

    fn from_secret(mut secret: Box<Zeroizing<Scalar>>) -> Option<Self> {
        let point = ED25519_BASEPOINT_TABLE * &**secret;
        let public = SealKey::decode(&point.to_montgomery().0)?;
        if public.lift != point {
            **secret = -**secret;
        }
        Some(Self { secret, public })
    }

    pub(super) fn public(&self) -> &SealKey {
        &self.public
    }

    pub(super) fn secret(&self) -> &Scalar {
        &self.secret
    }

    /// The point that the two pairs agree on.
    pub(super) fn agree(&self, other: &SealKey) -> Shared {
        Shared(Box::new(Zeroizing::new(other.lift * **self.secret)))
    }
}

/// What the Diffie-Hellman exchange of two pairs gives. Wiped when dropped.
pub(super) struct Shared(Box<Zeroizing<EdwardsPoint>>);

impl ZeroizeOnDrop for Shared {}

assert_secret!(Shared);

impl Shared {
    /// One that was made public.
    pub(super) fn shown(point: EdwardsPoint) -> Self {
        Self(Box::new(Zeroizing::new(point)))
    }

    pub(super) fn point(&self) -> &EdwardsPoint {
        &self.0
    }

    /// The key by which a share that `from` sealed to `to` opens.
    pub(super) fn schedule(
        &self,
        from: &SealKey,
        to: &SealKey,
        binding: &Binding,
    ) -> Option<Schedule> {
        let shared = Zeroizing::new(self.0.to_montgomery().0);
        let agreed = Agreed {
            shared: &shared,
            encapsulated: &from.octets,
            receiver: &to.octets,
        };
        Schedule::new(&agreed, &binding.info)
    }
}

/// The public side of a pair.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SealKey {
    octets: [u8; KEY_OCTETS],
    lift: EdwardsPoint,
}

impl SealKey {
    /// Refuses a coordinate that is not below 2^255-19, so that a key has one
    /// encoding only (RFC 7748 §5 would take it modulo the prime), and keys whose
    /// lift is not in the prime-order group: those of small order, to which
    /// nothing can be sealed (RFC 9180 §7.1.4), among them.
    pub(super) fn decode(octets: &[u8; KEY_OCTETS]) -> Option<Self> {
        let [low, middle @ .., high] = octets;
        let canonical = match high {
            0..0x7f => true,
            0x7f => *low < 0xed || middle.iter().any(|octet| *octet != 0xff),
            0x80.. => false,
        };
        let lift = MontgomeryPoint(*octets).to_edwards(0)?;
        (canonical && lift.is_torsion_free()).then_some(Self {
            octets: *octets,
            lift,
        })
    }

    pub(super) fn octets(&self) -> &[u8; KEY_OCTETS] {
        &self.octets
    }

    pub(super) fn lift(&self) -> &EdwardsPoint {
        &self.lift
    }

    /// Seals a share from a pair made for it alone; the octets begin with that
    /// pair's public key. `None` is a key of small order, which `decode` refuses.
    pub(super) fn seal(
        &self,
        share: &[u8; SCALAR_OCTETS],
        binding: &Binding,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Option<Vec<u8>> {
        let receiver = <Suite as Kem>::PublicKey::from_bytes(&self.octets).ok()?;
        let (key, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Suite>(
            &OpModeS::Base,
            &receiver,
            &binding.info,
            share,
            &binding.aad,
            &mut Random(rng),
        )
        .ok()?;
        Some([key.to_bytes().as_slice(), &sealed].concat())
    }
}

/// The source of randomness as the version of `rand_core` that `hpke` uses
/// takes it.
struct Random<'a, R>(&'a mut R);

impl<R: RngCore> TryRng for Random<'_, R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(octets);
        Ok(())
    }
}

impl<R: CryptoRng + RngCore> TryCryptoRng for Random<'_, R> {}
