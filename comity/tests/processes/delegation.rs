//! `comity check-delegation` before NSD: what it prints, and how it ends.

use std::fs;
use std::net::TcpStream;

use serde_json::Value;

use crate::support::daemons::Daemon;
use crate::support::workshop::{Ran, Workshop, ran};
use crate::support::{PATIENCE, judge, look};

/// A root with one delegation. Its name servers have public addresses, which
/// lead to this machine; they do not have the zone `isle.`, and refer to it.
const ROOT: &str = "\
. 3600 IN SOA a.sea. admin.sea. 7 1800 900 604800 300
. 3600 IN NS a.sea.
. 3600 IN NS b.sea.
isle. 3600 IN NS a.sea.
isle. 3600 IN NS b.sea.
a.sea. 3600 IN A 193.0.14.129
b.sea. 3600 IN A 199.7.83.42
";

const ADDRESSES: [&str; 2] = ["193.0.14.129", "199.7.83.42"];
const HOSTS: [&str; 2] = ["a.sea=193.0.14.129", "b.sea=199.7.83.42"];

struct Servers {
    workshop: Workshop,
    daemons: [Daemon; 2],
}

impl Servers {
    fn start() -> Option<Self> {
        let [nsd] = judge::programs(["nsd"])?;
        let daemons = [Daemon::nsd(&nsd, ROOT), Daemon::nsd(&nsd, ROOT)];
        for daemon in &daemons {
            let ready = || TcpStream::connect(daemon.address).ok();
            look(PATIENCE, ready).unwrap();
        }
        Some(Self {
            workshop: Workshop::new(),
            daemons,
        })
    }

    /// Runs a check with these arguments; whoever is asked is found here.
    fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.workshop.command(&["check-delegation"]);
        command.args(args);
        for (address, daemon) in ADDRESSES.iter().zip(&self.daemons) {
            command.args(["--reach", &format!("{address}={}", daemon.address)]);
        }
        ran(&mut command)
    }

    /// The root itself, which is served as its glue says.
    fn root(&self, more: &[&str]) -> Ran {
        let delegation = ["--ns", "a.sea", "--ns", "b.sea", "--outside", "."];
        let glue = ["--glue", HOSTS[0], "--glue", HOSTS[1]];
        self.run(&[&["."], &delegation[..], &glue, more].concat())
    }
}

fn results(json: &Value) -> Vec<&str> {
    let checks = json["checks"].as_array().unwrap();
    checks
        .iter()
        .filter_map(|it| it["result"].as_str())
        .collect()
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<u8>().is_ok()
}

#[test]
fn a_sound_delegation_ends_well_with_all_fifteen_checks() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let json = servers.root(&["--json"]).done();
    assert_eq!(json["verdict"], "passed");
    let passed = results(&json).iter().filter(|it| **it == "passed").count();
    // No referral to the root, no DS records.
    assert_eq!((results(&json).len(), passed), (15, 11), "{json:#}");
    let text = servers.root(&[]);
    assert_eq!(text.code, Some(0), "{text:#?}");
    let lines = text.stdout.lines();
    let numbered = lines.filter(|it| it.get(..2).is_some_and(is_number));
    assert_eq!(numbered.count(), 15, "{}", text.stdout);
    assert_eq!(text.stderr, "");
}

#[test]
fn a_fault_ends_with_3_and_says_what_where_why_and_what_next() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let zone = servers.workshop.path("root.zone");
    fs::write(&zone, ROOT).unwrap();
    let zone = zone.display().to_string();
    let known = ["--address", HOSTS[0], "--address", HOSTS[1]];
    let args = [&["isle", "--zone", &zone], &known[..]].concat();
    let ran = servers.run(&[&args[..], &["--json"]].concat());
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert_eq!(ran.json["verdict"], "failed");
    let finding = &ran.json["checks"][3]["findings"][0];
    for (field, expected) in [
        ("check", "authority"),
        ("fault", "not-authoritative"),
        ("severity", "error"),
        ("server", "a.sea."),
        ("address", "193.0.14.129"),
        ("record", "isle. NS"),
    ] {
        assert_eq!(finding[field], expected, "{field}: {finding:#}");
    }
    assert!(finding["time"].is_u64() && finding["next"].is_string());
    let text = servers.run(&args);
    assert_eq!(text.code, Some(3), "{text:#?}");
    for part in [
        "FAILED",
        "not-authoritative",
        "193.0.14.129",
        "Rule:",
        "Next:",
    ] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
}

#[test]
fn what_cannot_be_found_out_ends_with_1_and_nonsense_with_2() {
    let workshop = Workshop::new();
    let zone = workshop.write("root.zone", ROOT.as_bytes());
    let zone = zone.display().to_string();
    let asn = workshop
        .write("asn.txt", b"193.0.0.0/8 AS1\n")
        .display()
        .to_string();
    let no_resolver = ["isle", "--resolver", "127.0.0.1:1", "--timeout-ms", "50"];
    let table: [(&[&str], i32, &str); 6] = [
        (&["coast", "--zone", &zone], 1, "does not delegate coast."),
        (&["isle", "--zone", "/nowhere"], 1, "/nowhere"),
        (&["isle", "--zone", &zone, "--asn", &asn], 1, "line 1"),
        (&no_resolver, 1, "--resolver"),
        (
            &["isle", "--ns", "a.sea", "--ds", "1 2 3"],
            2,
            "TAG ALGORITHM",
        ),
        (&["isle", "--glue", "a.sea"], 2, "HOST=ADDRESS"),
    ];
    for (args, code, part) in table {
        let ran = ran(workshop.command(&["check-delegation"]).args(args));
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:#?}");
        assert!(ran.stderr.contains(part), "{args:?}: {ran:#?}");
    }
}
