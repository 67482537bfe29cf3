//! Sealed files: headers as a stranger writes them, and whatever plaintext
//! under the right passphrase. What another program sealed as the format says
//! opens, or is no secret of its kind.

#![no_main]

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use comity_fuzz::parts::Parts;
use comity_sign::deal::Share;
use comity_sign::identity::Identity;
use comity_sign::sealed::{Passphrase, SealedError, open};
use libfuzzer_sys::fuzz_target;

const PASSPHRASE: &[u8] = b"a";
const CONTEXT: &str = "alba";
/// The least that Argon2id takes: opening is not to be slow here.
const COST: (u32, u32, u32) = (8, 1, 1);

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 3 {
        0 => raw(parts.rest()),
        1 => {
            let outcome = open::<Identity>(&seal(1, parts.0), CONTEXT, &passphrase());
            let is_seed = parts.0.len() == 32;
            assert_eq!(outcome.is_ok(), is_seed);
            assert!(is_seed || matches!(outcome, Err(SealedError::BadSecret { .. })));
        }
        _ => match open::<Share>(&seal(2, parts.0), CONTEXT, &passphrase()) {
            Ok(share) => assert!(share.group().verifying_share(share.id()).is_some()),
            Err(error) => assert!(matches!(
                error,
                SealedError::BadSecret { .. } | SealedError::Length { .. }
            )),
        },
    }
});

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE)
}

/// A header as a stranger writes it. One that asks for more than the least
/// work is read with a context that it has not, which is refused before.
fn raw(octets: &[u8]) {
    let context_octets = usize::from(octets.get(17).copied().unwrap_or(0));
    let is_cheap = octets
        .get(18 + context_octets..)
        .is_some_and(|rest| rest.starts_with(&[0, 0, 0, COST.0 as u8, 0, 0, 0, 1, 0, 0, 0, 1]));
    let no_context = "\u{0}".repeat(256);
    let context = if is_cheap { CONTEXT } else { &no_context };
    for error in [
        open::<Identity>(octets, context, &passphrase()).err(),
        open::<Share>(octets, context, &passphrase()).err(),
    ] {
        // Nobody guesses a tag.
        assert!(!error.unwrap().to_string().is_empty());
    }
}

/// A secret as the format has it, sealed without the library under test.
fn seal(kind: u8, plain: &[u8]) -> Vec<u8> {
    let (salt, nonce) = ([7; 16], [8; 24]);
    let (memory_kib, passes, lanes) = COST;
    let mut derived = [0; 64];
    let params = Params::new(memory_kib, passes, lanes, Some(64)).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PASSPHRASE, &salt, &mut derived)
        .unwrap();
    let (key, check) = derived.split_first_chunk::<32>().unwrap();
    let mut sealed = b"comity-sealed-v1".to_vec();
    sealed.extend([kind, CONTEXT.len() as u8]);
    sealed.extend(CONTEXT.as_bytes());
    for number in [memory_kib, passes, lanes] {
        sealed.extend(number.to_be_bytes());
    }
    sealed.extend(salt);
    sealed.extend(nonce);
    sealed.extend(check);
    let mut body = plain.to_vec();
    XChaCha20Poly1305::new(key.into())
        .encrypt_in_place(&nonce.into(), &sealed, &mut body)
        .unwrap();
    [sealed, body].concat()
}
