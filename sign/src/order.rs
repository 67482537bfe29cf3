//! Whether many points are all of the prime-order group.
//!
//! One point is told by multiplying it with the group's order, which costs six
//! times its decoding. Of many points [`PrimeOrder`] adds up random choices: a
//! point outside of the group makes such a sum fall outside of it with a
//! probability of at least one half, whatever the other points are. (Their
//! parts of small order are elements of Z/8; the sum over a random choice of
//! elements that are not all zero is zero for at most half of the choices.) So
//! [`SUMS`] independent choices let none pass but with probability 2^-128. The
//! choices follow from a digest of all the points, so that whoever made the
//! points could not know them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::traits::Identity as _;
use sha2::{Digest as _, Sha512};

/// How many random choices are added up.
const SUMS: usize = 128;
/// Points whose 2^BLOCK partial sums are computed once for all choices; six
/// costs the fewest additions.
const BLOCK: usize = 6;
/// Points from which on the sums are cheaper than looking at each.
const MANY: usize = 300;
const DOMAIN: &[u8] = b"comity prime order v1\n";

/// Takes points one after the other, and tells at the end.
pub(crate) enum PrimeOrder {
    /// Few points, each looked at by itself: whether all were good.
    Each(bool),
    /// Many points.
    Sums(Box<Sums>),
}

pub(crate) struct Sums {
    seed: [u8; 64],
    counter: u64,
    block: Vec<EdwardsPoint>,
    sums: Vec<EdwardsPoint>,
}

impl PrimeOrder {
    /// For the points that these octets encode, all of them.
    pub(crate) fn of<'a>(encoded: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let points = encoded.clone().map(<[u8]>::len).sum::<usize>() / 32;
        if points < MANY {
            return Self::Each(true);
        }
        let mut hash = Sha512::new_with_prefix(DOMAIN);
        encoded.for_each(|octets| hash.update(octets));
        Self::Sums(Box::new(Sums {
            seed: hash.finalize().into(),
            counter: 0,
            block: Vec::with_capacity(BLOCK),
            sums: [EdwardsPoint::identity(); SUMS].into(),
        }))
    }

    pub(crate) fn take(&mut self, point: &EdwardsPoint) {
        match self {
            Self::Each(good) => *good &= point.is_torsion_free(),
            Self::Sums(sums) => {
                sums.block.push(*point);
                if sums.block.len() == BLOCK {
                    sums.add_block();
                }
            }
        }
    }

    /// Whether all points taken are of the prime-order group.
    pub(crate) fn holds(self) -> bool {
        match self {
            Self::Each(good) => good,
            Self::Sums(mut sums) => {
                sums.add_block();
                sums.sums.iter().all(EdwardsPoint::is_torsion_free)
            }
        }
    }
}

impl Sums {
    /// Adds to each sum the points of the block that its choice has.
    fn add_block(&mut self) {
        let mut partial = Vec::with_capacity(1 << BLOCK);
        partial.push(EdwardsPoint::identity());
        for point in self.block.drain(..) {
            for at in 0..partial.len() {
                partial.push(partial[at] + point);
            }
        }
        let mut choices = [0; SUMS];
        for half in choices.chunks_exact_mut(64) {
            let mut hash = Sha512::new_with_prefix(self.seed);
            hash.update(self.counter.to_le_bytes());
            half.copy_from_slice(&hash.finalize());
            self.counter += 1;
        }
        for (sum, choice) in self.sums.iter_mut().zip(choices) {
            // A power of two: the choice of its points is uniform.
            *sum += partial[usize::from(choice) % partial.len()];
        }
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::scalar::Scalar;

    use super::*;

    fn points(count: usize) -> Vec<EdwardsPoint> {
        let numbers = 1..=count as u64;
        numbers
            .map(|number| ED25519_BASEPOINT_POINT * Scalar::from(number))
            .collect()
    }

    fn holds(points: &[EdwardsPoint]) -> bool {
        let encoded: Vec<_> = points.iter().map(EdwardsPoint::compress).collect();
        let mut order = PrimeOrder::of(encoded.iter().map(|point| &point.0[..]));
        points.iter().for_each(|point| order.take(point));
        order.holds()
    }

    #[test]
    fn points_of_the_group_pass_however_many() {
        for count in [0, 1, MANY - 1, MANY, MANY + 1, MANY + BLOCK, 3 * MANY] {
            assert!(holds(&points(count)), "{count}");
        }
    }

    #[test]
    fn one_point_with_a_part_of_small_order_is_enough() {
        for count in [1, 7, MANY, MANY + 5] {
            for at in [0, count / 2, count - 1] {
                for torsion in &EIGHT_TORSION[1..] {
                    let mut points = points(count);
                    points[at] += torsion;
                    assert!(!holds(&points), "{count}, {at}");
                }
            }
        }
    }

    #[test]
    fn parts_of_small_order_do_not_cancel_each_other() {
        let mut points = points(MANY);
        // Seven and one make eight, four and four: each choice sees them apart.
        points[3] += EIGHT_TORSION[1];
        points[4] += EIGHT_TORSION[7];
        points[100] += EIGHT_TORSION[4];
        points[200] += EIGHT_TORSION[4];
        assert!(!holds(&points));
        let mut points = super::tests::points(MANY);
        points
            .iter_mut()
            .for_each(|point| *point += EIGHT_TORSION[4]);
        assert!(!holds(&points));
    }
}
