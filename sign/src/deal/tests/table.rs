//! A redistribution from its invitations on, for the tests of all that can happen
//! in one.

use super::*;
use crate::session::tests::{messages, sign};

pub(super) const NEXT: &[u8] = b"example. ceremony 2";

/// A redistribution in which everybody has been invited.
pub(super) struct Table {
    pub(super) plan: Plan,
    pub(super) invited: BTreeMap<u16, Invited>,
    pub(super) rng: ChaCha20Rng,
}

impl Table {
    pub(super) fn new(from: &GroupKey, threshold: u16, receivers: &[u16], seed: u64) -> Self {
        Self::of(Some(from), threshold, receivers, seed)
    }

    /// A generation in which everybody has been invited.
    pub(super) fn generation(threshold: u16, receivers: &[u16], seed: u64) -> Self {
        Self::of(None, threshold, receivers, seed)
    }

    fn of(from: Option<&GroupKey>, threshold: u16, receivers: &[u16], seed: u64) -> Self {
        let mut rng = seeded(seed);
        let (mut invited, mut invitations) = (BTreeMap::new(), BTreeMap::new());
        for &id in receivers {
            let (me, invitation) = Invited::invite(&mut rng);
            invited.insert(id, me);
            invitations.insert(id, invitation);
        }
        let plan = match from {
            Some(from) => Plan::redistribution(NEXT, from, threshold, &invitations),
            None => Plan::generation(NEXT, threshold, &invitations),
        };
        let plan = plan.unwrap();
        Self { plan, invited, rng }
    }

    /// These deal their parts of a new key.
    pub(super) fn generate(&mut self, dealers: &[u16]) -> BTreeMap<u16, Dealing> {
        let deal = |id: &u16| (*id, self.plan.generate(*id, &mut self.rng).unwrap());
        dealers.iter().map(deal).collect()
    }

    pub(super) fn deal(&mut self, shares: &[&Share]) -> BTreeMap<u16, Dealing> {
        let deal = |share: &&Share| {
            let dealing = self.plan.deal(share, &mut self.rng);
            (share.id(), dealing.unwrap())
        };
        shares.iter().map(deal).collect()
    }

    /// What all receivers received, and their complaints.
    pub(super) fn receive(&mut self, dealings: &Dealings) -> (Vec<Received>, Vec<Complaint>) {
        let (mut all, mut complaints) = (Vec::new(), Vec::new());
        for (id, invited) in core::mem::take(&mut self.invited) {
            let (received, complained) = invited.receive(id, dealings, &mut self.rng).unwrap();
            all.push(received);
            complaints.extend(complained);
        }
        (all, complaints)
    }

    /// All shares, where nobody lies.
    pub(super) fn finish(mut self, dealers: &[&Share]) -> Vec<Share> {
        let dealings = self.deal(dealers);
        self.finish_with(&dealings)
    }

    /// The same after these dealings.
    pub(super) fn finish_with(mut self, dealings: &BTreeMap<u16, Dealing>) -> Vec<Share> {
        let gathered = self.plan.gather(dealings);
        assert!(gathered.refused().is_empty());
        let (received, complaints) = self.receive(&gathered);
        assert_eq!(complaints, []);
        let fixed = gathered.fix(&complaints).unwrap();
        assert!(fixed.liars().is_empty() && fixed.false_accusers().is_empty());
        let finish = |received: Received| received.finish(&fixed).unwrap();
        received.into_iter().map(finish).collect()
    }
}

/// What one gets who takes these shares for shares of one polynomial.
pub(super) fn interpolated(shares: &[&Share]) -> [u8; 32] {
    let ids: Vec<u16> = shares.iter().map(|share| share.id()).collect();
    let weights = crate::group::lambdas(&ids).into_iter();
    let weighed = weights
        .zip(shares)
        .map(|(weight, share)| weight * **share.secret());
    EdwardsPoint::mul_base(&weighed.sum()).compress().0
}

pub(super) fn assert_signs(shares: &[&Share]) {
    let messages = messages(2);
    let signatures = sign(shares, &messages).unwrap();
    let public = shares[0].group().public();
    for (message, signature) in messages.iter().zip(&signatures) {
        assert!(public.verifies(message, signature));
    }
}
