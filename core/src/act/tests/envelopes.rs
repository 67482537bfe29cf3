//! Envelopes whose text is not the one of an envelope, as a table.

use std::string::ToString;
use std::vec::Vec;

use super::{CUT_SHORT, FIELD, Row, SYNTAX, rows};
use crate::refusal::FormatRefusal;
use crate::refusal::FormatRefusal::NotCanonical;

const JSON: &[Row] = &[
    ("nothing", |_| Vec::new(), CUT_SHORT),
    ("a space after it", |text| (text + " ").into(), NotCanonical),
    (
        "a newline after it",
        |text| (text + "\n").into(),
        NotCanonical,
    ),
    (
        "a space before it",
        |text| (" ".to_string() + &text).into(),
        NotCanonical,
    ),
    (
        "a byte order mark before it",
        |text| ("\u{feff}".to_string() + &text).into(),
        SYNTAX,
    ),
    (
        "a second one after it",
        |text| text.repeat(2).into(),
        SYNTAX,
    ),
    ("a NUL after it", |text| (text + "\0").into(), SYNTAX),
    (
        "its end missing",
        |text| text[..text.len() - 1].into(),
        CUT_SHORT,
    ),
    (
        "its half missing",
        |text| text[..text.len() / 2].into(),
        CUT_SHORT,
    ),
    (
        "a space in it",
        |text| text.replacen("\":", "\": ", 1).into(),
        NotCanonical,
    ),
    (
        "a comment in it",
        |text| text.replacen("\":", "\":/**/", 1).into(),
        SYNTAX,
    ),
    (
        "a comma too many",
        |text| text.replacen("]}", "],}", 1).into(),
        SYNTAX,
    ),
    (
        "an escape that is not needed",
        |text| text.replacen("vnd", "\\u0076nd", 1).into(),
        NotCanonical,
    ),
    (
        "an escaped slash",
        |text| text.replacen("application/", "application\\/", 1).into(),
        NotCanonical,
    ),
    (
        "half of a surrogate pair",
        |text| text.replacen("vnd", "\\ud800", 1).into(),
        SYNTAX,
    ),
    (
        "an octet that is no UTF-8",
        |text| {
            let mut octets = text.into_bytes();
            octets[20] = 0xff;
            octets
        },
        SYNTAX,
    ),
    (
        "an overlong character",
        |text| {
            let (head, tail) = text.split_at(20);
            [head.as_bytes(), &[0xc0, 0xaf], tail.as_bytes()].concat()
        },
        SYNTAX,
    ),
    (
        "an unknown field",
        |text| text.replacen("]}", "],\"more\":1}", 1).into(),
        FIELD,
    ),
    (
        "a field twice",
        |text| text.replacen("]}", "],\"payload\":\"\"}", 1).into(),
        FIELD,
    ),
    (
        "a field missing",
        |text| (text[..text.find(",\"signatures").unwrap()].to_string() + "}").into(),
        FIELD,
    ),
    (
        "a field that is null",
        |text| (text[..text.find("[{").unwrap()].to_string() + "null}").into(),
        FIELD,
    ),
    (
        "its fields in another order",
        |text| {
            let (kind, rest) = text[1..].split_once(',').unwrap();
            let (payload, signatures) = rest.split_once(',').unwrap();
            std::format!("{{{payload},{kind},{signatures}").into()
        },
        NotCanonical,
    ),
    (
        "an array in its place",
        |text| {
            let text = text
                .replace("\"payloadType\":", "")
                .replace("\"payload\":", "");
            let text = text.replace("\"signatures\":", "");
            std::format!("[{}]", &text[1..text.len() - 1]).into()
        },
        NotCanonical,
    ),
    (
        "an array in the place of a signature",
        |text| {
            let text = text.replace("{\"keyid\":", "[").replace("\"sig\":", "");
            text.replace("\"}]}", "\"]]}").into()
        },
        NotCanonical,
    ),
    ("a number", |_| b"1".to_vec(), FIELD),
    ("an endless array", |_| [b'['; 60_000].to_vec(), FIELD),
    (
        "an octet more than an entry may have",
        |text| {
            let mut octets = text.into_bytes();
            octets.resize(65_536, b' ');
            octets
        },
        FormatRefusal::TooLarge {
            octets: 65_536,
            octets_max: 65_535,
        },
    ),
    (
        "as many octets as an entry may have, of white space",
        |text| {
            let mut octets = text.into_bytes();
            octets.resize(65_535, b' ');
            octets
        },
        NotCanonical,
    ),
];

pub(super) fn all() -> Vec<FormatRefusal> {
    rows(JSON)
}

#[test]
fn refuses_an_envelope_with() {
    all();
}
