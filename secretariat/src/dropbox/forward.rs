//! Follows the ledger, and brings there what the box took. An act counts as
//! brought when the ledger has it, whatever the secretariat says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_mirror::client::{Client, LinkError};
use comity_mirror::clock::{self, Clock};
use comity_mirror::follow::{FollowError, Follower};
use tracing::{error, info, warn};

use super::desk::{Desk, Unready};

/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// The longest that the secretariat's answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(30);
/// The wait before an act is sent again; it doubles each time.
const BACKOFF: Duration = Duration::from_millis(250);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// How long an act that the secretariat took may need to be seen.
const SEEN: Duration = Duration::from_secs(5);

/// Follows and forwards.
pub struct Forwarder {
    pub(super) desk: Arc<Desk>,
    pub(super) follower: Follower,
    pub(super) client: Client,
    tries: BTreeMap<Digest, Try>,
    /// What was last said of the ledger.
    said: String,
    /// Why it takes no acts, if so; none before that was said.
    unready: Option<Option<Unready>>,
}

/// How far it is with an act.
#[derive(Clone, Copy, Debug)]
struct Try {
    times: u32,
    /// When it is sent again, by the clock that nobody sets.
    next: Duration,
    /// The secretariat refused the act by itself.
    is_late: bool,
}

/// What became of an act that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// It is there, or should soon be.
    Taken,
    /// By itself it is refused.
    Refused,
    /// Nobody took it.
    NotNow,
}

impl Forwarder {
    /// Follows by `follower`, and brings acts to the secretariat of `client`.
    pub fn new(desk: Arc<Desk>, follower: Follower, client: Client) -> Self {
        Self {
            desk,
            follower,
            client,
            tries: BTreeMap::new(),
            said: String::new(),
            unready: None,
        }
    }

    /// Works until the process ends: it may end at any moment, since an act is
    /// outstanding until the ledger has it.
    pub(super) fn run(mut self) -> ! {
        loop {
            self.round(&clock::Local);
            self.desk.wait(LOOK);
        }
    }

    /// Looks at the ledger, and sends what is due.
    pub fn round(&mut self, clock: &dyn Clock) {
        let followed = self.follow();
        self.say(followed.as_ref().err());
        // Without a look at the ledger nothing is sent a second time: it may
        // have been taken although nobody said so.
        if followed.is_ok() {
            self.forward(clock);
        }
    }

    /// The ledger as it was followed.
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    fn follow(&mut self) -> Result<(), FollowError> {
        let mut applied = Vec::new();
        let polled = self
            .follower
            .poll_with(&mut |_, one| applied.push(one.clone()));
        // What was applied before a violation is good.
        if (polled.is_ok() || !applied.is_empty())
            && let Err(error) = self.desk.note(&applied, self.follower.state())
        {
            error!("{error}; this is tried again");
        }
        polled.map(drop)
    }

    /// Says how it is with the ledger, the same only once.
    fn say(&mut self, failure: Option<&FollowError>) {
        let text = failure.map(ToString::to_string).unwrap_or_default();
        if text != self.said {
            match failure {
                Some(FollowError::Violation(violation)) => error!(
                    rule = violation.rule(),
                    culprit = violation.culprit(),
                    "the ledger breaks a rule; acts are taken by what was good: {violation}"
                ),
                Some(FollowError::Unreadable(_)) => warn!("the ledger cannot be read: {text}"),
                None => info!("the ledger can be read again"),
            }
            self.said = text;
        }
        let unready = Some(self.desk.unready());
        if unready != self.unready {
            match &unready {
                Some(Some(why)) => warn!("takes no acts: {why}"),
                Some(None) | None => info!("takes acts"),
            }
            self.unready = unready;
        }
    }

    /// Sends what is due.
    fn forward(&mut self, clock: &dyn Clock) {
        let outstanding = self.desk.outstanding();
        let known: BTreeSet<Digest> = outstanding.iter().copied().collect();
        self.tries.retain(|leaf, _| known.contains(leaf));
        for leaf in outstanding {
            let now = clock.running();
            let this = self.tries.get(&leaf).copied();
            if this.is_some_and(|this| this.next > now) {
                continue;
            }
            let (times, is_late) = this.map_or((0, false), |this| (this.times, this.is_late));
            let sent = self.send(&leaf, is_late);
            let wait = match sent {
                Sent::Taken => SEEN,
                // An act of the box's own takes its place.
                Sent::Refused if !is_late => Duration::ZERO,
                Sent::Refused | Sent::NotNow => backoff(times),
            };
            let again = Try {
                times: times.saturating_add(1),
                next: clock.running() + wait,
                is_late: is_late || sent == Sent::Refused,
            };
            self.tries.insert(leaf, again);
            if sent == Sent::NotNow {
                break;
            }
        }
    }

    fn send(&self, leaf: &Digest, is_late: bool) -> Sent {
        let outgoing = match self.desk.outgoing(leaf, is_late) {
            Ok(Some(outgoing)) => outgoing,
            // It came there meanwhile.
            Ok(None) => return Sent::Taken,
            Err(error) => {
                error!(act = %leaf, "{error}");
                return Sent::Refused;
            }
        };
        match self.client.submit_act(&outgoing.entry) {
            Ok(_) => {
                info!(act = %leaf, is_plain = outgoing.is_plain, "brought an act to the secretariat");
                Sent::Taken
            }
            Err(LinkError::Refused { rule, .. }) if rule == KNOWN => Sent::Taken,
            Err(error @ LinkError::Refused { .. }) => {
                warn!(act = %leaf, is_plain = outgoing.is_plain, "the secretariat refuses: {error}");
                Sent::Refused
            }
            Err(error) => {
                warn!(act = %leaf, "the secretariat does not take an act now: {error}");
                Sent::NotNow
            }
        }
    }
}

/// The rule by which an act is refused that came with its receipt before.
const KNOWN: &str = "merged";

/// How long to wait after so many tries.
fn backoff(times: u32) -> Duration {
    let wait = BACKOFF.saturating_mul(2_u32.saturating_pow(times));
    wait.min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use comity_core::refusal::{MergeRefusal, Refusal};

    use super::*;

    #[test]
    fn tries_are_ever_further_apart_and_never_end() {
        let waits = [0, 1, 2, 7, 8, 9, u32::MAX].map(|times| backoff(times).as_millis());
        assert_eq!(waits, [250, 500, 1000, 32_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn what_is_merged_is_known_by_its_rule() {
        let leaf = Digest([1; 32]);
        let refusal = Refusal::from(MergeRefusal::Known { leaf });
        assert_eq!(refusal.rule(), KNOWN);
    }
}
