//! `comity history`: what has become of one name, over all versions in a folder.

use comity_core::explain::{Explained, Explanation};
use comity_core::zone::Name;
use comity_mirror::watch::memory::VERSIONS;

use super::changes;
use super::diff::Version;
use super::replay::{files, in_order};
use crate::args::HistoryArgs;
use crate::output::{Failure, Output};

/// Runs `comity history`.
pub(crate) fn run(args: &HistoryArgs, output: &Output) -> Result<(), Failure> {
    let kept = args.dir.join(VERSIONS);
    let folder = if kept.is_dir() { &kept } else { &args.dir };
    let paths = in_order(files(folder)?, folder)?;
    let mut last: Option<Version<'_>> = None;
    let (mut versions, mut found) = (0_usize, 0_usize);
    for path in &paths {
        let version = Version::read(path)?;
        if let Some(last) = &last {
            let mut explained = last.to(&version)?;
            explained.others.clear();
            explained.explanations.retain(|it| concerns(it, &args.name));
            found += explained.explanations.len();
            if explained != Explained::default() {
                changes::print(last, &version, &explained, None, output);
            }
        }
        versions += 1;
        last = Some(version);
    }
    if !output.json {
        let text = format!("{}: {found} changes in {versions} versions", args.name);
        output.line(&text);
    }
    Ok(())
}

/// Whether a change is of the name, or of what it depends on.
fn concerns(explanation: &Explanation, name: &Name) -> bool {
    explanation.name == *name || explanation.dependents.contains(name)
}
