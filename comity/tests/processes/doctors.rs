//! `comity doctor` before resolvers of every condition.

use std::path::Path;

use comity_mirror::clock::since_1970;

use crate::support::daemons::Daemon;
use crate::support::judge;
use crate::support::upstream::{LINES, Root, USUAL};
use crate::support::workshop::Workshop;

/// Names of the root's own: one that is signed well, and one that is not.
const NAMES: &str = "
    good. A 192.0.2.77
    bad. A 192.0.2.78";

/// A serial of today.
fn today() -> u32 {
    let now = comity_core::basic::Time(since_1970().as_secs()).to_string();
    let day: String = now.chars().take(10).filter(char::is_ascii_digit).collect();
    (day + "00").parse().unwrap()
}

/// Unbound with this file as its root.
fn resolver(unbound: &Path, zone: &str, more: &str) -> Daemon {
    let clauses = format!(
        "server:\n{more}auth-zone:\n name: \".\"\n zonefile: \"root.zone\"\n for-upstream: yes\n \
         for-downstream: no\n zonemd-check: no\n"
    );
    Daemon::unbound_beside(unbound, &clauses, &[("root.zone", zone)], &[])
}

#[test]
fn each_condition_of_a_resolver_is_named_with_what_to_do() {
    let Some([unbound, dig]) = judge::programs(["unbound", "dig"]) else {
        return;
    };
    let (Some(root), Some(stranger)) = (Root::new("ed25519"), Root::new("ed25519")) else {
        return;
    };
    let signed = |serial| {
        let lines = LINES.to_string() + NAMES;
        root.sign(serial, &lines, USUAL)
            .replace("192.0.2.78", "192.0.2.99")
    };
    let [new, old] = [signed(today()), signed(2_025_010_100)];
    let anchor = |root: &Root| format!(" trust-anchor: \". DS {}\"\n", root.anchor);
    let workshop = Workshop::new();
    for (zone, clauses, expected) in [
        (&new, anchor(&root), &[][..]),
        (&old, anchor(&root), &["stale-root"]),
        (&new, anchor(&stranger), &["wrong-anchor"]),
        (
            &new,
            " module-config: \"iterator\"\n".into(),
            &["no-validation"],
        ),
    ] {
        let daemon = resolver(&unbound, zone, &clauses);
        // A resolver with a wrong anchor fails from the beginning.
        let status = if expected == ["wrong-anchor"] {
            "SERVFAIL"
        } else {
            "NOERROR"
        };
        daemon.answer(&dig, ". SOA", status);
        let at = format!("@{}", daemon.address);
        let names = [
            "--good",
            "good.",
            "--bad",
            "bad.",
            "--good-15",
            "good.",
            "--bad-15",
            "bad.",
        ];
        let ran = workshop.run(&[&["doctor", &at][..], &names].concat());
        let said: serde_json::Value = ran.stdout.lines().next().unwrap().parse().unwrap();
        let found = said["diagnoses"].as_array().unwrap().iter();
        let found: Vec<&str> = found.map(|it| it["what"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{ran:#?}\n{}", daemon.log());
        assert_eq!(
            ran.code,
            Some(if expected.is_empty() { 0 } else { 3 }),
            "{ran:#?}"
        );
    }
    let ran = workshop.run(&["doctor", "@127.0.0.1:1", "--timeout-s", "1"]);
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert!(ran.stdout.contains("\"silent\""), "{ran:#?}");
}
