//! What a member, or one who becomes one, says about itself.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::Digest;

/// Signs the charter: by somebody admitted, who is a member from here on, or by
/// a member, after the charter was changed. Who never signs has no vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accession {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The digest of the charter's one text.
    pub charter: Digest,
}
payload!(Accession, "accession");

/// A member leaves. Signed by itself; it needs nobody's leave, and keeps what
/// it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// Why.
    pub reason: String,
}
payload!(Departure, "departure");

/// A statement beside a proposal, its votes and its decision, or beside the
/// charter: a reservation, a correction. It changes nothing. Signed by one
/// member, or one key of a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The proposal's id, or the ledger's for the charter.
    pub to: Digest,
    /// The statement.
    pub text: String,
}
payload!(Declaration, "declaration");
