//! Other people's code as judge of ours: Cloudflare's `tlog_tiles` and
//! `signed_note`.

use std::format;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Error, Hash, HashReader};

use crate::basic::Digest;
use crate::ledger::merkle::{self, Tree};
use crate::ledger::note::{KeyKind, SignedNote};
use crate::ledger::tile::{HashTiles, Tile, TileKind};
use crate::ledger::{CosignedCheckpoint, testing};

/// Their store of hashes: in memory, one after another.
struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[usize::try_from(*index).unwrap()])
            .collect())
    }
}

fn stored(entries: &[Vec<u8>]) -> Stored {
    let mut stored = Stored(vec![]);
    for (number, entry) in (0..).zip(entries) {
        let hashes = tlog_tiles::stored_hashes(number, entry, &stored).unwrap();
        stored.0.extend(hashes);
    }
    stored
}

fn leaves(entries: &[Vec<u8>]) -> Vec<Digest> {
    entries
        .iter()
        .map(|entry| merkle::leaf_hash(entry))
        .collect()
}

fn theirs(hashes: &[Digest]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn roots_and_proofs_are_the_oracles(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..300),
        at in any::<prop::sample::Index>(),
    ) {
        let stored = stored(&entries);
        let leaves = leaves(&entries);
        let head = leaves.iter().copied().collect::<Tree>().head();
        let root = tlog_tiles::tree_hash(head.size, &stored).unwrap();
        prop_assert_eq!(head.root.0, root.0);

        let index = at.index(entries.len()) as u64;
        let proof = merkle::inclusion_proof(&leaves, index).unwrap();
        let oracle = tlog_tiles::prove_record(head.size, index, &stored).unwrap();
        prop_assert_eq!(theirs(&proof), oracle);

        let first = index + 1;
        let proof = merkle::consistency_proof(&leaves, first).unwrap();
        let oracle = tlog_tiles::prove_tree(head.size, first, &stored).unwrap();
        prop_assert_eq!(theirs(&proof), oracle);
    }

    #[test]
    fn hash_tiles_are_the_oracles(count in 1_usize..1_200) {
        let entries: Vec<Vec<u8>> = (0..count).map(|n| n.to_be_bytes().to_vec()).collect();
        let stored = stored(&entries);
        let mut tiles = HashTiles::new();
        let mut ours: Vec<(Tile, Vec<u8>)> =
            leaves(&entries).into_iter().flat_map(|leaf| tiles.push(leaf)).collect();
        ours.extend(tiles.partials());
        ours.sort();
        let mut oracle: Vec<_> = tlog_tiles::Tile::new_tiles(8, 0, count as u64)
            .into_iter()
            .map(|tile| (tile.path().replace("tile/8/", "tile/"), tile.read_data(&stored).unwrap()))
            .collect();
        oracle.sort();
        let mut ours: Vec<_> = ours.into_iter().map(|(tile, data)| (tile.path(), data)).collect();
        ours.sort();
        prop_assert_eq!(ours, oracle);
    }

    #[test]
    fn tile_paths_are_the_oracles(
        level in 0_u8..64,
        index in 0..1_u64 << 45,
        width in 1_u16..=256,
    ) {
        let ours = Tile::new(TileKind::Hashes(level), index, width).unwrap();
        let oracle = tlog_tiles::Tile::new(8, level, index, u32::from(width), false);
        prop_assert_eq!(ours.path(), oracle.path().replace("tile/8/", "tile/"));
        prop_assert_eq!(Tile::from_path(&ours.path()), Some(ours));
    }

    #[test]
    fn what_reads_as_a_note_reads_there_and_prints_unchanged(
        text in "([a-z\u{e9} ]{0,9}\n){0,4}",
        lines in prop::collection::vec("[\u{2014}-]( |  )[a-z+]{1,3} [A-Za-z+/]{7,8}=?", 0..4),
        end in "\n?",
    ) {
        let note = format!("{text}\n{}{end}", lines.join("\n"));
        let ours = SignedNote::parse(note.as_bytes());
        let oracle = Note::from_bytes(note.as_bytes());
        prop_assert_eq!(ours.is_ok(), oracle.is_ok(), "{:?}", note);
        if let (Ok(ours), Ok(oracle)) = (ours, oracle) {
            prop_assert_eq!(ours.text().as_bytes(), oracle.text());
            prop_assert_eq!(ours.to_string(), note);
        }
    }

    #[test]
    fn reading_never_panics(octets in prop::collection::vec(any::<u8>(), 0..300), path in ".*") {
        let _ = SignedNote::parse(&octets);
        let _ = CosignedCheckpoint::parse(&octets);
        let _ = crate::ledger::tile::decode_bundle(&octets, 7);
        prop_assert_eq!(Tile::from_path(&path), None);
    }
}

#[test]
fn our_checkpoint_verifies_there() {
    let checkpoint = testing::checkpoint(77);
    let text = testing::signed(checkpoint.clone()).to_text();
    let note = Note::from_bytes(text.as_bytes()).unwrap();
    let key = testing::key(200, testing::ORIGIN, KeyKind::Ed25519);
    let verifier = StandardVerifier::new(&key.to_string()).unwrap();
    let (verified, others) = note
        .verify(&VerifierList::new(vec![std::boxed::Box::new(verifier)]))
        .unwrap();
    assert_eq!((verified.len(), others.len()), (1, 0));
    let read = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(read.origin(), checkpoint.origin);
    assert_eq!((read.size(), read.hash().0), (77, checkpoint.root.0));
}
