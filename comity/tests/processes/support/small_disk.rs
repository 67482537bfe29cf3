//! A disk that is small enough to be filled: a file system in memory, mounted
//! in a namespace of a process of its own (user_namespaces(7)), and reached
//! through that process. It goes with the process, and needs no privilege
//! where the system lets everybody have namespaces.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use super::files::copy;
use super::judge::{programs, skip};
use super::process::Process;
use super::workshop::Workshop;
use super::{PATIENCE, look};

/// Mounts, says so by a file, and keeps the namespace.
const KEEP: &str = "mount -t tmpfs -o size=2m none \"$1\" && : > \"$1/mounted\" && exec sleep 600";

/// A disk of 2 MiB.
pub(crate) struct SmallDisk {
    _keeper: Process,
    path: PathBuf,
}

impl SmallDisk {
    /// Moves a party's directory to a small disk. None, and the test is
    /// skipped, where the system gives no leave.
    pub(crate) fn under(workshop: &Workshop, party: &str) -> Option<Self> {
        let [unshare] = programs(["unshare"])?;
        let mount = workshop.path("small");
        fs::create_dir_all(&mount).unwrap();
        let mut command = Command::new(unshare);
        command.args(["-Urm", "sh", "-c", KEEP, "sh"]).arg(&mount);
        let mut keeper = Process::start(command, &workshop.path("logs/small.log"));
        let inside = format!("/proc/{}/root{}", keeper.id(), mount.display());
        let path = PathBuf::from(inside);
        let mounted = look(PATIENCE, || {
            let is_there = path.join("mounted").exists();
            (is_there || keeper.ended().is_some()).then_some(is_there)
        });
        if mounted != Some(true) {
            skip("no file system can be mounted here");
            return None;
        }
        let home = workshop.path(party);
        copy(&home, &path);
        fs::remove_dir_all(&home).unwrap();
        symlink(&path, &home).unwrap();
        let _keeper = keeper;
        Some(Self { _keeper, path })
    }

    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let mut options = File::options();
        let options = options.create(true).append(true);
        let mut filler = options.open(self.path.join("filler")).unwrap();
        loop {
            match filler.write_all(&[0; 4096]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Makes room again.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}
