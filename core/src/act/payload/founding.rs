//! The acts by which a zone comes to be.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload;
use crate::act::json::Payload;
use crate::basic::{Digest, PublicKey};
use crate::holder::HolderKeys;
use crate::zone::{Kind, Name};

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
