//! A ledger in a directory, written in the plainest way.

use std::fs;

use comity_core::basic::{Digest, PublicKey, Signature};
use comity_core::ledger::tile::{self, HashTiles};
use comity_core::ledger::{
    Checkpoint, CosignedCheckpoint, KeyKind, NoteKey, Tile, TileKind, Tree, leaf_hash,
};
use ed25519_dalek::{Signer, SigningKey};
use tempfile::TempDir;

use super::blob_path;
use crate::source::Directory;

pub(crate) const ORIGIN: &str = "ledger.example/plain";

pub(crate) struct Ledger {
    pub(crate) dir: TempDir,
}

impl Ledger {
    /// A ledger of this many entries, of which each is [`entry`].
    pub(crate) fn of(size: u64) -> Self {
        let ledger = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let mut tree = Tree::new();
        let mut hashes = HashTiles::new();
        for number in 0..size {
            let leaf = leaf_hash(&entry(number));
            tree.push(leaf);
            hashes
                .push(leaf)
                .iter()
                .for_each(|(tile, octets)| ledger.put(&tile.path(), octets));
        }
        hashes
            .partials()
            .iter()
            .for_each(|(tile, octets)| ledger.put(&tile.path(), octets));
        Tile::all(TileKind::Entries, size).for_each(|tile| ledger.put_bundle(tile));
        let checkpoint = Checkpoint {
            origin: ORIGIN.into(),
            size,
            root: tree.root(),
        };
        let signature = Signature(secret(1).sign(checkpoint.body().as_bytes()).to_bytes());
        let signed = CosignedCheckpoint::new(checkpoint, &log_key(), signature);
        ledger.put("checkpoint", signed.to_text().as_bytes());
        ledger
    }

    pub(crate) fn source(&self) -> Directory {
        Directory::new(self.dir.path())
    }

    pub(crate) fn put(&self, path: &str, octets: &[u8]) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, octets).unwrap();
    }

    pub(crate) fn put_bundle(&self, tile: Tile) {
        let entries: Vec<_> = (tile.start()..tile.end()).map(entry).collect();
        self.put(&tile.path(), &tile::encode_bundle(&entries).unwrap());
    }

    pub(crate) fn put_blob(&self, octets: &[u8]) -> Digest {
        let digest = Digest::of(octets);
        self.put(&blob_path(&digest), octets);
        digest
    }
}

pub(crate) fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

pub(crate) fn log_key() -> NoteKey {
    key(1)
}

pub(crate) fn other_key() -> NoteKey {
    key(2)
}

fn key(seed: u8) -> NoteKey {
    let key = PublicKey(secret(seed).verifying_key().to_bytes());
    NoteKey::new(ORIGIN, KeyKind::Ed25519, key).unwrap()
}

fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}
