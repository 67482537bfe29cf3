//! Unbound holds the zone by the configuration that we export, and gives it
//! to nobody where it was changed on the way.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use comity_core::basic::PublicKey;
use comity_mirror::export::{Facts, anchor, resolver};
use ed25519_dalek::SigningKey;

use crate::judge;
use crate::running::{Daemon, Running, ask, eventually, free_port, plain, root};
use crate::signing::name;
use crate::tamper::{self, Change};

/// What Unbound says when it has started.
const STARTED: &str = "start of service";

pub(crate) struct Unbound {
    daemon: Daemon,
    address: SocketAddr,
    dig: PathBuf,
}

impl Unbound {
    /// Unbound as a resolver by these facts.
    pub(crate) fn start(facts: &Facts) -> Option<Self> {
        let program = judge::program("unbound")?;
        let dig = judge::program("dig")?;
        let port = free_port();
        let configuration = format!(
            "server:
    interface: 127.0.0.1@{port}
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    do-not-query-localhost: no
    do-daemonize: no
    use-syslog: no
    logfile: \"\"
    verbosity: 2
    chroot: \"\"
    username: \"\"
    directory: \".\"
    pidfile: \"\"
    num-threads: 1
    module-config: \"validator iterator\"
remote-control:
    control-enable: no
{}",
            resolver::unbound(facts)
        );
        let anchors = [(facts.anchor_file(), anchor::records(facts))];
        let arguments = ["-d", "-c", "conf"];
        let mut daemon = Daemon::start_beside(&program, &arguments, &configuration, &anchors);
        daemon.wait_for(&[STARTED]);
        Some(Self {
            daemon,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            dig,
        })
    }

    fn ask(&self, question: &str) -> String {
        ask(&self.dig, self.address, question)
    }

    /// Each question with its response code, and whether it is secure.
    pub(crate) fn check(&self, table: &[(&str, &str)]) {
        for (question, status) in table {
            let said = self.ask_when_ready(question);
            assert!(
                said.contains(&format!("status: {status}")),
                "{question}\n{said}"
            );
            let flags = said.lines().find(|line| line.contains("flags: qr"));
            assert!(
                flags.is_some_and(|flags| flags.contains(" ad;")),
                "{question}\n{said}"
            );
        }
    }

    /// Unbound answers SERVFAIL until its transfer has come in.
    fn ask_when_ready(&self, question: &str) -> String {
        let question = format!("+dnssec {question}");
        eventually(|| !self.ask(&question).contains("status: SERVFAIL"));
        self.ask(&question)
    }
}

#[test]
fn unbound_serves_the_plain_zone_as_secure() {
    let running = Running::start(plain());
    let Some(unbound) = Unbound::start(&running.facts(running.address())) else {
        return;
    };
    unbound.check(&[
        ("web.example. A", "NOERROR"),
        ("www.example. A", "NOERROR"),
        ("a.old.example. A", "NOERROR"),
        ("b.a.wild.example. TXT", "NOERROR"),
        ("a.wild.example. A", "NOERROR"),
        ("child.example. DS", "NOERROR"),
        ("sibling.example. DS", "NOERROR"),
        ("b.c.example. A", "NOERROR"),
        ("nowhere.example. A", "NXDOMAIN"),
    ]);
}

#[test]
fn unbound_serves_the_root_zone_as_secure() {
    let running = Running::start(root());
    let Some(unbound) = Unbound::start(&running.facts(running.address())) else {
        return;
    };
    unbound.check(&[
        (". SOA", "NOERROR"),
        (". NS", "NOERROR"),
        ("be. DS", "NOERROR"),
        ("eu. DS", "NOERROR"),
        ("nowhere. A", "NXDOMAIN"),
        ("www.nowhere. TXT", "NXDOMAIN"),
    ]);
}

#[test]
fn unbound_throws_away_what_was_changed() {
    let cases: [(Change, &str); 3] = [
        (tamper::move_web, "incorrect digest"),
        (tamper::drop_nsec, "incorrect digest"),
        (tamper::drop_zonemd, "ZONEMD"),
    ];
    for (change, reason) in cases {
        let running = Running::start(plain());
        let between = tamper::between(running.address(), change);
        let Some(mut unbound) = Unbound::start(&running.facts(between)) else {
            return;
        };
        unbound.daemon.wait_for(&[reason]);
        for question in ["web.example. A", "mail.example. A", "nowhere.example. A"] {
            let said = unbound.ask(question);
            assert!(said.contains("status: SERVFAIL"), "{said}");
        }
    }
}

#[test]
fn unbound_throws_away_what_another_key_signed() {
    let running = Running::start(plain());
    let key = SigningKey::from_bytes(&[8; 32]).verifying_key();
    let key = PublicKey(key.to_bytes());
    let facts = Facts::new(name("example."), &[key], running.address()).unwrap();
    let Some(mut unbound) = Unbound::start(&facts) else {
        return;
    };
    unbound.daemon.wait_for(&["ZONEMD"]);
    let said = unbound.ask("web.example. A");
    assert!(said.contains("status: SERVFAIL"), "{said}");
}
