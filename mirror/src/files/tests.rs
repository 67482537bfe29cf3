//! What a party finds after it has written, and after it could not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::faulty::{Faulty, at_every_step};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_a_party_keeps_is_private() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("a/b");
    create_private_directory(&home).unwrap();
    let (secret, shown) = (home.join("secret"), home.join("shown"));
    write_private(&secret, b"1").unwrap();
    write_public(&shown, b"1").unwrap();
    assert_eq!(
        (mode(&home), mode(&secret), mode(&shown)),
        (0o700, 0o600, 0o644)
    );
    // Also where an older file of this name was open to all.
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    write_private(&secret, b"2").unwrap();
    assert_eq!(mode(&secret), 0o600);
}

#[test]
fn a_write_that_fails_leaves_the_older_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    write_private(&path, b"old").unwrap();
    // The new octets cannot be written: their place is a directory.
    fs::create_dir(directory.path().join("file.new")).unwrap();
    assert!(write_private(&path, b"new").is_err());
    assert_eq!(read_required(&path, 10).unwrap(), b"old");
    fs::remove_dir(directory.path().join("file.new")).unwrap();
    write_private(&path, b"new").unwrap();
    assert_eq!(read_required(&path, 10).unwrap(), b"new");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_read_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    assert!(read(&path, 10).unwrap().is_none());
    assert!(read_required(&path, 10).is_err());
    write_private(&path, b"12345").unwrap();
    assert!(read(&path, 4).is_err());
    assert_eq!(read(&path, 5).unwrap().unwrap(), b"12345");
}

#[test]
fn one_final_newline_is_not_part_of_a_passphrase() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("passphrase");
    write_private(&path, b" a b\n\n").unwrap();
    assert_eq!(passphrase_octets(Some(&path)).unwrap().unwrap(), b" a b\n");
}

#[test]
fn every_failure_leaves_the_older_file_or_the_new_one() {
    for older in [None, Some(b"the older one".as_slice())] {
        let attempt = |system: Arc<Faulty>| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("file");
            if let Some(older) = older {
                write_private_on(&*Faulty::sound(), &path, older).unwrap();
            }
            let written = write_private_on(&*system, &path, b"the new one");
            (directory, path, written)
        };
        at_every_step(attempt, |(_directory, path, written), case| {
            let found = read(&path, 100).unwrap();
            let is_new = found.as_deref() == Some(b"the new one".as_slice());
            assert!(is_new || found.as_deref() == older, "{case}: {found:?}");
            assert!(is_new || written.is_err(), "{case}");
            write_private_on(&*Faulty::sound(), &path, b"the next one").unwrap();
            assert_eq!(
                read_required(&path, 100).unwrap(),
                b"the next one",
                "{case}"
            );
        });
    }
}

#[test]
fn a_directory_that_was_made_lasts_with_all_above_it() {
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/c");
        let made = create_private_directory_on(&*system, &path);
        (directory, path, made)
    };
    at_every_step(attempt, |(_directory, path, made), case| {
        assert!(made.is_err() || path.is_dir(), "{case}");
        create_private_directory_on(&*Faulty::sound(), &path).unwrap();
    });
}

#[test]
fn a_full_disk_is_named_with_what_to_do() {
    let error = FileError {
        path: "/var/lib/comity/cosigned.json".into(),
        action: "write",
        error: io::ErrorKind::StorageFull.into(),
    };
    assert_eq!(
        error.to_string(),
        "cannot write /var/lib/comity/cosigned.json: no storage space; make room there"
    );
}

#[test]
fn a_sealed_key_is_for_its_user_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sealed");
    assert!(read_secret(&path, 10).unwrap().is_none());
    write_private(&path, b"12345").unwrap();
    assert_eq!(read_secret(&path, 10).unwrap().unwrap(), b"12345");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(read_secret(&path, 10).is_ok());
    for open in [0o640, 0o604, 0o620, 0o601, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let refused = read_secret(&path, 10).unwrap_err().to_string();
        let what_to_do = format!("chmod 600 {}", path.display());
        assert!(refused.contains(&what_to_do), "{open:o}: {refused}");
    }
}

#[test]
fn any_text_can_stand_in_a_configuration() {
    for text in [
        "",
        "a b",
        "\"'\\",
        "\u{0}\u{1f}\u{7f}",
        "a\nb",
        "\u{200b}é\u{301}",
    ] {
        let file = format!("key = {}\n", toml_string(text));
        let read: toml::Table = toml::from_str(&file).unwrap();
        assert_eq!(read["key"].as_str(), Some(text), "{file}");
    }
}
