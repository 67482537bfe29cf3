//! Payloads and signatures in their encodings, and signatures that do not
//! hold, as a table.

use std::string::{String, ToString};
use std::vec::Vec;

use data_encoding::BASE64;

use super::{FIELD, Row, envelope, placeless, refused, right, rows};
use crate::act::json::Payload;
use crate::act::{Ballot, Envelope, Proposal};
use crate::basic::PublicKey;
use crate::refusal::FormatRefusal;
use crate::refusal::FormatRefusal::{Base64, NotSigned, SignaturesOutOfOrder};
use crate::state::tests::world::{member, public, stranger};

/// Payloads and signatures in their encodings.
const FIELDS: &[Row] = &[
    (
        "a payload that is not base64",
        |text| text.replacen("\"payload\":\"", "\"payload\":\"*", 1).into(),
        Base64,
    ),
    (
        "a payload without padding",
        |_| with_payload(&envelope("x", b"a", &[member(0)]), |_| "YQ".into()),
        Base64,
    ),
    (
        "a payload with a newline in its base64",
        |text| {
            with_payload(&text, |code| {
                std::format!("{}\\n{}", &code[..4], &code[4..])
            })
        },
        Base64,
    ),
    (
        "a payload whose last bits are not zero",
        |_| with_payload(&envelope("x", b"a", &[member(0)]), |_| "YR==".into()),
        Base64,
    ),
    (
        "a payload of two texts in a row, each padded",
        |_| with_payload(&envelope("x", b"abab", &[member(0)]), |_| "YWI=YWI=".into()),
        Base64,
    ),
    (
        "a key in capitals",
        |text| {
            let key = public(&member(0)).to_string();
            text.replace(&key, &key.to_uppercase()).into()
        },
        FIELD,
    ),
    (
        "a key that is too short",
        |text| {
            let key = public(&member(0)).to_string();
            text.replace(&key, &key[2..]).into()
        },
        FIELD,
    ),
    (
        "a signature whose last bits are not zero",
        |text| {
            let at = text.rfind("==").unwrap() - 1;
            let mut octets = text.into_bytes();
            octets[at] += 1;
            octets
        },
        FIELD,
    ),
    (
        "a signature without padding",
        |text| text.replacen("==\"}", "\"}", 1).into(),
        FIELD,
    ),
    (
        "no signatures",
        |text| (text[..text.find("[{").unwrap()].to_string() + "[]}").into(),
        NotSigned,
    ),
    (
        "a signature more than there can be members",
        |text| with_signatures(&text, 251),
        FormatRefusal::TooManySignatures { count: 251 },
    ),
    (
        "a signature twice",
        |text| {
            let (head, signature) = text.split_at(text.find("{\"keyid").unwrap());
            let signature = signature.strip_suffix("]}").unwrap();
            std::format!("{head}{signature},{signature}]}}").into()
        },
        SignaturesOutOfOrder,
    ),
    (
        "its signatures out of order",
        |_| {
            let mut signers = [member(0), member(1), member(2)];
            signers.sort_by_key(public);
            signers.swap(1, 2);
            envelope(Ballot::TYPE, b"{}", &signers).into()
        },
        SignaturesOutOfOrder,
    ),
    (
        "an unknown payload type",
        |text| text.replacen("proposal", "verdict", 1).into(),
        FormatRefusal::UnknownType {
            found: String::new(),
        },
    ),
    (
        "the type of another version",
        |text| text.replacen(".v1+", ".v2+", 1).into(),
        FormatRefusal::UnknownType {
            found: String::new(),
        },
    ),
    (
        "the type of another act",
        |text| text.replacen("proposal", "ballot", 1).into(),
        FIELD,
    ),
];

/// Signatures that do not hold.
const SIGNATURES: &[Row] = &[
    (
        "a signature over another act",
        |text| {
            let other = envelope(Proposal::TYPE, b"{}", &[member(0)]);
            let at = |text: &str| text.find("\"signatures").unwrap();
            (text[..at(&text)].to_string() + &other[at(&other)..]).into()
        },
        bad_signature(PublicKey([0; 32])),
    ),
    (
        "a signature in another's name",
        |text| {
            let (mine, other) = (public(&member(0)), public(&stranger()));
            text.replace(&mine.to_string(), &other.to_string()).into()
        },
        bad_signature(PublicKey([0; 32])),
    ),
    (
        "a signature whose scalar is not reduced",
        |text| {
            let at = text.find("\"sig\":\"").unwrap() + 7;
            let mut signature = BASE64.decode(&text.as_bytes()[at..at + 88]).unwrap();
            add_group_order(&mut signature[32..]);
            let mut octets = text.into_bytes();
            octets[at..at + 88].copy_from_slice(BASE64.encode(&signature).as_bytes());
            octets
        },
        bad_signature(PublicKey([0; 32])),
    ),
    (
        "a key of small order, whose signature holds for anything",
        |text| {
            let key = PublicKey(curve25519_dalek::constants::EIGHT_TORSION[1].compress().0);
            let mut signature = [0; 64];
            signature[0] = 1;
            let at = text.find("[{").unwrap();
            let signature = BASE64.encode(&signature);
            let one = std::format!(r#"[{{"keyid":"{key}","sig":"{signature}"}}]}}"#);
            (text[..at].to_string() + &one).into()
        },
        bad_signature(PublicKey([0; 32])),
    ),
];

const fn bad_signature(key: PublicKey) -> FormatRefusal {
    FormatRefusal::BadSignature { key }
}

/// The act with another payload text, in base64.
fn with_payload(text: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let from = text.find("\"payload\":\"").unwrap() + 11;
    let to = from + text[from..].find('"').unwrap();
    std::format!(
        "{}{}{}",
        &text[..from],
        change(&text[from..to]),
        &text[to..]
    )
    .into()
}

/// The act with this many signatures, sorted, of nobody.
fn with_signatures(text: &str, count: u8) -> Vec<u8> {
    let at = text.find("[{").unwrap();
    let sig = BASE64.encode(&[0; 64]);
    let one = |number| std::format!(r#"{{"keyid":"{}","sig":"{sig}"}}"#, PublicKey([number; 32]));
    let all: Vec<String> = (0..count).map(one).collect();
    std::format!("{}[{}]}}", &text[..at], all.join(",")).into()
}

/// Adds the order of the group (RFC 8032 §5.1) to a scalar of 32 octets.
fn add_group_order(scalar: &mut [u8]) {
    let order = (-curve25519_dalek::Scalar::ONE).to_bytes();
    let mut carry = 1_u16;
    for (octet, addend) in scalar.iter_mut().zip(order) {
        carry += u16::from(*octet) + u16::from(addend);
        *octet = carry.to_le_bytes()[0];
        carry >>= 8;
    }
}

pub(super) fn all() -> Vec<FormatRefusal> {
    let mut all = rows(FIELDS);
    all.extend(rows(SIGNATURES));
    all.push(Envelope::from_signing_input(b"DSSEv1").unwrap_err());
    let envelope = Envelope::parse(right().as_bytes(), 9999).unwrap();
    all.push(envelope.payload::<Ballot>().unwrap_err());
    all
}

#[test]
fn refuses_an_act_with() {
    all();
}

#[test]
fn a_refused_signature_names_its_key() {
    let text = right().replace(
        &public(&member(0)).to_string(),
        &public(&stranger()).to_string(),
    );
    assert_eq!(refused(text.as_bytes()), bad_signature(public(&stranger())));
    let text = right().replacen("proposal", "verdict", 1);
    let found = Proposal::TYPE.replace("proposal", "verdict");
    assert_eq!(
        placeless(refused(text.as_bytes())),
        FormatRefusal::UnknownType { found }
    );
}

#[test]
fn a_signing_input_has_one_envelope() {
    let envelope = Envelope::parse(right().as_bytes(), 9999).unwrap();
    let input = envelope.signing_input();
    let unsigned = Envelope::from_signing_input(&input).unwrap();
    assert_eq!(unsigned.id(), envelope.id());
    assert_eq!(unsigned.signature_count(), 0);
    let text = String::from_utf8(input).unwrap();
    let longer = text.clone() + " ";
    let other = text.replacen("DSSEv1 ", "DSSEv1 0", 1);
    for octets in [
        b"".as_slice(),
        b"DSSEv1 0  0",
        b"DSSEv1 1 a 1 \xff",
        longer.as_bytes(),
    ] {
        assert!(Envelope::from_signing_input(octets).is_err(), "{octets:?}");
    }
    assert!(Envelope::from_signing_input(other.as_bytes()).is_err());
}
