//! What this member saw of the upstream itself, for the others.

use comity_core::act::json;
use comity_core::basic::Digest;
use comity_core::edition::serial::is_later;
use comity_core::message::{SeenUpstream, UpstreamChanges, UpstreamReport};
use comity_core::zone::{Name, difference};
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
        let version = (recorded.serial, recorded.digest);
        let is_news = is_news(version, recorded.held.keys(), &seen);
        if founded.member_of(&self.identity.public()).is_none() || !is_news {
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

/// Whether the ledger, which has this version, and of it holds this, lacks what was
/// seen: a later version, or that less of the same one is held.
fn is_news<'a>(
    recorded: (u32, Digest),
    mut held: impl Iterator<Item = &'a Name>,
    seen: &Seen,
) -> bool {
    let still = |name: &Name| seen.held.iter().any(|it| it.name == *name);
    is_later(seen.serial, recorded.0)
        || (seen.serial, seen.digest) == recorded && held.any(|name| !still(name))
}

#[cfg(test)]
mod tests;
