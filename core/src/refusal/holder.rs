//! Rules about holders and their keys.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::basic::{Digest, Time};
use crate::holder::HolderId;
use crate::limits;
use crate::zone::Name;

/// A rule about holders that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolderRefusal {
    /// No such holder.
    Unknown {
        /// The id.
        holder: HolderId,
    },
    /// The signatures are not enough of one of the holder's two sets, or are
    /// mixed from both.
    PolicyNotMet {
        /// The holder.
        holder: HolderId,
    },
    /// The holder does not hold the name.
    NotHolder {
        /// The name.
        name: Name,
        /// The holder.
        holder: HolderId,
    },
    /// A rotation for another state of the holder's keys.
    WrongRevision {
        /// How often they have changed.
        expected: u64,
        /// The act's.
        found: u64,
    },
    /// What the recovery set or the delay are is not for the operational keys
    /// to change.
    RecoveryNeeded {
        /// The holder.
        holder: HolderId,
    },
    /// A testament that waits too short or too long.
    TestamentWait {
        /// Its wait in seconds.
        wait_s: u64,
    },
    /// A transfer for another time at which the holder had the name.
    HeldSince {
        /// The name.
        name: Name,
        /// Position of the act by which it is held.
        since: u64,
    },
    /// The keys given are not those of the holder that is named.
    OtherKeys {
        /// The holder.
        holder: HolderId,
    },
    /// The new holder did not sign the transfer.
    NotAccepted {
        /// The new holder.
        holder: HolderId,
    },
    /// An act whose end date has passed.
    Expired {
        /// The end date.
        until: Time,
    },
    /// The same act waits already, or is over.
    ActKnown {
        /// Its id.
        act: Digest,
    },
    /// As many changes of one holder wait as may.
    TooManyWaiting {
        /// The holder.
        holder: HolderId,
    },
    /// An objection to what is not there, not the holder's business, or over.
    NothingToObject {
        /// The id.
        to: Digest,
    },
    /// A claim to a name that is not delegated.
    NotDelegated {
        /// The name.
        name: Name,
    },
    /// A claim to a name that somebody holds.
    NameHeld {
        /// The name.
        name: Name,
        /// Its holder.
        holder: HolderId,
    },
    /// A claim without a proof, where the name's DS set could prove it.
    ProofMissing {
        /// The name.
        name: Name,
    },
    /// A claim with a proof, where the name has no DS set that it could stand
    /// under.
    ProofUseless {
        /// The name.
        name: Name,
    },
    /// A claim that proves another holder's, or another name's.
    ProofOfOther {
        /// The name that is proved.
        name: Name,
        /// The holder that is proved.
        holder: Digest,
    },
    /// The holder has claimed the name already, or others have as often as may be.
    ClaimKnown {
        /// The name.
        name: Name,
    },
    /// A consent with lesser keys than those that objected.
    Objected {
        /// The proposal.
        proposal: Digest,
    },
}

impl HolderRefusal {
    pub(super) fn explain(&self) -> (&'static str, String) {
        match self {
            Self::Unknown { holder } => (
                "holder-unknown",
                format!("the ledger knows no holder {holder}; `comity holder show` lists them"),
            ),
            Self::PolicyNotMet { holder } => (
                "policy-not-met",
                format!(
                    "not signed by enough of the operational or of the recovery keys of holder \
                     {holder}, or by a mixture of both"
                ),
            ),
            Self::NotHolder { name, holder } => {
                ("not-holder", format!("{holder} does not hold {name}"))
            }
            Self::WrongRevision { expected, found } => (
                "revision",
                format!("made for revision {found} of the holder's keys, which are at {expected}"),
            ),
            Self::RecoveryNeeded { holder } => (
                "recovery-needed",
                format!("holder {holder} has recovery keys, and this is for them to sign"),
            ),
            Self::TestamentWait { wait_s } => (
                "testament-wait",
                format!(
                    "a testament waits {} to {} s, not {wait_s}",
                    limits::TESTAMENT_SECONDS_MIN,
                    limits::TESTAMENT_SECONDS_MAX
                ),
            ),
            Self::HeldSince { name, since } => (
                "held-since",
                format!("{name} is held since act {since}; the transfer is for another time"),
            ),
            Self::OtherKeys { holder } => (
                "other-keys",
                format!("the keys given are not those of holder {holder}"),
            ),
            Self::NotAccepted { holder } => (
                "not-accepted",
                format!("the new holder {holder} has not signed with its operational keys"),
            ),
            Self::Expired { until } => ("expired", format!("it could be filed until {until}")),
            Self::ActKnown { act } => (
                "act-known",
                format!("act {act} waits already, or is over; make a new one"),
            ),
            Self::TooManyWaiting { holder } => (
                "too-many-waiting",
                format!(
                    "holder {holder} has {} changes that wait; object to one first",
                    limits::WAITING_PER_HOLDER_MAX
                ),
            ),
            Self::NothingToObject { to } => (
                "nothing-to-object",
                format!("{to} is not there, not this holder's business, or over"),
            ),
            Self::NotDelegated { .. }
            | Self::NameHeld { .. }
            | Self::ProofMissing { .. }
            | Self::ProofUseless { .. }
            | Self::ProofOfOther { .. }
            | Self::ClaimKnown { .. } => self.explain_claim(),
            Self::Objected { proposal } => (
                "objected",
                format!("the holder objected to {proposal} with keys that outrank these"),
            ),
        }
    }

    fn explain_claim(&self) -> (&'static str, String) {
        match self {
            Self::NotDelegated { name } => (
                "not-delegated",
                format!("{name} is not delegated, and only what is can be claimed"),
            ),
            Self::NameHeld { name, holder } => (
                "name-held",
                format!("{name} has a holder, {holder}, who can transfer it"),
            ),
            Self::ProofMissing { name } => (
                "proof-missing",
                format!(
                    "{name} has a DS set, so its zone can prove the claim; `comity claim` does"
                ),
            ),
            Self::ProofUseless { name } => (
                "proof-useless",
                format!("{name} has no DS set here: nothing proves, and the claim stays unproven"),
            ),
            Self::ProofOfOther { name, holder } => (
                "proof-of-other",
                format!("the proof is of a claim to {name} for {holder}"),
            ),
            _ => (
                "claim-known",
                "the name is claimed so already, or by as many as may be at a time".into(),
            ),
        }
    }
}

impl fmt::Display for HolderRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain().1)
    }
}

impl core::error::Error for HolderRefusal {}
