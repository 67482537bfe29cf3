//! Proof that a member sent wrong shares: the message that it signed. With
//! the ledger at hand, on which the session act binds the member to these
//! commitments and this batch, everybody comes to the same judgement.
//!
//! A member cannot be made to look like a liar: an honest one signs shares
//! only for a session act that it verified itself, and those are right.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use comity_core::act::{Envelope, SessionKind};
use comity_core::basic::{Digest, from_base64};
use comity_core::message::Shares;
use comity_core::refusal::FormatRefusal;
use comity_core::state::{Founded, SessionRecord};
use comity_mirror::files::{self, FileError, FileSystem};
use comity_sign::deal::GroupKey;
use comity_sign::session::{Ahead, Batch, SessionError, wrong_shares};
use serde::Serialize;

/// What a message proves: this member sent wrong shares in this session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The member's name.
    pub member: String,
    /// The edition that was being signed.
    pub edition: u64,
    /// Which of its batches.
    pub kind: SessionKind,
    /// Which try.
    pub attempt: u32,
    /// The session act.
    pub act: Digest,
    /// The message, by the digest of what is signed.
    pub message: Digest,
}

/// Why a message proves nothing against anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoProof {
    /// It is no message, or its signature does not verify.
    Format(FormatRefusal),
    /// It is not signed by one member alone.
    NotAMember,
    /// It is about another session than this one.
    OtherSession {
        /// The session act that it names.
        act: Digest,
    },
    /// The member was no signer of the session.
    NotAsked {
        /// The member.
        member: String,
    },
    /// The shares are right.
    Right {
        /// The member.
        member: String,
    },
    /// In this session no shares could be right.
    Session(SessionError),
}

impl From<FormatRefusal> for NoProof {
    fn from(refusal: FormatRefusal) -> Self {
        Self::Format(refusal)
    }
}

/// What `message` proves of its signer, in a session over `messages` with
/// members who hold shares of the key of `group`.
///
/// # Errors
/// Why it proves nothing.
pub fn judge(
    founded: &Founded,
    group: &GroupKey,
    session: &SessionRecord,
    messages: &[Vec<u8>],
    message: &Envelope,
) -> Result<Proof, NoProof> {
    let shares: Shares = message.payload()?;
    let [key] = message.verified_signers()?[..] else {
        return Err(NoProof::NotAMember);
    };
    let id = founded.number_of(&key).ok_or(NoProof::NotAMember)?;
    let member = founded.members[usize::from(id) - 1].name.clone();
    if shares.act != session.act || shares.session != session.id {
        return Err(NoProof::OtherSession { act: shares.act });
    }
    if !session.commitments.contains_key(&id) {
        return Err(NoProof::NotAsked { member });
    }
    // What cannot be read is as wrong as anything of another length.
    let octets = from_base64(&shares.shares).unwrap_or_default();
    let batch = Batch {
        messages,
        commitments: &session.commitments,
        ahead: Ahead::new(),
    };
    match wrong_shares(group, &batch, &BTreeMap::from([(id, octets.as_slice())])) {
        Ok(wrong) if wrong.is_empty() => Err(NoProof::Right { member }),
        Ok(_) => Ok(Proof {
            member,
            edition: session.id.edition,
            kind: session.id.kind,
            attempt: session.id.attempt,
            act: session.act,
            message: message.id(),
        }),
        Err(error) => Err(NoProof::Session(error)),
    }
}

/// Keeps a message in `directory` of a file system, under its digest.
///
/// # Errors
/// Where the write fails.
pub fn keep(
    system: &dyn FileSystem,
    directory: &Path,
    message: &Envelope,
) -> Result<(), FileError> {
    files::create_private_directory_on(system, directory)?;
    let file = format!("{}.json", message.id());
    files::write_private_on(system, &directory.join(file), &message.to_octets())
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            member,
            edition,
            attempt,
            message,
            ..
        } = self;
        let batch = match self.kind {
            SessionKind::Records => "the records",
            SessionKind::Zonemd => "ZONEMD",
            SessionKind::Test => "the test",
            SessionKind::Keyset => "a set of keys",
        };
        write!(
            f,
            "{member} sent wrong shares for {batch} of edition {edition}, try {attempt}: \
             message {message}"
        )
    }
}

impl fmt::Display for NoProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(refusal) => write!(f, "{refusal}"),
            Self::NotAMember => f.write_str("not signed by one member"),
            Self::OtherSession { act } => {
                write!(f, "about the session act {act}, which is another")
            }
            Self::NotAsked { member } => write!(f, "{member} was no signer of this session"),
            Self::Right { member } => write!(f, "the shares of {member} are right"),
            Self::Session(error) => write!(f, "no shares could be right here: {error}"),
        }
    }
}

impl std::error::Error for NoProof {}
