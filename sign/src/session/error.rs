//! Each rule of a session that can say no.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

/// Why a session gave no shares or no signatures. Signers are named by their
/// ids, messages by their places in the batch, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// The nonces were made with another share: another's, of another key, or of
    /// another epoch of the same key.
    WrongShare,
    /// There are more or fewer messages than nonces.
    Messages {
        /// For how many messages there are nonces.
        expected: usize,
        /// How many messages there are.
        found: usize,
    },
    /// What is shown as this signer's own commitments is not what it made.
    OwnCommitmentsDiffer,
    /// There are fewer signers than the threshold.
    TooFewSigners {
        /// How many it takes.
        threshold: u16,
        /// How many there are.
        signers: usize,
    },
    /// This is no holder of a share, or no signer of this session.
    Stranger {
        /// Whose it claims to be.
        id: u16,
    },
    /// A signer's commitments have not 64 octets for each message.
    CommitmentsLength {
        /// Whose they are.
        culprit: u16,
        /// Their length.
        octets: usize,
    },
    /// A commitment is not a point of the prime-order group.
    BadCommitment {
        /// Whose it is.
        culprit: u16,
        /// For which message.
        index: usize,
    },
    /// A signer uses the same nonce twice.
    RepeatedCommitment {
        /// Whose it is.
        culprit: u16,
        /// For which message it is used again.
        index: usize,
    },
    /// A signer's shares are missing.
    MissingShares {
        /// Whose.
        culprit: u16,
    },
    /// Shares are wrong: not 32 octets for each message, not scalars, or not what
    /// the signer's verifying share says.
    BadShares {
        /// Whose they are, in order: all of them.
        culprits: Vec<u16>,
    },
    /// Every share is right and no signature comes of them: the threshold of the
    /// group is not the one its key was made with, or the commitments add up to
    /// nothing.
    NoSignature {
        /// Which message.
        index: usize,
    },
}

impl SessionError {
    /// The signers who must be left out of the next session.
    pub fn culprits(&self) -> Vec<u16> {
        match self {
            Self::CommitmentsLength { culprit, .. }
            | Self::BadCommitment { culprit, .. }
            | Self::RepeatedCommitment { culprit, .. }
            | Self::MissingShares { culprit } => [*culprit].into(),
            Self::BadShares { culprits } => culprits.clone(),
            Self::WrongShare
            | Self::Messages { .. }
            | Self::OwnCommitmentsDiffer
            | Self::TooFewSigners { .. }
            | Self::Stranger { .. }
            | Self::NoSignature { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongShare => f.write_str("the nonces do not belong to this share"),
            Self::Messages { expected, found } => {
                write!(
                    f,
                    "there are nonces for {expected} messages, and {found} messages"
                )
            }
            Self::OwnCommitmentsDiffer => {
                f.write_str("the commitments shown as ours are missing or not the ones we made")
            }
            Self::TooFewSigners { threshold, signers } => {
                write!(f, "there are {signers} signers; it takes {threshold}")
            }
            Self::Stranger { id } => write!(f, "{id} is no signer here"),
            Self::CommitmentsLength { culprit, octets } => write!(
                f,
                "the commitments of signer {culprit} have {octets} octets, which does not fit \
                 the number of messages"
            ),
            Self::BadCommitment { culprit, index } => write!(
                f,
                "the commitment of signer {culprit} for message {index} is no valid point"
            ),
            Self::RepeatedCommitment { culprit, index } => write!(
                f,
                "signer {culprit} uses a nonce a second time, for message {index}"
            ),
            Self::MissingShares { culprit } => {
                write!(f, "the shares of signer {culprit} are missing")
            }
            Self::BadShares { culprits } => {
                let ids: Vec<String> = culprits.iter().map(u16::to_string).collect();
                write!(f, "wrong signature shares from signers {}", ids.join(", "))
            }
            Self::NoSignature { index } => {
                write!(
                    f,
                    "no signature over message {index} comes of these signers"
                )
            }
        }
    }
}

impl core::error::Error for SessionError {}
