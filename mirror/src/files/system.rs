//! What is asked of the file system, a step at a time. Everything that must
//! last is written, and read again, through this trait, so that tests can make
//! each step fail, and can take away what was not made durable.

use std::fmt;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The steps of writing, and of reading again.
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
    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>>;

    /// A file that is there, to write over its first octets where they are.
    ///
    /// # Errors
    /// Where there is none, or it cannot be written.
    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;

    /// A file to write to behind its last octet; a new one where there is none.
    ///
    /// # Errors
    /// Where it may not be there.
    fn append(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>>;

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

    /// Removes a directory with all that is in it, if it is there.
    ///
    /// # Errors
    /// Where some of it may still be.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// A file's octets, from the first.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;

    /// What is at a path; none where nothing is.
    ///
    /// # Errors
    /// Where that cannot be told.
    fn entry(&self, path: &Path) -> io::Result<Option<Entry>>;

    /// The names in a directory, in order, and what each is. A name that is
    /// not UTF-8 is none of ours, and only stands for itself.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    fn list(&self, path: &Path) -> io::Result<Vec<(String, EntryKind)>>;

    /// Takes a directory for this process, as long as what this returns lives;
    /// none where another process has it. It leaves no file, and goes with the
    /// process however that ends.
    ///
    /// # Errors
    /// Where the directory cannot be opened or locked.
    fn lock(&self, directory: &Path) -> io::Result<Option<Box<dyn Lock>>>;
}

/// A file that is being written.
pub trait NewFile: fmt::Debug {
    /// Adds octets.
    ///
    /// # Errors
    /// Where some or all of them may be missing.
    fn write(&mut self, octets: &[u8]) -> io::Result<()>;

    /// On return the octets so far survive the loss of power.
    ///
    /// # Errors
    /// Where they may not.
    fn sync(&mut self) -> io::Result<()>;
}

/// A directory that nobody else has while this lives.
pub trait Lock: fmt::Debug + Send + Sync {}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its permissions.
    pub mode: u32,
}

/// What a name in a directory leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file with octets.
    File,
    /// A directory.
    Directory,
    /// Neither.
    Other,
}

impl EntryKind {
    fn of(kind: fs::FileType) -> Self {
        match (kind.is_file(), kind.is_dir()) {
            (true, _) => Self::File,
            (_, true) => Self::Directory,
            _ => Self::Other,
        }
    }
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

    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>> {
        // One that is there may have another mode, or another reader.
        self.remove(path)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode).open(path);
        Ok(Box::new(file?))
    }

    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }

    fn append(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(mode).open(path);
        Ok(Box::new(file?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        unless_missing(fs::remove_file(path))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        unless_missing(fs::remove_dir_all(path))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(path)?))
    }

    fn entry(&self, path: &Path) -> io::Result<Option<Entry>> {
        let entry = |metadata: Metadata| Entry {
            kind: EntryKind::of(metadata.file_type()),
            mode: metadata.permissions().mode() & 0o7777,
        };
        match fs::metadata(path) {
            Ok(metadata) => Ok(Some(entry(metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, EntryKind)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            names.push((name, EntryKind::of(entry.file_type()?)));
        }
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(names)
    }

    fn lock(&self, directory: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        // On the directory itself, so that it leaves no file.
        let lock = File::open(directory)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Box::new(lock))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl NewFile for File {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.write_all(octets)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Lock for File {}

fn unless_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
