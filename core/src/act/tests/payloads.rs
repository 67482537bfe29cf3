//! Payloads that are none, in envelopes that are right and signed: what is
//! signed is the text, and a value has one text.

use std::string::{String, ToString};
use std::vec::Vec;

use super::{CUT_SHORT, FIELD, SYNTAX, TOO_LARGE, envelope, refused};
use crate::act::json::{self, Payload};
use crate::act::{Ballot, Edition, Proposal, Session, TimeAct};
use crate::refusal::FormatRefusal;
use crate::refusal::FormatRefusal::NotCanonical;
use crate::state::tests::world::{World, log, member};

/// What is done to the text of a payload, and what the check says.
type Row = (&'static str, fn(&str) -> String, FormatRefusal);

const PROPOSAL: &[Row] = &[
    ("nothing in it", |_| String::new(), CUT_SHORT),
    (
        "a space after it",
        |text| text.to_string() + " ",
        NotCanonical,
    ),
    (
        "another version of the rules",
        |text| put(text, "\"rules\":1", "\"rules\":2"),
        { FormatRefusal::Rules { found: 2 } },
    ),
    (
        "a float",
        |text| put(text, "\"rules\":1", "\"rules\":1.0"),
        FIELD,
    ),
    (
        "an exponent",
        |text| put(text, "\"rules\":1", "\"rules\":1e0"),
        FIELD,
    ),
    (
        "a minus",
        |text| put(text, "\"rules\":1", "\"rules\":-1"),
        FIELD,
    ),
    (
        "a minus zero",
        |text| put(text, "\"rules\":1", "\"rules\":-0"),
        FIELD,
    ),
    (
        "a leading zero",
        |text| put(text, "\"rules\":1", "\"rules\":01"),
        SYNTAX,
    ),
    (
        "a plus",
        |text| put(text, "\"rules\":1", "\"rules\":+1"),
        SYNTAX,
    ),
    (
        "a number in a string",
        |text| put(text, "\"rules\":1", "\"rules\":\"1\""),
        FIELD,
    ),
    (
        "a number that is true",
        |text| put(text, "\"rules\":1", "\"rules\":true"),
        FIELD,
    ),
    (
        "no number",
        |text| put(text, "\"rules\":1", "\"rules\":NaN"),
        SYNTAX,
    ),
    (
        "a number beyond its width",
        |text| put(text, "\"rules\":1", "\"rules\":4294967297"),
        FIELD,
    ),
    (
        "a time that is null",
        |text| put(text, "1767182400", "null"),
        FIELD,
    ),
    (
        "a time above 2^53-1",
        |text| put(text, "1767182400", "9007199254740992"),
        FIELD,
    ),
    (
        "a time above 2^64-1",
        |text| put(text, "1767182400", "18446744073709551616"),
        FIELD,
    ),
    (
        "an unknown field",
        |text| put(text, "{\"rules\"", "{\"more\":1,\"rules\""),
        FIELD,
    ),
    (
        "a field twice",
        |text| put(text, "{\"rules\":1", "{\"rules\":1,\"rules\":1"),
        FIELD,
    ),
    (
        "a field missing",
        |text| put(text, "\"rules\":1,", ""),
        FIELD,
    ),
    (
        "its fields in another order",
        |text| {
            let text = put(text, ",\"reason\":\"because\"", "");
            put(&text, "\"rules\":1,", "\"reason\":\"because\",\"rules\":1,")
        },
        NotCanonical,
    ),
    (
        "an array in its place",
        |text| {
            let names = ["rules", "ledger", "changes", "reason", "deadline"];
            // The two that are left out have their place in an array too.
            let text = put(text, "\"reason\":", "null,null,\"reason\":");
            let text = names.iter().fold(text.to_string(), |text, name| {
                put(&text, &std::format!("\"{name}\":"), "")
            });
            std::format!("[{}]", &text[1..text.len() - 1])
        },
        NotCanonical,
    ),
    (
        "a digest in capitals",
        |text| text.replacen("\"ledger\":\"", "\"ledger\":\"A", 1),
        FIELD,
    ),
    (
        "an escape that is not needed",
        |text| put(text, "because", "b\\u0065cause"),
        NotCanonical,
    ),
    (
        "a character that should be escaped",
        |text| put(text, "because", "be\ncause"),
        SYNTAX,
    ),
    (
        "an object in the place of a list",
        |text| put(text, "\"changes\":[", "\"changes\":{},\"x\":["),
        FIELD,
    ),
    (
        "a thousand brackets",
        |text| {
            put(
                text,
                "\"changes\":[",
                &("\"changes\":".to_string() + &"[".repeat(1000)),
            )
        },
        SYNTAX,
    ),
];

const CHANGE: &[Row] = &[
    (
        "a change of an unknown kind",
        |text| put(text, "\"MOD\"", "\"NOC\""),
        FIELD,
    ),
    (
        "a change that is another than it says",
        |text| put(text, "\"MOD\"", "\"ADD\""),
        FIELD,
    ),
    (
        "an old value that is null",
        |text| {
            let (head, tail) = text.split_once("\"old\":{").unwrap();
            let (_, tail) = tail.split_once('}').unwrap();
            std::format!("{head}\"old\":null{tail}")
        },
        FIELD,
    ),
    (
        "a name in capitals",
        |text| put(text, "\"wild.example.\"", "\"Wild.example.\""),
        NotCanonical,
    ),
    (
        "a name without its final dot",
        |text| put(text, "\"wild.example.\"", "\"wild.example\""),
        NotCanonical,
    ),
    (
        "a name that is none",
        |text| put(text, "\"wild.example.\"", "\"wild..example.\""),
        FIELD,
    ),
    (
        "a type that is none",
        |text| put(text, "\"type\":\"NS\"", "\"type\":\"NONE\""),
        FIELD,
    ),
    (
        "a type in small letters",
        |text| put(text, "\"type\":\"NS\"", "\"type\":\"ns\""),
        FIELD,
    ),
    (
        "a type by its number",
        |text| put(text, "\"type\":\"NS\"", "\"type\":\"TYPE2\""),
        FIELD,
    ),
    (
        "data that is none",
        |text| put(text, "[\"ns.example.\"]", "[\"ns example.\"]"),
        FIELD,
    ),
    (
        "data in another text",
        |text| put(text, "[\"ns.example.\"]", "[\"NS.example.\"]"),
        FIELD,
    ),
    (
        "data in generic form",
        |text| put(text, "[\"ns.example.\"]", "[\"\\\\# 1 00\"]"),
        FIELD,
    ),
    (
        "no data",
        |text| put(text, "[\"ns.example.\"]", "[]"),
        FIELD,
    ),
    (
        "data twice",
        |text| {
            put(
                text,
                "[\"ns.example.\"]",
                "[\"ns.example.\",\"ns.example.\"]",
            )
        },
        FIELD,
    ),
    (
        "data out of order",
        |text| {
            put(
                text,
                "[\"ns.example.\"]",
                "[\"ns.example.\",\"a.example.\"]",
            )
        },
        FIELD,
    ),
    (
        "a TTL beyond its width",
        |text| put(text, "\"ttl\":60", "\"ttl\":4294967296"),
        FIELD,
    ),
];

const SESSION: &[Row] = &[
    (
        "an edition above 2^53-1",
        |text| put(text, "\"edition\":1", "\"edition\":9007199254740992"),
        TOO_LARGE,
    ),
    (
        "the largest edition of its width",
        |text| put(text, "\"edition\":1", "\"edition\":18446744073709551615"),
        TOO_LARGE,
    ),
    (
        "records that are null",
        |text| put(text, "\"]}", "\"],\"records\":null}"),
        NotCanonical,
    ),
    (
        "a checkpoint that is null",
        |text| put(text, "\"]}", "\"],\"checkpoint\":null}"),
        NotCanonical,
    ),
    (
        "a kind that is none",
        |text| put(text, "\"kind\":\"records\"", "\"kind\":\"Records\""),
        FIELD,
    ),
    (
        "a kind that is an object",
        |text| put(text, "\"kind\":\"records\"", "\"kind\":{\"records\":null}"),
        NotCanonical,
    ),
    (
        "signers in a string",
        |text| put(text, "[\"atlantis\"", "\"atlantis\",\"x\":[\"a\""),
        FIELD,
    ),
];

/// Replaces what must be there.
fn put(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

fn text<P: Payload>(payload: &P) -> String {
    String::from_utf8(json::encode(payload)).unwrap()
}

pub(super) fn all() -> Vec<FormatRefusal> {
    let mut world = World::plain();
    let proposal = world.proposal([world.put_set("wild.example. 60 NS ns.example.")]);
    let proposal = text(&proposal.payload);
    let session = text(&world.records_session().payload);
    let refuse = |kind: &str, right: &str, rows: &[Row]| {
        let signer = if kind == Proposal::TYPE {
            member(0)
        } else {
            log()
        };
        let refuse = |(what, change, expected): &Row| {
            let wrong = envelope(
                kind,
                change(right).as_bytes(),
                core::slice::from_ref(&signer),
            );
            assert_eq!(refused(wrong.as_bytes()), *expected, "{what}");
            expected.clone()
        };
        rows.iter().map(refuse).collect::<Vec<_>>()
    };
    [
        refuse(Proposal::TYPE, &proposal, PROPOSAL),
        refuse(Proposal::TYPE, &proposal, CHANGE),
        refuse(Session::TYPE, &session, SESSION),
    ]
    .concat()
}

#[test]
fn refuses_a_payload_with() {
    all();
}

#[test]
fn an_integer_too_large_is_named_by_its_place() {
    let decode = |text: &str| json::decode::<(String, u64, u64)>(text.as_bytes());
    for right in [
        r#"["",0,9007199254740991]"#,
        r#"["9007199254740992",1,2]"#,
        r#"["\\",9,9]"#,
        r#"["\\\"9007199254740992",9,9]"#,
    ] {
        assert!(decode(right).is_ok(), "{right}");
    }
    for (wrong, column) in [
        (r#"["",1,9007199254740992]"#, 7),
        (r#"["\\\\",9007199254740992,1]"#, 9),
        (r#"["\"1\"",18446744073709551615,1]"#, 10),
    ] {
        let refusal = FormatRefusal::Json {
            line: 1,
            column,
            category: "an integer above 2^53-1",
        };
        assert_eq!(decode(wrong), Err(refusal), "{wrong}");
    }
}

#[test]
fn a_payload_is_read_as_what_its_type_says() {
    let world = World::plain();
    let time = text(&world.time(&[0, 1, 2], world.now()).payload);
    for kind in [Ballot::TYPE, Edition::TYPE, Session::TYPE, Proposal::TYPE] {
        let act = envelope(kind, time.as_bytes(), &[log()]);
        assert_eq!(refused(act.as_bytes()), FIELD, "{kind}");
    }
    let act = envelope(TimeAct::TYPE, time.as_bytes(), &[log()]);
    assert!(
        crate::act::check(
            act.as_bytes(),
            &world.blobs,
            &crate::dnssec::tests::OursAlone
        )
        .is_ok()
    );
}
