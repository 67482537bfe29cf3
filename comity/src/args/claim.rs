//! The options of `claim`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use comity_core::zone::Name;

use super::acts::ActorArgs;

/// Options of `claim`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity claim ai. --holder-card ai/holder.json --ledger https://secretariat.example --print\n  \
    comity claim ai. --holder-card ai/holder.json --as ai/ --ledger https://secretariat.example\n\n\
    The first prints the TXT record for the name's own, DNSSEC-signed zone. The second, once the \
    record is there, asks several resolvers for it, builds the proof and files the claim. It \
    binds after the charter's waiting time, unless another signed claim contests it. No \
    membership is needed.")]
pub(crate) struct ClaimArgs {
    /// The name: a delegation of the zone that nobody holds.
    pub name: Name,
    /// Who claims it: its holder.json.
    #[arg(long, value_name = "FILE")]
    pub holder_card: PathBuf,
    /// Print the record for the name's zone, and file nothing.
    #[arg(long)]
    pub print: bool,
    /// A resolver to ask; give several [default: those of /etc/resolv.conf].
    #[arg(long = "resolver", value_name = "ADDRESS:PORT")]
    pub resolvers: Vec<SocketAddr>,
    /// File although some resolver says something else.
    #[arg(long)]
    pub despite_differences: bool,
    /// File a claim of a name without a DS set: it is on record, and binds nothing.
    #[arg(long)]
    pub unproven: bool,
    #[command(flatten)]
    pub actor: ActorArgs,
}
