//! The count: ballots with every denominator that the rule asks about, as it
//! stands in a decision, so that a reader needs no other text to check it.

use serde::{Deserialize, Serialize};

use super::{Base, Roll, Silence, VotingFinding, VotingRule};

/// The four numbers that everything else follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Members with a vote.
    pub eligible: u32,
    /// Ballots for.
    #[serde(rename = "for")]
    pub in_favour: u32,
    /// Ballots against.
    pub against: u32,
    /// Ballots that abstain.
    pub abstain: u32,
}

/// A count, as if the vote ended now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Members with a vote.
    pub eligible: u32,
    /// Of these, those that cast a ballot: for, against or abstain.
    pub taking_part: u32,
    /// Of these, those that cast one for or against.
    pub voting: u32,
    /// Ballots for.
    #[serde(rename = "for")]
    pub in_favour: u32,
    /// Ballots against.
    pub against: u32,
    /// Ballots that abstain.
    pub abstain: u32,
    /// Members with a vote that cast no ballot.
    pub silent: u32,
    /// Of these, those whose silence is counted as for: all or none.
    pub consenting: u32,
    /// How many must take part.
    pub quorum_needed: u32,
    /// What the majority is a portion of.
    pub majority_base: u32,
    /// How many must be for it, the consenting included.
    pub majority_needed: u32,
    /// How many abstentions put the matter off, where the rule knows this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postponed_from: Option<u32>,
}

impl Figures {
    /// Ballots of every kind, taken together.
    pub(super) fn ballots(self) -> u64 {
        u64::from(self.in_favour) + u64::from(self.against) + u64::from(self.abstain)
    }
}

impl Count {
    /// Counts figures from elsewhere by a rule.
    ///
    /// # Errors
    /// [`VotingFinding::MoreBallotsThanMembers`].
    pub fn new(rule: &VotingRule, figures: Figures) -> Result<Self, VotingFinding> {
        let Figures {
            eligible,
            in_favour,
            against,
            abstain,
        } = figures;
        let ballots = figures.ballots();
        let taking_part = u32::try_from(ballots)
            .ok()
            .filter(|taking_part| *taking_part <= eligible)
            .ok_or(VotingFinding::MoreBallotsThanMembers { ballots, eligible })?;
        // Neither sum can be above the one that was checked.
        let silent = eligible.saturating_sub(taking_part);
        let mut count = Self {
            eligible,
            taking_part,
            voting: taking_part.saturating_sub(abstain),
            in_favour,
            against,
            abstain,
            silent,
            consenting: match rule.silence {
                Silence::Consents => silent,
                Silence::Nothing => 0,
            },
            quorum_needed: rule.quorum.needed(eligible),
            ..Self::default()
        };
        count.majority_base = count.base_of_majority(rule.majority.of);
        count.majority_needed = rule.majority.needed(count.majority_base);
        count.postponed_from = rule
            .postponed
            .map(|postponed| postponed.needed(count.base(postponed.of)));
        Ok(count)
    }

    /// Counts a roll by a rule. A roll has no more ballots than members.
    pub fn of_roll(rule: &VotingRule, roll: &Roll) -> Self {
        Self::new(rule, roll.figures()).unwrap_or_default()
    }

    /// The four numbers that the count follows from.
    pub fn figures(&self) -> Figures {
        Figures {
            eligible: self.eligible,
            in_favour: self.in_favour,
            against: self.against,
            abstain: self.abstain,
        }
    }

    /// Those that are counted as for: by ballot, and by silence where silence
    /// consents.
    pub fn counted_for(&self) -> u32 {
        self.in_favour.saturating_add(self.consenting)
    }

    /// A base, by ballots alone.
    pub fn base(&self, base: Base) -> u32 {
        match base {
            Base::Eligible => self.eligible,
            Base::TakingPart => self.taking_part,
            Base::Voting => self.voting,
        }
    }

    /// A base with those in it whose silence is counted as for.
    fn base_of_majority(&self, base: Base) -> u32 {
        match base {
            Base::Eligible => self.eligible,
            Base::TakingPart | Base::Voting => self.base(base).saturating_add(self.consenting),
        }
    }
}
