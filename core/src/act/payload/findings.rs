//! What somebody found who looked at the name servers.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::{Digest, Time};
use crate::check::{Finding, Severity};
use crate::zone::Name;

/// The findings of the checks before a delegation ([`crate::check`]), attached
/// to a proposal. Signed by a member or a key of a holder, who looked itself.
///
/// They inform, and decide nothing: a name stays its holder's to change. But
/// for one thing: where at least the signing threshold of members found within
/// a day that a name's chain of trust is broken, its holder need not wait
/// before it withdraws the DS set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The proposal's id.
    pub to: Digest,
    /// At which stage of the proposal they were made.
    pub stage: Stage,
    /// When the checks began, by the clock of whoever made them.
    pub begun: Time,
    /// The delegated names that it changes, in canonical order.
    pub names: Vec<Found>,
}
payload!(Findings, "findings");

/// When checks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// When it is proposed.
    Proposal,
    /// Before it is decided.
    Decision,
    /// Before the edition with it is signed.
    Signing,
}

/// What was found for one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The name.
    pub name: Name,
    /// The worst; none where nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Severity>,
    /// Whether the name as it is delegated now has a DS set that no server's
    /// keys and signatures satisfy: validators refuse the name.
    pub broken: bool,
    /// How many findings there are.
    pub count: u32,
    /// The worst of them.
    pub findings: Vec<Finding>,
}
