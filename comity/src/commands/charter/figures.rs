//! What a charter's rules mean, in numbers of members: for the whole, and for
//! any group of them. Members are equal, so a group is its size; what its
//! members hold besides is theirs whatever the numbers.

use std::fmt::Write;

use comity_core::charter::{Charter, CharterRules, DropBox, cosigning_quorum};
use comity_core::vote::{Count, Figures as Ballots, Verdict, VotingRule, verdict};
use serde::Serialize;

use super::DAY_S;
use crate::commands::dropbox::line;
use crate::output::Failure;

/// What a charter's rules mean for a number of members.
#[derive(Serialize)]
pub(super) struct Figures {
    members: u16,
    signing_threshold: u16,
    cosigning_quorum: usize,
    /// So many members sign alone.
    sign_alone: u16,
    /// So many members can keep the others from signing.
    block_signing: u16,
    /// So many members can keep changed contents from being signed.
    block_changes: usize,
    /// So many members can leave without handover.
    leave: u16,
    /// The drop boxes.
    boxes: Vec<DropBox>,
    /// Answers for groups.
    groups: Vec<Group>,
    /// What is allowed and hardly meant.
    warnings: Vec<String>,
}

/// What so many members can do by themselves.
#[derive(Serialize)]
struct Group {
    size: u16,
    /// Sign whatever they like, DNSSEC-valid, if they are dishonest. Mirrors
    /// refuse it, validators do not.
    sign_alone: bool,
    /// Keep the others from signing at all.
    block_signing: bool,
    /// Keep changed contents from being signed, until an absence act.
    block_changes: bool,
    /// Decide what is common, whatever the others vote.
    carry_common: bool,
    /// Keep the others from deciding it.
    block_common: bool,
    /// Admit members and change the charter alone, entrenched clauses apart.
    carry_membership: bool,
    /// Keep the others from it.
    block_membership: bool,
    /// Leave without handing over their shares, and the others go on.
    others_go_on: bool,
    /// Take a name from a holder who does not consent. Never.
    take_names: bool,
}

impl Figures {
    pub(super) fn of(charter: &Charter, members: u16, groups: &[u16]) -> Result<Self, Failure> {
        let threshold = charter.rules.signing_threshold.of(members);
        let quorum = cosigning_quorum(members.into(), threshold);
        if let Some(size) = groups.iter().find(|size| **size > members) {
            let text = format!("--group {size}: there are {members} members");
            return Err(Failure::Usage(text));
        }
        let group = |size: &u16| Group::of(&charter.rules, members, *size);
        Ok(Self {
            members,
            signing_threshold: threshold,
            cosigning_quorum: quorum,
            sign_alone: threshold,
            block_signing: members - threshold + 1,
            block_changes: usize::from(members) - quorum + 1,
            leave: members - threshold,
            boxes: charter.rules.boxes.clone(),
            groups: groups.iter().map(group).collect(),
            warnings: warnings(&charter.rules),
        })
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "The charter is sound for {} members.\n\
             {} sign together; {} can keep the zone from being signed.\n\
             {} cosign the ledger; {} can keep changed contents from being signed, until an \
             absence act.\n\
             At most {} may leave without handing over their shares.",
            self.members,
            self.sign_alone,
            self.block_signing,
            self.cosigning_quorum,
            self.block_changes,
            self.leave
        );
        for one in &self.boxes {
            let _ = write!(text, "\n{}", line(one));
        }
        for group in &self.groups {
            text.push_str(&group.text(self.members));
        }
        for warning in &self.warnings {
            let _ = write!(text, "\nWarning: {warning}");
        }
        text
    }
}

impl Group {
    fn of(rules: &CharterRules, members: u16, size: u16) -> Self {
        let threshold = rules.signing_threshold.of(members);
        let others = members - size;
        let quorum = cosigning_quorum(members.into(), threshold);
        let carries = |rule: &VotingRule, alike: u16, against: u16| {
            let ballots = Ballots {
                eligible: members.into(),
                in_favour: alike.into(),
                against: against.into(),
                abstain: 0,
            };
            let count = Count::new(rule, ballots).unwrap_or_default();
            verdict(rule, &count, true) == Verdict::Carried
        };
        // At its worst the group votes against, or does not take part.
        let blocks = |rule: &VotingRule| !carries(rule, others, size) || !carries(rule, others, 0);
        Self {
            size,
            sign_alone: size >= threshold,
            block_signing: others < threshold,
            block_changes: usize::from(others) < quorum,
            carry_common: carries(&rules.common, size, others),
            block_common: blocks(&rules.common),
            carry_membership: carries(&rules.membership, size, others),
            block_membership: blocks(&rules.membership),
            others_go_on: others >= threshold,
            take_names: false,
        }
    }

    fn text(&self, members: u16) -> String {
        let mut text = format!("\n\n{} of {members} members, by themselves:", self.size);
        for (what, can) in [
            ("sign the zone", self.sign_alone),
            ("keep it from being signed", self.block_signing),
            (
                "keep its changes from being signed, until an absence act",
                self.block_changes,
            ),
            ("decide what is common", self.carry_common),
            ("keep the others from deciding it", self.block_common),
            (
                "admit members and change the charter",
                self.carry_membership,
            ),
            ("keep the others from that", self.block_membership),
            (
                "leave without handover, and the others go on",
                self.others_go_on,
            ),
            ("take a name from its holder", self.take_names),
        ] {
            let _ = write!(text, "\n  {:<4} {what}", if can { "can" } else { "not" });
        }
        text
    }
}

/// Periods so short that people cannot act in them.
fn warnings(rules: &CharterRules) -> Vec<String> {
    let periods = [
        (
            "deadline_s_min",
            rules.deadline_s_min,
            "a vote can end before members have seen it",
        ),
        (
            "absence_after_s",
            rules.absence_after_s,
            "a member whose machine stands still for so long can be called absent",
        ),
    ];
    let short = periods.iter().filter(|(_, seconds, _)| *seconds < DAY_S);
    short
        .map(|(key, seconds, why)| format!("{key} = {seconds}, less than a day: {why}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each size of group can do among 144 with the default rules: the
    /// 55 who walked out, and the figures around them.
    #[test]
    fn groups_of_144_can_do_this_and_no_more() {
        let rules = CharterRules::defaults();
        let table: &[(u16, [bool; 8])] = &[
            // sign, block signing, block changes; common: carry, block;
            // membership: carry, block; others go on
            (0, [false, false, false, false, false, false, false, true]),
            (48, [false, false, false, false, false, false, false, true]),
            (49, [false, false, true, false, false, false, true, true]),
            (55, [false, false, true, false, false, false, true, true]),
            (71, [false, false, true, false, false, false, true, true]),
            (72, [false, true, true, false, true, false, true, false]),
            (73, [true, true, true, true, true, false, true, false]),
            (96, [true, true, true, true, true, true, true, false]),
            (144, [true, true, true, true, true, true, true, false]),
        ];
        for (size, expected) in table {
            let group = Group::of(&rules, 144, *size);
            let found = [
                group.sign_alone,
                group.block_signing,
                group.block_changes,
                group.carry_common,
                group.block_common,
                group.carry_membership,
                group.block_membership,
                group.others_go_on,
            ];
            assert_eq!(found, *expected, "{size} of 144");
            assert!(!group.take_names);
        }
    }
}
