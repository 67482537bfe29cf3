//! `delv` validates every kind of answer under our anchor, and nothing that
//! somebody changed on the way.

use std::net::SocketAddr;
use std::path::Path;

use comity_core::basic::PublicKey;
use comity_mirror::export::{Facts, anchor};

use crate::running::{Running, file, plain, root, run};
use crate::tamper::{self, Change};
use crate::{judge, signing};

pub(crate) const SIGNED: &str = "; fully validated";
pub(crate) const DENIED: &str = "; negative response, fully validated";
const FAILED: &str = ";; resolution failed";

/// What `delv` says of questions, each with what it must say of it.
pub(crate) fn check(server: SocketAddr, facts: &Facts, origin: &str, table: &[(&str, &str)]) {
    let Some(delv) = judge::program("delv") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let anchor = file(&directory, "anchor", &anchor::bind(facts));
    for (question, expected) in table {
        let said = validate(&delv, server, &anchor, origin, question);
        assert!(said.contains(expected), "{question}\n{said}");
    }
}

fn validate(
    delv: &Path,
    server: SocketAddr,
    anchor: &Path,
    origin: &str,
    question: &str,
) -> String {
    let arguments = [
        format!("@{}", server.ip()),
        format!("-p{}", server.port()),
        format!("-a{}", anchor.display()),
        format!("+root={origin}"),
    ];
    let words = question.split(' ').map(str::to_owned);
    run(delv, arguments.into_iter().chain(words)).1
}

#[test]
fn delv_validates_the_plain_zone() {
    let running = Running::start(plain());
    let facts = running.facts(running.address());
    let table = [
        ("web.example. A", SIGNED),
        ("example. SOA", SIGNED),
        ("example. DNSKEY", SIGNED),
        ("example. ZONEMD", SIGNED),
        ("www.example. A", SIGNED),
        ("a.old.example. A", SIGNED),
        ("a.wild.example. TXT", SIGNED),
        ("b.a.wild.example. TXT", SIGNED),
        ("a.alias.example. A", SIGNED),
        ("child.example. DS", SIGNED),
        ("sibling.example. DS", DENIED),
        ("web.example. AAAA", DENIED),
        (
            "www.example. AAAA",
            "; web.example.\t\t300\tIN\t\\-AAAA\t;-$NXRRSET",
        ),
        ("nowhere.example. A", DENIED),
        ("z.b.c.example. A", DENIED),
        ("b.c.example. A", DENIED),
        ("a.wild.example. A", DENIED),
        ("z.wild.example. A", DENIED),
        ("dangling.example. A", ";-$NXDOMAIN"),
    ];
    check(running.address(), &facts, "example.", &table);
}

#[test]
fn delv_validates_the_root_zone() {
    let running = Running::start(root());
    let facts = running.facts(running.address());
    let table = [
        (". SOA", SIGNED),
        (". NS", SIGNED),
        ("be. DS", SIGNED),
        ("eu. DS", DENIED),
        ("nowhere. A", DENIED),
        ("www.nowhere. AAAA", DENIED),
    ];
    check(running.address(), &facts, ".", &table);
}

/// The same questions with somebody in between.
fn check_tampered(change: Change, table: &[(&str, &str)]) {
    let running = Running::start(plain());
    let between = tamper::between(running.address(), change);
    check(between, &running.facts(between), "example.", table);
}

#[test]
fn delv_refuses_changed_records() {
    check_tampered(
        tamper::move_web,
        &[
            ("mail.example. A", SIGNED),
            ("web.example. A", FAILED),
            ("www.example. A", FAILED),
        ],
    );
}

#[test]
fn delv_refuses_denials_without_proof() {
    check_tampered(
        tamper::drop_nsec,
        &[
            ("web.example. A", SIGNED),
            ("nowhere.example. A", FAILED),
            ("web.example. AAAA", FAILED),
            ("a.wild.example. TXT", FAILED),
            ("sibling.example. DS", FAILED),
        ],
    );
}

#[test]
fn delv_refuses_another_key() {
    let running = Running::start(plain());
    let other = PublicKey(
        ed25519_dalek::SigningKey::from_bytes(&[8; 32])
            .verifying_key()
            .to_bytes(),
    );
    let facts = Facts::new(signing::name("example."), &[other], running.address()).unwrap();
    check(
        running.address(),
        &facts,
        "example.",
        &[("web.example. A", FAILED), ("nowhere.example. A", FAILED)],
    );
}
