//! Rules about findings beside a proposal.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::basic::Digest;
use crate::limits;
use crate::zone::Name;

/// A rule about findings that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingsRefusal {
    /// For no name, or for names that are doubled, out of order or too many.
    Names,
    /// For a name that the proposal does not change.
    NotTouched {
        /// The name.
        name: Name,
    },
    /// Quoted findings that are too many or too long, or worse than the worst.
    Quoted {
        /// The name.
        name: Name,
    },
    /// After the edition with the proposal, or one by one key too many.
    Late {
        /// The proposal.
        proposal: Digest,
    },
}

impl FindingsRefusal {
    pub(super) fn explain(&self) -> (&'static str, String) {
        match self {
            Self::Names => (
                "findings-names",
                format!(
                    "findings are for at least one and at most {} names, sorted, each once",
                    limits::FINDINGS_NAMES_MAX
                ),
            ),
            Self::NotTouched { name } => (
                "findings-not-touched",
                format!("the proposal does not change {name}"),
            ),
            Self::Quoted { name } => (
                "findings-quoted",
                format!(
                    "the findings quoted for {name} are more than {} or than their count, worse \
                     than the worst that is stated, or longer than {} octets",
                    limits::FINDINGS_QUOTED_MAX,
                    limits::FINDING_TEXT_OCTETS_MAX
                ),
            ),
            Self::Late { proposal } => (
                "findings-late",
                format!(
                    "proposal {proposal} is published, or this key has made findings for it {} times",
                    limits::FINDINGS_PER_KEY_MAX
                ),
            ),
        }
    }
}

impl fmt::Display for FindingsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain().1)
    }
}

impl core::error::Error for FindingsRefusal {}
