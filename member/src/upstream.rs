//! What this member saw of the upstream itself, for the others.

use comity_core::act::json;
use comity_core::edition::serial::is_later;
use comity_core::message::{SeenUpstream, UpstreamChanges, UpstreamReport};
use comity_core::state::FollowedUpstream;
use comity_core::zone::difference;
use comity_mirror::watch::lookout::{Lookout, Seen};
use tracing::info;

use crate::run::{Member, RunError};

/// A member's own look at the upstream.
pub(crate) struct Upstream {
    lookout: Lookout,
    /// What was sent last: in which run of the secretariat, and after which act.
    sent: Option<(u64, u64, SeenUpstream)>,
}

impl Upstream {
    pub(crate) fn new(lookout: Lookout) -> Self {
        Self {
            lookout,
            sent: None,
        }
    }
}

impl Member {
    /// Tells the others of what this member's watcher saw, once, if the ledger does not
    /// have it.
    pub(crate) fn report_upstream(&mut self, run: u64) -> Result<(), RunError> {
        let Some(upstream) = &self.upstream else {
            return Ok(());
        };
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let (Some(recorded), Some(seen)) = (&founded.upstream, upstream.lookout.seen()) else {
            return Ok(());
        };
        if founded.member_of(&self.identity.public()).is_none() || !is_news(recorded, &seen) {
            return Ok(());
        }
        let own = SeenUpstream {
            ledger: founded.ledger,
            serial: seen.serial,
            digest: seen.digest,
            verdict: seen.verdict,
            held: seen.held.clone(),
        };
        let sent = Some((run, recorded.position, own.clone()));
        if upstream.sent == sent {
            return Ok(());
        }
        let report = UpstreamReport {
            seen: self.identity.signed(&own),
            since: recorded.position,
            changes: UpstreamChanges {
                changes: difference(&recorded.contents, &seen.contents),
            },
        };
        let octets = json::encode(&report);
        let is_wanted = self.link.submit_report(&octets).map_err(RunError::Link)?;
        info!(serial = seen.serial, verdict = ?seen.verdict, is_wanted, "saw the upstream");
        // What came too late is said anew after the act that it was late for.
        if is_wanted && let Some(upstream) = &mut self.upstream {
            upstream.sent = sent;
        }
        Ok(())
    }
}

/// Whether the ledger lacks what was seen: a later version, or that less of the same
/// one is held.
fn is_news(recorded: &FollowedUpstream, seen: &Seen) -> bool {
    if is_later(seen.serial, recorded.serial) {
        return true;
    }
    let is_same = (seen.serial, seen.digest) == (recorded.serial, recorded.digest);
    let still = |held: &comity_core::zone::Name| seen.held.iter().any(|it| it.name == *held);
    is_same && recorded.held.keys().any(|held| !still(held))
}

#[cfg(test)]
mod tests;
