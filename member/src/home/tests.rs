//! What a party finds in its directory after a write that failed.

use std::collections::BTreeSet;
use std::fs;

use super::*;
use crate::faulty::{Faulty, at_every_step};

const CONFIG_TEXT: &str = "secretariat = \"http://unset\"\n";

fn card(key: u8) -> Card {
    Card {
        name: "alba".into(),
        key: PublicKey([key; 32]),
    }
}

/// Lays a party out whose sealed key is only looked at.
fn make(home: &Home, key: u8) -> Result<(), HomeError> {
    home.prepare()?;
    home.lay_out(&card(key), Some(CONFIG_TEXT), &[key; 99])
}

/// Whether there is a party, all of it of this key.
fn is_whole(home: &Home, key: u8) -> bool {
    let Ok(sealed) = fs::read(home.directory.join(IDENTITY)) else {
        return false;
    };
    assert_eq!(sealed, [key; 99]);
    assert_eq!(home.card().unwrap(), card(key));
    assert_eq!(home.config().unwrap().secretariat, "http://unset");
    true
}

#[test]
fn a_party_that_is_made_is_whole_or_can_be_made_again() {
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("var/alba");
        let made = make(&Home::on(system, &path), 1);
        (directory, Home::on(Faulty::sound(), path), made)
    };
    at_every_step(attempt, |(_directory, home, made), case| {
        let whole = is_whole(&home, 1);
        assert!(whole || made.is_err(), "{case}");
        match make(&home, 2) {
            Err(HomeError::Taken { .. }) => assert!(whole, "{case}"),
            again => {
                again.unwrap();
                assert!(!whole && is_whole(&home, 2), "{case}");
            }
        }
    });
}

#[test]
fn a_head_is_remembered_wherever_a_step_fails() {
    let head = |size: u64| CosignedHead {
        size,
        root: Digest([7; 32]),
        time: 1_700_000_000 + size,
    };
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        let sound = Home::on(Faulty::sound(), directory.path());
        sound.remember_cosigned(&head(1)).unwrap();
        let remembered = Home::on(system, directory.path()).remember_cosigned(&head(2));
        (directory, remembered)
    };
    at_every_step(attempt, |(directory, remembered), case| {
        let found = Home::new(directory.path()).cosigned().unwrap();
        let is_new = found == Some(head(2));
        assert!(is_new || found == Some(head(1)), "{case}: {found:?}");
        assert!(is_new || remembered.is_err(), "{case}");
    });
}

#[test]
fn a_damaged_memory_is_no_empty_one() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::new(directory.path());
    assert_eq!(home.cosigned().unwrap(), None);
    fs::write(directory.path().join(COSIGNED), b"").unwrap();
    let error = home.cosigned().unwrap_err().to_string();
    assert!(error.contains("cosigned.json is damaged"), "{error}");
    assert!(error.contains("put the file back from a copy"), "{error}");
}

#[test]
fn a_damaged_key_is_named_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::new(directory.path());
    make(&home, 1).unwrap();
    let passphrase = Passphrase::new(*b"secret");
    let error = home.identity(&passphrase).err().unwrap().to_string();
    assert!(error.contains("identity.sealed: "), "{error}");
    assert!(error.contains("put it back from a copy"), "{error}");
}

const SHARE: &str = "share-1-7.sealed";
const OTHER_SHARE: &str = "share-2-9.sealed";
const SEALED: [u8; 300] = [0x5e; 300];

/// A directory with two shares, of which the first is to be wiped.
fn with_shares() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in [SHARE, OTHER_SHARE] {
        files::write_private(&directory.path().join(file), &SEALED).unwrap();
    }
    directory
}

#[test]
fn a_wiped_share_is_written_over_where_it_was() {
    let directory = with_shares();
    // Another name for the very octets.
    let kept = directory.path().join("kept");
    fs::hard_link(directory.path().join(SHARE), &kept).unwrap();
    Home::new(directory.path()).wipe_share(1, 7).unwrap();
    assert!(!directory.path().join(SHARE).exists());
    assert_eq!(fs::read(kept).unwrap(), [0; SEALED.len()]);
}

#[test]
fn a_share_is_gone_once_it_is_said_to_be_wherever_a_step_fails() {
    let attempt = |system: Arc<Faulty>| {
        let directory = with_shares();
        let wiped = Home::on(system, directory.path()).wipe_share(1, 7);
        (directory, wiped)
    };
    at_every_step(attempt, |(directory, wiped), case| {
        let home = Home::new(directory.path());
        let read = |file| fs::read(directory.path().join(file)).ok();
        let seats = |home: &Home| -> BTreeSet<(u32, u32)> {
            home.share_seats().unwrap().into_iter().collect()
        };
        if wiped.is_ok() {
            assert_eq!(read(SHARE), None, "{case}");
        }
        // As its machine does in the next round, or after a start.
        for (epoch, attempt) in seats(&home).into_iter().filter(|seat| seat.0 == 1) {
            home.wipe_share(epoch, attempt).unwrap();
        }
        assert_eq!(seats(&home), [(2, 9)].into(), "{case}");
        assert_eq!(read(OTHER_SHARE).unwrap(), SEALED, "{case}");
        // Nothing hurts twice.
        home.wipe_share(1, 7).unwrap();
    });
}
