//! Papers: an act that waits for signatures, with all that a signer needs to
//! judge it on a machine without a network. What the act names by a digest is
//! here and was compared with the digest: the proposal that a consent is
//! under, the present sets of its names, the charter that is signed.
//!
//! What no digest covers are the keys that the holders have now. They are as
//! the machine said that made the papers; the ledger has the last word when the
//! act is filed.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `refusal` | [`PapersRefusal`]: why papers are not taken |
//! | `needs` | [`Missing`]: whose signatures are still missing |
//! | `verify` | what is shown is what the act names |

mod needs;
mod refusal;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::BTreeMap;

use comity_core::act::{self, Act, Envelope, SignatureEntry, json};
use comity_core::basic::{Digest, PublicKey};
use comity_core::charter::Charter;
use comity_core::holder::{HolderId, HolderKeys};
use comity_core::limits;
use comity_core::refusal::Refusal;
use comity_core::state::{Founded, RollKind};
use comity_core::zone::{Change, Name, Rtype};
use serde::{Deserialize, Serialize};

use crate::signer::Signer;
pub use needs::Missing;
pub use refusal::{PapersRefusal, SignError};

/// The version of the format.
const VERSION: u32 = 1;

/// An act that waits for signatures, with what it is about. Every value of this
/// type was verified.
#[derive(Clone, Debug)]
pub struct Papers {
    text: Text,
    act: Act,
    about: Option<Act>,
}

/// A holder and its keys, as the ledger had them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownHolder {
    /// Its id.
    pub id: HolderId,
    /// Its keys.
    pub keys: HolderKeys,
}

/// Members, and how many of them must sign, as the ledger had them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownMembers {
    /// Their keys, sorted.
    pub keys: Vec<PublicKey>,
    /// How many must sign.
    pub needed: u16,
}

/// The file's fields in their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    papers: u32,
    act: Envelope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<Envelope>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    holders: Vec<KnownHolder>,
    /// Each must stay as it is (NOC): a consent is for this state alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    present: Vec<Change>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charter: Option<Charter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    members: Option<KnownMembers>,
}

impl Papers {
    /// Papers for an act, with what the state says of it. `about` is the act
    /// that it refers to, as the ledger has it.
    ///
    /// # Errors
    /// Where they would not be taken; see [`PapersRefusal`].
    pub fn prepare(
        founded: &Founded,
        act: Envelope,
        about: Option<Envelope>,
    ) -> Result<Self, PapersRefusal> {
        let read = read(&act)?;
        let known = |id: HolderId| {
            let holder = founded.holders.get(&id);
            let keys = holder.map(|holder| holder.keys.clone());
            keys.map(|keys| KnownHolder { id, keys })
        };
        let charter = matches!(read, Act::Accession(_)).then(|| founded.charter.clone());
        let members = match &read {
            Act::Roll(act) => Some(known_members(founded, act.kind)),
            _ => None,
        };
        Self::verify(Text {
            papers: VERSION,
            holders: brought_by(&read)
                .or_else(|| holder_of(&read).and_then(known))
                .into_iter()
                .collect(),
            present: present(founded, &read),
            act,
            about,
            charter,
            members,
        })
    }

    /// Reads papers.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn parse(octets: &[u8]) -> Result<Self, PapersRefusal> {
        if octets.len() > limits::PAPERS_OCTETS_MAX {
            return Err(PapersRefusal::TooLarge {
                octets: octets.len(),
            });
        }
        let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
        Self::verify(json::decode(octets).map_err(PapersRefusal::Format)?)
    }

    /// Their one text, and a line feed.
    pub fn to_octets(&self) -> Vec<u8> {
        [json::encode(&self.text), b"\n".to_vec()].concat()
    }

    fn verify(text: Text) -> Result<Self, PapersRefusal> {
        if text.papers != VERSION {
            return Err(PapersRefusal::Version { found: text.papers });
        }
        let act = read(&text.act)?;
        verify::entry(&text.act)?;
        let about = verify::about(&text, &act)?;
        verify::holders(&text, &act)?;
        verify::present(&text, &act)?;
        verify::charter(&text, &act)?;
        verify::members(&text, &act)?;
        let papers = Self { text, act, about };
        let stranger = papers.signers().find(|key| !papers.may_sign(key));
        match stranger.copied() {
            Some(key) => Err(PapersRefusal::Stranger { key }),
            None => Ok(papers),
        }
    }

    /// The act.
    pub fn act(&self) -> &Act {
        &self.act
    }

    /// The act with its signatures so far.
    pub fn envelope(&self) -> &Envelope {
        &self.text.act
    }

    /// The act's id.
    pub fn id(&self) -> Digest {
        self.text.act.id()
    }

    /// What the act refers to, with the keys that signed that.
    pub fn about(&self) -> Option<(&Act, Vec<PublicKey>)> {
        let envelope = self.text.about.as_ref()?;
        let signers = envelope.claimed_signers().copied().collect();
        Some((self.about.as_ref()?, signers))
    }

    /// The holders whose keys sign, with these as they were when the papers were
    /// made; none for acts of members.
    pub fn holders(&self) -> &[KnownHolder] {
        &self.text.holders
    }

    /// The present sets of the names of a consent, each as a change that
    /// leaves it as it is.
    pub fn present(&self) -> &[Change] {
        &self.text.present
    }

    /// The charter that is signed.
    pub fn charter(&self) -> Option<&Charter> {
        self.text.charter.as_ref()
    }

    /// The members of whom so many must sign, where it is more than one.
    pub fn members(&self) -> Option<&KnownMembers> {
        self.text.members.as_ref()
    }

    /// The same papers with the keys that holders and members have by this state.
    #[must_use]
    pub fn with_keys_of(mut self, founded: &Founded) -> Self {
        if let Act::Roll(act) = &self.act {
            self.text.members = Some(known_members(founded, act.kind));
        }
        if brought_by(&self.act).is_some() {
            return self;
        }
        for holder in &mut self.text.holders {
            if let Some(known) = founded.holders.get(&holder.id) {
                holder.keys = known.keys.clone();
            }
        }
        self
    }

    /// Adds a signature.
    ///
    /// # Errors
    /// Where this key has no part in the act, or has signed; or where a token
    /// does not sign.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<(), SignError> {
        let key = signer.public();
        self.check_signer(key).map_err(SignError::Refused)?;
        let input = self.text.act.signing_input();
        let sig = signer.sign(&input).map_err(SignError::Token)?;
        self.text.act.add(SignatureEntry { keyid: key, sig });
        Ok(())
    }

    /// Takes over the signatures of a copy of the same papers.
    ///
    /// # Errors
    /// Where the copy is of another act.
    pub fn merge(&mut self, copy: &Self) -> Result<(), PapersRefusal> {
        if copy.id() != self.id() {
            return Err(PapersRefusal::OtherAct { found: copy.id() });
        }
        for entry in copy.text.act.signatures() {
            self.text.act.add(*entry);
        }
        Ok(())
    }
}

/// What an envelope says, where it is an act that people sign.
fn read(envelope: &Envelope) -> Result<Act, PapersRefusal> {
    let nothing: BTreeMap<Digest, Vec<u8>> = BTreeMap::new();
    let other = || PapersRefusal::OtherKind {
        found: envelope.payload_type().to_string(),
    };
    match act::read(envelope, &nothing) {
        Ok(
            Act::Founding { .. }
            | Act::Ceremony { .. }
            | Act::Time(_)
            | Act::Upstream(_)
            | Act::Absence(_)
            | Act::Decision(_)
            | Act::Session(_)
            | Act::Keyset(_)
            | Act::Edition(_),
        )
        | Err(Refusal::BlobMissing { .. }) => Err(other()),
        Ok(act) => Ok(act),
        Err(refusal) => Err(PapersRefusal::Act(Box::new(refusal))),
    }
}

/// The act that another refers to by its id.
pub fn reference(act: &Act) -> Option<Digest> {
    match act {
        Act::Consent(act) => Some(act.proposal),
        Act::Ballot(act) => Some(act.proposal),
        Act::Objection(act) => Some(act.to),
        Act::Declaration(act) => (act.to != act.ledger).then_some(act.to),
        Act::Proposal(act) => act.amends,
        _ => None,
    }
}

/// The ledger that an act of people is for.
pub fn ledger(act: &Act) -> Option<Digest> {
    match act {
        Act::Proposal(act) => Some(act.ledger),
        Act::Consent(act) => Some(act.ledger),
        Act::Rotation(act) => Some(act.ledger),
        Act::Testament(act) => Some(act.ledger),
        Act::Transfer(act) => Some(act.ledger),
        Act::Objection(act) => Some(act.ledger),
        Act::Accession(act) => Some(act.ledger),
        Act::Departure(act) => Some(act.ledger),
        Act::Declaration(act) => Some(act.ledger),
        Act::Ballot(act) => Some(act.ledger),
        Act::Claim(act) => Some(act.claim.ledger),
        Act::Roll(act) => Some(act.ledger),
        _ => None,
    }
}

/// The members, any of whom can ask for a new key.
fn known_members(founded: &Founded, kind: RollKind) -> KnownMembers {
    let staying = founded.members.iter().filter(|it| it.departed.is_none());
    let mut keys: Vec<PublicKey> = staying.map(|member| member.key).collect();
    keys.sort_unstable();
    let needed = u16::try_from(founded.roll_signers(kind)).unwrap_or(u16::MAX);
    KnownMembers { keys, needed }
}

/// The holder whose present keys sign.
fn holder_of(act: &Act) -> Option<HolderId> {
    match act {
        Act::Consent(act) => Some(act.holder),
        Act::Rotation(act) => Some(act.holder),
        Act::Testament(act) => Some(act.holder),
        Act::Objection(act) => Some(act.holder),
        Act::Transfer(act) => Some(act.from),
        Act::Claim(act) => Some(act.claim.holder),
        _ => None,
    }
}

/// A claim brings its holder along, which signs with the operational keys.
fn brought_by(act: &Act) -> Option<KnownHolder> {
    match act {
        Act::Claim(act) => Some(KnownHolder {
            id: act.claim.holder,
            keys: HolderKeys {
                recovery: None,
                ..act.claim.keys.clone()
            },
        }),
        _ => None,
    }
}

/// The sets at and below the names of a consent.
fn present(founded: &Founded, act: &Act) -> Vec<Change> {
    let Act::Consent(consent) = act else {
        return Vec::new();
    };
    let is_meant = |name: &Name| {
        let mut names = consent.names.iter();
        names.any(|own| name.is_at_or_below(&own.name))
    };
    let sets = founded.contents.sets();
    let sets = sets.filter(|(key, _)| is_meant(&key.owner));
    let mut present: Vec<_> = sets
        .map(|(key, set)| Change {
            name: key.owner,
            rtype: key.rtype,
            old: Some(set.clone()),
            new: Some(set.clone()),
        })
        .collect();
    let by = |change: &Change| -> (Name, Rtype) { (change.name.clone(), change.rtype) };
    present.sort_by_key(by);
    present
}
