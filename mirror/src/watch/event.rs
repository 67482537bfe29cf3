//! What a watcher says: to people, to programs, to whoever is to be told.

use std::fmt;

use comity_core::basic::Time;
use comity_core::explain::line::Line;
use comity_core::guard::{Finding, Judgement, Verdict};
use comity_core::upstream::AnchorEvent;
use comity_core::zone::Name;
use serde::{Deserialize, Serialize};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// Somebody should look at it some time.
    Warning,
    /// Somebody should look at it now.
    Alarm,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        })
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub time: Time,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub what: What,
    /// The same as a sentence.
    pub text: String,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// A version was taken.
    Version {
        /// Its serial.
        serial: u32,
        /// The one before it.
        before: Option<u32>,
        /// From whom.
        upstream: String,
    },
    /// A change of one name, with its verdict.
    Change(Box<Judged>),
    /// A hold or an alarm has ended.
    Released(Box<Judged>),
    /// A version was not taken.
    Refused {
        /// Its serial, as it was announced.
        serial: u32,
        /// From whom.
        upstream: String,
        /// The rule that it breaks.
        rule: String,
    },
    /// An upstream gives nothing.
    Failing {
        /// Which one.
        upstream: String,
        /// A word for why.
        why: String,
    },
    /// An upstream gives something again.
    Back {
        /// Which one.
        upstream: String,
    },
    /// An upstream has a version from before.
    Behind {
        /// Which one.
        upstream: String,
        /// What it has.
        serial: u32,
        /// What is known.
        known: u32,
    },
    /// The ledger whose holders are heard is not as it should be, or is again.
    Claims {
        /// What is wrong with it.
        why: Option<String>,
    },
    /// A trust anchor has changed.
    Anchor {
        /// The key's tag.
        key: u16,
    },
    /// Files that name trust anchors were read anew, or give none.
    Published {
        /// A word for what is wrong with them; none where nothing is.
        why: Option<String>,
    },
    /// What is served ends soon, unless an upstream has news.
    EndsSoon {
        /// When.
        until: Time,
    },
    /// Nothing is served any more.
    Ended {
        /// The serial that was served last.
        serial: u32,
    },
    /// The version as a whole is held.
    Frozen {
        /// The serial that is served on.
        serial: u32,
        /// Until when.
        until: Time,
    },
}

/// A change and the verdict on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// The serial of the version that has it.
    pub serial: u32,
    /// The name.
    pub name: Name,
    /// What has changed, as `comity diff` says it.
    pub change: String,
    /// The values before.
    pub old: Vec<String>,
    /// The values after.
    pub new: Vec<String>,
    /// The names that depend on it.
    pub dependents: Vec<Name>,
    /// The verdict.
    pub verdict: String,
    /// The codes of the reasons, that which decides first.
    pub reasons: Vec<String>,
    /// The reasons in words.
    pub because: Vec<String>,
    /// When an alarm is raised.
    pub due: Option<Time>,
    /// Until when it is held at the longest.
    pub until: Option<Time>,
    /// What ends alarm or hold before.
    pub releases: Vec<String>,
}

impl Judged {
    /// A change and the verdict on it.
    pub fn new(line: &Line<'_>, judgement: &Judgement, until: Option<Time>) -> Self {
        let text = |finding: &Finding| format!("{}: {}", finding.record, finding.text);
        Self {
            serial: line.serial,
            name: line.name.clone(),
            change: line.change.to_string(),
            old: line.old.clone(),
            new: line.new.clone(),
            dependents: line.dependents.to_vec(),
            verdict: judgement.verdict.to_string(),
            reasons: judgement
                .reasons()
                .iter()
                .map(|it| it.code().into())
                .collect(),
            because: judgement.findings.iter().map(text).collect(),
            due: judgement.due,
            until,
            releases: judgement.releases.iter().map(ToString::to_string).collect(),
        }
    }

    fn sentence(&self) -> String {
        let reason = self.because.first().map_or("", String::as_str);
        format!("{} {} {}: {reason}", self.name, self.change, self.verdict)
    }
}

impl Event {
    /// An event that says itself what it is.
    pub fn new(time: Time, level: Level, what: What, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            time,
            level,
            what,
            text,
        }
    }

    /// A change with its verdict.
    pub fn change(time: Time, judgement: &Judgement, judged: Judged) -> Self {
        let level = match judgement.verdict {
            Verdict::Passed => Level::Info,
            Verdict::Alarmed if judgement.due.is_some_and(|due| due > time) => Level::Warning,
            Verdict::Alarmed | Verdict::Held => Level::Alarm,
        };
        let text = judged.sentence();
        Self::new(time, level, What::Change(Box::new(judged)), text)
    }

    /// What has become of a trust anchor.
    pub fn anchor(time: Time, change: &AnchorEvent) -> Self {
        let level = match change.is_alarming() {
            true => Level::Alarm,
            false => Level::Info,
        };
        let what = What::Anchor { key: change.tag() };
        Self::new(time, level, what, change.to_string())
    }

    /// The line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:<7} {}", self.time, self.level, self.text)
    }
}
