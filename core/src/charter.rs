//! The charter: a founding text of numbered clauses, and the rules that the
//! machine applies. On the ledger it is a blob of strict JSON.

mod finding;
mod rules;
mod threshold;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::act::{Question, json};
use crate::basic::Digest;
use crate::limits;
use crate::state::is_party_name;
pub use finding::CharterFinding;
pub use rules::{CharterRules, DropBox};
pub use threshold::SigningThreshold;

/// What the members sign when they found a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// What the zone and its community are called.
    pub title: String,
    /// Why they founded it.
    pub preamble: String,
    /// The clauses, numbered from 1.
    pub clauses: Vec<Clause>,
    /// The rules that the machine applies.
    pub rules: CharterRules,
}

/// One numbered clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its number.
    pub number: u32,
    /// Its text.
    pub text: String,
    /// The rule of the machine's that it puts into words, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binds: Option<BoundRule>,
    /// Whether every holder must consent before the clause, or the rule that it
    /// binds, is changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub entrenched: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The rules of the machine that clauses put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoundRule {
    /// A name changes with its holder's consent only. No charter can change it.
    Access,
    /// No rule looks at what a name is used for. No charter can change it.
    ContentNeutral,
    /// What is not on the ledger has not happened. No charter can change it.
    Record,
    /// `common`: votes on the apex and on names that nobody holds.
    Common,
    /// `membership`: votes on admission and on the charter.
    Membership,
    /// `deadline_s_min`.
    Deadlines,
    /// `host_notice_s`.
    HostNotice,
    /// `claim_wait_s`.
    Claims,
    /// `absence_after_s`.
    Absence,
    /// `signing_threshold` and `deal_after_s`.
    Threshold,
    /// The three periods of signatures.
    Signatures,
    /// `boxes`.
    Boxes,
}

/// Seconds in a day.
const DAY_S: u64 = 86_400;
/// Invariant 10: signatures outlive the loss of a quorum by this much.
const TIME_TO_REACT_S: u64 = 14 * DAY_S;

/// The largest period a charter can set, two years: expiries must fit
/// the 32-bit clock of RRSIG (RFC 4034 §3.1.5).
const PERIOD_S_MAX: u64 = 2 * 365 * DAY_S;

/// Notice is time to react, not a veto.
const HOST_NOTICE_S_MAX: u64 = 366 * DAY_S;

impl Charter {
    /// Checks the charter for this number of members.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, members: usize) -> Result<(), CharterFinding> {
        let rules = &self.rules;
        let count = match u16::try_from(members) {
            Ok(count @ 2..) if members <= limits::MEMBERS_MAX => count,
            _ => return Err(CharterFinding::Members { count: members }),
        };
        let threshold = rules.signing_threshold.named(count);
        if threshold <= count / 2 || threshold > count {
            return Err(CharterFinding::Threshold {
                threshold,
                members: count,
            });
        }
        // Of what is up for renewal some is gone before the edition comes.
        if rules.refresh_before_s < TIME_TO_REACT_S + limits::OPEN_EDITION_SECONDS_MAX {
            return Err(CharterFinding::TimeToReact {
                refresh_before_s: rules.refresh_before_s,
            });
        }
        if !(rules.refresh_before_s < rules.first_lifetime_s_min
            && rules.first_lifetime_s_min <= rules.signature_lifetime_s
            && rules.signature_lifetime_s <= PERIOD_S_MAX)
        {
            return Err(CharterFinding::Lifetimes {
                refresh_before_s: rules.refresh_before_s,
                first_lifetime_s_min: rules.first_lifetime_s_min,
                signature_lifetime_s: rules.signature_lifetime_s,
            });
        }
        if rules.deal_after_s > limits::DEAL_AFTER_SECONDS_MAX {
            return Err(CharterFinding::DealAfter {
                deal_after_s: rules.deal_after_s,
            });
        }
        if rules.absence_after_s == 0 {
            return Err(CharterFinding::Absence);
        }
        self.check_decisions()?;
        if rules.host_notice_s > HOST_NOTICE_S_MAX {
            return Err(CharterFinding::HostNotice {
                host_notice_s: rules.host_notice_s,
            });
        }
        let octets = json::encode(self).len();
        if octets > limits::CHARTER_OCTETS_MAX {
            return Err(CharterFinding::TooLong { octets });
        }
        match (1..)
            .zip(&self.clauses)
            .find(|(number, clause)| clause.number != *number)
        {
            Some((_, clause)) => Err(CharterFinding::ClauseNumber {
                number: clause.number,
            }),
            None => Ok(()),
        }
    }

    fn check_decisions(&self) -> Result<(), CharterFinding> {
        for question in [Question::Common, Question::Membership] {
            let checked = self.rules.voting(question).check();
            checked.map_err(|finding| CharterFinding::Voting { question, finding })?;
        }
        let deadline_s_min = self.rules.deadline_s_min;
        if deadline_s_min > limits::DEADLINE_SECONDS_MAX / 2 {
            return Err(CharterFinding::Deadline { deadline_s_min });
        }
        let claim_wait_s = self.rules.claim_wait_s;
        if !(DAY_S..=HOST_NOTICE_S_MAX).contains(&claim_wait_s) {
            return Err(CharterFinding::ClaimWait { claim_wait_s });
        }
        self.check_boxes()
    }

    fn check_boxes(&self) -> Result<(), CharterFinding> {
        let boxes = &self.rules.boxes;
        if boxes.len() > limits::BOXES_MAX {
            return Err(CharterFinding::Boxes { count: boxes.len() });
        }
        for (at, one) in boxes.iter().enumerate() {
            let before = &boxes[..at];
            let in_order = before.last().is_none_or(|last| last.name < one.name);
            let is_new = before.iter().all(|known| known.key != one.key);
            let has_address = ["http://", "https://"]
                .iter()
                .any(|scheme| one.url.starts_with(scheme));
            let fits = one.url.len() <= limits::BOX_URL_OCTETS_MAX
                && one.url.bytes().all(|octet| octet.is_ascii_graphic());
            if !(is_party_name(&one.name) && in_order && is_new && has_address && fits) {
                let name = one.name.clone();
                return Err(CharterFinding::Box { name });
            }
        }
        Ok(())
    }

    /// The digest of its one text, which is what members sign.
    pub fn digest(&self) -> Digest {
        Digest::of(&json::encode(self))
    }

    /// Whether `other` leaves every entrenched clause, and the rules that they
    /// bind, as they are.
    pub fn keeps_entrenched(&self, other: &Self) -> bool {
        let mut entrenched = self.clauses.iter().filter(|clause| clause.entrenched);
        entrenched.all(|clause| {
            other.clauses.contains(clause)
                && clause
                    .binds
                    .is_none_or(|bound| self.rules.same(&other.rules, bound))
        })
    }
}

/// The cosigning quorum: at least two thirds of `present` members, rounded
/// up, so that two quorums share at least a third; and never fewer than sign,
/// so that two quorums have a member in common whoever is called absent. As many
/// of those who may must take part in a ceremony, and hold the shares it made.
pub fn cosigning_quorum(present: usize, signing_threshold: u16) -> usize {
    (present * 2)
        .div_ceil(3)
        .max(usize::from(signing_threshold))
}

#[cfg(test)]
mod tests;
