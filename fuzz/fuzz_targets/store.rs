//! The stored edition, under a digest that is mostly right: what verifies is
//! saved and read again, and is the same.

#![no_main]

use std::cell::RefCell;
use std::io;
use std::path::Path;

use comity_core::basic::Digest;
use comity_fuzz::parts::Parts;
use comity_fuzz::party;
use comity_fuzz::samples::{self, NOW};
use comity_mirror::store::{Disk, Store};
use libfuzzer_sys::fuzz_target;

/// A disk with one file, whatever it is called.
struct OneFile<'a>(&'a RefCell<Vec<u8>>);

impl Disk for OneFile<'_> {
    fn read(&self, _: &Path, _: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(self.0.borrow().clone()))
    }

    fn write(&self, _: &Path, octets: &[u8]) -> io::Result<()> {
        *self.0.borrow_mut() = octets.to_vec();
        Ok(())
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let is_torn = parts.octet() == 1;
    let mut octets = parts.rest().to_vec();
    if !is_torn {
        octets.extend(Digest::of(&octets).0);
    }
    let file = RefCell::new(octets);
    let store = Store::on(OneFile(&file), "");
    let key = party::public(party::ZONE);
    match store.load(&samples::origin(), key, NOW) {
        Ok(loaded) => {
            store.save(&loaded.zone, &loaded.meta).unwrap();
            let again = store.load(&samples::origin(), key, NOW).unwrap();
            assert_eq!(again.meta, loaded.meta);
            assert!(again.zone.records().eq(loaded.zone.records()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
