//! The command line: every command, option and example.
//!
//! | module | whose options it has |
//! | --- | --- |
//! | `acts` | `propose`, `findings`, `consent`, `vote`, `declare`, `sign`, `submit` |
//! | `ceremony` | `ceremony` |
//! | `check` | `check-delegation` |
//! | `diff` | `diff`, `replay` |
//! | `doctor` | `doctor` |
//! | `dropbox` | `box`, and where acts are put |
//! | `exposure` | `exposure` |
//! | `holder` | `holder` |
//! | `key` | `key` |
//! | `member` | `member` |
//! | `watch` | `watch`, `history` |

mod acts;
mod ceremony;
mod check;
mod claim;
mod diff;
mod doctor;
mod dropbox;
mod exposure;
mod holder;
mod key;
mod member;
#[cfg(test)]
mod tests;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use comity_core::basic::Digest;
use comity_core::charter::DropBox;
use comity_core::zone::Name;

pub(crate) use acts::{
    ActorArgs, ConsentArgs, DeclareArgs, FindingsArgs, ProposeArgs, SignArgs, SubmitArgs, VoteArgs,
    VoteChoice,
};
pub(crate) use ceremony::{CeremonyCommand, ConvokeArgs};
pub(crate) use check::{AskingArgs, CheckDelegationArgs, ReachingArgs};
pub(crate) use claim::ClaimArgs;
pub(crate) use diff::{DiffArgs, ReplayArgs};
pub(crate) use doctor::DoctorArgs;
pub(crate) use dropbox::{BoxCommand, FilingArgs};
pub(crate) use exposure::{CsvTable, ExposureArgs};
pub(crate) use holder::{HolderActorArgs, HolderCommand};
pub(crate) use key::{KeyCommand, RollArgs};
pub(crate) use member::MemberCommand;
pub(crate) use watch::{HistoryArgs, ResolverChoice, WatchCommand, WatchInitArgs};

/// DNS zones that belong to all of their members.
#[derive(Parser, Debug)]
#[command(
    name = "comity",
    version,
    about,
    after_help = "Exit codes: 0 done, 1 a file or the network failed, 2 the command line is \
                  wrong, 3 a rule says no or something does not verify, 4 a fault of Comity's \
                  own.\n\
                  Logs go to standard error; COMITY_LOG=debug shows more.\n\n\
                  Start with: comity quickstart"
)]
pub(crate) struct Args {
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Found a zone on this machine, sign, serve and change it: the whole of Comity in a minute.
    Quickstart(QuickstartArgs),
    /// Write, check or show a charter.
    #[command(subcommand)]
    Charter(CharterCommand),
    /// Be a member: a vote and a share.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Deal the shares of the key anew, rehearse it, see who has them.
    #[command(subcommand)]
    Ceremony(CeremonyCommand),
    /// The zone's keys: see how far each has come, have another one follow.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Hold a name.
    #[command(subcommand)]
    Holder(HolderCommand),
    /// Prepare the founding act of a zone, for its members to sign.
    Found(FoundArgs),
    /// Be the secretariat: collect acts, run sessions, write the ledger.
    #[command(subcommand)]
    Secretariat(SecretariatCommand),
    /// Be a drop box: take acts, and promise by a receipt that they get onto the ledger.
    #[command(subcommand)]
    Box(BoxCommand),
    /// Propose changes to a zone.
    Propose(ProposeArgs),
    /// Consent, as a holder, to a proposal that touches your name.
    Consent(ConsentArgs),
    /// Vote, as a member, on a proposal.
    Vote(VoteArgs),
    /// Check the delegations that a proposal changes, and attach what is found to it.
    Findings(FindingsArgs),
    /// Make a statement beside a proposal or the charter: a reservation, a correction.
    Declare(DeclareArgs),
    /// Show papers in plain words, and sign them. Needs no network.
    Sign(SignArgs),
    /// File papers that are signed, or say which signatures are missing.
    Submit(SubmitArgs),
    /// Claim a name that nobody holds, by a record in its own signed zone.
    #[command(mut_arg("signer", |arg| arg.required_unless_present("print")))]
    Claim(ClaimArgs),
    /// Show a zone's state, computed from its ledger by this machine.
    Status(StatusArgs),
    /// Show where a root differs from its upstream: each name, why, and until when.
    Divergence(DivergenceArgs),
    /// Follow a ledger, verify everything, serve the zone.
    #[command(subcommand)]
    Mirror(MirrorCommand),
    /// Verify a ledger from its founding act on.
    Audit(AuditArgs),
    /// Write the zone, its trust anchor, roll calls, or configuration for other servers.
    Export(ExportArgs),
    /// Check a delegation of any zone, as it is or as it is planned: IANA's fifteen checks.
    CheckDelegation(CheckDelegationArgs),
    /// Follow a zone that others publish, alone: verify, explain, judge, serve.
    #[command(subcommand)]
    Watch(WatchCommand),
    /// Find what is wrong with a resolver: validation, algorithm 15, trust anchor, old root.
    Doctor(DoctorArgs),
    /// Show what has become of a name, over all versions that a watcher keeps.
    History(HistoryArgs),
    /// Explain what has changed between two versions of any zone.
    Diff(DiffArgs),
    /// Explain what has changed from version to version, for a folder of zone files.
    Replay(ReplayArgs),
    /// Report who could stop the names of any zone, and what goes dark where somebody does.
    Exposure(ExposureArgs),
    /// Print a completion script for a shell.
    #[command(after_help = "Example: comity completion bash > /etc/bash_completion.d/comity")]
    Completion {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Options of `quickstart`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  comity quickstart\n  \
    comity quickstart --zone root.zone --members 5 --threshold 3 --dir /tmp/comity\n  \
    comity quickstart --once --json")]
pub(crate) struct QuickstartArgs {
    /// A zone file to found the zone with [default: a small sample root of our own making].
    #[arg(long)]
    pub zone: Option<PathBuf>,
    /// How many members found it.
    #[arg(long, default_value_t = 5)]
    pub members: u16,
    /// How many of them sign [default: more than half].
    #[arg(long)]
    pub threshold: Option<u16>,
    /// Where everything is kept [default: a temporary directory, removed at the end].
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Where the mirror answers DNS; port 0: the system chooses.
    #[arg(long, default_value = "127.0.0.1:5300")]
    pub dns: SocketAddr,
    /// Where the secretariat's web server is; port 0: the system chooses.
    #[arg(long, default_value = "127.0.0.1:8053")]
    pub http: SocketAddr,
    /// Stop after everything has been verified, instead of serving until Ctrl-C.
    #[arg(long)]
    pub once: bool,
}

/// `charter`.
#[derive(Subcommand, Debug)]
pub(crate) enum CharterCommand {
    /// Write a charter with the default rules, every key explained.
    #[command(after_help = "Example: comity charter new --members 5 > charter.toml")]
    New {
        /// How many members found the zone.
        #[arg(long)]
        members: u16,
        /// How many of them sign [default: more than half].
        #[arg(long)]
        threshold: Option<u16>,
        /// The zone.
        #[arg(long, default_value = ".")]
        zone: Name,
        /// A proposal's deadline lies at least this far ahead, such as 36h [default: 1d].
        #[arg(long, value_parser = parse_period)]
        deadline_min: Option<u64>,
        /// How common matters are voted: a known assembly's rule, such as itu-plenary,
        /// unga/important or e164-60-days [default: more for than against, quorum more than half].
        #[arg(long, value_name = "PRESET")]
        common: Option<String>,
        /// The same for admission and the charter [default: two thirds of the present members].
        #[arg(long, value_name = "PRESET")]
        membership: Option<String>,
        /// A drop box, as `comity box init` prints it; give one for each.
        #[arg(long = "box", value_name = "NAME,KEY,URL", value_parser = parse_box)]
        boxes: Vec<DropBox>,
    },
    /// Check a charter's rules for a number of members, and what groups of them can do.
    #[command(
        after_help = "Examples:\n  comity charter check charter.toml --members 5\n  \
        comity charter check charter.toml --members 144 --group 55 --group 89"
    )]
    Check {
        /// The charter.
        file: PathBuf,
        /// How many members there are.
        #[arg(long)]
        members: u16,
        /// Say what so many members can do by themselves; may be given more than once.
        #[arg(long = "group", value_name = "SIZE")]
        groups: Vec<u16>,
    },
    /// Show a charter as text.
    #[command(after_help = "Example: comity charter show charter.toml")]
    Show {
        /// The charter.
        file: PathBuf,
    },
}

/// Where a sealed key's passphrase is.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct PassphraseArgs {
    /// A file with the passphrase [default: $COMITY_PASSPHRASE_FILE, or systemd's credential
    /// comity-passphrase].
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
}

/// How long a party works.
#[derive(ClapArgs, Debug, Clone, Copy)]
pub(crate) struct LifeArgs {
    /// End when standard input does, as it does when whoever started this is gone.
    #[arg(long)]
    pub end_with_stdin: bool,
}

/// Options of `found`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Example: comity found --dir /var/lib/comity-secretariat \
    --charter charter.toml --zone root.zone --member alba/card.json --member boreal/card.json \
    --member cedar/card.json --holder be.=be/holder.json --listen 0.0.0.0:8053\n\n\
    Prints the founding act's id. Each member compares what it founds and runs with that id; \
    the zone exists once all have signed."
)]
pub(crate) struct FoundArgs {
    /// The secretariat's directory.
    #[arg(long)]
    pub dir: PathBuf,
    /// The charter.
    #[arg(long)]
    pub charter: PathBuf,
    /// The zone file with the first contents. DNSSEC records in it are dropped.
    #[arg(long)]
    pub zone: PathBuf,
    /// A member's card; give one for each member.
    #[arg(long = "member", required = true)]
    pub members: Vec<PathBuf>,
    /// A name and its holder's card: NAME=CARD; give one for each held name.
    #[arg(long = "holder")]
    pub holders: Vec<String>,
    /// Address and port of the secretariat's web server.
    #[arg(long, default_value = "127.0.0.1:8053")]
    pub listen: String,
    /// The ledger's name [default: comity/ZONE and a random part].
    #[arg(long)]
    pub origin: Option<String>,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// `secretariat`.
#[derive(Subcommand, Debug)]
pub(crate) enum SecretariatCommand {
    /// Work as the secretariat until stopped.
    #[command(after_help = "Example: comity secretariat run --dir /var/lib/comity-secretariat")]
    Run {
        /// The secretariat's directory.
        #[arg(long)]
        dir: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        life: LifeArgs,
    },
}

/// Which ledger, and which founding act to trust.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct LedgerArgs {
    /// The ledger: a directory, or the URL of a web server that serves one.
    #[arg(long, env = "COMITY_LEDGER")]
    pub ledger: String,
    /// Id of the founding act to trust [default: the one that is there, named in the output].
    #[arg(long, env = "COMITY_FOUNDING")]
    pub founding: Option<Digest>,
}

/// Options of `status`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Example: comity status --ledger https://secretariat.example")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub ledger: LedgerArgs,
}

/// Options of `divergence`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Exit code 0 where there is no difference, 3 where there is one.\n\n\
    Example: comity divergence --ledger https://secretariat.example"
)]
pub(crate) struct DivergenceArgs {
    #[command(flatten)]
    pub ledger: LedgerArgs,
}

/// `mirror`.
#[derive(Subcommand, Debug)]
pub(crate) enum MirrorCommand {
    /// Make a mirror's directory with a configuration, every key explained.
    #[command(
        after_help = "Example: comity mirror init --dir /var/lib/comity-mirror \
        --ledger https://secretariat.example --founding 5f0c… --listen 127.0.0.1:5300 \
        --metrics 127.0.0.1:9153"
    )]
    Init {
        /// The mirror's directory.
        #[arg(long)]
        dir: PathBuf,
        /// The ledger: a directory or a URL.
        #[arg(long)]
        ledger: String,
        /// Id of the founding act to trust.
        #[arg(long)]
        founding: Digest,
        /// Where to answer DNS.
        #[arg(long, default_value = "127.0.0.1:5300")]
        listen: SocketAddr,
        /// A secondary to notify; give one for each.
        #[arg(long)]
        notify: Vec<SocketAddr>,
        /// Where to show figures to Prometheus, at /metrics [default: nowhere].
        #[arg(long, value_name = "ADDRESS")]
        metrics: Option<SocketAddr>,
    },
    /// Follow, verify and serve until stopped.
    #[command(after_help = "Example: comity mirror run --dir /var/lib/comity-mirror")]
    Run {
        /// The mirror's directory.
        #[arg(long)]
        dir: PathBuf,
        #[command(flatten)]
        life: LifeArgs,
    },
}

/// Options of `audit`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Examples:\n  comity audit /var/lib/comity-secretariat/ledger\n  \
    comity audit https://secretariat.example --founding 5f0c…\n\n\
    A directory is also checked file by file. Exit code 0 only if everything verifies and no \
    receipt was breached; else 3, with the first violation: the act's number, the rule, the \
    culprit."
)]
pub(crate) struct AuditArgs {
    /// The ledger: a directory or a URL.
    pub ledger: String,
    /// Id of the founding act to trust [default: the one that is there, named in the output].
    #[arg(long, env = "COMITY_FOUNDING")]
    pub founding: Option<Digest>,
    /// A directory of messages that are to prove that members sent wrong shares; each is judged.
    #[arg(long)]
    pub evidence: Option<PathBuf>,
    /// A directory of drop boxes' receipts: says of each whether it was kept.
    #[arg(long)]
    pub receipts: Option<PathBuf>,
}

/// Options of `export`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity export zone --ledger https://secretariat.example --out root.zone\n  \
    comity export anchor --ledger https://secretariat.example --out anchor.key\n  \
    comity export unbound --ledger https://secretariat.example --mirror 127.0.0.1:5300\n  \
    comity export roll-calls --ledger https://secretariat.example --out votes.csv")]
pub(crate) struct ExportArgs {
    /// What to write.
    pub what: ExportKind,
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// The mirror that other servers fetch the zone from.
    #[arg(long, default_value = "127.0.0.1:5300")]
    pub mirror: SocketAddr,
    /// The file to write [default: standard output].
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportKind {
    /// The signed zone as a zone file.
    Zone,
    /// The trust anchor as DNSKEY and DS records.
    Anchor,
    /// The trust anchor in BIND's form, for `delv -a` and named.conf.
    AnchorBind,
    /// Unbound as a validating resolver with the zone at hand.
    Unbound,
    /// BIND as a validating resolver with the zone at hand.
    Bind,
    /// BIND as a secondary.
    BindSecondary,
    /// Knot DNS as a secondary.
    Knot,
    /// NSD as a secondary.
    Nsd,
    /// The roll call of every vote that was decided, as CSV.
    RollCalls,
}

/// Reads a drop box: its name, its key and its address.
fn parse_box(text: &str) -> Result<DropBox, String> {
    let mut parts = text.splitn(3, ',');
    let (Some(name), Some(key), Some(url)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!("{text:?} is not NAME,KEY,URL"));
    };
    let key = key
        .parse()
        .map_err(|_| format!("{key:?} is no key, which is 64 hexadecimal digits"))?;
    Ok(DropBox {
        name: name.to_string(),
        key,
        url: url.to_string(),
    })
}

/// Reads a period such as 90s, 15m, 36h or 7d, in seconds.
fn parse_period(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a period such as 90s, 15m, 36h or 7d");
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| c.is_alphabetic()).len());
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit_s = match unit {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit_s).ok_or_else(wrong)
}
