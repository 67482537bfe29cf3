//! Rules about the zone's keys and how one follows another.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::basic::PublicKey;

/// A rule about keys that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The act is about another key than the one that signs.
    OtherKey {
        /// The act's.
        key: PublicKey,
    },
    /// A new key is on its way.
    Rolling,
    /// There are as many keys as there may be.
    TooMany,
    /// The zone's kind has no key that signs everything but keys.
    NotParted,
    /// No key has to sign a set of keys.
    NoKeysetDue,
    /// No such key was made: it is none, or is there already.
    NoNewKey {
        /// The act's.
        key: PublicKey,
    },
}

impl KeyRefusal {
    pub(super) fn explain(&self) -> (&'static str, String) {
        match self {
            Self::OtherKey { key } => (
                "other-key",
                format!("{key} is not the key that it would have to be"),
            ),
            Self::Rolling => (
                "key-rolling",
                "a new key is on its way; `comity status` says how far".into(),
            ),
            Self::TooMany => (
                "too-many-keys",
                "there are as many keys as there may be; one has to be gone first".into(),
            ),
            Self::NotParted => (
                "not-parted",
                "only a zone of kind root parts the key that anchors name from the one that signs \
                 the zone"
                    .into(),
            ),
            Self::NoKeysetDue => (
                "no-keyset-due",
                "no key has to sign a set of keys now".into(),
            ),
            Self::NoNewKey { key } => (
                "no-new-key",
                format!("{key} is not the key that was dealt, or not a new one"),
            ),
        }
    }
}

impl fmt::Display for KeyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain().1)
    }
}

impl core::error::Error for KeyRefusal {}
