//! What holds of every redistribution, whoever lies, sleeps, comes or leaves.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::{Config, RngSeed, contextualize_config};

use super::complaints::{Lie, lying};
use super::table::{NEXT, Table, assert_signs, interpolated};
use super::*;
use crate::session::tests::{messages, sign};

fn cases(cases: u32) -> Config {
    contextualize_config(Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x00c0_4171),
        ..Config::default()
    })
}

/// What a holder of an old share does, instead of dealing it.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Sleeps,
    DealsAnotherSecret,
    CommitsToTooFew,
    CommitsToTooMany,
    Replays,
    /// To the receiver at this place among them.
    Lies(usize, Lie),
}

#[derive(Clone, Debug)]
struct Case {
    old: (u16, u16),
    receivers: Vec<u16>,
    threshold: u16,
    faults: BTreeMap<u16, Fault>,
    /// Who accuses falsely, by place, and whom.
    accusers: BTreeMap<usize, u16>,
    seed: u64,
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let lie = prop_oneof![
        Just(Lie::OtherShare),
        Just(Lie::NoScalar),
        Just(Lie::Garbage)
    ];
    prop_oneof![
        Just(Fault::Sleeps),
        Just(Fault::DealsAnotherSecret),
        Just(Fault::CommitsToTooFew),
        Just(Fault::CommitsToTooMany),
        Just(Fault::Replays),
        (0..6_usize, lie.clone()).prop_map(|(place, lie)| Fault::Lies(place, lie)),
        (0..6_usize, lie).prop_map(|(place, lie)| Fault::Lies(place, lie)),
    ]
}

prop_compose! {
    fn any_case()(n in 2..=6_u16, new in 2..=6_usize)(
        t in 2..=n,
        n in Just(n),
        receivers in subsequence((1..=9).collect::<Vec<u16>>(), new),
        threshold in 2..=u16::try_from(new).unwrap(),
        honest in 0..=usize::from(n),
        faults in proptest::collection::vec(any_fault(), usize::from(n)),
        order in Just((1..=n).collect::<Vec<u16>>()).prop_shuffle(),
        accusers in proptest::collection::btree_map(0..new, 1..=n, 0..=2),
        seed in any::<u64>(),
    ) -> Case {
        // More often than not there are enough.
        let honest = honest.max(if seed % 4 == 0 { 0 } else { usize::from(t) });
        let faulty = order.into_iter().skip(honest);
        let faults = faulty.zip(faults).collect();
        Case { old: (n, t), receivers, threshold, faults, accusers, seed }
    }
}

/// Of one who deals with `fault`; none of one who sleeps.
fn dealing(table: &mut Table, share: &Share, fault: Option<Fault>, case: &Case) -> Option<Dealing> {
    let (dealer, height) = (share.id(), case.threshold);
    let transcript = table.plan.transcript("polynomial");
    let pair = SealPair::generate(&mut table.rng);
    let mut with = |secret: &Scalar, height: u16| {
        let polynomial = Polynomial::sharing(secret, height, &transcript, &mut table.rng);
        Dealing::make(&table.plan, dealer, &polynomial, &pair, &mut table.rng).unwrap()
    };
    Some(match fault {
        Some(Fault::Sleeps) => return None,
        Some(Fault::DealsAnotherSecret) => with(&(**share.secret() + Scalar::ONE), height),
        Some(Fault::CommitsToTooFew) => with(share.secret(), height - 1),
        Some(Fault::CommitsToTooMany) => with(share.secret(), height + 1),
        Some(Fault::Replays) => {
            let keys = table.plan.seal_keys().iter();
            let invitations = keys.map(|(id, key)| {
                let seal_key = *key.octets();
                (*id, Invitation { seal_key })
            });
            let invitations = invitations.collect();
            let context = [NEXT, b" but one"].concat();
            Plan::redistribution(&context, share.group(), height, &invitations)
                .and_then(|earlier| earlier.deal(share, &mut table.rng))
                .unwrap()
        }
        Some(Fault::Lies(place, lie)) => {
            let receiver = case.receivers[place % case.receivers.len()];
            lying(table, share, receiver, lie)
        }
        None => table.plan.deal(share, &mut table.rng).unwrap(),
    })
}

/// How a dealing with this fault is refused, where everybody sees it.
fn refusal(culprit: u16, fault: Fault, case: &Case) -> Option<DealError> {
    let length = |height: u16| {
        Some(DealError::OpeningLength {
            culprit,
            octets: 128 + 32 * usize::from(height),
        })
    };
    match fault {
        Fault::Sleeps | Fault::Lies(..) => None,
        Fault::DealsAnotherSecret => Some(DealError::OtherSecret { culprit }),
        Fault::CommitsToTooFew => length(case.threshold - 1),
        Fault::CommitsToTooMany => length(case.threshold + 1),
        Fault::Replays => Some(DealError::BadProof { culprit }),
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn the_key_is_handed_over_or_nobody_loses_it(case in any_case()) {
        let (n, t) = case.old;
        let old = shares(n, t, case.seed);
        let public = old[0].group().public();
        let mut table = Table::new(old[0].group(), case.threshold, &case.receivers, case.seed);
        let mut dealings = BTreeMap::new();
        for share in &old {
            let fault = case.faults.get(&share.id()).copied();
            if let Some(dealing) = dealing(&mut table, share, fault, &case) {
                dealings.insert(share.id(), dealing);
            }
        }
        let gathered = table.plan.gather(&dealings);
        let refusals = case.faults.iter();
        let refusals: BTreeMap<_, _> = refusals
            .filter_map(|(id, fault)| Some((*id, refusal(*id, *fault, &case)?)))
            .collect();
        prop_assert_eq!(gathered.refused(), &refusals);

        let is_honest = |id: &u16| !case.faults.contains_key(id);
        let mut accusations = Vec::new();
        let mut accusers = BTreeSet::new();
        for (place, dealer) in case.accusers.iter().filter(|(_, dealer)| is_honest(dealer)) {
            let receiver = case.receivers[*place];
            let share = gathered.share(*dealer, receiver).unwrap();
            accusations.push(share.complain(&table.invited[&receiver].pair, &mut seeded(1)));
            accusers.insert(receiver);
        }
        let (received, complaints) = table.receive(&gathered);
        accusations.extend(complaints);

        let dealers: Vec<u16> = (1..=n).filter(is_honest).collect();
        let fixed = gathered.fix(&accusations);
        if dealers.len() < t.into() {
            let dealers = dealers.len();
            prop_assert_eq!(fixed.err(), Some(DealError::TooFewDealers { threshold: t, dealers }));
            return Ok(());
        }
        let fixed = fixed.unwrap();
        let liars = case.faults.iter();
        let liars = liars.filter(|(_, fault)| matches!(fault, Fault::Lies(..)));
        prop_assert!(fixed.dealers().eq(dealers));
        prop_assert!(fixed.liars().iter().eq(liars.map(|(id, _)| id)));
        prop_assert_eq!(fixed.false_accusers(), &accusers);
        prop_assert_eq!(fixed.group().public(), public);
        let new = received.into_iter().map(|each| each.finish(&fixed).unwrap());
        let new: Vec<Share> = new.collect();
        assert_epoch(&old, &new, t, case.threshold, case.seed);
    }
}

/// Any threshold of the new shares signs, fewer do not, and old ones do not help.
fn assert_epoch(old: &[Share], new: &[Share], t: u16, threshold: u16, seed: u64) {
    let public = old[0].group().public().0;
    let mut order: Vec<&Share> = new.iter().collect();
    order.rotate_left(usize::try_from(seed % 9).unwrap() % new.len());
    let enough = &order[..threshold.into()];
    assert_signs(enough);
    assert_eq!(interpolated(enough), public);
    let fewer = &enough[1..];
    assert!(sign(fewer, &messages(1)).is_err());
    assert_ne!(interpolated(fewer), public);
    // Fewer than the old threshold of old shares beside them, of any numbers that
    // the new ones have not.
    let ids: BTreeSet<u16> = fewer.iter().map(|share| share.id()).collect();
    let others = old.iter().filter(|share| !ids.contains(&share.id()));
    let others: Vec<&Share> = others.take(usize::from(t) - 1).collect();
    for count in 1..=others.len() {
        for kept in 0..=fewer.len() {
            let mixed = [&others[..count], &fewer[..kept]].concat();
            assert_ne!(interpolated(&mixed), public);
        }
    }
}
