//! How long a batch of messages takes: one signer's commitments and shares, and
//! the aggregation of all. Each figure is for the whole batch; divide by its size
//! for one message.

#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

use std::collections::BTreeMap;

use comity_sign::deal::{Ceremony, Share};
use comity_sign::session::{Nonces, aggregate, commit};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

const MESSAGES: usize = 100;

criterion_group!(benches, session);
criterion_main!(benches);

fn session(criterion: &mut Criterion) {
    for (participants, threshold) in [(5, 3), (21, 11)] {
        measure(criterion, participants, threshold);
    }
}

fn measure(criterion: &mut Criterion, participants: u16, threshold: u16) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let shares = deal(participants, threshold, &mut rng);
    let signers = &shares[..threshold.into()];
    let messages: Vec<Vec<u8>> = (0..MESSAGES).map(|index| vec![index as u8; 100]).collect();
    let (nonces, commitments) = commit_all(signers);
    let commitments = slices(&commitments);
    let release = |(share, nonces): (&Share, Nonces)| {
        (
            share.id(),
            nonces.release(share, &messages, &commitments).unwrap(),
        )
    };
    let released: BTreeMap<u16, Vec<u8>> = signers.iter().zip(nonces).map(release).collect();
    let released = slices(&released);

    let mut group = criterion.benchmark_group(format!("{threshold} of {participants}"));
    group
        .throughput(Throughput::Elements(MESSAGES as u64))
        .sample_size(20);
    group.bench_function(BenchmarkId::new("commit", MESSAGES), |bencher| {
        bencher.iter(|| commit(&signers[0], MESSAGES, &mut rng));
    });
    group.bench_function(BenchmarkId::new("release", MESSAGES), |bencher| {
        // Nonces are used once; from the same seed they are the same again.
        bencher.iter_batched(
            || commit_all(&signers[..1]).0.remove(0),
            |nonces| {
                nonces
                    .release(&signers[0], &messages, &commitments)
                    .unwrap()
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function(BenchmarkId::new("aggregate", MESSAGES), |bencher| {
        bencher.iter(|| aggregate(signers[0].group(), &messages, &commitments, &released).unwrap());
    });
    group.finish();
}

/// The same at every call.
fn commit_all(signers: &[Share]) -> (Vec<Nonces>, BTreeMap<u16, Vec<u8>>) {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (mut nonces, mut commitments) = (Vec::new(), BTreeMap::new());
    for share in signers {
        let (made, octets) = commit(share, MESSAGES, &mut rng);
        nonces.push(made);
        commitments.insert(share.id(), octets);
    }
    (nonces, commitments)
}

fn slices(by_signer: &BTreeMap<u16, Vec<u8>>) -> BTreeMap<u16, &[u8]> {
    by_signer
        .iter()
        .map(|(id, octets)| (*id, octets.as_slice()))
        .collect()
}

fn deal(participants: u16, threshold: u16, rng: &mut ChaCha20Rng) -> Vec<Share> {
    let (mut begun, mut openings) = (Vec::new(), BTreeMap::new());
    for me in 1..=participants {
        let (ceremony, opening) = Ceremony::begin(me, participants, threshold, b"", rng).unwrap();
        begun.push(ceremony);
        openings.insert(me, opening);
    }
    let deal = |ceremony: Ceremony| ceremony.deal(&openings, rng).unwrap();
    let (dealt, sealed): (Vec<_>, Vec<_>) = begun.into_iter().map(deal).unzip();
    let mut shares = Vec::new();
    for (me, dealt) in (1..).zip(dealt) {
        let from = (1..).zip(&sealed).filter(|(from, _)| *from != me);
        let addressed = from
            .map(|(from, shares)| (from, shares[&me].clone()))
            .collect();
        shares.push(dealt.finish(&addressed).unwrap());
    }
    shares
}
