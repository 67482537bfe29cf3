//! HPKE (RFC 9180) from the Diffie-Hellman value on: base mode, one message per
//! context, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305.
//!
//! The library that seals has no way in at this point, and a judge has nothing
//! else: a complaint shows that one value, never a private key. A receiver opens
//! by the same function as a judge, so that the two never differ. The library and
//! the RFC's vector are what tests compare with.

use alloc::vec::Vec;

use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::envelope::TAG_OCTETS;
use crate::assertions::assert_secret;

/// What one sealed message is bound to (RFC 9180 §5.1 and §5.2).
#[derive(Clone)]
pub(super) struct Binding {
    /// Goes into the key.
    pub(super) info: Vec<u8>,
    /// Authenticated beside the message.
    pub(super) aad: Vec<u8>,
}

/// The one key of one message, and its nonce. Both are wiped when dropped.
pub(super) struct Schedule {
    cipher: ChaCha20Poly1305,
    nonce: Zeroizing<[u8; 12]>,
}

impl ZeroizeOnDrop for Schedule {}

const fn wipes_itself<T: ZeroizeOnDrop>() {}
const _: () = wipes_itself::<ChaCha20Poly1305>();

assert_secret!(Schedule);

/// What the two keys agree on, and the keys themselves: X25519 octets.
pub(super) struct Agreed<'a> {
    pub(super) shared: &'a [u8; 32],
    pub(super) encapsulated: &'a [u8; 32],
    pub(super) receiver: &'a [u8; 32],
}

/// `suite_id` of the KEM (RFC 9180 §4.1).
const KEM: &[u8] = b"KEM\x00\x20";
/// `suite_id` of the whole (RFC 9180 §5.1).
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
const VERSION: &[u8] = b"HPKE-v1";
const BASE_MODE: u8 = 0;

type Secret = Zeroizing<[u8; 32]>;

impl Schedule {
    /// `ExtractAndExpand` (§4.1), then `KeySchedule` (§5.1).
    pub(super) fn new(agreed: &Agreed<'_>, info: &[u8]) -> Option<Self> {
        let prk = extract(KEM, &[], b"eae_prk", agreed.shared).1;
        let mut secret = Zeroizing::new([0; 32]);
        let context = [agreed.encapsulated.as_slice(), agreed.receiver].concat();
        expand(&prk, KEM, b"shared_secret", &context, secret.as_mut())?;

        let psk_id = extract(SUITE, &[], b"psk_id_hash", &[]).0;
        let info = extract(SUITE, &[], b"info_hash", info).0;
        let context = [[BASE_MODE].as_slice(), psk_id.as_slice(), info.as_slice()].concat();
        let prk = extract(SUITE, secret.as_slice(), b"secret", &[]).1;
        let mut key = Zeroizing::new([0; 32]);
        expand(&prk, SUITE, b"key", &context, key.as_mut())?;
        let mut nonce = Zeroizing::new([0; 12]);
        expand(&prk, SUITE, b"base_nonce", &context, nonce.as_mut())?;
        Some(Self {
            cipher: ChaCha20Poly1305::new((&*key).into()),
            nonce,
        })
    }

    /// The message, sealed, with its tag.
    pub(super) fn seal(&self, message: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
        // One allocation, so that no copy of the message stays behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(message.len() + TAG_OCTETS));
        octets.extend_from_slice(message);
        let nonce = Nonce::from(*self.nonce);
        let sealed = self.cipher.encrypt_in_place(&nonce, aad, &mut *octets);
        sealed.ok()?;
        Some(core::mem::take(&mut *octets))
    }

    /// The message, if it is one that was sealed so.
    pub(super) fn open(&self, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut octets = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::from(*self.nonce);
        let opened = self.cipher.decrypt_in_place(&nonce, aad, &mut *octets);
        opened.ok().map(|()| octets)
    }
}

/// `LabeledExtract` (§4).
fn extract(suite: &[u8], salt: &[u8], label: &[u8], material: &[u8]) -> (Secret, Hkdf<Sha256>) {
    let mut hkdf = HkdfExtract::<Sha256>::new(Some(salt));
    for part in [VERSION, suite, label, material] {
        hkdf.input_ikm(part);
    }
    let (key, hkdf) = hkdf.finalize();
    (Zeroizing::new(key.into()), hkdf)
}

/// `LabeledExpand` (§4). None for a length that no key has.
fn expand(
    prk: &Hkdf<Sha256>,
    suite: &[u8],
    label: &[u8],
    info: &[u8],
    output: &mut [u8],
) -> Option<()> {
    let length = u16::try_from(output.len()).ok()?.to_be_bytes();
    let info = [length.as_slice(), VERSION, suite, label, info];
    prk.expand_multi_info(&info, output).ok()
}
