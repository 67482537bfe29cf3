//! What a watcher must not forget: trust anchors, the versions that verified, when an
//! upstream was last heard of, and what was said. Each file is written whole or not
//! at all; a version is on the disk before it is served.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_core::basic::Time;
use comity_core::edition::serial;
use comity_core::guard::History;
use comity_core::limits;
use comity_core::served::ServedZone;
use comity_core::upstream::Anchors;
use comity_core::zone::{Name, Record};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::holds::Holds;
use super::seal::Sealed;
use crate::files::{self, FileError, FileSystem, Local, directory_of};
use crate::zonefile::{self, ZoneFileError};

/// The folder of versions, named by serial.
pub const VERSIONS: &str = "versions";
/// The zone as it is served, for resolvers that read files.
pub const SERVED: &str = "zone";
/// What was said, an event a line.
pub const EVENTS: &str = "events.jsonl";
/// What is in effect where that is not the newest version.
const EFFECTIVE: &str = "effective.zone";
const ANCHORS: &str = "anchors.json";
const STATE: &str = "state.json";
const HISTORY: &str = "history.json";
const STATE_OCTETS_MAX: u64 = 1024 * 1024;
const HISTORY_OCTETS_MAX: u64 = limits::GUARD_HISTORY_OCTETS_MAX as u64;

/// What is kept beside versions and anchors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The form of this file.
    pub version: u32,
    /// When an upstream last had the newest version.
    pub heard: Option<Time>,
    /// For how long it may be served after that, in seconds.
    pub expire_s: u32,
    /// What is held.
    pub holds: Holds,
    /// What was signed last.
    pub sealed: Sealed,
    /// The latest serial that was given out, whatever is served now.
    #[serde(default)]
    pub given: Option<u32>,
}

/// A watcher's folder.
#[derive(Clone, Debug)]
pub struct Memory {
    system: Arc<dyn FileSystem>,
    directory: PathBuf,
    zone: Name,
    versions_max: usize,
}

/// Why a folder could not be read or written.
#[derive(Debug)]
pub enum MemoryError {
    /// A file.
    File(FileError),
    /// A file is not of its form.
    Malformed(PathBuf),
    /// A version is not.
    ZoneFile(PathBuf, ZoneFileError),
}

impl Memory {
    /// The folder, which exists.
    pub fn at(directory: &Path, zone: &Name, versions_max: usize) -> Self {
        Self::on(Arc::new(Local), directory, zone, versions_max)
    }

    /// The same on any file system.
    pub fn on(
        system: Arc<dyn FileSystem>,
        directory: &Path,
        zone: &Name,
        versions_max: usize,
    ) -> Self {
        Self {
            system,
            directory: directory.to_owned(),
            zone: zone.clone(),
            versions_max,
        }
    }

    /// The trust anchors; none before the first version.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn anchors(&self) -> Result<Option<Anchors>, MemoryError> {
        let Some(text) = self.text(ANCHORS, STATE_OCTETS_MAX)? else {
            return Ok(None);
        };
        let malformed = || MemoryError::Malformed(self.directory.join(ANCHORS));
        let anchors = Anchors::from_json(&text).map_err(|_| malformed())?;
        match *anchors.zone() == self.zone {
            true => Ok(Some(anchors)),
            false => Err(malformed()),
        }
    }

    /// Keeps them.
    ///
    /// # Errors
    /// Where that fails; then the older ones are kept.
    pub fn keep_anchors(&self, anchors: &Anchors) -> Result<(), MemoryError> {
        self.write(ANCHORS, anchors.to_json().as_bytes())
    }

    /// What is kept beside; nothing on the first start.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn kept(&self) -> Result<Kept, MemoryError> {
        let Some(text) = self.text(STATE, STATE_OCTETS_MAX)? else {
            return Ok(Kept {
                version: 1,
                ..Kept::default()
            });
        };
        let kept = serde_json::from_str(&text)
            .ok()
            .filter(|kept: &Kept| kept.version == 1);
        kept.ok_or_else(|| MemoryError::Malformed(self.directory.join(STATE)))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// Where that fails; then what was kept before is.
    pub fn keep(&self, kept: &Kept) -> Result<(), MemoryError> {
        let text = serde_json::to_string(kept).unwrap_or_default();
        self.write(STATE, text.as_bytes())
    }

    /// What the guard remembers; nothing on the first start.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn history(&self) -> Result<History, MemoryError> {
        let Some(text) = self.text(HISTORY, HISTORY_OCTETS_MAX)? else {
            return Ok(History::default());
        };
        let malformed = |_| MemoryError::Malformed(self.directory.join(HISTORY));
        History::from_json(&text).map_err(malformed)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// Where that fails; then what was kept before is.
    pub fn keep_history(&self, history: &History) -> Result<(), MemoryError> {
        self.write(HISTORY, history.to_json().as_bytes())
    }

    /// The versions, the oldest first.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn versions(&self) -> Result<Vec<(u32, PathBuf)>, MemoryError> {
        versions_on(&*self.system, &self.directory)
    }

    /// The records of the newest version.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn newest(&self) -> Result<Option<Vec<Record>>, MemoryError> {
        match self.versions()?.pop() {
            Some((_, path)) => self.records(&path).map(Some),
            None => Ok(None),
        }
    }

    /// The records of what was in effect last, where that was not the newest version.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn effective(&self) -> Result<Option<Vec<Record>>, MemoryError> {
        let path = self.directory.join(EFFECTIVE);
        match files::is_there(&*self.system, &path) {
            true => self.records(&path).map(Some),
            false => Ok(None),
        }
    }

    /// Keeps what is in effect, where that is not the newest version.
    ///
    /// # Errors
    /// Where that fails; then what was kept before is.
    pub fn keep_effective(&self, zone: Option<&ServedZone>) -> Result<(), MemoryError> {
        if let Some(zone) = zone {
            return self.write(EFFECTIVE, &octets(zone));
        }
        let path = self.directory.join(EFFECTIVE);
        match files::is_there(&*self.system, &path) {
            true => self.remove(&path),
            false => Ok(()),
        }
    }

    /// Crash: the file is there or not.
    fn remove(&self, path: &Path) -> Result<(), MemoryError> {
        let removed = self.system.remove(path);
        let removed = removed.and_then(|()| self.system.sync_directory(directory_of(path)));
        removed.map_err(|error| {
            MemoryError::File(FileError {
                path: path.into(),
                action: "remove",
                error,
            })
        })
    }

    fn records(&self, path: &Path) -> Result<Vec<Record>, MemoryError> {
        let octets_max = limits::TRANSFER_OCTETS_MAX as u64;
        let octets = files::read_required_on(&*self.system, path, octets_max);
        let octets = octets.map_err(MemoryError::File)?;
        let read = zonefile::read_records(&*octets, Some(&self.zone));
        let read = read.map_err(|error| MemoryError::ZoneFile(path.into(), error))?;
        Ok(read.1)
    }

    /// Keeps a version, and forgets the oldest above the number to keep.
    ///
    /// # Errors
    /// Where that fails. Crash: the version is there whole or not at all; one too many
    /// may be there.
    pub fn keep_version(&self, zone: &ServedZone) -> Result<(), MemoryError> {
        let folder = self.directory.join(VERSIONS);
        files::create_private_directory_on(&*self.system, &folder).map_err(MemoryError::File)?;
        self.write(&format!("{VERSIONS}/{}.zone", zone.serial()), &octets(zone))?;
        let versions = self.versions()?;
        let too_many = versions.len().saturating_sub(self.versions_max);
        for (_, path) in versions.iter().take(too_many) {
            self.remove(path)?;
        }
        Ok(())
    }

    /// Writes what is served, for resolvers that read files.
    ///
    /// # Errors
    /// Where that fails; then what was served before is there.
    pub fn serve(&self, zone: &ServedZone) -> Result<(), MemoryError> {
        let path = self.directory.join(SERVED);
        let written = files::write_public_on(&*self.system, &path, &octets(zone));
        written.map_err(MemoryError::File)
    }

    /// Appends what was said.
    ///
    /// # Errors
    /// Where that fails. Crash: the last line may be torn; whoever reads skips it, and
    /// what is said next begins another.
    pub fn say(&self, events: &[Event]) -> Result<(), MemoryError> {
        if events.is_empty() {
            return Ok(());
        }
        let path = self.directory.join(EVENTS);
        let mut lines = match self.is_torn(&path) {
            true => String::from("\n"),
            false => String::new(),
        };
        for event in events {
            lines.push_str(&event.to_json());
            lines.push('\n');
        }
        let is_new = !files::is_there(&*self.system, &path);
        let file = self.system.append(&path, 0o600);
        let written = file.and_then(|mut file| {
            file.write(lines.as_bytes())?;
            file.sync()
        });
        let written = written.and_then(|()| match is_new {
            true => self.system.sync_directory(&self.directory),
            false => Ok(()),
        });
        written.map_err(|error| {
            let action = "write";
            MemoryError::File(FileError {
                path,
                action,
                error,
            })
        })
    }

    /// Whether the last line of a file has no end.
    fn is_torn(&self, path: &Path) -> bool {
        let Ok(mut file) = self.system.open(path) else {
            return false;
        };
        let (mut last, mut octets) = (b'\n', [0; 8192]);
        while let Ok(count @ 1..) = file.read(&mut octets) {
            last = octets.get(count - 1).copied().unwrap_or(last);
        }
        last != b'\n'
    }

    fn text(&self, file: &str, octets_max: u64) -> Result<Option<String>, MemoryError> {
        let path = self.directory.join(file);
        let octets = files::read_on(&*self.system, &path, octets_max);
        let octets = octets.map_err(MemoryError::File)?;
        let text = octets.map(String::from_utf8).transpose();
        text.map_err(|_| MemoryError::Malformed(path))
    }

    fn write(&self, file: &str, octets: &[u8]) -> Result<(), MemoryError> {
        let path = self.directory.join(file);
        files::write_private_on(&*self.system, &path, octets).map_err(MemoryError::File)
    }
}

/// The versions that a watcher keeps in its folder, the oldest first.
///
/// # Errors
/// Where the folder cannot be read.
pub fn versions(directory: &Path) -> Result<Vec<(u32, PathBuf)>, MemoryError> {
    versions_on(&Local, directory)
}

fn versions_on(
    system: &dyn FileSystem,
    directory: &Path,
) -> Result<Vec<(u32, PathBuf)>, MemoryError> {
    let folder = directory.join(VERSIONS);
    let unreadable = |error| {
        MemoryError::File(FileError {
            path: folder.clone(),
            action: "read",
            error,
        })
    };
    let entries = match system.list(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut found = std::collections::BTreeMap::new();
    for (name, _) in entries {
        let serial = name.strip_suffix(".zone");
        if let Some(serial) = serial.and_then(|serial| serial.parse::<u32>().ok()) {
            found.insert(serial, folder.join(&name));
        }
    }
    let serials = found.keys().copied().collect();
    let Some(first) = serial::first(&serials) else {
        return Ok(found.into_iter().collect());
    };
    let later = found.split_off(&first);
    Ok(later.into_iter().chain(found).collect())
}

/// A zone as a zone file.
fn octets(zone: &ServedZone) -> Vec<u8> {
    let mut octets = Vec::new();
    // Writing into memory does not fail.
    let _written = zonefile::write(zone, &mut octets);
    octets
}

impl std::fmt::Display for MemoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Malformed(path) => write!(
                f,
                "{}: not what a watcher writes; move it away to begin anew",
                path.display()
            ),
            Self::ZoneFile(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for MemoryError {}

#[cfg(test)]
mod tests;
