//! The verdict: what a rule says to a count, now or at the end.
//!
//! At the end, in this order: without a quorum there is no vote; with too many
//! abstentions the matter is put off; else the majority decides. Before the
//! end a verdict is given only where every way in which the missing ballots
//! could still be cast, or not cast, leads to the same one.

use serde::{Deserialize, Serialize};

use super::{Count, Figures, VotingRule};

/// What a vote comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Ballots are still to come that can change it.
    Open,
    /// It has its majority.
    Carried,
    /// It has not.
    Rejected(Rejection),
    /// Too few took part: there was no vote.
    NoQuorum,
    /// Too many abstained: put off to a later vote. On a ledger the proposal
    /// lapses, and whoever wants it proposes it again.
    Postponed,
}

/// Why a proposal is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rejection {
    /// As many for as against.
    Tie,
    /// Fewer for than the majority needs.
    NoMajority,
}

/// What the rule says to the count. `closed` is whether the vote has ended, so
/// that whoever is silent remains so.
pub fn verdict(rule: &VotingRule, count: &Count, closed: bool) -> Verdict {
    let figures = count.figures();
    if closed || (rule.early_end && count.silent == 0) {
        result(rule, figures)
    } else if rule.early_end {
        certain(rule, figures, count.silent)
    } else {
        Verdict::Open
    }
}

fn result(rule: &VotingRule, figures: Figures) -> Verdict {
    if !has_quorum(rule, figures) {
        Verdict::NoQuorum
    } else if is_postponed(rule, figures) {
        Verdict::Postponed
    } else if has_majority(rule, figures) {
        Verdict::Carried
    } else {
        let is_tie =
            counted(rule, figures).is_some_and(|count| count.counted_for() == count.against);
        Verdict::Rejected(if is_tie {
            Rejection::Tie
        } else {
            Rejection::NoMajority
        })
    }
}

/// What no missing ballot can change.
///
/// Ballots still to come only add to those that take part; abstentions have
/// their largest share when all of them abstain, and their smallest when none
/// does; the majority is hardest to have when all are against, and easiest
/// when all are for. So four cases stand for all.
fn certain(rule: &VotingRule, now: Figures, missing: u32) -> Verdict {
    let all_for = Figures {
        in_favour: now.in_favour.saturating_add(missing),
        ..now
    };
    let all_against = Figures {
        against: now.against.saturating_add(missing),
        ..now
    };
    let all_abstain = Figures {
        abstain: now.abstain.saturating_add(missing),
        ..now
    };
    if !has_quorum(rule, now) {
        Verdict::Open
    } else if is_postponed(rule, all_for) {
        Verdict::Postponed
    } else if is_postponed(rule, all_abstain) {
        Verdict::Open
    } else if has_majority(rule, all_against) {
        Verdict::Carried
    } else if !has_majority(rule, all_for) {
        // A tie may become a defeat, never a majority.
        Verdict::Rejected(Rejection::NoMajority)
    } else {
        Verdict::Open
    }
}

fn counted(rule: &VotingRule, figures: Figures) -> Option<Count> {
    Count::new(rule, figures).ok()
}

fn has_quorum(rule: &VotingRule, figures: Figures) -> bool {
    counted(rule, figures).is_some_and(|count| {
        let base = count.base(rule.quorum.of);
        rule.quorum.is_met(count.taking_part, base)
    })
}

fn is_postponed(rule: &VotingRule, figures: Figures) -> bool {
    rule.postponed.is_some_and(|portion| {
        counted(rule, figures)
            .is_some_and(|count| portion.is_met(count.abstain, count.base(portion.of)))
    })
}

fn has_majority(rule: &VotingRule, figures: Figures) -> bool {
    counted(rule, figures).is_some_and(|count| {
        let in_favour = count.counted_for();
        in_favour > count.against && rule.majority.is_met(in_favour, count.majority_base)
    })
}
