//! Many shares and signatures judged as one: nothing wrong hides among what is
//! right, nor behind something else that is wrong.

use super::super::TOGETHER;
use super::super::combination::{
    Judged, coefficients, liars, seed_of_shares, seed_of_signatures, signatures_hold,
};
use super::super::commitments::{Round, Signers};
use super::*;
use crate::group::decode_scalar;

/// A session of three of five who do not lie.
struct Honest {
    shares: Vec<Share>,
    messages: Vec<Vec<u8>>,
    commitments: BySigner,
    sent: BySigner,
}

impl Honest {
    fn new(count: usize) -> Self {
        let (shares, messages) = (shares(5, 3, 80), messages(count));
        let signers = [&shares[0], &shares[2], &shares[3]];
        let (commitments, sent) = signed(&signers, &messages).unwrap();
        Self {
            shares,
            messages,
            commitments,
            sent,
        }
    }

    fn batch(&self) -> Batch<'_> {
        batch(&self.messages, &self.commitments)
    }

    /// Whom aggregation names, and who is named without it.
    fn named(&self, sent: &BySigner) -> Vec<u16> {
        let (group, sent) = (self.shares[0].group(), slices(sent));
        let wrong = wrong_shares(group, &self.batch(), &sent).unwrap();
        let culprits = match aggregate(group, &self.batch(), &sent) {
            Ok(_) => Vec::new(),
            Err(error) => error.culprits(),
        };
        assert_eq!(culprits, Vec::from_iter(wrong));
        culprits
    }

    /// The signers and what they sign.
    fn rounds(&self) -> (Signers<'_>, Vec<Round>) {
        let mut signers = Signers::check(self.shares[0].group(), &self.batch()).unwrap();
        let rounds = signers.rounds(0, &self.messages).unwrap();
        (signers, rounds)
    }

    /// A signer's shares, as scalars.
    fn scalars(&self, id: u16) -> Vec<Scalar> {
        let octets = self.sent[&id].chunks_exact(SHARE_OCTETS);
        octets.map(|share| decode_scalar(share).unwrap()).collect()
    }
}

/// Adds to a signer's share of one signature.
fn add(sent: &mut BySigner, id: u16, index: usize, error: Scalar) {
    let share = &mut sent.get_mut(&id).unwrap()[index * SHARE_OCTETS..][..SHARE_OCTETS];
    let wrong = decode_scalar(share).unwrap() + error;
    share.copy_from_slice(wrong.as_bytes());
}

#[test]
fn a_wrong_share_is_found_in_every_place() {
    let honest = Honest::new(5);
    assert!(honest.named(&honest.sent).is_empty());
    for id in [1, 3, 4] {
        for index in 0..5 {
            for error in [Scalar::ONE, -Scalar::ONE, Scalar::from(8_u8)] {
                let mut sent = honest.sent.clone();
                add(&mut sent, id, index, error);
                assert_eq!(honest.named(&sent), [id], "{index}");
                // Beside another liar, whose lie is elsewhere.
                let (other, place) = (if id == 3 { 4 } else { 3 }, (index + 2) % 5);
                add(&mut sent, other, place, Scalar::ONE);
                let mut both = vec![id, other];
                both.sort_unstable();
                assert_eq!(honest.named(&sent), both);
            }
        }
    }
}

#[test]
fn a_wrong_share_is_found_at_every_seam_of_a_large_batch() {
    for count in [1, TOGETHER - 1, TOGETHER, TOGETHER + 1, 2 * TOGETHER + 3] {
        let honest = Honest::new(count);
        assert!(honest.named(&honest.sent).is_empty());
        let seams = [0, TOGETHER - 1, TOGETHER, 2 * TOGETHER, count - 1];
        for index in seams.into_iter().filter(|index| *index < count) {
            let mut sent = honest.sent.clone();
            add(&mut sent, 4, index, Scalar::ONE);
            assert_eq!(honest.named(&sent), [4], "{index} of {count}");
        }
    }
}

#[test]
fn a_share_that_cannot_be_read_hides_no_other_liar() {
    let honest = Honest::new(TOGETHER + 2);
    for index in [0, TOGETHER + 1] {
        let mut sent = honest.sent.clone();
        sent.get_mut(&1).unwrap().truncate(SHARE_OCTETS);
        add(&mut sent, 3, index, Scalar::ONE);
        assert_eq!(honest.named(&sent), [1, 3]);
    }
}

#[test]
fn lies_of_one_signer_do_not_cancel_each_other() {
    let honest = Honest::new(4);
    for (one, other) in [(0, 1), (0, 3), (1, 2)] {
        let mut sent = honest.sent.clone();
        add(&mut sent, 3, one, Scalar::ONE);
        add(&mut sent, 3, other, -Scalar::ONE);
        assert_eq!(honest.named(&sent), [3]);
    }
}

#[test]
fn lies_that_cancel_by_the_coefficients_of_right_shares_are_found() {
    let honest = Honest::new(3);
    let (signers, rounds) = honest.rounds();
    let right = honest.scalars(3);
    let judged = |shares| [Judged { place: 1, shares }];
    let seed = seed_of_shares(&signers, 0, &rounds, &judged(&right));
    let known = coefficients(seed, 3);
    assert!(liars(&signers, 0, &rounds, &judged(&right)).is_empty());
    // Σ r_m·ε_m = 0 for the coefficients that the right shares would have.
    let mut wrong = right.clone();
    wrong[0] += known[2];
    wrong[2] -= known[0];
    assert_eq!(liars(&signers, 0, &rounds, &judged(&wrong)), [3]);
}

#[test]
fn a_forged_signature_does_not_hide_behind_another() {
    let honest = Honest::new(3);
    let (_, rounds) = honest.rounds();
    let key = *honest.shares[0].group().point();
    let all = [1, 3, 4].map(|id| honest.scalars(id));
    let sum = |index: usize| all.iter().map(|shares| shares[index]).sum();
    let right: Vec<Scalar> = (0..3).map(sum).collect();
    assert!(signatures_hold(&key, &rounds, &right));
    assert!(signatures_hold(&key, &[], &[]));
    let known = coefficients(seed_of_signatures(&key, &rounds, &right), 3);
    for errors in [
        [Scalar::ONE, Scalar::ZERO, Scalar::ZERO],
        [Scalar::ZERO, Scalar::ZERO, -Scalar::ONE],
        [Scalar::ONE, -Scalar::ONE, Scalar::ZERO],
        [known[1], -known[0], Scalar::ZERO],
        [Scalar::ZERO, known[2], -known[1]],
    ] {
        let wrong = right.iter().zip(errors).map(|(z, error)| z + error);
        assert!(!signatures_hold(&key, &rounds, &wrong.collect::<Vec<_>>()));
    }
    // Under another key, and of another message.
    assert!(!signatures_hold(&ED25519_BASEPOINT_POINT, &rounds, &right));
    let mut turned = right.clone();
    turned.rotate_left(1);
    assert!(!signatures_hold(&key, &rounds, &turned));
}

#[test]
fn coefficients_have_128_bits_and_differ() {
    let seed = || Sha512::new_with_prefix(b"a seed");
    let many = coefficients(seed(), 257);
    let mut seen = BTreeMap::new();
    let mut all_bits = [0; 32];
    for (index, coefficient) in many.iter().enumerate() {
        let octets = coefficient.to_bytes();
        assert_eq!(seen.insert(octets, index), None);
        for (all, octet) in all_bits.iter_mut().zip(octets) {
            *all |= octet;
        }
    }
    assert_eq!(all_bits[..16], [0xff; 16]);
    assert_eq!(all_bits[16..], [0; 16]);
    // The same for a shorter batch, and others from another seed.
    assert_eq!(coefficients(seed(), 5), many[..5]);
    assert_ne!(coefficients(Sha512::new(), 5), many[..5]);
}

/// Honest signers would not have signed for such commitments, so that all shares
/// are wrong, and nobody who sent them is to blame.
#[test]
fn nobody_is_named_for_what_commitments_of_mixed_order_made_wrong() {
    let torsion = EIGHT_TORSION[4];
    // So few points that each is looked at, and so many that sums are.
    for count in [2, 60] {
        let honest = Honest::new(count);
        let mut changed = honest.commitments.clone();
        let place = (count - 1) * COMMITMENT_OCTETS;
        let point = &mut changed.get_mut(&4).unwrap()[place..][..32];
        let right = crate::group::decode_point(point).unwrap();
        point.copy_from_slice(&(right + torsion).compress().0);
        let (batch, sent) = (batch(&honest.messages, &changed), slices(&honest.sent));
        let (culprit, index) = (4, count - 1);
        let expected = SessionError::BadCommitment { culprit, index };
        let group = honest.shares[0].group();
        assert_eq!(aggregate(group, &batch, &sent), Err(expected.clone()));
        assert_eq!(wrong_shares(group, &batch, &sent), Err(expected));
    }
}
