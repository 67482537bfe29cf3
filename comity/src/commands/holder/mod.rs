//! `comity holder`: a holder's keys, made, shown and changed.
//!
//! | module | what it does |
//! | --- | --- |
//! | `acts` | rotation, transfer, testament, objection |
//! | `show` | holders as the ledger has them |

mod acts;
mod show;

use std::path::{Path, PathBuf};

use comity_core::basic::PublicKey;
use comity_core::holder::{HolderKeys, Policy};
use comity_member::home::{HolderCard, Home};
use comity_sign::sealed::Passphrase;

use super::{passphrase, read_card, read_text};
use crate::args::{HolderCommand, PassphraseArgs};
use crate::output::{Failure, Output};

/// The recovery key's directory below the holder's.
const RECOVERY: &str = "recovery";

/// Runs `comity holder`.
pub(crate) fn run(command: &HolderCommand, output: &Output) -> Result<(), Failure> {
    match command {
        HolderCommand::Init { .. } => init(command, output),
        HolderCommand::Key {
            dir,
            name,
            token,
            passphrase,
        } => key(dir, name, token.as_deref(), passphrase, output),
        HolderCommand::Show {
            which,
            holder,
            ledger,
        } => show::run(which.as_deref().or(holder.as_deref()), ledger, output),
        HolderCommand::Rotate {
            holder,
            keys,
            policy,
        } => {
            let wanted = acts::WantedKeys {
                keys,
                policy: *policy,
                ..acts::WantedKeys::default()
            };
            acts::rotate(holder, &wanted, output)
        }
        HolderCommand::Recover {
            holder,
            keys,
            policy,
            recovery_keys,
            recovery_policy,
            delay,
        } => {
            let wanted = acts::WantedKeys {
                keys,
                policy: *policy,
                recovery_keys,
                recovery_policy: *recovery_policy,
                delay_s: *delay,
            };
            acts::rotate(holder, &wanted, output)
        }
        HolderCommand::Transfer {
            name,
            to,
            valid,
            actor,
        } => acts::transfer(name, &read_holder(to)?, *valid, actor, output),
        HolderCommand::Testament {
            holder,
            to,
            wait,
            valid,
        } => acts::testament(holder, read_holder(to)?, (*wait, *valid), output),
        HolderCommand::Object { id, reason, holder } => acts::object(id, reason, holder, output),
    }
}

/// Runs `comity holder init`.
fn init(command: &HolderCommand, output: &Output) -> Result<(), Failure> {
    let HolderCommand::Init {
        dir,
        name,
        keys,
        policy,
        recovery_keys,
        recovery_policy,
        no_recovery,
        delay,
        passphrase,
    } = command
    else {
        return Err(Failure::fault("another command than init"));
    };
    // What others' cards say is read and judged before a key is made.
    let others = cards(keys)?;
    let given = cards(recovery_keys)?;
    let passphrase = passphrase::read(passphrase)?;
    let own = make(dir, name, &passphrase)?;
    let operational = sorted(*policy, others.into_iter().chain([own]));
    let recovery = if *no_recovery {
        None
    } else if given.is_empty() {
        let key = make(
            &dir.join(RECOVERY),
            &format!("{name}-recovery"),
            &passphrase,
        )?;
        Some(sorted(*recovery_policy, [key]))
    } else {
        Some(sorted(*recovery_policy, given))
    };
    let keys = HolderKeys {
        operational,
        recovery,
        delay_s: *delay,
    };
    keys.check()
        .map_err(|finding| Failure::rule("holder-keys", finding))?;
    let card = HolderCard {
        name: name.clone(),
        keys,
    };
    Home::new(dir).write_holder(&card).map_err(Failure::world)?;
    let text = made(dir, &card, given_or_made(*no_recovery, recovery_keys));
    output.print(&card, text);
    Ok(())
}

/// Runs `comity holder key`.
fn key(
    dir: &Path,
    name: &str,
    token: Option<&str>,
    passphrase: &PassphraseArgs,
    output: &Output,
) -> Result<(), Failure> {
    let home = Home::new(dir);
    let card = match token {
        Some(uri) => {
            let key = passphrase::token(uri)?.public();
            home.write_card(name, key)
        }
        None => home.create(name, None, &passphrase::read(passphrase)?),
    };
    let card = card.map_err(Failure::world)?;
    let text = format!(
        "{name} has key {}.\nGive {} to whoever makes or changes the holder.",
        card.key,
        dir.join("card.json").display()
    );
    output.print(&card, text);
    Ok(())
}

fn given_or_made(no_recovery: bool, given: &[PathBuf]) -> &'static str {
    match (no_recovery, given.is_empty()) {
        (true, _) => {
            "It has no recovery keys: lost keys freeze its names, and nothing outranks stolen ones."
        }
        (false, true) => {
            "Its recovery key is in the directory recovery/: move that to where nobody reaches \
             both, and keep its passphrase elsewhere."
        }
        (false, false) => "Its recovery keys are those of the cards that you gave.",
    }
}

fn made(dir: &Path, card: &HolderCard, recovery: &str) -> String {
    format!(
        "The holder {} is {}: {} operational keys, changes that take a name away whole wait {} s.\n\
         {recovery}\nGive {} to whoever prepares the founding.",
        card.name,
        card.keys.id(),
        card.keys.operational.to_words(),
        card.keys.delay_s,
        dir.join("holder.json").display()
    )
}

/// A fresh key in a directory of its own.
fn make(dir: &Path, name: &str, passphrase: &Passphrase) -> Result<PublicKey, Failure> {
    let card = Home::new(dir).create(name, None, passphrase);
    Ok(card.map_err(Failure::world)?.key)
}

/// The keys of these cards.
fn cards(paths: &[PathBuf]) -> Result<Vec<PublicKey>, Failure> {
    let read = |path: &PathBuf| Ok(read_card(path)?.key);
    paths.iter().map(read).collect()
}

/// A holder's keys from its `holder.json`.
pub(crate) fn read_holder(path: &Path) -> Result<HolderKeys, Failure> {
    let text = read_text(path)?;
    let card: HolderCard = serde_json::from_str(&text).map_err(|error| {
        let path = path.display();
        Failure::Usage(format!(
            "{path} is not a holder's card (holder.json): {error}"
        ))
    })?;
    let named = |finding| Failure::rule("holder-keys", format!("{}: {finding}", path.display()));
    card.keys.check().map_err(named)?;
    Ok(card.keys)
}

fn sorted(threshold: u16, keys: impl IntoIterator<Item = PublicKey>) -> Policy {
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_unstable();
    Policy { threshold, keys }
}
