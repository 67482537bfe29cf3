//! Checks a ceremony's transcript without holding a share: every member
//! opened, dealt and confirmed, over the same lists, and the zone's key is the
//! sum of the dealers' constant commitments (RFC 9591 appendix C).

use alloc::vec::Vec;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use data_encoding::HEXLOWER;

use crate::act::Envelope;
use crate::basic::{Digest, PublicKey};
use crate::message::{CeremonyId, Confirmation, Deal, Messages, Opening, Transcript};
use crate::refusal::TranscriptRefusal;

/// Octets of a commitment.
const POINT_OCTETS: usize = 32;
/// Octets of a proof of knowledge.
const PROOF_OCTETS: usize = 64;

/// The zone's key, if the transcript is whole.
///
/// # Errors
/// The first rule that the transcript breaks, with the member that broke it.
pub fn check_transcript(
    transcript: &Transcript,
    ceremony: &CeremonyId,
    members: &[PublicKey],
    threshold: u16,
) -> Result<PublicKey, TranscriptRefusal> {
    let openings = by_members::<Opening>(&transcript.openings, members)?;
    let deals = by_members::<Deal>(&transcript.deals, members)?;
    let confirmations = by_members::<Confirmation>(&transcript.confirmations, members)?;
    let group_key = sum_of_constants(&openings, ceremony, threshold)?;
    check_deals(&deals, ceremony, transcript.openings.digest())?;
    let seen = transcript.deals.digest();
    for (share, confirmation) in (1..).zip(&confirmations) {
        if confirmation.ceremony != *ceremony {
            return Err(TranscriptRefusal::OtherCeremony { share });
        }
        if confirmation.deals != seen {
            return Err(TranscriptRefusal::OtherList { share });
        }
        if confirmation.group_key != group_key {
            return Err(TranscriptRefusal::OtherKey { share });
        }
    }
    Ok(group_key)
}

/// The payloads of one message from each member, in the members' order.
fn by_members<P: crate::act::json::Payload>(
    list: &Messages,
    members: &[PublicKey],
) -> Result<Vec<P>, TranscriptRefusal> {
    if list.messages.len() != members.len() {
        return Err(TranscriptRefusal::WrongCount {
            count: list.messages.len(),
        });
    }
    (1..)
        .zip(list.messages.iter().zip(members))
        .map(|(share, (message, member))| {
            signed_by(message, member).map_err(|()| TranscriptRefusal::NotSigned { share })?;
            message
                .payload()
                .map_err(|_| TranscriptRefusal::Malformed { share })
        })
        .collect()
}

/// Whether exactly this member signed the message.
fn signed_by(message: &Envelope, member: &PublicKey) -> Result<(), ()> {
    match message.verified_signers() {
        Ok(signers) if signers == [*member] => Ok(()),
        Ok(_) | Err(_) => Err(()),
    }
}

fn sum_of_constants(
    openings: &[Opening],
    ceremony: &CeremonyId,
    threshold: u16,
) -> Result<PublicKey, TranscriptRefusal> {
    let octets = usize::from(threshold) * POINT_OCTETS + PROOF_OCTETS;
    let mut sum = EdwardsPoint::default();
    for (share, opening) in (1..).zip(openings) {
        if opening.ceremony != *ceremony {
            return Err(TranscriptRefusal::OtherCeremony { share });
        }
        let malformed = TranscriptRefusal::Malformed { share };
        let package = HEXLOWER
            .decode(opening.package.as_bytes())
            .map_err(|_| malformed.clone())?;
        let constant = package
            .first_chunk::<POINT_OCTETS>()
            .filter(|_| package.len() == octets);
        sum += constant.and_then(prime_order_point).ok_or(malformed)?;
    }
    Ok(PublicKey(sum.compress().0))
}

/// A canonical point of the prime-order group, not the identity (RFC 9591 §6.1).
pub(crate) fn prime_order_point(octets: &[u8; POINT_OCTETS]) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(*octets).decompress()?;
    let sound = point.compress().0 == *octets && point.is_torsion_free() && !point.is_small_order();
    sound.then_some(point)
}

fn check_deals(
    deals: &[Deal],
    ceremony: &CeremonyId,
    openings: Digest,
) -> Result<(), TranscriptRefusal> {
    let receivers = deals.len();
    for (share, deal) in (1_u16..).zip(deals) {
        if deal.ceremony != *ceremony {
            return Err(TranscriptRefusal::OtherCeremony { share });
        }
        if deal.openings != openings {
            return Err(TranscriptRefusal::OtherList { share });
        }
        let wanted = (1_u16..).take(receivers).filter(|to| *to != share);
        if !deal.sealed.iter().map(|sealed| sealed.to).eq(wanted) {
            return Err(TranscriptRefusal::Malformed { share });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
