//! The options of `doctor`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use comity_core::zone::Name;

/// Options of `doctor`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity doctor @192.0.2.53\n  \
    comity doctor @127.0.0.1:5353 --dir /var/lib/comity-watch\n  \
    comity doctor @192.0.2.53 --json | jq -r '.diagnoses[].what'\n\n\
    It asks for names that are signed well, and for names that are signed badly on purpose, and \
    says what the resolver makes of them: whether it validates, knows algorithm 15 (Ed25519), \
    has a trust anchor of the root, and how old its root is. The names are other people's on the \
    public Internet; in a network of your own, name yours.\n\n\
    Exit code 0: nothing is wrong; 3: something is, with what to do.")]
pub(crate) struct DoctorArgs {
    /// The resolver, with or without a port.
    #[arg(value_name = "@RESOLVER", value_parser = resolver)]
    pub resolver: SocketAddr,
    /// A name that is signed well [default: internetsociety.org.].
    #[arg(long)]
    pub good: Option<Name>,
    /// A name whose signature is wrong on purpose [default: dnssec-failed.org.].
    #[arg(long)]
    pub bad: Option<Name>,
    /// A name that is signed well by algorithm 15 [default: the Root Canary's].
    #[arg(long)]
    pub good_15: Option<Name>,
    /// A name that is signed badly by algorithm 15 [default: the Root Canary's].
    #[arg(long)]
    pub bad_15: Option<Name>,
    /// A watcher's directory, which knows the newest root [default: by the serial's day].
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Seconds to wait for an answer.
    #[arg(long, default_value_t = 5)]
    pub timeout_s: u64,
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let with_port = text.parse::<SocketAddr>();
    let alone = || text.parse().map(|ip| SocketAddr::new(ip, 53));
    with_port
        .or_else(|_| alone())
        .map_err(|_: std::net::AddrParseError| "expected @ADDRESS or @ADDRESS:PORT".into())
}
