//! Drop boxes: their promise to have an act merged, and the act that carries
//! out what they promised when an ordinary entry is too late for it.

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::Envelope;
use crate::act::json::Payload;
use crate::basic::{Digest, Time};

/// A drop box's promise: the act is on the ledger within the hour. Signed by
/// the box's key alone. It is no act; it stands in a [`Merge`], or is shown to
/// an auditor.
///
/// The hour is of ledger time, and runs from the first time act at or after
/// `size`: a box cannot know how far ledger time will have moved when the next
/// one comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The act's leaf hash in the ledger's Merkle tree (RFC 9162 §2.1.1), as the
    /// box took it. Not its id, which two members' ballots can share.
    pub leaf: Digest,
    /// How many acts the ledger had when the box took it.
    pub size: u64,
    /// Ledger time after these.
    pub time: Time,
}
payload!(Receipt, "receipt");

/// Puts on the ledger an act that a drop box took in time. It counts as of the
/// receipt: a ballot, a consent or an objection that was left out, and would
/// have changed a decision, voids it. Whatever cannot count any more is
/// recorded, so that no receipt stays unmerged. Signed by the box, a member or
/// the secretariat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The box's receipt, a [`Receipt`] in its envelope.
    pub receipt: Envelope,
    /// The act, in its envelope.
    pub act: Envelope,
}
payload!(Merge, "merge");
