//! What is read back after saving, damage and failing disks.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use comity_core::basic::Digest;
use comity_core::edition::EditionRefusal;
use comity_core::zone::{Contents, Rtype, SetKey};

use super::*;
use crate::faulty::{Faulty, at_every_step};
use crate::samples::{NOW, PLAIN, name, plain, public_key, records, sign_contents};

const OLD: Meta = Meta {
    edition: 1,
    ledger_size: 10,
    state: Digest([1; 32]),
};
const NEW_META: Meta = Meta {
    edition: 2,
    ledger_size: 12,
    state: Digest([2; 32]),
};

fn second() -> SignedZone {
    let mut all = records(PLAIN);
    all.extend(records("new-name.example. 3600 A 192.0.2.99"));
    let contents = Contents::build(&name("example."), all).unwrap();
    sign_contents(&contents, Some(&plain()), NOW)
}

fn load(directory: &Path) -> Result<Loaded, StoreError> {
    Store::at(directory).load(&name("example."), &[public_key()], NOW)
}

fn saved(editions: &[(SignedZone, Meta)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (zone, meta) in editions {
        Store::at(directory.path()).save(zone, meta).unwrap();
    }
    directory
}

#[test]
fn reads_back_what_was_saved() {
    let directory = saved(&[(plain(), OLD)]);
    let loaded = load(directory.path()).unwrap();
    assert!(loaded.zone == plain());
    assert_eq!(loaded.meta, OLD);
    assert!(loaded.fallback.is_none());
    Store::at(directory.path())
        .save(&second(), &NEW_META)
        .unwrap();
    let loaded = load(directory.path()).unwrap();
    assert!(loaded.zone == second());
    assert_eq!(loaded.meta, NEW_META);
}

#[test]
fn says_that_nothing_was_saved() {
    let directory = saved(&[]);
    assert!(matches!(load(directory.path()), Err(StoreError::Empty)));
}

#[test]
fn serves_the_edition_before_where_the_last_is_damaged() {
    let directory = saved(&[(plain(), OLD), (second(), NEW_META)]);
    let path = directory.path().join("edition");
    let whole = fs::read(&path).unwrap();
    let damaged = (0..whole.len())
        .step_by(97)
        .flat_map(|at| {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            [changed, whole[..at].to_vec()]
        })
        .chain([[whole.as_slice(), b"x"].concat()]);
    for octets in damaged {
        fs::write(&path, &octets).unwrap();
        let loaded = load(directory.path()).unwrap();
        assert!(loaded.zone == plain());
        assert_eq!(loaded.meta, OLD);
        assert!(matches!(
            loaded.fallback,
            Some(StoreError::Corrupt {
                what: Corruption::Torn,
                ..
            })
        ));
    }
    fs::write(directory.path().join("edition.previous"), b"").unwrap();
    assert!(matches!(
        load(directory.path()),
        Err(StoreError::Corrupt { path: culprit, what: Corruption::Torn }) if culprit == path
    ));
}

#[test]
fn a_damaged_edition_does_not_push_out_a_good_one() {
    let directory = saved(&[(plain(), OLD), (second(), NEW_META)]);
    let path = directory.path().join("edition");
    fs::write(&path, b"damaged").unwrap();
    Store::at(directory.path())
        .save(&second(), &NEW_META)
        .unwrap();
    fs::write(&path, b"damaged again").unwrap();
    assert!(load(directory.path()).unwrap().zone == plain());
}

/// The file with another head and zone, and the right digest.
fn forged(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut octets = file::encode(&plain(), &OLD);
    octets.truncate(octets.len() - 32);
    change(&mut octets);
    let digest = Digest::of(&octets);
    octets.extend(digest.0);
    octets
}

fn replaced(from: &'static [u8], to: &'static [u8]) -> impl Fn(&mut Vec<u8>) {
    move |octets| {
        let at = octets.windows(from.len()).position(|window| window == from);
        let at = at.unwrap();
        octets.splice(at..at + from.len(), to.iter().copied());
    }
}

#[test]
fn refuses_each_corruption() {
    let other_key = [b"\"".as_slice(), "ab".repeat(32).as_bytes()].concat();
    let other_key: &'static [u8] = Box::leak(other_key.into_boxed_slice());
    let key = format!("\"{}", public_key());
    let key: &'static [u8] = Box::leak(key.into_bytes().into_boxed_slice());
    let found = PublicKey([0xab; 32]);
    let cases: [(Vec<u8>, Corruption); 9] = [
        (file::encode(&plain(), &OLD)[1..].to_vec(), Corruption::Torn),
        (
            forged(replaced(b"comity-edition", b"another-form")),
            Corruption::OtherForm,
        ),
        (
            forged(replaced(b" 2\n", b" 1\n")),
            Corruption::UnknownVersion,
        ),
        (
            forged(replaced(b"\"origin\"", b"\"other\"")),
            Corruption::BadHead,
        ),
        (
            forged(replaced(b"\"example.\"", b"\"test.\"")),
            Corruption::OtherZone {
                found: name("test."),
            },
        ),
        (
            forged(replaced(key, other_key)),
            Corruption::OtherKey { found },
        ),
        (
            forged(|octets| octets.truncate(octets.len() - 1)),
            Corruption::BadRecord {
                after: plain().records().count() - 1,
            },
        ),
        (
            forged(replaced(b"\x04\xc0\x00\x02\x01", b"\x04\xc0\x00\x02\xff")),
            Corruption::Refused(EditionRefusal::BadSignature {
                set: SetKey::new(&name("ns1.example."), Rtype::A),
            }),
        ),
        (
            forged(replaced(b"\"serial\":2", b"\"serial\":1")),
            Corruption::OtherSerial,
        ),
    ];
    for (octets, expected) in cases {
        let found = file::decode(&octets, &name("example."), &[public_key()], NOW).unwrap_err();
        assert_eq!(found, expected);
    }
}

#[test]
fn refuses_an_edition_whose_signatures_have_ended() {
    let directory = saved(&[(plain(), OLD)]);
    let late = plain().first_expiration().plus(1);
    let store = Store::at(directory.path());
    let loaded = store.load(&name("example."), &[public_key()], late);
    assert!(matches!(
        loaded,
        Err(StoreError::Corrupt {
            what: Corruption::Refused(_),
            ..
        })
    ));
    let in_time = plain().first_expiration();
    assert!(
        store
            .load(&name("example."), &[public_key()], in_time)
            .is_ok()
    );
}

#[test]
fn the_stored_form_is_pinned() {
    let octets = file::encode(&plain(), &OLD);
    let head = format!(
        "comity-edition 2\n{{\"origin\":\"example.\",\"anchors\":[\"{}\"],\"serial\":{},\
        \"edition\":1,\"ledger_size\":10,\"state\":\"{}\"}}\n\x07example\0",
        public_key(),
        plain().serial(),
        OLD.state
    );
    assert!(octets.starts_with(head.as_bytes()));
    assert_eq!(
        Digest::of(&octets).to_string(),
        "9e8bbf125eded31bfcda67dbabdf7e7e395c2c3e80620c458001d6480e40cbd6"
    );
}

#[test]
fn every_failure_leaves_one_of_two_editions() {
    for first in [
        &[][..],
        &[(plain(), OLD)][..],
        &[(second(), NEW_META), (plain(), OLD)][..],
    ] {
        let attempt = |system: Arc<Faulty>| {
            let directory = tempfile::tempdir().unwrap();
            for (zone, meta) in first {
                let store = Store::on(Faulty::sound(), directory.path());
                store.save(zone, meta).unwrap();
            }
            let store = Store::on(system, directory.path());
            let result = store.save(&second(), &NEW_META);
            (directory, result)
        };
        at_every_step(attempt, |(directory, result), case| {
            let case = format!("{} before, {case}", first.len());
            match load(directory.path()) {
                Ok(loaded) if loaded.meta == NEW_META => assert!(loaded.zone == second()),
                Ok(loaded) => {
                    assert!(result.is_err(), "{case}");
                    assert!(loaded.zone == plain(), "{case}");
                }
                Err(StoreError::Empty) => {
                    assert!(first.is_empty() && result.is_err(), "{case}");
                }
                Err(error) => panic!("{case}: {error}"),
            }
            Store::on(Faulty::sound(), directory.path())
                .save(&second(), &NEW_META)
                .unwrap();
            assert!(load(directory.path()).unwrap().zone == second(), "{case}");
        });
    }
}
