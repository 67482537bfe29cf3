//! Files that a party keeps for itself: written whole or not at all, private
//! to its user, and read with a bound.

mod system;
#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tracing::warn;

pub use system::{Entry, EntryKind, FileSystem, Local, Lock, NewFile};

/// A file of a party could not be read or written.
#[derive(Debug)]
pub struct FileError {
    /// Which file.
    pub path: PathBuf,
    /// What was tried.
    pub action: &'static str,
    /// How it failed.
    pub error: io::Error,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "cannot {} {}: {}{}",
            self.action,
            self.path.display(),
            self.error,
            advice(self.error.kind())
        )
    }
}

impl std::error::Error for FileError {}

/// What to do about a disk that does not do what it is asked, as the end of a
/// sentence.
pub fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room there",
        io::ErrorKind::ReadOnlyFilesystem => "; look after the disk, and mount it for writing",
        io::ErrorKind::PermissionDenied => "; give the user that runs this leave",
        _ => "",
    }
}

/// Takes a directory for as long as the lock lives; none where another process has it.
///
/// # Errors
/// Where it cannot be known.
pub fn lock(system: &dyn FileSystem, directory: &Path) -> Result<Option<Box<dyn Lock>>, FileError> {
    system.lock(directory).map_err(|error| FileError {
        path: directory.into(),
        action: "use",
        error,
    })
}

/// Makes a directory, and those that are missing above it, for its user alone.
///
/// # Errors
/// Where that fails; not where it is there.
pub fn create_private_directory(path: &Path) -> Result<(), FileError> {
    create_private_directory_on(&Local, path)
}

/// As [`create_private_directory`], on any file system.
///
/// # Errors
/// As there.
pub fn create_private_directory_on(system: &dyn FileSystem, path: &Path) -> Result<(), FileError> {
    make_directories(system, path, 0o700).map_err(|error| FileError {
        path: path.into(),
        action: "make directory",
        error,
    })
}

/// Makes a directory, and those that are missing above it, each durable in
/// the one above before anything is made in it. That one is there does not
/// say that it is durable: whoever made it may have ended before.
///
/// # Errors
/// Where that fails; making it again is safe.
pub fn make_directories(system: &dyn FileSystem, path: &Path, mode: u32) -> io::Result<()> {
    let above = directory_of(path);
    if !is_directory(system, above) {
        make_directories(system, above, mode)?;
    }
    // Crash: empty directories, which say nothing.
    system.make_directory(path, mode)?;
    system.sync_directory(above)
}

fn is_directory(system: &dyn FileSystem, path: &Path) -> bool {
    let entry = system.entry(path).ok().flatten();
    entry.is_some_and(|entry| entry.kind == EntryKind::Directory)
}

/// Whether anything is at a path, as far as that can be told.
pub fn is_there(system: &dyn FileSystem, path: &Path) -> bool {
    matches!(system.entry(path), Ok(Some(_)))
}

/// Writes a file for its user alone, over an older one of this name.
///
/// # Errors
/// Where that fails; the file is then the older one or the new one, whole.
pub fn write_private(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    write_private_on(&Local, path, octets)
}

/// As [`write_private`], on any file system.
///
/// # Errors
/// As there.
pub fn write_private_on(
    system: &dyn FileSystem,
    path: &Path,
    octets: &[u8],
) -> Result<(), FileError> {
    write_with_mode(system, path, 0o600, octets)
}

/// As [`write_private`], for everybody to read.
///
/// # Errors
/// As there.
pub fn write_public(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    write_public_on(&Local, path, octets)
}

/// As [`write_public`], on any file system.
///
/// # Errors
/// As there.
pub fn write_public_on(
    system: &dyn FileSystem,
    path: &Path,
    octets: &[u8],
) -> Result<(), FileError> {
    write_with_mode(system, path, 0o644, octets)
}

fn write_with_mode(
    system: &dyn FileSystem,
    path: &Path,
    mode: u32,
    octets: &[u8],
) -> Result<(), FileError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = Path::new(&temporary);
    let place = Place {
        temporary,
        path,
        mode,
    };
    replace(system, &place, octets).map_err(|error| FileError {
        path: path.into(),
        action: "write",
        error,
    })
}

/// Where a file is written, and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Where it is until it is whole.
    pub temporary: &'a Path,
    /// Where it goes then.
    pub path: &'a Path,
    /// Its permissions.
    pub mode: u32,
}

/// Writes a file whole or not at all. On return it survives the loss of power.
///
/// # Errors
/// Where a step fails; the file is then the older one or the new one, whole.
pub fn replace(system: &dyn FileSystem, place: &Place<'_>, octets: &[u8]) -> io::Result<()> {
    write_aside(system, place.temporary, place.mode, octets)?;
    // Crash: the older file or the new one, each whole (POSIX rename).
    system.rename(place.temporary, place.path)?;
    // Only now would the name survive the loss of power.
    system.sync_directory(directory_of(place.path))
}

/// Writes a file that nobody looks for by this name. On return its octets
/// survive the loss of power, though its name may not.
///
/// # Errors
/// Where a step fails. Crash: a torn file, which the next write takes over.
pub fn write_aside(
    system: &dyn FileSystem,
    path: &Path,
    mode: u32,
    octets: &[u8],
) -> io::Result<()> {
    let mut file = system.create(path, mode)?;
    file.write(octets)?;
    // The octets are durable before any name leads to them.
    file.sync()
}

/// The directory that a file or directory is in.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        Some(_) | None => Path::new("."),
    }
}

/// Reads a file of at most `octets_max` octets; none where there is no file.
///
/// # Errors
/// Where it cannot be read or is larger.
pub fn read(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, FileError> {
    read_on(&Local, path, octets_max)
}

/// As [`read`], on any file system.
///
/// # Errors
/// As there.
pub fn read_on(
    system: &dyn FileSystem,
    path: &Path,
    octets_max: u64,
) -> Result<Option<Vec<u8>>, FileError> {
    read_bounded(system, path, octets_max).map_err(|error| FileError {
        path: path.into(),
        action: "read",
        error,
    })
}

/// As [`read`], into memory that is there from the beginning, so that no copy
/// stays behind where it was too small.
fn read_at_once(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, FileError> {
    let room = usize::try_from(octets_max).unwrap_or(0) + SPARE_OCTETS;
    read_into(&Local, path, octets_max, Vec::with_capacity(room)).map_err(|error| FileError {
        path: path.into(),
        action: "read",
        error,
    })
}

/// With less room than this, the standard library reads by way of the stack.
const SPARE_OCTETS: usize = 64;

/// As [`read_on`], with the system's own words.
pub(crate) fn read_bounded(
    system: &dyn FileSystem,
    path: &Path,
    octets_max: u64,
) -> io::Result<Option<Vec<u8>>> {
    read_into(system, path, octets_max, Vec::new())
}

fn read_into(
    system: &dyn FileSystem,
    path: &Path,
    octets_max: u64,
    mut octets: Vec<u8>,
) -> io::Result<Option<Vec<u8>>> {
    let file = match system.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.take(octets_max.saturating_add(1))
        .read_to_end(&mut octets)?;
    if octets.len() as u64 > octets_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(octets))
}

/// As [`read`], where the file must be there.
///
/// # Errors
/// Also where there is no file.
pub fn read_required(path: &Path, octets_max: u64) -> Result<Vec<u8>, FileError> {
    required(path, read(path, octets_max))
}

/// As [`read_required`], on any file system.
///
/// # Errors
/// As there.
pub fn read_required_on(
    system: &dyn FileSystem,
    path: &Path,
    octets_max: u64,
) -> Result<Vec<u8>, FileError> {
    required(path, read_on(system, path, octets_max))
}

/// What was read, where it must have been there.
///
/// # Errors
/// Also where there is no file.
pub fn required(
    path: &Path,
    read: Result<Option<Vec<u8>>, FileError>,
) -> Result<Vec<u8>, FileError> {
    read?.ok_or_else(|| FileError {
        path: path.into(),
        action: "read",
        error: io::ErrorKind::NotFound.into(),
    })
}

/// As [`read`], of a sealed key, which nobody but its user may read: like
/// ssh(1) with its keys, since whoever has the file can try passphrases.
///
/// # Errors
/// Also where others may read or write it.
pub fn read_secret(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, FileError> {
    read_secret_on(&Local, path, octets_max)
}

/// As [`read_secret`], on any file system.
///
/// # Errors
/// As there.
pub fn read_secret_on(
    system: &dyn FileSystem,
    path: &Path,
    octets_max: u64,
) -> Result<Option<Vec<u8>>, FileError> {
    let octets = read_on(system, path, octets_max)?;
    match others_may(system, path) {
        Some(mode) if octets.is_some() => Err(FileError {
            path: path.into(),
            action: "use",
            error: io::Error::other(format!(
                "its mode is {mode:04o}, and nobody but its user may have a sealed key; \
                 `chmod 600 {}` ends that",
                path.display()
            )),
        }),
        Some(_) | None => Ok(octets),
    }
}

/// The mode of a file that is not for its user alone.
fn others_may(system: &dyn FileSystem, path: &Path) -> Option<u32> {
    let mode = system.entry(path).ok()??.mode;
    (mode & 0o077 != 0).then_some(mode)
}

/// A text as it stands in a configuration file that we write.
pub fn toml_string(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The environment variable that names a file with the passphrase.
pub const PASSPHRASE_VARIABLE: &str = "COMITY_PASSPHRASE_FILE";
/// Octets of a passphrase.
const PASSPHRASE_OCTETS_MAX: u64 = 4096;

/// The passphrase that seals a party's keys, from the first place that has
/// one: the file that the caller names, the one that [`PASSPHRASE_VARIABLE`]
/// names, or systemd's credential `comity-passphrase`. One final newline is
/// not part of it. None where nothing names one.
///
/// # Errors
/// Where the file that is named cannot be read.
pub fn passphrase_octets(file: Option<&Path>) -> Result<Option<Vec<u8>>, FileError> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let credential = || variable("CREDENTIALS_DIRECTORY").map(|d| d.join("comity-passphrase"));
    let named = file
        .map(Path::to_path_buf)
        .or_else(|| variable(PASSPHRASE_VARIABLE));
    // systemd's own files are for the service alone, whatever their mode says.
    if let Some(path) = &named
        && let Some(mode) = others_may(&Local, path)
    {
        let path = path.display();
        warn!("others may read the passphrase: `chmod 600 {path}` (its mode is {mode:04o})");
    }
    let Some(path) = named.or_else(|| credential().filter(|path| path.exists())) else {
        return Ok(None);
    };
    let mut octets = required(&path, read_at_once(&path, PASSPHRASE_OCTETS_MAX))?;
    if octets.last() == Some(&b'\n') {
        octets.pop();
    }
    Ok(Some(octets))
}
