//! Knot, NSD and BIND take the zone over by the configuration that we export,
//! hear of the next edition, take what it changes alone, and those that check throw
//! away what was changed on the way.

use std::net::{Ipv4Addr, SocketAddr};

use comity_core::edition::SignedZone;
use comity_core::zone::Contents;
use comity_mirror::dns::{Access, Networks, Settings, Told};
use comity_mirror::export::{Facts, resolver, secondary};

use crate::running::{Daemon, Running, ask, eventually, free_port, now, plain};
use crate::tamper;
use crate::{judge, signing};

/// A server that takes zones over.
pub(crate) struct Kind {
    pub(crate) program: &'static str,
    arguments: &'static [&'static str],
    /// The configuration around ours, for this port.
    around: fn(u16) -> String,
    ours: fn(&Facts) -> String,
}

pub(crate) const KNOT: Kind = Kind {
    program: "knotd",
    arguments: &["-c", "conf"],
    around: |port| {
        format!(
            "server:
    listen: 127.0.0.1@{port}
    rundir: .
log:
  - target: stderr
    any: info
database:
    storage: .
template:
  - id: default
    storage: .
"
        )
    },
    ours: secondary::knot,
};

pub(crate) const NSD: Kind = Kind {
    program: "nsd",
    arguments: &["-d", "-c", "conf"],
    around: |port| {
        format!(
            "server:
    ip-address: 127.0.0.1@{port}
    zonesdir: \".\"
    database: \"\"
    username: \"\"
    chroot: \"\"
    pidfile: \"\"
    logfile: \"\"
    xfrdfile: \"xfrd.state\"
    xfrdir: \".\"
    zonelistfile: \"zone.list\"
    xfrd-reload-timeout: 0
    server-count: 1
    minimal-responses: yes
    round-robin: no
remote-control:
    control-enable: no
"
        )
    },
    ours: secondary::nsd,
};

pub(crate) const BIND_SECONDARY: Kind = Kind {
    program: "named",
    arguments: &["-g", "-c", "conf"],
    around: |port| {
        let ours =
            "recursion no;\n    minimal-responses no-auth;\n    rrset-order { order none; };";
        bind_options(port).replace("dnssec-validation yes;", ours)
    },
    ours: secondary::bind,
};

const BIND_MIRROR: Kind = Kind {
    program: "named",
    arguments: &["-g", "-c", "conf"],
    around: bind_options,
    ours: resolver::bind,
};

fn bind_options(port: u16) -> String {
    format!(
        "options {{
    directory \".\";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    dnssec-validation yes;
}};
controls {{ }};
"
    )
}

impl Kind {
    /// Starts one that takes the zone from `mirror`.
    pub(crate) fn start(&self, port: u16, facts: &Facts) -> Option<Daemon> {
        let program = judge::program(self.program)?;
        let configuration = (self.around)(port) + &(self.ours)(facts);
        Some(Daemon::start(&program, self.arguments, &configuration))
    }
}

/// Asks until the secondary says this, or patience ends.
fn becomes(port: u16, question: &str, expected: &str) -> bool {
    let Some(dig) = judge::program("dig") else {
        return true;
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let question = format!("{question} +tries=1 +time=1");
    eventually(|| ask(&dig, address, &question).contains(expected))
}

fn next_edition(last: &SignedZone) -> SignedZone {
    let text = signing::PLAIN.replace("192.0.2.3", "192.0.2.33");
    let contents = Contents::build(last.origin(), signing::records(&text)).unwrap();
    signing::sign_contents(&contents, Some(last), now())
}

fn check_takes_over(kind: &Kind) {
    let port = free_port();
    let running = Running::with(Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        access: Access::transfers(Networks::everybody()),
        notify: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))],
    });
    let first = plain();
    running.server().publish(first.clone());
    let facts = running.facts(running.address());
    let Some(_daemon) = kind.start(port, &facts) else {
        return;
    };
    let program = kind.program;
    let web = "web.example. A +norec";
    assert!(becomes(port, web, "192.0.2.3\n"), "{program}");
    let second = next_edition(&first);
    running.server().publish(second.clone());
    assert_eq!(
        running.told(),
        Told::Acknowledged(second.serial()),
        "{program}"
    );
    assert!(becomes(port, web, "192.0.2.33\n"), "{program}");
}

/// Whoever has an edition takes the next one by IXFR, says so, and has what is served.
fn check_takes_increments(kind: &Kind, more: &[(&str, &str)], said: &[&str]) {
    let (Some(program), Some(dig)) = (judge::program(kind.program), judge::program("dig")) else {
        return;
    };
    let port = free_port();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let running = Running::with(Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        access: Access::transfers(Networks::everybody()),
        notify: vec![address],
    });
    let first = plain();
    running.server().publish(first.clone());
    let facts = running.facts(running.address());
    let mut conf = (kind.around)(port) + &(kind.ours)(&facts);
    for (after, line) in more {
        assert!(conf.contains(after), "{after}");
        conf = conf.replacen(after, &format!("{after}\n    {line}"), 1);
    }
    let debug: &[&str] = if kind.program == "named" {
        &["-d", "3"]
    } else {
        &[]
    };
    let arguments = [kind.arguments, debug].concat();
    let mut daemon = Daemon::start(&program, &arguments, &conf);
    let web = "web.example. A +norec";
    assert!(becomes(port, web, "192.0.2.3\n"), "{}", daemon.said());
    let second = next_edition(&first);
    running.server().publish(second.clone());
    assert!(becomes(port, web, "192.0.2.33\n"), "{}", daemon.said());
    for mark in said {
        daemon.wait_for(&[mark]);
    }
    let counts = running.server().counts();
    assert_eq!(
        (counts.transfers, counts.increments),
        (1, 1),
        "{}",
        daemon.said()
    );
    let all = |address| {
        let whole = ask(&dig, address, "example. AXFR +onesoa +noall +answer");
        let mut lines: Vec<String> = whole
            .lines()
            .map(|line| {
                line.split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .to_lowercase()
            })
            .collect();
        lines.sort();
        lines
    };
    let (theirs, ours) = (all(address), all(running.address()));
    assert_eq!(ours.len(), second.records().count());
    assert_eq!(theirs, ours, "{}", kind.program);
}

fn check_throws_away(kind: &Kind, reason: &str) {
    let running = Running::start(plain());
    let between = tamper::between(running.address(), tamper::move_web);
    let port = free_port();
    let Some(mut daemon) = kind.start(port, &running.facts(between)) else {
        return;
    };
    daemon.wait_for(&[reason]);
    let Some(dig) = judge::program("dig") else {
        return;
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let said = ask(&dig, address, "web.example. A +norec");
    assert!(said.contains("ANSWER: 0"), "{said}");
}

#[test]
fn knot_takes_the_zone_over() {
    check_takes_over(&KNOT);
}

#[test]
fn nsd_takes_the_zone_over() {
    check_takes_over(&NSD);
}

#[test]
fn bind_takes_the_zone_over() {
    check_takes_over(&BIND_SECONDARY);
}

#[test]
fn bind_takes_the_zone_over_as_a_mirror_zone() {
    check_takes_over(&BIND_MIRROR);
}

#[test]
fn knot_takes_what_an_edition_changes() {
    let allow = "address: 127.0.0.1\n    action: [notify, transfer]";
    let more = [("  - id: comity-notify", allow)];
    check_takes_increments(
        &KNOT,
        &more,
        &["IXFR, incoming", "ZONEMD, verification successful"],
    );
}

#[test]
fn nsd_takes_what_an_edition_changes() {
    // It has IXFR data of its own from nowhere but an IXFR.
    let more = [
        ("server:", "verbosity: 2\n    zonefiles-write: 1"),
        ("NOKEY", "provide-xfr: 127.0.0.1 NOKEY\n    store-ixfr: yes"),
    ];
    check_takes_increments(&NSD, &more, &["writing zone example. IXFR data to file"]);
}

#[test]
fn bind_takes_what_an_edition_changes() {
    let more = [("type secondary;", "allow-transfer { 127.0.0.1; };")];
    check_takes_increments(&BIND_SECONDARY, &more, &["got incremental response"]);
}

#[test]
fn knot_throws_away_what_was_changed() {
    check_throws_away(&KNOT, "ZONEMD, verification failed");
}

#[test]
fn bind_throws_a_mirror_zone_away_that_was_changed() {
    check_throws_away(&BIND_MIRROR, "zone verification failed");
}
