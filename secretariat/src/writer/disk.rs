//! What a writer needs of a disk, and a directory as one. A *write* is whole
//! or not at all, and durable when it returns.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comity_mirror::files::{self, EntryKind, FileSystem, Local, Lock, Place, advice, directory_of};
use comity_mirror::ledger::UNFINISHED_PATH;
use comity_mirror::source::{Directory, FetchError, Source};

/// A place that keeps a ledger's files for one writer.
pub trait Disk: Source {
    /// The paths of all files, in any order.
    fn list(&self) -> Result<Vec<String>, DiskError>;

    /// Makes `octets` the file at `path`. When this returns it survives the
    /// loss of power; when it fails, the file has the new octets or the old
    /// ones or, if there were none, may be missing.
    fn write(&self, path: &str, octets: &[u8]) -> Result<(), DiskError>;

    /// Removes the file at `path`, if it is there, as durably.
    fn remove(&self, path: &str) -> Result<(), DiskError>;
}

/// What a disk would not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// Another process has the directory.
    InUse {
        /// Which directory.
        dir: String,
    },
    /// The directory cannot be had or listed.
    Directory {
        /// Which directory.
        dir: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// A file could not be written.
    Write {
        /// Which file.
        at: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// A file could not be removed.
    Remove {
        /// Which file.
        at: String,
        /// Why.
        kind: io::ErrorKind,
    },
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { dir } => write!(f, "another process is at work in {dir}"),
            Self::Directory { dir, kind } => {
                let advice = advice(*kind);
                write!(f, "cannot use the directory {dir}: {kind}{advice}")
            }
            Self::Write { at, kind } => write!(f, "cannot write {at}: {kind}{}", advice(*kind)),
            Self::Remove { at, kind } => write!(f, "cannot remove {at}: {kind}{}", advice(*kind)),
        }
    }
}

impl std::error::Error for DiskError {}

/// A ledger is public; the user's mask has the last word.
const FILE_MODE: u32 = 0o666;
const DIRECTORY_MODE: u32 = 0o777;

/// A directory, locked for as long as this value lives.
#[derive(Debug)]
pub struct DirectoryDisk {
    system: Arc<dyn FileSystem>,
    directory: Directory,
    /// The directories below it that are known to survive the loss of power.
    /// That one is there does not say so: the process that made it may have
    /// ended before it was durable.
    durable: Mutex<BTreeSet<PathBuf>>,
    /// The lock is on the directory itself, so that it leaves no file among
    /// the ledger's, and goes with the process however that ends.
    _lock: Box<dyn Lock>,
}

impl DirectoryDisk {
    /// Takes the directory at `dir`, and makes it if need be.
    pub fn create(dir: &Path) -> Result<Self, DiskError> {
        Self::create_on(Arc::new(Local), dir)
    }

    /// As [`DirectoryDisk::create`], on any file system.
    pub fn create_on(system: Arc<dyn FileSystem>, dir: &Path) -> Result<Self, DiskError> {
        files::make_directories(&*system, dir, DIRECTORY_MODE)
            .map_err(|error| directory_error(dir, &error))?;
        Self::open_on(system, dir)
    }

    /// Takes the directory at `dir`.
    pub fn open(dir: &Path) -> Result<Self, DiskError> {
        Self::open_on(Arc::new(Local), dir)
    }

    /// As [`DirectoryDisk::open`], on any file system.
    pub fn open_on(system: Arc<dyn FileSystem>, dir: &Path) -> Result<Self, DiskError> {
        let lock = system
            .lock(dir)
            .map_err(|error| directory_error(dir, &error))?;
        let lock = lock.ok_or_else(|| DiskError::InUse {
            dir: dir.display().to_string(),
        })?;
        Ok(Self {
            directory: Directory::on(Arc::clone(&system), dir),
            system,
            durable: Mutex::default(),
            _lock: lock,
        })
    }

    fn at(&self, path: &str) -> PathBuf {
        self.directory.root().join(path)
    }

    fn durable(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        // The set only grows, one whole path at a time.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_write(&self, target: &Path, octets: &[u8]) -> io::Result<()> {
        self.make_directories(directory_of(target), &mut self.durable())?;
        let place = Place {
            temporary: &self.at(UNFINISHED_PATH),
            path: target,
            mode: FILE_MODE,
        };
        files::replace(&*self.system, &place, octets)
    }

    fn try_remove(&self, target: &Path) -> io::Result<()> {
        self.system.remove(target)?;
        self.system.sync_directory(directory_of(target))
    }

    /// Makes the directory `dir` and those between it and the root, each
    /// durable in the one above before anything is made in it.
    fn make_directories(&self, dir: &Path, durable: &mut BTreeSet<PathBuf>) -> io::Result<()> {
        if dir == self.directory.root() || durable.contains(dir) {
            return Ok(());
        }
        let above = directory_of(dir);
        self.make_directories(above, durable)?;
        // Crash: empty directories, which say nothing.
        self.system.make_directory(dir, DIRECTORY_MODE)?;
        self.system.sync_directory(above)?;
        durable.insert(dir.to_owned());
        Ok(())
    }
}

impl Source for DirectoryDisk {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        self.directory.fetch(path, octets_max)
    }

    fn describe(&self) -> String {
        self.directory.describe()
    }
}

impl Disk for DirectoryDisk {
    fn list(&self) -> Result<Vec<String>, DiskError> {
        let root = self.directory.root();
        let mut files = Vec::new();
        list(&*self.system, root, "", &mut files).map_err(|error| directory_error(root, &error))?;
        Ok(files)
    }

    fn write(&self, path: &str, octets: &[u8]) -> Result<(), DiskError> {
        let target = self.at(path);
        self.try_write(&target, octets)
            .map_err(|error| DiskError::Write {
                at: target.display().to_string(),
                kind: error.kind(),
            })
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        let target = self.at(path);
        self.try_remove(&target).map_err(|error| DiskError::Remove {
            at: target.display().to_string(),
            kind: error.kind(),
        })
    }
}

fn directory_error(dir: &Path, error: &io::Error) -> DiskError {
    DiskError::Directory {
        dir: dir.display().to_string(),
        kind: error.kind(),
    }
}

fn list(
    system: &dyn FileSystem,
    dir: &Path,
    below: &str,
    files: &mut Vec<String>,
) -> io::Result<()> {
    for (name, kind) in system.list(dir)? {
        let place = dir.join(&name);
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        match kind {
            EntryKind::Directory => list(system, &place, &path, files)?,
            EntryKind::File | EntryKind::Other => files.push(path),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_write_is_whole_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let disk = DirectoryDisk::create(&dir.path().join("new/ledger")).unwrap();
        disk.write("tile/0/000.p/1", b"first").unwrap();
        disk.write("tile/0/000.p/1", b"second").unwrap();
        disk.write("checkpoint", b"head").unwrap();
        assert_eq!(disk.fetch("tile/0/000.p/1", 9), Ok(b"second".to_vec()));
        let mut files = disk.list().unwrap();
        files.sort();
        assert_eq!(files, ["checkpoint", "tile/0/000.p/1"]);
        disk.remove("tile/0/000.p/1").unwrap();
        disk.remove("tile/0/000.p/1").unwrap();
        assert_eq!(disk.list().unwrap(), ["checkpoint"]);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let disk = DirectoryDisk::open(dir.path()).unwrap();
        disk.write("tile", b"in the way").unwrap();
        let error = disk.write("tile/0/000", b"").unwrap_err();
        let at = dir.path().join("tile/0/000").display().to_string();
        assert_eq!(
            error,
            DiskError::Write {
                at,
                kind: io::ErrorKind::NotADirectory
            }
        );
        fs::create_dir(dir.path().join("checkpoint")).unwrap();
        let error = disk.remove("checkpoint").unwrap_err();
        assert!(matches!(error, DiskError::Remove { .. }), "{error}");
    }

    #[test]
    fn a_directory_has_one_disk_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let disk = DirectoryDisk::open(dir.path()).unwrap();
        let error = DirectoryDisk::open(dir.path()).unwrap_err();
        assert_eq!(
            error,
            DiskError::InUse {
                dir: dir.path().display().to_string()
            }
        );
        drop(disk);
        assert!(DirectoryDisk::open(dir.path()).is_ok());
        let nowhere = dir.path().join("nowhere");
        let error = DirectoryDisk::open(&nowhere).unwrap_err();
        let dir = nowhere.display().to_string();
        assert_eq!(
            error,
            DiskError::Directory {
                dir,
                kind: io::ErrorKind::NotFound
            }
        );
    }
}
