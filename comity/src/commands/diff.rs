//! `comity diff`: what has changed between two versions of any zone, and with
//! `--judge` what is to be thought of it.

use std::path::Path;

use comity_core::explain::{Explained, explain};
use comity_core::guard::Verdict;
use comity_mirror::zonefile::{self, PublishedZone};

use super::check_delegation::reaching;
use super::{changes, judging, zone_failure};
use crate::args::DiffArgs;
use crate::output::{Failure, Output};

/// Runs `comity diff`.
pub(crate) fn run(args: &DiffArgs, output: &Output) -> Result<(), Failure> {
    let old = Version::read(&args.old)?;
    let new = Version::read(&args.new)?;
    let explained = old.to(&new)?;
    if !args.judge {
        changes::print(&old, &new, &explained, None, output);
        return Ok(());
    }
    let judgements = judging::live(&old, &new, &explained, reaching(&args.reaching))?;
    changes::print(&old, &new, &explained, Some(&judgements), output);
    match judgements.iter().any(|it| it.verdict == Verdict::Held) {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

/// A version of a zone, and where it comes from.
pub(super) struct Version<'a> {
    path: &'a Path,
    pub(super) published: PublishedZone,
}

impl<'a> Version<'a> {
    pub(super) fn read(path: &'a Path) -> Result<Self, Failure> {
        let published = zonefile::read_published(path, None);
        Ok(Self {
            path,
            published: published.map_err(|error| zone_failure(path, &error))?,
        })
    }

    /// What has changed from this version to another.
    pub(super) fn to(&self, new: &Self) -> Result<Explained, Failure> {
        explain(self.published.version(), new.published.version()).map_err(|error| {
            let files = format!("{} and {}", self.path.display(), new.path.display());
            Failure::rule("other-zone", format!("{files}: {error}"))
        })
    }
}
