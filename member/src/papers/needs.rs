//! Whose signatures an act needs, as far as its papers know.

use std::fmt;

use comity_core::act::Act;
use comity_core::basic::PublicKey;
use comity_core::holder::{Authority, HolderId, HolderKeys, Policy};

use super::{Papers, PapersRefusal};

/// Signatures that an act does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// That of the one key that signs it: a member's, or any of a holder.
    One,
    /// Those of a holder's keys.
    Keys {
        /// The holder.
        holder: HolderId,
        /// Of which of its sets.
        set: Authority,
        /// How many have signed.
        signed: usize,
        /// How many must.
        needed: u16,
    },
    /// Those of members.
    Members {
        /// How many have signed.
        signed: usize,
        /// How many must.
        needed: u16,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("nobody has signed"),
            Self::Keys {
                holder,
                set,
                signed,
                needed,
            } => write!(f, "{signed} of {needed} {set} keys of holder {holder}"),
            Self::Members { signed, needed } => write!(f, "{signed} of {needed} members"),
        }
    }
}

impl Papers {
    /// What is missing, as far as the keys in these papers are the present
    /// ones; empty where the act can be filed.
    pub fn missing(&self) -> Vec<Missing> {
        let signers: Vec<_> = self.signers().copied().collect();
        if let Some(members) = &self.text.members {
            let (signed, needed) = (signers.len(), members.needed);
            let missing = Missing::Members { signed, needed };
            return match signed < usize::from(needed) {
                true => [missing].into(),
                false => Vec::new(),
            };
        }
        let Some(holder) = self.text.holders.first() else {
            return if signers.is_empty() {
                [Missing::One].into()
            } else {
                Vec::new()
            };
        };
        let least = self.least_authority(&holder.keys);
        let first = missing_of(holder.id, &holder.keys, &signers, least);
        let second = match &self.act {
            Act::Transfer(act) => {
                let only = HolderKeys {
                    recovery: None,
                    ..act.keys.clone()
                };
                missing_of(act.to, &only, &signers, Authority::Operational)
            }
            _ => None,
        };
        first.into_iter().chain(second).collect()
    }

    /// The keys that have signed.
    pub fn signers(&self) -> impl Iterator<Item = &PublicKey> {
        self.text.act.claimed_signers()
    }

    /// With which set at least the act is signed: a testament, and a change of
    /// the recovery set or the delay, with the recovery keys where there are
    /// any.
    fn least_authority(&self, old: &HolderKeys) -> Authority {
        let outranks = match &self.act {
            Act::Testament(_) => true,
            Act::Rotation(act) => {
                act.keys.recovery != old.recovery || act.keys.delay_s != old.delay_s
            }
            _ => false,
        };
        match outranks && old.recovery.is_some() {
            true => Authority::Recovery,
            false => Authority::Operational,
        }
    }

    /// Whether a key can have a part in the act.
    pub(super) fn may_sign(&self, key: &PublicKey) -> bool {
        if let Some(members) = &self.text.members {
            return members.keys.contains(key);
        }
        let Some(holder) = self.text.holders.first() else {
            return true;
        };
        let accepts = match &self.act {
            Act::Transfer(act) => act.keys.operational.keys.contains(key),
            _ => false,
        };
        accepts || holder.keys.keys().any(|own| own == key)
    }

    pub(super) fn check_signer(&self, key: PublicKey) -> Result<(), PapersRefusal> {
        if self.signers().any(|signer| *signer == key) {
            return Err(PapersRefusal::Signed { key });
        }
        if !self.may_sign(&key) {
            return Err(PapersRefusal::Stranger { key });
        }
        if self.text.members.is_some() {
            return Ok(());
        }
        let Some(holder) = self.text.holders.first() else {
            return match self.signers().next() {
                Some(_) => Err(PapersRefusal::OneSigns),
                None => Ok(()),
            };
        };
        let set = |key: &PublicKey| holder.keys.operational.keys.contains(key);
        if set(&key) && self.least_authority(&holder.keys) == Authority::Recovery {
            return Err(PapersRefusal::RecoveryNeeded { holder: holder.id });
        }
        // An act with signatures from both sets satisfies neither.
        let is_mixed = self.signers().any(|signer| set(signer) != set(&key));
        match is_mixed && !matches!(self.act, Act::Transfer(_)) {
            true => Err(PapersRefusal::BothSets),
            false => Ok(()),
        }
    }
}

/// What one holder's part needs: by the recovery set where one of its keys has
/// signed or nothing less will do, else by the operational keys.
fn missing_of(
    holder: HolderId,
    keys: &HolderKeys,
    signers: &[PublicKey],
    least: Authority,
) -> Option<Missing> {
    let signed = |policy: &Policy| {
        let own = signers.iter().filter(|key| policy.keys.contains(key));
        own.count()
    };
    let recovery = keys.recovery.as_ref();
    let by_recovery = recovery.is_some_and(|recovery| signed(recovery) > 0);
    let set = match by_recovery {
        true => Authority::Recovery,
        false => least,
    };
    let policy = keys.policy(set)?;
    let (signed, needed) = (signed(policy), policy.threshold);
    (signed < usize::from(needed)).then_some(Missing::Keys {
        holder,
        set,
        signed,
        needed,
    })
}
