//! The charter: a founding text of numbered clauses, and the rules that the
//! machine applies. On the ledger it is a blob of strict JSON.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::edition::Timing;
use crate::limits;

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
}

/// The rules that the machine applies (periods in seconds).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharterRules {
    /// How many shares sign; always more than half of the members.
    pub signing_threshold: u16,
    /// A proposal's deadline lies at least this far ahead, and so much ledger
    /// time passes between the proposal's being seen and its end.
    pub deadline_s_min: u64,
    /// Silence after which an absence act may name a member.
    pub absence_after_s: u64,
    /// Notice that names have which use a host, before its addresses change.
    pub host_notice_s: u64,
    /// Lifetime of a signature.
    pub signature_lifetime_s: u64,
    /// A signature is renewed when less than this is left.
    pub refresh_before_s: u64,
    /// The shortest lifetime in the first edition; spreads the renewals.
    pub first_lifetime_s_min: u64,
}

/// Seconds in a day.
const DAY_S: u64 = 86_400;
/// Invariant 10: signatures outlive the loss of a quorum by this much.
const TIME_TO_REACT_S: u64 = 14 * DAY_S;

impl CharterRules {
    /// The design's defaults for this number of members.
    pub fn defaults(members: u16) -> Self {
        Self {
            signing_threshold: members / 2 + 1,
            deadline_s_min: DAY_S,
            absence_after_s: 14 * DAY_S,
            host_notice_s: 14 * DAY_S,
            signature_lifetime_s: 28 * DAY_S,
            refresh_before_s: 15 * DAY_S,
            first_lifetime_s_min: 16 * DAY_S,
        }
    }

    /// The periods that the signing plan follows.
    pub fn timing(&self) -> Timing {
        Timing {
            lifetime_s: self.signature_lifetime_s,
            refresh_before_s: self.refresh_before_s,
            first_min_s: self.first_lifetime_s_min,
            ..Timing::default()
        }
    }
}

/// What is wrong with a charter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CharterFinding {
    /// Fewer than two members, or too many.
    Members {
        /// How many there are.
        count: usize,
    },
    /// A signing threshold of at most half of the shares lets two groups sign
    /// two zones (invariant 3), one above the members lets nobody sign.
    Threshold {
        /// The charter's.
        threshold: u16,
        /// The members.
        members: u16,
    },
    /// Signatures would expire less than 14 days after the loss of a quorum
    /// (invariant 10).
    TimeToReact {
        /// `refresh_before_s`.
        refresh_before_s: u64,
    },
    /// Lifetimes in the wrong order: a signature would be due on its first day.
    Lifetimes {
        /// `refresh_before_s`.
        refresh_before_s: u64,
        /// `first_lifetime_s_min`.
        first_lifetime_s_min: u64,
        /// `signature_lifetime_s`.
        signature_lifetime_s: u64,
    },
    /// Without a period of silence every member would be absent at once.
    Absence,
    /// A notice longer than a year would be a veto.
    HostNotice {
        /// `host_notice_s`.
        host_notice_s: u64,
    },
    /// A clause whose number is not the one after its predecessor's.
    ClauseNumber {
        /// The number found.
        number: u32,
    },
}

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
        let threshold = rules.signing_threshold;
        if threshold <= count / 2 || threshold > count {
            return Err(CharterFinding::Threshold {
                threshold,
                members: count,
            });
        }
        if rules.refresh_before_s < TIME_TO_REACT_S {
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
        if rules.absence_after_s == 0 {
            return Err(CharterFinding::Absence);
        }
        if rules.host_notice_s > HOST_NOTICE_S_MAX {
            return Err(CharterFinding::HostNotice {
                host_notice_s: rules.host_notice_s,
            });
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
}

impl fmt::Display for CharterFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Members { count } => {
                write!(
                    f,
                    "{count} members; a zone has 2 to {}",
                    limits::MEMBERS_MAX
                )
            }
            Self::Threshold { threshold, members } => write!(
                f,
                "signing threshold {threshold} of {members}: it must be more than half, \
                 so at least {}, and at most {members}",
                members / 2 + 1
            ),
            Self::TimeToReact { refresh_before_s } => write!(
                f,
                "refresh_before_s = {refresh_before_s}: signatures must outlive the loss of a \
                 quorum by 14 days (1209600 s)"
            ),
            Self::Lifetimes {
                refresh_before_s,
                first_lifetime_s_min,
                signature_lifetime_s,
            } => write!(
                f,
                "refresh_before_s ({refresh_before_s}) < first_lifetime_s_min \
                 ({first_lifetime_s_min}) <= signature_lifetime_s ({signature_lifetime_s}) \
                 <= 2 years does not hold"
            ),
            Self::Absence => f.write_str(
                "absence_after_s = 0: every member would be absent at once; 1209600 is 14 days",
            ),
            Self::HostNotice { host_notice_s } => write!(
                f,
                "host_notice_s = {host_notice_s}: at most {HOST_NOTICE_S_MAX}, a year"
            ),
            Self::ClauseNumber { number } => {
                write!(
                    f,
                    "clause {number} is out of order; clauses are numbered from 1"
                )
            }
        }
    }
}

impl core::error::Error for CharterFinding {}

/// The cosigning quorum: at least two thirds of `present` members, rounded
/// up, so that two quorums share at least a third; and never fewer than sign,
/// so that two quorums have a member in common whoever is called absent.
pub fn cosigning_quorum(present: usize, signing_threshold: u16) -> usize {
    (present * 2)
        .div_ceil(3)
        .max(usize::from(signing_threshold))
}

#[cfg(test)]
mod tests;
