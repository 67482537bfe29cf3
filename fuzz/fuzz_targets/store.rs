//! The stored edition, under a digest that is mostly right: what verifies is
//! saved and read again, and is the same.

#![no_main]

use std::fs;
use std::path::Path;

use comity_core::basic::Digest;
use comity_fuzz::parts::Parts;
use comity_fuzz::party;
use comity_fuzz::samples::{self, NOW};
use comity_mirror::store::Store;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static DIRECTORY: tempfile::TempDir =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let is_torn = parts.octet() == 1;
    let mut octets = parts.rest().to_vec();
    if !is_torn {
        octets.extend(Digest::of(&octets).0);
    }
    DIRECTORY.with(|directory| try_in(directory.path(), &octets));
});

fn try_in(directory: &Path, octets: &[u8]) {
    let _none_before_it = fs::remove_file(directory.join("edition.previous"));
    fs::write(directory.join("edition"), octets).unwrap();
    let store = Store::at(directory);
    let key = party::public(party::ZONE);
    match store.load(&samples::origin(), &[key], NOW) {
        Ok(loaded) => {
            store.save(&loaded.zone, &loaded.meta).unwrap();
            let again = store.load(&samples::origin(), &[key], NOW).unwrap();
            assert_eq!(again.meta, loaded.meta);
            assert!(again.zone.records().eq(loaded.zone.records()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
