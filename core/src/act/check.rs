//! From an entry's octets to a [`Checked`] act: well-formed, every signature
//! verified, every blob at hand. Only [`check`] makes one, and only a checked
//! act can reach the state.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::payload::{
    Absence, Accession, Ballot, Ceremony, ClaimAct, Compromise, Consent, Convocation, Decision,
    Declaration, Departure, Edition, Erasure, Findings, Founding, Holders, Keyset, Merge,
    Objection, Proposal, Receipt, Redistribution, RollAct, Rotation, Session, Succession,
    Testament, TimeAct, Transfer, Upstream,
};
use super::{Envelope, RULES, json, json::Payload};
use crate::basic::{Digest, PublicKey, from_base64};
use crate::charter::Charter;
use crate::dnssec::{Chain, ProvenChain, SignatureCheck};
use crate::ledger::merkle::leaf_hash;
use crate::ledger::{CosignedCheckpoint, NoteKey, VerifiedHead};
use crate::limits;
use crate::message::{
    Commit, Handover, Messages, Possession, SeenUpstream, Shares, Transcript, UpstreamChanges,
};
use crate::refusal::{FormatRefusal, MergeRefusal, Refusal};
use crate::zone::Change;

/// Where blobs are found.
pub trait Blobs {
    /// The octets whose SHA-256 digest is `digest`, or none.
    fn blob(&self, digest: &Digest) -> Option<Vec<u8>>;
}

impl Blobs for BTreeMap<Digest, Vec<u8>> {
    fn blob(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.get(digest).cloned()
    }
}

/// The blobs that an entry names and [`check`] will ask for.
///
/// # Errors
/// Where the entry is no act.
pub fn blobs_of(entry: &[u8]) -> Result<Vec<Digest>, Refusal> {
    let envelope = Envelope::parse(entry, limits::ENTRY_OCTETS_MAX)?;
    Ok(match envelope.payload_type() {
        Founding::TYPE => {
            let founding: Founding = envelope.payload()?;
            [founding.charter, founding.contents, founding.holders].to_vec()
        }
        Ceremony::TYPE => [envelope.payload::<Ceremony>()?.transcript].to_vec(),
        Redistribution::TYPE => [envelope.payload::<Redistribution>()?.transcript].to_vec(),
        Succession::TYPE => {
            let succession: Succession = envelope.payload()?;
            [succession.possessions, succession.shares].to_vec()
        }
        Upstream::TYPE => {
            let upstream: Upstream = envelope.payload()?;
            [upstream.changes, upstream.seen].to_vec()
        }
        Session::TYPE => {
            let session: Session = envelope.payload()?;
            [session.commitments]
                .into_iter()
                .chain(session.records)
                .collect()
        }
        _ => Vec::new(),
    })
}

/// An act with what its blobs hold.
#[derive(Clone, Debug)]
pub enum Act {
    /// See [`Founding`].
    Founding {
        /// The payload.
        founding: Founding,
        /// The charter.
        charter: Charter,
        /// The contents in wire form.
        contents: Vec<u8>,
        /// The holders.
        holders: Holders,
    },
    /// See [`Ceremony`].
    Ceremony {
        /// The payload.
        ceremony: Ceremony,
        /// The transcript.
        transcript: Transcript,
    },
    /// See [`Convocation`].
    Convocation(Convocation),
    /// See [`Redistribution`].
    Redistribution {
        /// The payload.
        redistribution: Redistribution,
        /// The transcript.
        handover: Handover,
    },
    /// See [`Succession`].
    Succession(TestedEpoch),
    /// See [`Erasure`].
    Erasure(Erasure),
    /// See [`Compromise`].
    Compromise(Compromise),
    /// See [`RollAct`].
    Roll(RollAct),
    /// See [`Keyset`].
    Keyset(Keyset),
    /// See [`TimeAct`].
    Time(TimeAct),
    /// See [`Upstream`].
    Upstream(SightedUpstream),
    /// See [`Absence`].
    Absence(Absence),
    /// See [`Proposal`].
    Proposal(Proposal),
    /// See [`Consent`].
    Consent(Consent),
    /// See [`Rotation`].
    Rotation(Rotation),
    /// See [`Testament`].
    Testament(Testament),
    /// See [`Transfer`].
    Transfer(Transfer),
    /// See [`Objection`].
    Objection(Objection),
    /// See [`ClaimAct`].
    Claim(ProvenClaim),
    /// See [`Accession`].
    Accession(Accession),
    /// See [`Departure`].
    Departure(Departure),
    /// See [`Declaration`].
    Declaration(Declaration),
    /// See [`Ballot`].
    Ballot(Ballot),
    /// See [`Findings`].
    Findings(Findings),
    /// See [`Merge`].
    Merge(LodgedAct),
    /// See [`Decision`].
    Decision(Decision),
    /// See [`Session`].
    Session(CommittedSession),
    /// See [`Edition`].
    Edition(Edition),
}

/// A session act with the commitments it lists.
#[derive(Clone, Debug)]
pub struct CommittedSession {
    /// The payload.
    pub session: Session,
    /// Each sender's commitments with the session they are for.
    pub commitments: BTreeMap<PublicKey, (Commit, Vec<u8>)>,
    /// For ZONEMD: the records' signatures, 64 octets each.
    pub records: Option<Vec<u8>>,
}

/// A succession act with what its blobs hold, each by its sender.
#[derive(Clone, Debug)]
pub struct TestedEpoch {
    /// The payload.
    pub succession: Succession,
    /// Who holds a share, as it says itself.
    pub possessions: BTreeMap<PublicKey, Possession>,
    /// The shares of the test signature, with the octets in them.
    pub shares: BTreeMap<PublicKey, (Shares, Vec<u8>)>,
}

/// An upstream act with what its blobs hold.
#[derive(Clone, Debug)]
pub struct SightedUpstream {
    /// The payload.
    pub upstream: Upstream,
    /// What has changed.
    pub changes: Vec<Change>,
    /// What each sender saw.
    pub seen: BTreeMap<PublicKey, SeenUpstream>,
}

/// A claim with what its proof proves, whoever the DS set names.
#[derive(Clone, Debug)]
pub struct ProvenClaim {
    /// The payload.
    pub claim: ClaimAct,
    /// The proof; none where it brings none.
    pub proven: Option<ProvenChain>,
}

/// An act that a drop box took, with the box's receipt for it.
#[derive(Clone, Debug)]
pub struct LodgedAct {
    /// The payload's ledger.
    pub ledger: Digest,
    /// The receipt.
    pub receipt: Receipt,
    /// The key that signed the receipt; verified.
    pub box_key: PublicKey,
    /// The act; its signatures are verified, and it is the receipt's.
    pub act: Box<Checked<Act>>,
}

/// What only a check can make: the thing is sound in itself.
#[derive(Clone, Debug)]
pub struct Checked<T> {
    id: Digest,
    leaf: Digest,
    signers: Vec<PublicKey>,
    inner: T,
    /// The checkpoint that the act carries, if it can be read.
    head: Option<VerifiedHead>,
}

impl<T> Checked<T> {
    /// The id of the act ([`Envelope::id`]).
    pub fn id(&self) -> Digest {
        self.id
    }

    /// The Merkle tree's leaf hash of the entry.
    pub fn leaf(&self) -> Digest {
        self.leaf
    }

    /// Who signed, sorted; verified.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }

    /// The act.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The checkpoint that the act carries, if it can be read.
    pub(crate) fn head(&self) -> Option<&VerifiedHead> {
        self.head.as_ref()
    }

    /// Verifies the signatures of the checkpoint that the act carries, for a
    /// state that knows these keys. Whoever replays a ledger does that for many
    /// acts at a time; the state does it itself where it was not done, or for
    /// other keys.
    pub fn look_ahead(&mut self, log: &NoteKey, cosigners: &[NoteKey]) {
        if let Some(head) = &mut self.head {
            head.verify(log, cosigners);
        }
    }
}

/// The checkpoint that an act carries.
fn head_of(act: &Act) -> Option<VerifiedHead> {
    let text = match act {
        Act::Time(act) => &act.checkpoint,
        Act::Session(act) => act.session.checkpoint.as_ref()?,
        Act::Edition(act) => &act.checkpoint,
        Act::Succession(act) => &act.succession.checkpoint,
        Act::Keyset(act) => &act.checkpoint,
        _ => return None,
    };
    let head = CosignedCheckpoint::parse(text.as_bytes()).ok()?;
    Some(VerifiedHead::new(head))
}

/// Checks one entry of a ledger as far as that can be done without the state.
/// `signatures` verifies those of proofs by DNSSEC that this crate does not.
///
/// # Errors
/// The first rule that the entry breaks.
pub fn check(
    entry: &[u8],
    blobs: &dyn Blobs,
    signatures: &dyn SignatureCheck,
) -> Result<Checked<Act>, Refusal> {
    let envelope = Envelope::parse(entry, limits::ENTRY_OCTETS_MAX)?;
    let mut inner = read(&envelope, blobs)?;
    let signers = envelope.verified_signers()?;
    // The dear part last, for what somebody has signed.
    match &mut inner {
        Act::Claim(claim) => claim.prove(signatures)?,
        Act::Merge(lodged) => {
            if let Act::Claim(claim) = &mut lodged.act.inner {
                claim.prove(signatures)?;
            }
        }
        _ => {}
    }
    Ok(Checked {
        id: envelope.id(),
        leaf: leaf_hash(entry),
        signers,
        head: head_of(&inner),
        inner,
    })
}

/// What an envelope says, whoever signed it. Its signatures are not verified;
/// those of a receipt and an act in it are.
///
/// # Errors
/// Where it is no act, or a blob that it names is missing.
pub fn read(envelope: &Envelope, blobs: &dyn Blobs) -> Result<Act, Refusal> {
    Ok(match envelope.payload_type() {
        Founding::TYPE => open_founding(envelope, blobs)?,
        Ceremony::TYPE => {
            let ceremony: Ceremony = envelope.payload()?;
            rules(ceremony.rules)?;
            let transcript = json_blob(blobs, ceremony.transcript)?;
            Act::Ceremony {
                ceremony,
                transcript,
            }
        }
        Convocation::TYPE => Act::Convocation(plain(envelope, |act: &Convocation| act.rules)?),
        Redistribution::TYPE => {
            let redistribution = plain(envelope, |act: &Redistribution| act.rules)?;
            Act::Redistribution {
                handover: json_blob(blobs, redistribution.transcript)?,
                redistribution,
            }
        }
        Succession::TYPE => Act::Succession(open_succession(envelope, blobs)?),
        Erasure::TYPE => Act::Erasure(plain(envelope, |act: &Erasure| act.rules)?),
        Compromise::TYPE => Act::Compromise(plain(envelope, |act: &Compromise| act.rules)?),
        RollAct::TYPE => Act::Roll(plain(envelope, |act: &RollAct| act.rules)?),
        Keyset::TYPE => Act::Keyset(plain(envelope, |act: &Keyset| act.rules)?),
        TimeAct::TYPE => Act::Time(plain(envelope, |act: &TimeAct| act.rules)?),
        Upstream::TYPE => Act::Upstream(open_upstream(envelope, blobs)?),
        Absence::TYPE => Act::Absence(plain(envelope, |act: &Absence| act.rules)?),
        Proposal::TYPE => Act::Proposal(plain(envelope, |act: &Proposal| act.rules)?),
        Consent::TYPE => Act::Consent(plain(envelope, |act: &Consent| act.rules)?),
        Rotation::TYPE => Act::Rotation(plain(envelope, |act: &Rotation| act.rules)?),
        Testament::TYPE => Act::Testament(plain(envelope, |act: &Testament| act.rules)?),
        Transfer::TYPE => Act::Transfer(plain(envelope, |act: &Transfer| act.rules)?),
        Objection::TYPE => Act::Objection(plain(envelope, |act: &Objection| act.rules)?),
        ClaimAct::TYPE => Act::Claim(ProvenClaim {
            claim: plain(envelope, |act: &ClaimAct| act.rules)?,
            proven: None,
        }),
        Accession::TYPE => Act::Accession(plain(envelope, |act: &Accession| act.rules)?),
        Departure::TYPE => Act::Departure(plain(envelope, |act: &Departure| act.rules)?),
        Declaration::TYPE => Act::Declaration(plain(envelope, |act: &Declaration| act.rules)?),
        Ballot::TYPE => Act::Ballot(plain(envelope, |act: &Ballot| act.rules)?),
        Findings::TYPE => Act::Findings(plain(envelope, |act: &Findings| act.rules)?),
        Merge::TYPE => Act::Merge(open_merge(envelope, blobs)?),
        Decision::TYPE => Act::Decision(plain(envelope, |act: &Decision| act.rules)?),
        Session::TYPE => Act::Session(open_session(envelope, blobs)?),
        Edition::TYPE => Act::Edition(plain(envelope, |act: &Edition| act.rules)?),
        other => {
            return Err(FormatRefusal::UnknownType {
                found: other.into(),
            }
            .into());
        }
    })
}

impl ProvenClaim {
    /// Finds what the proof proves.
    fn prove(&mut self, signatures: &dyn SignatureCheck) -> Result<(), Refusal> {
        if let Some(proof) = &self.claim.proof {
            let octets = from_base64(proof).ok_or(FormatRefusal::Base64)?;
            self.proven = Some(Chain::from_octets(&octets)?.prove(&signatures)?);
        }
        Ok(())
    }
}

/// A payload without blobs.
fn plain<P: Payload>(envelope: &Envelope, version: impl Fn(&P) -> u32) -> Result<P, Refusal> {
    let payload = envelope.payload()?;
    rules(version(&payload))?;
    Ok(payload)
}

/// Every act names the version of the rules it was made under.
fn rules(found: u32) -> Result<(), Refusal> {
    if found == RULES {
        Ok(())
    } else {
        Err(FormatRefusal::Rules { found }.into())
    }
}

fn open_founding(envelope: &Envelope, blobs: &dyn Blobs) -> Result<Act, Refusal> {
    let founding: Founding = envelope.payload()?;
    rules(founding.rules)?;
    Ok(Act::Founding {
        charter: json_blob(blobs, founding.charter)?,
        contents: blob(blobs, founding.contents)?,
        holders: json_blob(blobs, founding.holders)?,
        founding,
    })
}

fn open_session(envelope: &Envelope, blobs: &dyn Blobs) -> Result<CommittedSession, Refusal> {
    let session: Session = envelope.payload()?;
    rules(session.rules)?;
    let commitments = by_senders(blobs, session.commitments, |commit: Commit| {
        let octets = from_base64(&commit.commitments)?;
        Some((commit, octets))
    })?;
    let records = session
        .records
        .map(|digest| blob(blobs, digest))
        .transpose()?;
    Ok(CommittedSession {
        session,
        commitments,
        records,
    })
}

fn open_succession(envelope: &Envelope, blobs: &dyn Blobs) -> Result<TestedEpoch, Refusal> {
    let succession = plain(envelope, |act: &Succession| act.rules)?;
    Ok(TestedEpoch {
        possessions: by_senders(blobs, succession.possessions, Some)?,
        shares: by_senders(blobs, succession.shares, |shares: Shares| {
            let octets = from_base64(&shares.shares)?;
            Some((shares, octets))
        })?,
        succession,
    })
}

fn open_upstream(envelope: &Envelope, blobs: &dyn Blobs) -> Result<SightedUpstream, Refusal> {
    let upstream = plain(envelope, |act: &Upstream| act.rules)?;
    let UpstreamChanges { changes } = json_blob(blobs, upstream.changes)?;
    Ok(SightedUpstream {
        changes,
        seen: by_senders(blobs, upstream.seen, Some)?,
        upstream,
    })
}

/// A blob of messages, one from each sender, signed by it alone.
fn by_senders<P: Payload, T>(
    blobs: &dyn Blobs,
    digest: Digest,
    read: impl Fn(P) -> Option<T>,
) -> Result<BTreeMap<PublicKey, T>, Refusal> {
    let malformed = Refusal::BlobMalformed { blob: digest };
    let list: Messages = json_blob(blobs, digest)?;
    if list.messages.len() > limits::MEMBERS_MAX {
        return Err(malformed);
    }
    let mut by_senders = BTreeMap::new();
    for message in &list.messages {
        let payload = read(message.payload()?).ok_or(malformed.clone())?;
        if message.signature_count() != 1 {
            return Err(malformed);
        }
        let [sender] = message.verified_signers()?[..] else {
            return Err(malformed);
        };
        if by_senders.insert(sender, payload).is_some() {
            return Err(malformed);
        }
    }
    Ok(by_senders)
}

/// Checks a drop box's receipt: what it promises, and whose key signed it.
///
/// # Errors
/// Where it is none, or is not signed by exactly one key.
pub fn check_receipt(envelope: &Envelope) -> Result<(Receipt, PublicKey), Refusal> {
    let envelope = Envelope::parse(&envelope.to_octets(), limits::RECEIPT_OCTETS_MAX)?;
    let receipt = plain(&envelope, |receipt: &Receipt| receipt.rules)?;
    match envelope.verified_signers()?[..] {
        [key] => Ok((receipt, key)),
        ref signers => Err(Refusal::TooManySigners {
            signers: signers.len(),
        }),
    }
}

fn open_merge(envelope: &Envelope, blobs: &dyn Blobs) -> Result<LodgedAct, Refusal> {
    let merge = plain(envelope, |act: &Merge| act.rules)?;
    let (receipt, box_key) = check_receipt(&merge.receipt)?;
    let entry = merge.act.to_octets();
    let inner = parse_lodged(&entry)?;
    let leaf = leaf_hash(&entry);
    if leaf != receipt.leaf {
        return Err(MergeRefusal::OtherAct { leaf: receipt.leaf }.into());
    }
    Ok(LodgedAct {
        ledger: merge.ledger,
        receipt,
        box_key,
        act: Box::new(Checked {
            id: inner.id(),
            leaf,
            signers: inner.verified_signers()?,
            inner: read(&inner, blobs)?,
            // No act that a box takes carries one.
            head: None,
        }),
    })
}

/// Reads an act that a drop box takes. Its signatures are not verified.
///
/// # Errors
/// Where it is too large, or of a type that no box takes.
pub fn parse_lodged(entry: &[u8]) -> Result<Envelope, Refusal> {
    let envelope = Envelope::parse(entry, limits::LODGED_OCTETS_MAX)?;
    match is_lodged(envelope.payload_type()) {
        true => Ok(envelope),
        false => {
            let found = envelope.payload_type().into();
            Err(MergeRefusal::NotLodged { found }.into())
        }
    }
}

/// Whether a drop box takes acts of this type: what people file, and nothing
/// that the secretariat makes or that names blobs.
pub fn is_lodged(payload_type: &str) -> bool {
    [
        Proposal::TYPE,
        Consent::TYPE,
        Rotation::TYPE,
        Testament::TYPE,
        Transfer::TYPE,
        Objection::TYPE,
        ClaimAct::TYPE,
        Accession::TYPE,
        Departure::TYPE,
        Convocation::TYPE,
        Erasure::TYPE,
        Compromise::TYPE,
        RollAct::TYPE,
        Declaration::TYPE,
        Ballot::TYPE,
        Findings::TYPE,
    ]
    .contains(&payload_type)
}

fn blob(blobs: &dyn Blobs, digest: Digest) -> Result<Vec<u8>, Refusal> {
    let octets = blobs
        .blob(&digest)
        .ok_or(Refusal::BlobMissing { blob: digest })?;
    if Digest::of(&octets) != digest {
        return Err(Refusal::BlobDiffers { blob: digest });
    }
    Ok(octets)
}

fn json_blob<T>(blobs: &dyn Blobs, digest: Digest) -> Result<T, Refusal>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    json::decode(&blob(blobs, digest)?).map_err(|_| Refusal::BlobMalformed { blob: digest })
}
