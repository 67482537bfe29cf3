//! A disk in memory. What was written and not made durable goes with the power,
//! in part or whole; a step can fail so that nothing, a part or all of it
//! happened; and the disk can be full.

mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comity_mirror::files::{FileSystem, directory_of};

use crate::dice::Dice;

/// A party's disk.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Platter>>);

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// Nothing happened.
    Lost,
    /// A part of the octets was written.
    Torn,
    /// All happened, and it said otherwise.
    Persisted,
}

/// A failure that is to come.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// After so many steps that succeed.
    pub after: u64,
    /// In this way.
    pub how: Failing,
    /// Whether the process ends with it, so that nothing is written after.
    pub is_end: bool,
}

/// Names and what they lead to.
type Names = BTreeMap<PathBuf, Node>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory { mode: u32 },
    File { inode: usize, mode: u32 },
}

#[derive(Clone, Default)]
struct Octets {
    now: Vec<u8>,
    /// What survives the loss of power; at least a beginning of it.
    durable: usize,
}

/// A change of names that is not durable yet: all of it survives, or nothing, as
/// POSIX says of renaming.
#[derive(Clone)]
struct Pending {
    directory: PathBuf,
    names: Vec<(PathBuf, Option<Node>)>,
}

struct Platter {
    names: Names,
    durable: Names,
    pending: Vec<Pending>,
    files: Vec<Octets>,
    locked: BTreeSet<PathBuf>,
    failure: Option<Failure>,
    is_full: bool,
    /// Nothing is written any more: the process has ended.
    is_dead: bool,
    steps: u64,
    failed: u64,
    dice: Dice,
}

impl Disk {
    /// An empty disk, with a root directory.
    pub fn new(dice: Dice) -> Self {
        let root = (PathBuf::from("/"), Node::Directory { mode: 0o755 });
        let names: Names = [root].into();
        Self(Arc::new(Mutex::new(Platter {
            durable: names.clone(),
            names,
            pending: Vec::new(),
            files: Vec::new(),
            locked: BTreeSet::new(),
            failure: None,
            is_full: false,
            is_dead: false,
            steps: 0,
            failed: 0,
            dice,
        })))
    }

    /// Another disk with all that is on this one.
    pub fn copy(&self, dice: Dice) -> Self {
        let copy = Self::new(dice);
        let platter = self.platter();
        let mut copied = copy.platter();
        copied.names.clone_from(&platter.names);
        copied.durable.clone_from(&platter.durable);
        copied.pending.clone_from(&platter.pending);
        copied.files.clone_from(&platter.files);
        drop(copied);
        copy
    }

    /// The disk as a party sees it.
    pub fn system(&self) -> Arc<dyn FileSystem> {
        Arc::new(self.clone())
    }

    /// Has a step fail.
    pub fn arm(&self, failure: Failure) {
        self.platter().failure = Some(failure);
    }

    /// Whether the process that uses it has ended in the middle of a step.
    pub fn is_dead(&self) -> bool {
        self.platter().is_dead
    }

    /// Whether there is room.
    pub fn set_full(&self, is_full: bool) {
        self.platter().is_full = is_full;
    }

    /// Whether there is such a file, and will be without power as well.
    pub fn keeps(&self, path: &Path) -> bool {
        let platter = self.platter();
        platter.names.contains_key(path) && platter.durable.contains_key(path)
    }

    /// The names of files in a directory, also of what the loss of power would bring
    /// back, but not of what is written over with zeros.
    pub fn traces(&self, directory: &Path) -> BTreeSet<String> {
        let platter = self.platter();
        let is_wiped = |node: &Node| match node {
            Node::Directory { .. } => true,
            Node::File { inode, .. } => platter.files.get(*inode).is_none_or(|file| {
                let is_zero = file.now.iter().all(|octet| *octet == 0);
                is_zero && file.durable == file.now.len()
            }),
        };
        let all = platter.names.iter().chain(&platter.durable);
        let inside = all.filter(|(path, _)| path.parent() == Some(directory));
        inside
            .filter(|(_, node)| !is_wiped(node))
            .filter_map(|(path, _)| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect()
    }

    /// How many steps have failed so far.
    pub fn failures(&self) -> u64 {
        self.platter().failed
    }

    /// No step fails from now on.
    pub fn heal(&self) {
        let mut platter = self.platter();
        (platter.failure, platter.is_full) = (None, false);
    }

    /// The process is over; with the power also what is not durable.
    pub fn restart(&self, loses_power: bool) {
        let mut platter = self.platter();
        platter.locked.clear();
        (platter.is_dead, platter.failure) = (false, None);
        if loses_power {
            platter.lose_power();
        }
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Platter {
    /// Of each directory's changes a beginning survives, and of each file a
    /// beginning that has at least what was made durable.
    fn lose_power(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut left: BTreeMap<PathBuf, u64> = BTreeMap::new();
        for one in &pending {
            *left.entry(one.directory.clone()).or_default() += 1;
        }
        for left in left.values_mut() {
            *left = self.dice.within(0..=*left);
        }
        for Pending { directory, names } in pending {
            let Some(left) = left.get_mut(&directory).filter(|left| **left > 0) else {
                continue;
            };
            *left -= 1;
            for (path, node) in names {
                set(&mut self.durable, &path, node);
            }
        }
        self.names = self.durable.clone();
        // What is in a directory that did not survive did not either.
        let names = self.names.clone();
        self.names
            .retain(|path, _| path.parent().is_none_or(|above| names.contains_key(above)));
        self.durable = self.names.clone();
        for file in &mut self.files {
            let octets = u64::try_from(file.now.len() - file.durable).unwrap_or(0);
            let kept = usize::try_from(self.dice.within(0..=octets)).unwrap_or(0);
            file.now.truncate(file.durable + kept);
            file.durable = file.now.len();
        }
    }

    /// Takes one step, or has it fail.
    fn step(&mut self, needs_room: bool) -> io::Result<Option<Failing>> {
        if self.is_dead {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.steps += 1;
        if needs_room && self.is_full {
            self.failed += 1;
            return Ok(Some(Failing::Torn));
        }
        let Some(failure) = &mut self.failure else {
            return Ok(None);
        };
        if failure.after > 0 {
            failure.after -= 1;
            return Ok(None);
        }
        let Failure { how, is_end, .. } = *failure;
        (self.failure, self.is_dead) = (None, is_end);
        self.failed += 1;
        Ok(Some(how))
    }

    /// Changes a name, and others with it.
    fn change(&mut self, names: &[(&Path, Option<Node>)]) {
        for (path, node) in names {
            set(&mut self.names, path, *node);
        }
        if let Some((path, _)) = names.last() {
            let names = names.iter().map(|(path, node)| (path.to_path_buf(), *node));
            self.pending.push(Pending {
                directory: directory_of(path).to_owned(),
                names: names.collect(),
            });
        }
    }

    /// Makes each of these changes, unless that step fails before anything happened.
    fn change_all(&mut self, changes: &[&[(&Path, Option<Node>)]]) -> io::Result<()> {
        let failing = self.step(false)?;
        if matches!(failing, None | Some(Failing::Persisted)) {
            for names in changes {
                self.change(names);
            }
        }
        failed(failing)
    }

    fn expect_directory(&self, path: &Path) -> io::Result<()> {
        match self.names.get(path) {
            Some(Node::Directory { .. }) => Ok(()),
            Some(Node::File { .. }) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn set(names: &mut Names, path: &Path, node: Option<Node>) {
    match node {
        Some(node) => names.insert(path.to_owned(), node),
        None => names.remove(path),
    };
}

fn failed(failing: Option<Failing>) -> io::Result<()> {
    match failing {
        None => Ok(()),
        Some(_) => Err(io::ErrorKind::StorageFull.into()),
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}
