//! A member's work. Each round asks the secretariat for its tasks, follows the
//! ledger, and does what its own state and its operator's orders allow; the
//! tasks are only hints of what may be wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use comity_core::act::SessionKind;
use comity_core::basic::Digest;
use comity_core::message::SessionId;
use comity_core::refusal::Refusal;
use comity_mirror::clock::Clock;
use comity_mirror::delegation::Settings;
use comity_mirror::follow::{FollowError, Follower};
use comity_mirror::watch::lookout::Lookout;
use comity_sign::deal::DealError;
use comity_sign::epoch::EpochError;
use comity_sign::identity::Identity;
use comity_sign::sealed::Passphrase;
use comity_sign::session::SessionError;
use tracing::{error, info, warn};

use crate::ceremony::CeremonyRun;
use crate::checks::Checks;
use crate::cosign::{reachable, wants_newer};
use crate::handover::HandoverRun;
use crate::home::{Config, CosignedHead, Home, HomeError};
use crate::link::{Link, LinkError, WAIT_S};
use crate::receipts::Watch;
use crate::sent::Sent;
use crate::session::{Held, Released};
use crate::shares::Shares;
use crate::surroundings::{Errands, Random};
use crate::upstream::Upstream;

/// The wait after a round that failed; it doubles with each further one.
const BACKOFF: Duration = Duration::from_millis(250);
const BACKOFF_MAX: Duration = Duration::from_secs(8);
/// How long the secretariat may keep a request open while name servers are
/// asked, or a cosignature has to wait for the next second.
const BUSY_WAIT_S: u64 = 1;
/// How long it may where there can be news of the upstream, of which the secretariat
/// knows nothing.
const UPSTREAM_WAIT_S: u64 = 5;
/// Payloads that are looked at in one round. There are never more than a
/// founding act or an absence to sign.
const ENDORSEMENTS_MAX: usize = 4;

/// A running member.
pub struct Member {
    pub(crate) home: Home,
    pub(crate) identity: Identity,
    pub(crate) passphrase: Passphrase,
    pub(crate) link: Link,
    pub(crate) follower: Follower,
    pub(crate) config_founding: Option<Digest>,
    pub(crate) cosigned: Option<CosignedHead>,
    /// What the last cosignature should be later than; 0 where none is wanted.
    cosign_after: u64,
    pub(crate) endorsed: BTreeSet<Digest>,
    pub(crate) ceremony: Option<CeremonyRun>,
    pub(crate) handover: Option<HandoverRun>,
    /// That this member holds a share of the epoch that was dealt, and by which act.
    pub(crate) possession: Option<(Digest, Sent)>,
    pub(crate) shares: Shares,
    pub(crate) held: BTreeMap<SessionId, Held>,
    pub(crate) released: BTreeMap<SessionKind, Released>,
    /// The size of the batch that is due at a ledger size.
    pub(crate) planned: Option<(u64, Option<usize>)>,
    /// What drop boxes promised, and is not on the ledger.
    pub(crate) watch: Watch,
    /// Its own look at name servers, where its operator wants it.
    pub(crate) checks: Option<Checks>,
    /// Its own look at the upstream, where its operator has it watched.
    pub(crate) upstream: Option<Upstream>,
    sequence: u64,
    run: u64,
    trouble: Trouble,
}

/// Why a round ended early.
#[derive(Debug)]
pub enum RunError {
    /// The secretariat did not answer, or refused.
    Link(LinkError),
    /// The ledger could not be followed.
    Follow(FollowError),
    /// The member's own files failed.
    Home(HomeError),
    /// A ceremony failed; the culprit is named.
    Deal(DealError),
    /// What a ledger or a secretariat says of a ceremony does not hold.
    Epoch(EpochError),
    /// A session failed; the culprit is named.
    Session(SessionError),
    /// The state says no.
    Refusal(Refusal),
    /// The secretariat asked for something that makes no sense.
    MalformedTask,
}

impl Member {
    /// Opens the member in `home`.
    ///
    /// # Errors
    /// Where its keys cannot be read, or no founding act is named.
    pub fn open(home: Home, config: &Config, passphrase: Passphrase) -> Result<Self, HomeError> {
        if config.founding.is_none() {
            return Err(HomeError::NoFounding);
        }
        let surroundings = home.surroundings();
        let link = Link::over(Arc::clone(&surroundings.network), &config.secretariat);
        let cosigned = home.cosigned()?;
        // Of a ledger that does not extend what it has cosigned a member
        // applies nothing, so that it can go on when the true one is back.
        let follower =
            Follower::new(link.source(), config.founding).knowing(cosigned.map(CosignedHead::head));
        let follower = match surroundings.errands {
            Errands::InThreads => follower,
            Errands::InTurn => follower.by_one_processor(),
        };
        Ok(Self {
            identity: home.identity(&passphrase)?,
            cosigned,
            watch: Watch::new(home.receipts(), surroundings),
            home,
            passphrase,
            link,
            follower,
            config_founding: config.founding,
            endorsed: BTreeSet::new(),
            ceremony: None,
            handover: None,
            possession: None,
            shares: Shares::default(),
            held: BTreeMap::new(),
            released: BTreeMap::new(),
            planned: None,
            checks: None,
            upstream: None,
            cosign_after: 0,
            sequence: 0,
            run: 0,
            trouble: Trouble::default(),
        })
    }

    /// Has it look at the name servers of delegations that change.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn with_checks(mut self, settings: Settings) -> std::io::Result<Self> {
        self.checks = Some(Checks::new(settings)?);
        Ok(self)
    }

    /// Has it tell the others what its watcher sees of the upstream.
    #[must_use]
    pub fn with_upstream(mut self, lookout: Lookout) -> Self {
        self.upstream = Some(Upstream::new(lookout));
        self
    }

    /// Works until the process ends. Every step is safe to be cut off: what
    /// must not be forgotten is on the disk before it leaves.
    pub fn run(mut self) -> ! {
        loop {
            if let Some(wait) = self.turn() {
                std::thread::sleep(wait);
            }
        }
    }

    /// One round, and how long to wait before the next, if that is not to
    /// follow at once.
    pub fn turn(&mut self) -> Option<Duration> {
        match self.round() {
            Ok(()) => {
                self.trouble = std::mem::take(&mut self.trouble).end();
                None
            }
            Err(failure) => {
                self.sequence = 0;
                Some(self.trouble.meet(&failure))
            }
        }
    }

    /// One round.
    ///
    /// # Errors
    /// Why it ended early; the next may go better.
    pub fn round(&mut self) -> Result<(), RunError> {
        let is_busy = self.checks.as_ref().is_some_and(Checks::is_busy)
            || wants_newer(self.cosigned.as_ref(), self.cosign_after);
        let wait_s = match &self.upstream {
            _ if is_busy => BUSY_WAIT_S,
            Some(_) => UPSTREAM_WAIT_S,
            None => WAIT_S,
        };
        let tasks = self.link.tasks(self.sequence, wait_s);
        let tasks = tasks.map_err(RunError::Link)?;
        if tasks.run != self.run {
            info!(secretariat = self.link.base(), "connected");
            (self.run, self.endorsed) = (tasks.run, BTreeSet::new());
        }
        // Before the founding act there is no ledger to follow.
        if tasks.founded {
            self.follow()?;
            self.cosign_after = reachable(tasks.cosign_after, self.clock().now());
            self.cosign(self.cosign_after)?;
            self.hold_to_receipts();
        }
        for id in tasks.endorse.iter().take(ENDORSEMENTS_MAX) {
            self.endorse(id)?;
        }
        if let Some(task) = &tasks.ceremony {
            self.take_part(task, tasks.run)?;
            self.hand_over(task, tasks.run)?;
        }
        if tasks.founded {
            self.take_share(tasks.run)?;
            self.wipe_old_shares()?;
        }
        self.look(false)?;
        if tasks.founded {
            self.report_upstream(tasks.run)?;
        }
        self.forget_old_nonces();
        self.commit(&tasks.commit, tasks.run)?;
        self.release(tasks.run)?;
        // Only now: a round that failed asks for the same tasks again.
        self.sequence = tasks.sequence;
        Ok(())
    }

    /// The ledger as this member follows it.
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// What this member reads the time from.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.home.surroundings().clock
    }

    /// Where its secrets come from.
    pub(crate) fn random(&self) -> Random {
        self.home.surroundings().random.clone()
    }

    fn follow(&mut self) -> Result<(), RunError> {
        let watch = &mut self.watch;
        let polled = self.follower.poll_with(&mut |_, applied| {
            info!(act = applied.position, outcome = ?applied.outcome, "applied");
            watch.note(applied);
        });
        polled.map(drop).map_err(RunError::Follow)
    }
}

/// Rounds that failed, one after the other.
#[derive(Default)]
struct Trouble {
    rounds: u32,
    said: String,
}

impl Trouble {
    /// Says that it is over, where it was said that there is some.
    fn end(self) -> Self {
        if !self.said.is_empty() {
            info!("at work again");
        }
        Self::default()
    }

    /// Says what went wrong, the same trouble only once, and gives the time to
    /// wait.
    fn meet(&mut self, failure: &RunError) -> Duration {
        let text = failure.to_string();
        if text != self.said {
            report(failure);
            self.said = text;
        }
        let wait = BACKOFF.saturating_mul(2_u32.saturating_pow(self.rounds));
        self.rounds += 1;
        wait.min(BACKOFF_MAX)
    }
}

/// Says what went wrong, as loud as it deserves.
fn report(failure: &RunError) {
    match failure {
        RunError::Follow(FollowError::Violation(violation)) => {
            error!(
                rule = violation.rule(),
                culprit = violation.culprit(),
                "the ledger breaks a rule; nothing of it is signed: {violation}"
            );
        }
        RunError::Home(error) => {
            error!("{error}; nothing leaves that was to be kept there first, and it is tried again")
        }
        RunError::Deal(_) | RunError::Epoch(_) | RunError::Session(_) => error!("{failure}"),
        _ => warn!("{failure}"),
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => write!(f, "{error}"),
            Self::Follow(error) => write!(f, "{error}"),
            Self::Home(error) => write!(f, "{error}"),
            Self::Deal(error) => write!(f, "the ceremony failed: {error}"),
            Self::Epoch(error) => write!(f, "the ceremony failed: {error}"),
            Self::Session(error) => write!(f, "the session failed: {error}"),
            Self::Refusal(refusal) => write!(f, "{refusal}"),
            Self::MalformedTask => f.write_str("the secretariat asks for something malformed"),
        }
    }
}

impl std::error::Error for RunError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_that_lasts_is_waited_for_ever_longer() {
        let mut trouble = Trouble::default();
        let waits = [(); 7].map(|()| trouble.meet(&RunError::MalformedTask).as_millis());
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 8000]);
        trouble.rounds = u32::MAX - 1;
        assert_eq!(trouble.meet(&RunError::MalformedTask), BACKOFF_MAX);
    }
}
