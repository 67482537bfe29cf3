//! The memory of another process, as root reads it (proc(5)).

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// Everything that a process has written into its memory: all writable
/// mappings, each with its line of `maps`.
pub(crate) fn written(process: u32) -> Vec<(String, Vec<u8>)> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let writable = maps.lines().filter(|line| line.contains(" rw"));
    writable
        .map(|line| {
            let range = line.split(' ').next().unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
            let mut octets = vec![0; usize::try_from(to - from).unwrap()];
            // A mapping may go while it is read, and is then no place to hide.
            let read = memory.read_at(&mut octets, from).unwrap_or(0);
            octets.truncate(read);
            (line.to_string(), octets)
        })
        .collect()
}
