//! The command line of Comity: arguments and printing. What the commands do
//! is in the libraries; `quickstart` runs this same binary as one process for
//! each party.

mod args;
mod commands;
mod output;
mod quickstart;

use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::{Args, Command};
use output::{Failure, Output};

fn main() -> ExitCode {
    let args = Args::parse();
    log_to_stderr();
    let output = Output { json: args.json };
    match guarded(|| run(args.command, &output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.fail(&failure),
    }
}

/// Does some work; a panic ends it as a failure with an exit code of its own.
fn guarded(work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    // Nothing that the work has touched is looked at again.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Failure::fault("it panicked")))
}

fn run(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Quickstart(args) => quickstart::run(&args, output),
        Command::Charter(command) => commands::charter::run(&command, output),
        Command::Member(command) => commands::member::run(command, output),
        Command::Ceremony(command) => commands::ceremony::run(&command, output),
        Command::Key(command) => commands::key::run(&command, output),
        Command::Holder(command) => commands::holder::run(&command, output),
        Command::Found(args) => commands::found::run(&args, output),
        Command::Secretariat(command) => commands::secretariat::run(&command, output),
        Command::Box(command) => commands::dropbox::run(command, output),
        Command::Propose(args) => commands::act::propose(&args, output),
        Command::Claim(args) => commands::claim::run(&args, output),
        Command::Consent(args) => commands::act::consent(&args, output),
        Command::Vote(args) => commands::act::vote(&args, output),
        Command::Findings(args) => commands::findings::run(&args, output),
        Command::Declare(args) => commands::act::declare(&args, output),
        Command::Sign(args) => commands::papers::sign(&args, output),
        Command::Submit(args) => commands::papers::submit(&args, output),
        Command::Status(args) => commands::status::run(&args, output),
        Command::Divergence(args) => commands::divergence::run(&args, output),
        Command::Mirror(command) => commands::mirror::run(&command, output),
        Command::Audit(args) => commands::audit::run(&args, output),
        Command::Export(args) => commands::export::run(&args, output),
        Command::CheckDelegation(args) => commands::check_delegation::run(&args, output),
        Command::Watch(command) => commands::watch::run(command, output),
        Command::Doctor(args) => commands::doctor::run(&args, output),
        Command::History(args) => commands::history::run(&args, output),
        Command::Diff(args) => commands::diff::run(&args, output),
        Command::Replay(args) => commands::replay::run(&args, output),
        Command::Exposure(args) => commands::exposure::run(&args, output),
        Command::Completion { shell } => commands::completion::run(shell, output),
    }
}

/// Logs go to standard error: `COMITY_LOG=debug` shows more.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("COMITY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_with_an_exit_code_of_its_own() {
        let failure = guarded(|| panic!("on purpose")).unwrap_err();
        assert!(matches!(failure, Failure::Fault(_)), "{failure:?}");
        let code = Output { json: false }.fail(&failure);
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(4)));
        assert!(guarded(|| Ok(())).is_ok());
    }
}
