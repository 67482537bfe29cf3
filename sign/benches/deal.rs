//! How long a redistribution of a large zone takes: one dealer's dealing, what
//! everybody checks, one receiver's part, and the fixing of the dealers.

#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

use std::collections::BTreeMap;
use std::hint::black_box;

use comity_sign::deal::{Ceremony, Dealing, Dealings, Invitation, Invited, Plan, Share};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

criterion_group!(benches, deal);
criterion_main!(benches);

const CONTEXT: &[u8] = b"example. ceremony 2";
/// Where nothing is measured, and the benchmark is only seen to work.
const SMALL: bool = cfg!(debug_assertions);
/// Threshold and number of shares, before and after.
const OLD: (u16, u16) = if SMALL { (3, 4) } else { (97, 144) };
const NEW: (u16, u16) = if SMALL { (4, 6) } else { (129, 193) };
/// The receiver whose part is measured.
const ME: u16 = if SMALL { 5 } else { 100 };

fn deal(criterion: &mut Criterion) {
    let shares = generate(OLD);
    let (_, invitations) = invite();
    let plan = || Plan::redistribution(CONTEXT, shares[0].group(), NEW.0, &invitations).unwrap();
    let plan = black_box(plan());
    let mut rng = seeded(3);
    let deal = |share: &Share| {
        (
            share.id(),
            plan.deal(share, &mut seeded(share.id().into())).unwrap(),
        )
    };
    let dealings: BTreeMap<u16, Dealing> = shares.iter().map(deal).collect();
    let fewest = dealings.iter().take(OLD.0.into());
    let fewest = fewest.map(|(id, dealing)| (*id, dealing.clone())).collect();

    let mut group = criterion.benchmark_group("97 of 144 to 129 of 193");
    group.sample_size(10);
    group.bench_function("plan", |bencher| {
        bencher.iter(|| {
            Plan::redistribution(CONTEXT, shares[0].group(), NEW.0, &invitations).unwrap()
        });
    });
    group.bench_function("deal", |bencher| {
        bencher.iter(|| plan.deal(&shares[0], &mut rng).unwrap());
    });
    for (dealers, dealings) in [(OLD.0, &fewest), (OLD.1, &dealings)] {
        let gathered = plan.gather(dealings);
        group.bench_function(format!("gather, {dealers} dealers"), |bencher| {
            bencher.iter(|| plan.gather(dealings));
        });
        group.bench_function(format!("receive, {dealers} dealers"), |bencher| {
            bencher.iter_batched(
                || invite().0,
                |invited| receive(invited, &gathered),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("fix, {dealers} dealers"), |bencher| {
            bencher.iter(|| gathered.fix(&[]).unwrap());
        });
        group.bench_function(
            format!("all of a receiver's, {dealers} dealers"),
            |bencher| {
                bencher.iter_batched(
                    || invite().0,
                    |invited| {
                        let gathered = plan.gather(dealings);
                        let received = receive(invited, &gathered);
                        received.finish(&gathered.fix(&[]).unwrap()).unwrap()
                    },
                    BatchSize::SmallInput,
                );
            },
        );
    }
    group.finish();
}

fn receive(invited: Invited, gathered: &Dealings) -> comity_sign::deal::Received {
    let (received, complaints) = invited.receive(ME, gathered, &mut seeded(4)).unwrap();
    assert!(complaints.is_empty());
    received
}

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// All receivers' invitations, and one of them itself; the same at every call.
fn invite() -> (Invited, BTreeMap<u16, Invitation>) {
    let mut rng = seeded(2);
    let mut me = None;
    let mut invitations = BTreeMap::new();
    for id in 1..=NEW.1 {
        let (invited, invitation) = Invited::invite(&mut rng);
        invitations.insert(id, invitation);
        if id == ME {
            me = Some(invited);
        }
    }
    (me.unwrap(), invitations)
}

fn generate((threshold, participants): (u16, u16)) -> Vec<Share> {
    let mut rng = seeded(1);
    let mut begun = Vec::new();
    let mut openings = BTreeMap::new();
    for me in 1..=participants {
        let (ceremony, opening) =
            Ceremony::begin(me, participants, threshold, CONTEXT, &mut rng).unwrap();
        begun.push(ceremony);
        openings.insert(me, opening);
    }
    let deal = |ceremony: Ceremony| ceremony.deal(&openings, &mut rng).unwrap();
    let (dealt, sealed): (Vec<_>, Vec<_>) = begun.into_iter().map(deal).unzip();
    let finish = |(me, dealt): (u16, comity_sign::deal::Dealt)| {
        let from = (1..).zip(&sealed).filter(|(from, _)| *from != me);
        let addressed = from.map(|(from, shares)| (from, shares[&me].clone()));
        dealt.finish(&addressed.collect()).unwrap()
    };
    (1..).zip(dealt).map(finish).collect()
}
