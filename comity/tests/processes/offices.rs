//! Holders whose keys are kept in several offices without a network: papers
//! carry what they sign from one to the other.

use std::fs;

use comity_core::basic::Digest;
use serde_json::Value;

use crate::support::dns;
use crate::support::workshop::Ran;
use crate::support::zone::{Plan, Zone};

/// The keys of one holder: three offices and a safe.
const OFFICES: [&str; 3] = ["office1", "office2", "office3"];
const SAFE: &str = "safe";

#[test]
fn two_of_three_offices_consent_off_line() {
    let zone = of_offices();
    let proposal = proposed(&zone, "office1", "second");
    let papers = zone.workshop.text("be.papers");
    zone.ask(&["consent", &proposal, "--prepare", &papers])
        .done();
    let again = zone.ask(&["consent", &proposal, "--prepare", &papers]);
    assert_eq!(again.code, Some(2), "papers are not overwritten: {again:?}");

    // Nobody has signed, then one has.
    let (rule, text) = submitted(&zone, &papers).refused_as();
    assert_eq!(rule, "policy-not-met", "{text}");
    let shown = signed(&zone, "office3", &["consent", "--sign", &papers]).done();
    let words = shown["words"].as_str().unwrap();
    for said in ["harbour. NS: a.nic.harbour. -> ", "NOC harbour. DS: 15000"] {
        assert!(words.contains(said), "{said} is not in:\n{words}");
    }
    let (rule, text) = submitted(&zone, &papers).refused_as();
    assert_eq!(rule, "policy-not-met", "{text}");
    assert!(text.contains("1 of 2 operational keys"), "{text}");

    refuses_other_keys_and_other_papers(&zone, &papers);
    signed(&zone, "office1", &["sign", &papers]).done();
    zone.ask(&["consent", "--submit", &papers]).done();
    zone.wait("the new server to be served", || {
        let servers = dns::name_servers(zone.dns(), "harbour.");
        servers
            .contains(&"second.harbour.".to_string())
            .then_some(())
    });
    let (rule, _) = submitted(&zone, &papers).refused_as();
    assert_eq!(rule, "proposal-decided");
    zone.audit().done();
    zone.nobody_panicked();
}

fn refuses_other_keys_and_other_papers(zone: &Zone, papers: &str) {
    let table = [
        (SAFE, "both-sets"),
        ("office3", "signed"),
        ("atoll", "not-entitled"),
    ];
    for (party, rule) in table {
        let ran = signed(zone, party, &["sign", papers]);
        assert_eq!(ran.refused().0, rule, "{party}");
    }
    // What was put in between on the way between two offices.
    let text = fs::read_to_string(papers).unwrap();
    let forged = text.replacen("a.nic.harbour.", "e.nic.harbour.", 1);
    assert_ne!(text, forged);
    let other = zone.workshop.write("forged.papers", forged.as_bytes());
    let ran = signed(zone, "office1", &["sign", &other.display().to_string()]);
    assert_eq!(ran.refused().0, "papers-present");
}

#[test]
fn recovery_overrules_stolen_keys() {
    let zone = of_offices();
    key(&zone, "thief");
    let before = shown(&zone, "harbour.");
    // With two of three keys the thief has all of the names.
    let papers = zone.workshop.text("stolen.papers");
    let rotate = ["holder", "rotate", "--key", &card(&zone, "thief")];
    let rest = ["--policy", "1", "--prepare", &papers];
    zone.act("office1", &[&rotate[..], &rest].concat()).done();
    signed(&zone, "office2", &["sign", &papers]).done();
    submitted(&zone, &papers).done();
    let stolen = shown(&zone, "harbour.");
    assert_eq!(stolen["id"], before["id"]);
    assert_eq!(stolen["revision"], 2);
    // What takes a name away whole waits for the holder's delay.
    let remove = ["propose", "--remove", "harbour.", "--reason", "Mine now"];
    let proposal = id_of(&zone.act("thief", &remove).done());
    zone.act("thief", &["consent", &proposal]).done();
    // Its holder sees it, and how.
    let theft = shown(&zone, "harbour.")["proposals"][0].clone();
    assert_eq!(
        (&theft["id"], &theft["consent"]),
        (&proposal.as_str().into(), &"operational".into())
    );

    let recover = ["holder", "recover", "--policy", "1", "--key"];
    let third = card(&zone, "office3");
    let recover = [&recover[..], &[third.as_str()]].concat();
    zone.act(SAFE, &recover).done();
    let recovered = shown(&zone, "harbour.");
    assert_eq!(recovered["revision"], 3);
    assert_eq!(recovered["proposals"][0]["consent"], Value::Null);
    let keys = &recovered["keys"]["operational"]["keys"];
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert_eq!(keys[0], key_of(&zone, "office3"));
    let ran = zone.act("thief", &["consent", &proposal]);
    assert_eq!(ran.refused().0, "not-holder");
    // And the recovery set stays out of the operational keys' reach.
    let reach = zone.act("office3", &["holder", "recover", "--delay", "0s"]);
    assert_eq!(reach.refused().0, "recovery-needed");
    zone.nobody_panicked();
}

#[test]
fn a_name_goes_to_whoever_accepts_it() {
    let zone = of_offices();
    let heir = zone.workshop.text("heir");
    let init = ["holder", "init", "--dir", &heir, "--name", "heir"];
    zone.workshop
        .run(&[&init[..], &["--no-recovery"]].concat())
        .done();
    let card = zone.workshop.text("heir/holder.json");
    let papers = zone.workshop.text("transfer.papers");
    let transfer = ["holder", "transfer", "harbour.", "--to", &card];
    let transfer = [&transfer[..], &["--prepare", &papers]].concat();
    zone.act(SAFE, &transfer).done();
    let (rule, text) = submitted(&zone, &papers).refused_as();
    assert_eq!(rule, "policy-not-met");
    assert!(text.contains("0 of 1 operational keys"), "{text}");
    signed(&zone, "heir", &["sign", &papers]).done();
    submitted(&zone, &papers).done();

    let new = shown(&zone, "harbour.");
    assert_eq!(new["names"], serde_json::json!(["harbour."]));
    assert_eq!(new["keys"]["operational"]["keys"][0], key_of(&zone, "heir"));
    let proposal = proposed(&zone, "office1", "third");
    let ran = zone.act(SAFE, &["consent", &proposal]);
    assert_eq!(ran.refused().0, "not-holder", "the old holder is none");
    zone.act("heir", &["consent", &proposal]).done();
    zone.nobody_panicked();
}

#[test]
fn what_waits_for_a_holder_ends_when_it_objects() {
    let zone = Zone::serve(&Plan::default());
    key(&zone, "other");
    zone.act("atoll", &["holder", "recover", "--delay", "1h"])
        .done();
    let to = ["--key", &card(&zone, "other")];
    zone.act("atoll", &[&["holder", "rotate"], &to[..]].concat())
        .done();
    let testament = zone.workshop.text("testament.papers");
    let heir = zone.workshop.text("harbour/holder.json");
    let will = [
        "holder",
        "testament",
        "--to",
        &heir,
        "--prepare",
        &testament,
    ];
    zone.act("atoll", &will).done();
    submitted(&zone, &testament).done();
    let waiting = shown(&zone, "atoll.")["waiting"].clone();
    let ids: Vec<_> = waiting.as_array().unwrap().iter().map(id_of).collect();
    assert_eq!(ids.len(), 2, "{waiting}");
    for id in &ids {
        let object = ["holder", "object", &id[..16], "--reason", "Not by us"];
        zone.act("atoll", &object).done();
    }
    let after = shown(&zone, "atoll.");
    assert_eq!(after["waiting"], serde_json::json!([]));
    assert_eq!(
        after["keys"]["operational"]["keys"][0],
        key_of(&zone, "atoll")
    );
    let (rule, _) = submitted(&zone, &testament).refused_as();
    assert_eq!(rule, "act-known", "it can never come again");
    zone.nobody_panicked();
}

/// A zone in which `harbour.` is held by two of three offices, with a key in a
/// safe to recover them.
fn of_offices() -> Zone {
    let zone = Zone::serve(&Plan::default());
    for party in [&OFFICES[..], &[SAFE]].concat() {
        key(&zone, party);
    }
    let cards = OFFICES.map(|office| card(&zone, office));
    let safe = card(&zone, SAFE);
    let mut recover = vec!["holder", "recover", "--policy", "2", "--delay", "1h"];
    recover.extend(cards.iter().flat_map(|card| ["--key", card]));
    recover.extend(["--recovery-key", &safe]);
    zone.act("harbour", &recover).done();
    zone
}

fn key(zone: &Zone, party: &str) {
    let dir = zone.workshop.text(party);
    let key = ["holder", "key", "--dir", &dir, "--name", party];
    zone.workshop.run(&key).done();
}

fn card(zone: &Zone, party: &str) -> String {
    zone.workshop.text(&format!("{party}/card.json"))
}

fn key_of(zone: &Zone, party: &str) -> String {
    let card = fs::read(card(zone, party)).unwrap();
    let card: Value = serde_json::from_slice(&card).unwrap();
    card["key"].as_str().unwrap().to_string()
}

fn shown(zone: &Zone, which: &str) -> Value {
    let said = zone.ask(&["holder", "show", which]).done();
    said["holders"][0].clone()
}

/// Has a party propose one more server for `harbour.`; the proposal's id.
fn proposed(zone: &Zone, party: &str, label: &str) -> String {
    let host = format!("{label}.harbour.");
    let sets = [
        format!("{host} 172800 A 192.0.2.77"),
        "harbour. 172800 NS a.nic.harbour.".into(),
        format!("harbour. 172800 NS {host}"),
    ];
    let mut propose = vec!["propose", "--no-checks", "--reason", "One more"];
    propose.extend(sets.iter().flat_map(|set| ["--set", set]));
    id_of(&zone.act(party, &propose).done())
}

fn id_of(value: &Value) -> String {
    let id = value["id"].as_str().unwrap();
    id.parse::<Digest>().unwrap().to_string()
}

/// Runs a command off line, in the name of a party.
fn signed(zone: &Zone, party: &str, args: &[&str]) -> Ran {
    let home = zone.workshop.text(party);
    zone.workshop.run(&[args, &["--as", &home]].concat())
}

fn submitted(zone: &Zone, papers: &str) -> Ran {
    zone.ask(&["submit", papers])
}
