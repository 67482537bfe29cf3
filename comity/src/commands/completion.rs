//! `comity completion`.

use clap::CommandFactory;

use crate::args::Args;
use crate::output::{Failure, Output};

/// Prints a completion script.
pub(crate) fn run(shell: clap_complete::Shell, output: &Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "comity", &mut script);
    output.raw(&script);
    Ok(())
}
