//! The options of `check-delegation`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args as ClapArgs;
use comity_core::zone::Name;

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
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// How name servers are asked what the checks want to know.
#[derive(ClapArgs, Debug, Clone)]
#[command(next_help_heading = "Asking name servers")]
pub(crate) struct AskingArgs {
    #[command(flatten)]
    pub reaching: ReachingArgs,
    /// A table of networks and the autonomous systems that announce them, such as
    /// `192.0.2.0/24 64496` on each line.
    #[arg(long, value_name = "FILE")]
    pub asn: Option<PathBuf>,
    /// A name that the servers have no authority for, to try whether they resolve it.
    #[arg(long, value_name = "NAME", default_value = "www.iana.org.")]
    pub outside: Name,
}

/// How name servers are reached.
#[derive(ClapArgs, Debug, Clone)]
#[command(next_help_heading = "Asking name servers")]
pub(crate) struct ReachingArgs {
    /// A resolver, ADDRESS or ADDRESS:PORT; give one for each [default: from /etc/resolv.conf].
    #[arg(long, value_name = "ADDRESS", value_parser = parse_resolver)]
    pub resolver: Vec<SocketAddr>,
    /// Milliseconds to wait for an answer; asked three times by UDP.
    #[arg(long, value_name = "MS", default_value_t = 3000,
        value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub timeout_ms: u64,
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
