//! A directory in which all parties have theirs, and the commands run in it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use comity_mirror::files::PASSPHRASE_VARIABLE;
use serde_json::Value;

use super::{PATIENCE, look};

/// What everybody's keys are sealed under.
pub(crate) const PASSPHRASE: &[u8] = b"correct horse battery staple";

/// A directory of one test's own.
pub(crate) struct Workshop {
    directory: tempfile::TempDir,
    /// How talkative everybody is, where not as usual.
    log_level: Option<String>,
    /// What makes everybody's clock another one.
    clock: Vec<(String, String)>,
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// The last line on standard output, as JSON.
    pub(crate) json: Value,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        Self::logging(None)
    }

    /// One in which everybody logs so much.
    pub(crate) fn logging(log_level: Option<&str>) -> Self {
        let directory = tempfile::Builder::new().prefix("comity-test-").tempdir();
        let workshop = Self {
            directory: directory.unwrap(),
            log_level: log_level.map(ToString::to_string),
            clock: Vec::new(),
        };
        let passphrase = workshop.write("passphrase", PASSPHRASE);
        fs::set_permissions(passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        fs::create_dir(workshop.path("logs")).unwrap();
        workshop
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A path below the directory.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.directory().join(below)
    }

    /// The same as text, as arguments take it.
    pub(crate) fn text(&self, below: &str) -> String {
        self.path(below).display().to_string()
    }

    /// Writes a file below the directory.
    pub(crate) fn write(&self, below: &str, octets: &[u8]) -> PathBuf {
        let path = self.path(below);
        fs::write(&path, octets).unwrap();
        path
    }

    /// Whatever is started from here on has a clock that is so many days ahead: by
    /// the library that is preloaded, which the program `faketime` knows.
    pub(crate) fn pass_days(&mut self, faketime: &Path, days: u64) {
        let library = match self.clock.first() {
            // It is asked once: its shared memory is named by process, and left behind.
            Some((_, library)) => library.clone(),
            None => preloaded(faketime),
        };
        let variables = [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME", &format!("+{days}d")),
            // Only what time it is, not how fast it goes.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        let variables = variables.map(|(name, value)| (name.to_string(), value.to_string()));
        self.clock = variables.into();
    }

    /// The variables that make a program's clock this workshop's.
    pub(crate) fn clock(&self) -> &[(String, String)] {
        &self.clock
    }

    /// A command of the built binary, still to be run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
        command
            .args(args)
            .env(PASSPHRASE_VARIABLE, self.path("passphrase"))
            .env_remove("COMITY_LEDGER")
            .env_remove("COMITY_FOUNDING")
            .env_remove("COMITY_LOG");
        command.envs(self.clock.iter().cloned());
        command.envs(self.log_level.as_ref().map(|level| ("COMITY_LOG", level)));
        command
    }

    /// Runs a command with `--json` to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let ran = ran(self.command(args).arg("--json"));
        self.note(&ran);
        ran
    }

    /// Adds what a command said to the log of all commands.
    pub(crate) fn note(&self, ran: &Ran) {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("logs/commands.log"));
        let said = [&*ran.stdout, &*ran.stderr].concat();
        log.unwrap().write_all(said.as_bytes()).unwrap();
    }
}

/// The library that makes another clock.
fn preloaded(faketime: &Path) -> String {
    let told = || {
        let told = Command::new(faketime).args(["-f", "+0", "env"]).output();
        let told = String::from_utf8(told.unwrap().stdout).unwrap();
        let mut lines = told.lines();
        lines.find_map(|line| Some(line.strip_prefix("LD_PRELOAD=")?.to_owned()))
    };
    look(PATIENCE, told).unwrap()
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let ended = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let last = stdout.lines().last().unwrap_or_default();
    Ran {
        code: ended.status.code(),
        json: serde_json::from_str(last).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&ended.stderr).into_owned(),
        stdout,
    }
}

impl Ran {
    /// What a command said that did what it was asked.
    pub(crate) fn done(self) -> Value {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.json
    }

    /// Whether a command did what it was asked.
    pub(crate) fn is_done(&self) -> bool {
        self.code == Some(0)
    }

    /// The same, of a command that nobody looks at again.
    pub(crate) fn refused_as(self) -> (String, String) {
        let (rule, text) = self.refused();
        (rule.to_string(), text.to_string())
    }

    /// Rule and text of a command that a rule refused.
    pub(crate) fn refused(&self) -> (&str, &str) {
        assert_eq!(self.code, Some(3), "{self:#?}");
        let said = (self.json["rule"].as_str(), self.json["error"].as_str());
        let (Some(rule), Some(text)) = said else {
            panic!("no rule is named: {self:#?}");
        };
        (rule, text)
    }
}
