//! The options of `box`, and where people's acts are put.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use comity_core::basic::Digest;
use comity_mirror::dns::Network;

use super::{LifeArgs, PassphraseArgs};

/// `box`.
#[derive(Subcommand, Debug)]
pub(crate) enum BoxCommand {
    /// Make a drop box: a sealed key that signs receipts, and its lines for a charter.
    #[command(
        after_help = "Example: comity box init /var/lib/comity-box --name north \
        --url https://box.example --passphrase-file secret\n\n\
        Prints what goes into a charter's rules. The box takes acts once a charter with these \
        lines is in force."
    )]
    Init {
        /// The drop box's directory.
        dir: PathBuf,
        /// The drop box's name: lower-case letters, digits and hyphens.
        #[arg(long)]
        name: String,
        /// Where people will find it: its address on the web.
        #[arg(long)]
        url: String,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Take acts, give receipts and bring the acts to the ledger, until stopped.
    #[command(
        after_help = "Example: comity box run /var/lib/comity-box --listen 0.0.0.0:8054 \
        --ledger https://secretariat.example --founding 5f0c…"
    )]
    Run {
        /// The drop box's directory.
        dir: PathBuf,
        /// Address and port of its web server. Port 0: the system chooses.
        #[arg(long, default_value = "127.0.0.1:8054")]
        listen: String,
        /// The secretariat's URL: whose ledger it follows, and to whom it brings acts.
        #[arg(long, env = "COMITY_LEDGER")]
        ledger: String,
        /// Id of the founding act to trust [default: the one that is there].
        #[arg(long, env = "COMITY_FOUNDING")]
        founding: Option<Digest>,
        /// A proxy in front of it, whose connections are many clients'; give one for each.
        #[arg(long = "proxy", value_name = "NETWORK")]
        proxies: Vec<Network>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        life: LifeArgs,
    },
}

/// Where an act is put.
#[derive(ClapArgs, Debug, Clone, Default)]
pub(crate) struct FilingArgs {
    /// File through this drop box of the charter: its name or its URL [default: the secretariat;
    /// where that does not answer, the first drop box that does].
    #[arg(long = "box", value_name = "NAME|URL")]
    pub dropbox: Option<String>,
    /// Where a drop box's receipt is kept [default: the working directory].
    #[arg(long, value_name = "DIR")]
    pub receipts: Option<PathBuf>,
}
