//! The charter: a founding text of numbered clauses, and the rules that the
//! machine applies. On the ledger it is a blob of strict JSON.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::act::{Question, json};
use crate::basic::Digest;
use crate::edition::Timing;
use crate::limits;
use crate::vote::{Base, Portion, VotingFinding, VotingRule};

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
    /// `signing_threshold`.
    Threshold,
    /// The three periods of signatures.
    Signatures,
}

/// The rules that the machine applies (periods in seconds).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharterRules {
    /// How many shares sign; always more than half of the members.
    pub signing_threshold: u16,
    /// How the apex, and names that nobody holds, are voted on.
    pub common: VotingRule,
    /// How admission and the charter are voted on; the eligible are the present
    /// members.
    pub membership: VotingRule,
    /// A proposal's deadline lies at least this far ahead, and so much ledger
    /// time passes between the proposal's being seen and its end.
    pub deadline_s_min: u64,
    /// Silence after which an absence act may name a member.
    pub absence_after_s: u64,
    /// Notice that names have which use a host, before its addresses change.
    pub host_notice_s: u64,
    /// How long a claim waits, in which another can contest it.
    pub claim_wait_s: u64,
    /// Lifetime of a signature.
    pub signature_lifetime_s: u64,
    /// A signature is renewed when less than this is left.
    pub refresh_before_s: u64,
    /// The shortest lifetime in the first edition; spreads the renewals.
    pub first_lifetime_s_min: u64,
}

/// Admission and the charter: two thirds of those that could vote.
const TWO_THIRDS_OF_ELIGIBLE: VotingRule = VotingRule {
    majority: Portion {
        num: 2,
        den: 3,
        of: Base::Eligible,
        more_than: false,
    },
    ..VotingRule::USUAL
};

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
            common: VotingRule::USUAL,
            membership: TWO_THIRDS_OF_ELIGIBLE,
            host_notice_s: 14 * DAY_S,
            claim_wait_s: 14 * DAY_S,
            signature_lifetime_s: 28 * DAY_S,
            refresh_before_s: 15 * DAY_S,
            first_lifetime_s_min: 16 * DAY_S,
        }
    }

    /// The rule for votes on such a question.
    pub fn voting(&self, question: Question) -> &VotingRule {
        match question {
            Question::Common => &self.common,
            Question::Membership => &self.membership,
        }
    }

    /// Whether two charters' rules are the same where a clause binds them.
    fn same(&self, other: &Self, bound: BoundRule) -> bool {
        let signatures = |rules: &Self| {
            (
                rules.signature_lifetime_s,
                rules.refresh_before_s,
                rules.first_lifetime_s_min,
            )
        };
        match bound {
            BoundRule::Access | BoundRule::ContentNeutral | BoundRule::Record => true,
            BoundRule::Common => self.common == other.common,
            BoundRule::Membership => self.membership == other.membership,
            BoundRule::Deadlines => self.deadline_s_min == other.deadline_s_min,
            BoundRule::HostNotice => self.host_notice_s == other.host_notice_s,
            BoundRule::Claims => self.claim_wait_s == other.claim_wait_s,
            BoundRule::Absence => self.absence_after_s == other.absence_after_s,
            BoundRule::Threshold => self.signing_threshold == other.signing_threshold,
            BoundRule::Signatures => signatures(self) == signatures(other),
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
    /// Proposals would have to be open for longer than they may.
    Deadline {
        /// `deadline_s_min`.
        deadline_s_min: u64,
    },
    /// Without a period of silence every member would be absent at once.
    Absence,
    /// A notice longer than a year would be a veto.
    HostNotice {
        /// `host_notice_s`.
        host_notice_s: u64,
    },
    /// A claim that waits less than a day cannot be contested; one that waits
    /// more than a year is none.
    ClaimWait {
        /// `claim_wait_s`.
        claim_wait_s: u64,
    },
    /// A rule for votes that cannot be applied.
    Voting {
        /// For which question.
        question: Question,
        /// What is wrong.
        finding: VotingFinding,
    },
    /// Texts so long that the act with them would not fit an entry.
    TooLong {
        /// Octets of the charter's one text.
        octets: usize,
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
            Self::Deadline { deadline_s_min } => write!(
                f,
                "deadline_s_min = {deadline_s_min}: at most {}, or no proposal could have a deadline",
                limits::DEADLINE_SECONDS_MAX / 2
            ),
            Self::ClaimWait { claim_wait_s } => write!(
                f,
                "claim_wait_s = {claim_wait_s}: from {DAY_S}, a day, to {HOST_NOTICE_S_MAX}, a year"
            ),
            Self::Voting { question, finding } => {
                write!(f, "rule for votes `{question}`: {finding}")
            }
            Self::TooLong { octets } => write!(
                f,
                "a charter of {octets} octets; at most {}",
                limits::CHARTER_OCTETS_MAX
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
