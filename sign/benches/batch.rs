//! What one message of a large batch costs by 97 of 144 signers: a signer and the
//! aggregator, with commitments decoded ahead and without, beside the library's
//! own calls for the same and the bare multiscalar multiplication, in one run.
//! Figures are for one message; those of bad shares, for one share.

#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

#[path = "../tests/zone/mod.rs"]
mod zone;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use comity_core::state::Permit;
use comity_sign::deal::Share;
use comity_sign::session::{
    Ahead, Batch, CheckedCommitments, Nonces, SHARE_OCTETS, aggregate, check_commitments, commit,
};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use frost_ed25519::keys::{IdentifierList, KeyPackage, PublicKeyPackage, generate_with_dealer};
use frost_ed25519::round1::{self, SigningCommitments, SigningNonces};
use frost_ed25519::round2::{self, SignatureShare};
use frost_ed25519::{Identifier, SigningPackage};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use zone::Zone;

criterion_group!(benches, batch);
criterion_main!(benches);

/// Where nothing is measured, and the benchmark is only seen to work.
const SMALL: bool = cfg!(debug_assertions);
const PARTICIPANTS: u16 = if SMALL { 4 } else { 144 };
const THRESHOLD: u16 = if SMALL { 3 } else { 97 };
/// Makes a batch as large as a day's renewals of the root zone.
const HOSTS: usize = if SMALL { 1 } else { 106 };

fn batch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("{THRESHOLD} of {PARTICIPANTS}"));
    group.sample_size(20);
    multiply(&mut group);
    library(&mut group);
    ours(&mut group);
    group.finish();
}

/// Σ ρ_i·E_i, which no way of signing a message goes without.
fn multiply(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut rng = seeded(1);
    let mut scalar = || {
        let mut octets = [0; 64];
        rng.fill_bytes(&mut octets);
        Scalar::from_bytes_mod_order_wide(&octets)
    };
    let scalars: Vec<Scalar> = (0..THRESHOLD).map(|_| scalar()).collect();
    let points = scalars.iter().map(EdwardsPoint::mul_base);
    let points: Vec<EdwardsPoint> = points.collect();
    group.bench_function("multiscalar multiplication", |bencher| {
        bencher.iter(|| EdwardsPoint::vartime_multiscalar_mul(&scalars, &points));
    });
}

/// `frost-ed25519`'s calls, one message.
fn library(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (signers, public) = library_keys();
    let mut rng = seeded(3);
    let commit = |(id, key): (&Identifier, &KeyPackage)| {
        (*id, round1::commit(key.signing_share(), &mut rng))
    };
    let pairs = signers.iter().map(commit);
    let pairs: BTreeMap<Identifier, (SigningNonces, SigningCommitments)> = pairs.collect();
    let commitments = pairs.iter().map(|(id, (_, public))| (*id, *public));
    let package = SigningPackage::new(commitments.collect(), &[7; 120]);
    let sign = |id: &Identifier| round2::sign(&package, &pairs[id].0, &signers[id]).unwrap();
    let shares = signers.keys().map(|id| (*id, sign(id)));
    let shares: BTreeMap<Identifier, SignatureShare> = shares.collect();
    let first = signers.keys().next().unwrap();
    group.bench_function("sign, library", |bencher| bencher.iter(|| sign(first)));
    group.bench_function("aggregate, library", |bencher| {
        bencher.iter(|| frost_ed25519::aggregate(&package, &shares, &public).unwrap());
    });
}

fn library_keys() -> (BTreeMap<Identifier, KeyPackage>, PublicKeyPackage) {
    let identifiers = IdentifierList::Default;
    let (shares, public) =
        generate_with_dealer(PARTICIPANTS, THRESHOLD, identifiers, seeded(2)).unwrap();
    let signers = shares.into_iter().take(THRESHOLD.into());
    let signers = signers.map(|(id, share)| (id, KeyPackage::try_from(share).unwrap()));
    (signers.collect(), public)
}

fn ours(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut zone = Zone::new(PARTICIPANTS, THRESHOLD, HOSTS);
    let count = zone.batch_size();
    let (nonces, commitments) = commit_all(&zone.shares[..THRESHOLD.into()], count);
    zone.open_session(&commitments);
    let permit = zone.permit(PARTICIPANTS.into()).unwrap();
    let signers = &zone.shares[..THRESHOLD.into()];
    let check = |id: &u16| check_commitments(*id, count, &commitments[id]).unwrap();
    let checked = commitments.keys().map(|id| (*id, check(id)));
    let checked: BTreeMap<u16, CheckedCommitments> = checked.collect();
    let decoded: Ahead = checked.iter().map(|(id, it)| (*id, it)).collect();

    group.bench_function("check one signer's commitments", |bencher| {
        bencher.iter_custom(|times| per(count, times, || (), |()| drop(check(&1))));
    });
    for (ahead, how) in [
        (&decoded, "decoded ahead"),
        (&Ahead::new(), "nothing ahead"),
    ] {
        group.bench_function(format!("sign, {how}"), |bencher| {
            // Nonces are used once; from the same seed they are the same again.
            let nonces = || commit_all(&signers[..1], count).0.remove(0);
            let sign = |nonces: Nonces| {
                let shares = nonces.release(&signers[0], &permit, ahead.clone());
                black_box(shares.unwrap());
            };
            bencher.iter_custom(|times| per(count, times, nonces, sign));
        });
    }
    let pairs = signers.iter().zip(nonces);
    let sent = pairs.map(|(share, nonces)| {
        let shares = nonces.release(share, &permit, decoded.clone());
        (share.id(), shares.unwrap())
    });
    join(group, &permit, &signers[0], &decoded, &sent.collect());
}

fn join(
    group: &mut BenchmarkGroup<'_, WallTime>,
    permit: &Permit,
    share: &Share,
    decoded: &Ahead<'_>,
    sent: &BTreeMap<u16, Vec<u8>>,
) {
    let count = permit.messages().len();
    let session = |ahead| Batch {
        messages: permit.messages(),
        commitments: &permit.session().commitments,
        ahead,
    };
    let good = slices(sent);
    for (ahead, how) in [
        (decoded.clone(), "decoded ahead"),
        (Ahead::new(), "nothing ahead"),
    ] {
        let session = session(ahead);
        group.bench_function(format!("aggregate, {how}"), |bencher| {
            let join = |()| {
                drop(black_box(
                    aggregate(share.group(), &session, &good).unwrap(),
                ))
            };
            bencher.iter_custom(|times| per(count, times, || (), join));
        });
    }
    // One wrong share, in the last place.
    let mut lied = sent.clone();
    let last = lied.values_mut().next_back().unwrap();
    last[count * SHARE_OCTETS - SHARE_OCTETS] ^= 1;
    let bad = slices(&lied);
    let session = session(decoded.clone());
    group.bench_function(
        "find who lied, more than aggregating, one share",
        |bencher| {
            let honest = |()| {
                drop(black_box(
                    aggregate(share.group(), &session, &good).unwrap(),
                ))
            };
            let lying = |()| {
                drop(black_box(
                    aggregate(share.group(), &session, &bad).unwrap_err(),
                ))
            };
            let shares = count * sent.len();
            bencher.iter_custom(|times| {
                let with = per(shares, times, || (), lying);
                with.saturating_sub(per(shares, times, || (), honest))
            });
        },
    );
}

/// How long `work` takes for one of the `count` that it is about.
fn per<T>(count: usize, times: u64, prepare: impl Fn() -> T, work: impl Fn(T)) -> Duration {
    let mut total = Duration::ZERO;
    for _ in 0..times {
        let prepared = prepare();
        let start = Instant::now();
        work(prepared);
        total += start.elapsed();
    }
    total / u32::try_from(count).unwrap()
}

/// The same at every call.
fn commit_all(signers: &[Share], count: usize) -> (Vec<Nonces>, BTreeMap<u16, Vec<u8>>) {
    let mut rng = seeded(4);
    let (mut nonces, mut commitments) = (Vec::new(), BTreeMap::new());
    for share in signers {
        let (made, octets) = commit(share, count, &mut rng);
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

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}
