//! The texts, and what the servers' own checkers say of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::samples::judge;
use crate::samples::{name, public_key};

const PLACES: [(&str, &str); 4] = [
    (".", "127.0.0.1:5300"),
    (".", "[2001:db8::1]:53"),
    ("example.", "192.0.2.1:53"),
    ("_x.some-zone.example.", "192.0.2.1:5300"),
];

fn facts(origin: &str, mirror: &str) -> Facts {
    Facts::new(name(origin), &[public_key()], mirror.parse().unwrap()).unwrap()
}

/// Lets a server's own checker judge what `make` makes.
fn check(program: &str, make: fn(&Facts) -> String, command: impl Fn(&Path) -> Vec<String>) {
    check_within(program, |_| String::new(), make, command);
}

/// The same, below what an operator has in the configuration already.
fn check_within(
    program: &str,
    surround: impl Fn(&Path) -> String,
    make: fn(&Facts) -> String,
    command: impl Fn(&Path) -> Vec<String>,
) {
    let Some(program) = judge::program(program) else {
        return;
    };
    for (origin, mirror) in PLACES {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("server.conf");
        let facts = facts(origin, mirror);
        let text = surround(directory.path()) + &make(&facts);
        fs::write(&path, &text).unwrap();
        let anchors = directory.path().join(facts.anchor_file());
        fs::write(anchors, anchor::records(&facts)).unwrap();
        let output = Command::new(&program)
            .args(command(&path))
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{text}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

fn path_alone(path: &Path) -> Vec<String> {
    vec![path.display().to_string()]
}

#[test]
fn unbound_accepts_its_configuration() {
    let places = |directory: &Path| {
        let directory = directory.display();
        format!("server:\n    chroot: \"\"\n    directory: \"{directory}\"\n")
    };
    check_within("unbound-checkconf", places, resolver::unbound, path_alone);
}

#[test]
fn bind_accepts_its_configuration() {
    check("named-checkconf", resolver::bind, path_alone);
    check("named-checkconf", secondary::bind, path_alone);
    check("named-checkconf", anchor::bind, path_alone);
}

#[test]
fn knot_accepts_its_configuration() {
    check("knotc", secondary::knot, |path| {
        vec![
            "-c".to_owned(),
            path.display().to_string(),
            "conf-check".to_owned(),
        ]
    });
}

#[test]
fn nsd_accepts_its_configuration() {
    check("nsd-checkconf", secondary::nsd, path_alone);
}

#[test]
fn the_anchor_is_pinned() {
    let preamble = "X For the root zone, signed by key 53568 with algorithm 15
X (Ed25519, RFC 8080). A resolver that does not know this algorithm takes
X the zone for unsigned and validates nothing.
";
    let facts = facts(".", "127.0.0.1:53");
    assert_eq!(
        anchor::records(&facts),
        preamble.replace('X', ";")
            + ". 172800 IN DS 53568 15 2 \
                00167D3225005ABB137957EB2680BC49517EEC29892B52754DAEA38B6A420F72\n\
                . 172800 IN DNSKEY 257 3 15 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n"
    );
    assert_eq!(
        anchor::bind(&facts),
        preamble.replace('X', "//")
            + "trust-anchors {\n    \".\" initial-key 257 3 15 \
                \"6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\";\n};\n"
    );
}

#[test]
fn refuses_names_that_could_end_a_quotation() {
    for origin in ["a\\\"b.", "a\\;b.", "a\\ b.", "a\\{b.", "a\\010b.", "a/b."] {
        let origin = name(origin);
        let mirror = "127.0.0.1:53".parse().unwrap();
        assert_eq!(
            Facts::new(origin.clone(), &[public_key()], mirror),
            Err(ExportError::UnusualName { origin })
        );
    }
}
