//! The options of `diff` and `replay`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Options of `diff`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity diff yesterday.zone today.zone\n  \
    comity diff old.zone new.zone --json | jq -r 'select(.change == \"ds-withdrawn\") | .name'\n  \
    comity diff old.zone new.zone --json | wc -l\n\n\
    Of each change it says what becomes of the delegation and which names depend on it. With \
    --json each change is one line: serial, name, change, old, new, dependents. What is derived \
    by whoever signs (RRSIG, NSEC, ZONEMD) is left out; the keys at the apex are not.\n\n\
    Exit code 0: both were read, whether they differ or not; 1: a file cannot be read; 3: one is \
    not a zone (the file and the line are named), or they are not versions of one zone. \
    What each change means: docs/diff.md.")]
pub(crate) struct DiffArgs {
    /// The zone file of the version before.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The zone file of the version after.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
}

/// Options of `replay`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity replay /var/lib/root-history\n  \
    comity replay /var/lib/root-history --json | jq -r .change | sort | uniq -c\n\n\
    Each file in the folder is a version of the zone, whatever its name; those whose names begin \
    with a dot, and folders, are passed over. Versions are taken in the order of their serials \
    (RFC 1982), those of one serial in the order of the files' names. What is printed of each \
    but the first is as by `comity diff`, and so are the exit codes.")]
pub(crate) struct ReplayArgs {
    /// The folder of zone files.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
