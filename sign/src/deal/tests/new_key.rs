//! A new key is dealt by those who receive it, and sleepers and liars stop nobody.

use std::collections::BTreeSet;

use super::table::{NEXT, Table, assert_signs, interpolated};
use super::*;

#[test]
fn as_many_deal_as_sign_and_the_others_may_sleep() {
    let mut keys = BTreeSet::new();
    for (seed, dealers) in (60..).zip([vec![1, 2, 3], vec![2, 5, 7], vec![1, 2, 3, 5, 7]]) {
        let mut table = Table::generation(3, &[1, 2, 3, 5, 7], seed);
        let dealings = table.generate(&dealers);
        let shares = table.finish_with(&dealings);
        let group = shares[0].group().clone();
        assert_eq!((shares.len(), group.threshold()), (5, 3));
        // RFC 9591 appendix C: the key is the sum of the constant commitments.
        let constants = dealings.values().map(|dealing| &dealing.package[..32]);
        let points = constants.map(|octets| crate::group::decode_point(octets).unwrap());
        let sum: EdwardsPoint = points.sum();
        assert_eq!(group.public().0, sum.compress().0);
        for share in &shares {
            let own = EdwardsPoint::mul_base(share.secret()).compress();
            assert_eq!(group.verifying_share(share.id()), Some(own.0));
        }
        assert_signs(&[&shares[0], &shares[2], &shares[4]]);
        assert_eq!(
            interpolated(&[&shares[1], &shares[3], &shares[4]]),
            group.public().0
        );
        assert_ne!(interpolated(&[&shares[1], &shares[3]]), group.public().0);
        keys.insert(group.public());
    }
    assert_eq!(keys.len(), 3);
}

#[test]
fn too_few_dealers_make_no_key() {
    let mut table = Table::generation(3, &[1, 2, 3, 4], 71);
    let dealings = table.generate(&[1, 4]);
    assert_eq!(
        table.plan.gather(&dealings).fix(&[]).err(),
        Some(DealError::TooFewDealers {
            threshold: 3,
            dealers: 2
        })
    );
}

#[test]
fn who_does_not_receive_does_not_deal() {
    let mut table = Table::generation(2, &[1, 2, 3], 62);
    let stranger = DealError::Stranger { id: 4 };
    let refused = table.plan.generate(4, &mut table.rng);
    assert_eq!(refused.err(), Some(stranger.clone()));
    let mut dealings = table.generate(&[1, 2]);
    let other = dealings[&1].clone();
    dealings.insert(4, other);
    let gathered = table.plan.gather(&dealings);
    assert_eq!(gathered.refused().get(&4), Some(&stranger));
    assert!(gathered.dealers().eq([1, 2]));
}

/// Whoever deals last could make the key its own: its part less everybody else's.
#[test]
fn nobody_makes_its_part_out_of_the_others() {
    let mut table = Table::generation(2, &[1, 2, 3], 63);
    let mut dealings = table.generate(&[1, 2, 3]);
    let point = |dealing: &Dealing| crate::group::decode_point(&dealing.package[..32]).unwrap();
    let rogue = point(&dealings[&3]) - point(&dealings[&1]) - point(&dealings[&2]);
    let mine = dealings.get_mut(&3).unwrap();
    mine.package[..32].copy_from_slice(&rogue.compress().0);
    let gathered = table.plan.gather(&dealings);
    let refused = gathered.refused().get(&3);
    assert_eq!(refused, Some(&DealError::BadProof { culprit: 3 }));
    // Nor does it deal what another has dealt.
    let copied = dealings[&1].clone();
    dealings.insert(3, copied);
    let gathered = table.plan.gather(&dealings);
    let refused = gathered.refused().get(&3);
    assert_eq!(refused, Some(&DealError::BadProof { culprit: 3 }));
}

#[test]
fn a_dealer_that_lies_to_one_is_left_out_for_all() {
    let mut table = Table::generation(2, &[1, 2, 3, 4], 64);
    let mut dealings = table.generate(&[1, 2, 3]);
    // Sealed to another: it opens for nobody.
    let liar = Polynomial::random(2, &mut table.rng);
    let pair = SealPair::generate(&mut table.rng);
    let mut lie = Dealing::unproven(&table.plan, 3, &liar, &pair).unwrap();
    let swapped = lie.sealed[&1].clone();
    lie.sealed.insert(4, swapped);
    let lie = lie.proven(&table.plan, 3, &liar.constant(), &pair, &mut table.rng);
    dealings.insert(3, lie);
    let gathered = table.plan.gather(&dealings);
    assert!(gathered.refused().is_empty());
    let (received, complaints) = table.receive(&gathered);
    assert_eq!(complaints.len(), 1);
    let fixed = gathered.fix(&complaints).unwrap();
    assert_eq!(fixed.liars(), &[3].into());
    let shares: Vec<Share> = received
        .into_iter()
        .map(|received| received.finish(&fixed).unwrap())
        .collect();
    assert_signs(&[&shares[0], &shares[3]]);
}

#[test]
fn a_generation_is_no_redistribution() {
    let old = shares(3, 2, 65);
    let mut table = Table::generation(2, &[1, 2, 3], 66);
    let refused = table.plan.deal(&old[0], &mut table.rng);
    assert_eq!(refused.err(), Some(DealError::OtherEpoch));
    let mut table = Table::new(old[0].group(), 2, &[1, 2, 3], 66);
    let refused = table.plan.generate(1, &mut table.rng);
    assert_eq!(refused.err(), Some(DealError::OtherEpoch));
    // What fits into one does not fit into the other, with the same invitations.
    let (_, invitation) = Invited::invite(&mut table.rng);
    let invitations: BTreeMap<u16, Invitation> = [1, 2].map(|id| (id, invitation.clone())).into();
    let generation = Plan::generation(NEXT, 2, &invitations).unwrap();
    let dealing = generation.generate(1, &mut table.rng).unwrap();
    let other = Plan::generation(b"example. ceremony 3", 2, &invitations).unwrap();
    let culprit = 1;
    assert_eq!(generation.check(1, &dealing), Ok(()));
    assert_eq!(
        other.check(1, &dealing),
        Err(DealError::BadProof { culprit })
    );
    let redistribution = Plan::redistribution(NEXT, old[0].group(), 2, &invitations).unwrap();
    let refused = redistribution.check(1, &dealing);
    assert_eq!(refused, Err(DealError::OtherSecret { culprit }));
}
