//! Strict decoding of points and scalars, and arithmetic on what is public.
//! Nothing here takes a secret, so nothing here takes constant time.

use alloc::vec::Vec;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity as _, VartimeMultiscalarMul as _};

use crate::order::PrimeOrder;

/// Octets of an encoded point.
pub(crate) const POINT_OCTETS: usize = 32;
/// Octets of an encoded scalar.
pub(crate) const SCALAR_OCTETS: usize = 32;

/// The sum of the points, each as often as its scalar says. All sums of many points are
/// made here: where the library's generic code is compiled for several kinds of
/// iterators, the compiler ceases to make its additions part of its loop, and each takes
/// twice as long (docs/performance.md).
#[inline(never)]
pub(crate) fn multiscalar(scalars: &[Scalar], points: &[EdwardsPoint]) -> EdwardsPoint {
    EdwardsPoint::vartime_multiscalar_mul(scalars, points)
}

/// Decodes a point of the prime-order group (RFC 9591 §6.1): refuses the
/// identity, small and mixed order, and encodings that are not canonical.
pub(crate) fn decode_point(octets: &[u8]) -> Option<EdwardsPoint> {
    decode_point_of_any_order(octets).filter(EdwardsPoint::is_torsion_free)
}

/// Decodes a point other than the identity in its canonical encoding (RFC 8032
/// §5.1.3), whatever its order.
pub(crate) fn decode_point_of_any_order(octets: &[u8]) -> Option<EdwardsPoint> {
    let octets: [u8; POINT_OCTETS] = octets.try_into().ok()?;
    let mut y = octets;
    y[31] &= 0x7f;
    // y is below p = 2^255 - 19 (RFC 8032 §5.1.3).
    let is_canonical = y[0] < 0xed || y[31] != 0x7f || y[1..31].iter().any(|octet| *octet != 0xff);
    let point = CompressedEdwardsY(octets).decompress()?;
    // Where x is 0 the sign could be either. Then y is 1, the identity, or -1,
    // whose order is not that of the group.
    let is_identity = y[0] == 1 && y[1..].iter().all(|octet| *octet == 0);
    (is_canonical && !is_identity).then_some(point)
}

/// Decodes one point after the other, by [`decode_point`]; where it is told later
/// whether all of them are of the prime-order group, of whatever order.
///
/// # Errors
/// The place of the first that is none.
pub(crate) fn decode_points(
    octets: &[u8],
    mut order: Option<&mut PrimeOrder>,
) -> Result<Vec<EdwardsPoint>, usize> {
    let mut points = Vec::with_capacity(octets.len() / POINT_OCTETS);
    for (index, octets) in octets.chunks_exact(POINT_OCTETS).enumerate() {
        let point = match &mut order {
            None => decode_point(octets),
            Some(order) => {
                let point = decode_point_of_any_order(octets);
                point.inspect(|point| order.take(point))
            }
        };
        points.push(point.ok_or(index)?);
    }
    Ok(points)
}

/// Decodes a scalar below the group's order (RFC 9591 §6.1).
pub(crate) fn decode_scalar(octets: &[u8]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(octets.try_into().ok()?).into_option()
}

/// The value at `id` of the polynomial with these commitments, in the exponent:
/// the sum over k of id^k times the k-th of them, by Horner's rule. An id is so
/// short that adding and doubling beats any general multiplication.
pub(crate) fn evaluate(commitment: &[EdwardsPoint], id: u16) -> EdwardsPoint {
    let mut value = EdwardsPoint::identity();
    for point in commitment.iter().rev() {
        value = times(value, id) + point;
    }
    value
}

/// λ_i = Π x_j / (x_j − x_i) over the others of `ids`, for each of them in their
/// order: the weight that the value at x_i has in the value at 0, where a
/// polynomial is known at `ids`, which are not zero (RFC 9591 §4.2). Computed as
/// Π x_j over all, divided by x_i · Π (x_j − x_i), so that one inversion does for
/// all of them.
pub(crate) fn lambdas(ids: &[u16]) -> Vec<Scalar> {
    let product: Scalar = ids.iter().map(|id| Scalar::from(*id)).product();
    let divisor = |id: &u16| -> Scalar {
        let others = ids.iter().filter(|other| *other != id);
        let differences = others.map(|other| Scalar::from(*other) - Scalar::from(*id));
        Scalar::from(*id) * differences.product::<Scalar>()
    };
    let mut weights: Vec<Scalar> = ids.iter().map(divisor).collect();
    Scalar::invert_batch_alloc(&mut weights);
    weights.iter_mut().for_each(|weight| *weight *= product);
    weights
}

fn times(point: EdwardsPoint, factor: u16) -> EdwardsPoint {
    let mut product = EdwardsPoint::identity();
    for bit in (0..u16::BITS - factor.leading_zeros()).rev() {
        product += product;
        if factor >> bit & 1 == 1 {
            product += point;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::*;

    #[test]
    fn refuses_points_outside_the_prime_order_group() {
        for torsion in EIGHT_TORSION {
            assert!(decode_point(&torsion.compress().0).is_none());
        }
        for torsion in &EIGHT_TORSION[1..] {
            let mixed = ED25519_BASEPOINT_POINT + torsion;
            assert!(decode_point(&mixed.compress().0).is_none());
        }
        assert!(decode_point(&ED25519_BASEPOINT_POINT.compress().0).is_some());
    }

    #[test]
    fn refuses_points_that_are_not_canonical() {
        // y = p + k for every k that fits, with either sign of x.
        for k in 0..19_u8 {
            for top in [0x7f, 0xff] {
                let mut octets = [0xff; 32];
                octets[0] = 0xed + k;
                octets[31] = top;
                assert!(decode_point(&octets).is_none(), "y = p + {k}");
            }
        }
        // y = 1, and x = 0 with a sign.
        let mut identity = [0; 32];
        identity[0] = 1;
        identity[31] = 0x80;
        assert!(decode_point(&identity).is_none());
    }

    #[test]
    fn of_any_order_all_but_the_identity_is_decoded() {
        use frost_ed25519::{Ed25519Group, Group as _};
        let mixed = EIGHT_TORSION.map(|torsion| ED25519_BASEPOINT_POINT + torsion);
        for point in mixed {
            let octets = point.compress().0;
            assert_eq!(decode_point_of_any_order(&octets), Some(point));
        }
        for torsion in &EIGHT_TORSION[2..] {
            let octets = torsion.compress().0;
            assert_eq!(decode_point_of_any_order(&octets).is_some(), octets[0] != 1);
        }
        // Of encodings that are not canonical none passes.
        for low in 0xec..=0xff_u8 {
            for top in [0x7f, 0xff] {
                let mut octets = [0xff; 32];
                (octets[0], octets[31]) = (low, top);
                if decode_point_of_any_order(&octets).is_some() {
                    assert!(low == 0xec, "{low:x}");
                }
                assert!(Ed25519Group::deserialize(&octets).is_err());
            }
        }
        for sign in [0, 0x80] {
            let mut octets = [0; 32];
            (octets[0], octets[31]) = (1, sign);
            assert_eq!(decode_point_of_any_order(&octets), None);
        }
        assert_eq!(decode_point_of_any_order(&[3; 31]), None);
    }

    #[test]
    fn refuses_scalars_that_are_not_canonical() {
        let largest = (-Scalar::ONE).to_bytes();
        assert!(decode_scalar(&largest).is_some());
        let mut order = largest;
        order[0] += 1;
        assert!(decode_scalar(&order).is_none());
        assert!(decode_scalar(&[0xff; 32]).is_none());
    }

    #[test]
    fn refuses_other_lengths() {
        assert!(decode_point(&[3; 31]).is_none());
        assert!(decode_scalar(&[0; 33]).is_none());
    }

    #[test]
    fn weights_are_those_of_the_formula() {
        for ids in [
            &[][..],
            &[7],
            &[1, 2],
            &[1, 3, 4, 250],
            &[9, 2, 65_535, 1, 77],
        ] {
            let weights = lambdas(ids);
            assert_eq!(weights.len(), ids.len());
            for (id, weight) in ids.iter().zip(weights) {
                let mut expected = Scalar::ONE;
                for other in ids.iter().filter(|other| *other != id) {
                    let difference = Scalar::from(*other) - Scalar::from(*id);
                    expected *= Scalar::from(*other) * difference.invert();
                }
                assert_eq!(weight, expected, "{id} of {ids:?}");
            }
        }
    }

    #[test]
    fn evaluates_as_the_general_multiplication_does() {
        let scalars = [3_u64, 5, 7, 11].map(Scalar::from);
        let points = scalars.map(|scalar| ED25519_BASEPOINT_POINT * scalar);
        for id in [1, 2, 3, 77, 250, u16::MAX] {
            let x = Scalar::from(id);
            let value = scalars
                .iter()
                .rev()
                .fold(Scalar::ZERO, |sum, k| sum * x + k);
            assert_eq!(evaluate(&points, id), ED25519_BASEPOINT_POINT * value);
        }
    }
}
