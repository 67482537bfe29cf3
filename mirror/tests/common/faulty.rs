//! A file system of which one step fails, and from which the loss of power
//! takes what was not made durable.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use comity_mirror::files::{Entry, EntryKind, FileSystem, Local, Lock, NewFile, directory_of};

/// In which way a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing happened.
    Lost,
    /// A part of the octets was written.
    Torn,
    /// All happened, and it said otherwise.
    Persisted,
}

/// What else a failure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing: the process goes on.
    None,
    /// The process, and so all steps after.
    Process,
    /// Power: also octets that were not synced.
    Octets,
    /// Power: also names that were not synced.
    Names,
}

/// A file system of which one step fails.
#[derive(Debug)]
pub(crate) struct Faulty(Arc<Machine>);

#[derive(Debug)]
struct Machine {
    failing: usize,
    fault: Fault,
    end: End,
    so_far: Mutex<SoFar>,
}

#[derive(Debug, Default)]
struct SoFar {
    steps: usize,
    is_dead: bool,
    /// The files, by inode, whose octets are not durable.
    unsynced: BTreeSet<u64>,
    /// What happened to names and is not durable, in the order of time.
    names: Vec<Named>,
}

/// Something that happened to names, with what takes it back.
#[derive(Debug)]
enum Named {
    Directory(PathBuf),
    File(PathBuf),
    Renamed {
        from: PathBuf,
        to: PathBuf,
        replaced: Option<Vec<u8>>,
    },
    Removed(PathBuf, Vec<u8>),
}

/// Lets every step of `attempt` fail in every way, until it has none that
/// could. After each, `check` gets what the attempt came to, and in words how
/// it was made to fail; by then the machine has started again.
pub(crate) fn at_every_step<T>(
    mut attempt: impl FnMut(Arc<Faulty>) -> T,
    mut check: impl FnMut(T, &str),
) {
    for (fault, end) in FAILURES {
        for failing in 0.. {
            let system = Faulty::new(failing, fault, end);
            let outcome = attempt(Arc::clone(&system));
            system.0.lose_power();
            check(outcome, &format!("step {failing} {fault:?}, end {end:?}"));
            if system.0.so_far.lock().unwrap().steps <= failing {
                assert!(failing > 1, "hardly a step was taken");
                break;
            }
        }
    }
}

/// How steps fail. A power failure comes after each step that was taken.
const FAILURES: [(Fault, End); 8] = [
    (Fault::Lost, End::None),
    (Fault::Torn, End::None),
    (Fault::Persisted, End::None),
    (Fault::Lost, End::Process),
    (Fault::Torn, End::Process),
    (Fault::Persisted, End::Process),
    (Fault::Persisted, End::Octets),
    (Fault::Persisted, End::Names),
];

impl Faulty {
    /// One of which no step fails, and which is fast.
    pub(crate) fn sound() -> Arc<Self> {
        Self::new(usize::MAX, Fault::Lost, End::None)
    }

    fn new(failing: usize, fault: Fault, end: End) -> Arc<Self> {
        Arc::new(Self(Arc::new(Machine {
            failing,
            fault,
            end,
            so_far: Mutex::default(),
        })))
    }
}

impl Machine {
    fn step<T>(
        &self,
        whole: impl FnOnce() -> io::Result<T>,
        part: impl FnOnce() -> io::Result<()>,
        happened: impl FnOnce(&mut SoFar),
    ) -> io::Result<T> {
        let mut so_far = self.so_far.lock().unwrap();
        let fails = so_far.steps == self.failing;
        so_far.steps += 1;
        if so_far.is_dead {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if !fails {
            let done = whole()?;
            happened(&mut so_far);
            return Ok(done);
        }
        so_far.is_dead = self.end != End::None;
        match self.fault {
            Fault::Lost => {}
            Fault::Torn => part()?,
            Fault::Persisted => {
                whole()?;
                happened(&mut so_far);
            }
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    /// Takes what was not durable, if that is how this ends.
    fn lose_power(&self) {
        let mut so_far = self.so_far.lock().unwrap();
        if !matches!(self.end, End::Octets | End::Names) {
            return;
        }
        let names = std::mem::take(&mut so_far.names);
        for path in names.iter().flat_map(Named::paths) {
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            if so_far.unsynced.contains(&metadata.ino()) {
                let file = File::options().write(true).open(path).unwrap();
                file.set_len(metadata.len() / 2).unwrap();
            }
        }
        if self.end == End::Names {
            for named in names.into_iter().rev() {
                match named.take_back() {
                    // It went by a name that is durable.
                    Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
                    _ => {}
                }
            }
        }
    }
}

impl Named {
    fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::Directory(path) | Self::File(path) | Self::Removed(path, _) => vec![path.clone()],
            Self::Renamed { from, to, .. } => vec![from.clone(), to.clone()],
        }
    }

    /// The directory that must be synced for it to last; of a new name for an
    /// old file, the one that it is in now.
    fn directory(&self) -> &Path {
        let path = match self {
            Self::Directory(path) | Self::File(path) | Self::Removed(path, _) => path,
            Self::Renamed { to, .. } => to,
        };
        directory_of(path)
    }

    fn take_back(self) -> io::Result<()> {
        match self {
            Self::Directory(path) => fs::remove_dir_all(path),
            Self::File(path) => fs::remove_file(path),
            Self::Removed(path, octets) => fs::write(path, octets),
            Self::Renamed { from, to, replaced } => {
                fs::rename(&to, from)?;
                replaced.map_or(Ok(()), |octets| fs::write(to, octets))
            }
        }
    }
}

fn nothing() -> io::Result<()> {
    Ok(())
}

impl FileSystem for Faulty {
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        let is_new = !path.exists();
        let make = || Local.make_directory(path, mode);
        self.0.step(make, nothing, |so_far| {
            if is_new {
                so_far.names.push(Named::Directory(path.to_owned()));
            }
        })
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>> {
        let replaced = fs::read(path).ok();
        let create = || {
            drop(Local.create(path, mode)?);
            File::options().write(true).open(path)
        };
        let file = self.0.step(create, nothing, |so_far| {
            let removed = replaced.map(|octets| Named::Removed(path.to_owned(), octets));
            so_far.names.extend(removed);
            so_far.names.push(Named::File(path.to_owned()));
        });
        Ok(Box::new(FaultyFile {
            file: file?,
            machine: Arc::clone(&self.0),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let replaced = fs::read(to).ok();
        let rename = || Local.rename(from, to);
        self.0.step(rename, nothing, |so_far| {
            so_far.names.push(Named::Renamed {
                from: from.to_owned(),
                to: to.to_owned(),
                replaced,
            });
        })
    }

    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let open = || File::options().write(true).open(path);
        let file = self.0.step(open, nothing, |_| {})?;
        Ok(Box::new(FaultyFile {
            file,
            machine: Arc::clone(&self.0),
        }))
    }

    fn append(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>> {
        let is_new = !path.exists();
        let open = || {
            drop(Local.append(path, mode)?);
            File::options().append(true).open(path)
        };
        let file = self.0.step(open, nothing, |so_far| {
            if is_new {
                so_far.names.push(Named::File(path.to_owned()));
            }
        });
        Ok(Box::new(FaultyFile {
            file: file?,
            machine: Arc::clone(&self.0),
        }))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = fs::read(path).ok();
        let remove = || Local.remove(path);
        self.0.step(remove, nothing, |so_far| {
            let removed = removed.map(|octets| Named::Removed(path.to_owned(), octets));
            so_far.names.extend(removed);
        })
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.0.step(nothing, nothing, |so_far| {
            so_far.names.retain(|named| named.directory() != path);
        })
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        Local.remove_directory(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Local.open(path)
    }

    fn entry(&self, path: &Path) -> io::Result<Option<Entry>> {
        Local.entry(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, EntryKind)>> {
        Local.list(path)
    }

    fn lock(&self, directory: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        Local.lock(directory)
    }
}

/// A file on it.
#[derive(Debug)]
struct FaultyFile {
    file: File,
    machine: Arc<Machine>,
}

impl NewFile for FaultyFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let half = &octets[..octets.len() / 2];
        let mut again = self.file.try_clone()?;
        let inode = self.file.metadata()?.ino();
        let part = || again.write_all(half);
        let whole = || (&self.file).write_all(octets);
        self.machine.step(whole, part, |so_far| {
            so_far.unsynced.insert(inode);
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let inode = self.file.metadata()?.ino();
        // Nothing is really brought to the disk, which would take long.
        self.machine.step(nothing, nothing, |so_far| {
            so_far.unsynced.remove(&inode);
        })
    }
}
