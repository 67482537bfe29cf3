//! How a dealt share travels: HPKE (RFC 9180) in base mode, one message per
//! encapsulation, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//! ChaCha20-Poly1305. Octets: the encapsulated key (32), the sealed share (32),
//! the tag (16). Who sealed it is for the caller's signature to say.

use alloc::boxed::Box;
use alloc::vec::Vec;

use curve25519_dalek::montgomery::MontgomeryPoint;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{Infallible, TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::group::SCALAR_OCTETS;

/// Binds keys to this use (RFC 9180 §5.1, `info`).
const INFO: &[u8] = b"comity-deal-v1";
const KEY_OCTETS: usize = 32;
const TAG_OCTETS: usize = 16;

type Suite = X25519HkdfSha256;
type PrivateKey = <Suite as Kem>::PrivateKey;

/// A participant's key for one ceremony. Wiped when dropped: `hpke` keeps it as
/// `x25519-dalek`'s, which wipes itself.
pub(super) struct Receiver {
    key: Box<PrivateKey>,
}

const _: () = assert!(core::mem::needs_drop::<PrivateKey>());

impl Receiver {
    pub(super) fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut material = Zeroizing::new([0; KEY_OCTETS]);
        rng.fill_bytes(material.as_mut());
        let (key, _) = Suite::derive_keypair(material.as_ref());
        Self { key: Box::new(key) }
    }

    pub(super) fn seal_key(&self) -> [u8; KEY_OCTETS] {
        Suite::sk_to_pk(&self.key).to_bytes().into()
    }

    /// Opens a sealed share, and nothing of another length.
    pub(super) fn open(&self, sealed: &[u8], label: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (key, sealed) = sealed.split_first_chunk::<KEY_OCTETS>()?;
        if sealed.len() != SCALAR_OCTETS + TAG_OCTETS {
            return None;
        }
        let key = <Suite as Kem>::EncappedKey::from_bytes(key).ok()?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(
            &OpModeR::Base,
            &self.key,
            &key,
            INFO,
            sealed,
            label,
        );
        opened.ok().map(Zeroizing::new)
    }
}

/// The public side of a participant's key.
pub(super) struct SealKey {
    key: <Suite as Kem>::PublicKey,
}

impl SealKey {
    /// Refuses a coordinate that is not below 2^255-19, so that a key has one
    /// encoding only (RFC 7748 §5 would take it modulo the prime), and points of
    /// small order, to which nothing can be sealed (RFC 9180 §7.1.4): any
    /// multiple of eight takes those to zero.
    pub(super) fn decode(octets: &[u8; KEY_OCTETS]) -> Option<Self> {
        let [low, middle @ .., high] = octets;
        let canonical = match high {
            0..0x7f => true,
            0x7f => *low < 0xed || middle.iter().any(|octet| *octet != 0xff),
            0x80.. => false,
        };
        let multiple = MontgomeryPoint(*octets).mul_clamped([0; KEY_OCTETS]);
        if !canonical || multiple == MontgomeryPoint::default() {
            return None;
        }
        let key = <Suite as Kem>::PublicKey::from_bytes(octets).ok()?;
        Some(Self { key })
    }

    /// Seals a share. `None` is a key of small order, which `decode` refuses.
    pub(super) fn seal(
        &self,
        share: &[u8; SCALAR_OCTETS],
        label: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Option<Vec<u8>> {
        let (key, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Suite>(
            &OpModeS::Base,
            &self.key,
            INFO,
            share,
            label,
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
