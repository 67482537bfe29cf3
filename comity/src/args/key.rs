//! Options of `key`.

use clap::{Args as ClapArgs, Subcommand};
use comity_core::basic::PublicKey;

use super::{ActorArgs, LedgerArgs};

/// `key`.
#[derive(Subcommand, Debug)]
pub(crate) enum KeyCommand {
    /// Show the zone's keys: how far each has come, and when it goes on.
    #[command(after_help = "Example: comity key show --ledger https://secretariat.example")]
    Show {
        #[command(flatten)]
        ledger: LedgerArgs,
    },
    /// Have a new key made that follows the one that signs. Whoever follows the zone's keys by
    /// RFC 5011 takes it over in two months; nobody has to do anything.
    #[command(after_help = "Example, of three members:\n  \
        comity key roll --reason 'Every five years' --prepare roll.papers \\\n    \
        --ledger https://secretariat.example --as alba/\n  \
        comity sign roll.papers --as boreal/\n  comity sign roll.papers --as cedar/\n  \
        comity submit roll.papers --ledger https://secretariat.example")]
    Roll(RollArgs),
    /// Have a key made that stands by: published for two months, trusted from then on, and used
    /// when the one that signs is lost or stolen.
    #[command(after_help = "Example: comity key standby --reason 'For bad times' \
        --prepare standby.papers --ledger https://secretariat.example --as alba/")]
    Standby(RollArgs),
    /// In kind root: have a key made that signs the zone, so that the one that trust anchors name
    /// signs keys only, a quarter ahead; or, where there is one, the next such key.
    #[command(
        after_help = "Example: comity key part --reason 'As IANA does' --prepare part.papers \
        --ledger https://secretariat.example --as alba/"
    )]
    Part(RollArgs),
    /// Say that others may have a key, or that nobody has it any more: more than two thirds of all
    /// members. A key that stands by signs at once; where there is none, one is made, and everybody
    /// who validates has to take it over by hand.
    #[command(
        after_help = "Example: comity key compromised --reason 'A threshold of shares has leaked' \
        --prepare lost.papers --ledger https://secretariat.example --as alba/"
    )]
    Compromised {
        /// The key [default: the one that trust anchors name].
        #[arg(long)]
        key: Option<PublicKey>,
        #[command(flatten)]
        roll: RollArgs,
    },
}

/// Why, and by whom.
#[derive(ClapArgs, Debug)]
pub(crate) struct RollArgs {
    /// Why.
    #[arg(long)]
    pub reason: String,
    #[command(flatten)]
    pub actor: ActorArgs,
}
