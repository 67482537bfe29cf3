//! Members that come, vote, declare and go; their votes as a file.

use std::fs;

use serde_json::Value;

use crate::support::dns;
use crate::support::zone::{Plan, Zone};

#[test]
fn a_member_joins_by_signing_the_charter() {
    let zone = Zone::serve(&Plan::default());
    admit_fjord(&zone);
    // Before it signs it has no vote, and after it is one of four.
    let text = ["propose", "--set", ". 60 TXT \"one\"", "--keep", ". NS"];
    let text = [&text[..], &["--reason", "A word, and the servers stay"]].concat();
    let proposal = id_of(&zone.act("alba", &text).done());
    let early = zone.act("fjord", &["vote", &proposal, "for"]);
    assert_eq!(early.refused().0, "not-entitled");
    zone.act("fjord", &["member", "accede"]).done();
    let again = zone.act("fjord", &["member", "accede"]);
    assert_eq!(again.refused().0, "charter-signed");

    // An amendment comes first, and the text is then not put to the vote.
    let amend = ["propose", "--set", ". 60 TXT \"two\"", "--keep", ". NS"];
    let amend = [
        &amend[..],
        &["--reason", "Two words", "--amends", &proposal],
    ]
    .concat();
    let amendment = id_of(&zone.act("boreal", &amend).done());
    let reserve = ["declare", &amendment, "--text", "We would rather have none"];
    zone.act("cedar", &reserve).done();
    let reading = ["declare", "charter", "--text", "We read clause 1 strictly"];
    zone.act("fjord", &reading).done();
    let ballots = [
        ("boreal", "against"),
        ("cedar", "abstain"),
        ("alba", "for"),
        ("fjord", "for"),
    ];
    for (member, ballot) in ballots {
        zone.act(member, &["vote", &amendment, ballot]).done();
    }
    assert_eq!(decided(&zone, &amendment), ["adopted", "rule-met"]);
    assert_eq!(decided(&zone, &proposal), ["lapsed", "not-put"]);

    let calls = roll_calls(&zone);
    assert_eq!(
        votes(&calls, "Two words"),
        [("alba", 1), ("boreal", 3), ("cedar", 2), ("fjord", 1)]
    );
    let admission = votes(&calls, "Welcome, Fjord");
    assert_eq!(admission, [("alba", 1), ("boreal", 1), ("cedar", 8)]);
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn who_leaves_keeps_its_names() {
    let mut zone = Zone::serve(&Plan::default());
    let card = zone.workshop.text("alba/card.json");
    zone.act("harbour", &["holder", "rotate", "--key", &card])
        .done();
    let ballot = ["propose", "--set", ". 60 TXT \"x\"", "--reason", "Stay"];
    let proposal = id_of(&zone.act("boreal", &ballot).done());
    // Two of three, and the third could no longer change it.
    for member in ["alba", "boreal"] {
        zone.act(member, &["vote", &proposal, "for"]).done();
    }
    assert_eq!(decided(&zone, &proposal), ["adopted", "rule-met"]);
    zone.act(
        "alba",
        &["member", "depart", "--reason", "The table is not round"],
    )
    .done();
    zone.stop("alba");
    let late = ["propose", "--set", ". 60 TXT \"y\"", "--reason", "Go"];
    let late = id_of(&zone.act("boreal", &late).done());
    let ran = zone.act("alba", &["vote", &late, "against"]);
    assert_eq!(ran.refused().0, "not-entitled");

    let sets = [
        "harbour. 172800 NS a.nic.harbour.",
        "harbour. 172800 NS a.root.commons.",
    ];
    let own = [
        "propose",
        "--no-checks",
        "--reason",
        "One more",
        "--set",
        sets[0],
        "--set",
        sets[1],
    ];
    let own = id_of(&zone.act("alba", &own).done());
    zone.act("alba", &["consent", &own]).done();
    zone.wait("the change to be served", || {
        let servers = dns::name_servers(zone.dns(), "harbour.");
        servers
            .contains(&"a.root.commons.".to_string())
            .then_some(())
    });
    // What it voted before it left is not forgotten.
    let calls = roll_calls(&zone);
    assert_eq!(
        votes(&calls, "Stay"),
        [("alba", 1), ("boreal", 1), ("cedar", 8)]
    );
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn another_charter_is_voted_and_signed() {
    let zone = Zone::serve(&Plan::default());
    let text = fs::read_to_string(zone.workshop.path("charter.toml")).unwrap();
    let title = text
        .lines()
        .find(|line| line.starts_with("title = "))
        .unwrap();
    let other = text.replace(title, "title = \"A table that is round\"");
    let path = zone.workshop.write("other.toml", other.as_bytes());
    let propose = ["propose", "--no-checks", "--reason", "Rounder", "--charter"];
    let path = path.display().to_string();
    let proposal = zone.act("alba", &[&propose[..], &[&path]].concat()).done();
    let proposal = id_of(&proposal);
    let early = zone.act("alba", &["member", "accede"]);
    assert_eq!(early.refused().0, "charter-signed");
    // Two of three, and the third could no longer change it.
    for member in ["alba", "boreal"] {
        zone.act(member, &["vote", &proposal, "for"]).done();
    }
    assert_eq!(decided(&zone, &proposal), ["adopted", "rule-met"]);
    let papers = zone.workshop.text("accession.papers");
    zone.ask(&["member", "accede", "--prepare", &papers]).done();
    let home = zone.workshop.text("alba");
    let shown = zone.workshop.run(&["sign", &papers, "--as", &home]).done();
    let words = shown["words"].as_str().unwrap();
    assert!(words.contains("A table that is round"), "{words}");
    zone.ask(&["submit", &papers]).done();
    zone.nobody_panicked();
}

/// Two of three vote for it, which is enough.
fn admit_fjord(zone: &Zone) {
    let home = zone.workshop.text("fjord");
    let init = ["member", "init", "--dir", &home, "--name", "fjord"];
    let init = [&init[..], &["--secretariat", "http://unset"]].concat();
    zone.workshop.run(&init).done();
    let card = format!("fjord={home}/card.json");
    let admit = ["propose", "--admit", &card, "--reason", "Welcome, Fjord"];
    let proposal = id_of(&zone.act("alba", &admit).done());
    for member in ["alba", "boreal"] {
        zone.act(member, &["vote", &proposal, "for"]).done();
    }
    assert_eq!(decided(zone, &proposal), ["adopted", "rule-met"]);
}

/// Result and rule of a proposal, once it is decided.
fn decided(zone: &Zone, id: &str) -> [String; 2] {
    zone.wait("a decision", || {
        let proposals = zone.view()?.proposals;
        let proposal = proposals.into_iter().find(|known| known.id == id)?;
        proposal.decision.map(|made| [made.result, made.rule])
    })
}

fn roll_calls(zone: &Zone) -> String {
    let file = zone.workshop.text("votes.csv");
    zone.ask(&["export", "roll-calls", "--out", &file]).done();
    fs::read_to_string(&file).unwrap()
}

/// Who voted how, by the codes of the data sets, where this was voted on.
fn votes<'a>(calls: &'a str, descr: &str) -> Vec<(&'a str, u8)> {
    let lines = calls.lines().skip(1);
    lines
        .filter(|line| line.contains(descr))
        .map(|line| {
            let mut fields = line.rsplit(',');
            let vote = fields.next().unwrap().parse().unwrap();
            (fields.next().unwrap(), vote)
        })
        .collect()
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap().to_string()
}
