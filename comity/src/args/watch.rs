//! The options of `watch` and `history`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use comity_core::zone::Name;
use comity_mirror::watch::Mode;

use super::LifeArgs;

/// `watch`.
#[derive(Subcommand, Debug)]
pub(crate) enum WatchCommand {
    /// Write a watcher's configuration, every key explained. Without an upstream: the public root's.
    #[command(after_help = "Examples:\n  \
        comity watch init --dir /var/lib/comity-watch\n  \
        comity watch init --dir watch --transfer 192.0.2.1 --transfer 192.0.2.2:5353\n  \
        comity watch init --dir watch --zone example. --url https://zones.example/example.zone \
        --anchor '12345 13 2 49FD46E6…'\n  \
        comity watch init --dir watch --iana /etc/root-anchors\n\n\
        The public root has its transfer servers, its file and both of its keys configured. \
        With --iana its keys are those in the file that IANA signs, which is verified (RFC 9718) \
        under the authorities in the folder: https://data.iana.org/root-anchors/ has all three \
        files. \
        TSIG keys and TLS are set in the file that is written.")]
    Init(Box<WatchInitArgs>),
    /// Follow, verify, explain, judge and serve until stopped.
    #[command(after_help = "Examples:\n  \
        comity watch run --dir /var/lib/comity-watch\n  \
        comity watch run --dir watch --once --json    # look once, print what happened")]
    Run {
        #[command(flatten)]
        place: WatchPlace,
        /// Look at all upstreams once, say what happened, and end.
        #[arg(long)]
        once: bool,
        #[command(flatten)]
        life: LifeArgs,
    },
    /// Show what a watcher knows: what it serves, each upstream, what is held, keys.
    #[command(
        after_help = "Example: comity watch status --dir /var/lib/comity-watch\n\n\
        Exit code 3 while an upstream or published trust anchors are refused, no upstream gives \
        anything, changes are held, nothing is served or what was served has ended, or nobody has \
        looked for twice `refresh_s` plus ten minutes."
    )]
    Status {
        #[command(flatten)]
        place: WatchPlace,
    },
    /// Serve something else of what is verified: the version as it is, without what is held,
    /// or that signed by a key of your own.
    #[command(
        after_help = "Examples:\n  comity watch mode buffer --dir /var/lib/comity-watch\n  \
        comity watch mode pass --dir /var/lib/comity-watch   # back again\n\n\
        It is written into the configuration, and a watcher that runs does it at once."
    )]
    Mode {
        /// What to serve.
        mode: ModeChoice,
        #[command(flatten)]
        place: WatchPlace,
    },
    /// Print the configuration of a resolver that takes the zone from a watcher.
    #[command(after_help = "Examples:\n  \
        comity watch export unbound --dir /var/lib/comity-watch > /etc/unbound/unbound.conf.d/root.conf\n  \
        comity watch export bind --dir /var/lib/comity-watch\n  \
        comity watch export powerdns-recursor --https --dir /var/lib/comity-watch\n\n\
        It fits the mode: run it again after `comity watch mode`. In `seal` both anchors are in \
        it, yours and the upstream's. To leave, take its lines out again. \
        What each resolver does with what: docs/resolvers.md.")]
    Export {
        /// The resolver.
        resolver: ResolverChoice,
        /// By HTTPS, from the watcher with `web_tls` or a web server of yours. Knot Resolver has
        /// no other way, and BIND not this one.
        #[arg(long)]
        https: bool,
        #[command(flatten)]
        place: WatchPlace,
    },
    /// Let what is held of a name take effect.
    #[command(after_help = "Example: comity watch allow ai. --dir /var/lib/comity-watch")]
    Allow {
        /// The name.
        name: Name,
        #[command(flatten)]
        place: WatchPlace,
    },
}

/// A resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResolverChoice {
    /// Unbound.
    Unbound,
    /// BIND.
    Bind,
    /// Knot Resolver.
    KnotResolver,
    /// PowerDNS Recursor.
    PowerdnsRecursor,
}

/// Where a watcher is.
#[derive(ClapArgs, Debug)]
pub(crate) struct WatchPlace {
    /// The watcher's directory.
    #[arg(long)]
    pub dir: PathBuf,
}

/// Options of `watch init`.
#[derive(ClapArgs, Debug)]
pub(crate) struct WatchInitArgs {
    /// The watcher's directory, made if it is not there.
    #[arg(long)]
    pub dir: PathBuf,
    /// The zone.
    #[arg(long, default_value = ".")]
    pub zone: Name,
    /// The address of a primary, with or without a port; give one for each.
    #[arg(long, value_name = "ADDRESS")]
    pub transfer: Vec<String>,
    /// The address of a zone file; give one for each.
    #[arg(long)]
    pub url: Vec<String>,
    /// The path of a zone file that somebody else renews; give one for each.
    #[arg(long)]
    pub file: Vec<PathBuf>,
    /// A trust anchor: DS or DNSKEY data; give one for each [default: the root's].
    #[arg(long, value_name = "DATA")]
    pub anchor: Vec<String>,
    /// Instead: the folder with IANA's files root-anchors.xml, root-anchors.p7s and
    /// icannbundle.pem, which name the root's keys and are read again when they change.
    #[arg(long, value_name = "FOLDER", conflicts_with = "anchor")]
    pub iana: Option<PathBuf>,
    /// Where to answer DNS; port 0: the system chooses.
    #[arg(long, default_value = "127.0.0.1:5300")]
    pub listen: SocketAddr,
    /// Where to answer HTTP: /zone, /state, /feed, /metrics [default: nowhere].
    #[arg(long, value_name = "ADDRESS")]
    pub web: Option<SocketAddr>,
    /// A resolver that is asked what children say of themselves; give one for each.
    #[arg(long, value_name = "ADDRESS")]
    pub resolver: Vec<SocketAddr>,
    /// What to serve.
    #[arg(long, default_value = "pass")]
    pub mode: ModeChoice,
}

/// What is served of what was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeChoice {
    /// The upstream's versions as they are.
    Pass,
    /// The same without changes that are held.
    Buffer,
    /// The same, signed by a key of your own.
    Seal,
}

impl From<ModeChoice> for Mode {
    fn from(choice: ModeChoice) -> Self {
        match choice {
            ModeChoice::Pass => Self::Pass,
            ModeChoice::Buffer => Self::Buffer,
            ModeChoice::Seal => Self::Seal,
        }
    }
}

/// Options of `history`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity history ch. --dir /var/lib/comity-watch\n  \
    comity history ch. --dir /var/lib/root-history --json\n\n\
    Of all versions that a watcher keeps, or that are in any folder of zone files: each change \
    of the name itself, and of what it depends on. Lines of JSON are as by `comity diff`.")]
pub(crate) struct HistoryArgs {
    /// The name.
    pub name: Name,
    /// A watcher's directory, or a folder of zone files.
    #[arg(long)]
    pub dir: PathBuf,
}
