//! The commands, a file each.

pub(crate) mod act;
pub(crate) mod audit;
pub(crate) mod charter;
pub(crate) mod completion;
pub(crate) mod export;
pub(crate) mod found;
pub(crate) mod holder;
pub(crate) mod member;
pub(crate) mod mirror;
mod review;
pub(crate) mod secretariat;
pub(crate) mod status;

use std::path::Path;

use comity_mirror::files;
use comity_mirror::follow::{FollowError, Follower};
use comity_mirror::source;

use crate::args::LedgerArgs;
use crate::output::Failure;

/// Octets of a small file that a command reads.
const SMALL_FILE_OCTETS_MAX: u64 = 1024 * 1024;

/// Follows a ledger to its head.
fn follow(ledger: &LedgerArgs) -> Result<Follower, Failure> {
    let mut follower = Follower::new(source::open(&ledger.ledger), ledger.founding);
    follower.poll().map_err(|error| follow_failure(&error))?;
    if follower.state().founded().is_err() {
        let text = format!("{} has no founding act yet", ledger.ledger);
        return Err(Failure::rule("not-founded", text));
    }
    Ok(follower)
}

fn follow_failure(error: &FollowError) -> Failure {
    match error {
        FollowError::Unreadable(error) => Failure::world(error),
        FollowError::Violation(violation) => Failure::Violation {
            rule: violation.rule().to_string(),
            act: violation.position(),
            culprit: violation.culprit().to_string(),
            text: violation.to_string(),
        },
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let octets = files::read_required(path, SMALL_FILE_OCTETS_MAX).map_err(Failure::world)?;
    String::from_utf8(octets)
        .map_err(|_| Failure::World(format!("{} is not text in UTF-8", path.display())))
}

/// Runs `work` until it ends or somebody ends the process with Ctrl-C or
/// SIGTERM.
fn until_stopped(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::world)?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome,
            outcome = stopped() => outcome,
        }
    });
    // Threads at work are not waited for: what must last is on the disk.
    runtime.shutdown_background();
    outcome
}

/// Resolves when the process is asked to end.
pub(crate) async fn stopped() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::world)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::world)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopped");
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) fn wait_until_stopped() -> Result<(), Failure> {
    until_stopped(std::future::pending())
}
