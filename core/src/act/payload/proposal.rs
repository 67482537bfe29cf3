//! Proposals, ballots and decisions.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{FoundingMember, payload};
use crate::act::json::Payload;
use crate::basic::{Digest, Time};
use crate::charter::Charter;
use crate::vote::Count;
use crate::zone::{Change, Name};

/// Changes that somebody wants. Signed by a member or a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The changes, in canonical order of name and type, each set once.
    pub changes: Vec<Change>,
    /// What else it is about than the zone; there are no changes then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<Matter>,
    /// The proposal that it would replace, if it is an amendment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<Digest>,
    /// Why.
    pub reason: String,
    /// Ledger time after which what is missing is missing.
    pub deadline: Time,
}
payload!(Proposal, "proposal");

/// What members decide about themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few proposals about the charter, and each is held once"
)]
pub enum Matter {
    /// A new member, from its signature of the charter on.
    Admission(FoundingMember),
    /// Another charter.
    Charter(Charter),
}

/// A member's vote on a proposal. Immutable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The proposal's id.
    pub proposal: Digest,
    /// The vote.
    pub vote: Vote,
}
payload!(Ballot, "ballot");

/// What a ballot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vote {
    /// In favour.
    For,
    /// Not in favour.
    Against,
    /// Takes part without choosing.
    Abstain,
}

/// What became of a proposal, with its arithmetic. Signed by the secretariat
/// and recomputed by everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The proposal's id.
    pub proposal: Digest,
    /// Adopted, rejected or lapsed.
    pub result: DecisionResult,
    /// The rule that gave the result.
    pub reason: Reason,
    /// The vote's arithmetic; also given where no vote was needed.
    pub tally: Tally,
    /// Held names whose consent counted, in canonical order.
    pub consented: Vec<Name>,
    /// Held names whose consent was needed and is missing.
    pub missing: Vec<Name>,
}
payload!(Decision, "decision");

/// The three ends of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionResult {
    /// Its changes are contents from here on.
    Adopted,
    /// The vote went against it.
    Rejected,
    /// What it needed did not come in time.
    Lapsed,
}

/// Which rule ended a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Every holder concerned consented, and a vote was not needed or won.
    RuleMet,
    /// Access: a holder's consent is missing. No tally replaces it.
    ConsentMissing,
    /// Fewer took part than the vote's rule asks for.
    NoQuorum,
    /// Fewer were for it than the vote's rule asks for.
    NoMajority,
    /// As many were for it as against it.
    Tie,
    /// So many abstained that the vote's rule puts the matter off.
    Postponed,
    /// An amendment was adopted, and this is not put to the vote.
    NotPut,
    /// The zone has changed since: an old value no longer matches.
    Overtaken,
    /// A name that uses a host which nobody holds does not agree to its change.
    DependentObjects,
}

/// Counted ballots with the denominators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Whether the rules ask for a vote at all.
    pub needed: bool,
    /// Which of the charter's rules for votes it is counted by.
    pub rule: Question,
    /// Every figure.
    pub count: Count,
}

/// What kind of question a vote is about; the charter has a rule for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// The zone's apex, and names that nobody holds.
    Common,
    /// Admission and the charter.
    Membership,
}

impl core::fmt::Display for Question {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Common => "common",
            Self::Membership => "membership",
        })
    }
}
