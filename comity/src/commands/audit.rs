//! `comity audit`: the whole history, verified again from its first act.

use std::path::Path;
use std::time::{Duration, Instant};

use comity_core::basic::Digest;
use comity_mirror::follow::{FollowError, Follower};
use comity_mirror::ledger::{self, CHECKPOINT_PATH, Census};
use comity_mirror::source::{self, FetchError};
use comity_secretariat::evidence::Proof;
use indicatif::ProgressBar;
use serde::Serialize;

use super::epochs::{self, AuditedEpoch};
use super::evidence::Exhibits;
use super::follow_failure;
use super::promises::{Promise, Promises};
use crate::args::AuditArgs;
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Audited {
    ledger: String,
    founding: Option<Digest>,
    acts: u64,
    root: Digest,
    editions: usize,
    serial: Option<u32>,
    zonemd: Option<String>,
    state: Digest,
    /// The epochs, their ceremonies recomputed.
    epochs: Vec<AuditedEpoch>,
    /// Blobs that no act names, as a crash leaves them.
    orphans: Vec<String>,
    /// What the messages prove that were to be judged.
    proofs: Vec<Proof>,
    /// What became of drop boxes' promises that were to be judged.
    receipts: Vec<Promise>,
    seconds: f64,
}

/// Runs `comity audit`.
pub(crate) fn run(args: &AuditArgs, output: &Output) -> Result<(), Failure> {
    let started = Instant::now();
    let progress = ProgressBar::new_spinner().with_message("replaying from the founding act");
    progress.enable_steady_tick(Duration::from_millis(100));
    let mut looks = Looks {
        exhibits: Exhibits::read(args.evidence.as_deref())?,
        promises: Promises::read(args.receipts.as_deref())?,
    };
    let mut follower = Follower::new(source::open(&args.ledger), args.founding);
    follow(&mut follower, &mut looks)?;
    progress.set_message("checking the ledger's files");
    let orphans = census(args, &mut follower, &mut looks)?;
    progress.set_message("recomputing the ceremonies");
    let groups = epochs::recompute(&follower)?;
    let proofs = looks.exhibits.judge(&follower, &groups)?;
    let receipts = looks.promises.judge(follower.state())?;
    progress.finish_and_clear();
    let state = follower.state();
    let founded = state.founded().ok();
    let published = founded.and_then(|founded| founded.published.as_ref());
    let audited = Audited {
        ledger: args.ledger.clone(),
        founding: founded.map(|founded| founded.ledger),
        acts: state.log().size(),
        root: state.log().root(),
        editions: founded.map_or(0, |founded| founded.editions.len()),
        serial: published.map(|zone| zone.serial()),
        zonemd: published.map(|zone| data_encoding::HEXLOWER.encode(&zone.zonemd())),
        state: state.digest(),
        epochs: epochs::list(&follower),
        orphans,
        proofs,
        receipts,
        seconds: (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
    };
    let text = text(&audited, args.founding.is_some());
    output.print(&audited, text);
    match audited.receipts.iter().any(Promise::is_breach) {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

/// What is judged in the course of an audit beside the ledger.
struct Looks {
    exhibits: Exhibits,
    promises: Promises,
}

/// Follows to the head. What a mirror passes over, or waits for, is found.
fn follow(follower: &mut Follower, looks: &mut Looks) -> Result<(), Failure> {
    let followed = follower.poll_with(&mut |state, applied| {
        looks.exhibits.look(state, applied);
        looks.promises.look(state, applied);
    });
    let followed = followed.and_then(|_| follower.check_cosignatures());
    followed.map_err(|error| match error {
        FollowError::Unreadable(FetchError::Missing { at }) if !at.ends_with(CHECKPOINT_PATH) => {
            Failure::rule("ledger-files", format!("{at} is missing"))
        }
        error => follow_failure(&error),
    })
}

/// How often a ledger that is being written is looked at again.
const ROUNDS_MAX: u32 = 20;

/// Checks a directory file by file. A ledger that grew meanwhile is followed
/// and checked again.
fn census(
    args: &AuditArgs,
    follower: &mut Follower,
    looks: &mut Looks,
) -> Result<Vec<String>, Failure> {
    let path = Path::new(&args.ledger);
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut rounds = 0;
    loop {
        let Some(checkpoint) = follower.checkpoint().cloned() else {
            return Ok(Vec::new());
        };
        let Census {
            findings, orphans, ..
        } = ledger::census(path, &checkpoint, follower.blobs()).map_err(Failure::world)?;
        let Some(finding) = findings.first() else {
            return Ok(orphans
                .into_iter()
                .map(|orphan| orphan.to_string())
                .collect());
        };
        rounds += 1;
        follow(follower, looks)?;
        if follower.checkpoint() == Some(&checkpoint) || rounds == ROUNDS_MAX {
            return Err(Failure::rule("ledger-files", finding));
        }
    }
}

fn text(audited: &Audited, pinned: bool) -> String {
    let mut text = format!(
        "Everything verifies: {} acts, {} editions.\n  root   {}\n  state  {}\n",
        audited.acts, audited.editions, audited.root, audited.state
    );
    if let (Some(serial), Some(zonemd)) = (audited.serial, &audited.zonemd) {
        text.push_str(&format!(
            "  zone   serial {serial}, ZONEMD {}…\n",
            &zonemd[..24]
        ));
    }
    if let Some(founding) = audited.founding {
        let trust = if pinned {
            "as you said"
        } else {
            "compare it with what you trust"
        };
        text.push_str(&format!("  founding act {founding} ({trust})\n"));
    }
    for epoch in &audited.epochs {
        text.push_str(&format!("  {epoch}\n"));
    }
    for proof in &audited.proofs {
        text.push_str(&format!("  {proof}\n"));
    }
    for receipt in &audited.receipts {
        text.push_str(&format!("  {receipt}\n"));
    }
    for orphan in &audited.orphans {
        text.push_str(&format!("  orphan of a crash, harmless: {orphan}\n"));
    }
    text
}
