//! Nonsense in the drop box: each act is refused by its rule, in words, and
//! changes nothing.

use comity_core::act::json::Payload;
use comity_core::act::{Ballot, Envelope, Proposal, RULES, TimeAct, Vote};
use comity_core::basic::{Digest, Time};
use comity_core::limits;
use serde_json::Value;

use crate::support::http;
use crate::support::zone::{Plan, Zone};

#[test]
fn malformed_acts_are_refused_by_rule_and_change_nothing() {
    let zone = Zone::serve(&Plan::default());
    let before = zone.wait("a quiet ledger", || {
        let view = zone.view()?;
        (view.ledger.cosigned == 3).then_some(view)
    });
    for (name, octets, status, rule) in no_acts(&zone).into_iter().chain(forbidden_acts(&zone)) {
        let answer = http::post(zone.http_address(), "/v1/acts", &octets);
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        assert_eq!(body["rule"].as_str(), Some(rule), "{name}: {}", answer.body);
        let text = body["text"].as_str().unwrap_or_default();
        assert!(text.len() > 12, "{name}: {}", answer.body);
    }
    refuses_nonsense_at_every_door(&zone);
    let mut after = zone.view().unwrap();
    // Only time goes on.
    after.as_of = before.as_of;
    after.signatures.left_s = before.signatures.left_s;
    assert_eq!(after, before);
    zone.audit().done();
    zone.change_and_serve("harbour", "second");
    zone.nobody_panicked();
}

/// What members send, and what anybody may ask for.
fn refuses_nonsense_at_every_door(zone: &Zone) {
    let server = zone.http_address();
    let doors = [
        ("/v1/messages", limits::MESSAGE_OCTETS_MAX),
        ("/v1/cosignatures", 4096),
        ("/v1/endorsements", 4096),
    ];
    for (door, octets_max) in doors {
        let deep = "[".repeat(4000).into_bytes();
        for octets in [
            b"nonsense".to_vec(),
            Vec::new(),
            vec![0xff; 64],
            b"{}".to_vec(),
            deep,
        ] {
            let answer = http::post(server, door, &octets);
            assert!(
                [400, 409, 422].contains(&answer.status),
                "{door}: {answer:?}"
            );
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            assert!(
                body["rule"].is_string() && body["text"].is_string(),
                "{door}: {answer:?}"
            );
        }
        let answer = http::post(server, door, &vec![b' '; octets_max + 1]);
        assert_eq!(answer.status, 413, "{door}: {answer:?}");
    }
    let paths = [
        "/../secretariat.toml",
        "/%2e%2e/secretariat.toml",
        "/blob/../../log.sealed",
        "//etc/passwd",
        "/blob/",
        "/v1/nonsense",
    ];
    for path in paths {
        let answer = http::get(server, path);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    assert_eq!(http::get(server, "/v1/tasks?after=nonsense").status, 400);
    assert_eq!(http::post(server, "/checkpoint", b"nonsense").status, 405);
}

/// What it is called, its octets, and how it is refused.
type Case = (&'static str, Vec<u8>, u16, &'static str);

/// Octets that are no signed act.
fn no_acts(zone: &Zone) -> Vec<Case> {
    let ballot = ballot(zone);
    let signed = zone.identity("alba").signed(&ballot).to_octets();
    let text = String::from_utf8(signed).unwrap();
    let renamed = text.replace(Ballot::TYPE, "application/vnd.comity.nonsense.v1+json");
    let somebody = zone.identity("boreal").public().to_string();
    let forged = text.replace(&signer(&text), &somebody);
    let spaced = text.replace("\":\"", "\": \"");
    let doubled = text.replacen('{', "{\"payload\":\"\",", 1);
    let unsigned = Envelope::unsigned(&ballot).to_octets();
    let oversized = vec![b' '; limits::ENTRY_OCTETS_MAX + 1];
    vec![
        ("not JSON", b"nonsense".to_vec(), 422, "format"),
        ("empty", Vec::new(), 422, "format"),
        ("not UTF-8", vec![0xff; 64], 422, "format"),
        ("not canonical", spaced.into(), 422, "format"),
        ("a field twice", doubled.into(), 422, "format"),
        ("unsigned", unsigned, 422, "format"),
        ("unknown type", renamed.into(), 422, "format"),
        ("somebody else's signature", forged.into(), 422, "format"),
        ("oversized", oversized, 413, "too-large"),
    ]
}

/// Signed acts that break a rule of the state.
fn forbidden_acts(zone: &Zone) -> Vec<Case> {
    let (alba, harbour) = (zone.identity("alba"), zone.identity("harbour"));
    let ballot = ballot(zone);
    let ledger = ballot.ledger;
    let time = TimeAct {
        rules: RULES,
        ledger,
        checkpoint: "nonsense".into(),
    };
    let proposal = Proposal {
        rules: RULES,
        ledger,
        changes: Vec::new(),
        matter: None,
        amends: None,
        reason: "nothing".into(),
        deadline: Time(u64::MAX >> 12),
    };
    let elsewhere = Ballot {
        ledger: Digest([9; 32]),
        ..ballot.clone()
    };
    let cases = [
        ("not a member's", harbour.signed(&ballot), "not-entitled"),
        ("the secretariat's", alba.signed(&time), "not-entitled"),
        ("another ledger's", alba.signed(&elsewhere), "other-ledger"),
        ("no changes", alba.signed(&proposal), "change-list"),
        ("about nothing", alba.signed(&ballot), "proposal-unknown"),
    ];
    let cases = cases.into_iter();
    cases
        .map(|(name, act, rule)| (name, act.to_octets(), 422, rule))
        .collect()
}

/// A ballot on a proposal that there is not.
fn ballot(zone: &Zone) -> Ballot {
    Ballot {
        rules: RULES,
        ledger: zone.founding.parse().unwrap(),
        proposal: Digest([7; 32]),
        vote: Vote::For,
    }
}

/// The first key that signed, as it is written.
fn signer(envelope: &str) -> String {
    let value: Value = serde_json::from_str(envelope).unwrap();
    let key = value["signatures"][0]["keyid"].as_str();
    key.unwrap().to_string()
}
