//! What members tell the secretariat in ceremonies and sessions. Every
//! message is a DSSE envelope signed by one member's identity key, so that a
//! bad one names its sender, and lists of them become blobs on the ledger.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::act::json::Payload;
use crate::act::{Envelope, SessionKind, SignatureEntry};
use crate::basic::{Digest, PublicKey};
use crate::guard::Verdict;
use crate::zone::{Change, Name};

macro_rules! message {
    ($name:ident, $kind:literal) => {
        impl Payload for $name {
            const TYPE: &'static str =
                concat!("application/vnd.comity.message.", $kind, ".v1+json");
        }
    };
}

/// Which dealing of shares a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeremonyId {
    /// The ledger.
    pub ledger: Digest,
    /// The epoch that it makes.
    pub epoch: u32,
    /// Tells the tries apart.
    pub attempt: u32,
}

/// First message of a ceremony: commitments to the dealer's polynomial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// Commitments (32 octets each, the constant's first) and the proof of
    /// knowledge (64 octets), hexadecimal.
    pub package: String,
    /// The X25519 key to which this member's shares are sealed, hexadecimal.
    pub seal_key: String,
}
message!(Opening, "opening");

/// Second message: a sealed share for every other member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deal {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// Digest of the list of openings that the dealer saw.
    pub openings: Digest,
    /// The sealed shares in the order of their receivers.
    pub sealed: Vec<SealedShare>,
}
message!(Deal, "deal");

/// A share that only its receiver can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedShare {
    /// The receiver's share number.
    pub to: u16,
    /// The sealed octets (HPKE, RFC 9180), hexadecimal.
    pub octets: String,
}

/// First message of a redistribution: a receiver's key for this one ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// The ledger's size when it was settled who receives.
    pub size: u64,
    /// The X25519 key to which shares are sealed, hexadecimal.
    pub seal_key: String,
}
message!(Invitation, "invitation");

/// Second message of a redistribution: what a holder of an old share deals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dealing {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// Digest of the list of invitations that the dealer saw.
    pub invitations: Digest,
    /// Commitments (32 octets each, the constant's first), the X25519 key that the
    /// shares are sealed from (32), and the proof of knowledge (96), hexadecimal.
    pub package: String,
    /// The sealed shares in the order of their receivers.
    pub sealed: Vec<SealedShare>,
}
message!(Dealing, "dealing");

/// Third message of a redistribution: a receiver has opened what was dealt to it,
/// and complains of what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reception {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// Digest of the list of dealings that the receiver saw.
    pub dealings: Digest,
    /// Its complaints, 100 octets each, hexadecimal, in the order of the dealers.
    pub complaints: Vec<String>,
}
message!(Reception, "reception");

/// Last message of a redistribution: the receiver holds its new share, durably.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Possession {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// The id of the redistribution act.
    pub act: Digest,
    /// SHA-256 over the new epoch's verifying shares as the receiver computed
    /// them: the key, the threshold, and each number with its share.
    pub verifying_shares: Digest,
}
message!(Possession, "possession");

/// The blob behind a redistribution act: everybody's messages, each list in the
/// order of the senders' numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// First messages: by who receives.
    pub invitations: Messages,
    /// Second messages: by who deals.
    pub dealings: Messages,
    /// Third messages: by who received.
    pub receptions: Messages,
}

/// Last message: the member holds its share, durably, and names the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// Digest of the list of deals that the member saw.
    pub deals: Digest,
    /// The zone's key as this member computed it.
    pub group_key: PublicKey,
}
message!(Confirmation, "confirmation");

/// The blob behind a ceremony act: every member's messages in the order of
/// share numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// First messages.
    pub openings: Messages,
    /// Second messages.
    pub deals: Messages,
    /// Last messages.
    pub confirmations: Messages,
}

/// A list of signed messages in the order of their senders' share numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The messages.
    pub messages: Vec<Envelope>,
}

impl Messages {
    /// The digest by which other messages and acts name this list.
    pub fn digest(&self) -> Digest {
        Digest::of(&crate::act::json::encode(self))
    }
}

/// What one member fetched of the upstream, verified and judged itself. Those of a
/// threshold make an upstream act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenUpstream {
    /// The ledger.
    pub ledger: Digest,
    /// Upstream's SOA serial.
    pub serial: u32,
    /// Digest of upstream's contents in wire form.
    pub digest: Digest,
    /// What this member's guard says of the changes; the worst.
    pub verdict: Verdict,
    /// The names of which it holds a change, sorted.
    pub held: Vec<HeldName>,
}
message!(SeenUpstream, "upstream");

/// A name right below the zone's own, of which a member holds a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldName {
    /// The name.
    pub name: Name,
    /// The guard's code for the reason that decides.
    pub reason: String,
}

/// What upstream's contents changed since those recorded: a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamChanges {
    /// The changes, in canonical order of name and type.
    pub changes: Vec<Change>,
}

/// What a member sends of an upstream: what it saw, and what that changes. The
/// changes are not signed, since they are right or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamReport {
    /// A [`SeenUpstream`], signed.
    pub seen: Envelope,
    /// Position of the act by which the ledger has what it has.
    pub since: u64,
    /// From what the ledger has to what was seen.
    pub changes: UpstreamChanges,
}

/// Round one of a session: nonce commitments, sent ahead of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The session that they are for.
    pub session: SessionId,
    /// One pair (hiding, binding) of 32-octet points for each message, base64.
    pub commitments: String,
}
message!(Commit, "commit");

/// Which session a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionId {
    /// The ledger.
    pub ledger: Digest,
    /// The epoch whose shares sign.
    pub epoch: u32,
    /// The edition; 0 in the test of a new epoch.
    pub edition: u64,
    /// Which of its batches, or the test.
    pub kind: SessionKind,
    /// The try.
    pub attempt: u32,
}

/// Round two of a session: one signature share for each message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// The session.
    pub session: SessionId,
    /// The id of the session act that released them.
    pub act: Digest,
    /// 32-octet scalars, base64.
    pub shares: String,
}
message!(Shares, "shares");

/// A member's signature under a payload that many sign: the founding act, an
/// absence act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// The payload's id.
    pub id: Digest,
    /// The signature.
    pub signature: SignatureEntry,
}

/// What the secretariat says when it greets: which ledger, and what it would
/// have the members do now. Unsigned: everything in it is checked against the
/// ledger or against the members' own signed messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tasks {
    /// Counts the changes of this list; ask for what comes after it.
    pub sequence: u64,
    /// Tells one run of the secretariat from the next, which remembers no
    /// message: what is still of use must be sent again.
    pub run: u64,
    /// Whether the ledger has its founding act.
    pub founded: bool,
    /// Payloads that the members are asked to sign: their ids, which are also
    /// the names of blobs with their signing inputs.
    pub endorse: Vec<Digest>,
    /// A ceremony under way.
    pub ceremony: Option<CeremonyTask>,
    /// Sessions that want commitments.
    pub commit: Vec<SessionId>,
    /// Cosignatures older than this (seconds since 1970) are too old now.
    pub cosign_after: u64,
}

/// A ceremony's stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CeremonyTask {
    /// The ceremony.
    pub ceremony: CeremonyId,
    /// All openings, a blob, once they are there; in a redistribution the
    /// invitations.
    pub openings: Option<Digest>,
    /// All deals, a blob, once they are there; in a redistribution the dealings.
    pub deals: Option<Digest>,
    /// In a redistribution, the ledger's size when it was settled who receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}
