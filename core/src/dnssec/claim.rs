//! What a holder says in its own zone: that its name is to obey this key set.
//! A TXT record at `_comity` below the name, or at `_comity.nic` below it,
//! since many a registry has nothing else of its own there:
//!
//! ```text
//! comity-claim-v1 ledger=<64 hexadecimal digits> holder=<64 hexadecimal digits>
//! ```
//!
//! One character-string, and one text for each claim. Records about other
//! ledgers may stand beside it, and records about anything else.

use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use super::ProvenChain;
use crate::basic::{BadText, Digest};
use crate::zone::{Name, Rdata, RecordSet, Rtype, SetKey};

/// How a claim's text begins.
const VERSION: &str = "comity-claim-v1";
/// The labels below a claimed name, in the order in which they are looked at.
const PLACES: [&str; 2] = ["_comity", "_comity.nic"];

/// A holder's word in the DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The ledger on which the claim is to be.
    pub ledger: Digest,
    /// The key set that the name is to obey.
    pub holder: Digest,
}

impl Claim {
    /// The names at which the claim of `name` may stand. One that would be
    /// too long is left out.
    pub fn places(name: &Name) -> impl Iterator<Item = Name> + use<> {
        let tail = match name.to_string() {
            root if root == "." => String::new(),
            other => other,
        };
        PLACES
            .into_iter()
            .filter_map(move |labels| alloc::format!("{labels}.{tail}").parse().ok())
    }

    /// The claim on this ledger that a TXT set has.
    ///
    /// # Errors
    /// Where it has none, or several, or one that cannot be read.
    pub fn find(owner: &Name, set: &RecordSet, ledger: Digest) -> Result<Self, ClaimRefusal> {
        let place = || owner.clone();
        let mut found: Option<Self> = None;
        for text in set.data.iter().filter_map(claim_text) {
            let claim: Self = text.parse().map_err(|_| ClaimRefusal::Malformed {
                place: place(),
                text: text.escape_default().to_string(),
            })?;
            if claim.ledger != ledger {
                continue;
            }
            if found.is_some() {
                return Err(ClaimRefusal::Two { place: place() });
            }
            found = Some(claim);
        }
        found.ok_or_else(|| ClaimRefusal::Missing {
            place: place(),
            ledger,
        })
    }

    /// The claim of the zone that a proof begins with, by what the proof ends
    /// in. Under which DS set and when it counts is for [`ProvenChain::under`].
    ///
    /// # Errors
    /// Where another set is proved, or it has no claim on this ledger.
    pub fn proven(proven: &ProvenChain, ledger: Digest) -> Result<Self, ClaimRefusal> {
        let SetKey { owner, rtype } = proven.target();
        let is_place = Self::places(proven.zone()).any(|place| place == *owner);
        if *rtype != Rtype::TXT || !is_place {
            return Err(ClaimRefusal::Elsewhere {
                set: proven.target().clone(),
                name: proven.zone().clone(),
            });
        }
        Self::find(owner, proven.set(), ledger)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ledger, holder } = self;
        write!(f, "{VERSION} ledger={ledger} holder={holder}")
    }
}

impl FromStr for Claim {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let error = BadText {
            expected: "comity-claim-v1 ledger=DIGEST holder=DIGEST",
        };
        let fields = || {
            let rest = text.strip_prefix(VERSION)?.strip_prefix(" ledger=")?;
            let (ledger, holder) = rest.split_once(" holder=")?;
            Some((ledger.parse().ok()?, holder.parse().ok()?))
        };
        let (ledger, holder) = fields().ok_or(error)?;
        Ok(Self { ledger, holder })
    }
}

/// The text of TXT data that is meant to be a claim: all of its
/// character-strings together, so that one that was cut up is malformed
/// and not overlooked.
fn claim_text(data: &Rdata) -> Option<String> {
    let mut rest = data.as_wire();
    let mut text = String::new();
    let mut strings = 0;
    while let Some((length, after)) = rest.split_first() {
        let (string, after) = after.split_at_checked(usize::from(*length))?;
        text.push_str(&String::from_utf8_lossy(string));
        rest = after;
        strings += 1;
    }
    if strings > 1 {
        // No claim's text has a line feed.
        text.push('\n');
    }
    // A later version is another record.
    let is_ours = text.split([' ', '\n']).next() == Some(VERSION);
    is_ours.then_some(text)
}

/// Why a record set is no claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// The proof is about a set where no claim of the name can be.
    Elsewhere {
        /// The set.
        set: SetKey,
        /// The name.
        name: Name,
    },
    /// No record claims anything on this ledger.
    Missing {
        /// Where it was looked for.
        place: Name,
        /// The ledger.
        ledger: Digest,
    },
    /// A record that begins as a claim and is none.
    Malformed {
        /// Where it is.
        place: Name,
        /// What it says.
        text: String,
    },
    /// Two claims on this ledger.
    Two {
        /// Where they are.
        place: Name,
    },
}

impl fmt::Display for ClaimRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere { set, name } => {
                write!(f, "{set} is not where a claim of {name} can be")
            }
            Self::Missing { place, ledger } => write!(
                f,
                "{place} has no TXT record that claims the name on ledger {ledger}"
            ),
            Self::Malformed { place, text } => write!(
                f,
                "the TXT record \"{text}\" of {place} is not \
                 \"{VERSION} ledger=DIGEST holder=DIGEST\" in one string"
            ),
            Self::Two { place } => {
                write!(f, "{place} has two claims on this ledger; keep one")
            }
        }
    }
}

impl core::error::Error for ClaimRefusal {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::zone::samples::name;

    const LEDGER: Digest = Digest([0x1e; 32]);
    const HOLDER: Digest = Digest([0xab; 32]);

    fn claim() -> Claim {
        Claim {
            ledger: LEDGER,
            holder: HOLDER,
        }
    }

    fn find(texts: &[&str]) -> Result<Claim, ClaimRefusal> {
        let data = texts.iter().map(|text| {
            let mut wire = std::vec![u8::try_from(text.len()).unwrap()];
            wire.extend_from_slice(text.as_bytes());
            Rdata::from_wire(Rtype::TXT, &wire).unwrap()
        });
        let data = data.collect();
        Claim::find(&name("_comity.be."), &RecordSet { ttl: 60, data }, LEDGER)
    }

    #[test]
    fn a_claim_has_one_text() {
        let text = claim().to_string();
        assert_eq!(
            text,
            std::format!(
                "comity-claim-v1 ledger={} holder={}",
                "1e".repeat(32),
                "ab".repeat(32)
            )
        );
        assert_eq!(text.parse(), Ok(claim()));
        for wrong in [
            text.replace("v1", "v2"),
            text.replace("ledger", "Ledger"),
            text.replace(" holder", "  holder"),
            text.replace("ab", "AB"),
            std::format!("{text} "),
            std::format!(" {text}"),
            std::format!("{text} more=1"),
            text[..text.len() - 1].to_string(),
            String::new(),
        ] {
            assert!(wrong.parse::<Claim>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_claim_stands_in_one_of_two_places() {
        let places = |text| -> Vec<String> {
            let places = Claim::places(&name(text));
            places.map(|place| place.to_string()).collect()
        };
        assert_eq!(places("be."), ["_comity.be.", "_comity.nic.be."]);
        assert_eq!(places("."), ["_comity.", "_comity.nic."]);
        let long = ["a.".repeat(120), "bcdefghi.".into()].concat();
        assert_eq!(name(&long).as_wire().len(), 250);
        assert_eq!(places(&long), Vec::<String>::new());
    }

    #[test]
    fn of_a_set_one_claim_counts() {
        let text = claim().to_string();
        let other = text.replace("ab", "cd");
        let elsewhere = text.replace("1e", "2e");
        let place = || name("_comity.be.");
        assert_eq!(find(&[&text]), Ok(claim()));
        assert_eq!(
            find(&[&text, &elsewhere, "v=spf1 -all", "comity-claim-v10"]),
            Ok(claim())
        );
        assert_eq!(
            find(&[&elsewhere, "v=spf1 -all"]),
            Err(ClaimRefusal::Missing {
                place: place(),
                ledger: LEDGER
            })
        );
        assert_eq!(
            find(&[&text, &other]),
            Err(ClaimRefusal::Two { place: place() })
        );
        let cut = &text[..100];
        assert_eq!(
            find(&[&text, cut]),
            Err(ClaimRefusal::Malformed {
                place: place(),
                text: cut.into()
            })
        );
    }

    #[test]
    fn a_claim_is_one_character_string() {
        let text = claim().to_string();
        let (first, second) = text.split_at(50);
        let data = std::format!("\"{first}\" \"{second}\"");
        let set = RecordSet::of_one(60, Rdata::from_text(Rtype::TXT, &data).unwrap());
        let found = Claim::find(&name("_comity.be."), &set, LEDGER);
        assert!(matches!(found, Err(ClaimRefusal::Malformed { .. })));
    }
}
