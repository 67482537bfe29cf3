//! What can be wrong with what a resolver says, and what to do about it.

use std::error;
use std::fmt;

use comity_core::basic::Digest;
use comity_core::dnssec::{ChainRefusal, ClaimRefusal};
use comity_core::zone::{Name, SetKey};

/// Why a resolver's answers are no proof of the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No answer came, by UDP or TCP.
    Silent {
        /// What was asked.
        set: SetKey,
        /// What happened instead.
        cause: String,
    },
    /// The resolver says that it cannot or will not answer.
    Failed {
        /// What was asked.
        set: SetKey,
        /// Its response code (RFC 1035 §4.1.1, RFC 6895 §2.3).
        rcode: String,
    },
    /// The answer is not a message, or has records that cannot be read.
    Unreadable {
        /// What was asked.
        set: SetKey,
    },
    /// There is no claim on the ledger.
    NoClaim {
        /// Where it was looked for.
        places: Vec<Name>,
        /// The ledger.
        ledger: Digest,
    },
    /// The name is an alias, and what another name says is no claim.
    Alias {
        /// The name.
        name: Name,
    },
    /// A set came without a signature.
    NotSigned {
        /// The set.
        set: SetKey,
    },
    /// A set is in a zone from which no way leads down from the name.
    OtherZone {
        /// The set.
        set: SetKey,
        /// Who signed it.
        signer: Name,
        /// The name.
        name: Name,
    },
    /// A zone that signs has no DNSKEY set.
    NoKeys {
        /// The zone.
        zone: Name,
    },
    /// Nothing above a signed zone names its keys.
    NoDs {
        /// The zone.
        zone: Name,
    },
    /// The sets do not make a proof.
    Chain(ChainRefusal),
    /// The TXT set has no good claim.
    Claim(ClaimRefusal),
    /// The claim is proved, and is another one.
    OtherHolder {
        /// Where it is.
        place: Name,
        /// The key set that was expected.
        expected: Digest,
        /// The key set that it names.
        found: Digest,
    },
}

impl Fault {
    /// Whether the resolver said nothing, rather than something else.
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Silent { .. } | Self::Failed { .. } | Self::Unreadable { .. } => true,
            Self::NoClaim { .. }
            | Self::Alias { .. }
            | Self::NotSigned { .. }
            | Self::OtherZone { .. }
            | Self::NoKeys { .. }
            | Self::NoDs { .. }
            | Self::Chain(_)
            | Self::Claim(_)
            | Self::OtherHolder { .. } => false,
        }
    }
}

impl From<ChainRefusal> for Fault {
    fn from(refusal: ChainRefusal) -> Self {
        Self::Chain(refusal)
    }
}

impl From<ClaimRefusal> for Fault {
    fn from(refusal: ClaimRefusal) -> Self {
        Self::Claim(refusal)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent { set, cause } => write!(f, "no answer to {set}: {cause}"),
            Self::Failed { set, rcode } => write!(f, "{rcode} is its answer to {set}"),
            Self::Unreadable { set } => write!(f, "its answer to {set} cannot be read"),
            Self::NoClaim { places, ledger } => {
                let places: Vec<String> = places.iter().map(Name::to_string).collect();
                write!(
                    f,
                    "no TXT record at {} claims the name on ledger {ledger}; publish one, or wait \
                     until the resolver has forgotten that there was none",
                    places.join(" or ")
                )
            }
            Self::Alias { name } => {
                write!(f, "{name} is an alias; put the TXT record there itself")
            }
            Self::NotSigned { set } => write!(
                f,
                "{set} has no signature; sign the zone, or ask a resolver that passes \
                 signatures on"
            ),
            Self::OtherZone { set, signer, name } => write!(
                f,
                "{set} is signed by {signer}, which is not {name} or a zone between"
            ),
            Self::NoKeys { zone } => write!(f, "{zone} has no DNSKEY records"),
            Self::NoDs { zone } => write!(
                f,
                "{zone} has no DS records above it, so that nobody can verify its signatures"
            ),
            Self::Chain(refusal) => refusal.fmt(f),
            Self::Claim(refusal) => refusal.fmt(f),
            Self::OtherHolder {
                place,
                expected,
                found,
            } => write!(
                f,
                "{place} claims the name for the key set {found} and not for {expected}"
            ),
        }
    }
}

impl error::Error for Fault {}
