//! Files that a party keeps for itself: written whole or not at all, private
//! to its user, and read with a bound.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tracing::warn;

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
            "cannot {} {}: {}",
            self.action,
            self.path.display(),
            self.error
        )
    }
}

impl std::error::Error for FileError {}

/// Makes a directory, and those above it, for its user alone.
///
/// # Errors
/// Where that fails; not where it is there.
pub fn create_private_directory(path: &Path) -> Result<(), FileError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| FileError {
            path: path.into(),
            action: "make directory",
            error,
        })
}

/// Writes a file for its user alone, over an older one of this name.
///
/// # Errors
/// Where that fails; an older file may then still be there, never half of a
/// new one.
pub fn write_private(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    replace(path, octets, 0o600).map_err(|error| FileError {
        path: path.into(),
        action: "write",
        error,
    })
}

/// As [`write_private`], for everybody to read.
///
/// # Errors
/// As [`write_private`].
pub fn write_public(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    replace(path, octets, 0o644).map_err(|error| FileError {
        path: path.into(),
        action: "write",
        error,
    })
}

fn replace(path: &Path, octets: &[u8], mode: u32) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&temporary)?;
    // Until the rename a crash leaves the older file, and a stray `.new` that
    // the next write takes over.
    // Also where a stray file was there with another mode.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    // Before this line a crash may leave either file, each of them whole.
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => File::open(directory)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

/// Reads a file of at most `octets_max` octets; none where there is no file.
///
/// # Errors
/// Where it cannot be read or is larger.
pub fn read(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, FileError> {
    read_bounded(path, octets_max).map_err(|error| FileError {
        path: path.into(),
        action: "read",
        error,
    })
}

/// As [`read`], into memory that is there from the beginning, so that no copy
/// stays behind where it was too small.
fn read_at_once(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, FileError> {
    let room = usize::try_from(octets_max).unwrap_or(0) + SPARE_OCTETS;
    read_into(path, octets_max, Vec::with_capacity(room)).map_err(|error| FileError {
        path: path.into(),
        action: "read",
        error,
    })
}

/// With less room than this, the standard library reads by way of the stack.
const SPARE_OCTETS: usize = 64;

/// As [`read`], with the system's own words.
pub(crate) fn read_bounded(path: &Path, octets_max: u64) -> io::Result<Option<Vec<u8>>> {
    read_into(path, octets_max, Vec::new())
}

fn read_into(path: &Path, octets_max: u64, mut octets: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
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
    let octets = read(path, octets_max)?;
    match others_may(path) {
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
fn others_may(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
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
        && let Some(mode) = others_may(path)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_a_party_keeps_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("a/b");
        create_private_directory(&home).unwrap();
        let (secret, shown) = (home.join("secret"), home.join("shown"));
        write_private(&secret, b"1").unwrap();
        write_public(&shown, b"1").unwrap();
        assert_eq!(
            (mode(&home), mode(&secret), mode(&shown)),
            (0o700, 0o600, 0o644)
        );
        // Also where an older file of this name was open to all.
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&secret, b"2").unwrap();
        assert_eq!(mode(&secret), 0o600);
    }

    #[test]
    fn a_write_that_fails_leaves_the_older_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write_private(&path, b"old").unwrap();
        // The new octets cannot be written: their place is a directory.
        fs::create_dir(directory.path().join("file.new")).unwrap();
        assert!(write_private(&path, b"new").is_err());
        assert_eq!(read_required(&path, 10).unwrap(), b"old");
        fs::remove_dir(directory.path().join("file.new")).unwrap();
        write_private(&path, b"new").unwrap();
        assert_eq!(read_required(&path, 10).unwrap(), b"new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_read_is_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert!(read(&path, 10).unwrap().is_none());
        assert!(read_required(&path, 10).is_err());
        write_private(&path, b"12345").unwrap();
        assert!(read(&path, 4).is_err());
        assert_eq!(read(&path, 5).unwrap().unwrap(), b"12345");
    }

    #[test]
    fn a_sealed_key_is_for_its_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sealed");
        assert!(read_secret(&path, 10).unwrap().is_none());
        write_private(&path, b"12345").unwrap();
        assert_eq!(read_secret(&path, 10).unwrap().unwrap(), b"12345");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read_secret(&path, 10).is_ok());
        for open in [0o640, 0o604, 0o620, 0o601, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let refused = read_secret(&path, 10).unwrap_err().to_string();
            let what_to_do = format!("chmod 600 {}", path.display());
            assert!(refused.contains(&what_to_do), "{open:o}: {refused}");
        }
    }

    #[test]
    fn any_text_can_stand_in_a_configuration() {
        for text in [
            "",
            "a b",
            "\"'\\",
            "\u{0}\u{1f}\u{7f}",
            "a\nb",
            "\u{200b}é\u{301}",
        ] {
            let file = format!("key = {}\n", toml_string(text));
            let read: toml::Table = toml::from_str(&file).unwrap();
            assert_eq!(read["key"].as_str(), Some(text), "{file}");
        }
    }

    #[test]
    fn one_final_newline_is_not_part_of_a_passphrase() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passphrase");
        write_private(&path, b" a b\n\n").unwrap();
        assert_eq!(passphrase_octets(Some(&path)).unwrap().unwrap(), b" a b\n");
    }
}
