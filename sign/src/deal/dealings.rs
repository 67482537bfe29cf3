//! All that was dealt, from refusing what is wrong to fixing
//! the dealers: steps that everybody computes alike, with no secret.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

use super::complaint::SealedShare;
use super::dealing::CheckedDealing;
use super::{Complaint, DealError, Dealing, GroupKey, Plan, Verdict};
use crate::group::{lambdas, multiscalar};
use crate::order::PrimeOrder;

/// What was dealt, read and checked.
pub struct Dealings {
    plan: Plan,
    right: BTreeMap<u16, CheckedDealing>,
    refused: BTreeMap<u16, DealError>,
}

impl Dealings {
    pub(super) fn gather(plan: &Plan, dealings: &BTreeMap<u16, Dealing>) -> Self {
        let mut order = PrimeOrder::of(dealings.values().map(Dealing::points));
        let mut sorted = Self::sort(plan, dealings, |id, dealing| {
            dealing.check(plan, id, Some(&mut order))
        });
        if !order.holds() {
            // All at once costs an eighth, and does not tell whose point is not of
            // the group.
            sorted = Self::sort(plan, dealings, |id, dealing| dealing.check(plan, id, None));
        }
        sorted
    }

    fn sort(
        plan: &Plan,
        dealings: &BTreeMap<u16, Dealing>,
        mut check: impl FnMut(u16, &Dealing) -> Result<CheckedDealing, DealError>,
    ) -> Self {
        let (mut right, mut refused) = (BTreeMap::new(), BTreeMap::new());
        for (&id, dealing) in dealings {
            match check(id, dealing) {
                Ok(checked) => drop(right.insert(id, checked)),
                Err(error) => drop(refused.insert(id, error)),
            }
        }
        Self {
            plan: plan.clone(),
            right,
            refused,
        }
    }

    /// Those whose dealings are right as far as everybody can see, by the numbers
    /// of their old shares.
    pub fn dealers(&self) -> impl Iterator<Item = u16> {
        self.right.keys().copied()
    }

    /// Whose dealings are refused, and why.
    pub fn refused(&self) -> &BTreeMap<u16, DealError> {
        &self.refused
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn share(&self, dealer: u16, receiver: u16) -> Result<SealedShare<'_>, DealError> {
        let dealing = self.right.get(&dealer);
        let dealing = dealing.ok_or(DealError::Stranger { id: dealer })?;
        dealing.share(&self.plan, dealer, receiver)
    }

    /// Who lied. A pure function of what everybody sees.
    ///
    /// # Errors
    /// One of the two has no part in this ceremony: there is nothing to judge.
    pub fn judge(&self, complaint: &Complaint) -> Result<Verdict, DealError> {
        let share = self.share(complaint.dealer, complaint.receiver)?;
        Ok(share.judge(complaint))
    }

    /// Fixes the dealers, once and for all receivers: all who dealt and were not
    /// found lying. Their shares are summed and no others, so that all receivers
    /// sum alike. A complaint about one who has no part in this ceremony, or whose
    /// dealing is refused already, changes nothing.
    ///
    /// # Errors
    /// Fewer are left than the old threshold, or of a new key than the new one; or the key would not be the same,
    /// which takes verifying shares of the old epoch that do not belong together.
    pub fn fix(&self, complaints: &[Complaint]) -> Result<Fixed, DealError> {
        let (mut liars, mut accusers) = (BTreeSet::new(), BTreeSet::new());
        for complaint in complaints {
            match self.judge(complaint) {
                Ok(Verdict::DealerLied) => drop(liars.insert(complaint.dealer)),
                Ok(Verdict::ReceiverLied) => drop(accusers.insert(complaint.receiver)),
                Err(_) => (),
            }
        }
        let is_honest = |id: &u16| !liars.contains(id);
        let dealers: Vec<u16> = self.dealers().filter(is_honest).collect();
        let threshold = self.plan.dealers_min();
        if dealers.len() < threshold.into() {
            let dealers = dealers.len();
            return Err(DealError::TooFewDealers { threshold, dealers });
        }
        let weights = match self.plan.from() {
            Some(_) => lambdas(&dealers),
            None => vec![Scalar::ONE; dealers.len()],
        };
        let weights: BTreeMap<u16, Scalar> = dealers.into_iter().zip(weights).collect();
        let commitment = self.sum(&weights);
        let group = GroupKey::from_commitment(&commitment, self.plan.receivers());
        let group = group.ok_or(DealError::NoKey)?;
        let from = self.plan.from();
        if from.is_some_and(|from| from.public() != group.public()) {
            return Err(DealError::OtherKey);
        }
        Ok(Fixed {
            ceremony: *self.plan.digest(),
            weights,
            liars,
            accusers,
            group,
        })
    }

    /// The commitments to the weighted sum of the dealers' polynomials.
    fn sum(&self, weights: &BTreeMap<u16, Scalar>) -> Vec<EdwardsPoint> {
        let chosen = weights.keys().filter_map(|id| self.right.get(id));
        // Each as long as the new threshold, as `check` has seen.
        let commitments: Vec<_> = chosen.map(CheckedDealing::commitment).collect();
        let weights: Vec<Scalar> = weights.values().copied().collect();
        let terms = 0..usize::from(self.plan.threshold());
        let sum = |term: usize| {
            let points: Vec<_> = commitments.iter().map(|points| points[term]).collect();
            multiscalar(&weights, &points)
        };
        terms.map(sum).collect()
    }
}

/// The dealers, fixed, and the epoch that they made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    ceremony: [u8; 64],
    weights: BTreeMap<u16, Scalar>,
    liars: BTreeSet<u16>,
    accusers: BTreeSet<u16>,
    group: GroupKey,
}

impl Fixed {
    /// Whose shares are summed, by the numbers of their old shares.
    pub fn dealers(&self) -> impl Iterator<Item = u16> {
        self.weights.keys().copied()
    }

    /// The dealers that were found lying, by the numbers of their old shares.
    pub fn liars(&self) -> &BTreeSet<u16> {
        &self.liars
    }

    /// The receivers whose complaints were false, by the numbers of their new
    /// shares.
    pub fn false_accusers(&self) -> &BTreeSet<u16> {
        &self.accusers
    }

    /// The key, with the new threshold and the new shares.
    pub fn group(&self) -> &GroupKey {
        &self.group
    }

    pub(super) fn ceremony(&self) -> &[u8; 64] {
        &self.ceremony
    }

    pub(super) fn weights(&self) -> &BTreeMap<u16, Scalar> {
        &self.weights
    }
}
