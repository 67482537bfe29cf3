//! Each rule of proofs that can say no, naming the set, and the key where
//! one is at fault.

use core::fmt;

use crate::basic::Time;
use crate::limits;
use crate::zone::{Name, Rtype, SetKey};

/// Why octets are no chain, a chain proves nothing, or does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainRefusal {
    /// More octets than the limit.
    TooLarge,
    /// Octets that are not a canonical wire record.
    BadWire {
        /// Where the record starts that could not be read.
        offset: usize,
    },
    /// Records of a set, or its signatures, not in canonical order (RFC 4034
    /// §6.3), or one twice.
    OutOfOrder {
        /// The set.
        set: SetKey,
    },
    /// A set without records.
    EmptySet {
        /// The set.
        set: SetKey,
    },
    /// More records in a set than the limit.
    TooManyRecords {
        /// The set.
        set: SetKey,
    },
    /// A set without a signature.
    NotSigned {
        /// The set.
        set: SetKey,
    },
    /// More signatures of a set than it needs or may have.
    TooManySignatures {
        /// The set.
        set: SetKey,
    },
    /// RRSIG data that is none (RFC 4034 §3.1).
    BadRrsig {
        /// The set.
        set: SetKey,
    },
    /// A signature of another type's set.
    CoversOther {
        /// The set.
        set: SetKey,
        /// What is signed instead.
        covered: Rtype,
    },
    /// A TTL that is not the one that is signed.
    TtlDiffers {
        /// The set.
        set: SetKey,
    },
    /// The chain ends before a set is proved.
    NotWhole,
    /// A set that cannot follow the one before it.
    OutOfPlace {
        /// The set.
        set: SetKey,
    },
    /// More zone cuts than the limit.
    TooManyCuts,
    /// Signed by another zone than the one that the set is in.
    SignerDiffers {
        /// The set.
        set: SetKey,
        /// Who signed.
        signer: Name,
        /// Who should have.
        zone: Name,
    },
    /// A set that a wildcard made, or one at a wildcard (RFC 4035 §5.3.2).
    Wildcard {
        /// The set.
        set: SetKey,
    },
    /// A signature that ends before it begins.
    NeverValid {
        /// The set.
        set: SetKey,
        /// The key's tag.
        tag: u16,
    },
    /// An algorithm that proves nothing here.
    AlgorithmRefused {
        /// The set.
        set: SetKey,
        /// Its number.
        algorithm: u8,
    },
    /// The zone has no such key as signed.
    KeyMissing {
        /// The set.
        set: SetKey,
        /// The zone.
        zone: Name,
        /// The key's tag.
        tag: u16,
    },
    /// More keys of one tag and algorithm than chance makes.
    TagShared {
        /// The zone.
        zone: Name,
        /// The tag.
        tag: u16,
    },
    /// The key that signed was given up by its owner (RFC 5011 §2.1).
    KeyRevoked {
        /// The zone.
        zone: Name,
        /// The key's tag.
        tag: u16,
    },
    /// The key that signed is for another use (RFC 4034 §2.1.1).
    NotAZoneKey {
        /// The zone.
        zone: Name,
        /// The key's tag.
        tag: u16,
    },
    /// A signature that is not the key's.
    BadSignature {
        /// The set.
        set: SetKey,
        /// The key's tag.
        tag: u16,
    },
    /// The DS set does not name the key that signed the zone's keys.
    KeyNotNamed {
        /// The DS set.
        set: SetKey,
        /// The key's tag.
        tag: u16,
    },
    /// The DS set has nothing but a SHA-1 digest of that key.
    OnlySha1 {
        /// The DS set.
        set: SetKey,
        /// The key's tag.
        tag: u16,
    },
    /// A signature that is not yet valid.
    NotYetValid {
        /// The set.
        set: SetKey,
        /// Its inception.
        from: Time,
    },
    /// A signature that is no longer valid.
    Expired {
        /// The set.
        set: SetKey,
        /// Its expiration.
        until: Time,
    },
}

impl fmt::Display for ChainRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "a proof has at most {} octets", limits::CHAIN_OCTETS_MAX),
            Self::BadWire { offset } => {
                write!(f, "the proof is not canonical records at octet {offset}")
            }
            Self::NotWhole => f.write_str("the proof ends before it proves anything"),
            Self::TooManyCuts => write!(
                f,
                "the proof goes through more than {} zone cuts",
                limits::CHAIN_CUTS_MAX
            ),
            Self::OutOfOrder { set } => write!(f, "{set} is not in canonical order in the proof"),
            Self::EmptySet { set } => write!(f, "{set} has no records"),
            Self::TooManyRecords { set } => write!(
                f,
                "{set} has more than {} records",
                limits::CHAIN_SET_RECORDS_MAX
            ),
            Self::NotSigned { set } => write!(f, "{set} has no signature"),
            Self::TooManySignatures { set } => {
                write!(f, "{set} has more signatures than the proof needs")
            }
            Self::BadRrsig { set } => write!(f, "an RRSIG record of {set} cannot be read"),
            Self::CoversOther { set, covered } => {
                write!(f, "a signature of type {covered} stands beside {set}")
            }
            Self::TtlDiffers { set } => write!(f, "the TTL of {set} is not the one signed"),
            Self::OutOfPlace { set } => write!(f, "{set} has no place here in the proof"),
            Self::SignerDiffers { .. }
            | Self::Wildcard { .. }
            | Self::NeverValid { .. }
            | Self::AlgorithmRefused { .. }
            | Self::KeyMissing { .. }
            | Self::TagShared { .. }
            | Self::KeyRevoked { .. }
            | Self::NotAZoneKey { .. }
            | Self::BadSignature { .. }
            | Self::KeyNotNamed { .. }
            | Self::OnlySha1 { .. }
            | Self::NotYetValid { .. }
            | Self::Expired { .. } => self.fmt_signature(f),
        }
    }
}

impl ChainRefusal {
    /// Those about who signed, and for when.
    fn fmt_signature(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignerDiffers { set, signer, zone } => {
                write!(f, "{set} is signed by {signer} and not by {zone}")
            }
            Self::Wildcard { set } => write!(f, "{set} comes from a wildcard"),
            Self::NeverValid { set, tag } => {
                write!(f, "the signature over {set} by key {tag} is never valid")
            }
            Self::AlgorithmRefused { set, algorithm } => write!(
                f,
                "the signature over {set} is of algorithm {algorithm}, which proves nothing here"
            ),
            Self::KeyMissing { set, zone, tag } => {
                write!(
                    f,
                    "{set} is signed by key {tag}, which {zone} does not have"
                )
            }
            Self::TagShared { zone, tag } => write!(f, "{zone} has too many keys of tag {tag}"),
            Self::KeyRevoked { zone, tag } => write!(f, "key {tag} of {zone} is revoked"),
            Self::NotAZoneKey { zone, tag } => {
                write!(f, "key {tag} of {zone} is not one that signs zones")
            }
            Self::BadSignature { set, tag } => {
                write!(f, "the signature over {set} is not one of key {tag}")
            }
            Self::KeyNotNamed { set, tag } => {
                write!(
                    f,
                    "{set} does not name key {tag}, which signed the zone's keys"
                )
            }
            Self::OnlySha1 { set, tag } => {
                write!(
                    f,
                    "{set} names key {tag} by SHA-1 alone, which proves nothing"
                )
            }
            Self::NotYetValid { set, from } => {
                write!(f, "the signature over {set} is valid only from {from}")
            }
            Self::Expired { set, until } => {
                write!(f, "the signature over {set} was valid only until {until}")
            }
            // Written by the caller.
            Self::TooLarge
            | Self::BadWire { .. }
            | Self::NotWhole
            | Self::TooManyCuts
            | Self::OutOfOrder { .. }
            | Self::EmptySet { .. }
            | Self::TooManyRecords { .. }
            | Self::NotSigned { .. }
            | Self::TooManySignatures { .. }
            | Self::BadRrsig { .. }
            | Self::CoversOther { .. }
            | Self::TtlDiffers { .. }
            | Self::OutOfPlace { .. } => Ok(()),
        }
    }
}

impl core::error::Error for ChainRefusal {}
