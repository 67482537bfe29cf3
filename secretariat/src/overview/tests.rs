//! The page of a filled example is pinned; hostile text stays text.

use super::view::{BallotView, ChangeView, FindingsView, MemberView, ProposalView, SetView};
use super::*;

const EXAMPLE: &str = include_str!("example.json");

fn example() -> View {
    serde_json::from_str(EXAMPLE).unwrap()
}

/// To renew the file after a change that is meant, run this test with
/// `COMITY_GOLDEN=write`.
#[test]
fn the_page_of_the_example_is_as_pinned() {
    let page = render(&example());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/overview/example.html");
    if std::env::var_os("COMITY_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(path, &page).unwrap();
    }
    assert!(
        page == std::fs::read_to_string(path).unwrap(),
        "the page differs from {path}"
    );
}

#[test]
fn the_status_as_json_is_as_pinned() {
    let pinned: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    assert_eq!(serde_json::to_value(example()).unwrap(), pinned);
}

#[test]
fn a_change_is_shown_as_its_act_has_it() {
    for change in example()
        .proposals
        .iter()
        .flat_map(|proposal| &proposal.changes)
    {
        let text = serde_json::to_value(change).unwrap();
        let act: comity_core::zone::Change = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&act).unwrap(), text);
        assert_eq!(ChangeView::from(&act), *change);
    }
}

#[test]
fn a_zone_that_has_nothing_yet_has_a_page() {
    let page = render(&View::default());
    for expected in [
        "none yet",
        "Nobody has proposed anything yet",
        "No edition has been signed",
        "No shares have been dealt",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "</style><script>alert('x')</script>\" onload=\"x\u{202e}";
    let text = || String::from(hostile);
    let change = |op: &str| ChangeView {
        op: op.into(),
        name: text(),
        rtype: text(),
        old: Some(SetView {
            ttl: 1,
            data: vec![text(), "same".into()],
        }),
        new: Some(SetView {
            ttl: 2,
            data: vec![text(), text()],
        }),
    };
    let mut view = example();
    view.zone.name = text();
    view.zone.kind = text();
    view.zone.key = Some(text());
    view.charter.title = text();
    view.charter.preamble = text();
    view.charter.digest = text();
    view.charter.clauses[0].text = text();
    view.ledger.id = text();
    view.ledger.origin = text();
    view.ledger.root = text();
    view.members.push(MemberView {
        name: text(),
        key: text(),
        ..Default::default()
    });
    for epoch in [&mut view.shares.epochs, &mut view.shares.others] {
        epoch[0].exposed = vec![text()];
        epoch[0].kept = vec![text()];
    }
    view.shares.due.as_mut().unwrap().reason = text();
    view.zone.zonemd = Some(text());
    view.editions[1].changes = vec![change("MOD"), change(hostile)];
    view.proposals[1].by = text();
    let decision = view.proposals[1].decision.as_mut().unwrap();
    decision.result = text();
    decision.rule = text();
    view.proposals.push(ProposalView {
        id: text(),
        by: text(),
        reason: text(),
        changes: vec![change("ADD"); 20],
        needs_consent: vec![text()],
        ballots: vec![BallotView {
            member: text(),
            vote: text(),
        }],
        findings: vec![FindingsView {
            by: text(),
            stage: text(),
            worst: Some(text()),
            broken: vec![text()],
            ..Default::default()
        }],
        ..Default::default()
    });

    let page = render(&view);
    for markup in ["<script", "onload=\"", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn every_element_is_closed_in_its_place() {
    let mut open: Vec<&str> = Vec::new();
    let page = render(&example());
    let body = page.split_once("<body>").unwrap().1;
    for tag in body
        .split('<')
        .skip(1)
        .map(|rest| rest.split(['>', ' ']).next().unwrap())
    {
        match tag.strip_prefix('/') {
            Some("body" | "html") => assert!(open.is_empty(), "{open:?}"),
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag == "br" => {}
            None => open.push(tag),
        }
    }
}

#[test]
fn a_decision_against_access_names_the_rule_and_whose_consent_is_missing() {
    let page = render(&example());
    assert!(page.contains("access. The consent of the holder of <b>atoll.</b> is missing"));
    assert!(page.contains("4 for, 1 against, 0 abstain"));
}

#[test]
fn exposed_shares_are_shown_also_where_they_never_sign() {
    let page = render(&example());
    assert!(page.contains("<td>2: <b>cedarpoint</b>, <b>elmstead</b> <b class=\"low\">half of"));
    assert!(page.contains("<b>ashgrove</b>, <b>dunmore</b></td>"));
}
