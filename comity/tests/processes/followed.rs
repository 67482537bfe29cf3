//! Primaries that say when they have something new, and two years of the real root
//! behind one of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use data_encoding::BASE64;
use serde_json::Value;

use crate::support::daemons::{Daemon, free_address};
use crate::support::judge;
use crate::support::process::Process;
use crate::support::upstream::{LINES, Root, USUAL, unsigned};
use crate::support::workshop::Workshop;
use crate::watching::{FIRST, SECOND, Watch, watcher_of};

/// Never within a test: what is seen was said.
const RARELY: &str = "refresh_s = 86400\n";
/// How many versions are signed before they are asked for.
const AHEAD: usize = 2;

/// A primary of this zone, and a watcher that it notifies and that looks but once a day
/// otherwise.
fn notified(root: &Root, nsd: &Path, zone: &str) -> (Daemon, Watch, Process) {
    let (secret, listen) = (BASE64.encode(&[7; 32]), free_address());
    let primary = Daemon::notifying(nsd, zone, &secret, listen);
    let watch = watcher_of(root, &primary, &secret);
    watch.tell(&format!("listen = [\"{listen}\"]\n{RARELY}"));
    let (process, address) = watch.start();
    assert_eq!(address, listen);
    (primary, watch, process)
}

#[test]
fn what_a_primary_announces_is_fetched_without_waiting_for_the_next_look() {
    let Some([nsd]) = judge::programs(["nsd"]) else {
        return;
    };
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let (primary, watch, _process) = notified(&root, &nsd, &root.sign(FIRST, LINES, USUAL));
    watch.wait("served", |state| state["served"] == FIRST);
    // It has the folder for itself.
    let ran = watch.look();
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(
        ran.stdout.contains("another process is at work"),
        "{ran:#?}"
    );
    let more = LINES.to_string() + "\nnl. NS ns.nic.lu.";
    primary.reload(&root.sign(SECOND, &more, USUAL));
    watch.wait("served", |state| state["served"] == SECOND);
    assert_eq!(watch.changes(), ["nl. added passed"]);
}

#[test]
fn real_versions_are_followed_in_order_from_a_primary_and_each_change_is_explained() {
    let Some([nsd, tar]) = judge::programs(["nsd", "tar"]) else {
        return;
    };
    let (Some(data), Some(root)) = (judge::data(), Root::new("ecdsap256sha256")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = data.join("root-history/2023-11_2025-12.tar.zst");
    let mut unpack = Command::new(tar);
    unpack.arg("--zstd").arg("-xf").arg(archive);
    judge::output(unpack.current_dir(folder.path()));
    let versions = zones(folder.path());
    assert!(versions.len() > 500, "{}", versions.len());
    let (signed, next) = mpsc::sync_channel(AHEAD);
    let (followed, replayed) = thread::scope(|scope| {
        let replayed = scope.spawn(|| replayed(folder.path()));
        scope.spawn(|| {
            let signed = signed;
            for path in &versions {
                let zone = fs::read_to_string(path).unwrap();
                let zone = root.sign_zone(&unsigned(&zone), USUAL);
                // Who waits for it has failed, and says so.
                let Ok(()) = signed.send((serial(path), zone)) else {
                    return;
                };
            }
        });
        (follow(&root, &nsd, next), replayed.join().unwrap())
    });
    // As they are said of the same versions in a folder, but for the zone's own keys, which
    // are ours here.
    assert!(!replayed.is_empty());
    assert_eq!(of_others(followed), of_others(replayed));
}

/// Serves these versions one after the other, each once a watcher has the one before.
/// What it says of their changes.
fn follow(root: &Root, nsd: &Path, versions: mpsc::Receiver<(u32, String)>) -> Vec<String> {
    let first = versions.recv().unwrap();
    let (primary, watch, _process) = notified(root, nsd, &first.1);
    watch.wait("the first version", |state| state["served"] == first.0);
    for (serial, zone) in versions {
        primary.reload(&zone);
        watch.wait("the next version", |state| state["served"] == serial);
    }
    watch.changes()
}

/// What `comity replay` says of the versions in a folder, as [`Watch::changes`] does.
fn replayed(folder: &Path) -> Vec<String> {
    let ran = Workshop::new().run(&["replay", &folder.display().to_string()]);
    let lines = ran.stdout.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let changes = lines.filter(|line| line["change"].is_string());
    let words = |line: Value| {
        ["name", "change", "verdict"]
            .map(|it| text(&line[it]))
            .join(" ")
    };
    changes.map(words).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Without those of the zone's own keys.
fn of_others(changes: Vec<String>) -> Vec<String> {
    let changes = changes.into_iter();
    changes.filter(|it| !it.contains(" apex ")).collect()
}

fn serial(path: &Path) -> u32 {
    path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

/// The zone files in a folder, in the order of their names.
fn zones(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut zones: Vec<PathBuf> = entries
        .filter(|it| it.extension().is_some_and(|it| it == "zone"))
        .collect();
    zones.sort();
    zones
}
