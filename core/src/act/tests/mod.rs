//! What is said to octets that are no act.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `envelopes` | envelopes whose text is none |
//! | `encodings` | payloads and signatures whose encoding is none |
//! | `payloads` | payloads that are none, in envelopes that are right |
//! | `mutations` | acts in which octets are changed at random |

mod encodings;
mod envelopes;
mod mutations;
mod payloads;

use std::collections::{BTreeMap, BTreeSet};
use std::string::String;
use std::vec::Vec;

use data_encoding::BASE64;
use ed25519_dalek::SigningKey;

use super::check;
use crate::basic::PublicKey;
use crate::refusal::tests::variants;
use crate::refusal::{FormatRefusal, Refusal};
use crate::state::tests::world::keys::sign;
use crate::state::tests::world::{World, public};

variants!(FormatRefusal:
    TooLarge, Json, NotCanonical, Base64, SigningInput, NotSigned, TooManySignatures,
    SignaturesOutOfOrder, BadSignature, WrongType, UnknownType, Rules,
);

/// A JSON error, wherever it is.
const fn json(category: &'static str) -> FormatRefusal {
    FormatRefusal::Json {
        line: 0,
        column: 0,
        category,
    }
}

const SYNTAX: FormatRefusal = json("syntax");
const CUT_SHORT: FormatRefusal = json("cut short");
const FIELD: FormatRefusal = json("missing, unknown or wrong field");

const TOO_LARGE: FormatRefusal = json("an integer above 2^53-1");

/// The refusal without the place of a JSON error.
fn placeless(refusal: FormatRefusal) -> FormatRefusal {
    match refusal {
        FormatRefusal::Json { category, .. } => json(category),
        other => other,
    }
}

/// What the check says to octets that are no act.
fn refused(octets: &[u8]) -> FormatRefusal {
    match check(octets, &BTreeMap::new(), &crate::dnssec::tests::OursAlone) {
        Err(Refusal::Format(refusal)) => placeless(refusal),
        Err(other) => panic!("well-formed, and refused: {other:?}"),
        Ok(checked) => panic!("accepted: {:?}", checked.inner()),
    }
}

/// What is done to the text of an act, and what the check says.
type Row = (&'static str, fn(String) -> Vec<u8>, FormatRefusal);

/// An act that is right: its text.
fn right() -> String {
    let world = World::plain();
    let act = world.proposal([world.put_set("wild.example. 60 NS ns.example.")]);
    String::from_utf8(act.envelope().to_octets()).unwrap()
}

/// Checks that the act is refused as every row says. Returns the refusals.
fn rows(rows: &[Row]) -> Vec<FormatRefusal> {
    let right = right();
    let refuse = |(what, change, expected): &Row| {
        let refusal = refused(&change(right.clone()));
        assert_eq!(anonymous(refusal), *expected, "{what}");
        expected.clone()
    };
    rows.iter().map(refuse).collect()
}

/// In a table, nobody is named.
fn anonymous(refusal: FormatRefusal) -> FormatRefusal {
    match refusal {
        FormatRefusal::UnknownType { .. } => FormatRefusal::UnknownType {
            found: String::new(),
        },
        FormatRefusal::BadSignature { .. } => FormatRefusal::BadSignature {
            key: PublicKey([0; 32]),
        },
        other => other,
    }
}

/// An envelope written by hand around any payload at all, signed rightly.
fn envelope(payload_type: &str, payload: &[u8], signers: &[SigningKey]) -> String {
    let head = std::format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    let input = [head.as_bytes(), payload].concat();
    let signature = |key: &SigningKey| {
        let (keyid, sig) = (public(key), sign(key, &input));
        std::format!(r#"{{"keyid":"{keyid}","sig":"{sig}"}}"#)
    };
    let signatures: Vec<String> = signers.iter().map(signature).collect();
    std::format!(
        r#"{{"payloadType":"{payload_type}","payload":"{}","signatures":[{}]}}"#,
        BASE64.encode(payload),
        signatures.join(",")
    )
}

#[test]
fn every_rule_of_the_format_has_its_row() {
    let all = [envelopes::all(), encodings::all(), payloads::all()].concat();
    let rows: BTreeSet<&str> = all.iter().map(name_of).collect();
    let missing: Vec<_> = NAMES.iter().filter(|name| !rows.contains(**name)).collect();
    assert!(missing.is_empty(), "no row has {missing:?}");
}
