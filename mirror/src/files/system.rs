//! What is asked of the file system, a step at a time. Everything that must
//! last is written through this trait, so that tests can make each step fail,
//! and can take away what was not made durable.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The steps of writing.
pub trait FileSystem: fmt::Debug + Send + Sync {
    /// Makes a directory, unless one is there.
    ///
    /// # Errors
    /// Where it may not be there.
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// Makes an empty file to write to, also where an older one is in its
    /// place. The user's mask takes from `mode` as always.
    ///
    /// # Errors
    /// Where it may not be there.
    fn create(&self, path: &Path, mode: u32) -> io::Result<File>;

    /// Adds octets to a file.
    ///
    /// # Errors
    /// Where some or all of them may be missing.
    fn write(&self, file: &mut File, octets: &[u8]) -> io::Result<()>;

    /// On return the file's octets survive the loss of power.
    ///
    /// # Errors
    /// Where they may not.
    fn sync(&self, file: &File) -> io::Result<()>;

    /// Renames a file over whatever has the new name, all at once.
    ///
    /// # Errors
    /// Where it may not have been.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// Where it may still be.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// On return the names in a directory survive the loss of power.
    ///
    /// # Errors
    /// Where they may not.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Local;

impl FileSystem for Local {
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        match DirBuilder::new().mode(mode).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        // One that is there may have another mode, or another reader.
        self.remove(path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode).open(path)
    }

    fn write(&self, file: &mut File, octets: &[u8]) -> io::Result<()> {
        file.write_all(octets)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}
