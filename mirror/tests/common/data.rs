//! Real zones for tests, and what is said where there are none.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of real zones; says that the test is skipped where there is none.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("COMITY_DATA").map(PathBuf::from);
    if folder.is_none() {
        skip("COMITY_DATA names no data");
    }
    folder
}

/// Says that a test is skipped, which fails where nothing may be.
#[expect(clippy::print_stdout, reason = "`check` reads it")]
pub(crate) fn skip(reason: &str) {
    let may_not = std::env::var_os("COMITY_REQUIRE").is_some_and(|value| value == "1");
    assert!(!may_not, "{reason}, and COMITY_REQUIRE is set");
    println!("skipped: {reason}");
}

/// Unpacks files of an archive into `folder`; all where no name is given.
pub(crate) fn unpack(archive: &Path, names: &[&str], folder: &Path) {
    let mut tar = Command::new("tar");
    tar.args(["--zstd", "-xf"])
        .arg(archive)
        .arg("-C")
        .arg(folder);
    let status = tar.args(names).status().unwrap();
    assert!(status.success(), "tar {}", archive.display());
}

/// The archive of the root's versions.
pub(crate) fn history(zones: &Path) -> PathBuf {
    zones.join("root-history/2023-11_2025-12.tar.zst")
}

/// The newest version of the root, unpacked into `folder`.
pub(crate) fn newest_root(zones: &Path, folder: &Path) -> PathBuf {
    unpack(&history(zones), &["./2025123001.zone"], folder);
    folder.join("2025123001.zone")
}
