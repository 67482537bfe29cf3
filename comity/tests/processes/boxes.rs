//! Drop boxes: what they promise is kept when the secretariat is away or they
//! are killed; members hold a secretariat to it that leaves an act out; and
//! where it is not kept, the receipt proves it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use comity_core::act::{Decision, Declaration, Envelope, RULES, Receipt, TimeAct, Vote, json};
use comity_core::basic::Time;
use comity_core::ledger::{Cosignature, CosignedCheckpoint, leaf_hash};
use comity_core::limits::{LODGED_OCTETS_MAX, MERGE_SECONDS};
use comity_core::state::Founded;
use comity_member::acts;
use comity_member::home::Home as PartyHome;
use comity_mirror::follow::Follower;
use comity_mirror::receipts::Given;
use comity_mirror::source::Directory;
use comity_secretariat::dropbox::home::Home as BoxHome;
use serde_json::Value;

use crate::dishonest::forge;
use crate::support::censor::{self, Censor};
use crate::support::http;
use crate::support::process::Process;
use crate::support::workshop::Ran;
use crate::support::zone::{Plan, SECRETARIAT, Zone};

const BOX: &str = "north";

#[test]
fn a_ballot_reaches_the_ledger_by_way_of_a_box_while_the_secretariat_is_away() {
    let mut zone = with_box();
    zone.start(BOX);
    let proposal = propose(&zone, "7d");
    // It took the first ballot, so it has seen the proposal.
    let first = lodge_until_taken(&zone, "cedar", &["vote", &proposal, "for"]);
    wait_until_merged(&zone, &first);
    zone.kill(SECRETARIAT);
    let lodged = lodge(&zone, "boreal", &["vote", &proposal, "against"]).done();
    assert!(lodged["act"].is_null(), "{lodged}");
    assert_eq!(lodged["box"]["name"], BOX);
    assert_eq!(outstanding(&zone), [lodged["id"].clone()]);

    zone.start(SECRETARIAT);
    let position = wait_until_merged(&zone, &lodged);
    let ballots = zone.view().unwrap().proposals[0].ballots.clone();
    assert!(ballots.iter().any(|cast| cast.member == "boreal"));
    assert_eq!(outstanding(&zone), Vec::<Value>::new());
    let audited = audit(&zone).done();
    let kept = audited["receipts"].as_array().unwrap();
    assert_eq!(kept.len(), 2, "{audited}");
    assert!(kept.iter().all(|one| one["standing"] == "kept"), "{kept:?}");
    assert!(
        kept.iter().any(|one| one["position"] == position),
        "{kept:?}"
    );
    zone.nobody_panicked();
}

#[test]
fn a_box_that_is_killed_before_it_could_forward_keeps_its_promise() {
    let mut zone = with_box();
    zone.start(BOX);
    let proposal = propose(&zone, "7d");
    lodge_until_taken(&zone, "cedar", &["vote", &proposal, "for"]);
    zone.kill(SECRETARIAT);
    let lodged = lodge(&zone, "boreal", &["vote", &proposal, "for"]).done();
    zone.kill(BOX);
    // Before it has read the ledger again it takes nothing new, and knows what
    // it took.
    zone.start(BOX);
    let before = shown(&zone, &lodged);
    let file = read_json(Path::new(lodged["box"]["receipt"].as_str().unwrap()));
    assert_eq!(before["receipt"], file["receipt"]);
    let again = http::post(zone.box_address(BOX), "/v1/acts", &entry(&file));
    let again: Value = serde_json::from_str(&again.body).unwrap();
    assert_eq!(again["receipt"], file["receipt"]);
    let other = lodge(&zone, "alba", &["vote", &proposal, "for"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stdout.contains("has not been read yet"), "{other:?}");

    zone.start(SECRETARIAT);
    wait_until_merged(&zone, &lodged);
    assert_eq!(shown(&zone, &lodged)["receipt"], file["receipt"]);
    zone.nobody_panicked();
}

#[test]
fn acts_go_through_a_box_by_themselves_when_the_secretariat_takes_none() {
    let mut zone = with_box();
    zone.start(BOX);
    let proposal = propose(&zone, "7d");
    lodge_until_known(&zone, &proposal);
    let busy = Censor::start(zone.http_address(), censor::BUSY);
    let (home, url) = (zone.workshop.text("boreal"), busy.url());
    let receipts = zone.workshop.text("receipts");
    let vote = ["vote", &proposal, "for", "--as", &home, "--ledger", &url];
    let rest = ["--founding", &zone.founding, "--receipts", &receipts];
    let lodged = zone.workshop.run(&[&vote[..], &rest].concat()).done();
    assert_eq!(lodged["box"]["name"], BOX, "{lodged}");
    wait_until_merged(&zone, &lodged);
    let audited = audit(&zone).done();
    assert_eq!(audited["receipts"][0]["standing"], "kept", "{audited}");
    zone.nobody_panicked();
}

#[test]
fn a_box_that_the_charter_does_not_name_promises_nothing_and_says_why() {
    let zone = Zone::serve(&Plan::default());
    let (home, secretariat) = (zone.workshop.text(BOX), zone.http().to_string());
    let init = ["box", "init", &home, "--name", BOX, "--url", "http://box"];
    zone.workshop.run(&init).done();
    let run = ["box", "run", &home, "--listen", "127.0.0.1:0", "--ledger"];
    let run = [&run[..], &[&secretariat, "--founding", &zone.founding]].concat();
    let log = zone.workshop.path("logs/north.log");
    let mut process = Process::start(zone.workshop.command(&run), &log);
    let address = zone.workshop.path("north/address");
    let address: SocketAddr = zone.wait("the box to be open", || {
        fs::read_to_string(&address).ok()?.parse().ok()
    });
    let ballot = zone.identity("alba").signed(&Declaration {
        rules: RULES,
        ledger: zone.founding.parse().unwrap(),
        to: zone.founding.parse().unwrap(),
        text: "We are here.".into(),
    });
    zone.wait("the box to say why", || {
        let answer = http::post(address, "/v1/acts", &ballot.to_octets());
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.rule().as_deref(), Some("unready"));
        answer.body.contains("names no drop box").then_some(())
    });
    let said = || fs::read_to_string(&log).unwrap();
    zone.wait("the box's log to say it too", || {
        said().contains("takes no acts: the charter").then_some(())
    });
    let large = vec![b'7'; LODGED_OCTETS_MAX + 1];
    for (method, path, body, status, rule) in [
        ("POST", "/v1/acts", &large[..], 413, "too-large"),
        ("GET", "/v1/acts", b"", 405, "method"),
        ("GET", "/v1/receipts/nonsense", b"", 404, "not-found"),
        ("GET", "/v1/receipts?after=nonsense", b"", 400, "request"),
        ("GET", "/checkpoint", b"", 404, "not-found"),
    ] {
        let answer = http::request(address, method, path, body);
        let found = (answer.status, answer.rule());
        assert_eq!(found, (status, Some(rule.into())), "{method} {path}");
    }
    // Another process on the same directory would give other receipts.
    let second = zone.workshop.run(&run);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert_eq!(process.stop().code(), Some(0), "{}", said());
    zone.nobody_panicked();
}

#[test]
fn members_sign_no_changes_while_an_act_that_a_box_took_is_left_out() {
    let mut zone = with_box();
    let proposal = propose(&zone, "7d");
    // An hour cannot pass here: the box says that it took the ballot an hour
    // ago. Members do not go by that, but by what the receipt asks for.
    let given = overdue_ballot(&zone, "boreal", &proposal);
    let censor = Censor::start(zone.http_address(), censor::REFUSED);
    for member in zone.members.clone() {
        let directory = zone.workshop.path(member).join("receipts");
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("one.json"), json::encode(&given)).unwrap();
        zone.lead_anew(member, &censor.url());
    }
    zone.change("harbour", "second");
    for member in zone.members.clone() {
        for said in [
            "an act that a drop box took is not on the ledger",
            "signs no edition with changed contents",
            "does not take an act that is overdue",
        ] {
            zone.wait(&format!("{member} to say: {said}"), || {
                zone.log(member).contains(said).then_some(())
            });
        }
        assert!(zone.log(member).contains(&given.leaf.unwrap().to_string()));
        assert!(zone.log(member).contains(BOX));
    }
    assert_eq!(zone.view().unwrap().editions.len(), 1);

    censor.relent();
    let edition = zone.wait_for_edition(2);
    zone.wait_until_served(edition.serial);
    let ballots = zone.view().unwrap().proposals[0].ballots.clone();
    assert!(ballots.iter().any(|cast| cast.member == "boreal"));
    // Nothing is hidden: the audit says that the box lied about the time.
    let directory = zone.workshop.path("receipts");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("one.json"), json::encode(&given)).unwrap();
    let (rule, text) = audit(&zone).refused_as();
    assert_eq!(rule, "receipt-false", "{text}");
    assert!(text.contains(BOX), "{text}");
    zone.nobody_panicked();
}

#[test]
fn a_receipt_for_an_act_that_never_comes_proves_it() {
    let mut zone = with_box();
    zone.start(BOX);
    let proposal = propose(&zone, "60s");
    zone.act("alba", &["vote", &proposal, "for"]).done();
    lodge_until_known(&zone, &proposal);
    zone.kill(SECRETARIAT);
    let lodged = lodge(&zone, "boreal", &["vote", &proposal, "for"]).done();
    zone.stop_all();
    let standing = |zone: &Zone| {
        let audited = audit(zone);
        let receipts = audited.json["receipts"].as_array().unwrap().clone();
        (audited.code, receipts[0].clone())
    };
    let (code, receipt) = standing(&zone);
    assert_eq!(
        (code, receipt["standing"].as_str()),
        (Some(0), Some("not-due"))
    );

    // Time goes on, by a clock that only this ledger has.
    let ended = |founded: &Founded| {
        let known = &founded.proposals[0];
        founded.close(known).unwrap_or(founded.time.unwrap())
    };
    move_time(&zone, |founded| ended(founded).plus(60));
    let (code, receipt) = standing(&zone);
    assert_eq!(
        (code, receipt["standing"].as_str()),
        (Some(0), Some("not-due"))
    );
    move_time(&zone, |founded| ended(founded).plus(60 + 2 * MERGE_SECONDS));
    forge(&zone, |founded| -> Decision {
        let (decision, _) = founded.decide(&founded.proposals[0]).unwrap();
        decision
    });
    let (code, receipt) = standing(&zone);
    assert_eq!(
        (code, receipt["standing"].as_str()),
        (Some(3), Some("breach"))
    );
    assert_eq!(
        (&receipt["act"], &receipt["box"]),
        (&lodged["id"], &BOX.into())
    );
    let decision = &receipt["breach"]["decision"];
    assert_eq!(decision["result"], "lapsed", "{receipt}");
    assert_eq!(decision["would_differ"], true, "{receipt}");
    let text = {
        let (ledger, receipts) = (zone.ledger(), zone.workshop.text("receipts"));
        let ledger = ledger.display().to_string();
        let audit = ["audit", &ledger, "--receipts", &receipts];
        crate::support::workshop::ran(&mut zone.workshop.command(&audit)).stdout
    };
    assert!(text.contains("BREACH"), "{text}");
    assert!(text.contains("which it would have changed"), "{text}");
}

fn with_box() -> Zone {
    Zone::serve(&Plan {
        boxes: &[BOX],
        ..Plan::default()
    })
}

/// A proposal on what is common, which needs the votes of most.
fn propose(zone: &Zone, deadline: &str) -> String {
    let set = ["--set", ". 518400 NS a.root.commons."];
    let propose = ["propose", "--reason", "One server", "--deadline", deadline];
    let proposed = zone.act("alba", &[&propose[..], &set].concat()).done();
    proposed["id"].as_str().unwrap().to_string()
}

/// Runs a command as a party on a copy of the ledger, through the box.
fn lodge(zone: &Zone, party: &str, args: &[&str]) -> Ran {
    let home = zone.workshop.text(party);
    let ledger = zone.ledger().display().to_string();
    let receipts = zone.workshop.text("receipts");
    let rest = ["--as", &home, "--ledger", &ledger, "--founding"];
    let through = ["--box", BOX, "--receipts", &receipts];
    let args = [args, &rest, &[zone.founding.as_str()], &through].concat();
    zone.workshop.run(&args)
}

fn lodge_until_taken(zone: &Zone, party: &str, args: &[&str]) -> Value {
    zone.wait("the box to see what is voted on", || {
        let ran = lodge(zone, party, args);
        (ran.code == Some(0)).then_some(ran.json)
    })
}

/// Waits until the box has seen the proposal: it takes a statement beside it.
fn lodge_until_known(zone: &Zone, proposal: &str) {
    let declare = ["declare", proposal, "--text", "We are here."];
    let lodged = lodge_until_taken(zone, "cedar", &declare);
    wait_until_merged(zone, &lodged);
    fs::remove_dir_all(zone.workshop.path("receipts")).unwrap();
}

fn shown(zone: &Zone, lodged: &Value) -> Value {
    let file = read_json(Path::new(lodged["box"]["receipt"].as_str().unwrap()));
    let path = format!("/v1/receipts/{}", file["leaf"].as_str().unwrap());
    let answer = http::get(zone.box_address(BOX), &path);
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// The ids of what the box has promised and the ledger has not.
fn outstanding(zone: &Zone) -> Vec<Value> {
    let answer = http::get(zone.box_address(BOX), "/v1/receipts");
    let page: Value = serde_json::from_str(&answer.body).unwrap();
    let receipts = page["receipts"].as_array().unwrap();
    receipts.iter().map(|one| one["id"].clone()).collect()
}

fn wait_until_merged(zone: &Zone, lodged: &Value) -> u64 {
    zone.wait("the ledger to have the act", || {
        shown(zone, lodged)["position"].as_u64()
    })
}

fn audit(zone: &Zone) -> Ran {
    let ledger = zone.ledger().display().to_string();
    let receipts = zone.workshop.text("receipts");
    let audit = ["audit", &ledger, "--founding", &zone.founding];
    let rest = ["--receipts", &receipts];
    zone.workshop.run(&[&audit[..], &rest].concat())
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn entry(given: &Value) -> Vec<u8> {
    let act: Envelope = serde_json::from_value(given["act"].clone()).unwrap();
    act.to_octets()
}

fn follow(zone: &Zone) -> Follower {
    let mut follower = Follower::new(Box::new(Directory::new(zone.ledger())), None);
    follower.poll().unwrap();
    follower
}

/// A ballot with a receipt that says to be of an hour ago.
fn overdue_ballot(zone: &Zone, member: &str, proposal: &str) -> Given {
    let follower = follow(zone);
    let founded = follower.state().founded().unwrap();
    let ballot = acts::ballot(founded, proposal.parse().unwrap(), Vote::For);
    let home = PartyHome::new(zone.workshop.path(member));
    let act = home.identity(&zone.passphrase()).unwrap().signed(&ballot);
    let key = BoxHome::new(zone.workshop.path(BOX));
    let receipt = Receipt {
        rules: RULES,
        ledger: founded.ledger,
        leaf: leaf_hash(&act.to_octets()),
        size: follower.state().log().size(),
        time: Time(founded.time.unwrap().0 - 2 * MERGE_SECONDS),
    };
    let receipt = key.identity(&zone.passphrase()).unwrap().signed(&receipt);
    Given {
        id: Some(act.id()),
        leaf: Some(leaf_hash(&act.to_octets())),
        position: None,
        receipt,
        act: Some(act),
    }
}

/// Moves ledger time as nobody's clock would, with everybody's cosignature.
fn move_time(zone: &Zone, to: impl FnOnce(&Founded) -> Time) {
    forge(zone, |founded| {
        let time = to(founded);
        let head = fs::read(zone.ledger().join("checkpoint")).unwrap();
        let mut head = CosignedCheckpoint::parse(&head).unwrap();
        head.cosignatures.clear();
        for member in &founded.members {
            let home = PartyHome::new(zone.workshop.path(&member.name));
            let identity = home.identity(&zone.passphrase()).unwrap();
            let signature = identity.sign(&Cosignature::message(time, &head.checkpoint));
            let line = Cosignature::new(&member.cosigner, time, signature);
            head.cosignatures.push(line);
        }
        TimeAct {
            rules: RULES,
            ledger: founded.ledger,
            checkpoint: head.to_text(),
        }
    });
}
