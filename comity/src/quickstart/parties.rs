//! The parties' processes: each this same binary, with its own directory, its
//! own passphrase and its own log file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use comity_mirror::files;
use rand_core::{OsRng, RngCore};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::commands::Signals;
use crate::output::Failure;

/// How often to look whether anything happened.
const NEWS: Duration = Duration::from_millis(100);
/// How long a process may take to end when asked.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// The parties at work.
pub(super) struct Parties {
    directory: PathBuf,
    running: Vec<(String, Child)>,
    asked: AskedToEnd,
}

/// Whether somebody asked this process to end.
struct AskedToEnd(Arc<AtomicBool>);

impl AskedToEnd {
    /// From here on a signal ends nothing by itself, so that the parties'
    /// processes and a temporary directory are never left behind.
    fn watch() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::world)?;
        let signals = runtime
            .block_on(async { Signals::listen() })
            .map_err(Failure::world)?;
        let asked = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            runtime.block_on(signals.heard());
            heard.store(true, Ordering::SeqCst);
        });
        Ok(Self(asked))
    }

    fn go_on(&self) -> Result<(), Failure> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Failure::World("stopped before the end".into()));
        }
        Ok(())
    }
}

/// This binary.
pub(super) fn exe() -> String {
    std::env::current_exe().map_or_else(|_| "comity".into(), |path| path.display().to_string())
}

impl Parties {
    /// No party yet.
    pub(super) fn new(directory: &Path) -> Result<Self, Failure> {
        for part in ["secrets", "logs"] {
            files::create_private_directory(&directory.join(part)).map_err(Failure::world)?;
        }
        Ok(Self {
            directory: directory.to_path_buf(),
            running: Vec::new(),
            asked: AskedToEnd::watch()?,
        })
    }

    /// Where everything is.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A party's own directory.
    pub(super) fn home(&self, party: &str) -> PathBuf {
        self.directory.join(party)
    }

    /// Runs a command to its end, as a party if one is named, and gives what
    /// it printed.
    pub(super) fn command(&self, args: &[&str], party: Option<&str>) -> Result<Value, Failure> {
        let printed = self.text(args, party)?;
        Ok(serde_json::from_slice(&printed).unwrap_or_default())
    }

    /// The same with what it printed as it is.
    pub(super) fn text(&self, args: &[&str], party: Option<&str>) -> Result<Vec<u8>, Failure> {
        self.go_on()?;
        let mut command = Command::new(exe());
        command
            .args(args)
            .arg("--json")
            .stdin(Stdio::null())
            .env("COMITY_LOG", "warn");
        if let Some(party) = party {
            command.env(files::PASSPHRASE_VARIABLE, self.passphrase_file(party)?);
        }
        let ended = command.output().map_err(Failure::world)?;
        if ended.status.success() {
            return Ok(ended.stdout);
        }
        let value: Value = serde_json::from_slice(&ended.stdout).unwrap_or_default();
        let said = String::from_utf8_lossy(&ended.stderr);
        let text = value["error"]
            .as_str()
            .unwrap_or_else(|| said.trim())
            .to_string();
        match value["rule"].as_str() {
            Some(rule) => Err(Failure::rule(rule, text)),
            None => Err(Failure::World(format!("comity {}: {text}", args.join(" ")))),
        }
    }

    /// Starts a party's process. It ends with this one, however that ends: its
    /// standard input is a pipe whose other end nobody else has.
    pub(super) fn start(&mut self, party: &str, args: &[&str]) -> Result<(), Failure> {
        let log = File::create(self.log_file(party)).map_err(Failure::world)?;
        let child = Command::new(exe())
            .args(args)
            .arg("--end-with-stdin")
            .env(files::PASSPHRASE_VARIABLE, self.passphrase_file(party)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Failure::world)?;
        self.running.push((party.to_string(), child));
        Ok(())
    }

    /// Fails where somebody asked this process to end.
    pub(super) fn go_on(&self) -> Result<(), Failure> {
        self.asked.go_on()
    }

    /// Looks on until somebody asks this process to end.
    ///
    /// # Errors
    /// Where a party ends before.
    pub(super) fn look_on(&mut self) -> Result<(), Failure> {
        while self.go_on().is_ok() {
            std::thread::sleep(NEWS);
            let checked = self.check();
            if self.go_on().is_ok() {
                checked?;
            }
        }
        Ok(())
    }

    /// Fails where a process has ended by itself, with the end of its log.
    pub(super) fn check(&mut self) -> Result<(), Failure> {
        self.go_on()?;
        for (party, child) in &mut self.running {
            if let Ok(Some(status)) = child.try_wait() {
                // Ctrl-C reaches everybody in the terminal, and some of the
                // parties may be faster than we are.
                std::thread::sleep(NEWS);
                self.asked.go_on()?;
                let log = self.directory.join("logs").join(log_name(party));
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let last = log.lines().last().unwrap_or("").to_string();
                return Err(Failure::World(format!("{party} ended ({status}): {last}")));
            }
        }
        Ok(())
    }

    /// Waits until `ready` gives something.
    pub(super) fn wait_for<T>(
        &mut self,
        what: &str,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        loop {
            if let Some(value) = ready() {
                return Ok(value);
            }
            self.check()?;
            if started.elapsed() > super::PATIENCE {
                let logs = self.directory.join("logs");
                let text = format!(
                    "waited too long for {what}; see the logs in {}",
                    logs.display()
                );
                return Err(Failure::World(text));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The peak memory of every process so far, in KiB, by party.
    pub(super) fn memory_peaks_kib(&self) -> BTreeMap<String, u64> {
        let peak = |child: &Child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let peaks = self.running.iter();
        peaks
            .filter_map(|(party, child)| Some((party.clone(), peak(child)?)))
            .collect()
    }

    /// Asks every process to end, and waits for it.
    pub(super) fn stop(&mut self) {
        let signal = |child: &Child, signal| {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
        };
        for (_, child) in &self.running {
            signal(child, Signal::TERM);
        }
        let asked = Instant::now();
        for (_, mut child) in self.running.drain(..) {
            while matches!(child.try_wait(), Ok(None)) {
                if asked.elapsed() > END_PATIENCE {
                    signal(&child, Signal::KILL);
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    fn log_file(&self, party: &str) -> PathBuf {
        self.directory.join("logs").join(log_name(party))
    }

    /// The file with a party's passphrase, made when first asked for.
    fn passphrase_file(&self, party: &str) -> Result<PathBuf, Failure> {
        let path = self.directory.join("secrets").join(party.replace('/', "-"));
        if !path.exists() {
            let mut random = [0; 16];
            OsRng.fill_bytes(&mut random);
            let text = data_encoding::HEXLOWER.encode(&random);
            files::write_private(&path, text.as_bytes()).map_err(Failure::world)?;
        }
        Ok(path)
    }
}

fn log_name(party: &str) -> String {
    format!("{}.log", party.replace('/', "-"))
}

impl Drop for Parties {
    fn drop(&mut self) {
        self.stop();
    }
}
