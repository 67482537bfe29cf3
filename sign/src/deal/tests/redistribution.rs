//! What a redistribution gives, and what is refused in it.

use super::table::{NEXT, Table, assert_signs, interpolated};
use super::*;
use crate::session::tests::{messages, sign};

fn three_of_five() -> Vec<Share> {
    shares(5, 3, 40)
}

#[test]
fn the_key_stays_whoever_comes_and_goes() {
    let old = three_of_five();
    let public = old[0].group().public();
    for (dealers, threshold, receivers) in [
        // The same set and threshold: a refresh, by all or by the fewest.
        (vec![1, 2, 3, 4, 5], 3, vec![1, 2, 3, 4, 5]),
        (vec![1, 3, 5], 3, vec![1, 2, 3, 4, 5]),
        // More, fewer, and others than before; a higher and a lower threshold.
        (vec![2, 3, 4], 4, vec![1, 2, 3, 4, 5, 6, 7]),
        (vec![1, 2, 3, 4], 2, vec![1, 2]),
        (vec![3, 4, 5], 2, vec![6, 7, 200]),
        (vec![1, 2, 5], 3, vec![1, 9, 12]),
    ] {
        let dealing: Vec<&Share> = dealers.iter().map(|id| &old[id - 1]).collect();
        let table = Table::new(old[0].group(), threshold, &receivers, 41);
        let new = table.finish(&dealing);
        let group = new[0].group().clone();
        assert_eq!((group.public(), group.threshold()), (public, threshold));
        assert!(group.participants().eq(receivers.iter().copied()));
        for share in &new {
            assert_eq!(*share.group(), group);
            let own = EdwardsPoint::mul_base(share.secret()).compress();
            assert_eq!(group.verifying_share(share.id()), Some(own.0));
            // As it is at rest.
            assert!(Share::decode(&share.encode()).is_some());
        }
        let enough: Vec<&Share> = new.iter().rev().take(threshold.into()).collect();
        assert_signs(&enough);
        assert_eq!(interpolated(&enough), public.0);
        assert_ne!(interpolated(&enough[1..]), public.0);
        // The old epoch signs until the new one is live.
        assert_signs(&[&old[0], &old[2], &old[4]]);
    }
}

#[test]
fn a_refresh_changes_every_share_and_never_the_key() {
    let mut shares = shares(3, 2, 42);
    let public = shares[0].group().public();
    for round in 0..20 {
        let table = Table::new(shares[0].group(), 2, &[1, 2, 3], 43 + round);
        let dealers: Vec<&Share> = shares.iter().collect();
        let new = table.finish(&dealers);
        for (old, new) in shares.iter().zip(&new) {
            assert_ne!(old.secret(), new.secret());
        }
        assert_signs(&[&new[0], &new[2]]);
        assert_eq!(new[1].group().public(), public);
        shares = new;
    }
}

#[test]
fn old_and_new_shares_do_not_mix() {
    let old = three_of_five();
    let public = old[0].group().public();
    let table = Table::new(old[0].group(), 3, &[1, 2, 3, 4, 5], 44);
    let new = table.finish(&[&old[0], &old[1], &old[2]]);
    for mixed in [
        vec![&old[0], &old[1], &new[2]],
        vec![&old[0], &new[1], &new[2]],
        // Two of each: more than any threshold together.
        vec![&old[0], &old[1], &new[2], &new[3]],
    ] {
        assert_ne!(interpolated(&mixed), public.0);
    }
    // An old share under the new group is a wrong share, and named.
    let stale = Share::new(
        2,
        std::boxed::Box::new(zeroize::Zeroizing::new(**old[1].secret())),
        new[0].group().clone(),
    );
    let outcome = sign(&[&new[0], &stale, &new[4]], &messages(1));
    let culprits = vec![2];
    let expected = crate::session::SessionError::BadShares { culprits };
    assert_eq!(outcome, Err(expected));
}

#[test]
fn refuses_a_plan_that_makes_no_key_in_shares() {
    let old = three_of_five();
    let invitation = Invited::invite(&mut seeded(45)).1;
    let plan = |threshold, receivers: &[u16]| {
        let invitations = receivers.iter().map(|id| (*id, invitation.clone()));
        Plan::redistribution(NEXT, old[0].group(), threshold, &invitations.collect()).err()
    };
    let many: Vec<u16> = (1..=201).collect();
    let height = |threshold, participants| {
        Some(DealError::Threshold {
            threshold,
            participants,
        })
    };
    let number = |participants| Some(DealError::Participants { participants });
    assert_eq!(plan(2, &[]), number(0));
    assert_eq!(plan(2, &[1]), number(1));
    assert_eq!(plan(101, &many), number(201));
    assert_eq!(plan(2, &[0, 1, 2]), Some(DealError::Stranger { id: 0 }));
    assert_eq!(plan(1, &[1, 2, 3]), height(1, 3));
    assert_eq!(plan(4, &[1, 2, 3]), height(4, 3));
    assert_eq!(plan(3, &[1, 2, 3]), None);

    let bad = Invitation { seal_key: [0; 32] };
    let expected = DealError::BadSealKey { culprit: 4 };
    assert_eq!(bad.check(4), Err(expected));
    assert_eq!(invitation.check(4), Ok(()));
    let invitations = [(1, invitation.clone()), (4, bad), (7, invitation)];
    let refused = Plan::redistribution(NEXT, old[0].group(), 2, &invitations.into());
    let expected = DealError::BadSealKey { culprit: 4 };
    assert_eq!(refused.err(), Some(expected));
}

#[test]
fn deals_only_shares_of_the_epoch_that_is_redistributed() {
    let old = three_of_five();
    let table = Table::new(old[0].group(), 2, &[1, 2, 3], 46);
    let plan = table.plan.clone();
    let new = table.finish(&[&old[0], &old[1], &old[2]]);
    for other in [&new[0], &shares(5, 3, 47)[0]] {
        let dealt = plan.deal(other, &mut seeded(48));
        assert_eq!(dealt.err(), Some(DealError::OtherEpoch));
    }
}

/// Why dealer 2's dealing is refused after `change` to what all dealt; the others'
/// are not.
fn refused_after(change: impl Fn(&mut BTreeMap<u16, Dealing>, &mut Table)) -> DealError {
    let old = three_of_five();
    let mut table = Table::new(old[0].group(), 3, &[1, 2, 6], 49);
    let mut dealings = table.deal(&[&old[0], &old[1], &old[2], &old[3]]);
    change(&mut dealings, &mut table);
    let gathered = table.plan.gather(&dealings);
    assert!(gathered.dealers().eq([1, 3, 4]));
    let (received, complaints) = table.receive(&gathered);
    assert_eq!(complaints, []);
    let fixed = gathered.fix(&[]).unwrap();
    assert!(fixed.dealers().eq([1, 3, 4]));
    for received in received {
        received.finish(&fixed).unwrap();
    }
    let mut refused = gathered.refused().clone();
    let error = refused.remove(&2).unwrap();
    // Whoever looks at it alone says the same.
    assert_eq!(table.plan.check(2, &dealings[&2]), Err(error.clone()));
    assert_eq!(table.plan.check(3, &dealings[&3]), Ok(()));
    assert!(refused.is_empty());
    assert_eq!(error.culprit(), Some(2));
    error
}

#[test]
fn a_dealing_that_is_wrong_for_all_to_see_is_refused_with_its_dealer_named() {
    let identity = EdwardsPoint::default().compress().0;
    let mixed = curve25519_dalek::constants::EIGHT_TORSION[1]
        + curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
    let with = |change: &dyn Fn(&mut Dealing)| {
        refused_after(|dealings, _| change(dealings.get_mut(&2).unwrap()))
    };
    for (from, to) in [(0, 1), (0, 32), (192, 224)] {
        let error = with(&|dealing| drop(dealing.package.drain(from..to)));
        let octets = 224 - (to - from);
        assert_eq!(error, DealError::OpeningLength { culprit: 2, octets });
    }
    // A threshold of another height.
    let error = with(&|dealing| drop(dealing.package.splice(32..32, [1; 32])));
    let octets = 256;
    assert_eq!(error, DealError::OpeningLength { culprit: 2, octets });
    for octet in 0..32 {
        let error = with(&|dealing| dealing.package[octet] ^= 1);
        assert_eq!(error, DealError::OtherSecret { culprit: 2 });
    }
    for point in [identity, mixed.compress().0, [0xff; 32]] {
        for index in [1, 2] {
            let error =
                with(&|dealing| dealing.package[32 * index..][..32].copy_from_slice(&point));
            assert_eq!(error, DealError::BadCommitment { culprit: 2, index });
        }
    }
    for key in [[0; 32], [0xff; 32], [2; 32]] {
        let error = with(&|dealing| dealing.package[96..128].copy_from_slice(&key));
        assert_eq!(error, DealError::BadSealKey { culprit: 2 });
    }
    for octet in 128..224 {
        let error = with(&|dealing| dealing.package[octet] ^= 1);
        assert_eq!(error, DealError::BadProof { culprit: 2 }, "octet {octet}");
    }
    for (receiver, octets) in [(6, 47), (6, 49), (3, 48), (0, 48)] {
        let error = with(&|dealing| drop(dealing.sealed.insert(receiver, vec![0; octets])));
        assert_eq!(error, DealError::SealedShares { culprit: 2 });
    }
    let error = with(&|dealing| drop(dealing.sealed.remove(&1)));
    assert_eq!(error, DealError::SealedShares { culprit: 2 });
    // What is sealed is under the proof: nobody on the way changes it.
    for octet in 0..48 {
        let error = with(&|dealing| dealing.sealed.get_mut(&6).unwrap()[octet] ^= 1);
        assert_eq!(error, DealError::BadProof { culprit: 2 });
    }
}

#[test]
fn a_dealer_that_deals_another_secret_than_its_share_is_named() {
    let other = shares(5, 3, 50);
    let error = refused_after(|dealings, table| {
        let (secret, pair) = (other[1].secret(), SealPair::generate(&mut table.rng));
        let transcript = table.plan.transcript("polynomial");
        let polynomial = Polynomial::sharing(secret, 3, &transcript, &mut table.rng);
        let dealing = Dealing::make(&table.plan, 2, &polynomial, &pair, &mut table.rng);
        dealings.insert(2, dealing.unwrap());
    });
    assert_eq!(error, DealError::OtherSecret { culprit: 2 });
}

#[test]
fn a_dealing_of_another_dealer_or_ceremony_is_refused() {
    let old = three_of_five();
    let bad_proof = DealError::BadProof { culprit: 2 };
    // Another's, with the constant term that is asked for.
    let error = refused_after(|dealings, table| {
        let mut copied = dealings[&3].clone();
        let own = table.plan.from().unwrap().verifying_share(2).unwrap();
        copied.package[..32].copy_from_slice(&own);
        dealings.insert(2, copied);
    });
    assert_eq!(error, bad_proof);
    // Its own of a ceremony that differs in its context alone, its threshold's
    // height, or a receiver's key.
    type Replan = fn(&Table) -> Plan;
    let replans: [Replan; 2] = [
        |table| {
            let invitations = invitations(table);
            Plan::redistribution(
                b"example. ceremony 3",
                table.plan.from().unwrap(),
                3,
                &invitations,
            )
            .unwrap()
        },
        |table| {
            let mut invitations = invitations(table);
            invitations.insert(6, Invited::invite(&mut seeded(52)).1);
            Plan::redistribution(NEXT, table.plan.from().unwrap(), 3, &invitations).unwrap()
        },
    ];
    for replan in replans {
        let error = refused_after(|dealings, table| {
            let dealing = replan(table).deal(&old[1], &mut seeded(51));
            dealings.insert(2, dealing.unwrap());
        });
        assert_eq!(error, bad_proof);
    }
    // Of one who holds no share.
    let error = refused_after(|dealings, table| {
        let gathered = |id: u16| {
            let one = [(id, dealings[&2].clone())].into();
            table.plan.gather(&one).refused()[&id].clone()
        };
        for id in [0, 6, 7] {
            assert_eq!(gathered(id), DealError::Stranger { id });
        }
        assert_eq!(gathered(3), DealError::OtherSecret { culprit: 3 });
        dealings.get_mut(&2).unwrap().package[200] ^= 1;
    });
    assert_eq!(error, bad_proof);
}

fn invitations(table: &Table) -> BTreeMap<u16, Invitation> {
    let keys = table.plan.seal_keys().iter();
    keys.map(|(id, key)| {
        let seal_key = *key.octets();
        (*id, Invitation { seal_key })
    })
    .collect()
}

#[test]
fn fewer_dealers_than_the_old_threshold_hand_nothing_over() {
    let old = three_of_five();
    let mut table = Table::new(old[0].group(), 2, &[1, 2, 3], 53);
    for dealers in [&[][..], &[&old[0]], &[&old[0], &old[4]]] {
        let dealings = table.deal(dealers);
        let fixed = table.plan.gather(&dealings).fix(&[]);
        let expected = DealError::TooFewDealers {
            threshold: 3,
            dealers: dealers.len(),
        };
        assert_eq!(fixed.err(), Some(expected));
    }
    // Nor do they when they take one share twice.
    let mut dealings = table.deal(&[&old[0], &old[4]]);
    dealings.insert(2, dealings[&1].clone());
    let gathered = table.plan.gather(&dealings);
    let expected = DealError::OtherSecret { culprit: 2 };
    assert_eq!(gathered.refused()[&2], expected);
    assert!(gathered.fix(&[]).is_err());
}

#[test]
fn verifying_shares_that_do_not_belong_together_hand_no_key_over() {
    let (old, other) = (three_of_five(), shares(5, 3, 54));
    let mut verifying = old[0].group().verifying_shares().clone();
    verifying.insert(3, other[0].group().verifying_share(3).unwrap());
    let group = GroupKey::from_parts(old[0].group().public(), 3, verifying).unwrap();
    let moved = [&old[0], &old[1], &other[2]].map(|share| {
        let secret = zeroize::Zeroizing::new(**share.secret());
        Share::new(share.id(), std::boxed::Box::new(secret), group.clone())
    });
    let mut table = Table::new(&group, 2, &[1, 2, 3], 55);
    let dealings = table.deal(&[&moved[0], &moved[1], &moved[2]]);
    let fixed = table.plan.gather(&dealings).fix(&[]);
    assert_eq!(fixed.err(), Some(DealError::OtherKey));
}

#[test]
fn a_receiver_finishes_only_with_what_it_received() {
    let old = three_of_five();
    let mut table = Table::new(old[0].group(), 2, &[1, 2], 56);
    let (some, all) = (
        table.deal(&[&old[0], &old[1], &old[2]]),
        table.deal(&[&old[0], &old[1], &old[2], &old[3]]),
    );
    let (some, all) = (table.plan.gather(&some), table.plan.gather(&all));
    let stranger = Invited::invite(&mut seeded(57)).0;
    let refused = stranger.receive(1, &some, &mut seeded(58));
    assert_eq!(refused.err(), Some(DealError::OwnOpeningDiffers));
    let (mut received, _) = table.receive(&some);
    // Of more dealers, and of the same dealers with other dealings.
    let outcome = received.remove(0).finish(&all.fix(&[]).unwrap());
    assert_eq!(outcome.err(), Some(DealError::Missing { culprit: 4 }));
    let again = table.deal(&[&old[0], &old[1], &old[2]]);
    let again = table.plan.gather(&again).fix(&[]).unwrap();
    let outcome = received.remove(0).finish(&again);
    assert_eq!(outcome.err(), Some(DealError::OtherDealings));
    // In another ceremony.
    let mut other = Table::new(old[0].group(), 2, &[1, 2], 59);
    let dealings = other.deal(&[&old[0], &old[1], &old[2]]);
    let gathered = other.plan.gather(&dealings);
    let (mut received, _) = other.receive(&gathered);
    let outcome = received.remove(0).finish(&again);
    assert_eq!(outcome.err(), Some(DealError::OtherDealings));
}

#[test]
fn among_very_many_commitments_the_bad_one_is_refused_with_its_dealer() {
    let old = shares(20, 2, 90);
    let receivers: Vec<u16> = (1..=16).collect();
    let mut table = Table::new(old[0].group(), 16, &receivers, 91);
    let all: Vec<&Share> = old.iter().collect();
    let mut dealings = table.deal(&all);
    let plan = table.plan.clone();
    assert!(plan.gather(&dealings).refused().is_empty());
    // Of the dealer's own making, under a proof that holds: its term adds a part of
    // order two, which no receiver with an even number would see.
    let pair = SealPair::generate(&mut table.rng);
    let transcript = plan.transcript("polynomial");
    let polynomial = Polynomial::sharing(old[4].secret(), 16, &transcript, &mut table.rng);
    let mut dealing = Dealing::unproven(&plan, 5, &polynomial, &pair).unwrap();
    let point = crate::group::decode_point(&dealing.package[32..64]).unwrap();
    let mixed = point + curve25519_dalek::constants::EIGHT_TORSION[4];
    dealing.package[32..64].copy_from_slice(&mixed.compress().0);
    let constant = polynomial.constant();
    dealings.insert(
        5,
        dealing.proven(&plan, 5, &constant, &pair, &mut table.rng),
    );
    let gathered = plan.gather(&dealings);
    let (culprit, index) = (5, 1);
    let expected = DealError::BadCommitment { culprit, index };
    assert_eq!(*gathered.refused(), [(5, expected)].into());
    assert_eq!(gathered.dealers().count(), 19);
}
