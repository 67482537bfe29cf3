//! The claims of a joint zone's ledger: what its holders say of the changes of their
//! names. Followed and verified from the founding act on, like any mirror does; its server
//! is believed nothing.

use std::collections::BTreeMap;

use comity_core::basic::{Digest, Time};
use comity_core::explain::Explained;
use comity_core::guard::holders::consents;
use comity_core::guard::{Consent, Evidence};
use comity_core::state::Founded;
use comity_core::zone::Name;
use serde::Deserialize;

use super::event::{Event, Level, What};
use crate::follow::Follower;
use crate::source;

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsConfig {
    /// A directory or a URL.
    pub ledger: String,
    /// Id of the founding act to trust.
    pub founding: Digest,
}

/// A ledger whose holders are heard.
pub(super) struct Claims {
    follower: Follower,
    zone: Name,
    /// What was last said of it.
    said: Option<String>,
}

impl Claims {
    /// Nothing is followed yet.
    pub(super) fn new(config: &ClaimsConfig, zone: &Name) -> Self {
        let source = source::open(&config.ledger);
        Self {
            follower: Follower::new(source, Some(config.founding)),
            zone: zone.clone(),
            said: None,
        }
    }

    /// Follows the ledger; whether there are acts that were not known. What is wrong with
    /// it is said once, and what was known before still counts.
    pub(super) fn follow(&mut self, now: Time, events: &mut Vec<Event>) -> bool {
        let (is_news, wrong) = match self.follower.poll() {
            Ok(applied) => (!applied.is_empty(), self.wrong()),
            Err(error) => (false, Some(error.to_string())),
        };
        if wrong != self.said {
            let (level, text) = match &wrong {
                Some(why) if self.founded().is_some() => (
                    Level::Warning,
                    format!("holders are heard as of before: {why}"),
                ),
                Some(why) => (Level::Alarm, format!("no holder is heard: {why}")),
                None => (Level::Info, "holders are heard by their ledger".into()),
            };
            let what = What::Claims { why: wrong.clone() };
            events.push(Event::new(now, level, what, text));
            self.said = wrong;
        }
        is_news
    }

    /// What makes the ledger another than was meant.
    fn wrong(&self) -> Option<String> {
        let founded = self.follower.state().founded().ok()?;
        let origin = founded.contents.origin();
        (*origin != self.zone).then(|| format!("the ledger is of the zone {origin}"))
    }

    fn founded(&self) -> Option<&Founded> {
        let founded = self.follower.state().founded().ok()?;
        (*founded.contents.origin() == self.zone).then_some(founded)
    }

    /// Adds what the holders say of these changes.
    pub(super) fn add_to(&self, evidence: &mut Evidence, explained: &Explained) {
        let said: BTreeMap<Name, Consent> = match self.founded() {
            Some(founded) => consents(founded, explained),
            None => BTreeMap::new(),
        };
        for (name, consent) in said {
            evidence.names.entry(name).or_default().consent = consent;
        }
    }
}
