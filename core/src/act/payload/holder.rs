//! What holders say: consents, and acts about their own keys and names.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::{Digest, Time};
use crate::holder::{HolderId, HolderKeys};
use crate::zone::Name;

/// A holder's signature under a proposal, for the state of its names that it
/// saw, until a date; so it cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The zone.
    pub zone: Name,
    /// The holder, whose policy the signatures satisfy.
    pub holder: HolderId,
    /// The proposal's id.
    pub proposal: Digest,
    /// The names consented for, in canonical order.
    pub names: Vec<Consented>,
    /// Ledger time after which the consent is void.
    pub until: Time,
}
payload!(Consent, "consent");

/// A name in a consent and the state of it that its holder saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consented {
    /// The delegated name.
    pub name: Name,
    /// Digest of its NS, DS and hosts (see [`crate::state::present_digest`]).
    pub present: Digest,
}

/// New keys of a holder. Signed by its policy: by the recovery keys for any
/// change, at once; by the operational keys for their own set, at once if there
/// are recovery keys that can undo it, else after the holder's delay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The holder.
    pub holder: HolderId,
    /// How often its keys have changed before; so it cannot be replayed.
    pub revision: u64,
    /// Its keys from here on.
    pub keys: HolderKeys,
}
payload!(Rotation, "rotation");

/// Gives a holder other keys after a waiting time in which it does not object.
/// Signed in advance, by the recovery keys if there are any; whoever keeps it
/// files it when the holder's keys are lost. Any act by which the holder
/// changes its keys, and any objection, ends it for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Testament {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The holder.
    pub holder: HolderId,
    /// Its keys after the waiting time.
    pub keys: HolderKeys,
    /// Seconds of ledger time that it waits.
    pub wait_s: u64,
    /// Ledger time after which it can no longer be filed.
    pub until: Time,
}
payload!(Testament, "testament");

/// Gives a name to another holder. Signed by the present holder's policy and by
/// the new one's operational keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The name.
    pub name: Name,
    /// Its present holder.
    pub from: HolderId,
    /// Position of the act by which it holds the name; so it cannot be replayed.
    pub since: u64,
    /// The new holder's keys as they are when this is signed.
    pub keys: HolderKeys,
    /// The new holder, which accepts it.
    pub to: HolderId,
    /// Ledger time after which it can no longer be filed.
    pub until: Time,
}
payload!(Transfer, "transfer");

/// Claims a name that nobody holds for a holder. Signed by the operational keys
/// that it brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimAct {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The name.
    pub name: Name,
    /// The holder.
    pub holder: HolderId,
    /// Its keys as they are when this is signed.
    pub keys: HolderKeys,
    /// The proof by DNSSEC that the name's own zone says so, in base64 (see
    /// [`crate::dnssec::Chain`]). None where the name has no DS set: the claim
    /// then stays unproven, and binds nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}
payload!(ClaimAct, "claim");

/// A holder says no: to a change of its own keys or names that waits, which it
/// ends; to its own consent, which it takes back; or, as one whose name uses a
/// host, to a change of that host which needs its consent. Signed by its
/// policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The holder.
    pub holder: HolderId,
    /// The id of what it objects to.
    pub to: Digest,
    /// Why.
    pub reason: String,
}
payload!(Objection, "objection");
