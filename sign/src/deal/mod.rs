//! The ceremony that deals a zone key in shares: every participant deals a
//! random secret to all, and the key is the sum that nobody ever sees. It is
//! FROST's key generation (<https://eprint.iacr.org/2020/852>, figure 1), with
//! the octets of `frost-ed25519`'s.
//!
//! 1. [`Ceremony::begin`] gives an [`Opening`] that everybody must see alike:
//!    commitments to a secret polynomial, a proof that its constant term is
//!    known, and a key to seal dealt shares to. Its caller signs it and puts it
//!    where all read the same.
//! 2. [`Ceremony::deal`] checks everybody's opening and gives one sealed share
//!    for each other participant.
//! 3. [`Dealt::finish`] opens and checks the shares dealt to this participant,
//!    and gives its [`Share`].
//!
//! A step takes the ceremony by value and happens once. When a step names a
//! culprit, the ceremony ends, and another one begins without it. The secret
//! polynomial and the key that opens dealt shares are wiped with the ceremony,
//! which lives in memory only.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use comity_core::limits;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::assertions::assert_secret;

mod envelope;
mod error;
mod key;
mod opening;
mod polynomial;
mod share;

use envelope::Receiver;
use polynomial::Polynomial;

pub use error::DealError;
pub use key::GroupKey;
pub use opening::Opening;
pub use share::Share;

/// A participant's part in a ceremony, before it has dealt.
pub struct Ceremony {
    seat: Seat,
    polynomial: Polynomial,
    receiver: Receiver,
    opening: Opening,
}

/// A participant's part in a ceremony, after it has dealt.
pub struct Dealt {
    seat: Seat,
    /// What it dealt to itself.
    own: Box<Zeroizing<Scalar>>,
    receiver: Receiver,
    /// What every other dealer must have dealt to this participant, in the
    /// exponent.
    expected: BTreeMap<u16, EdwardsPoint>,
    group: GroupKey,
}

impl ZeroizeOnDrop for Ceremony {}
impl ZeroizeOnDrop for Dealt {}

assert_secret!(Ceremony, Dealt, Share);

/// Who sits where in which ceremony.
struct Seat {
    me: u16,
    participants: u16,
    threshold: u16,
    context: Vec<u8>,
}

impl Ceremony {
    /// Takes seat `me` of `participants`, numbered from 1, for a key of which
    /// `threshold` shares sign. The same `context` must be given to all: it says
    /// which ceremony of which zone this is, and binds the sealed shares to it.
    ///
    /// # Errors
    /// The numbers make no key in shares, or `me` is none of them.
    pub fn begin(
        me: u16,
        participants: u16,
        threshold: u16,
        context: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Self, Opening), DealError> {
        check_shape(participants, threshold)?;
        if me == 0 || me > participants {
            return Err(DealError::Stranger { id: me });
        }
        let polynomial = Polynomial::random(threshold, rng);
        let receiver = Receiver::generate(rng);
        let opening = Opening::make(me, &polynomial, receiver.seal_key(), rng);
        let seat = Seat {
            me,
            participants,
            threshold,
            context: context.to_vec(),
        };
        let ceremony = Self {
            seat,
            polynomial,
            receiver,
            opening: opening.clone(),
        };
        Ok((ceremony, opening))
    }

    /// Deals to every other participant, once the `openings` of all, this one
    /// among them, are there and right.
    ///
    /// # Errors
    /// The first participant whose opening is missing or wrong is named. Whoever
    /// recomputes the key from the same openings names the same one.
    pub fn deal(
        self,
        openings: &BTreeMap<u16, Opening>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Dealt, BTreeMap<u16, Vec<u8>>), DealError> {
        let seat = &self.seat;
        seat.expect_everybody(openings, true)?;
        if openings.get(&seat.me) != Some(&self.opening) {
            return Err(DealError::OwnOpeningDiffers);
        }
        let checked = opening::check_all(openings, seat.threshold)?;
        let group = GroupKey::from_checked(&checked, seat.threshold)?;

        let mut sealed = BTreeMap::new();
        let mut expected = BTreeMap::new();
        for (&id, opening) in checked.iter().filter(|(id, _)| **id != seat.me) {
            let share = Zeroizing::new(self.polynomial.at(id).to_bytes());
            let octets = opening
                .seal_key()
                .seal(&share, &seat.label(seat.me, id), rng);
            sealed.insert(id, octets.ok_or(DealError::BadSealKey { culprit: id })?);
            expected.insert(id, opening.dealt_to(seat.me));
        }
        let dealt = Dealt {
            own: Box::new(self.polynomial.at(seat.me)),
            seat: self.seat,
            receiver: self.receiver,
            expected,
            group,
        };
        Ok((dealt, sealed))
    }
}

impl Dealt {
    /// What anybody can compute from the openings: the key that this ceremony
    /// makes.
    pub fn group(&self) -> &GroupKey {
        &self.group
    }

    /// Adds up the shares that the others dealt to this participant, `sealed` by
    /// their dealers' ids.
    ///
    /// # Errors
    /// The first dealer whose share is missing or wrong is named. Only this
    /// participant can tell: what was dealt to it stays secret.
    pub fn finish(self, sealed: &BTreeMap<u16, Vec<u8>>) -> Result<Share, DealError> {
        let seat = &self.seat;
        seat.expect_everybody(sealed, false)?;
        let mut sum = self.own;
        for (&dealer, octets) in sealed {
            let label = seat.label(dealer, seat.me);
            let culprit = dealer;
            let opened = self.receiver.open(octets, &label);
            let opened = opened.ok_or(DealError::Unopened { culprit })?;
            let expected = self
                .expected
                .get(&dealer)
                .ok_or(DealError::Stranger { id: dealer })?;
            let dealt = polynomial::decode_dealt(opened.as_ref(), expected);
            **sum += *dealt.ok_or(DealError::BadShare { culprit })?;
        }
        Ok(Share::new(seat.me, sum, self.group))
    }
}

impl Seat {
    /// Refuses ids that have no part in this step, and names the first that is
    /// missing.
    fn expect_everybody<T>(&self, from: &BTreeMap<u16, T>, with_me: bool) -> Result<(), DealError> {
        let seats = 1..=self.participants;
        let has_part = |id: &u16| seats.contains(id) && (with_me || *id != self.me);
        if let Some(&id) = from.keys().find(|id| !has_part(id)) {
            return Err(DealError::Stranger { id });
        }
        match seats
            .clone()
            .find(|id| has_part(id) && !from.contains_key(id))
        {
            Some(culprit) => Err(DealError::Missing { culprit }),
            None => Ok(()),
        }
    }

    /// What a sealed share is bound to: the ceremony, its dealer, its receiver.
    fn label(&self, from: u16, to: u16) -> Vec<u8> {
        let mut label = self.context.clone();
        label.extend_from_slice(&from.to_be_bytes());
        label.extend_from_slice(&to.to_be_bytes());
        label
    }
}

/// A key in shares has two holders or more, and no single one of them signs.
fn check_shape(participants: u16, threshold: u16) -> Result<(), DealError> {
    if participants < 2 || usize::from(participants) > limits::MEMBERS_MAX {
        return Err(DealError::Participants { participants });
    }
    if threshold < 2 || threshold > participants {
        return Err(DealError::Threshold {
            threshold,
            participants,
        });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
