//! What must hold of votes.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `amending` | the order of voting on amendments, and what each vote leads to |
//! | `bounds` | which rules are refused, and the one text of a rule |
//! | `verdicts` | tables: rule, ballots, verdict |
//! | `known` | presets, and votes whose outcome is known |
//! | `properties` | what holds of all rules and all ballots |
//! | `rolls` | which ballots come on a roll, and the roll call as a file |

mod amending;
mod bounds;
mod known;
mod properties;
mod rolls;
mod verdicts;

use super::{Base, Count, Figures, Portion, Silence, VotingRule};

const DAY_S: u64 = 86_400;

const fn portion(num: u32, den: u32, of: Base) -> Portion {
    let more_than = false;
    Portion {
        num,
        den,
        of,
        more_than,
    }
}

const fn more_than(num: u32, den: u32, of: Base) -> Portion {
    Portion {
        more_than: true,
        ..portion(num, den, of)
    }
}

/// More than half of the eligible take part, more than half of the voting are
/// for it.
const SIMPLE: VotingRule = VotingRule::USUAL;

/// Silence consents, one against it stops it.
const CONSENT: VotingRule = VotingRule {
    quorum: portion(0, 1, Base::Eligible),
    majority: portion(1, 1, Base::Voting),
    silence: Silence::Consents,
    deadline_s_min: 60 * DAY_S,
    ..SIMPLE
};

/// Put off when more than half of those taking part abstain.
const PUT_OFF: VotingRule = VotingRule {
    postponed: Some(more_than(1, 2, Base::TakingPart)),
    ..SIMPLE
};

/// For, against, abstentions, of so many eligible.
const fn figures(in_favour: u32, against: u32, abstain: u32, eligible: u32) -> Figures {
    Figures {
        eligible,
        in_favour,
        against,
        abstain,
    }
}

fn count(rule: &VotingRule, figures: Figures) -> Count {
    Count::new(rule, figures).unwrap()
}
