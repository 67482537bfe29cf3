//! Signed notes: a text and the signatures of named keys under it (C2SP
//! signed-note). A *line* is one signature with its key's name and ID; a
//! *key* is what a reader must know beforehand to believe a line.
//!
//! What a text says is no business of this module: see
//! [`checkpoint`](super::checkpoint).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use crate::basic::{BadText, PublicKey, Signature};
use crate::limits;

/// Begins a signature line: em dash, space (C2SP signed-note, Format).
const LINE_PREFIX: &str = "\u{2014} ";

/// What makes a note no note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteRefusal {
    /// More octets than [`limits::CHECKPOINT_OCTETS_MAX`].
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
    /// An ASCII control character other than a newline.
    ControlCharacter,
    /// No empty line before the signatures.
    NoSignatures,
    /// The last line has no newline.
    NoFinalNewline,
    /// More lines than [`limits::NOTE_SIGNATURES_MAX`].
    TooManySignatures,
    /// A signature line, counted from 0, that is not one.
    BadLine(usize),
}

impl fmt::Display for NoteRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the note is too large"),
            Self::NotUtf8 => f.write_str("the note is not UTF-8"),
            Self::ControlCharacter => f.write_str("the note has a control character"),
            Self::NoSignatures => f.write_str("the note has no signature lines"),
            Self::NoFinalNewline => f.write_str("the note does not end in a newline"),
            Self::TooManySignatures => f.write_str("the note has too many signatures"),
            Self::BadLine(line) => write!(f, "signature line {line} of the note is malformed"),
        }
    }
}

impl core::error::Error for NoteRefusal {}

/// A note that is well-formed. Its text is to be believed only after
/// [`SignedNote::signed_by`] said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    lines: Vec<SignatureLine>,
}

impl SignedNote {
    /// Reads a note (C2SP signed-note, Format), strictly.
    pub fn parse(octets: &[u8]) -> Result<Self, NoteRefusal> {
        if octets.len() > limits::CHECKPOINT_OCTETS_MAX {
            return Err(NoteRefusal::TooLarge);
        }
        let note = core::str::from_utf8(octets).map_err(|_| NoteRefusal::NotUtf8)?;
        if note.bytes().any(|octet| octet < 0x20 && octet != b'\n') {
            return Err(NoteRefusal::ControlCharacter);
        }
        // The text may hold empty lines: the last one separates.
        let separator = note.rfind("\n\n").ok_or(NoteRefusal::NoSignatures)?;
        let (text, rest) = note.split_at(separator + 1);
        let rest = rest.strip_prefix('\n').ok_or(NoteRefusal::NoSignatures)?;
        if rest.is_empty() {
            return Err(NoteRefusal::NoSignatures);
        }
        let rest = rest.strip_suffix('\n').ok_or(NoteRefusal::NoFinalNewline)?;
        let mut lines = Vec::new();
        for (number, line) in rest.split('\n').enumerate() {
            if number == limits::NOTE_SIGNATURES_MAX {
                return Err(NoteRefusal::TooManySignatures);
            }
            lines.push(line.parse().map_err(|_| NoteRefusal::BadLine(number))?);
        }
        Ok(Self {
            text: text.to_owned(),
            lines,
        })
    }

    /// The text, with its final newline: what Ed25519 keys sign.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in their order.
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// Whether `key`, of kind [`KeyKind::Ed25519`], signed the text. Other
    /// keys' lines are ignored; a line that claims to be this key's and is
    /// not spoils the note (C2SP signed-note, Signatures).
    pub fn signed_by(&self, key: &NoteKey) -> bool {
        let mut claimed = self.lines.iter().filter(|line| key.claims(line)).peekable();
        key.kind() == KeyKind::Ed25519
            && claimed.peek().is_some()
            && claimed.all(|line| {
                <[u8; 64]>::try_from(line.signature.as_slice()).is_ok_and(|signature| {
                    key.key()
                        .verifies(self.text.as_bytes(), &Signature(signature))
                })
            })
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// One signature: `— name base64(ID ‖ signature)`, here without the newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The key's name.
    pub name: String,
    /// The key's ID.
    pub id: KeyId,
    /// The octets after the ID; their form is the kind's affair.
    pub signature: Vec<u8>,
}

impl FromStr for SignatureLine {
    type Err = BadText;

    fn from_str(line: &str) -> Result<Self, BadText> {
        let expected = BadText {
            expected: "a signature line of a note",
        };
        let rest = line
            .strip_prefix(LINE_PREFIX)
            .ok_or_else(|| expected.clone())?;
        let (name, code) = rest.split_once(' ').ok_or_else(|| expected.clone())?;
        let octets = BASE64
            .decode(code.as_bytes())
            .map_err(|_| expected.clone())?;
        match octets.split_first_chunk() {
            Some((id, signature)) if is_key_name(name) && !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                id: KeyId(*id),
                signature: signature.to_vec(),
            }),
            _ => Err(expected),
        }
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = self.id.0.to_vec();
        octets.extend_from_slice(&self.signature);
        write!(f, "{LINE_PREFIX}{} {}", self.name, BASE64.encode(&octets))
    }
}

/// A key's ID: a short hint which key it is, no proof of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a key signs with (C2SP signed-note, Signature types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `0x01`: Ed25519 over the text; a log's.
    Ed25519,
    /// `0x04`: Ed25519 with a time; a member's or witness's.
    CosignatureV1,
}

impl KeyKind {
    /// The octet that stands for this kind.
    pub fn octet(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    fn from_octet(octet: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1]
            .into_iter()
            .find(|kind| kind.octet() == octet)
    }
}

/// A named key. Its text form is `name+ID+base64(kind ‖ key)`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteKey {
    name: String,
    kind: KeyKind,
    key: PublicKey,
}

impl NoteKey {
    /// Names a key. The name must be a key name of at most
    /// [`limits::PARTY_NAME_OCTETS_MAX`] octets.
    pub fn new(name: &str, kind: KeyKind, key: PublicKey) -> Result<Self, BadText> {
        if !is_key_name(name) || name.len() > limits::PARTY_NAME_OCTETS_MAX {
            return Err(BadText {
                expected: "a key name: 1 to 63 octets without spaces, controls and plus signs",
            });
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs with.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key itself.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// SHA-256(name ‖ 0x0A ‖ kind ‖ key)\[:4\] (C2SP signed-note, Signatures).
    pub fn id(&self) -> KeyId {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.octet()])
            .chain_update(self.key.0)
            .finalize();
        KeyId([hash[0], hash[1], hash[2], hash[3]])
    }

    /// Whether `line` says that it is this key's.
    pub fn claims(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.id == self.id()
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = [self.kind.octet()].to_vec();
        octets.extend_from_slice(&self.key.0);
        write!(f, "{}+{}+{}", self.name, self.id(), BASE64.encode(&octets))
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NoteKey {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let expected = BadText {
            expected: "a note key: name+ID+base64(kind and key)",
        };
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(code)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(expected);
        };
        let octets = BASE64
            .decode(code.as_bytes())
            .map_err(|_| expected.clone())?;
        let (kind, key) = octets.split_first().ok_or_else(|| expected.clone())?;
        let kind = KeyKind::from_octet(*kind).ok_or_else(|| expected.clone())?;
        let key = PublicKey(key.try_into().map_err(|_| expected.clone())?);
        let key = Self::new(name, kind, key)?;
        // The ID guards against a name or key that was copied by halves.
        if HEXLOWER.encode(&key.id().0) != id {
            return Err(expected);
        }
        Ok(key)
    }
}

/// Whether `name` can name a key: not empty, no Unicode spaces, no plus sign
/// (C2SP signed-note, Format) and, as it stands in a note, no controls.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c == '+' || (c as u32) < 0x20)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;
    use std::vec;

    use super::*;
    use crate::ledger::testing;

    /// The published example of Go's `sumdb/note` package.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn the_published_note_verifies_and_prints_unchanged() {
        let key: NoteKey = KEY.parse().unwrap();
        let note = SignedNote::parse(NOTE.as_bytes()).unwrap();
        assert!(note.signed_by(&key));
        assert_eq!(note.to_string(), NOTE);
        assert_eq!(key.to_string(), KEY);
        assert_eq!(key.id().to_string(), "c74f20a3");
    }

    #[test]
    fn refuses_malformed_notes() {
        let line = NOTE.lines().last().unwrap();
        let many = format!("t\n\n{}", format!("{line}\n").repeat(301));
        let large = format!("{}\n{NOTE}", "t".repeat(limits::CHECKPOINT_OCTETS_MAX));
        let table: vec::Vec<(vec::Vec<u8>, NoteRefusal)> = vec![
            (large.into_bytes(), NoteRefusal::TooLarge),
            (b"\xff\n\n".to_vec(), NoteRefusal::NotUtf8),
            (
                NOTE.replace(' ', "\t").into_bytes(),
                NoteRefusal::ControlCharacter,
            ),
            (
                NOTE.replace('\n', "\r\n").into_bytes(),
                NoteRefusal::ControlCharacter,
            ),
            (b"".to_vec(), NoteRefusal::NoSignatures),
            (b"text\n".to_vec(), NoteRefusal::NoSignatures),
            (b"text\n\n".to_vec(), NoteRefusal::NoSignatures),
            (
                format!("text\n\n{line}").into_bytes(),
                NoteRefusal::NoFinalNewline,
            ),
            (many.into_bytes(), NoteRefusal::TooManySignatures),
            (
                format!("text\n\n{line}\n{line} \n").into_bytes(),
                NoteRefusal::BadLine(1),
            ),
        ];
        for (octets, refusal) in table {
            assert_eq!(SignedNote::parse(&octets), Err(refusal));
        }
    }

    #[test]
    fn refuses_malformed_lines() {
        for line in [
            "",
            "- name AAAAAAAA",
            "\u{2014} AAAAAAAA",
            "\u{2014}  AAAAAAAA",
            "\u{2014} na+me AAAAAAAA",
            "\u{2014} na\u{a0}me AAAAAAAA",
            "\u{2014} name  AAAAAAAA",
            "\u{2014} name AAAAAA==",  // an ID and nothing after it
            "\u{2014} name AAAAAAAB=", // wrong padding
            "\u{2014} name AAAAAAB=",  // trailing bits
            "\u{2014} name AAAA_AAA",
        ] {
            assert!(line.parse::<SignatureLine>().is_err(), "{line:?}");
        }
        assert!("\u{2014} name AAAAAAA=".parse::<SignatureLine>().is_ok());
    }

    #[test]
    fn refuses_malformed_keys() {
        for text in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
            "PeterNeumann+c74f20a3+AQ==",
            "PeterNeumann+c74f20a3+",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(text.parse::<NoteKey>().is_err(), "{text:?}");
        }
        let key = testing::key(1, "n", KeyKind::Ed25519).key();
        assert!(NoteKey::new(&"n".repeat(63), KeyKind::Ed25519, key).is_ok());
        assert!(NoteKey::new(&"n".repeat(64), KeyKind::Ed25519, key).is_err());
        for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", "a\u{1}b"] {
            assert!(
                NoteKey::new(name, KeyKind::Ed25519, key).is_err(),
                "{name:?}"
            );
        }
    }

    #[test]
    fn ignores_lines_of_unknown_keys_and_refuses_false_lines_of_known_ones() {
        let key: NoteKey = KEY.parse().unwrap();
        let other = testing::key(1, "PeterNeumann", KeyKind::Ed25519);
        let note = SignedNote::parse(NOTE.as_bytes()).unwrap();
        assert!(!note.signed_by(&other), "same name, other ID");

        let mut unknown = note.lines[0].clone();
        unknown.name = "somebody".into();
        let mut more = note.clone();
        more.lines.insert(0, unknown);
        more.lines.push(SignatureLine {
            name: "PeterNeumann".into(),
            id: other.id(),
            signature: vec![0; 7],
        });
        assert!(more.signed_by(&key), "{more}");

        let mut spoiled = note.clone();
        spoiled.lines.push(SignatureLine {
            signature: vec![0; 64],
            ..note.lines[0].clone()
        });
        assert!(!spoiled.signed_by(&key));
        let mut altered = note;
        altered.text.push_str("And more.\n");
        assert!(!altered.signed_by(&key));
    }
}
