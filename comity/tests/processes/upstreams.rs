//! A joint root follows its upstream: each member's own watcher fetches, verifies and
//! judges, what nobody holds is taken over, what somebody holds stays with its holder,
//! and every difference is listed for as long as it lasts.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::daemons::Daemon;
use crate::support::upstream::{Root, USUAL, unsigned};
use crate::support::zone::{Plan, Zone};
use crate::support::{PATIENCE, dns, judge, look};

/// Versions of the real root that flow in, after the one that it is founded with.
const FLOW: usize = 10;
/// In this one a name is gone that somebody holds.
const HOSTILE: usize = 5;
/// In this one a name is gone that nobody holds, which members' guards hold.
const HELD: usize = 7;
/// In this one five brands' names moved to other servers, really, on 14 November 2023:
/// nobody here can know why, and operators let it pass.
const MOVED: usize = 8;
const BRANDS: [&str; 5] = ["aeg.", "bloomberg.", "bofa.", "pictet.", "tiaa."];

/// The first real versions.
fn versions(data: &Path, folder: &Path) -> Vec<PathBuf> {
    let archive = data.join("root-history/2023-11_2025-12.tar.zst");
    let mut unpack = Command::new("tar");
    unpack.arg("--zstd").arg("-xf").arg(archive);
    judge::output(unpack.current_dir(folder));
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut zones: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "zone"))
        .collect();
    zones.sort();
    zones.truncate(FLOW + 1);
    zones
}

/// A version without a name, its own name servers among what goes.
fn without(zone: &str, name: &str) -> String {
    let below = format!(".{name}");
    let is_of = |line: &&str| {
        let owner = line.split_whitespace().next().unwrap_or_default();
        owner == name || owner.ends_with(&below)
    };
    let lines = zone.lines().filter(|line| !is_of(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What upstream has as this version.
fn version(path: &Path, number: usize) -> String {
    let zone = unsigned(&fs::read_to_string(path).unwrap());
    match number {
        HOSTILE => without(&zone, "fj."),
        HELD => without(&zone, "ki."),
        _ => zone,
    }
}

/// Gives each member a watcher of its own.
fn watch(zone: &Zone, root: &Root, primary: &Daemon) {
    for member in &zone.members {
        let dir = zone.workshop.text(&format!("{member}/watch"));
        let file = zone.workshop.text("nothing");
        let words = ["watch", "init", "--dir", &dir, "--file", &file];
        let more = ["--mode", "buffer", "--anchor", &root.anchor];
        zone.workshop.run(&[&words[..], &more].concat()).done();
        let path = zone.workshop.path(&format!("{member}/watch/watch.toml"));
        let text = fs::read_to_string(&path).unwrap();
        let text = text
            .replace(
                &format!("file = \"{file}\""),
                &format!("transfer = \"{}\"", primary.address),
            )
            .replace("refresh_s = 300", "refresh_s = 1")
            .replace("listen = [\"127.0.0.1:5300\"]", "listen = []");
        fs::write(path, text).unwrap();
    }
}

/// What a watcher said last.
fn seen(zone: &Zone, member: &str) -> Option<Value> {
    let path = zone.workshop.path(&format!("{member}/watch/view.json"));
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// Where the root differs, and why; that is to be so in the end.
fn differs(zone: &Zone, serial: u32, expected: &[(&str, &str)]) -> Value {
    let words = ["divergence"];
    let differences = || {
        let ran = zone.ask(&words);
        let body = &ran.json;
        if body["serial"] != serial {
            return None;
        }
        let found = body["divergences"].as_array()?;
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|it| (it["name"].as_str().unwrap(), it["reason"].as_str().unwrap()))
            .collect();
        let code = if found.is_empty() { 0 } else { 3 };
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        (found == expected).then(|| body.clone())
    };
    look(zone.patience, differences).unwrap_or_else(|| {
        let last = zone.ask(&words);
        panic!("never {serial} with {expected:?}: {last:#?}")
    })
}

/// A member's operator lets the brands move.
fn allow(zone: &Zone, member: &str) {
    let dir = zone.workshop.text(&format!("{member}/watch"));
    for name in BRANDS {
        let allow = ["watch", "allow", name, "--dir", &dir];
        zone.workshop.run(&allow).done();
    }
}

#[test]
fn real_versions_flow_into_a_joint_root_and_none_takes_a_name_from_its_holder() {
    let Some([nsd, _tar]) = judge::programs(["nsd", "tar"]) else {
        return;
    };
    let (Some(data), Some(root)) = (judge::data(), Root::new("ecdsap256sha256")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let versions = versions(&data, folder.path());
    let first = version(&versions[0], 0);
    let primary = Daemon::open_primary(&nsd, &root.sign_zone(&first, USUAL));
    look(PATIENCE, || TcpStream::connect(primary.address).ok()).unwrap();
    let mut zone = Zone::prepare(&Plan {
        members: 5,
        threshold: 3,
        zone: &first,
        held: ["fj", "mu"],
        member: &["--upstream", "{home}/watch"],
        ..Plan::default()
    });
    zone.patience = Duration::from_secs(240);
    watch(&zone, &root, &primary);
    zone.start_all();
    let founded = zone.wait_for_edition(1);
    zone.wait_until_served(founded.serial);
    let serial = |number: usize| -> u32 {
        let name = versions[number].file_stem().unwrap().to_str().unwrap();
        name.parse().unwrap()
    };
    differs(&zone, serial(0), &[]);
    for member in &zone.members {
        zone.wait("a watcher with the first version", || {
            seen(&zone, member).filter(|view| view["newest"] == serial(0))
        });
    }
    let before = dns::name_servers(zone.dns(), "fj.");
    assert_eq!(before.len(), 5, "{before:?}");
    for (number, path) in versions.iter().enumerate().skip(1) {
        primary.reload(&root.sign_zone(&version(path, number), USUAL));
        let expected: &[(&str, &str)] = match number {
            HOSTILE => &[("fj.", "holder")],
            HELD => &[("ki.", "held")],
            MOVED => &BRANDS.map(|name| (name, "held")),
            _ => &[],
        };
        let body = differs(&zone, serial(number), expected);
        let divergence = &body["divergences"][0];
        match number {
            HOSTILE => {
                assert!(divergence["until"].is_null(), "{body}");
                assert_eq!(dns::name_servers(zone.dns(), "fj."), before);
            }
            HELD => assert!(divergence["until"].is_u64(), "{body}"),
            MOVED => {
                // What a threshold of operators lets pass is followed.
                zone.members[..3].iter().for_each(|it| allow(&zone, it));
                differs(&zone, serial(number), &[]);
            }
            _ => {}
        }
    }
    assert_eq!(dns::name_servers(zone.dns(), "fj."), before);
    let last = delegations(&version(&versions[FLOW], FLOW));
    zone.wait("all of the last version", || {
        (published(&zone) == last).then_some(())
    });
    let audited = zone.audit().done();
    let violations = audited["violations"].as_array();
    assert!(violations.is_none_or(Vec::is_empty), "{audited}");
    zone.nobody_panicked();
}

/// The delegations that are served.
fn published(zone: &Zone) -> Vec<String> {
    let out = zone.workshop.text("served.zone");
    zone.ask(&["export", "zone", "--out", &out]).done();
    delegations(&fs::read_to_string(out).unwrap())
}

/// Every NS and DS record, without what it stands on.
fn delegations(zone: &str) -> Vec<String> {
    let record = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|it| *it == "NS" || *it == "DS")?;
        let is_one = at <= 3 && words[0] != ".";
        let data = words[at + 1..].join("").to_lowercase();
        is_one.then(|| format!("{} {} {data}", words[0].to_lowercase(), words[at]))
    };
    let mut records: Vec<String> = zone.lines().filter_map(record).collect();
    records.sort();
    records
}
