//! What a party finds in its directory after a write that failed.

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
