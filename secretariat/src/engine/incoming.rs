//! What comes in, read and verified as far as that needs no state: away from
//! the engine, which takes one thing at a time.

use std::collections::BTreeMap;

use comity_core::act::json::Payload;
use comity_core::act::{self, Act, Checked, Envelope, blobs_of};
use comity_core::basic::PublicKey;
use comity_core::limits;
use comity_core::message::{
    Confirmation, Deal, Dealing, Invitation, Opening, Possession, Reception,
};
use comity_core::refusal::{FormatRefusal, Refusal};
use comity_mirror::signature::ByRing;

use super::EngineError;

/// An act that anybody may put in.
pub struct PublicAct {
    pub(super) entry: Vec<u8>,
    pub(super) checked: Checked<Act>,
}

impl PublicAct {
    /// Reads an entry.
    ///
    /// # Errors
    /// The rule of the format that it breaks. Acts that name blobs are the
    /// secretariat's own: no blob is read for what somebody sends.
    pub fn read(entry: &[u8]) -> Result<Self, EngineError> {
        if !blobs_of(entry)?.is_empty() {
            let envelope = Envelope::parse(entry, limits::ENTRY_OCTETS_MAX)?;
            let signers = envelope.verified_signers()?;
            let key = *signers.first().ok_or(FormatRefusal::NotSigned)?;
            return Err(Refusal::NotEntitled { key }.into());
        }
        Ok(Self {
            entry: entry.to_vec(),
            checked: act::check(entry, &BTreeMap::new(), &ByRing)?,
        })
    }
}

/// A message that one member has signed.
pub struct SignedMessage {
    pub(super) sender: PublicKey,
    pub(super) envelope: Envelope,
}

impl SignedMessage {
    /// Reads a message; `members` are the members' keys once there are any.
    ///
    /// # Errors
    /// Where it is malformed, or not signed by one member.
    pub fn read(octets: &[u8], members: Option<&[PublicKey]>) -> Result<Self, EngineError> {
        let envelope = Envelope::parse(octets, limits::MESSAGE_OCTETS_MAX)?;
        let octets_max = octets_max(envelope.payload_type());
        if octets.len() > octets_max {
            let octets = octets.len();
            return Err(FormatRefusal::TooLarge { octets, octets_max }.into());
        }
        let members = members.ok_or(Refusal::NotFounded)?;
        // The dear part last, and only for members.
        let sender = match envelope.claimed_signers().collect::<Vec<_>>()[..] {
            [key] if members.contains(key) => *key,
            [key] => return Err(Refusal::NotEntitled { key: *key }.into()),
            ref keys => {
                let signers = keys.len();
                return Err(Refusal::TooManySigners { signers }.into());
            }
        };
        envelope.verified_signers()?;
        Ok(Self { sender, envelope })
    }
}

/// Octets of a message of this type.
fn octets_max(payload_type: &str) -> usize {
    match payload_type {
        Opening::TYPE
        | Deal::TYPE
        | Confirmation::TYPE
        | Invitation::TYPE
        | Dealing::TYPE
        | Reception::TYPE
        | Possession::TYPE => limits::CEREMONY_MESSAGE_OCTETS_MAX,
        _ => limits::MESSAGE_OCTETS_MAX,
    }
}

#[cfg(test)]
mod tests {
    use comity_core::basic::Digest;
    use comity_core::message::{CeremonyId, SealedShare};
    use comity_sign::identity::Identity;
    use rand_core::OsRng;

    use super::*;

    fn deal(shares: usize) -> Deal {
        let ceremony = CeremonyId {
            ledger: Digest([1; 32]),
            epoch: 1,
            attempt: 1,
        };
        let share = SealedShare {
            to: 250,
            octets: "ab".repeat(80),
        };
        Deal {
            ceremony,
            openings: Digest([2; 32]),
            sealed: vec![share; shares],
        }
    }

    fn rule(read: Result<SignedMessage, EngineError>) -> Option<&'static str> {
        match read {
            Ok(_) => None,
            Err(EngineError::Refused(refusal)) => Some(refusal.rule()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn only_a_members_message_of_its_size_is_read() {
        let [member, stranger] = [(); 2].map(|()| Identity::generate(&mut OsRng));
        let members = [member.public()];
        let largest = member.signed(&deal(limits::MEMBERS_MAX)).to_octets();
        let too_large = member.signed(&deal(3 * limits::MEMBERS_MAX)).to_octets();
        let strange = stranger.signed(&deal(1)).to_octets();
        let text = String::from_utf8(member.signed(&deal(2)).to_octets()).unwrap();
        let (other, own) = (strange.clone(), text.clone());
        let signature = |text: &str| text.split("\"sig\":").nth(1).unwrap().to_string();
        let other = String::from_utf8(other).unwrap();
        let forged = own
            .replace(&signature(&own), &signature(&other))
            .into_bytes();
        let table = [
            (largest, None),
            (text.into_bytes(), None),
            (too_large, Some("format")),
            (strange, Some("not-entitled")),
            (forged, Some("format")),
            (b"nonsense".to_vec(), Some("format")),
        ];
        for (octets, expected) in table {
            let read = SignedMessage::read(&octets, Some(&members));
            assert_eq!(rule(read), expected);
        }
        let early = SignedMessage::read(&member.signed(&deal(1)).to_octets(), None);
        assert_eq!(rule(early), Some("not-founded"));
    }
}
