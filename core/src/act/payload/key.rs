//! The acts by which one key of the zone follows another.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::{Digest, PublicKey, Signature};
use crate::state::RollKind;

/// Has a new key made. Signed by at least the signing threshold of members; where a
/// key is compromised, by more than two thirds of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollAct {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// What the new key is for.
    pub kind: RollKind,
    /// The key whose place it takes; for one that stands by, and for the first that
    /// signs the zone only, the one that trust anchors name.
    pub key: PublicKey,
    /// Why.
    pub reason: String,
}
payload!(RollAct, "roll");

/// Signatures of a DNSKEY set by a key that does not sign the rest of the zone,
/// made ahead. Signed by the secretariat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyset {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch whose shares signed.
    pub epoch: u32,
    /// The signatures in the order of their periods.
    pub signatures: Vec<Signature>,
    /// A checkpoint with the cosigning quorum above the session of it.
    pub checkpoint: String,
}
payload!(Keyset, "keyset");
