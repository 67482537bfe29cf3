//! The acts that keep the ledger going: time, upstream, absence, sessions and
//! editions.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::{Digest, Signature, Time};
use crate::guard::Verdict;

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

/// What upstream holds, as at least a threshold of members saw it themselves: each
/// of them has signed that (see [`crate::message::SeenUpstream`]). Signed by the
/// secretariat, which has put it together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// Upstream's SOA serial.
    pub serial: u32,
    /// Digest of upstream's contents in wire form.
    pub digest: Digest,
    /// What they changed since those recorded before, a blob (see
    /// [`crate::message::UpstreamChanges`]).
    pub changes: Digest,
    /// What each of those members saw, a blob (see [`crate::message::Messages`]).
    pub seen: Digest,
    /// What comes of their verdicts.
    pub verdict: Verdict,
}
payload!(Upstream, "upstream");

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
    /// The edition that is signed; 0 where it is none.
    pub edition: u64,
    /// What is signed.
    pub kind: SessionKind,
    /// Counts the sessions of this edition, or epoch, and kind, from 1; those of
    /// keysets all together.
    pub attempt: u32,
    /// Digest of the batch of messages.
    pub batch: Digest,
    /// The signers' commitments, a blob (see [`crate::message::Messages`]).
    pub commitments: Digest,
    /// The signers' names, sorted.
    pub signers: Vec<String>,
    /// Signers of the session before over the same batch, by name and sorted, of whom
    /// the secretariat says that they had time to answer and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
    /// For ZONEMD: what the records' session gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Digest>,
    /// For ZONEMD: a checkpoint with the cosigning quorum above the records'
    /// session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}
payload!(Session, "session");

/// The two batches of an edition, the test of a new epoch, and a set of
/// keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// Every record set that needs a signature, ZONEMD apart.
    Records,
    /// The ZONEMD record, which covers the others' signatures.
    Zonemd,
    /// One message that says which epoch it tests.
    Test,
    /// The DNSKEY set, by a key that does not sign the rest, for one period after
    /// the other.
    Keyset,
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
