//! A founding that is cut off at any step can be tried again, or is whole.

use std::fs;

use comity_core::basic::PublicKey;
use comity_core::charter::CharterRules;
use comity_mirror::zonefile;

use super::*;
use crate::faulty::{Faulty, at_every_step};

const ORIGIN: &str = "ledger.example/root";
const LISTEN: &str = "127.0.0.1:8053";
const ZONE: &str = "\
. 86400 IN SOA a.root.commons. table.commons. 1 1800 900 604800 86400
. 518400 IN NS a.root.commons.
commons. 172800 IN NS a.root.commons.
a.root.commons. 518400 IN A 192.0.2.1
";

fn parts() -> FoundingParts {
    FoundingParts {
        kind: Kind::Root,
        charter: Charter {
            title: "Commons".into(),
            preamble: "Together.".into(),
            clauses: Vec::new(),
            rules: CharterRules::defaults(),
        },
        contents: zonefile::read_from(ZONE.as_bytes(), None).unwrap().contents,
        holders: Holders {
            holders: Vec::new(),
        },
        members: vec![FoundingMember {
            name: "alba".into(),
            key: PublicKey([1; 32]),
        }],
    }
}

/// A key whose sealed form is only looked at, for sealing takes long.
fn fresh_key() -> FreshKey<'static> {
    let identity = Identity::generate(&mut OsRng);
    FreshKey {
        origin: ORIGIN,
        sealed: identity.public().0.to_vec(),
        identity: Arc::new(identity),
    }
}

fn found(home: &Home, key: &FreshKey) -> Result<Digest, HomeError> {
    let _alone = home.prepare()?;
    home.lay_out(&parts(), LISTEN, key)
}

/// The draft's id where there is a secretariat, all of it of this key.
fn founded(home: &Home, key: &FreshKey) -> Option<Digest> {
    let draft = home.draft().ok()?;
    assert_eq!(home.config().unwrap().origin, ORIGIN);
    assert_eq!(fs::read(home.directory.join(LOG_KEY)).unwrap(), key.sealed);
    let writer = home.writer(&home.config().unwrap(), &key.identity);
    let writer = writer.unwrap();
    let founding: Founding = draft.payload().unwrap();
    for blob in [founding.charter, founding.contents, founding.holders] {
        assert!(writer.blob(&blob).is_ok());
    }
    Some(draft.id())
}

#[test]
fn a_founding_that_fails_at_any_step_can_be_tried_again_or_is_whole() {
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("var/secretariat");
        let key = fresh_key();
        let outcome = found(&Home::on(system, &path), &key);
        (directory, Home::on(Faulty::sound(), path), key, outcome)
    };
    at_every_step(attempt, |(_directory, home, key, outcome), case| {
        let is_whole = founded(&home, &key);
        if let Ok(id) = outcome {
            assert_eq!(is_whole, Some(id), "{case}");
        }
        let other = fresh_key();
        match (is_whole, found(&home, &other)) {
            (Some(_), Err(HomeError::Taken { .. })) => {}
            (None, Ok(id)) => assert_eq!(founded(&home, &other), Some(id), "{case}"),
            (_, outcome) => panic!("{case}: {is_whole:?}, then {outcome:?}"),
        }
    });
}

#[test]
fn what_a_founding_did_not_leave_is_not_removed() {
    for kept in ["ledger/tile/0/000.p/1", "ledger/letter", "ledger/blob/cat"] {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::new(directory.path());
        let path = directory.path().join(kept);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"mine").unwrap();
        let outcome = found(&home, &fresh_key());
        assert!(matches!(outcome, Err(HomeError::Taken { .. })), "{kept}");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
}

#[test]
fn two_do_not_found_in_one_directory_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::new(directory.path());
    let _alone = home.prepare().unwrap();
    let second = found(&home, &fresh_key()).unwrap_err().to_string();
    assert!(second.contains("another process is at work"), "{second}");
}

#[test]
fn a_secretariat_says_what_to_do_where_its_founding_is_not_whole() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::new(directory.path());
    found(&home, &fresh_key()).unwrap();
    let path = directory.path().join(DRAFT);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..9]).unwrap();
    let damaged = home.draft().unwrap_err().to_string();
    assert!(damaged.contains("founding.draft: "), "{damaged}");
    assert!(damaged.contains("found anew"), "{damaged}");
    fs::remove_file(&path).unwrap();
    let missing = home.draft().unwrap_err().to_string();
    assert!(missing.contains("run `comity found` again"), "{missing}");
}
