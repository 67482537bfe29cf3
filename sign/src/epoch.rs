//! What the transcripts on a ledger come to: the public side of each epoch's
//! shares. Members look at it before they take a share, auditors afterwards;
//! nothing here is secret.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use comity_core::act::Envelope;
use comity_core::act::json::{self, Payload};
use comity_core::basic::{Digest, PublicKey};
use comity_core::message::{self, CeremonyId, Handover, Messages, Transcript};
use comity_core::state::{Epoch, Founded};

use crate::deal::{
    Complaint, DealError, Dealing, Dealings, Fixed, GroupKey, Invitation, Opening, Plan,
};

/// Why a transcript does not come to an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EpochError {
    /// The octets are no transcript.
    Malformed,
    /// A message that cannot be read, or is not by whom it should be.
    Message {
        /// Its place in its list, from 0.
        place: usize,
    },
    /// The arithmetic does not hold.
    Deal(DealError),
    /// The dealers on the ledger are not those who dealt rightly.
    OtherDealers,
    /// The key on the ledger is not the one that was dealt.
    OtherKey,
}

impl From<DealError> for EpochError {
    fn from(error: DealError) -> Self {
        Self::Deal(error)
    }
}

/// The public side of epochs, each recomputed once, by number and try.
#[derive(Default)]
pub struct Groups(BTreeMap<(u32, u32), Arc<GroupKey>>);

/// Why the public side of an epoch is not known.
#[derive(Debug)]
pub enum GroupError<E> {
    /// There is no such epoch.
    Unknown,
    /// A transcript could not be read.
    Blob(E),
    /// An epoch's transcript does not come to it.
    Epoch {
        /// Its number.
        number: u32,
        /// What is wrong.
        error: EpochError,
    },
}

impl Groups {
    /// The public side of an epoch, that one which waits for its test among them,
    /// from the transcripts up to its own; `blob` reads one.
    ///
    /// # Errors
    /// The first epoch up to it that does not come to anything.
    pub fn of<E>(
        &mut self,
        founded: &Founded,
        number: u32,
        mut blob: impl FnMut(&Digest) -> Result<Vec<u8>, E>,
    ) -> Result<Arc<GroupKey>, GroupError<E>> {
        let dealt = founded.dealt().map(|dealt| &dealt.epoch);
        // The newest of each key.
        let mut newest: BTreeMap<PublicKey, Arc<GroupKey>> = BTreeMap::new();
        for epoch in founded.epochs.iter().chain(dealt) {
            let before = newest.get(&epoch.group_key);
            let group = match self.0.get(&(epoch.number, epoch.attempt)) {
                Some(group) => Arc::clone(group),
                None => {
                    let transcript = blob(&epoch.transcript).map_err(GroupError::Blob)?;
                    let group = group_of(founded, epoch, before.map(Arc::as_ref), &transcript);
                    let number = epoch.number;
                    let group = group.map_err(|error| GroupError::Epoch { number, error })?;
                    self.put((number, epoch.attempt), group)
                }
            };
            if epoch.number == number {
                return Ok(group);
            }
            newest.insert(epoch.group_key, group);
        }
        Err(GroupError::Unknown)
    }

    /// Keeps one that was computed otherwise, by number and try.
    pub fn put(&mut self, epoch: (u32, u32), group: GroupKey) -> Arc<GroupKey> {
        let group = Arc::new(group);
        self.0.insert(epoch, Arc::clone(&group));
        group
    }
}

/// The public side of an epoch, from its transcript and the epoch of its key before
/// it.
///
/// # Errors
/// What is wrong with it.
fn group_of(
    founded: &Founded,
    epoch: &Epoch,
    before: Option<&GroupKey>,
    transcript: &[u8],
) -> Result<GroupKey, EpochError> {
    if epoch.number == FIRST {
        return generated(transcript, epoch.threshold);
    }
    let fixed = handed_over(founded, before, epoch, transcript)?;
    match fixed.group().public() == epoch.group_key {
        true => Ok(fixed.group().clone()),
        false => Err(EpochError::OtherKey),
    }
}

/// The epoch that everybody made together when the zone was founded.
const FIRST: u32 = 1;

/// The key that the first generation made.
///
/// # Errors
/// Where this is not a transcript that a state would have accepted, or an opening
/// in it is wrong.
pub fn generated(transcript: &[u8], threshold: u16) -> Result<GroupKey, EpochError> {
    let read: Transcript = json::decode(transcript).map_err(|_| EpochError::Malformed)?;
    let mut openings = BTreeMap::new();
    for (place, (share, envelope)) in (1..).zip(&read.openings.messages).enumerate() {
        let message = payload::<message::Opening>(envelope, place)?;
        let opening = Opening::from_message(&message);
        openings.insert(share, opening.ok_or(EpochError::Message { place })?);
    }
    Ok(GroupKey::from_openings(&openings, threshold)?)
}

/// What a ceremony on the ledger came to, if it is right: the dealers of the act are
/// those who dealt and were not found lying.
///
/// # Errors
/// What is wrong with it. No honest receiver took a share then.
fn handed_over(
    founded: &Founded,
    from: Option<&GroupKey>,
    epoch: &Epoch,
    transcript: &[u8],
) -> Result<Fixed, EpochError> {
    let handover: Handover = json::decode(transcript).map_err(|_| EpochError::Malformed)?;
    let ceremony = epoch.ceremony(founded.ledger);
    let plan = plan(
        founded,
        &ceremony,
        (from, epoch.threshold),
        &handover.invitations,
    )?;
    let dealings = dealings(founded, &plan, &handover.dealings)?;
    fixed_as(
        &dealings,
        &complaints(founded, &handover.receptions)?,
        epoch,
    )
}

/// The dealers as everybody fixes them, if they are those that the act names.
///
/// # Errors
/// They are not, or are too few.
pub fn fixed_as(
    dealings: &Dealings,
    complaints: &[Complaint],
    epoch: &Epoch,
) -> Result<Fixed, EpochError> {
    let (fixed, refused) = fix(dealings, complaints)?;
    let dealers: BTreeSet<u16> = fixed.dealers().collect();
    match dealers == epoch.dealers && refused == epoch.refused {
        true => Ok(fixed),
        false => Err(EpochError::OtherDealers),
    }
}

/// The dealers as everybody fixes them, and those whose dealings do not count:
/// wrong as everybody sees, or found so by a complaint.
///
/// # Errors
/// Too few are left.
pub fn fix(
    dealings: &Dealings,
    complaints: &[Complaint],
) -> Result<(Fixed, BTreeSet<u16>), EpochError> {
    let fixed = dealings.fix(complaints)?;
    let mut refused: BTreeSet<u16> = dealings.refused().keys().copied().collect();
    refused.extend(fixed.liars());
    Ok((fixed, refused))
}

/// What is dealt to those who have sent these invitations: shares of a key, or a new
/// one.
///
/// # Errors
/// The first message that cannot be read, or whose key is none.
pub fn plan(
    founded: &Founded,
    ceremony: &CeremonyId,
    (from, threshold): (Option<&GroupKey>, u16),
    invitations: &Messages,
) -> Result<Plan, EpochError> {
    let invitations = by_number(founded, invitations, |message: message::Invitation, _| {
        Invitation::from_message(&message)
    })?;
    let context = json::encode(ceremony);
    Ok(match from {
        Some(from) => Plan::redistribution(&context, from, threshold, &invitations)?,
        None => Plan::generation(&context, threshold, &invitations)?,
    })
}

/// What was dealt by this plan. What is wrong is refused, and stops nobody.
///
/// # Errors
/// The first message that is no dealing at all.
pub fn dealings(founded: &Founded, plan: &Plan, list: &Messages) -> Result<Dealings, EpochError> {
    let dealings = by_number(founded, list, |message: message::Dealing, _| {
        Some(Dealing::from_message(&message))
    })?;
    Ok(plan.gather(&dealings))
}

/// The complaints of those who received, each about a share of its own.
///
/// # Errors
/// The first message that cannot be read.
pub fn complaints(founded: &Founded, list: &Messages) -> Result<Vec<Complaint>, EpochError> {
    let complaints = by_number(founded, list, |message: message::Reception, number| {
        let texts = message.complaints.iter();
        let complaints: Option<Vec<_>> = texts.map(|text| Complaint::from_text(text)).collect();
        complaints.filter(|list| list.iter().all(|one| one.receiver == number))
    })?;
    Ok(complaints.into_values().flatten().collect())
}

/// One message from each sender, signed by it alone, by the senders' numbers.
fn by_number<P: Payload, T>(
    founded: &Founded,
    list: &Messages,
    read: impl Fn(P, u16) -> Option<T>,
) -> Result<BTreeMap<u16, T>, EpochError> {
    let mut found = BTreeMap::new();
    for (place, envelope) in list.messages.iter().enumerate() {
        let wrong = EpochError::Message { place };
        let signers = envelope.verified_signers().map_err(|_| wrong.clone())?;
        let [key] = signers[..] else {
            return Err(wrong);
        };
        let number = founded.number_of(&key).ok_or(wrong.clone())?;
        let value = read(payload(envelope, place)?, number).ok_or(wrong.clone())?;
        if found.insert(number, value).is_some() {
            return Err(wrong);
        }
    }
    Ok(found)
}

fn payload<P: Payload>(envelope: &Envelope, place: usize) -> Result<P, EpochError> {
    envelope
        .payload()
        .map_err(|_| EpochError::Message { place })
}

/// What receivers tell each other that they agree on (see
/// [`message::Possession`]): SHA-256 over the key (32 octets), the threshold (2),
/// and each number (2) with its verifying share (32), the most significant octet
/// of numbers first.
pub fn digest_of(group: &GroupKey) -> Digest {
    let mut octets = group.public().0.to_vec();
    octets.extend_from_slice(&group.threshold().to_be_bytes());
    for number in group.participants() {
        octets.extend_from_slice(&number.to_be_bytes());
        octets.extend_from_slice(&group.verifying_share(number).unwrap_or_default());
    }
    Digest::of(&octets)
}

impl fmt::Display for EpochError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("this is no transcript of a ceremony"),
            Self::Message { place } => write!(
                f,
                "message {place} of a list cannot be read, or is not by whom it should be"
            ),
            Self::Deal(error) => write!(f, "{error}"),
            Self::OtherKey => f.write_str("the key on the ledger is not the one that was dealt"),
            Self::OtherDealers => {
                f.write_str("the dealers on the ledger are not those who dealt rightly")
            }
        }
    }
}

impl core::error::Error for EpochError {}
