//! How long it takes to replay a ledger, as a mirror does that begins anew: each
//! entry is parsed, every signature in it verified, judged, and applied. The
//! ledger has ten thousand acts of all kinds, and its mix is in `history`. Once
//! from its files, by all processors; once from memory, by one.

#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]
#![expect(clippy::print_stderr, reason = "the mix belongs to the figure")]

mod history;

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use comity_core::act::{Act, Checked, Envelope, check};
use comity_core::ledger::tile::encode_bundle;
use comity_core::ledger::{Tile, TileKind};
use comity_core::state::{Position, State, apply};
use comity_mirror::follow::Follower;
use comity_mirror::ledger::{CHECKPOINT_PATH, blob_path};
use comity_mirror::source;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use history::{History, NoProofs};

/// Acts of the ledger; where nothing is measured, and the benchmark is only seen
/// to work, a few.
const ACTS: usize = if cfg!(debug_assertions) { 300 } else { 10_000 };

criterion_group!(benches, replay);
criterion_main!(benches);

fn replay(criterion: &mut Criterion) {
    // Not where the benchmarks are only listed.
    let history = LazyCell::new(|| {
        let history = History::new(ACTS);
        print_mix(&history);
        history
    });
    let mut group = criterion.benchmark_group("replay");
    group
        .throughput(Throughput::Elements(ACTS as u64))
        .sample_size(10);
    group.bench_function("10,000 acts, followed", |bencher| {
        let directory = tempfile::tempdir().unwrap();
        write(&history, directory.path());
        let location = directory.path().display().to_string();
        bencher.iter(|| {
            let mut follower = Follower::new(source::open(&location), None);
            assert_eq!(follower.poll().unwrap().len(), ACTS);
            assert_eq!(follower.state().log().root(), history.state.log().root());
        });
    });
    group.bench_function("10,000 acts, by one processor", |bencher| {
        bencher.iter(|| replayed(&history));
    });
    // The part of it that no state is needed for.
    group.bench_function("10,000 acts, checked only", |bencher| {
        bencher.iter(|| {
            for entry in &history.entries {
                black_box(check(entry, &history.blobs, &NoProofs).unwrap());
            }
        });
    });
    // The part for which acts come one after the other.
    group.bench_function("10,000 acts, applied only", |bencher| {
        let ready = ready(&history);
        bencher.iter(|| {
            let mut state = State::default();
            for (position, checked) in (0..).zip(&ready) {
                apply(&mut state, checked, Position(position)).unwrap();
            }
        });
    });
    group.finish();
}

/// All entries, with everything verified that can be verified ahead.
fn ready(history: &History) -> Vec<Checked<Act>> {
    let founded = history.state.founded().unwrap();
    let cosigners = founded.cosigners();
    let entries = history.entries.iter();
    entries
        .map(|entry| {
            let mut checked = check(entry, &history.blobs, &NoProofs).unwrap();
            checked.look_ahead(&founded.log_key, &cosigners);
            checked
        })
        .collect()
}

/// The files of a ledger, as a web server would have them.
fn write(history: &History, directory: &Path) {
    let put = |path: &str, octets: &[u8]| {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, octets).unwrap();
    };
    put(CHECKPOINT_PATH, history.head().as_bytes());
    let size = history.state.log().size();
    for tile in Tile::all(TileKind::Entries, size) {
        let range = usize::try_from(tile.start()).unwrap()..usize::try_from(tile.end()).unwrap();
        put(
            &tile.path(),
            &encode_bundle(&history.entries[range]).unwrap(),
        );
    }
    for (digest, octets) in &history.blobs {
        put(&blob_path(digest), octets);
    }
}

/// The state that the entries come to.
fn replayed(history: &History) -> State {
    let mut state = State::default();
    for (position, entry) in (0..).zip(&history.entries) {
        let checked = check(entry, &history.blobs, &NoProofs).unwrap();
        apply(&mut state, &checked, Position(position)).unwrap();
    }
    assert_eq!(state.log().root(), history.state.log().root());
    state
}

/// How many acts there are of each kind, and signatures under them.
fn print_mix(history: &History) {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut signatures = 0;
    for entry in &history.entries {
        let envelope = Envelope::parse(entry, entry.len()).unwrap();
        *kinds.entry(envelope.payload_type().into()).or_default() += 1;
        signatures += envelope.signature_count();
    }
    for (kind, count) in &kinds {
        eprintln!("{count:>6} {kind}");
    }
    eprintln!("{signatures:>6} signatures of envelopes, beside those of heads and commitments");
}
