//! Rules about drop boxes' receipts and the acts that come with them.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::basic::{Digest, PublicKey, Time};

/// A rule about receipts that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeRefusal {
    /// Not an act that people file.
    NotLodged {
        /// Its payload type.
        found: String,
    },
    /// A receipt for another act than the one beside it.
    OtherAct {
        /// The receipt's.
        leaf: Digest,
    },
    /// A receipt by a key that is none of the charter's drop boxes.
    UnknownBox {
        /// The key.
        key: PublicKey,
    },
    /// A receipt for a ledger that is longer, or a ledger time that is later,
    /// than this one's.
    Ahead {
        /// The receipt's size.
        size: u64,
        /// The receipt's ledger time.
        time: Time,
    },
    /// An act that was merged before.
    Known {
        /// Its leaf hash.
        leaf: Digest,
    },
}

impl MergeRefusal {
    pub(super) fn explain(&self) -> (&'static str, String) {
        match self {
            Self::NotLodged { found } => (
                "not-lodged",
                format!("drop boxes do not take acts of type {found}; only what people file"),
            ),
            Self::OtherAct { leaf } => (
                "other-act",
                format!(
                    "the receipt is for the act with leaf hash {leaf}, not for the one beside it"
                ),
            ),
            Self::UnknownBox { key } => (
                "unknown-box",
                format!(
                    "key {key} is none of the charter's drop boxes; `comity status` lists them"
                ),
            ),
            Self::Ahead { size, time } => (
                "receipt-ahead",
                format!(
                    "the receipt is of {size} acts and ledger time {time}, which this ledger has not reached"
                ),
            ),
            Self::Known { leaf } => (
                "merged",
                format!("the act with leaf hash {leaf} has been merged; it counts once"),
            ),
        }
    }
}

impl fmt::Display for MergeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain().1)
    }
}

impl core::error::Error for MergeRefusal {}
