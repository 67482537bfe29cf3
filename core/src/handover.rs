//! Checks the transcript of a ceremony in a zone that has its key without holding a share: who invited,
//! dealt and received, over the same lists, each by its own signature. Whether
//! what was dealt is right is for those who do the arithmetic: the receivers,
//! before they say that they hold a share, and auditors.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use curve25519_dalek::edwards::EdwardsPoint;
use data_encoding::HEXLOWER;

use crate::act::json::Payload;
use crate::basic::PublicKey;
use crate::ceremony::prime_order_point;
use crate::message::{CeremonyId, Dealing, Handover, Invitation, Messages, Reception};
use crate::refusal::EpochRefusal;

/// Octets of a point, a scalar or an X25519 key.
const KEY_OCTETS: usize = 32;
/// Octets of a sealed share: one scalar and the seal's tag (RFC 9180).
const SEALED_OCTETS: usize = 48;
/// Octets of a dealing's package behind the commitments: a key and a proof of
/// knowledge.
const PROOF_OCTETS: usize = KEY_OCTETS + 96;
/// Octets of a complaint.
const COMPLAINT_OCTETS: usize = 100;

/// Who took part, by the numbers of their shares, old ones for who dealt and new
/// ones for who received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Who invited, and so receives.
    pub receivers: BTreeSet<u16>,
    /// Who dealt.
    pub dealers: BTreeSet<u16>,
    /// Who opened what was dealt to it.
    pub received: BTreeSet<u16>,
}

/// Reads a transcript. `receiver` and `dealer` give the number of the share of
/// whoever has a key, if it may receive, or deal.
///
/// # Errors
/// The first message that does not belong there.
pub fn read_handover(
    handover: &Handover,
    (ceremony, size): (&CeremonyId, u64),
    receiver: impl Fn(&PublicKey) -> Option<u16>,
    dealer: impl Fn(&PublicKey) -> Option<u16>,
) -> Result<Parts, EpochRefusal> {
    let fits = |invitation: &Invitation| {
        invitation.ceremony == *ceremony
            && invitation.size == size
            && is_hexadecimal(&invitation.seal_key, KEY_OCTETS)
    };
    let receivers = senders(&handover.invitations, "invitations", &receiver, fits)?;
    let invitations = handover.invitations.digest();
    let fits = |dealing: &Dealing| {
        let sealed = dealing.sealed.iter().map(|sealed| sealed.to);
        dealing.ceremony == *ceremony
            && dealing.invitations == invitations
            && sealed.eq(receivers.iter().copied())
    };
    let dealers = senders(&handover.dealings, "dealings", dealer, fits)?;
    let dealings = handover.dealings.digest();
    let fits = |reception: &Reception| {
        reception.ceremony == *ceremony
            && reception.dealings == dealings
            && reception.complaints.len() <= dealers.len()
            && reception
                .complaints
                .iter()
                .all(|text| is_hexadecimal(text, COMPLAINT_OCTETS))
    };
    let invited = |key: &PublicKey| receiver(key).filter(|number| receivers.contains(number));
    let received = senders(&handover.receptions, "receptions", invited, fits)?;
    Ok(Parts {
        receivers,
        dealers,
        received,
    })
}

/// Checks that the dealings of these dealers are for this threshold: as many
/// commitments as shares sign, and whole shares. Those of others are refused, and
/// may be anything, so that nobody stops a ceremony with octets that are none.
///
/// # Errors
/// The first dealing that is for another one.
pub fn check_packages(
    handover: &Handover,
    parts: &Parts,
    (dealers, threshold): (&BTreeSet<u16>, u16),
) -> Result<(), EpochRefusal> {
    let octets = usize::from(threshold) * KEY_OCTETS + PROOF_OCTETS;
    let is_whole = |dealing: &Dealing| {
        let mut sealed = dealing.sealed.iter();
        is_hexadecimal(&dealing.package, octets)
            && sealed.all(|sealed| is_hexadecimal(&sealed.octets, SEALED_OCTETS))
    };
    // Messages stand in the order of their senders' numbers.
    let dealt = parts.dealers.iter().zip(&handover.dealings.messages);
    for (place, (dealer, message)) in dealt.enumerate() {
        let dealing = message.payload::<Dealing>().ok();
        if dealers.contains(dealer) && !dealing.is_some_and(|dealing| is_whole(&dealing)) {
            let list = "dealings";
            return Err(EpochRefusal::Message { list, place });
        }
    }
    Ok(())
}

/// The key that these dealers made: the sum of their constant commitments (RFC 9591
/// appendix C). None where one of them is no point of the prime-order group.
pub fn generated_key(
    handover: &Handover,
    parts: &Parts,
    dealers: &BTreeSet<u16>,
) -> Option<PublicKey> {
    let dealt = parts.dealers.iter().zip(&handover.dealings.messages);
    let mut sum = EdwardsPoint::default();
    for (_, message) in dealt.filter(|(dealer, _)| dealers.contains(dealer)) {
        let dealing = message.payload::<Dealing>().ok()?;
        let package = HEXLOWER.decode(dealing.package.as_bytes()).ok()?;
        sum += prime_order_point(package.first_chunk()?)?;
    }
    let key = PublicKey(sum.compress().0);
    (sum != EdwardsPoint::default()).then_some(key)
}

/// Whether a text is so many octets in lower-case hexadecimal digits.
fn is_hexadecimal(text: &str, octets: usize) -> bool {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    text.len() == octets * 2 && text.bytes().all(is_digit)
}

/// One message each, in the order of the senders' numbers, each signed by its
/// sender alone.
fn senders<P: Payload>(
    list: &Messages,
    name: &'static str,
    number: impl Fn(&PublicKey) -> Option<u16>,
    fits: impl Fn(&P) -> bool,
) -> Result<BTreeSet<u16>, EpochRefusal> {
    let mut numbers: Vec<u16> = Vec::new();
    for (place, message) in list.messages.iter().enumerate() {
        let wrong = EpochRefusal::Message { list: name, place };
        // One signature, or it is not verified at all.
        if message.signature_count() != 1 {
            return Err(wrong);
        }
        let signers = message.verified_signers().map_err(|_| wrong.clone())?;
        let sender = *signers.first().ok_or(wrong.clone())?;
        let payload = message.payload::<P>().map_err(|_| wrong.clone())?;
        let number = number(&sender).ok_or(wrong.clone())?;
        if !fits(&payload) || numbers.last().is_some_and(|last| *last >= number) {
            return Err(wrong);
        }
        numbers.push(number);
    }
    Ok(numbers.into_iter().collect())
}
