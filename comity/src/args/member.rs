//! The options of `member`.

use std::path::PathBuf;

use clap::Subcommand;
use comity_core::basic::Digest;

use super::acts::ActorArgs;
use super::{AskingArgs, LifeArgs, PassphraseArgs};

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
    /// Work as a member until stopped. Opens no port, but what its watcher's `listen` and `web` say.
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
        /// Look at the name servers of delegations that change, before they are decided and
        /// before they are signed, and attach what is found to the proposal.
        #[arg(long)]
        checks: bool,
        /// Of a root: watch the upstream with the watcher in this directory (see `comity watch
        /// init`), and tell the other members what it verified and what it holds.
        #[arg(long, value_name = "DIR")]
        upstream: Option<PathBuf>,
        #[command(flatten)]
        asking: AskingArgs,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        life: LifeArgs,
    },
    /// Sign the charter: as somebody admitted, who is a member from then on, or as a member after
    /// the charter was changed.
    #[command(
        after_help = "Example: comity member accede --ledger https://secretariat.example \
        --as fjord/"
    )]
    Accede {
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Leave. Needs nobody's leave, and takes no name from you; the vote and the seat end.
    #[command(after_help = "Example: comity member depart --reason '…' \
        --ledger https://secretariat.example --as alba/")]
    Depart {
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
}
