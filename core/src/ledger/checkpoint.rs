//! Checkpoints: the ledger's head, signed by the log and cosigned by members
//! and witnesses (C2SP tlog-checkpoint). Comity's have no extension lines and
//! an origin that is the log's key name.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use data_encoding::BASE64;

use crate::basic::{Digest, PublicKey, Signature, Time, from_base64};
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
        let root = from_base64(root).ok_or(CheckpointRefusal::BadRoot)?;
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

/// A checkpoint of which signatures were verified before it was known whose
/// count: so that many can be, at the same time. What was not is verified when
/// it is asked for.
#[derive(Clone, Debug)]
pub struct VerifiedHead {
    head: CosignedCheckpoint,
    /// The log key that signed it.
    log: Option<NoteKey>,
    /// When each key that was tried cosigned it, if it did.
    tried: BTreeMap<NoteKey, Option<Time>>,
}

impl VerifiedHead {
    /// One of which nothing is verified yet.
    pub fn new(head: CosignedCheckpoint) -> Self {
        Self {
            head,
            log: None,
            tried: BTreeMap::new(),
        }
    }

    /// Verifies the log's signature, and those of cosigners.
    pub fn verify(&mut self, log: &NoteKey, cosigners: &[NoteKey]) {
        let is_signed = self.head.verify_log(log).is_ok();
        self.log = is_signed.then(|| log.clone());
        for key in cosigners {
            let cosigned = self.head.cosigned_by(key);
            self.tried.insert(key.clone(), cosigned);
        }
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.head.checkpoint
    }

    /// As [`CosignedCheckpoint::verify_log`].
    ///
    /// # Errors
    /// As there.
    pub fn verify_log(&self, log: &NoteKey) -> Result<(), CheckpointRefusal> {
        match self.log.as_ref() == Some(log) {
            true => Ok(()),
            false => self.head.verify_log(log),
        }
    }

    /// As [`CosignedCheckpoint::verified_cosignatures`].
    pub fn verified_cosignatures(&self, keys: &[NoteKey]) -> Vec<(usize, Time)> {
        let cosigned = |key: &NoteKey| match self.tried.get(key) {
            Some(cosigned) => *cosigned,
            None => self.head.cosigned_by(key),
        };
        self.head.counted(keys, cosigned)
    }
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
        self.counted(keys, |key| self.cosigned_by(key))
    }

    /// When a key cosigned, by the first of its lines that is true.
    fn cosigned_by(&self, key: &NoteKey) -> Option<Time> {
        let mut lines = self.cosignatures.iter();
        let own = lines.find(|line| line.is_by(key, &self.checkpoint));
        own.map(|line| line.time)
    }

    fn counted(
        &self,
        keys: &[NoteKey],
        cosigned: impl Fn(&NoteKey) -> Option<Time>,
    ) -> Vec<(usize, Time)> {
        let mut counted: Vec<PublicKey> = Vec::new();
        let mut verified = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            if counted.contains(&key.key()) {
                continue;
            }
            if let Some(time) = cosigned(key) {
                counted.push(key.key());
                verified.push((index, time));
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
mod tests;
