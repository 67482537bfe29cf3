//! The command line: every command, option and example.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use comity_core::basic::Digest;
use comity_core::zone::Name;

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
    /// Hold a name.
    #[command(subcommand)]
    Holder(HolderCommand),
    /// Prepare the founding act of a zone, for its members to sign.
    Found(FoundArgs),
    /// Be the secretariat: collect acts, run sessions, write the ledger.
    #[command(subcommand)]
    Secretariat(SecretariatCommand),
    /// Propose changes to a zone.
    Propose(ProposeArgs),
    /// Consent, as a holder, to a proposal that touches your name.
    Consent(ConsentArgs),
    /// Vote, as a member, on a proposal.
    Vote(VoteArgs),
    /// Show a zone's state, computed from its ledger by this machine.
    Status(StatusArgs),
    /// Follow a ledger, verify everything, serve the zone.
    #[command(subcommand)]
    Mirror(MirrorCommand),
    /// Verify a ledger from its founding act on.
    Audit(AuditArgs),
    /// Write the zone, its trust anchor, or configuration for other servers.
    Export(ExportArgs),
    /// Check a delegation of any zone, as it is or as it is planned: IANA's fifteen checks.
    CheckDelegation(CheckDelegationArgs),
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

/// `member`.
#[derive(Subcommand, Debug)]
pub(crate) enum MemberCommand {
    /// Make a member: a sealed identity key, a card to give away, and a configuration.
    #[command(
        after_help = "Example: comity member init --dir /var/lib/comity --name alba \
        --secretariat https://secretariat.example --passphrase-file secret"
    )]
    Init {
        /// The member's directory.
        #[arg(long)]
        dir: PathBuf,
        /// The member's name: lower-case letters, digits and hyphens.
        #[arg(long)]
        name: String,
        /// URL of the secretariat.
        #[arg(long)]
        secretariat: String,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Look at a founding act before agreeing to it: charter, zone, holders, members.
    #[command(after_help = "Example: comity member review --secretariat \
        https://secretariat.example 5f0c…")]
    Review {
        /// Id of the founding act.
        founding: Digest,
        /// URL of the secretariat.
        #[arg(long)]
        secretariat: String,
    },
    /// Work as a member until stopped. Opens no port.
    #[command(after_help = "Example: comity member run --dir /var/lib/comity \
        --founding 5f0c…  (or set `founding` in member.toml)")]
    Run {
        /// The member's directory.
        #[arg(long)]
        dir: PathBuf,
        /// Id of the founding act to sign and follow [default: from member.toml].
        #[arg(long)]
        founding: Option<Digest>,
        /// URL of the secretariat [default: from member.toml].
        #[arg(long)]
        secretariat: Option<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        life: LifeArgs,
    },
}

/// `holder`.
#[derive(Subcommand, Debug)]
pub(crate) enum HolderCommand {
    /// Make a holder: an operational and a recovery key, sealed, and a card to give away.
    #[command(after_help = "Examples:\n  \
        comity holder init --dir /var/lib/comity-holder --name be --passphrase-file secret\n  \
        comity holder init --dir be --name be --key alice/card.json --key bob/card.json \\\n    \
        --policy 2 --recovery-key safe1/card.json --recovery-key safe2/card.json\n\n\
        Writes holder.json, which is the holder as the ledger gets to know it. The recovery key \
        outranks the operational one: move its directory to where nobody reaches both.")]
    Init {
        /// The holder's directory.
        #[arg(long)]
        dir: PathBuf,
        /// What the holder is called.
        #[arg(long)]
        name: String,
        /// Another operational key's card; give one for each.
        #[arg(long = "key", value_name = "CARD")]
        keys: Vec<PathBuf>,
        /// How many of the operational keys sign.
        #[arg(long, default_value_t = 1, value_name = "K")]
        policy: u16,
        /// A recovery key's card; give one for each [default: a key is made in DIR/recovery].
        #[arg(
            long = "recovery-key",
            value_name = "CARD",
            conflicts_with = "no_recovery"
        )]
        recovery_keys: Vec<PathBuf>,
        /// How many of the recovery keys sign.
        #[arg(long, default_value_t = 1, value_name = "K")]
        recovery_policy: u16,
        /// Have no recovery keys: lost or stolen keys then freeze or cost the name.
        #[arg(long)]
        no_recovery: bool,
        /// How long a change waits that takes a name away whole, with the operational keys alone.
        #[arg(long, default_value = "72h", value_parser = parse_period)]
        delay: u64,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
}

/// Options of `found`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Example: comity found --dir /var/lib/comity-secretariat \
    --charter charter.toml --zone root.zone --member alba/card.json --member boreal/card.json \
    --member cedar/card.json --holder be.=be/card.json --listen 0.0.0.0:8053\n\n\
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

/// Who acts, on which ledger.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct ActorArgs {
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// The directory with the key to sign with.
    #[arg(long = "as")]
    pub home: PathBuf,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Options of `propose`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity propose --ledger https://secretariat.example --as be/ \\\n    \
    --set 'be. 172800 NS a.ns.be.' --set 'be. 172800 NS b.ns.be.' --reason 'New name servers'\n  \
    comity propose --ledger https://secretariat.example --as alba/ --remove 'be.' --reason '…'\n\n\
    --set gives records of a set; all that name one owner and type are the whole new set.")]
pub(crate) struct ProposeArgs {
    #[command(flatten)]
    pub actor: ActorArgs,
    /// A record of a new set: 'NAME TTL TYPE DATA'.
    #[arg(long = "set")]
    pub set: Vec<String>,
    /// What to remove: 'NAME TYPE' for one set, 'NAME' for a delegation with its hosts.
    #[arg(long = "remove")]
    pub remove: Vec<String>,
    /// Why.
    #[arg(long)]
    pub reason: String,
    /// How long consents and ballots may take, such as 90s, 36h or 7d.
    #[arg(long, default_value = "7d", value_parser = parse_period)]
    pub deadline: u64,
}

/// Options of `consent`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Example: comity consent 0e3a… --ledger https://secretariat.example --as be/"
)]
pub(crate) struct ConsentArgs {
    /// The proposal's id, or a beginning of it that names only one.
    pub proposal: String,
    #[command(flatten)]
    pub actor: ActorArgs,
    /// How long the consent stays good, such as 90s, 36h or 7d.
    #[arg(long, default_value = "7d", value_parser = parse_period)]
    pub valid: u64,
}

/// Options of `vote`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Example: comity vote 0e3a… for --ledger https://secretariat.example --as alba/"
)]
pub(crate) struct VoteArgs {
    /// The proposal's id, or a beginning of it that names only one.
    pub proposal: String,
    /// The vote. It cannot be taken back.
    pub vote: VoteChoice,
    #[command(flatten)]
    pub actor: ActorArgs,
}

/// What a ballot can say.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VoteChoice {
    /// In favour.
    For,
    /// Not in favour.
    Against,
    /// Takes part without choosing.
    Abstain,
}

/// Options of `status`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Example: comity status --ledger https://secretariat.example")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub ledger: LedgerArgs,
}

/// `mirror`.
#[derive(Subcommand, Debug)]
pub(crate) enum MirrorCommand {
    /// Make a mirror's directory with a configuration, every key explained.
    #[command(
        after_help = "Example: comity mirror init --dir /var/lib/comity-mirror \
        --ledger https://secretariat.example --founding 5f0c… --listen 127.0.0.1:5300"
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
    A directory is also checked file by file. Exit code 0 only if everything verifies; else 3, \
    with the first violation: the act's number, the rule, the culprit."
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
}

/// Options of `export`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity export zone --ledger https://secretariat.example --out root.zone\n  \
    comity export anchor --ledger https://secretariat.example --out anchor.key\n  \
    comity export unbound --ledger https://secretariat.example --mirror 127.0.0.1:5300")]
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
}

/// Options of `check-delegation`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity check-delegation example.org\n  \
    comity check-delegation be. --zone root.zone --asn asn.txt\n  \
    comity check-delegation be. --ns a.ns.be. --glue a.ns.be.=194.0.6.1 \\\n    \
    --ns b.example.net. --ds '12664 8 2 0B8C…' --json\n\n\
    Without --zone and --ns the parent's present delegation is checked; --ds and --glue then \
    replace what it has of that kind. With --ns all is as you say: without --ds, unsigned.\n\n\
    Exit code 0: no finding of ERROR or worse; 3: a check failed; 1: the delegation could not \
    be found out, or a file not read. What each finding means: docs/checks.md.")]
pub(crate) struct CheckDelegationArgs {
    /// The delegated name.
    pub name: Name,
    /// A name server of the planned delegation; give one for each.
    #[arg(long, value_name = "HOST")]
    pub ns: Vec<Name>,
    /// An address that goes with the delegation: HOST=ADDRESS; give one for each.
    #[arg(long, value_name = "HOST=ADDRESS", value_parser = parse_host_address)]
    pub glue: Vec<(Name, IpAddr)>,
    /// A DS record of the planned delegation: 'TAG ALGORITHM TYPE DIGEST'; give one for each.
    #[arg(long, value_name = "DS")]
    pub ds: Vec<String>,
    /// Take the delegation from this zone file of the parent.
    #[arg(long, value_name = "FILE", conflicts_with = "ns")]
    pub zone: Option<PathBuf>,
    /// The zone that delegates, where --ns is given [default: one label up].
    #[arg(long, requires = "ns")]
    pub parent: Option<Name>,
    /// A resolver, ADDRESS or ADDRESS:PORT; give one for each [default: from /etc/resolv.conf].
    #[arg(long, value_name = "ADDRESS", value_parser = parse_resolver)]
    pub resolver: Vec<SocketAddr>,
    /// A table of networks and the autonomous systems that announce them, such as
    /// `192.0.2.0/24 64496` on each line.
    #[arg(long, value_name = "FILE")]
    pub asn: Option<PathBuf>,
    /// Milliseconds to wait for an answer; asked three times by UDP.
    #[arg(long, value_name = "MS", default_value_t = 3000,
        value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub timeout_ms: u64,
    /// A name that the servers have no authority for, to try whether they resolve it.
    #[arg(long, value_name = "NAME", default_value = "www.iana.org.")]
    pub outside: Name,
    /// The port of name servers, other than 53 only in tests.
    #[arg(long, default_value_t = 53)]
    pub port: u16,
    /// An address of a name server that shall not be looked up: HOST=ADDRESS.
    #[arg(long, value_name = "HOST=ADDRESS", value_parser = parse_host_address)]
    pub address: Vec<(Name, IpAddr)>,
    /// Where to find what has ADDRESS, behind a translator or in tests: ADDRESS=IP:PORT.
    #[arg(long, value_name = "ADDRESS=IP:PORT", value_parser = parse_reach)]
    pub reach: Vec<(IpAddr, SocketAddr)>,
}

fn parse_host_address(text: &str) -> Result<(Name, IpAddr), String> {
    let wrong = || format!("{text:?} is not HOST=ADDRESS, such as a.ns.be.=194.0.6.1");
    let (host, address) = text.split_once('=').ok_or_else(wrong)?;
    let host = host.parse().map_err(|_| wrong())?;
    Ok((host, address.parse().map_err(|_| wrong())?))
}

fn parse_resolver(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    address
        .or_else(|_| text.parse())
        .map_err(|_| format!("{text:?} is not ADDRESS or ADDRESS:PORT"))
}

fn parse_reach(text: &str) -> Result<(IpAddr, SocketAddr), String> {
    let wrong = || format!("{text:?} is not ADDRESS=IP:PORT, such as 194.0.6.1=127.0.0.1:5300");
    let (address, target) = text.split_once('=').ok_or_else(wrong)?;
    let address = address.parse().map_err(|_| wrong())?;
    Ok((address, target.parse().map_err(|_| wrong())?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn reads_addresses_as_they_are_given() {
        assert!(parse_host_address("a.ns.be.=2001:db8::1").is_ok());
        assert!(parse_host_address("a.ns.be.").is_err());
        assert!(parse_host_address("a.ns.be.=be.").is_err());
        let table = [
            ("192.0.2.1", Some("192.0.2.1:53")),
            ("192.0.2.1:5300", Some("192.0.2.1:5300")),
            ("2001:db8::1", Some("[2001:db8::1]:53")),
            ("[2001:db8::1]:5300", Some("[2001:db8::1]:5300")),
            ("ns.example", None),
        ];
        for (text, expected) in table {
            let read = parse_resolver(text).ok().map(|it| it.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        assert!(parse_reach("192.0.2.1=127.0.0.1:5300").is_ok());
        assert!(parse_reach("192.0.2.1=127.0.0.1").is_err());
    }

    #[test]
    fn reads_periods() {
        let table = [
            ("90s", Some(90)),
            ("2m", Some(120)),
            ("7d", Some(604_800)),
            ("x", None),
        ];
        for (text, seconds) in table {
            assert_eq!(parse_period(text).ok(), seconds, "{text}");
        }
    }
}
