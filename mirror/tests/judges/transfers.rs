//! Other implementations' clients take the whole zone, and their checkers
//! look at what came.

use comity_core::edition::SignedZone;
use comity_mirror::export::anchor;

use crate::judge;
use crate::running::{Running, ask, file, plain, root, run};

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
        assert_eq!(running.server().counts().transfers, 1);
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

/// The zone as a file, by way of a transfer.
fn transferred(running: &Running, zone: &SignedZone) -> Option<String> {
    let dig = judge::program("dig")?;
    let question = format!("{} AXFR +onesoa +noall +answer", zone.origin());
    Some(ask(&dig, running.address(), &question))
}

#[test]
fn checkers_find_no_fault_in_what_was_transferred() {
    for zone in [plain(), root()] {
        let running = Running::start(zone.clone());
        let Some(text) = transferred(&running, &zone) else {
            return;
        };
        let directory = tempfile::tempdir().unwrap();
        let path = file(&directory, "zone", &text).display().to_string();
        let anchor = anchor::records(&running.facts(running.address()));
        let anchor = file(&directory, "anchor", &anchor).display().to_string();
        let origin = zone.origin().to_string();
        let commands = [
            ("ldns-verify-zone", vec!["-ZZ", "-k", &anchor, &path]),
            ("dnssec-verify", vec!["-z", "-o", &origin, &path]),
            ("kzonecheck", vec!["-o", &origin, "-d", "on", &path]),
        ];
        for (program, arguments) in commands {
            let Some(program) = judge::program(program) else {
                continue;
            };
            let (succeeded, said) = run(&program, arguments);
            assert!(succeeded, "{}\n{said}", program.display());
        }
    }
}
