//! `comity quickstart` on the sample: what it prints, what stays, what goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::process::Process;
use crate::support::workshop::{Workshop, ran};
use crate::support::{PATIENCE, look};

/// Ports that the system chooses.
const ANYWHERE: [&str; 4] = ["--dns", "127.0.0.1:0", "--http", "127.0.0.1:0"];

#[test]
fn once_says_what_it_did_and_leaves_it_in_the_directory() {
    let workshop = Workshop::new();
    let dir = workshop.text("quickstart");
    let args = [&["quickstart", "--once", "--dir", &dir], &ANYWHERE[..]].concat();
    let ran = workshop.run(&args);
    let report = ran.json.clone();
    let stages = ran.stdout.lines().filter_map(stage).count();
    ran.done();
    assert_eq!(stages, 11);
    let expected = [
        ("edition", 3),
        ("tlds", 52),
        ("rrsets_signed", 97),
        ("members", 5),
        ("threshold", 3),
    ];
    for (field, value) in expected {
        assert_eq!(report[field].as_u64(), Some(value), "{field}: {report}");
    }
    assert!(report["serial"].as_u64() > Some(2_000_000_000), "{report}");
    assert!(report["seconds"].as_f64() > Some(0.0), "{report}");
    let scenes = [
        ("own_change", "adopted", "rule-met"),
        ("cut_off", "lapsed", "consent-missing"),
        ("walk_out", "adopted", "rule-met"),
    ];
    for (scene, result, rule) in scenes {
        assert_eq!(report[scene]["result"], result, "{report}");
        assert_eq!(report[scene]["rule"], rule, "{report}");
    }
    let claim = &report["claim"];
    assert_eq!(
        (&claim["name"], &claim["proven"]),
        (&"orchard.".into(), &true.into())
    );
    for field in ["ledger", "zone_file", "anchor"] {
        let path = report[field].as_str().unwrap();
        assert!(Path::new(path).exists(), "{field}: {path}");
    }
    let ledger = report["ledger"].as_str().unwrap();
    let audited = workshop.run(&["audit", ledger]).done();
    assert_eq!(audited["editions"], 3);
    assert_eq!(audited["serial"], report["serial"]);

    let again = workshop.run(&args);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stdout.contains("is not empty"), "{again:?}");
}

#[test]
fn without_a_directory_nothing_stays() {
    let workshop = Workshop::new();
    let temporary = workshop.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let args = [&["quickstart", "--once", "--json"][..], &ANYWHERE].concat();
    let args = [&args[..], &["--members", "3"]].concat();
    let report = ran(workshop.command(&args).env("TMPDIR", &temporary)).done();
    assert_eq!(
        (&report["members"], &report["threshold"]),
        (&3.into(), &2.into())
    );
    let ledger = report["ledger"].as_str().unwrap();
    assert!(Path::new(ledger).starts_with(&temporary), "{ledger}");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn a_charter_that_is_unsound_is_refused_by_rule() {
    let workshop = Workshop::new();
    let args = ["quickstart", "--once", "--members", "3", "--threshold", "1"];
    let ran = workshop.run(&[&args[..], &ANYWHERE].concat());
    let (rule, text) = ran.refused();
    assert_eq!(rule, "charter");
    assert!(text.contains("more than half"), "{text}");
}

#[test]
fn a_signal_ends_it_with_all_its_parties_at_any_stage() {
    interrupt("making keys", Signal::TERM, 1);
    interrupt("making the zone's key", Signal::INT, 1);
    interrupt("auditing the ledger", Signal::TERM, 0);
}

#[test]
fn killed_it_takes_all_its_parties_along() {
    for after in ["founding", "auditing the ledger"] {
        let workshop = Workshop::new();
        let (mut process, temporary) = reach(&workshop, after);
        assert!(at_work_in(&temporary).len() > 3, "{after}");
        process.kill();
        let gone = look(PATIENCE, || at_work_in(&temporary).is_empty().then_some(()));
        assert!(gone.is_some(), "{after}: {:?}", at_work_in(&temporary));
    }
}

/// A quickstart that has been through a stage, and its temporary directory.
fn reach(workshop: &Workshop, after: &str) -> (Process, PathBuf) {
    let temporary = workshop.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let args = [&["quickstart", "--json", "--members", "3"], &ANYWHERE[..]].concat();
    let mut command = workshop.command(&args);
    command.env("TMPDIR", &temporary);
    let log = workshop.path("logs/quickstart.log");
    let process = Process::start(command, &log);
    let said = || fs::read_to_string(&log).unwrap();
    let is_reached = || said().lines().filter_map(stage).any(|stage| stage == after);
    let reached = look(PATIENCE, || is_reached().then_some(()));
    assert!(reached.is_some(), "{after}: {}", said());
    (process, temporary)
}

fn interrupt(after: &str, signal: Signal, code: i32) {
    let workshop = Workshop::new();
    let (mut process, temporary) = reach(&workshop, after);
    process.signal(signal);
    let ended = process.wait(PATIENCE).unwrap();
    let said = fs::read_to_string(workshop.path("logs/quickstart.log")).unwrap();
    assert_eq!(ended.code(), Some(code), "{said}");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "{after}");
    assert_eq!(at_work_in(&temporary), Vec::<String>::new(), "{after}");
}

/// A quickstart that serves until this value is gone.
pub(crate) struct Serving {
    process: Process,
    log: PathBuf,
}

impl Serving {
    /// Starts one with this zone, or the sample, in `dir`, and waits until it
    /// has verified everything.
    pub(crate) fn start(workshop: &Workshop, dir: &str, zone: Option<&Path>) -> Self {
        let zone = zone.map(|zone| zone.display().to_string());
        let zone: Vec<_> = zone.iter().flat_map(|zone| ["--zone", zone]).collect();
        let args = [
            &["quickstart", "--json", "--dir", dir],
            &ANYWHERE[..],
            &zone,
        ]
        .concat();
        let log = workshop.path("logs/quickstart.log");
        let mut serving = Self {
            process: Process::start(workshop.command(&args), &log),
            log,
        };
        let is_serving = look(PATIENCE, || {
            let said = serving.said();
            let ended = serving.process.ended();
            assert!(ended.is_none(), "{ended:?}: {said}");
            let mut stages = said.lines().filter_map(stage);
            stages
                .any(|stage| stage == "auditing the ledger")
                .then_some(())
        });
        assert!(is_serving.is_some(), "{}", serving.said());
        serving
    }

    /// What it has said.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it, and gives its report.
    pub(crate) fn stop(&mut self) -> Value {
        let status = self.process.stop();
        assert!(status.success(), "{}", self.said());
        serde_json::from_str(self.said().lines().last().unwrap()).unwrap()
    }
}

impl Drop for Serving {
    /// Killed it would leave its parties behind.
    fn drop(&mut self) {
        if self.process.ended().is_none() {
            self.process.signal(Signal::TERM);
            self.process.wait(Duration::from_secs(10));
        }
    }
}

/// The stage that a line of the output is about.
fn stage(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["stage"].as_str().map(ToString::to_string)
}

/// Processes that name a directory in their arguments.
fn at_work_in(directory: &Path) -> Vec<String> {
    let directory = directory.display().to_string();
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .map(|octets| String::from_utf8_lossy(&octets).replace('\0', " "))
        .filter(|line| line.contains(&directory))
        .collect()
}
