//! A member's own look at the name servers of delegations that change: before
//! a proposal is decided, and before the edition with it is signed. What it
//! finds goes beside the proposal, and stops nobody.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use comity_core::act::{DecisionResult, Found, Stage};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::check::{Planned, Severity};
use comity_core::limits;
use comity_core::state::{Founded, ProposalState};
use comity_mirror::clock;
use comity_mirror::delegation::{Asker, Settings};
use tracing::{info, warn};

use crate::acts;
use crate::link::LinkError;
use crate::run::{Member, RunError};

/// How long an edition waits for what this member finds, at most.
const SIGNING_WAIT: Duration = Duration::from_secs(15);
/// Looks that wait for their turn.
const JOBS_MAX: usize = 64;

/// A proposal at a stage.
type Look = (Digest, Stage);

/// The member's eyes: a thread that asks name servers.
pub(crate) struct Checks {
    jobs: SyncSender<Job>,
    results: Receiver<Made>,
    /// What has been asked for, and since when.
    asked: BTreeMap<Look, Instant>,
    /// What was found and is not filed yet.
    found: Vec<Made>,
    /// What was looked at, and the ledger time then: filed, refused, or no
    /// delegation.
    done: BTreeMap<Look, Time>,
}

struct Job {
    look: Look,
    planned: Vec<Planned>,
}

struct Made {
    look: Look,
    begun: Time,
    names: Vec<Found>,
}

impl Checks {
    /// Eyes that ask as these settings say.
    pub(crate) fn new(settings: Settings) -> std::io::Result<Self> {
        let (jobs, taken) = sync_channel::<Job>(JOBS_MAX);
        let (give, results) = sync_channel::<Made>(JOBS_MAX);
        let asker = Asker::new(settings)?;
        thread::Builder::new()
            .name("checks".into())
            .spawn(move || {
                for Job { look, planned } in taken {
                    let begun = clock::now();
                    let names = planned.iter().take(limits::FINDINGS_NAMES_MAX);
                    let names = names.map(|one| asker.check(one));
                    let names = names.collect();
                    if give.send(Made { look, begun, names }).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            jobs,
            results,
            asked: BTreeMap::new(),
            found: Vec::new(),
            done: BTreeMap::new(),
        })
    }

    /// Whether something is being looked at, or waits to be filed.
    pub(crate) fn is_busy(&self) -> bool {
        !self.asked.is_empty() || !self.found.is_empty()
    }

    fn is_new(&self, look: &Look, now: Time) -> bool {
        let is_done = self.done.get(look).is_some_and(|then| is_fresh(*then, now));
        !is_done
            && !self.asked.contains_key(look)
            && !self.found.iter().any(|made| made.look == *look)
    }

    fn ask(&mut self, look: Look, planned: Vec<Planned>, now: Time) {
        if planned.is_empty() {
            self.done.insert(look, now);
        } else if self.jobs.try_send(Job { look, planned }).is_ok() {
            // Where there is no room it is asked for again in the next round.
            self.asked.insert(look, Instant::now());
        }
    }

    fn take(&mut self, made: Made) {
        self.asked.remove(&made.look);
        for found in &made.names {
            let name = &found.name;
            match found.worst {
                Some(worst) if worst >= Severity::Error => {
                    warn!(proposal = %made.look.0, %name, %worst, "a check failed");
                }
                _ => info!(proposal = %made.look.0, %name, "checked"),
            }
            if found.broken {
                warn!(proposal = %made.look.0, %name, "the chain of trust is broken as it is");
            }
        }
        self.found.push(made);
    }

    /// Waits until these looks are over, or have lasted too long.
    fn wait(&mut self, looks: &[Look]) {
        loop {
            let since = looks.iter().filter_map(|look| self.asked.get(look)).min();
            let Some(left) = since.and_then(|at| SIGNING_WAIT.checked_sub(at.elapsed())) else {
                return;
            };
            match self.results.recv_timeout(left) {
                Ok(made) => self.take(made),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

impl Member {
    /// Looks at what is proposed, and files what was found; before signing it
    /// waits for what the edition is about to carry.
    pub(crate) fn look(&mut self, is_signing: bool) -> Result<(), RunError> {
        let Some(mut checks) = self.checks.take() else {
            return Ok(());
        };
        let filed = self.look_with(&mut checks, is_signing);
        self.checks = Some(checks);
        filed
    }

    fn look_with(&self, checks: &mut Checks, is_signing: bool) -> Result<(), RunError> {
        let Ok(founded) = self.follower.state().founded() else {
            return Ok(());
        };
        let me = self.identity.public();
        let now = founded.time.unwrap_or_default();
        let wanted = wanted(founded, me, now);
        checks.done.retain(|look, _| wanted.contains_key(look));
        for (look, state) in &wanted {
            if checks.is_new(look, now) {
                let planned = Planned::at(look.1, &founded.contents, &state.proposal.changes);
                checks.ask(*look, planned, now);
            }
        }
        while let Ok(made) = checks.results.try_recv() {
            checks.take(made);
        }
        if is_signing {
            let looks = wanted.keys().filter(|(_, stage)| *stage == Stage::Signing);
            checks.wait(&looks.copied().collect::<Vec<_>>());
        }
        while let Some(made) = checks.found.pop() {
            let (proposal, stage) = made.look;
            let act = acts::findings(founded, proposal, stage, made.begun, made.names.clone());
            match self
                .link
                .submit_act(&self.identity.signed(&act).to_octets())
            {
                Ok(_) => {}
                Err(LinkError::Refused { rule, text }) => {
                    warn!(%proposal, rule, "findings were refused: {text}");
                }
                Err(error) => {
                    checks.found.push(made);
                    return Err(RunError::Link(error));
                }
            }
            checks.done.insert(made.look, now);
        }
        Ok(())
    }
}

/// What this member should look at and has not filed, by the ledger.
fn wanted(founded: &Founded, me: PublicKey, now: Time) -> BTreeMap<Look, &ProposalState> {
    if founded.member_of(&me).is_none() {
        return BTreeMap::new();
    }
    let stage = |state: &ProposalState| match &state.decided {
        None => Some(Stage::Decision),
        Some(decided) => {
            let is_adopted = decided.decision.result == DecisionResult::Adopted;
            let published = founded.editions.last();
            let is_new = published.is_none_or(|edition| edition.position < decided.position);
            (is_adopted && is_new).then_some(Stage::Signing)
        }
    };
    let is_filed = |state: &ProposalState, stage: Stage| {
        let mut own = state.findings.iter().filter(|found| found.by == me);
        own.clone().count() >= limits::FINDINGS_PER_KEY_MAX
            || own.any(|found| found.stage == stage && is_fresh(found.time, now))
    };
    let proposals = founded.proposals.iter();
    proposals
        .filter_map(|state| Some((state, stage(state)?)))
        .filter(|(state, stage)| !is_filed(state, *stage))
        .map(|(state, stage)| ((state.id, stage), state))
        .collect()
}

/// Whether what was found then is new enough: it counts for as long again.
fn is_fresh(then: Time, now: Time) -> bool {
    then.plus(limits::FINDINGS_SECONDS / 2) > now
}
