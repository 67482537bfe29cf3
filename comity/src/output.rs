//! Printing, and the exit codes that scripts rely on: 0 done, 1 the world
//! failed (a file, the network), 2 the command line is wrong, 3 a rule says
//! no or something does not verify, 4 a fault of Comity's own.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON instead of text for people.
    pub json: bool,
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file, a key, the network.
    World(String),
    /// The arguments make no sense together.
    Usage(String),
    /// A rule says no.
    Rule {
        /// The rule's short name.
        rule: String,
        /// Its explanation.
        text: String,
    },
    /// A ledger breaks a rule.
    Violation {
        /// The rule's short name.
        rule: String,
        /// The act, where one is at fault.
        act: Option<u64>,
        /// Who broke it.
        culprit: String,
        /// The explanation.
        text: String,
    },
    /// A rule says no, and what was printed says which and why.
    Reported,
    /// Comity itself is at fault.
    Fault(String),
}

impl Failure {
    /// The world failed.
    pub(crate) fn world(error: impl Display) -> Self {
        Self::World(error.to_string())
    }

    /// Comity itself is at fault: a panic, whose own words are in the log.
    pub(crate) fn fault(error: impl Display) -> Self {
        Self::Fault(format!(
            "a fault of Comity's own, please report it with the log: {error}"
        ))
    }

    /// The arguments make no sense together.
    pub(crate) fn usage(text: impl Display) -> Self {
        Self::Usage(text.to_string())
    }

    /// A rule says no.
    pub(crate) fn rule(rule: &str, text: impl Display) -> Self {
        Self::Rule {
            rule: rule.to_string(),
            text: text.to_string(),
        }
    }
}

#[derive(Serialize)]
struct FailureBody<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    culprit: Option<&'a str>,
}

impl<'a> FailureBody<'a> {
    fn of(failure: &'a Failure, error: &'a str) -> Self {
        let (rule, act, culprit) = match failure {
            Failure::World(_) | Failure::Usage(_) | Failure::Reported | Failure::Fault(_) => {
                (None, None, None)
            }
            Failure::Rule { rule, .. } => (Some(rule.as_str()), None, None),
            Failure::Violation {
                rule, act, culprit, ..
            } => (Some(rule.as_str()), *act, Some(culprit.as_str())),
        };
        Self {
            error,
            rule,
            act,
            culprit,
        }
    }
}

impl Output {
    /// Prints the result of a command: `value` as JSON, or `text`.
    pub(crate) fn print(&self, value: &impl Serialize, text: impl Display) {
        if self.json {
            self.line(&serde_json::to_string(value).unwrap_or_default());
        } else {
            self.line(&text.to_string());
        }
    }

    /// One line on standard output. A closed pipe is no failure of ours.
    pub(crate) fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{}", text.trim_end_matches('\n'));
        let _ = out.flush();
    }

    /// Octets on standard output, as they are.
    pub(crate) fn raw(&self, octets: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(octets);
        let _ = out.flush();
    }

    /// Says why a command failed, and gives its exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        let (code, text) = match failure {
            Failure::Reported => return ExitCode::from(3),
            Failure::World(text) => (1, text),
            Failure::Usage(text) => (2, text),
            Failure::Rule { text, .. } | Failure::Violation { text, .. } => (3, text),
            Failure::Fault(text) => (4, text),
        };
        if self.json {
            let body = FailureBody::of(failure, text);
            self.line(&serde_json::to_string(&body).unwrap_or_default());
        } else {
            let mut out = std::io::stderr().lock();
            let _ = writeln!(out, "comity: {text}");
        }
        ExitCode::from(code)
    }
}
