//! The commands, a file each.

pub(crate) mod act;
mod actor;
pub(crate) mod audit;
pub(crate) mod ceremony;
mod changes;
pub(crate) mod charter;
pub(crate) mod check_delegation;
pub(crate) mod claim;
pub(crate) mod completion;
pub(crate) mod diff;
pub(crate) mod divergence;
pub(crate) mod doctor;
pub(crate) mod dropbox;
mod epochs;
mod evidence;
pub(crate) mod export;
pub(crate) mod exposure;
mod filing;
pub(crate) mod findings;
pub(crate) mod found;
pub(crate) mod history;
pub(crate) mod holder;
mod judging;
pub(crate) mod key;
pub(crate) mod member;
pub(crate) mod mirror;
pub(crate) mod papers;
mod passphrase;
mod promises;
pub(crate) mod replay;
mod review;
mod roll_calls;
pub(crate) mod secretariat;
pub(crate) mod status;
pub(crate) mod watch;
mod words;

use std::path::Path;

use comity_member::home::Card;
use comity_mirror::files;
use comity_mirror::follow::{Applied, FollowError, Follower};
use comity_mirror::source;
use comity_mirror::zonefile::{Fault, ZoneFileError};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::{LedgerArgs, LifeArgs};
use crate::output::Failure;

/// Octets of a small file that a command reads.
const SMALL_FILE_OCTETS_MAX: u64 = 1024 * 1024;

/// Follows a ledger to its head.
fn follow(ledger: &LedgerArgs) -> Result<Follower, Failure> {
    follow_with(ledger, &mut |_| ())
}

/// The same, and shows each act that was applied.
fn follow_with(ledger: &LedgerArgs, look: &mut dyn FnMut(&Applied)) -> Result<Follower, Failure> {
    let mut follower = Follower::new(source::open(&ledger.ledger), ledger.founding);
    let applied = follower.poll().map_err(|error| follow_failure(&error))?;
    applied.iter().for_each(look);
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

/// Why a zone file is not taken: it cannot be read, or it is no zone.
pub(crate) fn zone_failure(path: &Path, error: &ZoneFileError) -> Failure {
    let text = format!("{}: {error}", path.display());
    match error.fault {
        Fault::Unreadable(_) => Failure::World(text),
        _ => Failure::rule("zone", text),
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let octets = files::read_required(path, SMALL_FILE_OCTETS_MAX).map_err(Failure::world)?;
    String::from_utf8(octets)
        .map_err(|_| Failure::World(format!("{} is not text in UTF-8", path.display())))
}

/// A party's card.
fn read_card(path: &Path) -> Result<Card, Failure> {
    serde_json::from_str(&read_text(path)?)
        .map_err(|error| Failure::World(format!("{}: {error}", path.display())))
}

/// Prepares and runs work until it ends, or somebody ends the process with
/// Ctrl-C or SIGTERM. A signal during the preparation ends it cleanly as well.
fn until_stopped<W>(
    life: LifeArgs,
    prepare: impl FnOnce() -> Result<W, Failure>,
) -> Result<(), Failure>
where
    W: Future<Output = Result<(), Failure>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::world)?;
    let signals = runtime.block_on(async { Signals::listen() });
    let signals = signals.map_err(Failure::world)?;
    let work = prepare()?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome,
            () = signals.heard() => {
                tracing::info!("stopped");
                Ok(())
            }
            () = orphaned(life) => {
                tracing::info!("stopped: standard input has ended");
                Ok(())
            }
        }
    });
    // Threads at work are not waited for: what must last is on the disk.
    runtime.shutdown_background();
    outcome
}

/// Resolves when standard input ends, where that is the end.
async fn orphaned(life: LifeArgs) {
    if !life.end_with_stdin {
        return std::future::pending().await;
    }
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _however_it_ends = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _nobody_waits = end.send(());
    });
    let _however_it_ends = ended.await;
}

/// The signals that ask a process to end.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From here on they end nothing by themselves.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Resolves when one comes.
    pub(crate) async fn heard(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
