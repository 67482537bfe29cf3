//! All findings, check by check, and what they come to.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::fault::Severity;
use super::finding::Finding;
use super::subject::Subject;
use super::table::Check;
use crate::act::Found;
use crate::basic::Time;
use crate::limits;

/// What a check, or all of them, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is wrong.
    Passed,
    /// There is something to look at, and no requirement that is not met.
    Warned,
    /// A requirement is not met.
    Failed,
    /// There is nothing that this check is about.
    NotApplicable,
    /// Nobody answered what this check wants to know.
    NotJudged,
}

/// One check with its findings, the worst first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which check.
    pub check: Check,
    /// What it came to.
    pub verdict: Verdict,
    /// What it found.
    pub findings: Vec<Finding>,
}

/// Everything about one delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was checked.
    pub subject: Subject,
    /// When it began.
    pub begun: Time,
    /// The fifteen checks in order.
    pub checks: Vec<Judged>,
    /// Whether the delegation has a DS set, and the keys and signatures of no
    /// server that answered satisfy it: validators refuse the name.
    pub is_broken: bool,
}

/// Which checks could not say anything, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    pub(super) not_applicable: BTreeSet<Check>,
    pub(super) not_judged: BTreeSet<Check>,
}

impl Report {
    pub(super) fn new(
        subject: &Subject,
        begun: Time,
        findings: &BTreeSet<Finding>,
        gaps: &Gaps,
        is_broken: bool,
    ) -> Self {
        let judged = |check: Check| {
            let mut findings: Vec<Finding> = findings
                .iter()
                .filter(|finding| finding.fault.check() == check)
                .cloned()
                .collect();
            // Stable: those of one severity stay in their order.
            findings.sort_by_key(|finding| core::cmp::Reverse(finding.fault.severity()));
            let worst = findings.first().map(|finding| finding.fault.severity());
            Judged {
                check,
                verdict: verdict(worst, check, gaps),
                findings,
            }
        };
        Self {
            subject: subject.clone(),
            begun,
            checks: Check::ALL.into_iter().map(judged).collect(),
            is_broken,
        }
    }

    /// What is attached to a proposal of these checks: the worst findings, as
    /// many and as long as an act of findings may quote.
    pub fn found(&self) -> Found {
        let mut findings: Vec<Finding> = self.findings().cloned().collect();
        findings.sort_by_key(|finding| core::cmp::Reverse(finding.fault.severity()));
        let count = u32::try_from(findings.len()).unwrap_or(u32::MAX);
        findings.truncate(limits::FINDINGS_QUOTED_MAX);
        for finding in &mut findings {
            shorten(&mut finding.text);
            finding.record.iter_mut().for_each(shorten);
        }
        Found {
            name: self.subject.name.clone(),
            worst: self.worst(),
            broken: self.is_broken,
            count,
            findings,
        }
    }

    /// All findings in the order of the checks.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|judged| &judged.findings)
    }

    /// The worst that was found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings()
            .map(|finding| finding.fault.severity())
            .max()
    }

    /// What all of it comes to. That a check could not be judged is a
    /// warning, as it has not passed.
    pub fn verdict(&self) -> Verdict {
        let has = |verdict| self.checks.iter().any(|judged| judged.verdict == verdict);
        if has(Verdict::Failed) {
            Verdict::Failed
        } else if has(Verdict::Warned) || has(Verdict::NotJudged) {
            Verdict::Warned
        } else {
            Verdict::Passed
        }
    }
}

fn shorten(text: &mut String) {
    let mut end = text.len().min(limits::FINDING_TEXT_OCTETS_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

fn verdict(worst: Option<Severity>, check: Check, gaps: &Gaps) -> Verdict {
    match worst {
        Some(Severity::Critical | Severity::Error) => Verdict::Failed,
        _ if gaps.not_judged.contains(&check) => Verdict::NotJudged,
        Some(Severity::Warning) => Verdict::Warned,
        _ if gaps.not_applicable.contains(&check) => Verdict::NotApplicable,
        Some(Severity::Notice | Severity::Info) | None => Verdict::Passed,
    }
}
