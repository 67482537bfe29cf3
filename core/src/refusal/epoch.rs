//! Rules about the shares of a zone's key and how they pass on.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::basic::{PublicKey, Time};

/// A rule about epochs that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EpochRefusal {
    /// Members and threshold are those of the live epoch, or have changed only
    /// just now, and nobody has convoked a ceremony.
    NotDue,
    /// A member joined or left after it was settled who receives.
    Unsettled {
        /// The ledger's size when it was settled.
        size: u64,
    },
    /// Not a later try than one that is on the ledger.
    EarlierAttempt {
        /// The act's.
        attempt: u32,
    },
    /// A message out of order, twice, by nobody who could send it, or that cannot
    /// be read.
    Message {
        /// Which list.
        list: &'static str,
        /// The message's place in it, from 0.
        place: usize,
    },
    /// Fewer have answered than are needed.
    TooFew {
        /// Which list.
        list: &'static str,
        /// How many have.
        count: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The dealers, and those refused, are not those who dealt.
    Dealers,
    /// No epoch waits for its test.
    NothingToTest,
    /// Receivers do not agree on the new shares.
    OtherShares {
        /// Whose word differs.
        key: PublicKey,
    },
    /// The shares of the test signature are not those of the session's signers,
    /// or do not add up to it.
    TestShares,
    /// The test signature does not verify.
    TestSignature,
    /// The key never had a share of this epoch.
    NoShare {
        /// The key.
        key: PublicKey,
        /// The epoch.
        epoch: u32,
    },
    /// It is on the ledger already: for one's share of the epoch, or as a
    /// convocation while it signs.
    Known {
        /// The epoch.
        epoch: u32,
    },
    /// A member's share of the epoch that signs is needed.
    StillSigns {
        /// The epoch.
        epoch: u32,
    },
    /// A ceremony is convoked already, or this member has convoked one only just
    /// now.
    Convoked {
        /// When the member can do so again; none where one is under way.
        again: Option<Time>,
    },
}

impl EpochRefusal {
    pub(super) fn explain(&self) -> (&'static str, String) {
        match self {
            Self::NotDue => (
                "ceremony-not-due",
                "the shares are those of the members and of the charter's threshold, or this has \
                 changed less than deal_after_s ago; `comity ceremony start` convokes one"
                    .into(),
            ),
            Self::Unsettled { size } => (
                "ceremony-unsettled",
                format!("a member joined or left after act {size}, from which the ceremony began"),
            ),
            Self::EarlierAttempt { attempt } => (
                "ceremony-attempt",
                format!("try {attempt} is not later than the one on the ledger"),
            ),
            Self::Message { list, place } => (
                "ceremony-message",
                format!("message {place} of the {list} is not one that belongs there"),
            ),
            Self::TooFew {
                list,
                count,
                needed,
            } => (
                "ceremony-too-few",
                format!("{count} {list}, and {needed} are needed"),
            ),
            Self::Dealers => (
                "ceremony-dealers",
                "the dealers named, with those refused, are not those who dealt".into(),
            ),
            Self::NothingToTest => (
                "nothing-to-test",
                "no epoch was dealt that waits for its test".into(),
            ),
            Self::OtherShares { key } => (
                "other-shares",
                format!("{key} has computed other shares than the other receivers"),
            ),
            Self::TestShares => (
                "test-shares",
                "the shares of the test signature are not those of its session's signers, or do \
                 not add up to it"
                    .into(),
            ),
            Self::TestSignature => (
                "test-signature",
                "the new epoch's test signature does not verify".into(),
            ),
            Self::NoShare { key, epoch } => (
                "no-share",
                format!("{key} has never had a share of epoch {epoch}"),
            ),
            Self::Known { epoch } => (
                "share-known",
                format!("this is on the ledger for epoch {epoch} already"),
            ),
            Self::StillSigns { epoch } => (
                "share-signs",
                format!("a member keeps its share of epoch {epoch}, which signs"),
            ),
            Self::Convoked { again } => (
                "convoked",
                match again {
                    None => "a ceremony is convoked already".into(),
                    Some(again) => format!("this member can convoke a ceremony again from {again}"),
                },
            ),
        }
    }
}

impl fmt::Display for EpochRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain().1)
    }
}

impl core::error::Error for EpochRefusal {}
