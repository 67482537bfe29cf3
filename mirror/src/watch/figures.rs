//! A watcher's figures, as monitoring reads them: OpenMetrics text. What is not known is
//! left out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use comity_core::basic::Time;
use comity_core::upstream::UpstreamZone;
use comity_core::zone::Name;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::engine::Watcher;
use super::event::{Event, Level, What};
use super::view::UpstreamView;
use crate::metrics::{PREFIX, Table, left, set, whole};

/// What has happened since the program began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    taken: u64,
    refused: BTreeMap<String, u64>,
    events: BTreeMap<Level, u64>,
}

impl Counts {
    /// Counts events, each of which is said once.
    pub fn note(&mut self, events: &[Event]) {
        for event in events {
            *self.events.entry(event.level).or_default() += 1;
            match &event.what {
                What::Version { .. } => self.taken += 1,
                What::Refused { rule, .. } => {
                    *self.refused.entry(rule.clone()).or_default() += 1;
                }
                _ => {}
            }
        }
    }
}

/// The figures of a watcher.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The zone.
    pub zone: String,
    /// The serial of what is served.
    pub served: Option<u32>,
    /// The serial of the newest version that verified.
    pub newest: Option<u32>,
    /// When an upstream last had it.
    pub heard: Option<Time>,
    /// Until when what is served may be.
    pub until: Option<Time>,
    /// When the first of the newest version's signatures ends.
    pub first_expiration: Option<Time>,
    /// Changes that are held.
    pub held: usize,
    /// Whether the version as a whole is.
    pub is_frozen: bool,
    /// Changes that an alarm is about.
    pub alarms: usize,
    /// Each upstream.
    pub upstreams: Vec<UpstreamView>,
    /// Each key that trust anchors know, and how far it has come.
    pub anchors: Vec<(u16, &'static str)>,
    /// Whether the files that name trust anchors are good, where there are some.
    pub published: Option<bool>,
    /// What has happened.
    pub counts: Counts,
}

type By<const N: usize, M> = Family<[(&'static str, String); N], M>;

impl Figures {
    /// Those of a watcher.
    pub fn of(watcher: &Watcher, zone: &Name, counts: &Counts) -> Self {
        let stages = watcher.anchors().stages();
        Self {
            zone: zone.to_string(),
            served: watcher.served().map(|served| served.serial()),
            newest: watcher.newest().map(UpstreamZone::serial),
            heard: watcher.heard(),
            until: watcher.until(),
            first_expiration: watcher.newest().map(UpstreamZone::first_expiration),
            held: watcher.holds().held.len(),
            is_frozen: watcher.holds().frozen.is_some(),
            alarms: watcher.holds().alarms.len(),
            upstreams: watcher.sights().iter().map(UpstreamView::of).collect(),
            anchors: stages.map(|(key, stage)| (key, stage.as_str())).collect(),
            published: watcher.published().map(|word| word == "good"),
            counts: counts.clone(),
        }
    }

    /// The text, as of this time.
    ///
    /// # Errors
    /// Where the library cannot write it; that is a fault of ours.
    pub fn write(&self, now: Time) -> Result<String, std::fmt::Error> {
        let zone = (Cow::Borrowed("zone"), Cow::Owned(self.zone.clone()));
        let labels = [zone].into_iter();
        let mut table = Table(Registry::with_prefix_and_labels(PREFIX, labels));
        self.serving(&mut table, now);
        self.changes(&mut table);
        self.upstreams(&mut table);
        self.trust(&mut table);
        self.happened(&mut table);
        table.text()
    }

    fn serving(&self, table: &mut Table, now: Time) {
        table.gauge(
            "watch_serving",
            "Whether a version is served",
            u64::from(self.served.is_some()),
        );
        for (name, help, serial) in [
            (
                "watch_served_serial",
                "Serial of what is served",
                self.served,
            ),
            (
                "watch_newest_serial",
                "Serial of the newest version that verified",
                self.newest,
            ),
        ] {
            if let Some(serial) = serial {
                table.gauge(name, help, serial.into());
            }
        }
        table.time(
            "watch_heard_timestamp",
            "When an upstream last had the newest version that verified",
            self.heard,
        );
        if let Some(until) = self.until {
            table.seconds(
                "watch_remaining",
                "Time until nothing is served, unless an upstream has news; negative after it",
                left(until, now),
            );
        }
        table.time(
            "watch_signatures_first_expiration_timestamp",
            "When the first signature of the newest version expires",
            self.first_expiration,
        );
    }

    fn changes(&self, table: &mut Table) {
        table.gauge(
            "watch_held_changes",
            "Changes that are held",
            whole(self.held),
        );
        table.gauge(
            "watch_frozen",
            "Whether the version as a whole is held",
            u64::from(self.is_frozen),
        );
        table.gauge(
            "watch_alarmed_changes",
            "Changes in effect that an alarm is about",
            whole(self.alarms),
        );
    }

    fn upstreams(&self, table: &mut Table) {
        let good = By::<1, Gauge>::default();
        let (state, serial) = (By::<2, Gauge>::default(), By::<1, Gauge>::default());
        for upstream in &self.upstreams {
            let name = || ("upstream", upstream.name.clone());
            let is_good = upstream.state == "good";
            set(&good.get_or_create(&[name()]), u64::from(is_good));
            let word = ("state", upstream.state.clone());
            set(&state.get_or_create(&[name(), word]), 1);
            if let Some(found) = upstream.serial {
                set(&serial.get_or_create(&[name()]), found.into());
            }
        }
        let registry = &mut table.0;
        registry.register(
            "watch_upstream_good",
            "Whether an upstream gives what is expected",
            good,
        );
        registry.register(
            "watch_upstream_state",
            "How an upstream is, as status says it",
            state,
        );
        registry.register(
            "watch_upstream_serial",
            "Serial that an upstream had last",
            serial,
        );
    }

    fn trust(&self, table: &mut Table) {
        let anchors = By::<2, Gauge>::default();
        for (key, stage) in &self.anchors {
            let labels = [("key", key.to_string()), ("stage", (*stage).to_owned())];
            set(&anchors.get_or_create(&labels), 1);
        }
        table.0.register(
            "watch_anchor",
            "Keys by their tags, and how far they have come as trust anchors",
            anchors,
        );
        if let Some(is_good) = self.published {
            table.gauge(
                "watch_published_anchors_good",
                "Whether the files that name trust anchors are good",
                u64::from(is_good),
            );
        }
    }

    fn happened(&self, table: &mut Table) {
        let taken = Counter::<u64>::default();
        taken.inc_by(self.counts.taken);
        let (refused, events) = (By::<1, Counter>::default(), By::<1, Counter>::default());
        for (rule, count) in &self.counts.refused {
            let counter = refused.get_or_create(&[("rule", rule.clone())]);
            counter.inc_by(*count);
        }
        for level in [Level::Info, Level::Warning, Level::Alarm] {
            let count = self.counts.events.get(&level).copied().unwrap_or_default();
            let counter = events.get_or_create(&[("level", level.to_string())]);
            counter.inc_by(count);
        }
        let registry = &mut table.0;
        registry.register(
            "watch_versions_taken",
            "Versions that verified, since the program began",
            taken,
        );
        registry.register(
            "watch_versions_refused",
            "Versions that broke a rule, each said once",
            refused,
        );
        registry.register(
            "watch_events",
            "What was said, since the program began",
            events,
        );
    }
}

#[cfg(test)]
mod tests;
