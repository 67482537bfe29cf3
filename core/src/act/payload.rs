//! The payload of each kind of act. Fields stand in the order of their text.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::json::Payload;
use crate::basic::{Digest, PublicKey, Signature, Time};
use crate::charter::Charter;
use crate::holder::{HolderId, HolderKeys};
use crate::vote::Count;
use crate::zone::{Change, Kind, Name};

macro_rules! payload {
    ($name:ident, $kind:literal) => {
        impl Payload for $name {
            const TYPE: &'static str = concat!("application/vnd.comity.", $kind, ".v1+json");
        }
    };
}

/// The first act: what the zone is, whose, and under which charter. Signed by
/// every member. Its id names the ledger in all later acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// The version of the rules.
    pub rules: u32,
    /// The zone's origin.
    pub zone: Name,
    /// Its kind.
    pub kind: Kind,
    /// Verifier key of the ledger (C2SP signed-note), held by the secretariat.
    pub log: String,
    /// The members in the order of their names; the first has share 1.
    pub members: Vec<FoundingMember>,
    /// The charter, a blob (see [`crate::charter::Charter`]).
    pub charter: Digest,
    /// The first contents, a blob of records in wire form.
    pub contents: Digest,
    /// The holders bound to names, a blob (see [`Holders`]).
    pub holders: Digest,
}
payload!(Founding, "founding");

/// A member as the founding act names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundingMember {
    /// Its name: lower-case letters, digits and hyphens.
    pub name: String,
    /// Its identity key.
    pub key: PublicKey,
}

/// The blob of holders that a founding act binds to names, in canonical order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holders {
    /// One binding for each held name.
    pub holders: Vec<HolderBinding>,
}

/// A name and the holder that its delegation obeys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderBinding {
    /// The delegated name.
    pub name: Name,
    /// Its holder. One with the same keys is the same holder.
    pub holder: HolderKeys,
}

/// The result of a dealing of shares. Signed by the secretariat; the
/// transcript carries every member's own signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch that the ceremony makes, from 1.
    pub epoch: u32,
    /// The number of shares that sign.
    pub threshold: u16,
    /// The zone's key.
    pub group_key: PublicKey,
    /// The transcript, a blob (see [`crate::message::Transcript`]).
    pub transcript: Digest,
}
payload!(Ceremony, "ceremony");

/// Moves ledger time. Signed by the secretariat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeAct {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// A checkpoint of this ledger with cosignatures of at least the signing
    /// threshold (C2SP tlog-cosignature).
    pub checkpoint: String,
}
payload!(TimeAct, "time");

/// What upstream holds, as at least a threshold of members saw it themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// Upstream's SOA serial.
    pub serial: u32,
    /// Digest of upstream's contents.
    pub digest: Digest,
    /// What the guard says of it.
    pub verdict: Verdict,
}
payload!(Upstream, "upstream");

/// The guard's judgement of upstream's changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to say against them.
    Passed,
    /// Somebody should look.
    Alarmed,
    /// Not taken over for now.
    Held,
}

/// Says that members have been silent for as long as the charter allows.
/// Signed by at least the signing threshold. Ends with their next cosignature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The silent members' names, sorted.
    pub members: Vec<String>,
    /// Ledger time at which this was found, so that no two such acts are one.
    pub found: Time,
}
payload!(Absence, "absence");

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
pub enum Matter {
    /// A new member, from its signature of the charter on.
    Admission(FoundingMember),
    /// Another charter.
    Charter(Charter),
}

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

/// Announces the one exchange in which shares may leave the named members.
/// Signed by the secretariat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch whose shares sign.
    pub epoch: u32,
    /// The edition that is signed.
    pub edition: u64,
    /// Which of its two batches.
    pub kind: SessionKind,
    /// Counts the sessions of this edition and kind, from 1.
    pub attempt: u32,
    /// Digest of the batch of messages.
    pub batch: Digest,
    /// The signers' commitments, a blob (see [`crate::message::Messages`]).
    pub commitments: Digest,
    /// The signers' names, sorted.
    pub signers: Vec<String>,
    /// For ZONEMD: what the records' session gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Digest>,
    /// For ZONEMD: a checkpoint with the cosigning quorum above the records'
    /// session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}
payload!(Session, "session");

/// The two batches of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// Every record set that needs a signature, ZONEMD apart.
    Records,
    /// The ZONEMD record, which covers the others' signatures.
    Zonemd,
}

/// Publishes an edition. Signed by the secretariat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// Its number, from 1, never reused.
    pub edition: u64,
    /// Its SOA serial.
    pub serial: u32,
    /// The ZONEMD digest (SHA-384), hexadecimal.
    pub zonemd: String,
    /// The signature over the ZONEMD record set.
    pub signature: Signature,
    /// A checkpoint with the cosigning quorum above the ZONEMD session.
    pub checkpoint: String,
}
payload!(Edition, "edition");
