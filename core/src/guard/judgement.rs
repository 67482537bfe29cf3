//! What comes of judging: a verdict on each change, with its findings.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::evidence::Witness;
use super::reason::Reason;
use crate::basic::Time;
use crate::explain::ChangeType;
use crate::explain::line::Line;
use crate::zone::Name;

/// What a change is judged to be. A later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It may take effect.
    Passed,
    /// It may take effect, and somebody should look at it.
    Alarmed,
    /// It should not take effect yet.
    Held,
}

impl Verdict {
    /// The word for it, in text and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Alarmed => "alarmed",
            Self::Held => "held",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The verdict on one explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The explanation's name.
    pub name: Name,
    /// The explanation's change.
    pub change: ChangeType,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, that which decides first. Never empty.
    pub findings: Vec<Finding>,
    /// Of an alarm: when to raise it. What releases it may come before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// Of a hold: until when at the longest; the end of signatures is yet
    /// another bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// What ends an alarm or a hold before, in their order. None of what passed.
    pub releases: Vec<Release>,
    /// With which other names this one changes alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
}

impl Judgement {
    /// The codes of the findings, each once, in their order.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for finding in &self.findings {
            if !reasons.contains(&finding.reason) {
                reasons.push(finding.reason);
            }
        }
        reasons
    }

    /// Whether it is told by itself: it speaks for its batch or has none, and is not
    /// merely held with another change of its name.
    pub fn is_told(&self) -> bool {
        let leads = |batch: &Batch| batch.first == self.name;
        let first = self.findings.first().map(|finding| finding.reason);
        self.batch.as_ref().is_none_or(leads) && first != Some(Reason::HeldWithDelegation)
    }
}

/// A judged explanation as JSON has it, one in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgedLine<'a> {
    /// The explanation.
    #[serde(flatten)]
    pub line: Line<'a>,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The codes of the findings, that which decides first.
    pub reasons: Vec<Reason>,
}

/// One reason, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The reason.
    pub reason: Reason,
    /// The record set that it is about: owner and type.
    pub record: String,
    /// Who showed it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// What is the case, a sentence for people.
    pub text: String,
}

/// What ends an alarm or a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// The name's holder consents.
    Consent,
    /// The child announces the change under its old keys, or at its old servers.
    ChildAnnounces,
    /// The old state does not work any more.
    OldStateBreaks,
    /// The upstream takes the change back.
    UpstreamReverts,
    /// The operator of this machine says so.
    Operator,
}

impl Release {
    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "the name's holder consents",
            Self::ChildAnnounces => "the child announces it",
            Self::OldStateBreaks => "the old state breaks",
            Self::UpstreamReverts => "upstream takes it back",
            Self::Operator => "this machine's operator says so",
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Names that change alike in one version: one operator's, and one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// The first of the names in canonical order, which speaks for all.
    pub first: Name,
    /// How many there are.
    pub names: usize,
}

/// What the operator of a guard decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Seconds for which a change is held at the longest.
    pub hold_seconds: u64,
    /// Seconds within which an alarm that lacks evidence is raised.
    pub alarm_seconds: u64,
    /// Seconds for which what somebody saw counts.
    pub evidence_seconds: u64,
    /// Seconds within which a change that takes another back is seen as such.
    pub history_seconds: u64,
    /// Addresses of the child's servers, of those that answer, that must show a
    /// broken chain before it counts as broken.
    pub witnesses_min: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hold_seconds: 72 * 3600,
            alarm_seconds: 6 * 3600,
            evidence_seconds: 3600,
            history_seconds: 31 * 86_400,
            witnesses_min: 2,
        }
    }
}
