//! Who is found lying: dealers of wrong shares, and receivers of right ones.

use super::table::{Table, assert_signs};
use super::*;

/// How a dealer may lie to one receiver, under a proof that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// Sealed rightly, another share than it committed to.
    OtherShare,
    /// Sealed rightly, and no scalar.
    NoScalar,
    /// Not sealed at all.
    Garbage,
}

/// A dealing with a lie to one receiver.
pub(super) fn lying(table: &mut Table, share: &Share, receiver: u16, lie: Lie) -> Dealing {
    let (plan, rng) = (&table.plan, &mut table.rng);
    let pair = SealPair::generate(rng);
    let transcript = plan.transcript("polynomial");
    let polynomial = Polynomial::sharing(share.secret(), plan.threshold(), &transcript, rng);
    let mut dealing = Dealing::unproven(plan, share.id(), &polynomial, &pair).unwrap();
    let to = &plan.seal_keys()[&receiver];
    let binding = plan.binding(share.id(), receiver);
    let schedule = pair.agree(to).schedule(pair.public(), to, &binding);
    let seal = |octets: [u8; 32]| schedule.unwrap().seal(&octets, &binding.aad).unwrap();
    let sealed = match lie {
        Lie::OtherShare => seal((*polynomial.at(receiver) + Scalar::ONE).to_bytes()),
        Lie::NoScalar => seal([0xff; 32]),
        Lie::Garbage => vec![7; 48],
    };
    dealing.sealed.insert(receiver, sealed);
    dealing.proven(plan, share.id(), &polynomial.constant(), &pair, rng)
}

/// Two of three go to two of three others; receiver 5 may be lied to by dealer 2.
fn dealt(lie: Option<Lie>) -> (Table, Dealings) {
    let old = shares(3, 2, 60);
    let mut table = Table::new(old[0].group(), 2, &[1, 5, 6], 61);
    let mut dealings = table.deal(&[&old[0], &old[1], &old[2]]);
    if let Some(lie) = lie {
        dealings.insert(2, lying(&mut table, &old[1], 5, lie));
    }
    let gathered = table.plan.gather(&dealings);
    assert!(gathered.refused().is_empty(), "nobody else can tell");
    (table, gathered)
}

#[test]
fn a_dealer_that_lies_to_one_receiver_is_found_out_and_left_out() {
    for lie in [Lie::OtherShare, Lie::NoScalar, Lie::Garbage] {
        let (mut table, gathered) = dealt(Some(lie));
        let (received, complaints) = table.receive(&gathered);
        let [complaint] = &complaints[..] else {
            panic!("{lie:?}: {complaints:?}");
        };
        assert_eq!((complaint.dealer, complaint.receiver), (2, 5));
        assert_eq!(gathered.judge(complaint), Ok(Verdict::DealerLied));
        let culprit = 2;
        let expected = match lie {
            Lie::Garbage => DealError::Unopened { culprit },
            Lie::OtherShare | Lie::NoScalar => DealError::BadShare { culprit },
        };
        assert_eq!(*received[1].wrong(), [(2, expected.clone())].into());

        let fixed = gathered.fix(&complaints).unwrap();
        assert!(fixed.dealers().eq([1, 3]));
        assert_eq!(*fixed.liars(), [2].into());
        assert!(fixed.false_accusers().is_empty());
        let finished = received.into_iter().map(|each| each.finish(&fixed));
        let new: Vec<Share> = finished.map(Result::unwrap).collect();
        assert_signs(&[&new[0], &new[1]]);
        assert_signs(&[&new[1], &new[2]]);

        // Where the complaint does not arrive, only its receiver is left without.
        let (mut table, gathered) = dealt(Some(lie));
        let (mut received, _) = table.receive(&gathered);
        let fixed = gathered.fix(&[]).unwrap();
        let lied_to = received.remove(1).finish(&fixed);
        assert_eq!(lied_to.err(), Some(expected));
        let new = received
            .into_iter()
            .map(|each| each.finish(&fixed).unwrap());
        let new: Vec<Share> = new.collect();
        assert_signs(&[&new[0], &new[1]]);
    }
}

#[test]
fn a_receiver_that_accuses_falsely_is_named_and_changes_nothing() {
    let (mut table, gathered) = dealt(None);
    let share = gathered.share(2, 5).unwrap();
    let (pair, other) = (&table.invited[&5].pair, &table.invited[&6].pair);
    let honest = share.complain(pair, &mut seeded(62));
    let of_another_key = share.complain(other, &mut seeded(62));
    let mut complaints = vec![honest.clone(), of_another_key];
    // About another share than was shown, or with a part of it changed.
    complaints.extend((0..Complaint::OCTETS - 4).map(|octet| {
        let mut changed = honest.clone();
        match octet {
            0..32 => changed.shared[octet] ^= 1,
            _ => changed.proof[octet - 32] ^= 1,
        }
        changed
    }));
    for dealer in [1, 3] {
        let mut changed = honest.clone();
        changed.dealer = dealer;
        complaints.push(changed);
    }
    for complaint in &complaints {
        assert_eq!(gathered.judge(complaint), Ok(Verdict::ReceiverLied));
    }
    let fixed = gathered.fix(&complaints).unwrap();
    assert_eq!(*fixed.false_accusers(), [5].into());
    assert!(fixed.liars().is_empty());
    assert!(fixed.dealers().eq([1, 2, 3]));
    let (received, _) = table.receive(&gathered);
    for received in received {
        received.finish(&fixed).unwrap();
    }
}

#[test]
fn a_lie_is_proved_by_nobody_but_the_one_it_was_told() {
    let (table, gathered) = dealt(Some(Lie::OtherShare));
    let share = gathered.share(2, 5).unwrap();
    let honest = share.complain(&table.invited[&5].pair, &mut seeded(63));
    assert_eq!(gathered.judge(&honest), Ok(Verdict::DealerLied));
    // The same from the dealer's key is right, and a proof of another logarithm is
    // none; so is the right proof in another receiver's mouth.
    let other = share.complain(&table.invited[&6].pair, &mut seeded(63));
    assert_eq!(gathered.judge(&other), Ok(Verdict::ReceiverLied));
    let mut taken = honest.clone();
    taken.receiver = 6;
    assert_eq!(gathered.judge(&taken), Ok(Verdict::ReceiverLied));
    // Nor is it one in a ceremony that is alike but for what was sealed.
    let (_, again) = dealt(Some(Lie::Garbage));
    assert_eq!(again.judge(&honest), Ok(Verdict::ReceiverLied));
}

#[test]
fn a_complaint_of_or_about_a_stranger_is_not_judged_and_stops_nobody() {
    let (table, gathered) = dealt(None);
    let share = gathered.share(2, 5).unwrap();
    let honest = share.complain(&table.invited[&5].pair, &mut seeded(64));
    for (dealer, receiver, id) in [(4, 5, 4), (0, 5, 0), (2, 2, 2), (2, 0, 0)] {
        let mut complaint = honest.clone();
        (complaint.dealer, complaint.receiver) = (dealer, receiver);
        assert_eq!(gathered.judge(&complaint), Err(DealError::Stranger { id }));
        let fixed = gathered.fix(&[complaint]).unwrap();
        assert!(fixed.liars().is_empty() && fixed.false_accusers().is_empty());
    }
}

#[test]
fn a_complaint_opens_nothing_that_another_dealer_sealed() {
    // Dealer 2 would have receiver 5 show what opens dealer 1's share, by sealing
    // garbage from dealer 1's key or one made from it. It must know its secret.
    let old = shares(3, 2, 65);
    let mut table = Table::new(old[0].group(), 2, &[1, 5, 6], 66);
    let mut dealings = table.deal(&[&old[0], &old[2]]);
    let of_one = &dealings[&1].package[64..96];
    let of_one = SealKey::decode(of_one.try_into().unwrap()).unwrap();
    let shifted = of_one.lift() + curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
    for key in [*of_one.octets(), shifted.to_montgomery().0] {
        let (plan, rng) = (&table.plan, &mut table.rng);
        let pair = SealPair::generate(rng);
        let transcript = plan.transcript("polynomial");
        let polynomial = Polynomial::sharing(old[1].secret(), 2, &transcript, rng);
        let mut dealing = Dealing::unproven(plan, 2, &polynomial, &pair).unwrap();
        dealing.package[64..].copy_from_slice(&key);
        let constant = polynomial.constant();
        dealings.insert(2, dealing.proven(plan, 2, &constant, &pair, rng));
        let gathered = plan.gather(&dealings);
        let expected = DealError::BadProof { culprit: 2 };
        assert_eq!(*gathered.refused(), [(2, expected)].into());
    }
}

#[test]
fn complaints_do_not_repeat_a_nonce() {
    // From the same random octets, other shares and other keys make other nonces.
    let (table, gathered) = dealt(None);
    let mut responses = std::collections::BTreeSet::new();
    for dealer in [1, 2, 3] {
        for (id, invited) in &table.invited {
            let share = gathered.share(dealer, *id).unwrap();
            let complaint = share.complain(&invited.pair, &mut seeded(67));
            assert!(responses.insert(complaint.proof));
        }
    }
}

#[test]
fn complaints_are_read_strictly() {
    let (table, gathered) = dealt(None);
    let share = gathered.share(2, 5).unwrap();
    let complaint = share.complain(&table.invited[&5].pair, &mut seeded(68));
    let octets = complaint.encode();
    assert_eq!(octets.len(), Complaint::OCTETS);
    assert_eq!(octets[..4], [0, 2, 0, 5]);
    assert_eq!(Complaint::decode(&octets), Some(complaint));
    for length in 0..octets.len() {
        assert_eq!(Complaint::decode(&octets[..length]), None);
    }
    assert_eq!(Complaint::decode(&[octets, vec![0]].concat()), None);
}

/// Participant 1's complaints, and the verdict that all others find, after `change`
/// to what participant 3 dealt to it.
fn generated_after(change: impl Fn(&mut Vec<u8>, &Openings)) -> Option<Verdict> {
    let mut rng = seeded(69);
    let (ceremonies, openings) = begin(3, 2, &mut rng);
    let (mut dealt, sealed) = deal(ceremonies, &openings, &mut rng);
    let mut addressed = addressed(1, &sealed);
    change(addressed.get_mut(&3).unwrap(), &openings);
    let me = dealt.remove(&1).unwrap();
    let complaints = me.complaints(&addressed, &mut rng);
    let complaint = complaints.first()?;
    assert_eq!(complaints.len(), 1);
    assert_eq!((complaint.dealer, complaint.receiver), (3, 1));
    let verdict = dealt[&2].generation().judge(complaint, &addressed[&3]);
    let watching = Generation::check(CONTEXT, &openings, 2).unwrap();
    assert_eq!(watching.judge(complaint, &addressed[&3]), verdict);
    // Of what was dealt honestly it says nothing.
    let right = watching.judge(complaint, &sealed[&3][&1]);
    assert_eq!(right, Ok(Verdict::ReceiverLied));
    assert_eq!(me.finish(&addressed).err().unwrap().culprit(), Some(3));
    Some(verdict.unwrap())
}

#[test]
fn in_a_generation_a_complaint_shows_who_lied() {
    assert_eq!(generated_after(|_, _| ()), None);
    let lied = Some(Verdict::DealerLied);
    for octet in 0..80 {
        let verdict = generated_after(|sealed, _| sealed[octet] ^= 1);
        assert_eq!(verdict, lied, "octet {octet}");
    }
    for length in [0, 31, 32, 79, 81] {
        let verdict = generated_after(|sealed, _| sealed.resize(length, 0));
        assert_eq!(verdict, lied, "{length} octets");
    }
    for share in [[0; 32], [1; 32], [0xff; 32]] {
        let verdict = generated_after(|sealed, openings| {
            let key = SealKey::decode(&openings[&1].seal_key).unwrap();
            *sealed = key.seal(&share, &binding(3, 1), &mut seeded(70)).unwrap();
        });
        assert_eq!(verdict, lied);
    }
    // Keys that are none: of the twist, of small order, not canonical.
    for key in [[2; 32], [0; 32], [0xff; 32]] {
        let verdict = generated_after(|sealed, _| sealed[..32].copy_from_slice(&key));
        assert_eq!(verdict, lied);
    }
}

#[test]
fn in_a_generation_a_false_complaint_is_found_out() {
    let mut rng = seeded(71);
    let (ceremonies, openings) = begin(3, 2, &mut rng);
    let (_, sealed) = deal(ceremonies, &openings, &mut rng);
    let watching = Generation::check(CONTEXT, &openings, 2).unwrap();
    let mut complaint = Complaint {
        dealer: 3,
        receiver: 1,
        shared: EdwardsPoint::mul_base(&Scalar::ONE).compress().0,
        proof: [0; 64],
    };
    let judge = |complaint: &Complaint| watching.judge(complaint, &sealed[&3][&1]);
    assert_eq!(judge(&complaint), Ok(Verdict::ReceiverLied));
    for (dealer, receiver, id) in [(4, 1, 4), (3, 0, 0), (3, 3, 3)] {
        (complaint.dealer, complaint.receiver) = (dealer, receiver);
        assert_eq!(judge(&complaint), Err(DealError::Stranger { id }));
    }
}
