//! The four things that the store asks of a disk, so that tests can make
//! each of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::files;

/// A disk.
pub trait Disk {
    /// The octets of a file, at most so many; none where there is no file.
    ///
    /// # Errors
    /// Where the file cannot be read or is longer.
    fn read(&self, path: &Path, octets_max: u64) -> io::Result<Option<Vec<u8>>>;

    /// Writes a file anew. On return its octets are on the disk.
    ///
    /// # Errors
    /// Where it may not be.
    fn write(&self, path: &Path, octets: &[u8]) -> io::Result<()>;

    /// Renames a file over whatever has the new name, all at once.
    ///
    /// # Errors
    /// Where it may not have been.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// On return all names in the directory are on the disk.
    ///
    /// # Errors
    /// Where they may not be.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// The disk of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Local;

impl Disk for Local {
    fn read(&self, path: &Path, octets_max: u64) -> io::Result<Option<Vec<u8>>> {
        files::read_bounded(path, octets_max)
    }

    fn write(&self, path: &Path, octets: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(octets)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}
