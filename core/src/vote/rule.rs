//! The rule of a vote, as a charter states it, and its bounds. One strict text
//! ([`crate::act::json`]); integers only.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;

/// What a vote needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VotingRule {
    /// How many must take part, as a portion of the eligible.
    pub quorum: Portion,
    /// How many must be for it.
    pub majority: Portion,
    /// What as many for as against means.
    pub tie: Tie,
    /// The abstentions with which the matter is put off to a later vote; none
    /// where abstentions are only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postponed: Option<Portion>,
    /// What no ballot means.
    pub silence: Silence,
    /// Seconds that a vote lasts at least.
    pub deadline_s_min: u64,
    /// Whether it ends as soon as no missing ballot can change its result.
    pub early_end: bool,
    /// How votes are cast.
    pub votes: Votes,
}

/// A portion of one of the three bases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portion {
    /// Numerator.
    pub num: u32,
    /// Denominator.
    pub den: u32,
    /// Of what.
    pub of: Base,
    /// Whether more than the portion is needed, or just the portion.
    pub more_than: bool,
}

/// What a portion is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// All members with a vote.
    Eligible,
    /// Those that cast a ballot: for, against or abstain.
    TakingPart,
    /// Those that cast a ballot for or against.
    Voting,
}

/// What as many for as against means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tie {
    /// Rejected.
    Rejected,
}

/// What no ballot means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// Nothing.
    Nothing,
    /// Consent: whoever is silent until the end is counted as for it in the
    /// majority and in the majority's base. The quorum counts ballots only.
    Consents,
}

/// How votes are cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Votes {
    /// In public, each member's by its name.
    RollCall,
}

/// A part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The quorum.
    Quorum,
    /// The majority.
    Majority,
    /// The abstentions with which a matter is put off.
    Postponed,
}

/// What is wrong with a rule, or with the figures that it is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VotingFinding {
    /// A portion of nothing: its denominator is zero.
    Denominator {
        /// Where.
        part: Part,
    },
    /// A denominator above what is allowed.
    TooLarge {
        /// Where.
        part: Part,
        /// The denominator.
        den: u32,
    },
    /// More than all: nobody could ever satisfy it.
    AboveWhole {
        /// Where.
        part: Part,
    },
    /// A quorum is a portion of the eligible: of those that take part, all
    /// take part.
    QuorumBase {
        /// The rule's.
        of: Base,
    },
    /// A majority of half or less: for and against could both have it.
    MajorityNotAboveHalf {
        /// The rule's.
        majority: Portion,
    },
    /// No abstention would be enough to put a matter off.
    AlwaysPostponed,
    /// A vote would last no time, or too long.
    Deadline {
        /// `deadline_s_min`.
        deadline_s_min: u64,
    },
    /// Silence would consent before anybody had time to break it.
    SilenceTooShort {
        /// `deadline_s_min`.
        deadline_s_min: u64,
    },
    /// More ballots than members with a vote.
    MoreBallotsThanMembers {
        /// The ballots.
        ballots: u64,
        /// The members.
        eligible: u32,
    },
}

impl VotingRule {
    /// The usual rule: more than half of the members take part, and more are
    /// for it than against it.
    pub const USUAL: Self = Self {
        quorum: Portion {
            num: 1,
            den: 2,
            of: Base::Eligible,
            more_than: true,
        },
        majority: Portion {
            num: 1,
            den: 2,
            of: Base::Voting,
            more_than: true,
        },
        tie: Tie::Rejected,
        postponed: None,
        silence: Silence::Nothing,
        deadline_s_min: 86_400,
        early_end: true,
        votes: Votes::RollCall,
    };

    /// Whether the rule can be applied, and only one of two opposite proposals
    /// can ever satisfy it.
    ///
    /// # Errors
    /// The first [`VotingFinding`], in the order of the rule's text.
    pub fn check(&self) -> Result<(), VotingFinding> {
        self.quorum.check(Part::Quorum)?;
        if self.quorum.of != Base::Eligible {
            return Err(VotingFinding::QuorumBase { of: self.quorum.of });
        }
        self.majority.check(Part::Majority)?;
        if !self.majority.is_above_half() {
            let majority = self.majority;
            return Err(VotingFinding::MajorityNotAboveHalf { majority });
        }
        if let Some(postponed) = self.postponed {
            postponed.check(Part::Postponed)?;
            if postponed.num == 0 && !postponed.more_than {
                return Err(VotingFinding::AlwaysPostponed);
            }
        }
        let deadline_s_min = self.deadline_s_min;
        if deadline_s_min == 0 || deadline_s_min > limits::DEADLINE_SECONDS_MAX {
            return Err(VotingFinding::Deadline { deadline_s_min });
        }
        let consents = self.silence == Silence::Consents;
        if consents && deadline_s_min < limits::SILENCE_SECONDS_MIN {
            return Err(VotingFinding::SilenceTooShort { deadline_s_min });
        }
        Ok(())
    }

    /// The rule for a matter that was put off before: abstentions no longer put
    /// it off (Convention of the ITU, Geneva 1992, No. 416), or they could for
    /// ever.
    #[must_use]
    pub fn when_put_off_before(&self) -> Self {
        Self {
            postponed: None,
            ..self.clone()
        }
    }
}

impl Portion {
    fn check(self, part: Part) -> Result<(), VotingFinding> {
        let Self { num, den, .. } = self;
        if den == 0 {
            Err(VotingFinding::Denominator { part })
        } else if den > limits::PORTION_DENOMINATOR_MAX {
            Err(VotingFinding::TooLarge { part, den })
        } else if num > den || (num == den && self.more_than) {
            Err(VotingFinding::AboveWhole { part })
        } else {
            Ok(())
        }
    }

    fn is_above_half(self) -> bool {
        let twice = 2 * u64::from(self.num);
        let den = u64::from(self.den);
        twice > den || (twice == den && self.more_than)
    }

    /// Whether `part` of `whole` is this portion; by multiplication, so nothing
    /// is rounded. No product of two 32-bit numbers is too large.
    pub fn is_met(self, part: u32, whole: u32) -> bool {
        let part = u64::from(part) * u64::from(self.den);
        let portion = u64::from(whole) * u64::from(self.num);
        if self.more_than {
            part > portion
        } else {
            part >= portion
        }
    }

    /// The least number that is this portion of `whole`. Of a portion that
    /// [`VotingRule::check`] refuses there may be none; then the largest.
    pub fn needed(self, whole: u32) -> u32 {
        let portion = u64::from(whole) * u64::from(self.num);
        let den = u64::from(self.den);
        let least = if self.more_than {
            portion.checked_div(den).map(|down| down + 1)
        } else {
            (den != 0).then(|| portion.div_ceil(den))
        };
        least
            .and_then(|least| u32::try_from(least).ok())
            .unwrap_or(u32::MAX)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quorum => "quorum",
            Self::Majority => "majority",
            Self::Postponed => "abstentions that put a matter off",
        })
    }
}

impl fmt::Display for VotingFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denominator { part } => write!(f, "{part}: a denominator of zero"),
            Self::TooLarge { part, den } => write!(
                f,
                "{part}: a denominator of {den}; the largest is {}",
                limits::PORTION_DENOMINATOR_MAX
            ),
            Self::AboveWhole { part } => write!(f, "{part}: more than all"),
            Self::QuorumBase { of } => {
                write!(f, "quorum: a portion of {of}; it must be of eligible")
            }
            Self::MajorityNotAboveHalf { majority } => write!(
                f,
                "majority: {majority}; for and against could both have it, it must be more than half"
            ),
            Self::AlwaysPostponed => {
                f.write_str("abstentions that put a matter off: none would be enough")
            }
            Self::Deadline { deadline_s_min } => write!(
                f,
                "a vote of at least {deadline_s_min} s; it must be from 1 s to {} s",
                limits::DEADLINE_SECONDS_MAX
            ),
            Self::SilenceTooShort { deadline_s_min } => write!(
                f,
                "silence consents after {deadline_s_min} s; it must be at least {} s",
                limits::SILENCE_SECONDS_MIN
            ),
            Self::MoreBallotsThanMembers { ballots, eligible } => {
                write!(f, "{ballots} ballots of {eligible} members with a vote")
            }
        }
    }
}

impl core::error::Error for VotingFinding {}
