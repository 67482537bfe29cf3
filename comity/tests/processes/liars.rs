//! Members that lie, stall, answer twice or late, between honest ones: each
//! edition is signed all the same, whoever lied is named with the proof, and
//! nobody else is left out.

use std::collections::BTreeSet;
use std::fs;

use comity_core::act::json::Payload;
use comity_core::act::{Envelope, Session, SessionKind};
use comity_mirror::ledger::{entries, fetch_checkpoint};
use comity_mirror::source::Directory;
use comity_sign::identity::Identity;
use data_encoding::BASE64;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::http;
use crate::support::liar::{Liar, Lie, Said, TRUTH};
use crate::support::zone::{Plan, SECRETARIAT, Zone};

/// What is said of who is not asked again.
const LEFT_OUT: &str = "left out of the next session";
const LIED: &str = "sent wrong shares";
const SILENT: &str = "silent";

/// What a member does, the statuses of the answers that it gets for one
/// session's shares, or else for its commitments, and why it is left out.
struct Case {
    what: &'static str,
    lie: Lie,
    answers: &'static [u16],
    left_out: Option<&'static str>,
}

const CASES: &[Case] = &[
    Case {
        what: "flips a bit",
        lie: |me, said| shares(me, said, |octets| octets[8] ^= 4),
        answers: &[200],
        left_out: Some(LIED),
    },
    Case {
        what: "sends zeros",
        lie: |me, said| shares(me, said, |octets| octets.fill(0)),
        answers: &[200],
        left_out: Some(LIED),
    },
    Case {
        what: "sends half of its shares",
        lie: |me, said| shares(me, said, |octets| octets.truncate(octets.len() / 2)),
        answers: &[200],
        left_out: Some(LIED),
    },
    Case {
        what: "sends no shares",
        lie: |me, said| shares(me, said, Vec::clear),
        answers: &[200],
        left_out: Some(LIED),
    },
    Case {
        what: "sends the right shares and then wrong ones",
        lie: |me, said| {
            let wrong = shares(me, said, |octets| octets[0] ^= 1);
            match said {
                Said::Shares(_) => [TRUTH(me, said), wrong].concat(),
                _ => wrong,
            }
        },
        answers: &[200, 409],
        left_out: None,
    },
    Case {
        what: "sends its shares as those of the edition before",
        lie: |me, said| match said {
            Said::Shares(shares) => {
                let mut shares = shares.clone();
                shares.session.edition -= 1;
                [me.signed(&shares)].into()
            }
            _ => TRUTH(me, said),
        },
        answers: &[409],
        left_out: Some(SILENT),
    },
    Case {
        what: "swaps its commitments",
        lie: |me, said| commitments(me, said, |octets| octets[..64].rotate_left(32)),
        answers: &[200],
        left_out: Some(SILENT),
    },
    Case {
        what: "commits to a message less",
        lie: |me, said| commitments(me, said, |octets| octets.truncate(octets.len() - 64)),
        answers: &[409],
        left_out: None,
    },
    Case {
        what: "commits to what is no point",
        lie: |me, said| commitments(me, said, |octets| octets[..32].fill(0xff)),
        answers: &[422],
        left_out: None,
    },
];

/// The message with other shares; commitments stay as they are.
fn shares(me: &Identity, said: &Said, change: impl Fn(&mut Vec<u8>)) -> Vec<Envelope> {
    match said {
        Said::Shares(shares) => {
            let mut shares = shares.clone();
            shares.shares = changed(&shares.shares, change);
            [me.signed(&shares)].into()
        }
        _ => TRUTH(me, said),
    }
}

/// The message with other commitments; shares stay as they are.
fn commitments(me: &Identity, said: &Said, change: impl Fn(&mut Vec<u8>)) -> Vec<Envelope> {
    match said {
        Said::Commit(commit) => {
            let mut commit = commit.clone();
            commit.commitments = changed(&commit.commitments, change);
            [me.signed(&commit)].into()
        }
        _ => TRUTH(me, said),
    }
}

fn changed(text: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut octets = BASE64.decode(text.as_bytes()).unwrap();
    change(&mut octets);
    BASE64.encode(&octets)
}

#[test]
fn whatever_one_of_four_says_the_others_sign() {
    let (mut zone, liar) = four_of_whom_one_lies();
    for (number, case) in (2..).zip(CASES) {
        tell(&mut zone, &liar, number, case);
    }
    let evidence = zone.workshop.text("secretariat/evidence");
    let proofs = audit(&zone, &evidence).done()["proofs"].clone();
    let proofs = proofs.as_array().unwrap().clone();
    let lied = CASES.iter().filter(|case| case.left_out == Some(LIED));
    assert_eq!(proofs.len(), lied.count());
    assert!(
        proofs.iter().all(|proof| proof["member"] == "alba"),
        "{proofs:?}"
    );
    assert_eq!(zone.audit().code, Some(0));
    zone.nobody_panicked();
}

#[test]
fn who_answers_after_the_others_have_signed_is_not_heard_and_proves_nothing() {
    let (mut zone, liar) = four_of_whom_one_lies();
    let case = Case {
        what: "answers late",
        lie: |me, said| match said {
            Said::Shares(_) => Vec::new(),
            _ => TRUTH(me, said),
        },
        answers: &[],
        left_out: Some(SILENT),
    };
    tell(&mut zone, &liar, 2, &case);
    let heard = liar.heard();
    let late = heard.iter().find(|heard| is_shares(&heard.honest)).unwrap();
    assert_eq!(liar.send(&late.honest).status, 409);
    assert_eq!(zone.view().unwrap().editions.len(), 2);

    fs::create_dir(zone.workshop.path("said")).unwrap();
    zone.workshop
        .write("said/late.json", &late.honest.to_octets());
    let refused = audit(&zone, &zone.workshop.text("said"));
    let (rule, text) = refused.refused();
    assert_eq!(rule, "evidence");
    assert!(
        text.ends_with("late.json proves nothing: the shares of alba are right"),
        "{text}"
    );
}

/// Four members, of whom three sign; alba's line belongs to somebody else.
fn four_of_whom_one_lies() -> (Zone, Liar) {
    let mut zone = Zone::prepare(&Plan {
        members: 4,
        threshold: 3,
        pace: &[("ceremony_timeout_s", 20), ("session_timeout_s", 5)],
        ..Plan::default()
    });
    let liar = zone.liar("alba");
    zone.start_all();
    let edition = zone.wait_for_edition(1);
    zone.wait_until_served(edition.serial);
    (zone, liar)
}

/// Signs the edition of this number while alba does as the case says, and sees
/// what comes of it.
fn tell(zone: &mut Zone, liar: &Liar, number: u64, case: &Case) {
    // A new secretariat holds nothing against anybody.
    zone.stop(SECRETARIAT);
    liar.lie(case.lie);
    zone.start(SECRETARIAT);
    let before = zone.log(SECRETARIAT).len();
    // Without delta there is no threshold without alba.
    zone.process("delta").signal(Signal::STOP);
    zone.change("harbour", &format!("try-{number}"));
    let is_refused = || {
        let answers = liar.heard().into_iter().flat_map(|heard| heard.answers);
        answers.into_iter().any(|answer| answer.status != 200)
    };
    let is_asked = || {
        let signers = sessions(zone, number).pop()?.signers;
        signers.contains(&"alba".to_string()).then_some(())
    };
    zone.wait(&format!("alba that {}", case.what), || {
        is_asked().or_else(|| is_refused().then_some(()))
    });
    zone.process("delta").signal(Signal::CONT);
    zone.wait_for_edition(number);

    let what = case.what;
    let tries = tries(zone, number);
    let expected = if case.left_out.is_some() { 2 } else { 1 };
    assert_eq!(tries.len(), expected, "{what}: {tries:?}");
    let said = left_out(zone, before);
    let expected: Vec<_> = case
        .left_out
        .iter()
        .map(|why| ("alba".into(), (*why).into()))
        .collect();
    assert_eq!(said, expected, "{what}");
    let statuses = |heard: &[http::Answer]| heard.iter().map(|it| it.status).collect::<Vec<_>>();
    let heard = liar.heard();
    let answers = heard.iter().rev().map(|heard| statuses(&heard.answers));
    assert!(
        answers.into_iter().any(|found| found == case.answers),
        "{what}"
    );
}

#[test]
fn eleven_of_twenty_one_sign_though_five_are_away_and_two_lie() {
    let mut zone = Zone::prepare(&Plan {
        members: 21,
        threshold: 11,
        // Nobody is passed over where the machine is slow.
        pace: &[
            ("ceremony_timeout_s", 60),
            ("session_timeout_s", 30),
            ("session_pace_s", 30),
        ],
        ..Plan::default()
    });
    let liars = ["boreal", "quay"].map(|name| zone.liar(name));
    zone.start_all();
    let edition = zone.wait_for_edition(1);
    zone.wait_until_served(edition.serial);

    for member in ["alba", "fjord", "karst", "prairie", "upland"] {
        zone.kill(member);
    }
    liars[0].lie(|me, said| shares(me, said, |octets| octets[7] ^= 1));
    liars[1].lie(|me, said| shares(me, said, |octets| octets.fill(0)));
    let before = zone.log(SECRETARIAT).len();
    // Nine others, so that both are asked.
    let held_up = ["cedar", "glade", "ledge", "oasis", "tundra"];
    for member in held_up {
        zone.process(member).signal(Signal::STOP);
    }
    zone.change("harbour", "second");
    zone.wait("both to be asked", || {
        let signers = sessions(&zone, 2).pop()?.signers;
        let both = ["boreal", "quay"].map(String::from);
        both.iter().all(|liar| signers.contains(liar)).then_some(())
    });
    for member in held_up {
        zone.process(member).signal(Signal::CONT);
    }
    zone.change_and_serve("atoll", "second");
    let editions = zone.view().unwrap().editions.len() as u64;

    // The lie cost one try, and none later.
    assert_eq!(tries(&zone, 2).len(), 2);
    for number in 2..=editions {
        let good = tries(&zone, number).pop().unwrap();
        assert!(
            !good.contains("boreal") && !good.contains("quay"),
            "{good:?}"
        );
    }
    assert!((3..=editions).all(|number| tries(&zone, number).len() == 1));
    let why = |name: &str| (name.to_string(), LIED.to_string());
    assert_eq!(left_out(&zone, before), [why("boreal"), why("quay")]);
    let evidence = zone.workshop.text("secretariat/evidence");
    let proofs = audit(&zone, &evidence).done()["proofs"].clone();
    let named: BTreeSet<&str> = proofs.as_array().unwrap().iter().map(named).collect();
    assert_eq!(named, BTreeSet::from(["boreal", "quay"]));
    zone.nobody_panicked();
}

fn named(proof: &Value) -> &str {
    proof["member"].as_str().unwrap()
}

/// The sessions of an edition so far, in order.
fn sessions(zone: &Zone, edition: u64) -> Vec<Session> {
    let source = Directory::new(zone.ledger());
    let read = || {
        let size = fetch_checkpoint(&source).ok()?.checkpoint.size;
        entries(&source, 0, size)
            .collect::<Result<Vec<_>, _>>()
            .ok()
    };
    let entries = zone.wait("the ledger", read);
    let acts = entries
        .iter()
        .map(|entry| Envelope::parse(entry, entry.len()).unwrap());
    let sessions = acts.filter(|act| act.payload_type() == Session::TYPE);
    let sessions = sessions.map(|act| act.payload::<Session>().unwrap());
    sessions
        .filter(|session| session.edition == edition)
        .collect()
}

/// The signers of each try of an edition's records.
fn tries(zone: &Zone, edition: u64) -> Vec<BTreeSet<String>> {
    let sessions = sessions(zone, edition).into_iter();
    let records = sessions.filter(|session| session.kind == SessionKind::Records);
    records
        .map(|session| session.signers.into_iter().collect())
        .collect()
}

/// Who was left out and why, by the secretariat's log from this place on. Who
/// sent wrong shares is named with the message, which is kept.
fn left_out(zone: &Zone, from: usize) -> Vec<(String, String)> {
    let log = zone.log(SECRETARIAT);
    let field = |line: &str, name: &str| {
        let rest = line.split_once(&format!("{name}=")).unwrap().1;
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        rest.split(['"', ' ']).next().unwrap().to_string()
    };
    let mut found = Vec::new();
    for line in log[from..].lines().filter(|line| line.contains(LEFT_OUT)) {
        let why = [LIED, SILENT]
            .into_iter()
            .find(|why| line.contains(why))
            .unwrap();
        if why == LIED {
            let file = format!("secretariat/evidence/{}.json", field(line, "proof"));
            assert!(zone.workshop.path(&file).exists(), "{line}");
        }
        found.push((field(line, "member"), why.to_string()));
    }
    found
}

fn is_shares(message: &Envelope) -> bool {
    message.payload_type() == comity_core::message::Shares::TYPE
}

fn audit(zone: &Zone, evidence: &str) -> crate::support::workshop::Ran {
    let ledger = zone.ledger().display().to_string();
    let audit = [
        "audit",
        &ledger,
        "--founding",
        &zone.founding,
        "--evidence",
        evidence,
    ];
    zone.workshop.run(&audit)
}
