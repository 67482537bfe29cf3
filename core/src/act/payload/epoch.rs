//! The acts by which shares of the zone's key pass on: to newcomers, from those
//! who leave, and to the same members anew.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::{Digest, PublicKey, Signature};

/// Has shares dealt anew although the members are the same, or sooner than the
/// charter would. Signed by one present member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convocation {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch that signs.
    pub epoch: u32,
    /// Whether it is a drill: everything is done but for the last step, and the
    /// new shares are thrown away.
    pub drill: bool,
    /// Why.
    pub reason: String,
}
payload!(Convocation, "convocation");

/// Fixes who dealt a new epoch's shares, of a key that there is or of a new one,
/// after all complaints. Signed by the secretariat; the transcript carries
/// everybody's own signatures. The epoch is not live yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redistribution {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch that is dealt.
    pub epoch: u32,
    /// Tells the tries apart; a later one has a larger number.
    pub attempt: u32,
    /// The ledger's size when it was settled who receives and how many sign.
    pub size: u64,
    /// How many of the new shares sign.
    pub threshold: u16,
    /// The key that the shares are of.
    pub group_key: PublicKey,
    /// Whose dealings count, by the numbers of their old shares, or of a new key by
    /// those of their new ones, sorted.
    pub dealers: Vec<u16>,
    /// Whose dealings do not, since they are wrong, sorted.
    pub refused: Vec<u16>,
    /// The transcript, a blob (see [`crate::message::Handover`]).
    pub transcript: Digest,
}
payload!(Redistribution, "redistribution");

/// A new epoch's test signature: from here on that epoch signs. Signed by the
/// secretariat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch.
    pub epoch: u32,
    /// The receivers' own word that they hold their shares, a blob (see
    /// [`crate::message::Messages`] and [`crate::message::Possession`]).
    pub possessions: Digest,
    /// The signers' shares of the test signature, a blob of signed messages (see
    /// [`crate::message::Messages`] and [`crate::message::Shares`]), so that
    /// everybody can tell that the new shares made it.
    pub shares: Digest,
    /// The test signature.
    pub signature: Signature,
    /// A checkpoint with the cosigning quorum above the test's session.
    pub checkpoint: String,
}
payload!(Succession, "succession");

/// A member says that it has wiped its share of an epoch that does not sign any
/// more; or one that has left, of any epoch. Signed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch.
    pub epoch: u32,
}
payload!(Erasure, "erasure");

/// A member says that others may know its share. Signed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compromise {
    /// The version of the rules.
    pub rules: u32,
    /// The ledger.
    pub ledger: Digest,
    /// The epoch of the share.
    pub epoch: u32,
    /// What happened.
    pub reason: String,
}
payload!(Compromise, "compromise");
