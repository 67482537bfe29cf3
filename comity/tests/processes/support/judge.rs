//! Other implementations' programs, which judge our zones and answers, and
//! real zones to judge.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs are. Where one is not installed the test says so and is
/// skipped, or fails if everything is required.
pub(crate) fn programs<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let found = names.map(find);
    match names.iter().zip(&found).find(|(_, path)| path.is_none()) {
        Some((name, _)) => {
            skip(&format!("there is no {name} here"));
            None
        }
        None => Some(found.map(Option::unwrap_or_default)),
    }
}

/// The folder of real zones, where there is one.
pub(crate) fn data() -> Option<PathBuf> {
    let data = env::var_os("COMITY_DATA").map(PathBuf::from);
    if data.is_none() {
        skip("COMITY_DATA names no folder of real zones");
    }
    data
}

/// Unpacks the newest of the archive's versions of the root into `directory`.
pub(crate) fn newest_root(data: &Path, directory: &Path) -> PathBuf {
    let archive = data.join("root-history/2023-11_2025-12.tar.zst");
    let archive = archive.display().to_string();
    let list = output(Command::new("tar").args(["--zstd", "-tf", &archive]));
    let list = String::from_utf8(list).unwrap();
    let zones = list.lines().filter(|name| name.ends_with(".zone"));
    let newest = zones.max().unwrap();
    let mut unpack = Command::new("tar");
    unpack.args(["--zstd", "-xf", &archive, newest]);
    output(unpack.current_dir(directory));
    directory.join(newest)
}

/// Unpacks the signed root of 2020 into `directory`.
pub(crate) fn signed_root(data: &Path, directory: &Path) -> PathBuf {
    let file = directory.join("2020.zone");
    let packed = data.join("root-signed/2020-10-19.zone.zst");
    output(
        Command::new("zstd")
            .arg("-dq")
            .arg(packed)
            .arg("-o")
            .arg(&file),
    );
    file
}

/// Whether this test may look into the processes of others, which those that
/// hold secrets allow to root alone.
pub(crate) fn root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("only root may look into a process that holds secrets");
    }
    is_root
}

/// What a program that ends well has printed.
pub(crate) fn output(command: &mut Command) -> Vec<u8> {
    let ended = command.output().unwrap();
    assert!(
        ended.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    ended.stdout
}

fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

/// Says why a test is skipped, or fails it if everything is required.
pub(crate) fn skip(reason: &str) {
    assert!(
        env::var_os("COMITY_REQUIRE").is_none_or(|value| value != "1"),
        "required: {reason}"
    );
    println!("skipped: {reason}");
}
