//! What can go wrong with a token, and what to do about it.

use std::error;
use std::fmt;
use std::path::PathBuf;

use comity_mirror::files::FileError;

/// A token does not sign.
#[derive(Debug)]
pub enum TokenError {
    /// The token's library cannot be used.
    Library {
        /// The library.
        path: PathBuf,
        /// What it or the system says.
        error: cryptoki::error::Error,
    },
    /// No token is as the URI says.
    NoToken {
        /// The URI.
        uri: String,
    },
    /// More than one token is as the URI says.
    SeveralTokens {
        /// The URI.
        uri: String,
    },
    /// The token cannot sign with Ed25519 at all.
    NoMechanism {
        /// The URI.
        uri: String,
    },
    /// The token wants a PIN, and nobody says which.
    NoPin {
        /// The URI.
        uri: String,
    },
    /// The file with the PIN cannot be read.
    PinFile(FileError),
    /// The file with the PIN has something else in it.
    PinText {
        /// The file.
        path: PathBuf,
    },
    /// The PIN is not the token's.
    WrongPin {
        /// The URI.
        uri: String,
    },
    /// One more wrong PIN would lock the token.
    LastTry {
        /// The URI.
        uri: String,
    },
    /// The token takes no PIN any more.
    PinLocked {
        /// The URI.
        uri: String,
    },
    /// The token has no such key.
    NoKey {
        /// The URI.
        uri: String,
    },
    /// The token has several such keys.
    SeveralKeys {
        /// The URI.
        uri: String,
    },
    /// The key is not one of Ed25519.
    OtherKind {
        /// The URI.
        uri: String,
    },
    /// The token does not say what the public key is, or not in a form that
    /// is known.
    BadPoint {
        /// The URI.
        uri: String,
    },
    /// What the token gave back does not verify under its own public key.
    BadSignature {
        /// The URI.
        uri: String,
    },
    /// The token or its library says no.
    Failed {
        /// What was being done.
        action: &'static str,
        /// What it says.
        error: cryptoki::error::Error,
    },
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library { path, error } => {
                write!(
                    f,
                    "the token library {} cannot be used: {error}",
                    path.display()
                )
            }
            Self::NoToken { uri } => write!(f, "no token is as {uri} says; is it plugged in?"),
            Self::SeveralTokens { uri } => write!(
                f,
                "several tokens are as {uri} says; name one by token= or serial="
            ),
            Self::NoMechanism { uri } => write!(
                f,
                "the token of {uri} does not have the mechanism CKM_EDDSA, which Ed25519 needs"
            ),
            Self::NoPin { uri } => write!(
                f,
                "the token of {uri} wants a PIN; put it into a file and name that by pin-source="
            ),
            Self::PinFile(error) => error.fmt(f),
            Self::PinText { path } => {
                write!(f, "{} does not have one line with a PIN", path.display())
            }
            Self::WrongPin { uri } => write!(
                f,
                "the PIN is not that of the token of {uri}; each wrong one counts"
            ),
            Self::LastTry { uri } => write!(
                f,
                "one more wrong PIN locks the token of {uri}; log in with its own tool first"
            ),
            Self::PinLocked { uri } => write!(
                f,
                "the token of {uri} is locked after too many wrong PINs; its security officer \
                 can unlock it"
            ),
            Self::NoKey { uri } => write!(f, "the token has no key as {uri} says"),
            Self::SeveralKeys { uri } => write!(
                f,
                "the token has several keys as {uri} says; name one by id="
            ),
            Self::OtherKind { uri } => write!(f, "the key of {uri} is not one of Ed25519"),
            Self::BadPoint { uri } => {
                write!(f, "the token does not say what the public key of {uri} is")
            }
            Self::BadSignature { uri } => write!(
                f,
                "what the token of {uri} gave back is no signature of its key; nothing was signed"
            ),
            Self::Failed { action, error } => write!(f, "{action}: {error}"),
        }
    }
}

impl error::Error for TokenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Library { error, .. } | Self::Failed { error, .. } => Some(error),
            Self::PinFile(error) => Some(error),
            Self::NoToken { .. }
            | Self::SeveralTokens { .. }
            | Self::NoMechanism { .. }
            | Self::NoPin { .. }
            | Self::PinText { .. }
            | Self::WrongPin { .. }
            | Self::LastTry { .. }
            | Self::PinLocked { .. }
            | Self::NoKey { .. }
            | Self::SeveralKeys { .. }
            | Self::OtherKind { .. }
            | Self::BadPoint { .. }
            | Self::BadSignature { .. } => None,
        }
    }
}
