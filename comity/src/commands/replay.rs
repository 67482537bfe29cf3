//! `comity replay`: what has changed from version to version of a zone, for a
//! folder of zone files, and what the guard says of it by the difference alone.
//! Two versions are in memory at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use comity_core::edition::serial;
use comity_core::explain::Explained;
use comity_core::zone::Name;
use comity_mirror::zonefile;
use indicatif::{ProgressBar, ProgressStyle};

use super::changes;
use super::diff::Version;
use super::judging::{Past, Totals};
use super::zone_failure;
use crate::args::ReplayArgs;
use crate::output::{Failure, Output};

/// Runs `comity replay`.
pub(crate) fn run(args: &ReplayArgs, output: &Output) -> Result<(), Failure> {
    let paths = in_order(files(&args.folder)?, &args.folder)?;
    let bar = progress_bar(paths.len());
    let mut totals = Totals::default();
    let mut past = Past::default();
    let mut last: Option<Version<'_>> = None;
    for path in &paths {
        let version = Version::read(path)?;
        if let Some(last) = &last {
            let explained = last.to(&version)?;
            let judgements = past.judge(last, &version, &explained);
            totals.add(&explained, &judgements);
            // Of a version that changes nothing people need no heading.
            if explained != Explained::default() {
                bar.suspend(|| {
                    changes::print(last, &version, &explained, Some(&judgements), output);
                    if !output.json {
                        output.line("");
                    }
                });
            }
        }
        bar.inc(1);
        last = Some(version);
    }
    bar.finish_and_clear();
    if !output.json {
        output.line(&totals.text(paths.len()));
    }
    Ok(())
}

/// The files in a folder, by their names.
pub(super) fn files(folder: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let failure = |error| Failure::World(format!("{}: {error}", folder.display()));
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !is_hidden && entry.path().is_file() {
            files.insert(entry.path());
        }
    }
    match files.is_empty() {
        true => Err(Failure::World(format!("{}: no files", folder.display()))),
        false => Ok(files),
    }
}

/// Files in the order of the serials in them, and of their names where those are
/// the same.
pub(super) fn in_order(files: BTreeSet<PathBuf>, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut zone: Option<Name> = None;
    let mut by_serial: BTreeMap<u32, Vec<PathBuf>> = BTreeMap::new();
    for path in files {
        let read = zonefile::read_serial(&path, None);
        let (origin, serial) = read.map_err(|error| zone_failure(&path, &error))?;
        if let Some(zone) = zone.as_ref().filter(|zone| **zone != origin) {
            let text = format!("{}: zone {origin} among files of {zone}", path.display());
            return Err(Failure::rule("other-zone", text));
        }
        zone = Some(origin);
        by_serial.entry(serial).or_default().push(path);
    }
    let serials: BTreeSet<u32> = by_serial.keys().copied().collect();
    let Some(first) = serial::first(&serials) else {
        let text = "its serials have no order: none is before all others (RFC 1982)";
        return Err(Failure::rule(
            "serials",
            format!("{}: {text}", folder.display()),
        ));
    };
    let from_first = by_serial.split_off(&first);
    Ok(from_first
        .into_values()
        .chain(by_serial.into_values())
        .flatten()
        .collect())
}

/// Shown where standard error is a terminal, hidden elsewhere.
fn progress_bar(versions: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {eta}");
    let bar = ProgressBar::new(versions.try_into().unwrap_or(u64::MAX));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.with_message("explaining versions")
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
