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

mod needs;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use comity_core::act::{self, Act, Envelope, SignatureEntry, json};
use comity_core::basic::{Digest, PublicKey};
use comity_core::charter::Charter;
use comity_core::holder::{HolderId, HolderKeys};
use comity_core::limits;
use comity_core::refusal::{FormatRefusal, Refusal};
use comity_core::state::{Founded, digest_of_sets};
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
        // A claim brings its holder along.
        let claims = match &read {
            Act::Claim(act) => Some(KnownHolder {
                id: act.claim.holder,
                keys: HolderKeys {
                    recovery: None,
                    ..act.claim.keys.clone()
                },
            }),
            _ => None,
        };
        let charter = matches!(read, Act::Accession(_)).then(|| founded.charter.clone());
        Self::verify(Text {
            papers: VERSION,
            holders: claims
                .or_else(|| holder_of(&read).and_then(known))
                .into_iter()
                .collect(),
            present: present(founded, &read),
            act,
            about,
            charter,
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
        check_entry(&text.act)?;
        let about = verify_about(&text, &act)?;
        verify_holders(&text, &act)?;
        verify_present(&text, &act)?;
        verify_charter(&text, &act)?;
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

    /// The same papers with the keys that the holders have by this state.
    #[must_use]
    pub fn with_keys_of(mut self, founded: &Founded) -> Self {
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
            | Act::Edition(_),
        )
        | Err(Refusal::BlobMissing { .. }) => Err(other()),
        Ok(act) => Ok(act),
        Err(refusal) => Err(PapersRefusal::Act(Box::new(refusal))),
    }
}

/// The rules of an entry, which an envelope inside of other JSON is not read by;
/// only that nobody may have signed it yet.
fn check_entry(envelope: &Envelope) -> Result<(), PapersRefusal> {
    let (octets, octets_max) = (envelope.to_octets(), limits::ENTRY_OCTETS_MAX);
    let checked = match envelope.signature_count() {
        0 if octets.len() > octets_max => Err(FormatRefusal::TooLarge {
            octets: octets.len(),
            octets_max,
        }),
        0 => Ok(()),
        _ => Envelope::parse(&octets, octets_max)
            .and_then(|entry| entry.verified_signers())
            .map(drop),
    };
    checked.map_err(PapersRefusal::Format)
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
        _ => None,
    }
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

/// What is referred to is there, and nothing else is; its id is the one that is
/// named, and it is on the same ledger.
fn verify_about(text: &Text, act: &Act) -> Result<Option<Act>, PapersRefusal> {
    let (named, envelope) = match (reference(act), &text.about) {
        (None, None) => return Ok(None),
        (Some(named), Some(envelope)) => (named, envelope),
        (Some(named), None) => return Err(PapersRefusal::AboutMissing { named }),
        (None, Some(_)) => return Err(PapersRefusal::NotAsked { what: "about" }),
    };
    if envelope.id() != named {
        return Err(PapersRefusal::AboutDiffers { named });
    }
    check_entry(envelope)?;
    let about = read(envelope)?;
    match ledger(&about) == ledger(act) {
        true => Ok(Some(about)),
        false => Err(PapersRefusal::OtherLedger),
    }
}

fn verify_holders(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    let found: Vec<_> = text.holders.iter().map(|holder| holder.id).collect();
    match (holder_of(act), &found[..]) {
        (None, []) => Ok(()),
        (Some(named), [only]) if named == *only => {
            let keys = &text.holders[0].keys;
            keys.check().map_err(PapersRefusal::HolderKeys)
        }
        (Some(holder), _) => Err(PapersRefusal::HolderMissing { holder }),
        (None, _) => Err(PapersRefusal::NotAsked { what: "holders" }),
    }
}

/// A consent's names have the state that it names by digest; other sets are not
/// shown, or a signer could be shown what nobody signs.
fn verify_present(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    let Act::Consent(consent) = act else {
        let is_empty = text.present.is_empty();
        let not_asked = PapersRefusal::NotAsked { what: "present" };
        return if is_empty { Ok(()) } else { Err(not_asked) };
    };
    let key = |change: &Change| (change.name.clone(), change.rtype);
    let stays = |change: &Change| change.old.is_some() && change.old == change.new;
    let of_names = |change: &Change| {
        let mut names = consent.names.iter();
        names.any(|own| change.name.is_at_or_below(&own.name))
    };
    if !text.present.is_sorted_by(|a, b| key(a) < key(b))
        || !text.present.iter().all(|it| stays(it) && of_names(it))
    {
        return Err(PapersRefusal::PresentList);
    }
    for consented in &consent.names {
        let sets = text.present.iter();
        let sets = sets.filter_map(|it| Some((&it.name, it.rtype, it.old.as_ref()?)));
        if digest_of_sets(&consented.name, sets) != consented.present {
            let name = consented.name.clone();
            return Err(PapersRefusal::PresentDiffers { name });
        }
    }
    Ok(())
}

fn verify_charter(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    match (act, &text.charter) {
        (Act::Accession(act), Some(charter)) if charter.digest() == act.charter => Ok(()),
        (Act::Accession(_), _) => Err(PapersRefusal::CharterDiffers),
        (_, Some(_)) => Err(PapersRefusal::NotAsked { what: "charter" }),
        (_, None) => Ok(()),
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
