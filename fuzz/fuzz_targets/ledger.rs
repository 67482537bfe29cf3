//! Ledgers as a mirror reads them: bundles, tiles of hashes, their paths, Merkle
//! proofs, whatever a server shows, and whole ledgers that hash and sign right.

#![no_main]

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use comity_core::basic::Digest;
use comity_core::ledger::merkle::{
    consistency_proof, inclusion_proof, root, verify_consistency, verify_inclusion,
};
use comity_core::ledger::tile::{
    WIDTH, decode_bundle, decode_hashes, encode_bundle, encode_hashes,
};
use comity_core::ledger::{
    Checkpoint, CosignedCheckpoint, Tile, TileKind, Tree, TreeHead, leaf_hash,
};
use comity_fuzz::parts::Parts;
use comity_fuzz::party::{self, LOG, LOG_NAME, sign};
use comity_fuzz::world::World;
use comity_mirror::follow::{FollowError, Follower};
use comity_mirror::ledger::blob_path;
use comity_mirror::source::{FetchError, Source};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static WORLD: LazyCell<World> = const { LazyCell::new(World::at_work) };
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 6 {
        0 => bundle(parts),
        1 => hashes(parts),
        2 => path(&String::from_utf8_lossy(parts.rest())),
        3 => proofs(parts),
        4 => shown(parts),
        _ => signed(parts),
    }
});

fn bundle(mut parts: Parts) {
    let width = parts.number();
    if let Ok(entries) = decode_bundle(parts.0, width) {
        assert_eq!(entries.len(), usize::from(width));
        assert_eq!(encode_bundle(&entries).as_deref(), Ok(parts.0));
    }
}

fn hashes(mut parts: Parts) {
    let width = parts.number();
    if let Ok(hashes) = decode_hashes(parts.0, width) {
        assert_eq!(hashes.len(), usize::from(width));
        assert_eq!(encode_hashes(&hashes), parts.0);
    }
}

fn path(text: &str) {
    if let Some(tile) = Tile::from_path(text) {
        assert_eq!(tile.path(), text);
        assert!((1..=WIDTH).contains(&tile.width()));
        assert!(tile.end() > tile.start());
    }
}

/// A proof that is believed is the proof.
fn proofs(mut parts: Parts) {
    let leaves: Vec<_> = (0..=parts.octet() % 40).map(|n| leaf_hash(&[n])).collect();
    let size = leaves.len() as u64;
    let place = u64::from(parts.octet());
    let is_right = parts.octet() == 0;
    let (given, _) = parts.rest().as_chunks::<32>();
    let given: Vec<_> = given.iter().map(|octets| Digest(*octets)).collect();
    let head = TreeHead {
        size,
        root: root(&leaves),
    };

    let right = inclusion_proof(&leaves, place);
    let proof = right.clone().filter(|_| is_right).unwrap_or(given.clone());
    let leaf = usize::try_from(place).ok().and_then(|at| leaves.get(at));
    let leaf = leaf.copied().unwrap_or(head.root);
    let believed = verify_inclusion(leaf, place, head, &proof).is_ok();
    assert_eq!(believed, right == Some(proof));

    let right = consistency_proof(&leaves, place);
    let proof = right.clone().filter(|_| is_right).unwrap_or(given);
    let known = &leaves[..leaves.len().min(usize::try_from(place).unwrap())];
    let first = TreeHead {
        size: place,
        root: root(known),
    };
    let believed = verify_consistency(first, head, &proof).is_ok();
    assert_eq!(believed, right == Some(proof));
}

/// A server that shows a checkpoint, and the same octets for every other file,
/// until it has been asked often enough.
struct Shown {
    checkpoint: Vec<u8>,
    tile: Vec<u8>,
    asked: AtomicUsize,
}

const ASKED_MAX: usize = 64;

impl Source for Shown {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let octets = match path {
            "checkpoint" => &self.checkpoint,
            _ if self.asked.fetch_add(1, Ordering::Relaxed) > ASKED_MAX => {
                return Err(FetchError::Missing { at: path.into() });
            }
            _ => &self.tile,
        };
        bounded(path, octets, octets_max)
    }

    fn describe(&self) -> String {
        "shown".into()
    }
}

fn shown(mut parts: Parts) {
    let checkpoint = parts.next().unwrap_or_default().to_vec();
    let tile = parts.rest().to_vec();
    follow(Shown {
        checkpoint,
        tile,
        asked: AtomicUsize::new(0),
    });
}

/// A server whose ledger is sound as far as the log's key goes.
struct Signed {
    checkpoint: Vec<u8>,
    entries: Vec<Vec<u8>>,
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Source for Signed {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let missing = || FetchError::Missing { at: path.into() };
        if path == "checkpoint" {
            return bounded(path, &self.checkpoint, octets_max);
        }
        let Some(tile) = Tile::from_path(path) else {
            let blob = self.blobs.get(path).ok_or_else(missing)?;
            return bounded(path, blob, octets_max);
        };
        assert_eq!(tile.kind(), TileKind::Entries);
        let range = tile.start() as usize..tile.end() as usize;
        let entries = self.entries.get(range).ok_or_else(missing)?;
        bounded(path, &encode_bundle(entries).unwrap(), octets_max)
    }

    fn describe(&self) -> String {
        "signed".into()
    }
}

/// The first acts of a zone at work, then those of the input.
fn signed(mut parts: Parts) {
    let world = WORLD.with(|world| World::clone(world));
    let keep = usize::from(parts.octet()) % (world.entries.len() + 1);
    let mut entries = world.entries[..keep].to_vec();
    entries.extend(parts.map(<[u8]>::to_vec));
    let tree: Tree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let checkpoint = Checkpoint {
        origin: LOG_NAME.into(),
        size: tree.size(),
        root: tree.root(),
    };
    let signature = sign(LOG, checkpoint.body().as_bytes());
    let checkpoint = CosignedCheckpoint::new(checkpoint, &party::log_key(), signature);
    let blobs = world.blobs.into_iter();
    let source = Signed {
        checkpoint: checkpoint.to_text().into_bytes(),
        entries,
        blobs: blobs
            .map(|(name, octets)| (blob_path(&name), octets))
            .collect(),
    };
    let applied = follow(source);
    assert!(applied >= keep as u64);
}

/// How many acts of this ledger are applied.
fn follow(source: impl Source + 'static) -> u64 {
    let mut follower = Follower::new(Box::new(source), None);
    match follower.poll() {
        Ok(_) | Err(FollowError::Unreadable(_)) => {}
        Err(FollowError::Violation(violation)) => {
            assert!(!violation.rule().is_empty() && !violation.to_string().is_empty());
        }
    }
    follower.state().log().size()
}

fn bounded(path: &str, octets: &[u8], octets_max: usize) -> Result<Vec<u8>, FetchError> {
    if octets.len() > octets_max {
        let at = path.into();
        return Err(FetchError::TooLarge { at, octets_max });
    }
    Ok(octets.to_vec())
}
