//! Options of `ceremony`.

use clap::{Args as ClapArgs, Subcommand};

use super::{ActorArgs, LedgerArgs};

/// `ceremony`.
#[derive(Subcommand, Debug)]
pub(crate) enum CeremonyCommand {
    /// Ask for shares to be dealt anew, as a member: to the same members, or sooner than the
    /// charter would. The key stays; the old shares sign until the new ones have passed a test.
    #[command(
        after_help = "Example: comity ceremony start --reason 'Two of us have left' \
        --ledger https://secretariat.example --as alba/"
    )]
    Start(ConvokeArgs),
    /// Rehearse one: everything is done but for the last step, and the new shares are thrown away.
    /// `comity ceremony show` says afterwards who took part.
    #[command(
        after_help = "Example: comity ceremony drill --reason 'Our quarterly drill' \
        --ledger https://secretariat.example --as alba/"
    )]
    Drill(ConvokeArgs),
    /// Show who has shares, which are exposed, and what is due.
    #[command(after_help = "Example: comity ceremony show --ledger https://secretariat.example")]
    Show {
        #[command(flatten)]
        ledger: LedgerArgs,
    },
    /// Say that others may know your share, as a member: it counts as exposed from then on.
    #[command(
        after_help = "Example: comity ceremony compromised --reason 'A laptop was stolen' \
        --ledger https://secretariat.example --as alba/"
    )]
    Compromised {
        /// The epoch of the share [default: the one that signs].
        #[arg(long)]
        epoch: Option<u32>,
        #[command(flatten)]
        convoke: ConvokeArgs,
    },
}

/// Why, and by whom.
#[derive(ClapArgs, Debug)]
pub(crate) struct ConvokeArgs {
    /// Why.
    #[arg(long)]
    pub reason: String,
    #[command(flatten)]
    pub actor: ActorArgs,
}
