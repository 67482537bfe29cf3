//! The disk as a process sees it.

use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use comity_mirror::files::{Entry, EntryKind, FileSystem, Lock, NewFile, directory_of};

use super::{Disk, Failing, Node, Octets, failed, set};

impl FileSystem for Disk {
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut platter = self.platter();
        platter.expect_directory(directory_of(path))?;
        match platter.names.get(path) {
            Some(Node::Directory { .. }) => platter.step(false).and_then(failed),
            Some(Node::File { .. }) => Err(io::ErrorKind::AlreadyExists.into()),
            None => platter.change_all(&[&[(path, Some(Node::Directory { mode }))]]),
        }
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>> {
        let mut platter = self.platter();
        platter.expect_directory(directory_of(path))?;
        let inode = platter.files.len();
        platter.files.push(Octets::default());
        platter.change_all(&[&[(path, None), (path, Some(Node::File { inode, mode }))]])?;
        Ok(Box::new(Open {
            disk: self.clone(),
            inode,
            is_over: false,
        }))
    }

    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let platter = self.platter();
        match platter.names.get(path) {
            Some(Node::File { inode, .. }) => Ok(Box::new(Open {
                disk: self.clone(),
                inode: *inode,
                is_over: true,
            })),
            Some(Node::Directory { .. }) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn append(&self, path: &Path, mode: u32) -> io::Result<Box<dyn NewFile>> {
        let found = self.platter().names.get(path).copied();
        match found {
            Some(Node::File { inode, .. }) => Ok(Box::new(Open {
                disk: self.clone(),
                inode,
                is_over: false,
            })),
            Some(Node::Directory { .. }) => Err(io::ErrorKind::IsADirectory.into()),
            None => self.create(path, mode),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        let node = platter.names.get(from).copied();
        let node = node.ok_or(io::ErrorKind::NotFound)?;
        platter.expect_directory(directory_of(to))?;
        platter.change_all(&[&[(from, None), (to, Some(node))]])
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        match platter.names.get(path) {
            Some(Node::Directory { .. }) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Node::File { .. }) => platter.change_all(&[&[(path, None)]]),
            None => platter.step(false).and_then(failed),
        }
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        let failing = platter.step(false)?;
        if matches!(failing, None | Some(Failing::Persisted)) {
            let pending = std::mem::take(&mut platter.pending);
            for one in pending {
                match one.directory == path {
                    true => {
                        for (path, node) in &one.names {
                            set(&mut platter.durable, path, *node);
                        }
                    }
                    false => platter.pending.push(one),
                }
            }
        }
        failed(failing)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        let below = platter.names.keys().rev();
        let below: Vec<_> = below.filter(|it| it.starts_with(path)).cloned().collect();
        let one = |path| [(path, None)];
        let changes: Vec<_> = below.iter().map(|path| one(path.as_path())).collect();
        let changes: Vec<&[_]> = changes.iter().map(<[_; 1]>::as_slice).collect();
        platter.change_all(&changes)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let platter = self.platter();
        match platter.names.get(path) {
            Some(Node::File { inode, .. }) => {
                let octets = platter.files.get(*inode).map(|file| file.now.clone());
                Ok(Box::new(Cursor::new(octets.unwrap_or_default())))
            }
            Some(Node::Directory { .. }) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn entry(&self, path: &Path) -> io::Result<Option<Entry>> {
        Ok(self.platter().names.get(path).map(|node| match *node {
            Node::Directory { mode } => Entry {
                kind: EntryKind::Directory,
                mode,
            },
            Node::File { mode, .. } => Entry {
                kind: EntryKind::File,
                mode,
            },
        }))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, EntryKind)>> {
        let platter = self.platter();
        platter.expect_directory(path)?;
        let inside = platter.names.iter();
        let inside = inside.filter(|(it, _)| it.parent() == Some(path));
        let named = inside.filter_map(|(it, node)| {
            let kind = match node {
                Node::Directory { .. } => EntryKind::Directory,
                Node::File { .. } => EntryKind::File,
            };
            Some((it.file_name()?.to_string_lossy().into_owned(), kind))
        });
        Ok(named.collect())
    }

    fn lock(&self, directory: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let mut platter = self.platter();
        platter.expect_directory(directory)?;
        if !platter.locked.insert(directory.to_owned()) {
            return Ok(None);
        }
        Ok(Some(Box::new(Locked {
            disk: self.clone(),
            directory: directory.to_owned(),
        })))
    }
}

/// A file that is being written.
#[derive(Debug)]
struct Open {
    disk: Disk,
    inode: usize,
    /// Whether the next octets are written over those that are there.
    is_over: bool,
}

impl NewFile for Open {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut platter = self.disk.platter();
        let failing = platter.step(true)?;
        let written = match failing {
            None | Some(Failing::Persisted) => octets.len(),
            Some(Failing::Torn) => octets.len() / 2,
            Some(Failing::Lost) => 0,
        };
        if let Some(file) = platter.files.get_mut(self.inode) {
            // None of it is durable: half of the old is as bad as half of the new.
            if std::mem::take(&mut self.is_over) && written > 0 {
                *file = Octets::default();
            }
            file.now.extend(octets.iter().take(written));
        }
        failed(failing)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut platter = self.disk.platter();
        let failing = platter.step(false)?;
        if let Some(file) = platter.files.get_mut(self.inode)
            && matches!(failing, None | Some(Failing::Persisted))
        {
            file.durable = file.now.len();
        }
        failed(failing)
    }
}

/// A directory that is taken.
#[derive(Debug)]
struct Locked {
    disk: Disk,
    directory: PathBuf,
}

impl Lock for Locked {}

impl Drop for Locked {
    fn drop(&mut self) {
        self.disk.platter().locked.remove(&self.directory);
    }
}
