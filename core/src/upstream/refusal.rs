//! Each rule that a version of an upstream zone can break, naming the set.

use core::fmt;

use super::HashingFault;
use crate::dnssec::ChainRefusal;
use crate::zone::{Name, SetKey, ZoneRefusal};

/// Why a version is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamRefusal {
    /// The records are no zone: its structure is broken.
    Structure(ZoneRefusal),
    /// More records than the limit.
    TooManyRecords,
    /// A record of another zone.
    OutOfZone {
        /// Its owner.
        owner: Name,
    },
    /// A record that cannot stand where it does.
    Misplaced {
        /// Its set.
        set: SetKey,
    },
    /// The zone is not signed: it has no keys.
    Unsigned {
        /// The zone.
        zone: Name,
    },
    /// Its absent names are proved by NSEC3 in a way that is not followed.
    Nsec3 {
        /// The zone.
        zone: Name,
        /// Which one.
        why: HashingFault,
    },
    /// None of the trust anchors is one of the zone's keys and has signed them.
    NoAnchor {
        /// The zone.
        zone: Name,
        /// Why the last signature of the keys that an anchor could have made does not count.
        why: Option<ChainRefusal>,
    },
    /// The same, and one that has signed them was an anchor until it was revoked (RFC 5011
    /// §2.1).
    RevokedAnchor {
        /// The zone.
        zone: Name,
        /// The tag of that key.
        key: u16,
    },
    /// An RRSIG record that is none.
    BadRrsig {
        /// Whose.
        owner: Name,
    },
    /// An RRSIG record for a set that is not there, or has no signature (RFC 4035 §2.2).
    NeedlesslySigned {
        /// The set.
        set: SetKey,
    },
    /// A set that needs a signature and has none.
    NotSigned {
        /// The set.
        set: SetKey,
    },
    /// More signatures of one set than the limit.
    TooManySignatures {
        /// The set.
        set: SetKey,
    },
    /// The TTL of a set, of its RRSIG record, and the one that is signed are not the same.
    TtlDiffers {
        /// The set.
        set: SetKey,
    },
    /// A signature that does not count.
    Signature(ChainRefusal),
    /// No NSEC record at a name that needs one, or not the right one.
    ChainBroken {
        /// The name.
        name: Name,
    },
    /// No NSEC3 record for a name that needs one, not the right one, or one for no name.
    HashedChainBroken {
        /// The name; of a record for no name its owner.
        name: Name,
    },
    /// No digest that can be checked, where one is required.
    NoDigest {
        /// The zone.
        zone: Name,
        /// Whether there is one, of another scheme or hash.
        is_there: bool,
    },
    /// A ZONEMD record of another version.
    DigestSerial {
        /// Its serial.
        stated: u32,
        /// The zone's.
        serial: u32,
    },
    /// Two digests of one scheme and hash (RFC 8976 §2.2).
    DigestTwice {
        /// The zone.
        zone: Name,
    },
    /// The digest is another than that of the records.
    DigestDiffers {
        /// The zone.
        zone: Name,
    },
}

impl UpstreamRefusal {
    /// A word for the rule, for scripts and statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Structure(_) | Self::TooManyRecords | Self::OutOfZone { .. } => "structure",
            Self::Misplaced { .. } => "misplaced",
            Self::Unsigned { .. } => "unsigned",
            Self::Nsec3 { .. } => "nsec3",
            Self::NoAnchor { why: None, .. } => "wrong-key",
            Self::RevokedAnchor { .. } => "revoked-key",
            Self::BadRrsig { .. }
            | Self::NeedlesslySigned { .. }
            | Self::NotSigned { .. }
            | Self::TooManySignatures { .. }
            | Self::TtlDiffers { .. } => "signatures",
            Self::Signature(why) | Self::NoAnchor { why: Some(why), .. } => match why {
                ChainRefusal::Expired { .. } => "expired",
                ChainRefusal::NotYetValid { .. } => "not-yet-valid",
                ChainRefusal::AlgorithmRefused { .. } => "algorithm",
                _ => "tampered",
            },
            Self::ChainBroken { .. } | Self::HashedChainBroken { .. } => "chain",
            Self::NoDigest { .. } => "zonemd-missing",
            Self::DigestSerial { .. } | Self::DigestTwice { .. } | Self::DigestDiffers { .. } => {
                "zonemd"
            }
        }
    }
}

impl fmt::Display for UpstreamRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure(refusal) => write!(f, "{refusal}"),
            Self::TooManyRecords => f.write_str("the zone has more records than the limit"),
            Self::OutOfZone { owner } => write!(f, "{owner} is not in this zone"),
            Self::Misplaced { set } => write!(f, "{set} cannot stand there"),
            Self::Unsigned { zone } => {
                write!(f, "the zone {zone} has no DNSKEY set: it is unsigned")
            }
            Self::Nsec3 { zone, why } => write!(
                f,
                "the zone {zone} proves absent names by NSEC3 records in a way that is not \
                 followed: {why}"
            ),
            Self::NoAnchor { zone, why: None } => write!(
                f,
                "none of the keys of {zone} is a trust anchor that has signed them: a wrong key, \
                 or anchors that are out of date"
            ),
            Self::NoAnchor {
                zone,
                why: Some(why),
            } => {
                write!(f, "no trust anchor has signed the keys of {zone}: {why}")
            }
            Self::RevokedAnchor { zone, key } => write!(
                f,
                "no trust anchor has signed the keys of {zone}, but the key {key}, which was \
                 revoked and is not trusted again"
            ),
            Self::BadRrsig { owner } => write!(f, "an RRSIG record of {owner} is none"),
            Self::NeedlesslySigned { set } => {
                write!(f, "{set} has a signature, and needs none or is not there")
            }
            Self::NotSigned { set } => write!(f, "{set} has no signature"),
            Self::TooManySignatures { set } => write!(f, "{set} has too many signatures"),
            Self::TtlDiffers { set } => write!(f, "the TTL of {set} is not what is signed"),
            Self::Signature(refusal) => write!(f, "{refusal}"),
            Self::ChainBroken { name } => write!(
                f,
                "the NSEC record of {name} is missing, or names another next name or other types \
                 than the zone has"
            ),
            Self::HashedChainBroken { name } => write!(
                f,
                "the NSEC3 record for {name} is missing, or names another next hash or other \
                 types than the zone has, or is for no name"
            ),
            Self::NoDigest { zone, is_there } => {
                let of = match is_there {
                    false => "",
                    true => " that can be checked, only other schemes or hashes",
                };
                write!(f, "{zone} has no ZONEMD record{of}")
            }
            Self::DigestSerial { stated, serial } => write!(
                f,
                "the ZONEMD record is of serial {stated}, the zone has {serial}"
            ),
            Self::DigestTwice { zone } => {
                write!(f, "{zone} has two ZONEMD records of one scheme and hash")
            }
            Self::DigestDiffers { zone } => write!(
                f,
                "the records of {zone} do not have the digest of its ZONEMD record"
            ),
        }
    }
}

impl fmt::Display for HashingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Several => f.write_str("several chains at once"),
            Self::Unknown => f.write_str("another hash than SHA-1, or unknown flags"),
            Self::Iterations(count) => write!(f, "{count} iterations, more than the limit"),
        }
    }
}

impl core::error::Error for UpstreamRefusal {}

impl From<ZoneRefusal> for UpstreamRefusal {
    fn from(refusal: ZoneRefusal) -> Self {
        Self::Structure(refusal)
    }
}

impl From<ChainRefusal> for UpstreamRefusal {
    fn from(refusal: ChainRefusal) -> Self {
        Self::Signature(refusal)
    }
}
