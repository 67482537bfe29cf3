//! Rules about what upstream has.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use crate::guard::Verdict;
use crate::limits;
use crate::zone::Name;

/// A rule about an upstream that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamRefusal {
    /// The zone is of kind `plain`.
    NoRoot,
    /// What upstream held is not newer than what is recorded, nor is less of it held.
    NotNewer {
        /// The serial recorded.
        recorded: u32,
        /// The act's.
        found: u32,
    },
    /// What a member saw is something else than what the act says, or malformed.
    Seen {
        /// The member.
        member: String,
    },
    /// The members' verdicts come to another one.
    Verdict {
        /// Which.
        verdict: Verdict,
    },
    /// The changes do not lead to the contents that members saw.
    Changes {
        /// The act's serial.
        serial: u32,
    },
    /// A root has no name that upstream lacks (invariant 12).
    Lacks {
        /// The name.
        name: Name,
    },
}

impl UpstreamRefusal {
    pub(super) fn explain(&self) -> (&'static str, String) {
        match self {
            Self::NoRoot => (
                "upstream-no-root",
                "only a zone of kind root follows an upstream".to_string(),
            ),
            Self::NotNewer { recorded, found } => (
                "upstream-not-newer",
                format!(
                    "upstream's serial {found} is not later than {recorded}, recorded before, and \
                     no fewer names are held"
                ),
            ),
            Self::Seen { member } => (
                "upstream-seen",
                format!(
                    "what {member} saw is of another serial, digest or ledger, or holds names out \
                     of order, more than {}, or none under the verdict held",
                    limits::UPSTREAM_HELD_NAMES_MAX
                ),
            ),
            Self::Verdict { verdict } => (
                "upstream-verdict",
                format!("the members' verdicts come to {verdict:?}"),
            ),
            Self::Changes { serial } => (
                "upstream-changes",
                format!("the changes do not lead to the contents of {serial} that members saw"),
            ),
            Self::Lacks { name } => (
                "upstream-lacks",
                format!("upstream does not delegate {name}; a root has no name of its own"),
            ),
        }
    }
}

impl fmt::Display for UpstreamRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain().1)
    }
}

impl core::error::Error for UpstreamRefusal {}
