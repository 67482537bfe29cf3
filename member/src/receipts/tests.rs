//! What a member holds of drop boxes, and when it is overdue.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use comity_core::act::{Declaration, Envelope, json};
use comity_core::zone::{Name, Rdata, RecordSet, Rtype};
use comity_mirror::client::Client;
use comity_mirror::files::Local;
use comity_mirror::receipts::{Given, Page};
use comity_sign::identity::Identity;
use rand_core::OsRng;

use super::room::*;
use super::*;
use crate::surroundings::Errands;

const LEDGER: Digest = Digest([7; 32]);

fn act(text: &str) -> Envelope {
    Identity::generate(&mut OsRng).signed(&Declaration {
        rules: RULES,
        ledger: LEDGER,
        to: LEDGER,
        text: text.into(),
    })
}

fn given(key: &Identity, act: &Envelope) -> Given {
    let receipt = key.signed(&Receipt {
        rules: RULES,
        ledger: LEDGER,
        leaf: leaf_of(act),
        size: 5,
        time: Time(1000),
    });
    Given {
        id: Some(act.id()),
        leaf: Some(leaf_of(act)),
        position: None,
        receipt,
        act: Some(act.clone()),
    }
}

#[test]
fn an_act_is_overdue_an_hour_of_ledger_time_after_its_receipt() {
    let receipt = Receipt {
        rules: RULES,
        ledger: LEDGER,
        leaf: LEDGER,
        size: 5,
        time: Time(1000),
    };
    // None is of a ledger that is longer than this one.
    assert!(!is_overdue(&receipt, (4, Some(Time(9999))), false));
    for (now, is_on_ledger, expected) in [
        (None, false, false),
        (Some(1000), false, false),
        (Some(4600), false, false),
        (Some(4601), false, true),
        (Some(4601), true, false),
        (Some(u64::MAX), false, true),
        (Some(u64::MAX), true, false),
        // Before it was given, as a box that lies may say.
        (Some(0), false, false),
    ] {
        let found = is_overdue(&receipt, (5, now.map(Time)), is_on_ledger);
        assert_eq!(found, expected, "{now:?}, on the ledger: {is_on_ledger}");
    }
    let last = Receipt {
        time: Time(u64::MAX),
        ..receipt
    };
    assert!(!is_overdue(
        &last,
        (5, Some(Time(limits::INTEGER_MAX))),
        false
    ));
}

fn change(old: Option<&str>, new: Option<&str>) -> Change {
    let name: Name = "a.example.".parse().unwrap();
    let set = |address: &str| {
        let data = Rdata::from_text(Rtype::A, address).unwrap();
        RecordSet::of_one(60, data)
    };
    Change {
        name,
        rtype: Rtype::A,
        old: old.map(set),
        new: new.map(set),
    }
}

#[test]
fn what_was_changed_and_changed_back_is_no_change() {
    let (one, two) = (Some("192.0.2.1"), Some("192.0.2.2"));
    let table: [(&[Change], bool); 5] = [
        (&[], false),
        (&[change(one, two)], true),
        (&[change(None, one)], true),
        (&[change(one, two), change(two, one)], false),
        (&[change(one, two), change(two, None)], true),
    ];
    for (changes, expected) in table {
        assert_eq!(is_change(changes), expected, "{changes:?}");
    }
}

#[test]
fn a_box_has_its_room_and_no_more() {
    let key = Identity::generate(&mut OsRng);
    let held = |text: &str| Held::verify(given(&key, &act(text))).unwrap();
    let mut room = Room::default();
    let first = held("first");
    room.add(first.clone());
    room.add(first.clone());
    assert_eq!((room.held.len(), room.octets), (1, first.octets()));
    // The receipt alone does not take the place of one with its act, but the
    // other way round.
    let alone = Held {
        act: None,
        ..first.clone()
    };
    let mut other = Room::default();
    other.add(alone.clone());
    other.add(first.clone());
    room.add(alone);
    for room in [&room, &other] {
        assert!(room.held.values().all(|held| held.act.is_some()));
        assert_eq!(room.octets, first.octets());
    }
    let large = "x".repeat(16 * 1024);
    for number in 0..limits::RECEIPTS_PER_BOX_MAX {
        if room.is_full() {
            break;
        }
        room.add(held(&format!("{number} {large}")));
    }
    assert!(room.is_full());
    assert!(room.octets <= limits::RECEIPTS_OCTETS_PER_BOX_MAX);
    room.retain(|id| *id == first.receipt.leaf);
    assert_eq!(room.octets, first.octets());
}

#[test]
fn what_does_not_verify_is_not_held() {
    let key = Identity::generate(&mut OsRng);
    let (one, other) = (act("one"), act("other"));
    let sound = given(&key, &one);
    assert!(Held::verify(sound.clone()).is_some());
    let unsigned = Given {
        receipt: Envelope::unsigned(&sound.receipt.payload::<Receipt>().unwrap()),
        ..sound.clone()
    };
    let exchanged = Given {
        act: Some(other.clone()),
        ..sound.clone()
    };
    let misnamed = Given {
        id: Some(other.id()),
        ..sound.clone()
    };
    let mishashed = Given {
        leaf: Some(leaf_of(&other)),
        ..sound.clone()
    };
    let no_act = Given {
        act: Some(sound.receipt.clone()),
        ..sound.clone()
    };
    for wrong in [unsigned, exchanged, misnamed, mishashed, no_act] {
        assert!(Held::verify(wrong).is_none());
    }
    let alone = Given { act: None, ..sound };
    assert!(Held::verify(alone).unwrap().act.is_none());
}

/// Answers each request with the next of these pages.
fn show(pages: Vec<Page>) -> (Client, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shown = thread::spawn(move || {
        let answer = |page: Page| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut octet = [0];
                stream.read_exact(&mut octet).unwrap();
                request.extend(octet);
            }
            let body = json::encode(&page);
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream
                .write_all(&[head.into_bytes(), body].concat())
                .unwrap();
            let request = String::from_utf8(request).unwrap();
            request.lines().next().unwrap().to_string()
        };
        pages.into_iter().map(answer).collect()
    });
    (Client::new(&url, ANSWER), shown)
}

#[test]
fn a_list_is_read_page_after_page_and_only_this_boxs_receipts_are_taken() {
    let [key, other] = [(); 2].map(|()| Identity::generate(&mut OsRng));
    let acts: Vec<_> = (0..5).map(|n| act(&n.to_string())).collect();
    let first = Page {
        receipts: vec![given(&key, &acts[0]), given(&key, &acts[1])],
        more: true,
    };
    let second = Page {
        receipts: vec![
            given(&key, &acts[2]),
            given(&other, &acts[3]),
            given(&key, &acts[4]),
        ],
        more: true,
    };
    let (client, shown) = show(vec![first, second]);
    let room = Shared::default();
    // What another key signed ends it, also for what stands behind it.
    let asked = ask(&client, key.public(), &room);
    assert!(matches!(asked, Err(LinkError::Malformed { .. })));
    let expected: BTreeSet<_> = acts[..3].iter().map(leaf_of).collect();
    let found: BTreeSet<_> = lock(&room).held.keys().copied().collect();
    assert_eq!(found, expected);
    let requests = shown.join().unwrap();
    let after = format!("GET /v1/receipts?after={} HTTP/1.1", leaf_of(&acts[1]));
    assert_eq!(requests, ["GET /v1/receipts HTTP/1.1".to_string(), after]);

    // A box that hides what it showed does not have it forgotten.
    let (client, shown) = show(vec![Page::default()]);
    ask(&client, key.public(), &room).unwrap();
    shown.join().unwrap();
    assert_eq!(lock(&room).held.len(), 3);
}

#[test]
fn an_empty_page_with_more_behind_it_is_the_last() {
    let page = Page {
        receipts: Vec::new(),
        more: true,
    };
    let (client, shown) = show(vec![page]);
    ask(&client, PublicKey([1; 32]), &Shared::default()).unwrap();
    assert_eq!(shown.join().unwrap().len(), 1);
}

#[test]
fn the_operators_receipts_are_those_in_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let key = Identity::generate(&mut OsRng);
    let one = given(&key, &act("one"));
    assert!(read(&Local, &directory.path().join("missing"), BTreeMap::new()).is_empty());
    let write = |name: &str, octets: &[u8]| fs::write(directory.path().join(name), octets).unwrap();
    write("answer.json", &json::encode(&one));
    write("alone.json", &one.receipt.to_octets());
    write("nonsense", b"nonsense");
    write("large", &vec![b'{'; limits::RECEIPT_FILE_OCTETS_MAX + 1]);
    let found = read(&Local, directory.path(), BTreeMap::new());
    assert_eq!(found.values().flatten().count(), 2);
    assert_eq!(found.len(), 3);
    fs::remove_file(directory.path().join("answer.json")).unwrap();
    let found = read(&Local, directory.path(), found);
    let held: Vec<_> = found.values().flatten().collect();
    assert!(held.len() == 1 && held[0].act.is_none());
}

#[test]
fn without_threads_a_room_is_filled_when_its_time_has_come() {
    let directory = tempfile::tempdir().unwrap();
    let key = Identity::generate(&mut OsRng);
    let errand = DirectoryErrand::new(Arc::new(Local), directory.path().into());
    let mut place = Place::new(errand, Errands::InTurn);
    place.look(Duration::from_secs(100));
    assert!(lock(place.room()).held.is_empty());
    let one = given(&key, &act("one"));
    fs::write(directory.path().join("answer.json"), json::encode(&one)).unwrap();
    for (now, expected) in [(104, 0), (105, 1)] {
        place.look(Duration::from_secs(now));
        assert_eq!(lock(place.room()).held.len(), expected);
    }
}
