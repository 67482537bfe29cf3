//! Checkpoints: the ledger's head, signed by the log and cosigned by members
//! and witnesses (C2SP tlog-checkpoint). Comity's have no extension lines and
//! an origin that is the log's key name.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use data_encoding::BASE64;

use crate::basic::{Digest, PublicKey, Signature, Time};
use crate::ledger::cosignature::Cosignature;
use crate::ledger::merkle::TreeHead;
use crate::ledger::note::{
    KeyId, KeyKind, NoteKey, NoteRefusal, SignatureLine, SignedNote, is_key_name,
};
use crate::limits;

/// What makes a text no checkpoint, or a checkpoint not the log's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointRefusal {
    /// It is no signed note.
    Note(NoteRefusal),
    /// The first line is no key name.
    BadOrigin,
    /// The second line is no decimal integer in its only form up to 2^53-1.
    BadSize,
    /// The third line is no base64 of 32 octets.
    BadRoot,
    /// There is a fourth line, or less than three.
    BadLines,
    /// The origin is another log's.
    OtherOrigin,
    /// The log's key did not sign it, or a line that claims so is false.
    NotSigned,
    /// A cosignature is of none of the keys, or under another checkpoint.
    NotCosigned,
}

impl fmt::Display for CheckpointRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(refusal) => refusal.fmt(f),
            Self::BadOrigin => f.write_str("the checkpoint's origin is malformed"),
            Self::BadSize => f.write_str("the checkpoint's size is malformed"),
            Self::BadRoot => f.write_str("the checkpoint's root is malformed"),
            Self::BadLines => f.write_str("the checkpoint has not three lines"),
            Self::OtherOrigin => f.write_str("the checkpoint is another log's"),
            Self::NotSigned => f.write_str("the checkpoint is not signed by the log's key"),
            Self::NotCosigned => f.write_str("a cosignature is not by a known key under this"),
        }
    }
}

impl core::error::Error for CheckpointRefusal {}

/// A ledger's head: how many entries, and the root over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The Merkle root over them.
    pub root: Digest,
}

impl Checkpoint {
    /// Size and root alone, as proofs take them.
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root,
        }
    }

    /// The note text (C2SP tlog-checkpoint, Note text): what the log signs.
    pub fn body(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(&self.root.0)
        )
    }

    /// Reads a note text, strictly: what [`Checkpoint::body`] writes.
    pub fn parse(body: &str) -> Result<Self, CheckpointRefusal> {
        let lines: Vec<&str> = body.split('\n').collect();
        // Four parts: three lines, and nothing after the last newline.
        let [origin, size, root, ""] = lines[..] else {
            return Err(CheckpointRefusal::BadLines);
        };
        if !is_key_name(origin) || origin.len() > limits::PARTY_NAME_OCTETS_MAX {
            return Err(CheckpointRefusal::BadOrigin);
        }
        let root = BASE64
            .decode(root.as_bytes())
            .map_err(|_| CheckpointRefusal::BadRoot)?;
        Ok(Self {
            origin: origin.to_owned(),
            size: size_from_text(size).ok_or(CheckpointRefusal::BadSize)?,
            root: Digest(root.try_into().map_err(|_| CheckpointRefusal::BadRoot)?),
        })
    }
}

fn size_from_text(text: &str) -> Option<u64> {
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if leading_zero || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    text.parse()
        .ok()
        .filter(|size| *size <= limits::INTEGER_MAX)
}

/// A log's own signature under a checkpoint, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSignature {
    /// The ID of the log's key; its name is the origin.
    pub key_id: KeyId,
    /// The signature over [`Checkpoint::body`].
    pub signature: Signature,
}

/// A checkpoint with the signatures under it. Reading it proves nothing: see
/// [`CosignedCheckpoint::verify_log`] and
/// [`CosignedCheckpoint::verified_cosignatures`].
///
/// Lines that are neither the log's nor of a cosignature's form are left out,
/// as the lines of unknown keys are to be ignored (C2SP signed-note,
/// Signatures).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignedCheckpoint {
    /// The head.
    pub checkpoint: Checkpoint,
    /// Lines in the log's name; more than one while its key changes.
    pub log_signatures: Vec<LogSignature>,
    /// The cosignatures, in their order.
    pub cosignatures: Vec<Cosignature>,
}

impl CosignedCheckpoint {
    /// A checkpoint as the log has just signed it.
    pub fn new(checkpoint: Checkpoint, log: &NoteKey, signature: Signature) -> Self {
        let log_signatures = [LogSignature {
            key_id: log.id(),
            signature,
        }]
        .to_vec();
        Self {
            checkpoint,
            log_signatures,
            cosignatures: Vec::new(),
        }
    }

    /// Reads a checkpoint with its signatures.
    pub fn parse(octets: &[u8]) -> Result<Self, CheckpointRefusal> {
        let note = SignedNote::parse(octets).map_err(CheckpointRefusal::Note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        let log_signatures = note
            .lines()
            .iter()
            .filter(|line| line.name == checkpoint.origin)
            .filter_map(|line| {
                let signature = Signature(line.signature.as_slice().try_into().ok()?);
                Some(LogSignature {
                    key_id: line.id,
                    signature,
                })
            })
            .collect();
        let cosignatures = note
            .lines()
            .iter()
            .filter_map(Cosignature::from_line)
            .collect();
        Ok(Self {
            checkpoint,
            log_signatures,
            cosignatures,
        })
    }

    /// The signed note: the log's lines first.
    pub fn to_text(&self) -> String {
        let mut text = self.checkpoint.body();
        text.push('\n');
        for LogSignature { key_id, signature } in &self.log_signatures {
            let name = self.checkpoint.origin.clone();
            let line = SignatureLine {
                name,
                id: *key_id,
                signature: signature.0.to_vec(),
            };
            text.push_str(&format!("{line}\n"));
        }
        for cosignature in &self.cosignatures {
            text.push_str(&format!("{cosignature}\n"));
        }
        text
    }

    /// Whether `log`, whose name is the origin, signed this checkpoint. As in
    /// any note, one false line in its name and ID spoils it.
    pub fn verify_log(&self, log: &NoteKey) -> Result<(), CheckpointRefusal> {
        if self.checkpoint.origin != log.name() {
            return Err(CheckpointRefusal::OtherOrigin);
        }
        let body = self.checkpoint.body();
        let id = log.id();
        let mut own = self
            .log_signatures
            .iter()
            .filter(|line| line.key_id == id)
            .peekable();
        let signed = log.kind() == KeyKind::Ed25519
            && own.peek().is_some()
            && own.all(|line| log.key().verifies(body.as_bytes(), &line.signature));
        if signed {
            Ok(())
        } else {
            Err(CheckpointRefusal::NotSigned)
        }
    }

    /// Which of `keys` cosigned, by their place in it, and when. A public
    /// key counts once, whatever its names and however many its lines: the
    /// message does not bind the name (C2SP tlog-cosignature, Ed25519 signed
    /// message). Of several lines of one key the first true one counts.
    ///
    /// A false line spoils nothing here, or one member could silence others.
    pub fn verified_cosignatures(&self, keys: &[NoteKey]) -> Vec<(usize, Time)> {
        let mut counted: Vec<PublicKey> = Vec::new();
        let mut verified = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            if counted.contains(&key.key()) {
                continue;
            }
            let own = self
                .cosignatures
                .iter()
                .find(|line| line.is_by(key, &self.checkpoint));
            if let Some(own) = own {
                counted.push(key.key());
                verified.push((index, own.time));
            }
        }
        verified
    }

    /// Adds a cosignature that one of `keys` made under this checkpoint, and
    /// says whether that changed anything. A key has one line: a later one
    /// takes the place of an earlier one, and an earlier one changes nothing.
    pub fn add(
        &mut self,
        keys: &[NoteKey],
        cosignature: &Cosignature,
    ) -> Result<bool, CheckpointRefusal> {
        if !keys
            .iter()
            .any(|key| cosignature.is_by(key, &self.checkpoint))
        {
            return Err(CheckpointRefusal::NotCosigned);
        }
        let own = self
            .cosignatures
            .iter_mut()
            .find(|line| line.name == cosignature.name && line.key_id == cosignature.key_id);
        match own {
            Some(own) if own.time >= cosignature.time => return Ok(false),
            Some(own) => *own = cosignature.clone(),
            None => self.cosignatures.push(cosignature.clone()),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec;

    use super::*;
    use crate::ledger::testing;

    /// The published example of C2SP tlog-cosignature; its keys are not.
    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

    #[test]
    fn the_published_checkpoint_reads_and_prints_unchanged() {
        let read = CosignedCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(read.checkpoint.size, 20_852_163);
        assert_eq!((read.log_signatures.len(), read.cosignatures.len()), (1, 1));
        assert_eq!(read.to_text(), EXAMPLE);
    }

    #[test]
    fn the_signed_form_is_pinned() {
        let mut signed = testing::signed(testing::checkpoint(7));
        let keys = [testing::key(1, "utopia", KeyKind::CosignatureV1)];
        let under = testing::checkpoint(7);
        let cosignature = testing::cosignature(1, "utopia", Time(1_700_000_000), &under);
        assert_eq!(signed.add(&keys, &cosignature), Ok(true));
        assert_eq!(signed.to_text(), include_str!("golden/checkpoint.txt"));
        assert_eq!(
            CosignedCheckpoint::parse(signed.to_text().as_bytes()),
            Ok(signed)
        );
    }

    #[test]
    fn refuses_malformed_bodies() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let long = "o".repeat(64);
        let table = [
            (format!("o\n1\n{root}"), CheckpointRefusal::BadLines),
            (
                format!("o\n1\n{root}\nextension\n"),
                CheckpointRefusal::BadLines,
            ),
            (format!("o\n1\n{root}\n\n"), CheckpointRefusal::BadLines),
            ("o\n1\n".into(), CheckpointRefusal::BadLines),
            (format!("\n1\n{root}\n"), CheckpointRefusal::BadOrigin),
            (format!("o o\n1\n{root}\n"), CheckpointRefusal::BadOrigin),
            (format!("{long}\n1\n{root}\n"), CheckpointRefusal::BadOrigin),
            (format!("o\n\n{root}\n"), CheckpointRefusal::BadSize),
            (format!("o\n01\n{root}\n"), CheckpointRefusal::BadSize),
            (format!("o\n+1\n{root}\n"), CheckpointRefusal::BadSize),
            (format!("o\n-1\n{root}\n"), CheckpointRefusal::BadSize),
            (
                format!("o\n9007199254740992\n{root}\n"),
                CheckpointRefusal::BadSize,
            ),
            ("o\n1\nCsUY\n".into(), CheckpointRefusal::BadRoot),
            (
                format!("o\n1\n{}J=\n", &root[..42]),
                CheckpointRefusal::BadRoot,
            ),
        ];
        for (body, refusal) in table {
            assert_eq!(Checkpoint::parse(&body), Err(refusal), "{body:?}");
        }
        assert!(Checkpoint::parse(&format!("o\n9007199254740991\n{root}\n")).is_ok());
        assert_eq!(
            Checkpoint::parse(&format!("o\n0\n{root}\n")).map(|read| read.size),
            Ok(0)
        );
        assert_eq!(
            CosignedCheckpoint::parse(b"o\n1\n"),
            Err(CheckpointRefusal::Note(NoteRefusal::NoSignatures))
        );
    }

    #[test]
    fn only_the_logs_own_key_signs_for_it() {
        let signed = testing::signed(testing::checkpoint(7));
        assert_eq!(signed.verify_log(&testing::log_key()), Ok(()));
        let other_name = testing::key(200, "other", KeyKind::Ed25519);
        assert_eq!(
            signed.verify_log(&other_name),
            Err(CheckpointRefusal::OtherOrigin)
        );
        for key in [
            testing::key(201, testing::ORIGIN, KeyKind::Ed25519),
            testing::key(200, testing::ORIGIN, KeyKind::CosignatureV1),
        ] {
            assert_eq!(signed.verify_log(&key), Err(CheckpointRefusal::NotSigned));
        }
        let mut altered = signed.clone();
        altered.checkpoint.size = 8;
        assert_eq!(
            altered.verify_log(&testing::log_key()),
            Err(CheckpointRefusal::NotSigned)
        );
        let mut spoiled = signed.clone();
        spoiled.log_signatures.push(LogSignature {
            signature: Signature([0; 64]),
            ..signed.log_signatures[0]
        });
        assert_eq!(
            spoiled.verify_log(&testing::log_key()),
            Err(CheckpointRefusal::NotSigned)
        );
        let mut rotated = signed.clone();
        rotated.log_signatures.insert(
            0,
            LogSignature {
                key_id: KeyId([0; 4]),
                signature: Signature([0; 64]),
            },
        );
        assert_eq!(rotated.verify_log(&testing::log_key()), Ok(()));
    }

    #[test]
    fn a_public_key_counts_once() {
        let under = testing::checkpoint(7);
        let mut signed = testing::signed(under.clone());
        signed.cosignatures = vec![
            testing::cosignature(3, "c", Time(30), &testing::checkpoint(6)), // not under this one
            testing::cosignature(1, "a", Time(10), &under),
            testing::cosignature(1, "a", Time(11), &under),
            testing::cosignature(1, "b", Time(12), &under),
            testing::cosignature(9, "z", Time(13), &under), // nobody's that is known
            testing::cosignature(4, "d", Time(14), &under),
        ];
        let v1 = |seed, name| testing::key(seed, name, KeyKind::CosignatureV1);
        let keys = [v1(4, "d"), v1(1, "b"), v1(1, "a"), v1(3, "c"), v1(1, "a")];
        assert_eq!(
            signed.verified_cosignatures(&keys),
            [(0, Time(14)), (1, Time(12))]
        );
        assert_eq!(signed.verified_cosignatures(&keys[2..]), [(0, Time(10))]);
        let wrong_kind = [testing::key(1, "a", KeyKind::Ed25519)];
        assert_eq!(signed.verified_cosignatures(&wrong_kind), []);
    }

    #[test]
    fn adds_only_true_cosignatures_and_keeps_the_latest_of_a_key() {
        let under = testing::checkpoint(7);
        let mut signed = testing::signed(under.clone());
        let keys = [
            testing::key(1, "a", KeyKind::CosignatureV1),
            testing::key(2, "b", KeyKind::CosignatureV1),
        ];
        let at = |seed, name, time| testing::cosignature(seed, name, Time(time), &under);
        let other = testing::cosignature(1, "a", Time(20), &testing::checkpoint(8));
        let table = [
            ("the first of a key", at(1, "a", 10), Ok(true)),
            ("the first of another", at(2, "b", 5), Ok(true)),
            (
                "of no known key",
                at(3, "c", 10),
                Err(CheckpointRefusal::NotCosigned),
            ),
            (
                "under another checkpoint",
                other,
                Err(CheckpointRefusal::NotCosigned),
            ),
            ("an earlier one", at(1, "a", 9), Ok(false)),
            ("the same", at(1, "a", 10), Ok(false)),
            ("a later one", at(1, "a", 20), Ok(true)),
        ];
        for (what, cosignature, answer) in table {
            assert_eq!(signed.add(&keys, &cosignature), answer, "{what}");
        }
        assert_eq!(
            signed.verified_cosignatures(&keys),
            [(0, Time(20)), (1, Time(5))]
        );
        assert_eq!(signed.cosignatures.len(), 2);
    }

    #[test]
    fn every_member_fits_under_a_checkpoint() {
        let under = testing::checkpoint(limits::INTEGER_MAX);
        let mut signed = testing::signed(under.clone());
        let name = "m".repeat(limits::PARTY_NAME_OCTETS_MAX);
        let one = testing::cosignature(1, &name, Time(1), &under);
        signed.cosignatures = vec![one; limits::MEMBERS_MAX];
        assert_eq!(
            CosignedCheckpoint::parse(signed.to_text().as_bytes()),
            Ok(signed)
        );
    }
}
