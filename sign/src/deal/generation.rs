//! Generation: every participant deals a random secret to all, and the key is
//! the sum that nobody ever sees. It is FROST's key generation
//! (<https://eprint.iacr.org/2020/852>, figure 1), with the octets of
//! `frost-ed25519`'s; the dealing of each is Feldman's (*A practical scheme for
//! non-interactive verifiable secret sharing*, 1987).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::complaint::SealedShare;
use super::envelope::{KEY_OCTETS, SealKey, SealPair};
use super::opening::{self, CheckedOpening};
use super::polynomial::Polynomial;
use super::schedule::Binding;
use super::{Complaint, DealError, GroupKey, Opening, Share, Verdict, check_shape, label};
use crate::assertions::assert_secret;

/// Binds keys to this use (RFC 9180 §5.1, `info`).
const INFO: &[u8] = b"comity-deal-v1";

/// A participant's part in a generation, before it has dealt.
pub struct Ceremony {
    seat: Seat,
    polynomial: Polynomial,
    pair: SealPair,
    opening: Opening,
}

/// A participant's part in a generation, after it has dealt.
pub struct Dealt {
    seat: Seat,
    /// What it dealt to itself.
    own: Box<Zeroizing<Scalar>>,
    pair: SealPair,
    generation: Generation,
}

impl ZeroizeOnDrop for Ceremony {}
impl ZeroizeOnDrop for Dealt {}

assert_secret!(Ceremony, Dealt);

/// Who sits where.
struct Seat {
    me: u16,
    participants: u16,
    threshold: u16,
    context: Vec<u8>,
}

/// What everybody sees of a generation and judges by: its openings, all there and
/// right.
pub struct Generation {
    context: Vec<u8>,
    openings: BTreeMap<u16, CheckedOpening>,
    group: GroupKey,
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
        let pair = SealPair::generate(rng);
        let opening = Opening::make(me, &polynomial, *pair.public().octets(), rng);
        let seat = Seat {
            me,
            participants,
            threshold,
            context: context.to_vec(),
        };
        let ceremony = Self {
            seat,
            polynomial,
            pair,
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
        let seat = self.seat;
        seat.expect_everybody(openings, true)?;
        if openings.get(&seat.me) != Some(&self.opening) {
            return Err(DealError::OwnOpeningDiffers);
        }
        let generation = Generation::read(&seat.context, openings, seat.threshold)?;
        let mut sealed = BTreeMap::new();
        for (&id, opening) in generation.openings.iter().filter(|(id, _)| **id != seat.me) {
            let share = Zeroizing::new(self.polynomial.at(id).to_bytes());
            let binding = binding(&seat.context, seat.me, id);
            let octets = opening.seal_key().seal(&share, &binding, rng);
            sealed.insert(id, octets.ok_or(DealError::BadSealKey { culprit: id })?);
        }
        let dealt = Dealt {
            own: Box::new(self.polynomial.at(seat.me)),
            seat,
            pair: self.pair,
            generation,
        };
        Ok((dealt, sealed))
    }
}

impl Dealt {
    /// What anybody can compute from the openings: the key that this ceremony
    /// makes.
    pub fn group(&self) -> &GroupKey {
        &self.generation.group
    }

    /// What everybody sees of this generation and judges by.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// A complaint about each of the shares dealt to this participant, `sealed` by
    /// their dealers' ids, that is wrong. None is no participant's.
    ///
    /// Once one is published the ceremony is over, whoever lied, and the next one
    /// begins without the liar: what a complaint shows may open more than one
    /// share of this ceremony. So nobody finishes one with a complaint in it.
    pub fn complaints(
        &self,
        sealed: &BTreeMap<u16, Vec<u8>>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Vec<Complaint> {
        let shares = sealed.iter().filter_map(|(&dealer, octets)| {
            let share = self.generation.share(dealer, self.seat.me, octets).ok()?;
            share.receive(&self.pair).is_err().then_some(share)
        });
        shares
            .map(|share| share.complain(&self.pair, rng))
            .collect()
    }

    /// Adds up the shares that the others dealt to this participant, `sealed` by
    /// their dealers' ids.
    ///
    /// # Errors
    /// The first dealer whose share is missing or wrong is named. Only this
    /// participant can tell, unless it complains: what was dealt to it stays
    /// secret.
    pub fn finish(self, sealed: &BTreeMap<u16, Vec<u8>>) -> Result<Share, DealError> {
        let me = self.seat.me;
        self.seat.expect_everybody(sealed, false)?;
        let mut sum = self.own;
        for (&dealer, octets) in sealed {
            let share = self.generation.share(dealer, me, octets)?;
            **sum += *share.receive(&self.pair)?;
        }
        Ok(Share::new(me, sum, self.generation.group))
    }
}

impl Generation {
    /// Reads and checks `openings`, one from each participant.
    ///
    /// # Errors
    /// The first participant whose opening is wrong is named.
    pub fn check(
        context: &[u8],
        openings: &BTreeMap<u16, Opening>,
        threshold: u16,
    ) -> Result<Self, DealError> {
        if let Some(id) = openings.keys().copied().find(|id| *id == 0) {
            return Err(DealError::Stranger { id });
        }
        let participants = u16::try_from(openings.len()).unwrap_or(u16::MAX);
        check_shape(participants, threshold)?;
        Self::read(context, openings, threshold)
    }

    fn read(
        context: &[u8],
        openings: &BTreeMap<u16, Opening>,
        threshold: u16,
    ) -> Result<Self, DealError> {
        let openings = opening::check_all(openings, threshold)?;
        let group = GroupKey::from_checked(&openings, threshold)?;
        Ok(Self {
            context: context.to_vec(),
            openings,
            group,
        })
    }

    /// The key that it makes.
    pub fn group(&self) -> &GroupKey {
        &self.group
    }

    pub(super) fn into_group(self) -> GroupKey {
        self.group
    }

    /// Who lied, where `sealed` is what the accused dealer sealed to the one who
    /// complains.
    ///
    /// # Errors
    /// One of the two has no part in this generation, or they are the same.
    pub fn judge(&self, complaint: &Complaint, sealed: &[u8]) -> Result<Verdict, DealError> {
        let share = self.share(complaint.dealer, complaint.receiver, sealed)?;
        Ok(share.judge(complaint))
    }

    fn share<'a>(
        &'a self,
        dealer: u16,
        receiver: u16,
        sealed: &'a [u8],
    ) -> Result<SealedShare<'a>, DealError> {
        let opening = |id| self.openings.get(&id).ok_or(DealError::Stranger { id });
        let (from, to) = (opening(dealer)?, opening(receiver)?);
        if dealer == receiver {
            return Err(DealError::Stranger { id: receiver });
        }
        let (key, octets) = match sealed.split_first_chunk::<KEY_OCTETS>() {
            Some((key, octets)) => (SealKey::decode(key), octets),
            None => (None, sealed),
        };
        Ok(SealedShare {
            dealer,
            receiver,
            from: key,
            to: to.seal_key(),
            binding: binding(&self.context, dealer, receiver),
            octets,
            commitment: from.commitment(),
        })
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
}

/// What a sealed share is bound to.
fn binding(context: &[u8], dealer: u16, receiver: u16) -> Binding {
    Binding {
        info: INFO.to_vec(),
        aad: label(context, dealer, receiver),
    }
}
