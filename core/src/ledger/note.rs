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

use crate::basic::{BadText, PublicKey, Signature, from_base64};
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
        let octets = from_base64(code).ok_or_else(|| expected.clone())?;
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
        let octets = from_base64(code).ok_or_else(|| expected.clone())?;
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
mod tests;
