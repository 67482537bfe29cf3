//! Other implementations' clients take the whole zone, and their checkers
//! look at what came.

use std::net::SocketAddr;

use comity_mirror::export::anchor;

use crate::judge;
use crate::running::{Running, ask, eventually, file, plain, root, run};
use crate::tamper::{self, Change};

/// The records that a client prints, one a line.
fn records(said: &str) -> Vec<&str> {
    let is_record = |line: &&str| !line.is_empty() && !line.starts_with(';');
    said.lines().filter(is_record).collect()
}

#[test]
fn kdig_takes_every_record() {
    let Some(kdig) = judge::program("kdig") else {
        return;
    };
    for zone in [plain(), root()] {
        let running = Running::start(zone.clone());
        let question = format!("{} AXFR +dnssec", zone.origin());
        let said = ask(&kdig, running.address(), &question);
        let found = records(&said);
        assert_eq!(found.len(), zone.records().count() + 1, "{said}");
        assert_eq!(found.first(), found.last());
        // Counted when the last message is sent, which kdig does not wait for.
        assert!(eventually(|| running.server().counts().transfers == 1));
    }
}

#[test]
fn dig_takes_what_it_lacks() {
    let Some(dig) = judge::program("dig") else {
        return;
    };
    let zone = plain();
    let running = Running::start(zone.clone());
    let ask = |serial: u32, options: &str| {
        let question = format!("example. IXFR={serial} {options}");
        ask(&dig, running.address(), &question)
    };
    let all = zone.records().count() + 1;
    assert_eq!(records(&ask(zone.serial(), "+tcp")).len(), 1);
    assert_eq!(records(&ask(zone.serial() - 1, "+tcp")).len(), all);
    assert_eq!(records(&ask(zone.serial() - 1, "+notcp")).len(), 1);
}

/// Lets checkers look at a zone that was transferred from `server`, and
/// returns what each says: whether it is good, and why.
fn check(running: &Running, server: SocketAddr) -> Vec<(&'static str, bool, String)> {
    let Some(dig) = judge::program("dig") else {
        return Vec::new();
    };
    let origin = running.server().serving().unwrap().origin().to_string();
    let question = format!("{origin} AXFR +onesoa +noall +answer");
    let text = ask(&dig, server, &question);
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "zone", &text).display().to_string();
    let anchor = anchor::records(&running.facts(server));
    let anchor = file(&directory, "anchor", &anchor).display().to_string();
    let commands = [
        ("ldns-verify-zone", vec!["-ZZ", "-k", &anchor, &path]),
        ("dnssec-verify", vec!["-z", "-o", &origin, &path]),
        ("kzonecheck", vec!["-o", &origin, "-d", "on", &path]),
    ];
    let mut said = Vec::new();
    for (name, arguments) in commands {
        if let Some(program) = judge::program(name) {
            let (is_good, why) = run(&program, arguments);
            said.push((name, is_good, why));
        }
    }
    said
}

#[test]
fn checkers_find_no_fault_in_what_was_transferred() {
    for zone in [plain(), root()] {
        let running = Running::start(zone);
        for (checker, is_good, why) in check(&running, running.address()) {
            assert!(is_good, "{checker}\n{why}");
        }
    }
}

#[test]
fn checkers_find_what_was_changed_on_the_way() {
    for change in [tamper::move_web as Change, tamper::drop_nsec] {
        let running = Running::start(plain());
        let between = tamper::between(running.address(), change);
        for (checker, is_good, why) in check(&running, between) {
            assert!(!is_good, "{checker}\n{why}");
        }
    }
}
