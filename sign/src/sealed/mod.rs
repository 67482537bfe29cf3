//! The one door by which a secret leaves memory: sealed under a passphrase by
//! Argon2id (RFC 9106) and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).
//!
//! Only an [`Identity`](crate::identity::Identity) and a
//! [`Share`](crate::deal::Share) pass it: the trait that encodes them cannot be
//! named elsewhere. The label of a sealed secret, which is its kind and a
//! context that the caller chooses (whose it is, of what zone and epoch), is
//! readable and authenticated, so that one secret is never taken for another.
//!
//! Argon2id gives 64 octets: 32 are the key, and 32, the *check*, stand in the
//! header. The check tells a wrong passphrase from a damaged file, and makes the
//! sealing commit to one key, which XChaCha20-Poly1305 alone does not.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use argon2::{Algorithm, Argon2, Block, Version};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::assertions::assert_secret;

mod header;
mod secret;

use header::{Header, TAG_OCTETS};

pub use header::Cost;
pub(crate) use secret::Secret;

/// Octets of a sealed secret that is read: a share of the largest group with
/// the longest context has some 8,500.
pub const SEALED_OCTETS_MAX: usize = 16 * 1024;
/// Octets of a context.
pub const CONTEXT_OCTETS_MAX: usize = 255;

/// What kind of secret is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A party's own key.
    Identity,
    /// A share of a zone key.
    Share,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "an identity key",
            Self::Share => "a share of a zone key",
        })
    }
}

/// What a secret is sealed under. Wiped when dropped.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl ZeroizeOnDrop for Passphrase {}

assert_secret!(Passphrase);

impl Passphrase {
    /// Takes the octets as they are, without trimming. Pass a `Vec<u8>` by value
    /// to leave no copy behind.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(octets.into()))
    }
}

/// Why a secret could not be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealedError {
    /// Nothing may be sealed under an empty passphrase.
    EmptyPassphrase,
    /// The context is longer than [`CONTEXT_OCTETS_MAX`].
    LongContext {
        /// Its length.
        octets: usize,
    },
    /// This machine has not the memory that the cost asks for.
    NoMemory {
        /// What it asks for.
        memory_kib: u32,
    },
    /// It is not a sealed secret, or one of a version that is not known here.
    NotSealed,
    /// It ends too early or too late.
    Length {
        /// Its length.
        octets: usize,
    },
    /// The header asks for more work or memory than is ever spent, or for none.
    Cost {
        /// What it asks for.
        cost: Cost,
    },
    /// It holds another kind of secret.
    WrongKind {
        /// What was asked for.
        expected: Kind,
        /// What the header says.
        found: Kind,
    },
    /// It was sealed for another context.
    WrongContext {
        /// What the header says.
        found: String,
    },
    /// The passphrase is not the one it was sealed under, or the header's cost,
    /// salt or check was changed.
    WrongPassphrase,
    /// The passphrase is right, and the label, nonce or ciphertext was changed.
    Altered,
    /// It opened, but what it holds is not a secret of its kind.
    BadSecret {
        /// The kind.
        kind: Kind,
    },
}

impl SealedError {
    /// What to do about a file with such a secret, as the end of a sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotSealed | Self::Length { .. } | Self::Altered => {
                "; put it back from a copy, for what it holds is nowhere else"
            }
            Self::EmptyPassphrase
            | Self::LongContext { .. }
            | Self::NoMemory { .. }
            | Self::Cost { .. }
            | Self::WrongKind { .. }
            | Self::WrongContext { .. }
            | Self::WrongPassphrase
            | Self::BadSecret { .. } => "",
        }
    }
}

impl fmt::Display for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyPassphrase => f.write_str("the passphrase is empty"),
            Self::LongContext { octets } => write!(
                f,
                "the context has {octets} octets, more than {CONTEXT_OCTETS_MAX}"
            ),
            Self::NoMemory { memory_kib } => {
                write!(f, "{memory_kib} KiB of memory are not to be had here")
            }
            Self::NotSealed => f.write_str("this is not a sealed secret of a known version"),
            Self::Length { octets } => {
                write!(f, "the sealed secret is damaged: it has {octets} octets")
            }
            Self::Cost { cost } => write!(f, "the sealed secret asks for a cost of {cost}"),
            Self::WrongKind { expected, found } => {
                write!(f, "this is {found}; expected {expected}")
            }
            Self::WrongContext { found } => {
                write!(f, "this secret was sealed for another use: {found:?}")
            }
            Self::WrongPassphrase => {
                f.write_str("the passphrase is wrong, or the header of the file was changed")
            }
            Self::Altered => f.write_str("the passphrase is right, but the file was changed"),
            Self::BadSecret { kind } => write!(f, "the file opened, but does not hold {kind}"),
        }
    }
}

impl core::error::Error for SealedError {}

/// Seals `secret` for `context` under `passphrase`.
///
/// # Errors
/// The passphrase is empty, the context too long, or the memory not there.
pub fn seal<S: Secret>(
    secret: &S,
    context: &str,
    passphrase: &Passphrase,
    cost: Cost,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<u8>, SealedError> {
    if passphrase.0.is_empty() {
        return Err(SealedError::EmptyPassphrase);
    }
    if context.len() > CONTEXT_OCTETS_MAX {
        let octets = context.len();
        return Err(SealedError::LongContext { octets });
    }
    let (mut salt, mut nonce) = ([0; 16], [0; 24]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let derived = Derived::from(passphrase, &salt, cost)?;
    let mut sealed = Header {
        kind: S::KIND,
        context,
        cost,
        salt,
        nonce,
        check: derived.check,
    }
    .encode();

    let plain = secret.encode();
    // One allocation, so that no copy of the plaintext stays behind.
    let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_OCTETS));
    body.extend_from_slice(&plain);
    let octets = plain.len();
    derived
        .cipher()
        .encrypt_in_place(&nonce.into(), &sealed, &mut *body)
        .map_err(|_| SealedError::Length { octets })?;
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

/// Opens what [`seal`] made for the same kind of secret and the same `context`.
///
/// # Errors
/// It is damaged, of another label, or the passphrase is wrong; told apart as far
/// as that can be told.
pub fn open<S: Secret>(
    sealed: &[u8],
    context: &str,
    passphrase: &Passphrase,
) -> Result<S, SealedError> {
    let (header, body) = Header::decode(sealed)?;
    if header.kind != S::KIND {
        return Err(SealedError::WrongKind {
            expected: S::KIND,
            found: header.kind,
        });
    }
    if header.context != context {
        return Err(SealedError::WrongContext {
            found: header.context.into(),
        });
    }
    let derived = Derived::from(passphrase, &header.salt, header.cost)?;
    // The check is public, so comparing it needs no constant time.
    if derived.check != header.check {
        return Err(SealedError::WrongPassphrase);
    }
    let label = &sealed[..sealed.len() - body.len()];
    let mut plain = Zeroizing::new(body.to_vec());
    derived
        .cipher()
        .decrypt_in_place(&header.nonce.into(), label, &mut *plain)
        .map_err(|_| SealedError::Altered)?;
    S::decode(&plain).ok_or(SealedError::BadSecret { kind: S::KIND })
}

/// What Argon2id makes of a passphrase and a salt.
struct Derived {
    key: Zeroizing<[u8; 32]>,
    check: [u8; 32],
}

impl Derived {
    fn from(passphrase: &Passphrase, salt: &[u8; 16], cost: Cost) -> Result<Self, SealedError> {
        let mut output = Zeroizing::new([0; 64]);
        let params = cost.params().ok_or(SealedError::Cost { cost })?;
        let mut blocks = Zeroizing::new(Vec::new());
        let count = params.block_count();
        let memory_kib = cost.memory_kib;
        blocks
            .try_reserve_exact(count)
            .map_err(|_| SealedError::NoMemory { memory_kib })?;
        blocks.resize(count, Block::new());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(&passphrase.0, salt, output.as_mut(), &mut *blocks)
            .map_err(|_| SealedError::Cost { cost })?;

        let mut derived = Self {
            key: Zeroizing::new([0; 32]),
            check: [0; 32],
        };
        derived.key.copy_from_slice(&output[..32]);
        derived.check.copy_from_slice(&output[32..]);
        Ok(derived)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

#[cfg(test)]
mod tests;
