//! Opens sealed files as their format says, without the library under test,
//! which gives no secret away.

use std::fs;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};

/// What is in a sealed file.
pub(crate) struct Unsealed {
    /// The secret's octets.
    pub(crate) secret: Vec<u8>,
    /// The key that the passphrase gave.
    pub(crate) key: Vec<u8>,
}

/// Opens an identity's file, whose secret is its seed, or a share's, where it
/// stands between the numbers and the public keys.
pub(crate) fn unseal(path: &Path, passphrase: &[u8]) -> Unsealed {
    let sealed = fs::read(path).unwrap();
    let is_share = sealed[16] == 2;
    let numbers = 18 + usize::from(sealed[17]);
    let number = |at: usize| {
        let octets = sealed[numbers + 4 * at..][..4].try_into().unwrap();
        u32::from_be_bytes(octets)
    };
    let params = Params::new(number(0), number(1), number(2), Some(64)).unwrap();
    let (salt, rest) = sealed[numbers + 12..].split_at(16);
    let (nonce, rest) = rest.split_first_chunk::<24>().unwrap();
    let (check, body) = rest.split_at(32);
    let mut derived = [0; 64];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, &mut derived)
        .unwrap();
    let (key, expected) = derived.split_first_chunk::<32>().unwrap();
    assert_eq!(check, expected, "{}", path.display());
    let label = &sealed[..sealed.len() - body.len()];
    let mut plain = body.to_vec();
    XChaCha20Poly1305::new(key.into())
        .decrypt_in_place(nonce.into(), label, &mut plain)
        .unwrap();
    let secret = if is_share { &plain[6..38] } else { &plain[..] };
    assert_eq!(secret.len(), 32, "{}", path.display());
    Unsealed {
        secret: secret.to_vec(),
        key: key.to_vec(),
    }
}
