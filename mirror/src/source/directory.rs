//! A ledger in a directory of this machine.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FetchError, Source, is_below_root};
use crate::files::{self, EntryKind, FileSystem, Local};

/// A directory that has a ledger's files.
#[derive(Clone, Debug)]
pub struct Directory {
    system: Arc<dyn FileSystem>,
    root: PathBuf,
}

impl Directory {
    /// The directory at `root`, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::on(Arc::new(Local), root)
    }

    /// As [`Directory::new`], on any file system.
    pub fn on(system: Arc<dyn FileSystem>, root: impl Into<PathBuf>) -> Self {
        Self {
            system,
            root: root.into(),
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file of this machine at `path`, to be read piece by piece, and its
    /// octets.
    ///
    /// # Errors
    /// Where there is none, or it cannot be opened.
    pub fn open(&self, path: &str) -> Result<(File, u64), FetchError> {
        let file = self.file(path)?;
        let open = |path: &Path| {
            let file = File::open(path)?;
            let octets = file.metadata()?.len();
            Ok((file, octets))
        };
        open(&file).map_err(|error| failed(file.display().to_string(), &error))
    }

    /// Where a file is that can be opened.
    fn file(&self, path: &str) -> Result<PathBuf, FetchError> {
        if !is_below_root(path) {
            return Err(FetchError::BadPath {
                at: path.to_owned(),
            });
        }
        let file = self.root.join(path);
        let at = || file.display().to_string();
        let entry = self.system.entry(&file);
        // Opening a pipe would wait for its writer.
        match entry.map_err(|error| failed(at(), &error))? {
            Some(entry) if entry.kind == EntryKind::File => Ok(file),
            Some(_) | None => Err(FetchError::Missing { at: at() }),
        }
    }
}

impl Source for Directory {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let file = self.file(path)?;
        let at = || file.display().to_string();
        let octets = u64::try_from(octets_max).unwrap_or(u64::MAX);
        match files::read_bounded(&*self.system, &file, octets) {
            Ok(Some(octets)) => Ok(octets),
            Ok(None) => Err(FetchError::Missing { at: at() }),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(FetchError::TooLarge {
                    at: at(),
                    octets_max,
                })
            }
            Err(error) => Err(failed(at(), &error)),
        }
    }

    fn describe(&self) -> String {
        self.root.display().to_string()
    }
}

fn failed(at: String, error: &io::Error) -> FetchError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FetchError::Missing { at },
        kind => FetchError::Disk { at, kind },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn reads_whole_files_within_the_bound() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("tile/0")).unwrap();
        fs::write(dir.path().join("tile/0/000"), b"12345").unwrap();
        let source = Directory::new(dir.path());
        let at = |path: &str| dir.path().join(path).display().to_string();
        let table = [
            ("tile/0/000", 5, Ok(b"12345".to_vec())),
            ("tile/0/000", 6, Ok(b"12345".to_vec())),
            (
                "tile/0/000",
                4,
                Err(FetchError::TooLarge {
                    at: at("tile/0/000"),
                    octets_max: 4,
                }),
            ),
            (
                "tile/0/001",
                5,
                Err(FetchError::Missing {
                    at: at("tile/0/001"),
                }),
            ),
            ("tile/0", 5, Err(FetchError::Missing { at: at("tile/0") })),
            (
                "tile/0/000/1",
                5,
                Err(FetchError::Missing {
                    at: at("tile/0/000/1"),
                }),
            ),
            (
                "../checkpoint",
                5,
                Err(FetchError::BadPath {
                    at: "../checkpoint".into(),
                }),
            ),
        ];
        for (path, octets_max, answer) in table {
            assert_eq!(source.fetch(path, octets_max), answer, "{path}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_missing() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("loop", dir.path().join("loop")).unwrap();
        let error = Directory::new(dir.path()).fetch("loop", 9).unwrap_err();
        assert!(matches!(error, FetchError::Disk { .. }), "{error}");
    }
}
