//! A watcher as others see it: its state as JSON, and for people.

use std::fmt::Write as _;

use comity_core::basic::Time;
use comity_core::zone::Name;
use serde::{Deserialize, Serialize};

use super::config::Mode;
use super::engine::Watcher;
use super::event::Judged;
use super::sight::{Health, Sight};

/// The state of a watcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// When it was so.
    pub time: Time,
    /// How often it looks, in seconds.
    #[serde(default)]
    pub refresh_s: u64,
    /// The zone.
    pub zone: Name,
    /// What is served of what was verified.
    pub mode: Mode,
    /// The serial of what is served; none where nothing is.
    pub served: Option<u32>,
    /// The serial of the newest version that verified.
    pub newest: Option<u32>,
    /// Until when it is served without news.
    pub until: Option<Time>,
    /// Each upstream.
    pub upstreams: Vec<UpstreamView>,
    /// What is held.
    pub held: Vec<Judged>,
    /// What is not explained, and is alarmed of from then on.
    #[serde(default)]
    pub alarms: Vec<Judged>,
    /// Since when the version as a whole is held.
    pub frozen: Option<Time>,
    /// Each key that trust anchors know, and how far it has come.
    pub anchors: Vec<AnchorView>,
    /// How it is with the files that name them: `good` or the word for what is wrong;
    /// none where there are no such files.
    #[serde(default)]
    pub published: Option<String>,
    /// What resolvers and secondaries took by TCP since the start.
    #[serde(default)]
    pub taken: Taken,
}

/// Transfers to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Of the whole zone.
    pub whole: u64,
    /// Of what has changed.
    pub increments: u64,
}

/// An upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamView {
    /// What it is called.
    pub name: String,
    /// `good`, `behind`, `unknown`, `silent`, or the word for what is wrong.
    pub state: String,
    /// What is wrong, in words.
    pub why: Option<String>,
    /// The serial that it had.
    pub serial: Option<u32>,
    /// When it was last asked.
    pub asked: Option<Time>,
}

/// A key that trust anchors know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorView {
    /// Its tag.
    pub key: u16,
    /// How far it has come.
    pub stage: String,
}

impl View {
    /// The state of a watcher now.
    pub fn of(watcher: &Watcher, zone: &Name, now: Time) -> Self {
        let holds = watcher.holds();
        Self {
            time: now,
            refresh_s: watcher.refresh_s(),
            zone: zone.clone(),
            mode: watcher.mode(),
            served: watcher.served().map(|served| served.serial()),
            newest: watcher.newest().map(|newest| newest.serial()),
            until: watcher.until(),
            upstreams: watcher.sights().iter().map(UpstreamView::of).collect(),
            held: holds.held.iter().map(|open| open.judged.clone()).collect(),
            alarms: holds.alarms.iter().map(|it| it.judged.clone()).collect(),
            frozen: holds.frozen,
            published: watcher.published().map(String::from),
            anchors: watcher
                .anchors()
                .stages()
                .map(|(key, stage)| AnchorView {
                    key,
                    stage: stage.to_string(),
                })
                .collect(),
            taken: Taken::default(),
        }
    }

    /// The same for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mode = self.mode.as_str();
        let serial = |serial: Option<u32>| serial.map_or("nothing".into(), |it| it.to_string());
        let _written = writeln!(
            text,
            "zone {} in mode {mode}: serving {}, newest verified {}",
            self.zone,
            serial(self.served),
            serial(self.newest),
        );
        if let Some(until) = self.until {
            let _written = writeln!(text, "without news it is served until {until}");
        }
        for upstream in &self.upstreams {
            let why = upstream.why.as_deref().unwrap_or("");
            let _written = writeln!(
                text,
                "  {:<40} {:<10} {:<12} {why}",
                upstream.name,
                serial(upstream.serial),
                upstream.state,
            );
        }
        for anchor in &self.anchors {
            let _written = writeln!(text, "  key {:<6} {}", anchor.key, anchor.stage);
        }
        if let Some(published) = &self.published {
            let _written = writeln!(text, "published trust anchors: {published}");
        }
        if let Some(frozen) = self.frozen {
            let _written = writeln!(text, "the whole version is held since {frozen}");
        }
        for held in &self.held {
            line(&mut text, ("held", "until"), held);
        }
        for alarm in &self.alarms {
            line(&mut text, ("not explained", "an alarm at"), alarm);
        }
        text
    }
}

/// A change that was judged: what it is, when that ends, and why.
fn line(text: &mut String, (what, end): (&str, &str), judged: &Judged) {
    let until = judged.until;
    let until = until.map_or(String::new(), |until| format!(", {end} {until}"));
    let why = judged.because.first().map_or("", String::as_str);
    let (name, change) = (&judged.name, &judged.change);
    let _written = writeln!(text, "  {what}{until}: {name} {change}: {why}");
}

impl UpstreamView {
    /// How it is, as it was seen last.
    pub fn of(sight: &Sight) -> Self {
        let (state, why) = match &sight.health {
            Health::Unknown => ("unknown", None),
            Health::Good => ("good", None),
            Health::Behind => ("behind", None),
            Health::Failing(state, why) | Health::Refused(state, why) => (*state, Some(why)),
        };
        Self {
            name: sight.name.clone(),
            state: state.into(),
            why: why.cloned(),
            serial: sight.serial,
            asked: sight.asked,
        }
    }
}
