//! What the overview shows, as plain text and whole numbers: the page is
//! drawn from it, and `/v1/status` is the same thing as JSON. Times are
//! seconds since 1970-01-01T00:00Z, keys and digests are lower-case
//! hexadecimal, names end with a dot. Lists are in the ledger's order, the
//! oldest first.

use comity_core::zone::{Change, Operation, RecordSet, Rtype};
use serde::{Deserialize, Serialize};

/// Less than this and the signatures are a reason to act at once: no edition has come
/// that renews them (invariant 10).
pub const SIGNATURES_LOW_S: u64 = 14 * 86_400;

/// A zone and its community at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// When this was true, by the clock of the machine that says so.
    pub as_of: u64,
    /// The zone.
    pub zone: ZoneView,
    /// Its charter.
    pub charter: CharterView,
    /// The head of its ledger.
    pub ledger: LedgerView,
    /// How long its signatures last.
    pub signatures: SignaturesView,
    /// Its members, by share.
    pub members: Vec<MemberView>,
    /// Who has shares of the key.
    #[serde(default)]
    pub shares: SharesView,
    /// The zone's keys.
    #[serde(default)]
    pub keys: KeysView,
    /// Of a root, how it stands to its upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamView>,
    /// What was proposed, and what became of it.
    pub proposals: Vec<ProposalView>,
    /// What was published.
    pub editions: Vec<EditionView>,
    /// Claims of names that nobody holds yet.
    #[serde(default)]
    pub claims: Vec<ClaimView>,
}

/// How a root stands to its upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamView {
    /// The upstream's serial, as members last said.
    pub serial: u32,
    /// The act that says so; 0 for the founding act.
    pub act: u64,
    /// What came of the members' verdicts: `passed`, `alarmed` or `held`.
    pub verdict: String,
    /// Every difference.
    pub divergences: Vec<DivergenceView>,
}

/// A difference between a root and its upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DivergenceView {
    /// The name.
    pub name: String,
    /// Ledger time since when.
    pub since: Option<u64>,
    /// Why.
    pub why: String,
    /// Ledger time at which it ends by itself.
    pub until: Option<u64>,
}

/// The zone's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysView {
    /// The keys in the order in which they were made.
    pub keys: Vec<KeyView>,
    /// Why a new key is due: `anchor`, `zone`, `standby` or `compromised`.
    pub roll: Option<String>,
    /// The tag of the key that is to sign a set of keys.
    pub keyset: Option<u16>,
}

/// One key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// The public key.
    pub key: String,
    /// The key tag of its DNSKEY record as it is now.
    pub tag: u16,
    /// Whether trust anchors name it; else it signs the zone only.
    pub anchor: bool,
    /// Whether it was made to stand by.
    pub standby: bool,
    /// The newest set of its shares that signs.
    pub epoch: u32,
    /// How far it has come: `made`, `published`, `standing-by`, `signing`, `retiring`,
    /// `revoked` or `gone`.
    pub stage: String,
    /// Since when (seconds since 1970).
    pub since: Option<u64>,
    /// When it goes on by itself, at the earliest.
    pub until: Option<u64>,
}

/// The shares of the zone's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharesView {
    /// The epochs, each with its set of shares.
    pub epochs: Vec<EpochView>,
    /// What else was dealt, and signs nothing: tries at a ceremony that gave way to a
    /// later one, drills, and the set that waits for its test. Their shares are
    /// shares of the same key.
    #[serde(default)]
    pub others: Vec<EpochView>,
    /// The set of shares that was dealt and waits for its test.
    pub dealt: Option<DealtView>,
    /// The ceremony that is due.
    pub due: Option<DueView>,
    /// The last drill.
    pub drill: Option<DrillView>,
}

/// One epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochView {
    /// Its number, from 1.
    pub epoch: u32,
    /// The tag of the key that the shares are of.
    pub tag: u16,
    /// Which try at its ceremony dealt it.
    #[serde(default)]
    pub attempt: u32,
    /// Place of the ceremony's act in the ledger, from 0.
    pub act: u64,
    /// How many shares make a signature.
    pub threshold: u32,
    /// How many there are.
    pub shares: u32,
    /// Whether it signs.
    pub signs: bool,
    /// Whose dealings were refused in its ceremony.
    pub refused: Vec<String>,
    /// Whose shares are out of the members' hands.
    pub exposed: Vec<String>,
    /// Of a set that is not needed any more: who has not said yet that the share is wiped.
    pub kept: Vec<String>,
    /// Whether the exposed are half of the threshold, or more.
    pub warning: bool,
    /// Whether they are four fifths of it, or more: a new key is due.
    pub roll_due: bool,
}

/// A set of shares that waits for its test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealtView {
    /// The epoch's number.
    pub epoch: u32,
    /// How many shares will make a signature.
    pub threshold: u32,
    /// How many there are.
    pub shares: u32,
}

/// A ceremony that is due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueView {
    /// The epoch that it makes.
    pub epoch: u32,
    /// Why: `convoked`, `membership`, `threshold`, `compromise` or `roll`.
    pub reason: String,
    /// Whether it is a drill.
    pub drill: bool,
    /// How many shares will make a signature.
    pub threshold: u32,
    /// How many members may receive one.
    pub receivers: u32,
    /// How many must.
    pub receivers_min: u32,
}

/// A drill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillView {
    /// Its place in the ledger, from 0.
    pub act: u64,
    /// When it was, in ledger time.
    pub time: u64,
    /// How many received a share.
    pub receivers: u32,
    /// How many dealt rightly.
    pub dealers: u32,
    /// Whose dealings were refused.
    pub refused: Vec<String>,
}

/// A claim of a name that nobody holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimView {
    /// Its place in the ledger, from 0.
    pub act: u64,
    /// The name.
    pub name: String,
    /// Who claims it.
    pub holder: String,
    /// Whether the name's own zone proves it. Else it binds nothing.
    pub proven: bool,
    /// When it binds, if nothing contests it; none where it is unproven, or not
    /// known to have been seen.
    pub binds: Option<u64>,
}

/// The zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneView {
    /// Its name.
    pub name: String,
    /// Its kind: `root` or `plain`.
    pub kind: String,
    /// How many names it delegates.
    pub delegations: u64,
    /// How many of them have a holder here.
    pub held: u64,
    /// The zone's public key; none before the first ceremony.
    pub key: Option<String>,
    /// The key tag of its DNSKEY record (RFC 4034, appendix B).
    pub key_tag: Option<u16>,
    /// The ZONEMD digest of the last edition (SHA-384); none before the first.
    pub zonemd: Option<String>,
    /// The set of shares that signs; 0 before the first ceremony.
    pub epoch: u32,
}

/// The charter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharterView {
    /// What the zone and its community are called.
    pub title: String,
    /// Why they founded it.
    pub preamble: String,
    /// The clauses.
    pub clauses: Vec<ClauseView>,
    /// Its digest.
    pub digest: String,
    /// How many shares sign.
    pub signing_threshold: u32,
    /// The drop boxes that it names; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<BoxView>,
}

/// A drop box.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxView {
    /// Its name.
    pub name: String,
    /// The key that signs its receipts.
    pub key: String,
    /// Where it is.
    pub url: String,
}

/// One clause of the charter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseView {
    /// Its number.
    pub number: u32,
    /// Its text.
    pub text: String,
}

/// The head of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerView {
    /// The id of the founding act, which all other acts name.
    pub id: String,
    /// The name in its checkpoints.
    pub origin: String,
    /// How many acts it has.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: String,
    /// How many members cosigned this very head.
    pub cosigned: u32,
    /// The cosigning quorum.
    pub quorum: u32,
    /// When so many present members had last cosigned; none where they have not.
    #[serde(default)]
    pub quorum_time: Option<u64>,
    /// Ledger time; none before the first time act.
    pub time: Option<u64>,
}

/// How long the signatures of the last edition last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignaturesView {
    /// When the first of them expires; none before the first edition.
    pub first_expiration: Option<u64>,
    /// Seconds until then, from when this view was true; 0 where it has expired.
    #[serde(default)]
    pub left_s: Option<u64>,
    /// A signature is renewed when less than this is left.
    pub refresh_before_s: u64,
}

/// A member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Its name.
    pub name: String,
    /// The number of its share, from 1.
    pub share: u32,
    /// Its identity key.
    pub key: String,
    /// Whether it counts as present.
    pub present: bool,
    /// Its departure's place in the ledger, once it has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departed: Option<u64>,
    /// The time in its last cosignature; none before its first.
    pub cosigned_at: Option<u64>,
    /// In how many sessions it was a signer and did not answer in time, by the
    /// secretariat's word.
    #[serde(default)]
    pub silent: u64,
}

/// A proposal with everything that was said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalView {
    /// Its place in the ledger, from 0.
    pub act: u64,
    /// Its id.
    pub id: String,
    /// Who signed it: a member's name, the name that a holder holds, or a key.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Ledger time when it came.
    pub time: u64,
    /// Ledger time after which what is missing is missing.
    pub deadline: u64,
    /// What it would change.
    pub changes: Vec<ChangeView>,
    /// The held names whose holder's consent it needs.
    pub needs_consent: Vec<String>,
    /// The consents that came.
    pub consents: Vec<ConsentView>,
    /// The ballots that were cast.
    pub ballots: Vec<BallotView>,
    /// What those found who looked at the name servers.
    #[serde(default)]
    pub findings: Vec<FindingsView>,
    /// What became of it; none while it is open.
    pub decision: Option<DecisionView>,
    /// Places of decisions that are void, since they left out what a drop box
    /// had taken.
    #[serde(default)]
    pub voided: Vec<u64>,
}

/// Findings beside a proposal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingsView {
    /// Their place in the ledger.
    pub act: u64,
    /// Whose they are.
    pub by: String,
    /// `proposal`, `decision` or `signing`.
    pub stage: String,
    /// The worst of them: `info` to `critical`; none where there are none.
    pub worst: Option<String>,
    /// Names whose chain of trust is broken as it is.
    pub broken: Vec<String>,
}

/// One change of one record set, with the JSON that it has in its act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeView {
    /// `ADD`, `MOD` or `SUP`.
    pub op: String,
    /// The owner name.
    pub name: String,
    /// The record type.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The value before; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<SetView>,
    /// The value after; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<SetView>,
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        let set = |set: &RecordSet| SetView::new(change.rtype, set);
        let op = match change.operation() {
            Some(Operation::Add) => "ADD",
            Some(Operation::Mod) => "MOD",
            Some(Operation::Sup) => "SUP",
            Some(Operation::Noc) => "NOC",
            None => "",
        };
        Self {
            op: op.into(),
            name: change.name.to_string(),
            rtype: change.rtype.to_string(),
            old: change.old.as_ref().map(set),
            new: change.new.as_ref().map(set),
        }
    }
}

/// A record set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetView {
    /// Its TTL in seconds.
    pub ttl: u32,
    /// Its records in presentation form.
    pub data: Vec<String>,
}

impl SetView {
    fn new(rtype: Rtype, set: &RecordSet) -> Self {
        Self {
            ttl: set.ttl,
            data: set.data.iter().map(|data| data.to_text(rtype)).collect(),
        }
    }
}

/// A holder's consent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    /// The names it is for.
    pub names: Vec<String>,
    /// The holder.
    pub holder: String,
    /// With which of its keys: `operational` or `recovery`.
    pub authority: String,
    /// Ledger time after which it is void.
    pub until: u64,
}

/// A member's ballot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotView {
    /// The member's name.
    pub member: String,
    /// `for`, `against` or `abstain`.
    pub vote: String,
}

/// A decision with its arithmetic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// Its place in the ledger, from 0.
    pub act: u64,
    /// Ledger time when it was taken.
    pub time: u64,
    /// `adopted`, `rejected` or `lapsed`.
    pub result: String,
    /// The rule that gave the result, as the act names it.
    pub rule: String,
    /// Whether the rules asked for a vote at all.
    pub vote_needed: bool,
    /// Members with a vote.
    pub eligible: u32,
    /// Members that must take part.
    pub quorum: u32,
    /// Members that cast a ballot.
    pub taking_part: u32,
    /// Ballots in favour.
    #[serde(rename = "for")]
    pub in_favour: u32,
    /// Ballots against.
    pub against: u32,
    /// Ballots that abstain.
    pub abstain: u32,
    /// The vote's arithmetic in a sentence, where one was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arithmetic: Option<String>,
    /// Held names whose consent counted.
    pub consented: Vec<String>,
    /// Held names whose consent was needed and is missing.
    pub missing: Vec<String>,
}

/// A published edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionView {
    /// Its number, from 1.
    pub edition: u64,
    /// Its place in the ledger, from 0.
    pub act: u64,
    /// Its SOA serial.
    pub serial: u32,
    /// Ledger time when it was published.
    pub time: u64,
    /// How many record sets were signed for it; the others kept their
    /// signatures.
    pub rrsets_signed: u64,
    /// How its contents differ from those of the edition before.
    pub changes: Vec<ChangeView>,
}
