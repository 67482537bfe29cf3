//! What a writer needs of a disk, and a directory as one. A *write* is whole
//! or not at all, and durable when it returns.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
            Self::Directory { dir, kind } => write!(f, "cannot use the directory {dir}: {kind}"),
            Self::Write { at, kind } => write!(f, "cannot write {at}: {kind}"),
            Self::Remove { at, kind } => write!(f, "cannot remove {at}: {kind}"),
        }
    }
}

impl std::error::Error for DiskError {}

/// A directory, locked for as long as this value lives.
#[derive(Debug)]
pub struct DirectoryDisk {
    directory: Directory,
    /// The directories below it that are known to survive the loss of power.
    /// That one is there does not say so: the process that made it may have
    /// ended before it was durable.
    durable: Mutex<BTreeSet<PathBuf>>,
    /// The lock is on the directory itself, so that it leaves no file among
    /// the ledger's, and goes with the process however that ends.
    _lock: File,
}

impl DirectoryDisk {
    /// Takes the directory at `dir`, and makes it if need be.
    pub fn create(dir: &Path) -> Result<Self, DiskError> {
        make_root(dir).map_err(|error| directory_error(dir, &error))?;
        Self::open(dir)
    }

    /// Takes the directory at `dir`.
    pub fn open(dir: &Path) -> Result<Self, DiskError> {
        let lock = File::open(dir).map_err(|error| directory_error(dir, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                directory: Directory::new(dir),
                durable: Mutex::default(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(DiskError::InUse {
                dir: dir.display().to_string(),
            }),
            Err(TryLockError::Error(error)) => Err(directory_error(dir, &error)),
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.directory.root().join(path)
    }

    fn durable(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        // The set only grows, one whole path at a time.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_write(&self, target: &Path, octets: &[u8]) -> io::Result<()> {
        let unfinished = self.at(UNFINISHED_PATH);
        let above = parent(target);
        // Crash: empty directories, which say nothing.
        make_directories(self.directory.root(), above, &mut self.durable())?;
        // Crash: a torn file by a name that no reader asks for, and which the
        // next write starts anew.
        let mut file = File::create(&unfinished)?;
        file.write_all(octets)?;
        // The octets are durable before any name leads to them.
        file.sync_all()?;
        // Crash: the old file or the new one, each whole (POSIX rename).
        fs::rename(&unfinished, target)?;
        // Only now would the name survive the loss of power.
        sync_directory(above)
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
        list(root, "", &mut files).map_err(|error| directory_error(root, &error))?;
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
        remove(&target).map_err(|error| DiskError::Remove {
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

fn remove(target: &Path) -> io::Result<()> {
    match fs::remove_file(target) {
        Ok(()) => sync_directory(parent(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the directory `dir` and those between it and `root`, each durable in
/// the one above before anything is made in it.
fn make_directories(root: &Path, dir: &Path, durable: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if dir == root || durable.contains(dir) {
        return Ok(());
    }
    let above = parent(dir);
    make_directories(root, above, durable)?;
    make_directory(dir)?;
    sync_directory(above)?;
    durable.insert(dir.to_owned());
    Ok(())
}

/// Makes the root of a ledger, and what is missing above it, durable.
fn make_root(dir: &Path) -> io::Result<()> {
    let above = parent(dir);
    if !above.is_dir() {
        make_root(above)?;
    }
    make_directory(dir)?;
    sync_directory(above)
}

fn make_directory(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn list(dir: &Path, below: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // A name that is not UTF-8 is none of ours: it is only counted.
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
