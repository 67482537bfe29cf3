//! Cosignatures: a member's or witness's statement that, at a time, a
//! checkpoint was the largest consistent one that it had seen of this ledger
//! (C2SP tlog-cosignature, Ed25519).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::basic::{BadText, Signature, Time};
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note::{KeyId, KeyKind, NoteKey, SignatureLine};
use crate::limits;

/// Octets of a `timestamped_signature`: 8 of time, 64 of signature.
const OCTETS: usize = 72;

/// A cosignature as it stands on a line: nothing is known of it until
/// [`Cosignature::is_by`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The cosigner's name.
    pub name: String,
    /// The ID of the cosigner's key.
    pub key_id: KeyId,
    /// When it was made.
    pub time: Time,
    /// The signature over [`Cosignature::message`].
    pub signature: Signature,
}

impl Cosignature {
    /// The message that is signed: a header line, a time line, and the
    /// checkpoint's body (C2SP tlog-cosignature, Ed25519 signed message).
    pub fn message(time: Time, checkpoint: &Checkpoint) -> Vec<u8> {
        format!("cosignature/v1\ntime {}\n{}", time.0, checkpoint.body()).into_bytes()
    }

    /// Puts together what `key` signed. Whether the signature is right is
    /// for the reader to check.
    pub fn new(key: &NoteKey, time: Time, signature: Signature) -> Self {
        Self {
            name: key.name().into(),
            key_id: key.id(),
            time,
            signature,
        }
    }

    /// Whether `key` made this cosignature under `checkpoint`.
    pub fn is_by(&self, key: &NoteKey, checkpoint: &Checkpoint) -> bool {
        key.kind() == KeyKind::CosignatureV1
            && self.name == key.name()
            && self.key_id == key.id()
            && key
                .key()
                .verifies(&Self::message(self.time, checkpoint), &self.signature)
    }

    /// Reads a signature line, if it has a cosignature's form.
    pub fn from_line(line: &SignatureLine) -> Option<Self> {
        let octets: &[u8; OCTETS] = line.signature.as_slice().try_into().ok()?;
        let (time, signature) = octets.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        // The format's own bound is 2^63-1; times are bounded once for all.
        if time > limits::INTEGER_MAX {
            return None;
        }
        Some(Self {
            name: line.name.clone(),
            key_id: line.id,
            time: Time(time),
            signature: Signature(signature.try_into().ok()?),
        })
    }

    /// The signature line of this cosignature.
    pub fn to_line(&self) -> SignatureLine {
        let mut signature = self.time.0.to_be_bytes().to_vec();
        signature.extend_from_slice(&self.signature.0);
        SignatureLine {
            name: self.name.clone(),
            id: self.key_id,
            signature,
        }
    }
}

impl fmt::Display for Cosignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_line().fmt(f)
    }
}

impl FromStr for Cosignature {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        Self::from_line(&text.parse()?).ok_or(BadText {
            expected: "a cosignature line",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::ledger::testing;

    /// The published example of C2SP tlog-cosignature; its key is not.
    const EXAMPLE: &str = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";

    #[test]
    fn the_published_line_reads_and_prints_unchanged() {
        let cosignature: Cosignature = EXAMPLE.parse().unwrap();
        assert_eq!(cosignature.name, "witness.example.com/w1");
        assert_eq!(cosignature.key_id.to_string(), "8d66cf3f");
        assert_eq!(cosignature.time, Time(1_679_315_147));
        assert_eq!(cosignature.to_string(), EXAMPLE);
    }

    #[test]
    fn the_message_is_the_published_one() {
        let checkpoint = Checkpoint::parse(
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        );
        assert_eq!(
            Cosignature::message(Time(1_679_315_147), &checkpoint.unwrap()),
            b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        );
    }

    #[test]
    fn holds_only_for_its_key_its_time_and_its_checkpoint() {
        let checkpoint = testing::checkpoint(7);
        let key = testing::key(1, "utopia", KeyKind::CosignatureV1);
        let cosignature = testing::cosignature(1, "utopia", Time(99), &checkpoint);
        assert!(cosignature.is_by(&key, &checkpoint));
        assert_eq!(cosignature.to_string().parse(), Ok(cosignature.clone()));

        assert!(!cosignature.is_by(&testing::key(1, "utopia", KeyKind::Ed25519), &checkpoint));
        assert!(!cosignature.is_by(
            &testing::key(1, "other", KeyKind::CosignatureV1),
            &checkpoint
        ));
        assert!(!cosignature.is_by(
            &testing::key(2, "utopia", KeyKind::CosignatureV1),
            &checkpoint
        ));
        assert!(!cosignature.is_by(&key, &testing::checkpoint(8)));
        let later = Cosignature {
            time: Time(100),
            ..cosignature
        };
        assert!(!later.is_by(&key, &checkpoint));
    }

    #[test]
    fn a_time_beyond_the_bound_is_no_cosignature() {
        let mut line: SignatureLine = EXAMPLE.parse().unwrap();
        line.signature[..8].copy_from_slice(&(1_u64 << 53).to_be_bytes());
        assert_eq!(Cosignature::from_line(&line), None);
        line.signature.pop();
        assert_eq!(Cosignature::from_line(&line), None);
    }
}
