//! What a generation gives, and whom it names when it cannot.

use frost_ed25519::keys::dkg;
use frost_ed25519::{Ed25519Sha512, Identifier};

use super::*;

/// How participant 1's dealing ends after `change` to the openings that it sees.
fn deal_after(change: impl Fn(&mut Openings)) -> DealError {
    let mut rng = seeded(7);
    let (mut ceremonies, mut openings) = begin(3, 2, &mut rng);
    change(&mut openings);
    let from_public = GroupKey::from_openings(&openings, 2);
    let error = ceremonies
        .remove(&1)
        .unwrap()
        .deal(&openings, &mut rng)
        .err()
        .unwrap();
    if error.culprit().is_some() && openings.len() == 3 {
        assert_eq!(
            from_public,
            Err(error.clone()),
            "anybody names the same culprit"
        );
    }
    error
}

/// How participant 1's ceremony ends after `change` to what is dealt to it.
fn finish_after(change: impl Fn(&mut BTreeMap<u16, Vec<u8>>, &Openings)) -> DealError {
    let mut rng = seeded(8);
    let (ceremonies, openings) = begin(3, 2, &mut rng);
    let (mut dealt, sealed) = deal(ceremonies, &openings, &mut rng);
    let mut addressed = addressed(1, &sealed);
    change(&mut addressed, &openings);
    dealt.remove(&1).unwrap().finish(&addressed).err().unwrap()
}

#[test]
fn all_agree_on_the_key_and_so_does_anybody() {
    for (n, t) in [(2, 2), (3, 2), (5, 3), (7, 4)] {
        let mut rng = seeded(n.into());
        let (ceremonies, openings) = begin(n, t, &mut rng);
        let public = GroupKey::from_openings(&openings, t).unwrap();
        assert!(public.participants().eq(1..=n));
        assert_eq!(public.threshold(), t);

        let (dealt, sealed) = deal(ceremonies, &openings, &mut rng);
        for (me, dealt) in dealt {
            assert_eq!(*dealt.group(), public);
            let share = dealt.finish(&addressed(me, &sealed)).unwrap();
            assert_eq!((share.id(), share.threshold()), (me, t));
            assert_eq!(*share.group(), public);
            let own = EdwardsPoint::mul_base(share.secret()).compress();
            assert_eq!(public.verifying_share(me), Some(own.to_bytes()));
        }
    }
}

#[test]
fn understands_and_is_understood_by_frost_ed25519() {
    let (n, t) = (4, 3);
    let mut rng = seeded(9);
    // Participant 4 runs frost-ed25519's own key generation.
    let id = |id: u16| Identifier::try_from(id).unwrap();
    let (mut ceremonies, mut openings) = begin(n, t, &mut rng);
    ceremonies.remove(&4);
    let receiver = SealPair::generate(&mut rng);
    let (first, package) = dkg::part1(id(4), n, t, &mut rng).unwrap();
    let mut octets = package.commitment().serialize_whole().unwrap();
    octets.extend(package.proof_of_knowledge().serialize().unwrap());
    let opening = Opening {
        package: octets,
        seal_key: *receiver.public().octets(),
    };
    openings.insert(4, opening);
    let (dealt, mut sealed) = deal(ceremonies, &openings, &mut rng);

    let theirs = |opening: &Opening| {
        let (points, proof) = opening.package.split_at(32 * usize::from(t));
        let commitment =
            frost_ed25519::keys::VerifiableSecretSharingCommitment::deserialize_whole(points);
        let proof = frost_core::Signature::<Ed25519Sha512>::deserialize(proof);
        dkg::round1::Package::new(commitment.unwrap(), proof.unwrap())
    };
    let others = openings.iter().filter(|(from, _)| **from != 4);
    let packages = others
        .map(|(from, opening)| (id(*from), theirs(opening)))
        .collect();
    let (second, for_others) = dkg::part2(first, &packages).unwrap();
    let seal = |to: u16| {
        let share = for_others[&id(to)].signing_share().serialize();
        let key = SealKey::decode(&openings[&to].seal_key).unwrap();
        key.seal(&share.try_into().unwrap(), &binding(4, to), &mut seeded(10))
            .unwrap()
    };
    sealed.insert(4, (1..=3).map(|to| (to, seal(to))).collect());
    let opened = (1..=3).map(|from| {
        let (key, octets) = sealed[&from][&4].split_first_chunk().unwrap();
        let (key, binding) = (SealKey::decode(key).unwrap(), binding(from, 4));
        let schedule = receiver
            .agree(&key)
            .schedule(&key, receiver.public(), &binding);
        let octets = schedule.unwrap().open(octets, &binding.aad).unwrap();
        let share = frost_ed25519::keys::SigningShare::deserialize(&octets).unwrap();
        (id(from), dkg::round2::Package::new(share))
    });
    let (key, public) = dkg::part3(&second, &packages, &opened.collect()).unwrap();

    for (me, dealt) in dealt {
        let share = dealt.finish(&addressed(me, &sealed)).unwrap();
        assert_eq!(share.group().threshold(), public.min_signers().unwrap());
        for (id, theirs) in public.verifying_shares() {
            let ours = (1..=n).find(|me| Identifier::try_from(*me).unwrap() == *id);
            let ours = share.group().verifying_share(ours.unwrap()).unwrap();
            assert_eq!(theirs.serialize().unwrap(), ours);
        }
        assert_eq!(
            share.group().public().0.to_vec(),
            key.verifying_key().serialize().unwrap()
        );
    }
}

#[test]
fn refuses_a_shape_that_makes_no_key_in_shares() {
    let mut rng = seeded(11);
    for (me, participants, threshold, expected) in [
        (1, 0, 2, DealError::Participants { participants: 0 }),
        (1, 1, 1, DealError::Participants { participants: 1 }),
        (1, 251, 126, DealError::Participants { participants: 251 }),
        (
            1,
            3,
            0,
            DealError::Threshold {
                threshold: 0,
                participants: 3,
            },
        ),
        (
            1,
            3,
            1,
            DealError::Threshold {
                threshold: 1,
                participants: 3,
            },
        ),
        (
            1,
            3,
            4,
            DealError::Threshold {
                threshold: 4,
                participants: 3,
            },
        ),
        (0, 3, 2, DealError::Stranger { id: 0 }),
        (4, 3, 2, DealError::Stranger { id: 4 }),
    ] {
        let begun = Ceremony::begin(me, participants, threshold, CONTEXT, &mut rng);
        assert_eq!(begun.err().unwrap(), expected);
    }
}

#[test]
fn names_whose_opening_is_wrong() {
    let identity = EdwardsPoint::default().compress().to_bytes();
    let small_order = curve25519_dalek::constants::EIGHT_TORSION[1]
        .compress()
        .to_bytes();
    let package = |octets: Vec<u8>| Opening {
        package: octets,
        seal_key: [9; 32],
    };
    assert_eq!(
        deal_after(|openings| drop(openings.insert(0, package(vec![0; 128])))),
        DealError::Stranger { id: 0 }
    );
    assert_eq!(
        deal_after(|openings| drop(openings.insert(4, package(vec![0; 128])))),
        DealError::Stranger { id: 4 }
    );
    assert_eq!(
        deal_after(|openings| drop(openings.remove(&3))),
        DealError::Missing { culprit: 3 }
    );
    let with = |change: &dyn Fn(&mut Opening)| {
        deal_after(|openings| change(openings.get_mut(&3).unwrap()))
    };
    assert_eq!(
        with(&|opening| opening.package.truncate(127)),
        DealError::OpeningLength {
            culprit: 3,
            octets: 127
        }
    );
    // A threshold of another height.
    assert_eq!(
        with(&|opening| drop(opening.package.splice(0..0, [1; 32]))),
        DealError::OpeningLength {
            culprit: 3,
            octets: 160
        }
    );
    for point in [identity, small_order, [0xff; 32]] {
        assert_eq!(
            with(&|opening| opening.package[32..64].copy_from_slice(&point)),
            DealError::BadCommitment {
                culprit: 3,
                index: 1
            }
        );
    }
    for octet in 64..128 {
        let error = with(&|opening| opening.package[octet] ^= 1);
        assert_eq!(error, DealError::BadProof { culprit: 3 }, "octet {octet}");
    }
    let mut one = [0; 32];
    one[0] = 1;
    for key in [[0; 32], one, [0xff; 32]] {
        let error = with(&|opening| opening.seal_key = key);
        assert_eq!(error, DealError::BadSealKey { culprit: 3 });
    }
}

#[test]
fn refuses_an_opening_taken_from_another_participant() {
    let error = deal_after(|openings| {
        let taken = openings[&2].clone();
        openings.insert(3, taken);
    });
    assert_eq!(error, DealError::BadProof { culprit: 3 });
}

#[test]
fn refuses_a_constant_term_that_cancels_the_others() {
    // Whoever speaks last and could choose its commitment freely would choose the
    // key: the sum of the others' constant terms, negated, and its own.
    let error = deal_after(|openings| {
        let constant = |id| crate::group::decode_point(&openings[&id].package[..32]).unwrap();
        let mine = EdwardsPoint::mul_base(&Scalar::from(5_u64));
        let rogue = mine - constant(1) - constant(2);
        let opening = openings.get_mut(&3).unwrap();
        opening.package[..32].copy_from_slice(rogue.compress().as_bytes());
    });
    assert_eq!(error, DealError::BadProof { culprit: 3 });
}

#[test]
fn refuses_another_opening_as_its_own() {
    let mut other = seeded(12);
    let (_, replaced) = Ceremony::begin(1, 3, 2, CONTEXT, &mut other).unwrap();
    let error = deal_after(|openings| drop(openings.insert(1, replaced.clone())));
    assert_eq!(error, DealError::OwnOpeningDiffers);
}

#[test]
fn names_whose_dealt_share_is_wrong() {
    assert_eq!(
        finish_after(|sealed, _| drop(sealed.remove(&3))),
        DealError::Missing { culprit: 3 }
    );
    for stranger in [0, 1, 4] {
        assert_eq!(
            finish_after(|sealed, _| drop(sealed.insert(stranger, vec![0; 80]))),
            DealError::Stranger { id: stranger }
        );
    }
    for octet in 0..80 {
        let error = finish_after(|sealed, _| sealed.get_mut(&3).unwrap()[octet] ^= 1);
        assert_eq!(error, DealError::Unopened { culprit: 3 }, "octet {octet}");
    }
    for length in [0, 31, 32, 79, 81] {
        let error = finish_after(|sealed, _| sealed.get_mut(&3).unwrap().resize(length, 0));
        assert_eq!(error, DealError::Unopened { culprit: 3 }, "{length} octets");
    }
    // Shares of two dealers in each other's place.
    let error = finish_after(|sealed, _| {
        let (two, three) = (sealed[&2].clone(), sealed[&3].clone());
        sealed.insert(2, three);
        sealed.insert(3, two);
    });
    assert_eq!(error, DealError::Unopened { culprit: 2 });
    // Rightly sealed, but not what was committed to, and no scalar.
    for share in [[0; 32], [1; 32], [0xff; 32]] {
        let error = finish_after(|sealed, openings| {
            let key = SealKey::decode(&openings[&1].seal_key).unwrap();
            let octets = key.seal(&share, &binding(3, 1), &mut seeded(13));
            sealed.insert(3, octets.unwrap());
        });
        assert_eq!(error, DealError::BadShare { culprit: 3 });
    }
}

#[test]
fn a_share_dealt_in_another_ceremony_does_not_open() {
    let mut rng = seeded(14);
    let (mut ceremonies, mut openings) = begin(2, 2, &mut rng);
    // Participant 2 believes it is in another.
    let context = b"example. ceremony 2";
    let (ceremony, opening) = Ceremony::begin(2, 2, 2, context, &mut rng).unwrap();
    ceremonies.insert(2, ceremony);
    openings.insert(2, opening);
    let (mut dealt, sealed) = deal(ceremonies, &openings, &mut rng);
    let error = dealt
        .remove(&1)
        .unwrap()
        .finish(&addressed(1, &sealed))
        .err()
        .unwrap();
    assert_eq!(error, DealError::Unopened { culprit: 2 });
}

#[test]
fn refuses_openings_that_add_up_to_nothing() {
    // It takes one who knows both secrets, so that the proofs hold.
    let mut rng = seeded(15);
    let one = Polynomial::random(2, &mut rng);
    let negated = one.negated();
    let openings = [(1, one), (2, negated)].map(|(id, polynomial)| {
        let seal_key = *SealPair::generate(&mut rng).public().octets();
        (id, Opening::make(id, &polynomial, seal_key, &mut rng))
    });
    assert_eq!(
        GroupKey::from_openings(&openings.into(), 2),
        Err(DealError::NoKey)
    );
}

#[test]
fn among_very_many_commitments_the_bad_one_is_named() {
    // So many that they are told all at once whether they are of the group.
    let mut rng = seeded(18);
    let (mut ceremonies, mut openings) = begin(20, 16, &mut rng);
    let right = GroupKey::from_openings(&openings, 16).unwrap();
    let mixed = |octets: &[u8], torsion: usize| {
        let point = crate::group::decode_point(octets).unwrap();
        let part = curve25519_dalek::constants::EIGHT_TORSION[torsion];
        (point + part).compress().0
    };
    // Two whose parts of small order cancel each other in the sum.
    for (id, torsion) in [(7, 1), (11, 7)] {
        let opening = openings.get_mut(&id).unwrap();
        let point = mixed(&opening.package[96..128], torsion);
        opening.package[96..128].copy_from_slice(&point);
    }
    let (culprit, index) = (7, 3);
    let expected = DealError::BadCommitment { culprit, index };
    let refused = GroupKey::from_openings(&openings, 16);
    assert_eq!(refused, Err(expected.clone()));
    let first = ceremonies.remove(&1).unwrap();
    assert_eq!(first.deal(&openings, &mut rng).err(), Some(expected));
    // The first by number is named, whatever is wrong with those after it.
    openings.get_mut(&3).unwrap().package[550] ^= 1;
    let refused = GroupKey::from_openings(&openings, 16);
    assert_eq!(refused, Err(DealError::BadProof { culprit: 3 }));
    assert_eq!(right.participants().count(), 20);
}
