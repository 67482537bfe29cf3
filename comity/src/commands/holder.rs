//! `comity holder`.

use comity_member::home::Home;

use super::passphrase;
use crate::args::HolderCommand;
use crate::output::{Failure, Output};

/// Runs `comity holder`.
pub(crate) fn run(command: &HolderCommand, output: &Output) -> Result<(), Failure> {
    let HolderCommand::Init {
        dir,
        name,
        passphrase,
    } = command;
    let passphrase = passphrase::read(passphrase)?;
    let card = Home::new(dir)
        .create(name, None, &passphrase)
        .map_err(Failure::world)?;
    let text = format!(
        "The holder {name} has key {}.\nGive {} to whoever prepares the founding.",
        card.key,
        dir.join("card.json").display()
    );
    output.print(&card, text);
    Ok(())
}
