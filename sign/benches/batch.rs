//! What one message of a large batch costs by 97 of 144 signers: a signer and the
//! aggregator, with commitments decoded ahead and without, beside the library's
//! own calls for the same and the bare multiscalar multiplication, in one run.
//! Figures are for one message; that of finding who lied, for one share. What is
//! printed at the end was measured in turns, and is beside the first of them.

#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

#[path = "../tests/zone/mod.rs"]
mod zone;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use comity_core::basic::Signature;
use comity_core::state::Permit;
use comity_sign::deal::Share;
use comity_sign::session::{
    Ahead, Batch, CheckedCommitments, Nonces, SHARE_OCTETS, SessionError, aggregate,
    check_commitments, commit,
};
use criterion::{Criterion, criterion_group, criterion_main};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use frost_ed25519::keys::{IdentifierList, KeyPackage, PublicKeyPackage, generate_with_dealer};
use frost_ed25519::round1::{self, SigningNonces};
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
/// How often what is about one message is done in one measurement.
const REPEATED: usize = if SMALL { 1 } else { 50 };
/// Makes a batch as large as a day's renewals of the root zone.
const HOSTS: usize = if SMALL { 1 } else { 106 };

/// How often each is measured beside the others.
const ROUNDS: usize = if SMALL { 1 } else { 15 };

fn batch(criterion: &mut Criterion) {
    let (library, ours) = (Library::new(), Ours::new());
    let permit = ours.zone.permit(PARTICIPANTS.into()).unwrap();
    let session = Session::new(&ours, &permit);
    let none = Ahead::new();
    let decoded = session.decoded();
    let (of_all, of_one) = (Multiplications::new(ours.count), Multiplications::new(1));
    let measured: [(&str, &dyn Fn() -> Duration); 10] = [
        ("multiscalar multiplication", &|| of_all.run()),
        ("the same one again and again", &|| of_one.run()),
        ("sign, library", &|| library.sign()),
        ("sign, decoded ahead", &|| session.sign(&decoded)),
        ("sign, nothing ahead", &|| session.sign(&none)),
        ("aggregate, library", &|| library.aggregate()),
        ("aggregate, decoded ahead", &|| session.aggregate(&decoded)),
        ("aggregate, nothing ahead", &|| session.aggregate(&none)),
        ("check one signer's commitments", &|| session.check()),
        ("find who lied, one share", &|| session.find(&decoded)),
    ];
    let mut group = criterion.benchmark_group(format!("{THRESHOLD} of {PARTICIPANTS}"));
    group.sample_size(20);
    for (what, run) in &measured {
        group.bench_function(*what, |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| run()).sum());
        });
    }
    group.finish();
    beside(&measured);
}

/// Measures one after the other, again and again, so that a machine that is busy
/// is so for all of them; says the medians, and how they compare.
#[expect(clippy::print_stderr, reason = "a measurement says what it measured")]
fn beside(measured: &[(&str, &dyn Fn() -> Duration)]) {
    let mut seen = vec![Vec::new(); measured.len()];
    for _ in 0..ROUNDS {
        for (seen, (_, run)) in seen.iter_mut().zip(measured) {
            seen.push(run());
        }
    }
    for seen in &mut seen {
        seen.sort_unstable();
    }
    let bare = seen[0][ROUNDS / 2].as_secs_f64();
    for ((what, _), seen) in measured.iter().zip(seen) {
        let (fewest, median) = (seen[0], seen[ROUNDS / 2]);
        let times = median.as_secs_f64() / bare;
        eprintln!("{what:32} {median:>12.1?} {times:6.2} (fewest {fewest:.1?})");
    }
}

/// Σ ρ_i·E_i for each message of a batch, which no way of signing it goes without.
/// No two messages have the same: of one that comes again and again a processor
/// foretells what will come, and takes a fifth less.
struct Multiplications(Vec<(Vec<Scalar>, Vec<EdwardsPoint>)>);

impl Multiplications {
    fn new(count: usize) -> Self {
        let mut rng = seeded(1);
        let mut scalar = || {
            let mut octets = [0; 64];
            rng.fill_bytes(&mut octets);
            Scalar::from_bytes_mod_order_wide(&octets)
        };
        let mut scalars = || (0..THRESHOLD).map(|_| scalar()).collect();
        let mut one = || {
            let points: Vec<Scalar> = scalars();
            (
                scalars(),
                points.iter().map(EdwardsPoint::mul_base).collect(),
            )
        };
        Self((0..count).map(|_| one()).collect())
    }

    fn run(&self) -> Duration {
        let times = self.0.len().max(REPEATED);
        time(times, || {
            for (scalars, points) in self.0.iter().cycle().take(times) {
                black_box(EdwardsPoint::vartime_multiscalar_mul(
                    black_box(scalars),
                    points,
                ));
            }
        })
    }
}

/// What `frost-ed25519` needs to sign one message.
struct Library {
    signers: BTreeMap<Identifier, KeyPackage>,
    public: PublicKeyPackage,
    nonces: BTreeMap<Identifier, SigningNonces>,
    package: SigningPackage,
    shares: BTreeMap<Identifier, SignatureShare>,
}

impl Library {
    fn new() -> Self {
        let identifiers = IdentifierList::Default;
        let (dealt, public) =
            generate_with_dealer(PARTICIPANTS, THRESHOLD, identifiers, seeded(2)).unwrap();
        let signers = dealt.into_iter().take(THRESHOLD.into());
        let signers = signers.map(|(id, share)| (id, KeyPackage::try_from(share).unwrap()));
        let signers: BTreeMap<_, KeyPackage> = signers.collect();
        let mut rng = seeded(3);
        let (mut nonces, mut commitments) = (BTreeMap::new(), BTreeMap::new());
        for (id, key) in &signers {
            let (secret, public) = round1::commit(key.signing_share(), &mut rng);
            nonces.insert(*id, secret);
            commitments.insert(*id, public);
        }
        let package = SigningPackage::new(commitments, &[7; 120]);
        let sign =
            |(id, key): (&Identifier, _)| (*id, round2::sign(&package, &nonces[id], key).unwrap());
        Self {
            shares: signers.iter().map(sign).collect(),
            signers,
            public,
            nonces,
            package,
        }
    }

    fn sign(&self) -> Duration {
        let (id, key) = self.signers.first_key_value().unwrap();
        time(REPEATED, || {
            for _ in 0..REPEATED {
                black_box(round2::sign(&self.package, &self.nonces[id], key).unwrap());
            }
        })
    }

    fn aggregate(&self) -> Duration {
        time(REPEATED, || {
            for _ in 0..REPEATED {
                let joined = frost_ed25519::aggregate(&self.package, &self.shares, &self.public);
                black_box(joined.unwrap());
            }
        })
    }
}

/// A zone with a session on its ledger.
struct Ours {
    zone: Zone,
    count: usize,
    nonces: RefCell<Vec<Nonces>>,
    checked: BTreeMap<u16, CheckedCommitments>,
}

impl Ours {
    fn new() -> Self {
        let mut zone = Zone::new(PARTICIPANTS, THRESHOLD, HOSTS);
        let count = zone.batch_size();
        let (nonces, commitments) = commit_all(&zone.shares[..THRESHOLD.into()], count);
        zone.open_session(&commitments);
        let check =
            |(id, octets): (&u16, &Vec<u8>)| (*id, check_commitments(*id, count, octets).unwrap());
        Self {
            checked: commitments.iter().map(check).collect(),
            nonces: RefCell::new(nonces),
            zone,
            count,
        }
    }
}

/// That session, and the shares that were released in it.
struct Session<'a> {
    ours: &'a Ours,
    permit: &'a Permit,
    good: BTreeMap<u16, Vec<u8>>,
    /// One of them wrong, in the last place.
    bad: BTreeMap<u16, Vec<u8>>,
}

impl<'a> Session<'a> {
    fn new(ours: &'a Ours, permit: &'a Permit) -> Self {
        let mut session = Self {
            ours,
            permit,
            good: BTreeMap::new(),
            bad: BTreeMap::new(),
        };
        for (share, nonces) in ours.zone.shares.iter().zip(ours.nonces.take()) {
            let released = nonces.release(share, permit, session.decoded());
            session.good.insert(share.id(), released.unwrap());
        }
        session.bad.clone_from(&session.good);
        let last = session.bad.values_mut().next_back().unwrap();
        last[(ours.count - 1) * SHARE_OCTETS] ^= 1;
        session
    }

    fn decoded(&self) -> Ahead<'a> {
        let checked = self.ours.checked.iter();
        checked.map(|(id, checked)| (*id, checked)).collect()
    }

    fn sign(&self, ahead: &Ahead<'_>) -> Duration {
        let share = &self.ours.zone.shares[0];
        // Nonces are used once; from the same seed they are the same again.
        let (mut nonces, _) = commit_all(std::slice::from_ref(share), self.ours.count);
        let (nonces, ahead) = (nonces.remove(0), ahead.clone());
        time(self.ours.count, || {
            black_box(nonces.release(share, self.permit, ahead).unwrap());
        })
    }

    fn aggregate(&self, ahead: &Ahead<'_>) -> Duration {
        time(self.ours.count, || {
            black_box(self.join(ahead, &self.good).unwrap());
        })
    }

    /// How much longer it takes to aggregate where one share is wrong.
    fn find(&self, ahead: &Ahead<'_>) -> Duration {
        let shares = self.ours.count * self.good.len();
        let with = time(shares, || {
            black_box(self.join(ahead, &self.bad).unwrap_err());
        });
        let without = time(shares, || {
            black_box(self.join(ahead, &self.good).unwrap());
        });
        with.saturating_sub(without)
    }

    fn join(
        &self,
        ahead: &Ahead<'_>,
        sent: &BTreeMap<u16, Vec<u8>>,
    ) -> Result<Vec<Signature>, SessionError> {
        let batch = Batch {
            messages: self.permit.messages(),
            commitments: &self.permit.session().commitments,
            ahead: ahead.clone(),
        };
        let sent = sent.iter().map(|(id, octets)| (*id, octets.as_slice()));
        aggregate(self.ours.zone.shares[0].group(), &batch, &sent.collect())
    }

    fn check(&self) -> Duration {
        let octets = &self.permit.session().commitments[&1];
        time(self.ours.count, || {
            black_box(check_commitments(1, self.ours.count, octets).unwrap());
        })
    }
}

/// How long `work` takes for one of the `count` that it is about.
fn time(count: usize, work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed() / u32::try_from(count).unwrap()
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

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}
