//! Why papers are not taken, or not signed.

use std::error::Error;
use std::fmt;

use comity_core::basic::{Digest, PublicKey};
use comity_core::holder::{HolderFinding, HolderId};
use comity_core::limits;
use comity_core::refusal::{FormatRefusal, Refusal};
use comity_core::zone::Name;

use crate::token::TokenError;

/// A rule about papers that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PapersRefusal {
    /// A file larger than any papers.
    TooLarge {
        /// Its octets.
        octets: usize,
    },
    /// Not of the format, or a signature that is none.
    Format(FormatRefusal),
    /// Another version of the format.
    Version {
        /// The one found.
        found: u32,
    },
    /// The act is none.
    Act(Box<Refusal>),
    /// An act that no person signs.
    OtherKind {
        /// Its payload type.
        found: String,
    },
    /// What the act refers to is not there.
    AboutMissing {
        /// The id.
        named: Digest,
    },
    /// What is there is not what the act refers to.
    AboutDiffers {
        /// The id.
        named: Digest,
    },
    /// What is there is on another ledger than the act.
    OtherLedger,
    /// The keys of the holder are not there, or those of others are.
    HolderMissing {
        /// The holder.
        holder: HolderId,
    },
    /// Keys that are no holder's.
    HolderKeys(HolderFinding),
    /// The present sets are out of order, would change, or are of other names.
    PresentList,
    /// The present sets of a name are not those that the consent is for.
    PresentDiffers {
        /// The name.
        name: Name,
    },
    /// The charter is not there, or not the one that is signed.
    CharterDiffers,
    /// The members are not there, or not in order.
    MembersMissing,
    /// Something that this kind of act has no use for, and that could mislead.
    NotAsked {
        /// The field.
        what: &'static str,
    },
    /// A key that has no part in the act.
    Stranger {
        /// The key.
        key: PublicKey,
    },
    /// A key that has signed already.
    Signed {
        /// The key.
        key: PublicKey,
    },
    /// A second signature where one key alone signs.
    OneSigns,
    /// Keys of both sets of a holder under one act.
    BothSets,
    /// An operational key under what only the recovery keys can do.
    RecoveryNeeded {
        /// The holder.
        holder: HolderId,
    },
    /// A copy of the papers of another act.
    OtherAct {
        /// Its id.
        found: Digest,
    },
}

/// Why a signature was not added.
#[derive(Debug)]
pub enum SignError {
    /// A rule says no.
    Refused(PapersRefusal),
    /// The token does not sign.
    Token(TokenError),
}

impl PapersRefusal {
    /// The rule's short name, stable for scripts.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge { .. }
            | Self::Format(_)
            | Self::Version { .. }
            | Self::OtherKind { .. }
            | Self::NotAsked { .. }
            | Self::PresentList => "papers",
            Self::Act(refusal) => refusal.rule(),
            Self::AboutMissing { .. } | Self::AboutDiffers { .. } | Self::OtherLedger => {
                "papers-about"
            }
            Self::HolderMissing { .. } | Self::HolderKeys(_) => "papers-holder",
            Self::PresentDiffers { .. } => "papers-present",
            Self::CharterDiffers => "papers-charter",
            Self::MembersMissing => "papers-members",
            Self::Stranger { .. } => "not-entitled",
            Self::Signed { .. } | Self::OneSigns => "signed",
            Self::BothSets => "both-sets",
            Self::RecoveryNeeded { .. } => "recovery-needed",
            Self::OtherAct { .. } => "other-act",
        }
    }
}

impl fmt::Display for PapersRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { octets } => write!(
                f,
                "{octets} octets; papers have at most {}",
                limits::PAPERS_OCTETS_MAX
            ),
            Self::Format(refusal) => write!(f, "these are no papers: {refusal}"),
            Self::Version { found } => write!(f, "papers of version {found}; this program reads 1"),
            Self::Act(refusal) => write!(f, "the act: {refusal}"),
            Self::OtherKind { found } => write!(f, "{found:?} is no act that a person signs"),
            Self::AboutMissing { named } => {
                write!(f, "act {named}, which this is about, is not in the papers")
            }
            Self::AboutDiffers { named } => write!(
                f,
                "the papers show another act than {named}, which would be signed: do not sign"
            ),
            Self::MembersMissing => {
                f.write_str("the members, so many of whom must sign, are not in the papers")
            }
            Self::OtherLedger => f.write_str("what this is about is on another ledger"),
            Self::HolderMissing { holder } => {
                write!(f, "the keys of holder {holder} are not in the papers")
            }
            Self::HolderKeys(finding) => write!(f, "the holder's keys: {finding}"),
            Self::PresentList => f.write_str(
                "the present record sets are out of order, would change, or are of other names",
            ),
            Self::PresentDiffers { name } => write!(
                f,
                "the papers show another state of {name} than would be signed: do not sign"
            ),
            Self::CharterDiffers => {
                f.write_str("the papers show another charter than would be signed: do not sign")
            }
            Self::NotAsked { what } => {
                write!(f, "the papers have `{what}`, of which this act says nothing")
            }
            Self::Stranger { key } => write!(f, "key {key} has no part in this act"),
            Self::Signed { key } => write!(f, "key {key} has signed this already"),
            Self::OneSigns => f.write_str("one key alone signs this, and one has"),
            Self::BothSets => f.write_str(
                "operational and recovery keys never sign together: one of the two sets does it all",
            ),
            Self::RecoveryNeeded { holder } => write!(
                f,
                "holder {holder} has recovery keys, and this is for them to sign"
            ),
            Self::OtherAct { found } => write!(f, "a copy of other papers, of act {found}"),
        }
    }
}

impl Error for PapersRefusal {}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Token(error) => error.fmt(f),
        }
    }
}

impl Error for SignError {}
