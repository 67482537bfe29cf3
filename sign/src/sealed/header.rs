//! The readable part of a sealed secret, all of it authenticated:
//!
//! | octets | what |
//! | --- | --- |
//! | 16 | `comity-sealed-v1` |
//! | 1 | kind: 1 identity, 2 share |
//! | 1 + c | length of the context, and the context in UTF-8 |
//! | 4, 4, 4 | Argon2id's memory in KiB, passes, lanes; most significant octet first |
//! | 16 | salt |
//! | 24 | nonce |
//! | 32 | check |
//!
//! The ciphertext and its tag of 16 octets follow.

use alloc::vec::Vec;
use core::fmt;

use argon2::Params;

use super::{Kind, SEALED_OCTETS_MAX, SealedError};

const MAGIC: &[u8; 16] = b"comity-sealed-v1";

/// Octets of the tag at the end.
pub(super) const TAG_OCTETS: usize = 16;

/// What guessing one passphrase costs: the parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// For what lies on a disk for years: 64 MiB, three passes (RFC 9106 §4, its
    /// second choice with one lane).
    pub const PRODUCTION: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// For what is opened at every command, and for small machines: 19 MiB, two
    /// passes (the least that OWASP's password storage advice allows).
    pub const INTERACTIVE: Self = Self {
        memory_kib: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    /// The least there is, which protects nothing: for secrets that are nobody's,
    /// as in a simulation.
    pub const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    /// The most that is spent on a file whose header nobody has verified yet.
    const MAX: Self = Self {
        memory_kib: 256 * 1024,
        passes: 8,
        lanes: 4,
    };

    /// As Argon2's own, where within bounds.
    pub(super) fn params(self) -> Option<Params> {
        let within = self.memory_kib <= Self::MAX.memory_kib
            && self.passes <= Self::MAX.passes
            && self.lanes <= Self::MAX.lanes;
        within
            .then(|| Params::new(self.memory_kib, self.passes, self.lanes, Some(64)).ok())
            .flatten()
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory_kib,
            passes,
            lanes,
        } = self;
        write!(f, "{memory_kib} KiB, {passes} passes, {lanes} lanes")
    }
}

/// All that stands before the ciphertext.
pub(super) struct Header<'a> {
    pub(super) kind: Kind,
    pub(super) context: &'a str,
    pub(super) cost: Cost,
    pub(super) salt: [u8; 16],
    pub(super) nonce: [u8; 24],
    pub(super) check: [u8; 32],
}

impl<'a> Header<'a> {
    /// The context has 255 octets at most: `seal` refuses others before.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Self {
            kind,
            context,
            cost,
            salt,
            nonce,
            check,
        } = self;
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = cost;
        let mut octets = MAGIC.to_vec();
        octets.push(match kind {
            Kind::Identity => 1,
            Kind::Share => 2,
        });
        octets.push(context.len() as u8);
        octets.extend_from_slice(context.as_bytes());
        for number in [memory_kib, passes, lanes] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        octets.extend_from_slice(salt);
        octets.extend_from_slice(nonce);
        octets.extend_from_slice(check);
        octets
    }

    /// Splits a sealed secret into its header and its body, which has at least
    /// the length of the tag. A cost out of bounds is refused here, before any
    /// of it is spent.
    pub(super) fn decode(sealed: &'a [u8]) -> Result<(Self, &'a [u8]), SealedError> {
        let octets = sealed.len();
        let length = SealedError::Length { octets };
        if octets > SEALED_OCTETS_MAX {
            return Err(length);
        }
        let Some(mut rest) = sealed.strip_prefix(MAGIC) else {
            return Err(SealedError::NotSealed);
        };
        let [kind, context_octets] = take(&mut rest).ok_or(length.clone())?;
        let kind = match kind {
            1 => Kind::Identity,
            2 => Kind::Share,
            _ => return Err(SealedError::NotSealed),
        };
        let (context, after) = rest
            .split_at_checked(context_octets.into())
            .ok_or(length.clone())?;
        let context = core::str::from_utf8(context).map_err(|_| SealedError::NotSealed)?;
        rest = after;
        let mut number = || {
            take(&mut rest)
                .map(u32::from_be_bytes)
                .ok_or(length.clone())
        };
        let cost = Cost {
            memory_kib: number()?,
            passes: number()?,
            lanes: number()?,
        };
        if cost.params().is_none() {
            return Err(SealedError::Cost { cost });
        }
        let header = Self {
            kind,
            context,
            cost,
            salt: take(&mut rest).ok_or(length.clone())?,
            nonce: take(&mut rest).ok_or(length.clone())?,
            check: take(&mut rest).ok_or(length.clone())?,
        };
        if rest.len() < TAG_OCTETS {
            return Err(length);
        }
        Ok((header, rest))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (octets, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*octets)
}
