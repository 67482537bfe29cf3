//! The options of `holder`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use comity_core::zone::Name;

use super::acts::ActorArgs;
use super::{LedgerArgs, PassphraseArgs, parse_period};

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
    /// Make one more key, or the card of a key on a token, to give to whoever makes the holder.
    #[command(after_help = "Examples:\n  \
        comity holder key --dir /media/safe/op2 --name op2 --passphrase-file secret\n  \
        comity holder key --dir op3 --name op3 --token 'pkcs11:token=be;object=op3?module-path=…'")]
    Key {
        /// The key's directory. The card of a key on a token is all that is in it.
        #[arg(long)]
        dir: PathBuf,
        /// What the key is called.
        #[arg(long)]
        name: String,
        /// Take the key on this token (a PKCS #11 URI), and only write its card.
        #[arg(long, value_name = "URI")]
        token: Option<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Show holders as the ledger has them: names, keys, policies, and what waits until when.
    #[command(after_help = "Examples:\n  \
        comity holder show --ledger https://secretariat.example\n  \
        comity holder show be. --ledger https://secretariat.example")]
    Show {
        /// One holder: its id, a name that it holds, or a directory with one of its keys.
        #[arg(value_name = "ID|NAME|DIR")]
        which: Option<String>,
        /// The same, as other commands take it.
        #[arg(long, value_name = "ID|NAME|DIR", conflicts_with = "which")]
        holder: Option<String>,
        #[command(flatten)]
        ledger: LedgerArgs,
    },
    /// Replace the operational keys; signed with those, or with the recovery keys.
    #[command(
        after_help = "Example: comity holder rotate --ledger https://secretariat.example \\\n  \
        --as be/ --key op1/card.json --key op2/card.json --key op3/card.json --policy 2\n\n\
        At once where the holder has recovery keys; else it waits for the holder's delay."
    )]
    Rotate {
        #[command(flatten)]
        holder: HolderActorArgs,
        /// The card of an operational key from now on; give one for each.
        #[arg(long = "key", value_name = "CARD", required = true)]
        keys: Vec<PathBuf>,
        /// How many of the operational keys sign [default: as many as now].
        #[arg(long, value_name = "K")]
        policy: Option<u16>,
    },
    /// Replace any of the holder's keys, with the recovery keys: at once, whatever others did.
    #[command(
        after_help = "Example: comity holder recover --ledger https://secretariat.example \\\n  \
        --as safe/recovery --key new/card.json\n\n\
        What is not given stays as it is. Everything of the holder's that waits is ended by it."
    )]
    Recover {
        #[command(flatten)]
        holder: HolderActorArgs,
        /// The card of an operational key from now on; give one for each.
        #[arg(long = "key", value_name = "CARD")]
        keys: Vec<PathBuf>,
        /// How many of the operational keys sign.
        #[arg(long, value_name = "K")]
        policy: Option<u16>,
        /// The card of a recovery key from now on; give one for each.
        #[arg(long = "recovery-key", value_name = "CARD")]
        recovery_keys: Vec<PathBuf>,
        /// How many of the recovery keys sign.
        #[arg(long, value_name = "K")]
        recovery_policy: Option<u16>,
        /// How long a change waits that takes a name away whole, with operational keys alone.
        #[arg(long, value_parser = parse_period)]
        delay: Option<u64>,
    },
    /// Give a name to another holder, which signs as well.
    #[command(
        after_help = "Example: comity holder transfer be. --to new/holder.json \\\n  \
        --ledger https://secretariat.example --as be/\n\n\
        Two holders sign, so this writes papers: the other one runs `comity sign` on them."
    )]
    Transfer {
        /// The name.
        name: Name,
        /// The new holder's holder.json.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Until when it can be filed, from now.
        #[arg(long, default_value = "30d", value_parser = parse_period)]
        valid: u64,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Write a testament: papers that give the holder other keys should its own be lost.
    #[command(
        after_help = "Example: comity holder testament --to heir/holder.json --wait 30d \\\n  \
        --prepare be.testament --as safe/recovery --ledger https://secretariat.example\n\n\
        Nothing is filed. Whoever keeps the papers files them with `comity submit`; the keys change \
        after the wait, if the holder does not object."
    )]
    Testament {
        #[command(flatten)]
        holder: HolderActorArgs,
        /// The holder.json with the keys to come.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// How long it waits for an objection once it is filed, 30d at least.
        #[arg(long, default_value = "30d", value_parser = parse_period)]
        wait: u64,
        /// Until when it can be filed, from now.
        #[arg(long, default_value = "3650d", value_parser = parse_period)]
        valid: u64,
    },
    /// Say no: to a change of your keys or names that waits, to a change of a host that you use,
    /// or to your own consent.
    #[command(
        after_help = "Example: comity holder object 7d10… --reason 'Not by us' \\\n  \
        --ledger https://secretariat.example --as be/\n\n\
        `comity holder show` lists what waits."
    )]
    Object {
        /// The act's id, or a beginning of it that names only one.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        holder: HolderActorArgs,
    },
}

/// Who acts for which holder.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct HolderActorArgs {
    #[command(flatten)]
    pub actor: ActorArgs,
    /// Which holder: its id, a name that it holds, or a directory with one of its keys
    /// [default: the one that has the key].
    #[arg(long, value_name = "ID|NAME|DIR")]
    pub holder: Option<String>,
}
