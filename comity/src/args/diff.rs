//! The options of `diff` and `replay`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::ReachingArgs;

/// Options of `diff`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity diff yesterday.zone today.zone\n  \
    comity diff old.zone new.zone --json | jq -r 'select(.change == \"ds-withdrawn\") | .name'\n  \
    comity diff old.zone new.zone --judge --resolver 192.0.2.53 --resolver 198.51.100.53\n\n\
    Of each change it says what becomes of the delegation and which names depend on it. With \
    --json each change is one line: serial, name, change, old, new, dependents. What is derived \
    by whoever signs (RRSIG, NSEC, ZONEMD) is left out; the keys at the apex are not.\n\n\
    With --judge the old and the new name servers and all resolvers are asked about what changed, \
    and each line has two fields more, verdict (passed, alarmed, held) and reasons.\n\n\
    Exit code 0: both were read, whether they differ or not; 1: a file cannot be read; 3: one is \
    not a zone (the file and the line are named), they are not versions of one zone, or a change \
    is held. What each change means: docs/diff.md; how it is judged: docs/guard.md.")]
pub(crate) struct DiffArgs {
    /// The zone file of the version before.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The zone file of the version after.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Judge each change by what its name's servers say now.
    #[arg(long)]
    pub judge: bool,
    #[command(flatten)]
    pub reaching: ReachingArgs,
}

/// Options of `replay`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity replay /var/lib/root-history\n  \
    comity replay /var/lib/root-history --json | jq -r .change | sort | uniq -c\n\n\
    Each file in the folder is a version of the zone, whatever its name; those whose names begin \
    with a dot, and folders, are passed over. Versions are taken in the order of their serials \
    (RFC 1982), those of one serial in the order of the files' names. What is printed of each \
    but the first is as by `comity diff`, with the verdict on each change by the difference \
    alone, since nobody can be asked about the past. Exit codes are those of `comity diff`; a \
    change that would have been held is no failure.")]
pub(crate) struct ReplayArgs {
    /// The folder of zone files.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
