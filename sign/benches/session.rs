//! How long a batch of messages takes: one signer's commitments and shares, and
//! the aggregation of all. Each figure is for the whole batch; divide by its size
//! for one message.

#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

#[path = "../tests/zone/mod.rs"]
mod zone;

use std::collections::BTreeMap;

use comity_sign::deal::Share;
use comity_sign::session::{Ahead, Batch, Nonces, aggregate, commit};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use zone::Zone;

/// Makes a batch of about a hundred messages.
const HOSTS: usize = 48;

criterion_group!(benches, session);
criterion_main!(benches);

fn session(criterion: &mut Criterion) {
    for (participants, threshold) in [(5, 3), (21, 11)] {
        measure(criterion, participants, threshold);
    }
}

fn measure(criterion: &mut Criterion, participants: u16, threshold: u16) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut zone = Zone::new(participants, threshold, HOSTS);
    let batch = zone.batch_size();
    let (nonces, commitments) = commit_all(&zone.shares[..threshold.into()], batch);
    zone.open_session(&commitments);
    let permit = zone.permit(participants.into()).unwrap();
    let signers = &zone.shares[..threshold.into()];
    let release = |(share, nonces): (&Share, Nonces)| {
        (
            share.id(),
            nonces.release(share, &permit, Ahead::new()).unwrap(),
        )
    };
    let released: BTreeMap<u16, Vec<u8>> = signers.iter().zip(nonces).map(release).collect();
    let released = slices(&released);
    let session = Batch {
        messages: permit.messages(),
        commitments: &commitments,
        ahead: Ahead::new(),
    };

    let mut group = criterion.benchmark_group(format!("{threshold} of {participants}"));
    group
        .throughput(Throughput::Elements(batch as u64))
        .sample_size(20);
    group.bench_function(BenchmarkId::new("commit", batch), |bencher| {
        bencher.iter(|| commit(&signers[0], batch, &mut rng));
    });
    group.bench_function(BenchmarkId::new("release", batch), |bencher| {
        // Nonces are used once; from the same seed they are the same again.
        bencher.iter_batched(
            || commit_all(&signers[..1], batch).0.remove(0),
            |nonces| nonces.release(&signers[0], &permit, Ahead::new()).unwrap(),
            BatchSize::SmallInput,
        );
    });
    group.bench_function(BenchmarkId::new("aggregate", batch), |bencher| {
        bencher.iter(|| aggregate(signers[0].group(), &session, &released).unwrap());
    });
    group.finish();
}

/// The same at every call.
fn commit_all(signers: &[Share], batch: usize) -> (Vec<Nonces>, BTreeMap<u16, Vec<u8>>) {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (mut nonces, mut commitments) = (Vec::new(), BTreeMap::new());
    for share in signers {
        let (made, octets) = commit(share, batch, &mut rng);
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
