//! The signed envelope (DSSE 1.0.2, `protocol.md` and `envelope.md`). A
//! signature's `keyid` is the public key itself.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::json::{self, Payload};
use crate::basic::{Digest, PublicKey, Signature, from_base64};
use crate::limits;
use crate::refusal::FormatRefusal;

/// A payload, its type, and the signatures over both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<SignatureEntry>,
}

/// One signature and whose it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureEntry {
    /// The signer's public key.
    pub keyid: PublicKey,
    /// The signature over [`Envelope::signing_input`].
    pub sig: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Text {
    payload_type: String,
    payload: String,
    signatures: Vec<SignatureEntry>,
}

impl Envelope {
    /// An envelope around `payload` that nobody has signed yet.
    pub fn unsigned<P: Payload>(payload: &P) -> Self {
        Self {
            payload_type: P::TYPE.into(),
            payload: json::encode(payload),
            signatures: Vec::new(),
        }
    }

    /// Reads an envelope of at most `octets_max` octets. Its signatures are
    /// sorted by key, at least one, none doubled. None is verified yet.
    ///
    /// # Errors
    /// The rule of the format that the octets break.
    pub fn parse(octets: &[u8], octets_max: usize) -> Result<Self, FormatRefusal> {
        if octets.len() > octets_max {
            return Err(FormatRefusal::TooLarge {
                octets: octets.len(),
                octets_max,
            });
        }
        let text: Text = json::decode(octets)?;
        let payload = from_base64(&text.payload).ok_or(FormatRefusal::Base64)?;
        if text.signatures.is_empty() {
            return Err(FormatRefusal::NotSigned);
        }
        if text.signatures.len() > limits::MEMBERS_MAX {
            return Err(FormatRefusal::TooManySignatures {
                count: text.signatures.len(),
            });
        }
        if !text
            .signatures
            .windows(2)
            .all(|pair| pair[0].keyid < pair[1].keyid)
        {
            return Err(FormatRefusal::SignaturesOutOfOrder);
        }
        Ok(Self {
            payload_type: text.payload_type,
            payload,
            signatures: text.signatures,
        })
    }

    /// The envelope's one text.
    pub fn to_octets(&self) -> Vec<u8> {
        json::encode(&Text {
            payload_type: self.payload_type.clone(),
            payload: BASE64.encode(&self.payload),
            signatures: self.signatures.clone(),
        })
    }

    /// What is signed: DSSE's pre-authentication encoding.
    pub fn signing_input(&self) -> Vec<u8> {
        let kind = &self.payload_type;
        let head = format!("DSSEv1 {} {kind} {} ", kind.len(), self.payload.len());
        [head.as_bytes(), &self.payload].concat()
    }

    /// The unsigned envelope whose [`Self::signing_input`] these octets are.
    ///
    /// # Errors
    /// [`FormatRefusal::SigningInput`] where they are no such octets.
    pub fn from_signing_input(octets: &[u8]) -> Result<Self, FormatRefusal> {
        let malformed = FormatRefusal::SigningInput;
        let text = core::str::from_utf8(octets).map_err(|_| malformed.clone())?;
        let mut parts = text.splitn(5, ' ');
        let (Some("DSSEv1"), Some(_), Some(kind), Some(_), Some(payload)) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(malformed);
        };
        let envelope = Self {
            payload_type: kind.into(),
            payload: payload.as_bytes().to_vec(),
            signatures: Vec::new(),
        };
        // The lengths are right exactly where the octets come out again.
        if envelope.signing_input() == octets {
            Ok(envelope)
        } else {
            Err(malformed)
        }
    }

    /// What names this act or message, whoever signed it: the digest of
    /// [`Self::signing_input`].
    pub fn id(&self) -> Digest {
        Digest::of(&self.signing_input())
    }

    /// Adds a signature, keeping the order by key. A second one by the same
    /// key replaces the first.
    pub fn add(&mut self, entry: SignatureEntry) {
        match self
            .signatures
            .binary_search_by_key(&entry.keyid, |present| present.keyid)
        {
            Ok(at) => self.signatures[at] = entry,
            Err(at) => self.signatures.insert(at, entry),
        }
    }

    /// The signatures, sorted by key. None is verified.
    pub fn signatures(&self) -> &[SignatureEntry] {
        &self.signatures
    }

    /// How many signatures it has.
    pub fn signature_count(&self) -> usize {
        self.signatures.len()
    }

    /// The payload type.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The payload as a `P`.
    ///
    /// # Errors
    /// Where it is another type, or not the one text of a `P`.
    pub fn payload<P: Payload>(&self) -> Result<P, FormatRefusal> {
        if self.payload_type != P::TYPE {
            return Err(FormatRefusal::WrongType {
                expected: P::TYPE,
                found: self.payload_type.clone(),
            });
        }
        json::decode(&self.payload)
    }

    /// The keys that the envelope says have signed it. Nothing is verified.
    pub fn claimed_signers(&self) -> impl Iterator<Item = &PublicKey> {
        self.signatures.iter().map(|entry| &entry.keyid)
    }

    /// The keys that signed, each signature verified strictly.
    ///
    /// # Errors
    /// [`FormatRefusal::BadSignature`] with the first key whose signature fails.
    pub fn verified_signers(&self) -> Result<Vec<PublicKey>, FormatRefusal> {
        let input = self.signing_input();
        for entry in &self.signatures {
            if !entry.keyid.verifies(&input, &entry.sig) {
                return Err(FormatRefusal::BadSignature { key: entry.keyid });
            }
        }
        Ok(self.signatures.iter().map(|entry| entry.keyid).collect())
    }
}

/// Envelopes stand inside other JSON (a transcript, a list of commitments) as
/// themselves.
impl Serialize for Envelope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Text {
            payload_type: self.payload_type.clone(),
            payload: BASE64.encode(&self.payload),
            signatures: self.signatures.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let payload = from_base64(&text.payload)
            .ok_or_else(|| serde::de::Error::custom("base64 expected"))?;
        Ok(Self {
            payload_type: text.payload_type,
            payload,
            signatures: text.signatures,
        })
    }
}
