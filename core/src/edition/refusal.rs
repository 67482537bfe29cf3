//! Each rule of editions that can say no, naming the set it is about.

use core::fmt;

use crate::basic::Time;
use crate::zone::{Name, SetKey, ZoneRefusal};

/// Why records or signatures are not an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditionRefusal {
    /// What is not derived breaks a rule of the zone model.
    Zone(ZoneRefusal),
    /// The DNSKEY set has a record that is no key of such a zone, or too many.
    BadKey {
        /// The set.
        set: SetKey,
    },
    /// No key that is trusted signed the DNSKEY set (RFC 4035 §5).
    NoAnchor {
        /// The set.
        set: SetKey,
    },
    /// Not 64 octets for each set to sign.
    SignatureOctets {
        /// The octets that the plan needs.
        expected: usize,
        /// The octets given.
        found: usize,
    },
    /// A signature is not the key's, by the strict rule.
    BadSignature {
        /// The set.
        set: SetKey,
    },
    /// An RRSIG record whose data cannot be one of Ed25519.
    BadRrsig {
        /// The owner.
        owner: Name,
    },
    /// An RRSIG record whose other fields do not follow from set and key
    /// (RFC 4035 §5.3.1).
    RrsigDiffers {
        /// The set that it covers.
        set: SetKey,
    },
    /// A set has two RRSIG records.
    SignedTwice {
        /// The set.
        set: SetKey,
    },
    /// A set that must be signed is not (RFC 4035 §2.2).
    NotSigned {
        /// The set.
        set: SetKey,
    },
    /// A signature over a set that must have none, or is not there.
    NeedlesslySigned {
        /// The set.
        set: SetKey,
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
    /// A derived set is missing.
    Missing {
        /// The set.
        set: SetKey,
    },
    /// A derived set is not what follows from the contents.
    Differs {
        /// The set.
        set: SetKey,
    },
    /// A derived set that the contents give no reason for.
    Unexpected {
        /// The set.
        set: SetKey,
    },
    /// The ZONEMD record does not match the zone (RFC 8976 §4).
    DigestDiffers {
        /// The zone's origin.
        origin: Name,
    },
}

impl From<ZoneRefusal> for EditionRefusal {
    fn from(refusal: ZoneRefusal) -> Self {
        Self::Zone(refusal)
    }
}

impl fmt::Display for EditionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(refusal) => refusal.fmt(f),
            Self::BadKey { set } => write!(
                f,
                "{set} has a record that is no key of such a zone, or too many of them"
            ),
            Self::NoAnchor { set } => {
                write!(f, "{set} is not signed by a key that is trusted")
            }
            Self::SignatureOctets { expected, found } => {
                write!(
                    f,
                    "the plan needs {expected} octets of signatures, not {found}"
                )
            }
            Self::BadSignature { set } => {
                write!(f, "the signature over {set} is not one of the zone's keys")
            }
            Self::BadRrsig { owner } => {
                write!(f, "an RRSIG record of {owner} is not one of Ed25519")
            }
            Self::RrsigDiffers { set } => write!(
                f,
                "the RRSIG record over {set} does not follow from the set and the zone's keys"
            ),
            Self::SignedTwice { set } => write!(f, "{set} has two signatures"),
            Self::NotSigned { set } => write!(f, "{set} has no signature"),
            Self::NeedlesslySigned { set } => {
                write!(f, "there is a signature over {set}, which must have none")
            }
            Self::NotYetValid { set, from } => {
                write!(f, "the signature over {set} is valid only from {from}")
            }
            Self::Expired { set, until } => {
                write!(f, "the signature over {set} was valid only until {until}")
            }
            Self::Missing { set } => write!(f, "{set} is missing"),
            Self::Differs { set } => {
                write!(
                    f,
                    "{set} is not what follows from the contents and the keys"
                )
            }
            Self::Unexpected { set } => {
                write!(f, "{set} is there and does not follow from the contents")
            }
            Self::DigestDiffers { origin } => {
                write!(f, "the ZONEMD record of {origin} does not match the zone")
            }
        }
    }
}

impl core::error::Error for EditionRefusal {}
