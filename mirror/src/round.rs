//! A mirror's work, round after round: it follows the ledger, keeps the last
//! good edition on the disk, and says what is to be served. The clock is an
//! argument, and what is to be served comes back: who answers for it is none
//! of this module's business.

use comity_core::basic::Time;
use comity_core::edition::SignedZone;
use comity_core::ledger::{CosignedCheckpoint, TreeHead};
use comity_core::state::{Figures, State};
use tracing::{error, info, warn};

use crate::follow::{Applied, FollowError, Follower};
use crate::memory::Memory;
use crate::metrics::{Measured, Serving};

/// A mirror.
pub struct Rounds {
    memory: Memory,
    follower: Follower,
    /// How far the ledger was followed before.
    known: Option<TreeHead>,
    serving: Option<SignedZone>,
    /// Why the edition served is not on the disk.
    unkept: Option<String>,
    /// What was last said of the ledger.
    said: Option<String>,
    /// When the ledger was last read and nothing was wrong with it.
    read: Option<Time>,
    /// The head and the size of the ledger of which the figures are.
    measured: (Option<CosignedCheckpoint>, u64),
    figures: Figures,
}

/// What is to be served from now on.
#[derive(Clone, Debug)]
pub enum News {
    /// The same as before.
    None,
    /// This.
    Serve(SignedZone),
    /// Nothing.
    Withdraw,
}

impl Rounds {
    /// Takes up a mirror where it stands: what its memory has of a good edition
    /// is served at once. The follower has followed nothing yet.
    pub fn start(memory: Memory, follower: Follower, now: Time) -> Self {
        let known = memory.known().unwrap_or_else(|error| {
            error!("{error}");
            None
        });
        let known = known.map(|trusted| trusted.head());
        // Before it is served: what a crash left may only be visible.
        let settled = memory.settle();
        let unkept = settled.err().map(|error| error.to_string());
        Self {
            serving: stored(&memory, now),
            memory,
            follower: follower.knowing(known),
            known,
            unkept,
            said: None,
            read: None,
            measured: (None, 0),
            figures: Figures::default(),
        }
    }

    /// The zone to be served now.
    pub fn serving(&self) -> Option<&SignedZone> {
        self.serving.as_ref()
    }

    /// Why the zone to be served is not on the disk; none where it is.
    pub fn unkept(&self) -> Option<&str> {
        self.unkept.as_deref()
    }

    /// The ledger as it was followed.
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// The figures of the last round. The countdown is that of what is served.
    pub fn measure(&self) -> Measured {
        let first_expiration = self.serving.as_ref().map(SignedZone::first_expiration);
        Measured {
            figures: Figures {
                first_expiration,
                ..self.figures.clone()
            },
            serving: Some(Serving {
                serves: self.serving.is_some(),
                read: self.read,
            }),
        }
    }

    /// Computes the figures, if there is news: each cosignature is verified for it.
    fn compute_figures(&mut self) {
        let (head, state) = (self.follower.checkpoint(), self.follower.state());
        let size = state.log().size();
        if (self.measured.0.as_ref(), self.measured.1) != (head, size) {
            self.figures = state.figures(head);
            self.measured = (head.cloned(), size);
        }
    }

    /// Looks at the ledger. One that breaks a rule changes nothing of what is
    /// served.
    pub fn round(&mut self, now: Time) -> News {
        let outcome = self.follower.poll();
        if outcome.is_ok() {
            self.read = Some(now);
        }
        self.compute_figures();
        // What was applied before a violation is good, unless it ends before
        // what is known already.
        let size = self.follower.state().log().size();
        let news = match self.known {
            Some(known) if known.size > size => News::None,
            Some(_) | None => self.take_over(now),
        };
        self.tell(outcome);
        match self.withdraw_expired(now) {
            true => News::Withdraw,
            false => news,
        }
    }

    /// Takes over the last edition of the state, if it is newer than what is
    /// served.
    fn take_over(&mut self, now: Time) -> News {
        let state = self.follower.state();
        let Ok(founded) = state.founded() else {
            return News::None;
        };
        let (Some(zone), Some(record)) = (&founded.published, founded.editions.last()) else {
            return News::None;
        };
        let is_served = self.serving.as_ref().is_some_and(|served| {
            served.serial() == zone.serial() && served.zonemd() == zone.zonemd()
        });
        if is_expired(zone, now) || (is_served && self.unkept.is_none()) {
            return News::None;
        }
        // The disk first: after a crash on any line below, what was served is
        // served again.
        self.unkept = keep(&self.memory, zone, (record.edition, state), &self.unkept);
        if is_served {
            return News::None;
        }
        info!(edition = record.edition, serial = zone.serial(), "serving");
        self.serving = Some(zone.clone());
        News::Serve(zone.clone())
    }

    /// Signatures that have expired convince nobody: better to say that there
    /// is nothing good.
    fn withdraw_expired(&mut self, now: Time) -> bool {
        let is_expired = self.serving.as_ref().is_some_and(|it| is_expired(it, now));
        if is_expired {
            error!("the signatures have expired; nothing is served until a new edition comes");
            self.serving = None;
        }
        is_expired
    }

    /// Says what the round came to; the same trouble only once.
    fn tell(&mut self, outcome: Result<Vec<Applied>, FollowError>) {
        let error = match outcome {
            Ok(applied) => {
                for applied in applied {
                    info!(act = applied.position, outcome = ?applied.outcome, "applied");
                }
                self.said = None;
                return;
            }
            Err(error) => error,
        };
        let text = error.to_string();
        if self.said.as_ref() != Some(&text) {
            match &error {
                FollowError::Unreadable(_) => warn!("the ledger cannot be read: {text}"),
                FollowError::Violation(violation) => error!(
                    rule = violation.rule(),
                    culprit = violation.culprit(),
                    "the ledger breaks a rule; the last good edition stays: {text}"
                ),
            }
        }
        self.said = Some(text);
    }
}

/// The last good edition on the disk.
fn stored(memory: &Memory, now: Time) -> Option<SignedZone> {
    match memory.last_good(now) {
        Ok(Some(loaded)) => {
            if let Some(fallback) = loaded.fallback {
                warn!("the last edition could not be read, the one before is served: {fallback}");
            }
            let (edition, serial) = (loaded.meta.edition, loaded.zone.serial());
            info!(
                edition,
                serial, "serving the last good edition from the disk"
            );
            Some(loaded.zone)
        }
        Ok(None) => None,
        Err(error) => {
            warn!("nothing to serve until the ledger is read: {error}");
            None
        }
    }
}

/// Brings an edition to the disk; why it is not there, if so. `before` is why
/// it was not.
fn keep(
    memory: &Memory,
    zone: &SignedZone,
    (edition, state): (u64, &State),
    before: &Option<String>,
) -> Option<String> {
    let kept = memory.keep(zone, edition, state);
    let failure = kept.err().map(|error| error.to_string());
    // A change of a delegation that does not get through does more harm than a
    // restart that goes back to the edition before.
    if let Some(failure) = failure.as_ref().filter(|it| Some(*it) != before.as_ref()) {
        error!(
            "edition {edition} is served, but cannot be kept, and a restart would serve the one \
             before: {failure}; this is tried again"
        );
    }
    if failure.is_none() && before.is_some() {
        info!(edition, "kept");
    }
    failure
}

/// Whether one of a zone's signatures has expired.
fn is_expired(zone: &SignedZone, now: Time) -> bool {
    zone.first_expiration() <= now
}
