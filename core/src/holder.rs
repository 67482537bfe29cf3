//! Holders: a key set with a policy, and a recovery set that outranks it
//! (design 2). What a name's delegation obeys, whoever is a member.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::act::json;
use crate::basic::{BadText, Digest, PublicKey};
use crate::limits;

/// So many of these keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How many of the keys sign.
    pub threshold: u16,
    /// The keys, sorted, each once.
    pub keys: Vec<PublicKey>,
}

/// The keys that a holder acts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderKeys {
    /// For every day.
    pub operational: Policy,
    /// Outranks the operational keys, and is kept apart from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Policy>,
    /// Seconds of ledger time for which a change waits that takes a name away
    /// whole, when the operational keys alone consent.
    pub delay_s: u64,
}

/// The name of a holder: the digest of the keys that it began with. It stays
/// when the keys change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HolderId(pub Digest);

/// With which of its key sets a holder acts. The later outranks the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authority {
    /// With the keys for every day.
    Operational,
    /// With the recovery keys.
    Recovery,
}

/// What is wrong with a holder's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderFinding {
    /// No keys, or too many.
    Keys {
        /// How many there are in one policy.
        count: usize,
    },
    /// Keys doubled or out of order, or one in both sets: whoever has that one
    /// would have a part of what is to be kept apart.
    KeyTwice {
        /// The key.
        key: PublicKey,
    },
    /// A policy that asks for no key, or for more than there are.
    Threshold {
        /// The policy's.
        threshold: u16,
        /// Its keys.
        keys: usize,
    },
    /// A delay above the limit would freeze a name.
    Delay {
        /// Seconds.
        delay_s: u64,
    },
}

impl Policy {
    /// One key alone.
    pub fn of(key: PublicKey) -> Self {
        Self {
            threshold: 1,
            keys: [key].into(),
        }
    }

    /// Whether these signers are enough of its keys, and none is another.
    fn is_met_by(&self, signers: &[PublicKey]) -> bool {
        signers.iter().all(|key| self.keys.contains(key))
            && signers.len() >= usize::from(self.threshold)
    }

    fn check(&self) -> Result<(), HolderFinding> {
        let (threshold, keys) = (self.threshold, self.keys.len());
        if !(1..=limits::POLICY_KEYS_MAX).contains(&keys) {
            return Err(HolderFinding::Keys { count: keys });
        }
        if let Some(pair) = self.keys.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(HolderFinding::KeyTwice { key: pair[1] });
        }
        if !(1..=keys).contains(&usize::from(threshold)) {
            return Err(HolderFinding::Threshold { threshold, keys });
        }
        Ok(())
    }
}

impl HolderKeys {
    /// One key without recovery, and without a delay: what a test or a very
    /// small zone has.
    pub fn of(key: PublicKey) -> Self {
        Self {
            operational: Policy::of(key),
            recovery: None,
            delay_s: 0,
        }
    }

    /// The name of the holder that begins with these keys.
    pub fn id(&self) -> HolderId {
        let text = json::encode(self);
        HolderId(Digest::of(
            &[b"comity holder v1\n".as_slice(), &text].concat(),
        ))
    }

    /// Checks the keys.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn check(&self) -> Result<(), HolderFinding> {
        self.operational.check()?;
        if let Some(recovery) = &self.recovery {
            recovery.check()?;
            let operational: BTreeSet<_> = self.operational.keys.iter().collect();
            if let Some(key) = recovery.keys.iter().find(|key| operational.contains(key)) {
                return Err(HolderFinding::KeyTwice { key: *key });
            }
        }
        if self.delay_s > limits::HOLDER_DELAY_SECONDS_MAX {
            return Err(HolderFinding::Delay {
                delay_s: self.delay_s,
            });
        }
        Ok(())
    }

    /// With which set these signers act; none where they satisfy neither.
    pub fn authority(&self, signers: &[PublicKey]) -> Option<Authority> {
        let recovery = self.recovery.as_ref();
        if recovery.is_some_and(|recovery| recovery.is_met_by(signers)) {
            return Some(Authority::Recovery);
        }
        let operational = self.operational.is_met_by(signers);
        operational.then_some(Authority::Operational)
    }

    /// The set of this authority; none where the holder has no such keys.
    pub fn policy(&self, authority: Authority) -> Option<&Policy> {
        match authority {
            Authority::Operational => Some(&self.operational),
            Authority::Recovery => self.recovery.as_ref(),
        }
    }

    /// All of its keys, in both sets.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        let recovery = self.recovery.iter().flat_map(|recovery| &recovery.keys);
        self.operational.keys.iter().chain(recovery)
    }
}

impl fmt::Display for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for HolderId {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operational => "operational",
            Self::Recovery => "recovery",
        })
    }
}

impl fmt::Display for HolderFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys { count } => write!(
                f,
                "a policy of {count} keys; it has 1 to {}",
                limits::POLICY_KEYS_MAX
            ),
            Self::KeyTwice { key } => write!(
                f,
                "key {key} is there twice, in both sets, or out of order: keys are sorted, each \
                 once, and recovery keys are others than the operational ones"
            ),
            Self::Threshold { threshold, keys } => {
                write!(f, "a policy of {threshold} of {keys} keys: 1 to {keys}")
            }
            Self::Delay { delay_s } => write!(
                f,
                "a delay of {delay_s} s; at most {} s",
                limits::HOLDER_DELAY_SECONDS_MAX
            ),
        }
    }
}

impl core::error::Error for HolderFinding {}

impl Policy {
    /// As people say it: `2 of 3`.
    pub fn to_words(&self) -> String {
        alloc::format!("{} of {}", self.threshold, self.keys.len())
    }
}

#[cfg(test)]
mod tests;
