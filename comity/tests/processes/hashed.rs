//! `comity watch` of zones with NSEC3 records: followed whole, judged by others' programs,
//! served so that a validating resolver believes each answer, held and sealed.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::daemons::Daemon;
use crate::support::judge;
use crate::support::upstream::{Root, USUAL, text};
use crate::watching::{FIRST, SECOND, Watch, seen};

/// A root with a wildcard, an empty name above authoritative data and one above a delegation
/// without a DS set, and delegations with and without.
const LINES: &str = "
    . NS a.root-servers.net.
    a.root-servers.net. A 192.0.2.4
    a.b.c. A 192.0.2.8
    *.w. TXT wild
    be. NS ns.nic.lu.
    be. DS 12664 8 2 0B8C1D4E4F1C6A7B5D2E3F4051627384950617283940516273849506172839AB
    lu. NS ns.nic.lu.
    ns.nic.lu. A 192.0.2.2
    deep.between. NS ns.nic.lu.";

/// Questions, what is said, and whether it is believed; with opt-out too.
const QUESTIONS: &[(&str, &str, bool, bool)] = &[
    (". SOA", "NOERROR", true, true),
    ("a.b.c. A", "NOERROR", true, true),
    ("be. DS", "NOERROR", true, true),
    // Nothing of this type: at a name, at the apex, at an empty name.
    ("a.b.c. TXT", "NOERROR", true, true),
    (". TXT", "NOERROR", true, true),
    ("b.c. A", "NOERROR", true, true),
    ("c. NSEC3", "NOERROR", true, true),
    // A delegation without a DS set: proved, or perhaps left out.
    ("lu. DS", "NOERROR", true, false),
    ("between. A", "NOERROR", true, false),
    // No such name.
    ("nowhere. A", "NXDOMAIN", true, false),
    ("x.y.b.c. A", "NXDOMAIN", true, false),
    ("x.between. A", "NXDOMAIN", true, false),
    // By the wildcard.
    ("any.w. TXT", "NOERROR", true, false),
    ("any.w. A", "NOERROR", true, false),
];

/// Unbound, which asks the watcher each question.
fn resolver(unbound: &Path, watcher: SocketAddr, root: &Root) -> Daemon {
    let clauses = format!(
        "server:\n trust-anchor: \". DS {}\"\n qname-minimisation: no\n aggressive-nsec: no\n\
         stub-zone:\n name: \".\"\n stub-addr: {}@{}\n",
        root.anchor,
        watcher.ip(),
        watcher.port()
    );
    Daemon::unbound(unbound, &clauses)
}

fn judged(ldns: &Path, zone: &Path) {
    judge::output(Command::new(ldns).arg(zone));
}

#[test]
fn a_validating_resolver_believes_what_is_said_of_a_zone_with_nsec3() {
    let programs = ["unbound", "dig", "ldns-verify-zone", "kzonecheck"];
    let Some([unbound, dig, ldns, kzonecheck]) = judge::programs(programs) else {
        return;
    };
    for is_opt_out in [false, true] {
        let Some(root) = Root::hashed(is_opt_out) else {
            return;
        };
        let watch = Watch::new(&root, "pass");
        let zone = root.sign(FIRST, LINES, USUAL);
        assert!(zone.contains("NSEC3PARAM"), "{zone}");
        watch.upstream(&zone);
        let (_process, address) = watch.start();
        watch.wait("served", |state| state["served"] == FIRST);
        let served = watch.workshop.path("watch/zone");
        judged(&ldns, &served);
        judge::output(
            Command::new(&kzonecheck)
                .args(["-o", ".", "-d", "on"])
                .arg(&served),
        );
        // The same by a transfer, record for record.
        let mut transfer = Command::new(&dig);
        transfer
            .arg(format!("@{}", address.ip()))
            .args(["-p", &address.port().to_string()]);
        let came = judge::output(transfer.args(["+onesoa", "axfr", "."]));
        let came = watch.workshop.write("came.zone", &came);
        judged(&ldns, &came);
        let behind = resolver(&unbound, address, &root);
        for (question, status, is_believed, under_opt_out) in QUESTIONS {
            let answer = behind.answer(&dig, question, status);
            let flags = answer.lines().find(|line| line.contains("flags:")).unwrap();
            let expected = if is_opt_out {
                *under_opt_out
            } else {
                *is_believed
            };
            let log = behind.log();
            assert_eq!(
                flags.contains(" ad"),
                expected,
                "{is_opt_out} {answer}\n{log}"
            );
        }
        // Whoever asks for the owner of a record for a hash asks for no name of the zone.
        let text = fs::read_to_string(&came).unwrap();
        let mut lines = text.lines().map(|line| line.split_whitespace());
        let is_it = |line: &std::str::SplitWhitespace<'_>| line.clone().nth(3) == Some("NSEC3");
        let owner = lines.find(is_it).and_then(|mut line| line.next()).unwrap();
        behind.answer(&dig, &format!("{owner} NSEC3"), "NXDOMAIN");
    }
}

#[test]
fn a_zone_that_another_program_has_hashed_is_taken_and_one_hashed_too_often_is_not() {
    let programs = ["dnssec-keygen", "dnssec-signzone", "dnssec-dsfromkey"];
    let Some([keygen, signzone, dsfromkey]) = judge::programs(programs) else {
        return;
    };
    let Some(mut root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &Path, words: &[&str]| {
        let mut command = Command::new(program);
        let said = judge::output(command.args(words).current_dir(folder.path()));
        String::from_utf8(said).unwrap().trim().to_owned()
    };
    let key = run(&keygen, &["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "."]);
    let ds = run(&dsfromkey, &["-2", &key]);
    root.anchor = ds.split_once(" DS ").unwrap().1.into();
    let line = fs::read_to_string(folder.path().join(format!("{key}.key"))).unwrap();
    let watch = Watch::new(&root, "pass");
    let path = watch.workshop.path("watch/watch.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        config.replace("zonemd = \"required\"", "zonemd = \"if-there\""),
    )
    .unwrap();
    let versions: &[(&[&str], &str)] = &[
        (&["-3", "-"], "good"),
        (&["-3", "AABBCCDD", "-H", "10"], "good"),
        (&["-A", "-3", "-"], "good"),
        (&["-3", "-", "-H", "100"], "good"),
        (&["-3", "-", "-H", "101"], "nsec3"),
        (&[], "good"),
    ];
    for ((words, state), serial) in versions.iter().zip(FIRST..) {
        let zone = text(serial, LINES) + "$TTL 86400\n" + &line;
        fs::write(folder.path().join("zone"), zone).unwrap();
        let usual = [
            "-q", "-P", "-z", "-N", "keep", "-O", "full", "-o", ".", "-f", "signed",
        ];
        run(&signzone, &[&usual[..], words, &["zone", &key]].concat());
        watch.upstream(&fs::read_to_string(folder.path().join("signed")).unwrap());
        let found = seen(&watch.look());
        assert_eq!(found["upstreams"][0]["state"], *state, "{words:?}: {found}");
        if *state == "good" {
            assert_eq!(found["served"], serial, "{words:?}");
        }
    }
}

fn servers(watch: &Watch, name: &str) -> Vec<String> {
    let text = fs::read_to_string(watch.workshop.path("watch/zone")).unwrap();
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let of = lines.filter(|it| it.first() == Some(&name) && it.contains(&"NS"));
    of.filter_map(|it| it.last().map(ToString::to_string))
        .collect()
}

#[test]
fn a_change_in_a_zone_with_nsec3_can_be_held_and_the_zone_sealed() {
    let Some([ldns]) = judge::programs(["ldns-verify-zone"]) else {
        return;
    };
    let Some(root) = Root::hashed(true) else {
        return;
    };
    let watch = Watch::new(&root, "buffer");
    watch.upstream(&root.sign(FIRST, LINES, USUAL));
    assert_eq!(watch.look().done()["served"], FIRST);
    // The name moves without any proof.
    let other = LINES.replace("lu. NS ns.nic.lu.", "lu. NS ns.elsewhere.example.");
    watch.upstream(&root.sign(SECOND, &other, USUAL));
    let found = seen(&watch.look());
    let held: Vec<&Value> = found["held"].as_array().unwrap().iter().collect();
    assert_eq!(
        (held.len(), &found["served"]),
        (1, &SECOND.into()),
        "{found}"
    );
    assert_eq!(found["frozen"], Value::Null, "{found}");
    assert_eq!(servers(&watch, "lu."), ["ns.nic.lu."]);
    watch.mode("seal");
    let found = seen(&watch.look());
    assert!(
        found["served"].as_u64().unwrap() >= SECOND.into(),
        "{found}"
    );
    let sealed = watch.workshop.path("watch/zone");
    judged(&ldns, &sealed);
    let text = fs::read_to_string(sealed).unwrap();
    assert!(!text.contains("NSEC3") && text.contains("NSEC"), "{text}");
}
