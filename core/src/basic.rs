//! The small values that everything else is made of: digests, public keys,
//! signatures and times. Text forms are lower-case hexadecimal (digests,
//! keys) and base64 (signatures), and each value has exactly one.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::limits;

/// A value's text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadText {
    /// What was expected.
    pub expected: &'static str,
}

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl core::error::Error for BadText {}

macro_rules! octets {
    ($(#[$doc:meta])* $name:ident, $len:literal, $code:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            fn to_text(self) -> String {
                $code.encode(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.to_text())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadText;

            fn from_str(text: &str) -> Result<Self, BadText> {
                let error = BadText { expected: $expected };
                let octets = $code.decode(text.as_bytes()).map_err(|_| error.clone())?;
                let value = Self(octets.try_into().map_err(|_| error.clone())?);
                // Else base64 has more texts than one: see `from_base64`.
                (value.to_text() == text).then_some(value).ok_or(error)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

octets!(
    /// A SHA-256 digest, 32 octets. Names blobs, acts and states.
    Digest, 32, HEXLOWER, "64 lower-case hexadecimal digits"
);
octets!(
    /// An Ed25519 public key (RFC 8032 §5.1.5), 32 octets.
    PublicKey, 32, HEXLOWER, "64 lower-case hexadecimal digits"
);
octets!(
    /// An Ed25519 signature (RFC 8032 §5.1.6), 64 octets.
    Signature, 64, BASE64, "88 characters of base64"
);

/// The octets that a text is base64 of (RFC 4648 §4), if it is their one text.
/// The decoder alone would also read several such texts in a row, each with a
/// padding of its own.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let is_padded_within = text.trim_end_matches('=').contains('=');
    BASE64
        .decode(text.as_bytes())
        .ok()
        .filter(|_| !is_padded_within)
}

impl Digest {
    /// The SHA-256 digest of `octets`.
    pub fn of(octets: &[u8]) -> Self {
        Self(Sha256::digest(octets).into())
    }
}

impl PublicKey {
    /// Whether `signature` is this key's over `message`, by the strict rule:
    /// cofactorless, no small-order keys, canonical encodings (RFC 8032 §5.1.7).
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        ed25519_dalek::VerifyingKey::from_bytes(&self.0).is_ok_and(|key| {
            key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0))
                .is_ok()
        })
    }
}

/// Seconds since 1970-01-01T00:00Z, at most 2^53-1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Time(pub u64);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        if seconds > limits::INTEGER_MAX {
            return Err(de::Error::custom("an integer above 2^53-1"));
        }
        Ok(Self(seconds))
    }
}

impl Time {
    /// This time plus `seconds`, stopping at the largest time.
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds).min(limits::INTEGER_MAX))
    }
}

impl fmt::Display for Time {
    /// As RFC 3339, in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = i64::try_from(self.0)
            .ok()
            .and_then(|s| jiff::Timestamp::from_second(s).ok());
        match timestamp {
            Some(timestamp) => timestamp.fmt(f),
            None => write!(f, "second {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn octets_have_one_text_in_base64() {
        assert_eq!(from_base64(""), Some(vec![]));
        assert_eq!(from_base64("YQ=="), Some(b"a".to_vec()));
        assert_eq!(from_base64("YWJj"), Some(b"abc".to_vec()));
        // Two texts in a row, of one length with the right one and of another.
        for text in [
            "YWI=YWI=", "YQ==YQ==", "YQ==YWJj", "YR==", "YQ=", "YQ", "====",
        ] {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }

    #[test]
    fn a_signature_has_one_text() {
        let right = BASE64.encode(&[0; 64]);
        assert_eq!(right.parse(), Ok(Signature([0; 64])));
        // 2, 2 and 60 octets, each with its own padding.
        let other = ["AAA=", "AAA=", &BASE64.encode(&[0; 60])].concat();
        assert!(other.parse::<Signature>().is_err(), "{other}");
    }
}
