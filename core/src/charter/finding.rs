//! What can be wrong with a charter.

use alloc::string::String;
use core::fmt;

use super::{DAY_S, HOST_NOTICE_S_MAX};
use crate::act::Question;
use crate::limits;
use crate::vote::VotingFinding;

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
    /// Who left would have its share for longer than a month.
    DealAfter {
        /// `deal_after_s`.
        deal_after_s: u64,
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
    /// More drop boxes than a charter names.
    Boxes {
        /// How many there are.
        count: usize,
    },
    /// A drop box whose name is not allowed or out of order, whose key another
    /// has, or whose address is none.
    Box {
        /// Its name.
        name: String,
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
                 quorum by 14 days, and an edition may take one: at least 15 (1296000 s)"
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
            Self::DealAfter { .. }
            | Self::Absence
            | Self::HostNotice { .. }
            | Self::Deadline { .. }
            | Self::ClaimWait { .. } => self.write_period(f),
            Self::Voting { question, finding } => {
                write!(f, "rule for votes `{question}`: {finding}")
            }
            Self::Boxes { count } => {
                write!(f, "{count} drop boxes; at most {}", limits::BOXES_MAX)
            }
            Self::Box { name } => write!(
                f,
                "drop box `{name}`: boxes stand in the order of their names (lower-case letters, \
                 digits, hyphens), each with a key of its own and an http or https address of \
                 at most {} octets",
                limits::BOX_URL_OCTETS_MAX
            ),
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

impl CharterFinding {
    /// Those about one of the charter's periods.
    fn write_period(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DealAfter { deal_after_s } => write!(
                f,
                "deal_after_s = {deal_after_s}: at most {}, a month",
                limits::DEAL_AFTER_SECONDS_MAX
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
            _ => f.write_str(
                "absence_after_s = 0: every member would be absent at once; 1209600 is 14 days",
            ),
        }
    }
}

impl core::error::Error for CharterFinding {}
