//! What must hold of notes, their lines and keys.

use std::format;
use std::string::ToString;
use std::vec;

use super::*;
use crate::ledger::testing;

/// The published example of Go's `sumdb/note` package.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_published_note_verifies_and_prints_unchanged() {
    let key: NoteKey = KEY.parse().unwrap();
    let note = SignedNote::parse(NOTE.as_bytes()).unwrap();
    assert!(note.signed_by(&key));
    assert_eq!(note.to_string(), NOTE);
    assert_eq!(key.to_string(), KEY);
    assert_eq!(key.id().to_string(), "c74f20a3");
}

#[test]
fn refuses_malformed_notes() {
    let line = NOTE.lines().last().unwrap();
    let many = format!("t\n\n{}", format!("{line}\n").repeat(301));
    let large = format!("{}\n{NOTE}", "t".repeat(limits::CHECKPOINT_OCTETS_MAX));
    let table: vec::Vec<(vec::Vec<u8>, NoteRefusal)> = vec![
        (large.into_bytes(), NoteRefusal::TooLarge),
        (b"\xff\n\n".to_vec(), NoteRefusal::NotUtf8),
        (
            NOTE.replace(' ', "\t").into_bytes(),
            NoteRefusal::ControlCharacter,
        ),
        (
            NOTE.replace('\n', "\r\n").into_bytes(),
            NoteRefusal::ControlCharacter,
        ),
        (b"".to_vec(), NoteRefusal::NoSignatures),
        (b"text\n".to_vec(), NoteRefusal::NoSignatures),
        (b"text\n\n".to_vec(), NoteRefusal::NoSignatures),
        (
            format!("text\n\n{line}").into_bytes(),
            NoteRefusal::NoFinalNewline,
        ),
        (many.into_bytes(), NoteRefusal::TooManySignatures),
        (
            format!("text\n\n{line}\n{line} \n").into_bytes(),
            NoteRefusal::BadLine(1),
        ),
    ];
    for (octets, refusal) in table {
        assert_eq!(SignedNote::parse(&octets), Err(refusal));
    }
}

#[test]
fn refuses_malformed_lines() {
    for line in [
        "",
        "- name AAAAAAAA",
        "\u{2014} AAAAAAAA",
        "\u{2014}  AAAAAAAA",
        "\u{2014} na+me AAAAAAAA",
        "\u{2014} na\u{a0}me AAAAAAAA",
        "\u{2014} name  AAAAAAAA",
        "\u{2014} name AAAAAA==",  // an ID and nothing after it
        "\u{2014} name AAAAAAAB=", // wrong padding
        "\u{2014} name AAAAAAB=",  // trailing bits
        "\u{2014} name AAAA_AAA",
    ] {
        assert!(line.parse::<SignatureLine>().is_err(), "{line:?}");
    }
    assert!("\u{2014} name AAAAAAA=".parse::<SignatureLine>().is_ok());
}

#[test]
fn refuses_malformed_keys() {
    for text in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+AQ==",
        "PeterNeumann+c74f20a3+",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert!(text.parse::<NoteKey>().is_err(), "{text:?}");
    }
    let key = testing::key(1, "n", KeyKind::Ed25519).key();
    assert!(NoteKey::new(&"n".repeat(63), KeyKind::Ed25519, key).is_ok());
    assert!(NoteKey::new(&"n".repeat(64), KeyKind::Ed25519, key).is_err());
    for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", "a\u{1}b"] {
        assert!(
            NoteKey::new(name, KeyKind::Ed25519, key).is_err(),
            "{name:?}"
        );
    }
}

#[test]
fn ignores_lines_of_unknown_keys_and_refuses_false_lines_of_known_ones() {
    let key: NoteKey = KEY.parse().unwrap();
    let other = testing::key(1, "PeterNeumann", KeyKind::Ed25519);
    let note = SignedNote::parse(NOTE.as_bytes()).unwrap();
    assert!(!note.signed_by(&other), "same name, other ID");

    let mut unknown = note.lines[0].clone();
    unknown.name = "somebody".into();
    let mut more = note.clone();
    more.lines.insert(0, unknown);
    more.lines.push(SignatureLine {
        name: "PeterNeumann".into(),
        id: other.id(),
        signature: vec![0; 7],
    });
    assert!(more.signed_by(&key), "{more}");

    let mut spoiled = note.clone();
    spoiled.lines.push(SignatureLine {
        signature: vec![0; 64],
        ..note.lines[0].clone()
    });
    assert!(!spoiled.signed_by(&key));
    let mut altered = note;
    altered.text.push_str("And more.\n");
    assert!(!altered.signed_by(&key));
}
