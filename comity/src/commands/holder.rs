//! `comity holder`: a holder's keys, made and shown.

use std::path::{Path, PathBuf};

use comity_core::basic::PublicKey;
use comity_core::holder::{HolderKeys, Policy};
use comity_member::home::{Card, HolderCard, Home};
use comity_sign::sealed::Passphrase;

use super::{passphrase, read_text};
use crate::args::HolderCommand;
use crate::output::{Failure, Output};

/// The recovery key's directory below the holder's.
const RECOVERY: &str = "recovery";

/// Runs `comity holder`.
pub(crate) fn run(command: &HolderCommand, output: &Output) -> Result<(), Failure> {
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
    } = command;
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

fn cards(paths: &[PathBuf]) -> Result<Vec<PublicKey>, Failure> {
    let read = |path: &PathBuf| -> Result<PublicKey, Failure> {
        let card: Card = serde_json::from_str(&read_text(path)?)
            .map_err(|error| Failure::World(format!("{}: {error}", path.display())))?;
        Ok(card.key)
    };
    paths.iter().map(read).collect()
}

fn sorted(threshold: u16, keys: impl IntoIterator<Item = PublicKey>) -> Policy {
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_unstable();
    Policy { threshold, keys }
}
