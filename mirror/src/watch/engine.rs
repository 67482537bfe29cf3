//! A watcher's rounds: it looks at its upstreams, takes the newest version that
//! verifies, says what has changed and what that is judged to be, and decides what is
//! served. No clock, no loop and no socket of its own.

use std::fmt;
use std::path::{Path, PathBuf};

use comity_core::basic::Time;
use comity_core::edition::serial;
use comity_core::explain::{Explained, explain};
use comity_core::guard::{Case, Evidence, History, Policy, judge};
use comity_core::served::ServedZone;
use comity_core::upstream::buffer::Buffered;
use comity_core::upstream::{Anchors, UpstreamRefusal, UpstreamZone, Verification, Zonemd};
use comity_core::zone::Record;

use super::claims::Claims;
use super::config::{Checked, Mode};
use super::event::{Event, Level, What};
use super::holds::{Holds, Plan};
use super::iana::FilesError;
use super::memory::{Kept, Memory, MemoryError};
use super::published::Published;
use super::seal::{SealError, SealKey};
use super::sight::{Sight, Standing};
use super::upstream::{Looked, Upstream, UpstreamError, is_wanted};
use crate::evidence::Gatherer;
use crate::signature::ByRing;

/// When what is served is said to end soon: seconds before.
const SOON_SECONDS: u64 = 86_400;

/// What has come of a round.
#[derive(Debug)]
pub enum Outcome {
    /// What is served stays.
    Same,
    /// This is served from now on.
    Serve(ServedZone),
    /// Nothing is.
    Withdraw,
}

/// A fault of the watcher's own. What is served stays.
#[derive(Debug)]
pub enum WatchError {
    /// Its folder.
    Memory(MemoryError),
    /// Its key.
    Seal(SealError),
    /// The files that name its trust anchors, before it has any.
    Anchors(FilesError),
}

/// Why a version that was announced was not taken.
#[derive(Debug)]
enum Untaken {
    Error(UpstreamError),
    Refused(UpstreamRefusal),
    Backwards { announced: u32, found: u32 },
}

/// A watcher of one zone.
pub struct Watcher {
    checked: Checked,
    directory: PathBuf,
    memory: Memory,
    anchors: Anchors,
    published: Published,
    kept: Kept,
    sights: Vec<Sight>,
    history: History,
    policy: Policy,
    gatherer: Option<Gatherer>,
    claims: Option<Claims>,
    /// The upstream's newest version that verified.
    newest: Option<UpstreamZone>,
    /// The same without what is held.
    effective: Option<Buffered>,
    served: Option<ServedZone>,
    /// The serial of what was served until the mode was changed.
    shown: Option<u32>,
    key: Option<SealKey>,
    was_said_to_end: bool,
}

impl Watcher {
    /// A watcher with this folder, which exists. What it verified before is verified
    /// again.
    ///
    /// # Errors
    /// Where what is in the folder cannot be read.
    pub fn open(checked: Checked, directory: &Path, now: Time) -> Result<Self, WatchError> {
        let config = &checked.config;
        let memory = Memory::at(directory, &config.zone, config.keep_versions);
        let published = Published::of(&checked);
        let anchors = match memory.anchors()? {
            Some(anchors) => anchors,
            None => checked.anchors(now).map_err(WatchError::Anchors)?,
        };
        let sights = checked
            .upstreams
            .iter()
            .map(|it| Sight::new(it.to_string()));
        let gatherer = match config.settings() {
            None => None,
            Some(settings) => Gatherer::new(settings).ok(),
        };
        let mut watcher = Self {
            sights: sights.collect(),
            directory: directory.to_owned(),
            kept: memory.kept()?,
            history: memory.history()?,
            policy: Policy::default(),
            gatherer,
            claims: config
                .claims
                .as_ref()
                .map(|it| Claims::new(it, &config.zone)),
            newest: None,
            effective: None,
            served: None,
            shown: None,
            key: None,
            was_said_to_end: false,
            checked,
            memory,
            anchors,
            published,
        };
        watcher.recall(now)?;
        Ok(watcher)
    }

    /// What the folder has, if it is still good.
    fn recall(&mut self, now: Time) -> Result<(), WatchError> {
        let Some(records) = self.memory.newest()? else {
            return Ok(());
        };
        let Ok(newest) = self.verify(records, now) else {
            return Ok(());
        };
        self.effective = Some(Buffered::whole(&newest));
        if self.checked.config.mode != Mode::Pass
            && let Some(records) = self.memory.effective()?
        {
            let how = self.how(Zonemd::Withheld, now);
            let zone = &self.checked.config.zone;
            let held = UpstreamZone::verify(zone, records, &how);
            self.effective = held
                .ok()
                .map(|held| Buffered::whole(&held))
                .or(self.effective.take());
        }
        self.newest = Some(newest);
        Ok(())
    }

    fn how(&self, zonemd: Zonemd, now: Time) -> Verification<'_, ByRing> {
        Verification {
            anchors: &self.anchors,
            now,
            zonemd,
            check: ByRing,
        }
    }

    fn verify(&self, records: Vec<Record>, now: Time) -> Result<UpstreamZone, UpstreamRefusal> {
        let zone = &self.checked.config.zone;
        UpstreamZone::verify(zone, records, &self.how(self.checked.zonemd, now))
    }

    /// What is served now.
    pub fn served(&self) -> Option<&ServedZone> {
        self.served.as_ref()
    }

    /// The latest serial that was ever given out.
    pub fn given(&self) -> Option<u32> {
        self.kept.given
    }

    /// The newest version of the upstream that verified.
    pub fn newest(&self) -> Option<&UpstreamZone> {
        self.newest.as_ref()
    }

    /// Each upstream, and what is known of it.
    pub fn sights(&self) -> &[Sight] {
        &self.sights
    }

    /// What is held now.
    pub fn holds(&self) -> &Holds {
        &self.kept.holds
    }

    /// What is served of what was verified.
    pub fn mode(&self) -> Mode {
        self.checked.config.mode
    }

    /// Serves something else of it from the next round on.
    pub fn set_mode(&mut self, mode: Mode) {
        if self.checked.config.mode != mode {
            self.checked.config.mode = mode;
            // Whatever is held is judged anew, and what is served made anew.
            let served = self.served.take().map(|served| served.serial());
            self.shown = served.or(self.shown);
        }
    }

    /// What is held of a name takes effect; whether anything is held.
    pub fn allow(&mut self, name: &comity_core::zone::Name) -> bool {
        self.kept.holds.allow(name)
    }

    /// How it is with files that name trust anchors: a word, none without such files.
    pub fn published(&self) -> Option<&str> {
        self.published.state()
    }

    /// The trust anchors.
    pub fn anchors(&self) -> &Anchors {
        &self.anchors
    }

    /// When an upstream last had the newest version.
    pub fn heard(&self) -> Option<Time> {
        self.kept.heard
    }

    /// How often it looks, in seconds.
    pub fn refresh_s(&self) -> u64 {
        self.checked.config.refresh_s
    }

    /// Until when what is served may be: the upstream's word and its signatures.
    pub fn until(&self) -> Option<Time> {
        let newest = self.newest.as_ref()?;
        let heard = self.kept.heard?.plus(u64::from(self.kept.expire_s));
        Some(heard.min(newest.first_expiration()))
    }

    /// Looks at all upstreams once.
    ///
    /// # Errors
    /// Where the folder cannot be written: then what is served stays.
    pub fn round(&mut self, now: Time) -> Result<(Outcome, Vec<Event>), WatchError> {
        let mut events = Vec::new();
        if let Some(anchors) = self.published.look(&self.anchors, now, &mut events) {
            self.memory.keep_anchors(&anchors)?;
            self.anchors = anchors;
        }
        let looked = self.look(now);
        let mut is_new = false;
        for (at, looked) in self.in_order(looked, now, &mut events) {
            let serial = looked.announced().serial;
            if !is_wanted(serial, self.newest.as_ref().map(UpstreamZone::served)) {
                continue;
            }
            match self.take(at, looked, now) {
                Ok(version) => {
                    self.accept(at, version, now, &mut events)?;
                    is_new = true;
                }
                Err(why) => self.refuse(at, serial, &why, now, &mut events),
            }
        }
        let is_said = match &mut self.claims {
            Some(claims) => claims.follow(now, &mut events),
            None => false,
        };
        if is_new || is_said || self.kept.holds.is_due(now) || self.served.is_none() {
            self.decide(now, &mut events);
            self.memory.keep_history(&self.history)?;
        }
        if let Some(newest) = &self.newest {
            self.kept.holds.raise(newest, now, &mut events);
        }
        let outcome = self.serve(now, &mut events)?;
        self.memory.keep(&self.kept)?;
        self.memory.say(&events)?;
        Ok((outcome, events))
    }

    /// What each upstream has. They are asked at once.
    fn look(&self, now: Time) -> Vec<Result<Looked, UpstreamError>> {
        let (zone, known) = (&self.checked.config.zone, self.newest.as_ref());
        let known = known.map(UpstreamZone::served);
        let ask = |upstream: &Upstream| upstream.look(zone, known, now);
        std::thread::scope(|scope| {
            let asked: Vec<_> = self
                .checked
                .upstreams
                .iter()
                .map(|upstream| scope.spawn(move || ask(upstream)))
                .collect();
            let joined = asked.into_iter().map(|it| it.join());
            joined
                .map(|it| it.unwrap_or(Err(UpstreamError::Malformed)))
                .collect()
        })
    }

    /// Notes what each has, and gives those with a later version, the latest first.
    fn in_order(
        &mut self,
        looked: Vec<Result<Looked, UpstreamError>>,
        now: Time,
        events: &mut Vec<Event>,
    ) -> Vec<(usize, Looked)> {
        let known = self.newest.as_ref().map(UpstreamZone::serial);
        let mut later = Vec::new();
        for (at, looked) in looked.into_iter().enumerate() {
            let Some(sight) = self.sights.get_mut(at) else {
                continue;
            };
            match looked {
                Err(error) => events.extend(sight.fails(&error, now)),
                Ok(looked) => {
                    let announced = looked.announced();
                    let standing = Standing::of(announced.serial, known);
                    events.extend(sight.has(announced, standing, known, now));
                    match standing {
                        Standing::Later => later.push((at, looked)),
                        Standing::Same => self.kept.heard = Some(now),
                        Standing::Behind => {}
                    }
                }
            }
        }
        // The latest first. All are later than what is known, if anything is; serials have
        // no order all around (RFC 1982 §3.2).
        let first = later.first().map(|(_, it)| it.announced().serial);
        let base = known.or(first.map(|first| first.wrapping_sub(1 << 31)));
        later.sort_by_key(|(_, it)| {
            let serial = it.announced().serial;
            std::cmp::Reverse(serial.wrapping_sub(base.unwrap_or_default()))
        });
        later
    }

    /// The version that an upstream has, verified.
    fn take(&self, at: usize, looked: Looked, now: Time) -> Result<UpstreamZone, Untaken> {
        let no_zone = || Untaken::Error(UpstreamError::NoZone);
        let upstream = self.checked.upstreams.get(at).ok_or_else(no_zone)?;
        let (zone, known) = (&self.checked.config.zone, self.newest.as_ref());
        let announced = looked.announced();
        let records = match looked {
            Looked::Whole(_, records) => records,
            Looked::Announced(_) => {
                let known = known.map(UpstreamZone::served);
                upstream.fetch(zone, known, now).map_err(Untaken::Error)?
            }
        };
        let version = self.verify(records, now).map_err(Untaken::Refused)?;
        // What comes may be another version than what was announced.
        match Standing::of(version.serial(), known.map(UpstreamZone::serial)) {
            Standing::Later => Ok(version),
            Standing::Same | Standing::Behind => Err(Untaken::Backwards {
                announced: announced.serial,
                found: version.serial(),
            }),
        }
    }

    fn refuse(
        &mut self,
        at: usize,
        serial: u32,
        why: &Untaken,
        now: Time,
        events: &mut Vec<Event>,
    ) {
        if let Some(upstream) = self.checked.upstreams.get(at) {
            upstream.forget();
        }
        let Some(sight) = self.sights.get_mut(at) else {
            return;
        };
        events.extend(match why {
            Untaken::Error(error) => sight.fails(error, now),
            Untaken::Refused(refusal) => {
                sight.refused(serial, refusal.code(), &refusal.to_string(), now)
            }
            Untaken::Backwards { announced, found } => {
                let text = format!("it announced {announced} and gave {found}");
                sight.refused(serial, "serial-backwards", &text, now)
            }
        });
    }

    /// A version that verified is the newest from now on.
    fn accept(
        &mut self,
        at: usize,
        version: UpstreamZone,
        now: Time,
        events: &mut Vec<Event>,
    ) -> Result<(), WatchError> {
        let Some(sight) = self.sights.get_mut(at) else {
            return Ok(());
        };
        let upstream = sight.name.clone();
        let before = self.newest.as_ref().map(UpstreamZone::serial);
        let serial = version.serial();
        let text = format!("version {serial} from {upstream}");
        let what = What::Version {
            serial,
            before,
            upstream,
        };
        events.push(Event::new(now, Level::Info, what, text));
        events.extend(sight.is_back(now));
        let expire_s = sight.expire_s.unwrap_or(u32::MAX).min(version.expire_s());
        let (anchors, changes) = self.anchors.observe(&version, now);
        events.extend(changes.iter().map(|change| Event::anchor(now, change)));
        // Crash between the two: a key pending from this version on that is not kept.
        self.memory.keep_anchors(&anchors)?;
        self.memory.keep_version(version.served())?;
        self.anchors = anchors;
        (self.kept.heard, self.kept.expire_s) = (Some(now), expire_s);
        if self.effective.is_none() {
            self.effective = Some(Buffered::whole(&version));
        }
        self.newest = Some(version);
        Ok(())
    }

    /// Judges what the newest version changes of what is in effect, and what is held.
    fn decide(&mut self, now: Time, events: &mut Vec<Event>) {
        let (Some(newest), Some(effective)) = (&self.newest, &self.effective) else {
            return;
        };
        let Ok(explained) = explain(effective.version(), newest.version()) else {
            return;
        };
        let evidence = self.evidence(&explained, effective, newest);
        let judgements = judge(&Case {
            explained: &explained,
            old: effective.version(),
            new: newest.version(),
            evidence: &evidence,
            history: &self.history,
            policy: &self.policy,
            current_until: self.kept.heard,
            signatures: &ByRing,
            now,
        });
        let plan = Plan {
            explained: &explained,
            judgements: &judgements,
            newest,
            before: effective,
            now,
        };
        let next = self
            .kept
            .holds
            .apply(&plan, self.checked.config.mode, events);
        let since = now.0.saturating_sub(self.policy.history_seconds);
        self.history.forget_before(Time(since));
        self.history
            .note(&explained, &judgements, newest.serial(), now);
        self.effective = Some(next);
    }

    fn evidence(
        &self,
        explained: &Explained,
        effective: &Buffered,
        newest: &UpstreamZone,
    ) -> Evidence {
        let mut evidence = match &self.gatherer {
            None => Evidence::default(),
            Some(gatherer) => gatherer.gather(explained, effective.version(), newest.version()),
        };
        if let Some(claims) = &self.claims {
            claims.add_to(&mut evidence, explained);
        }
        evidence
    }

    /// What is served from now on: on the disk before anybody gets it.
    fn serve(&mut self, now: Time, events: &mut Vec<Event>) -> Result<Outcome, WatchError> {
        let Some(until) = self.until() else {
            return Ok(Outcome::Same);
        };
        let mode = self.checked.config.mode;
        if now > until && mode != Mode::Seal {
            return Ok(self.end(now, until, events));
        }
        self.tell_of_the_end(now, until, events);
        let zone = match mode {
            Mode::Pass | Mode::Buffer => self.effective.as_ref().map(|it| it.zone.clone()),
            Mode::Seal => self.sealed(now)?,
        };
        let Some(zone) = zone else {
            return Ok(Outcome::Same);
        };
        if self.served.as_ref() == Some(&zone) {
            return Ok(Outcome::Same);
        }
        self.keep_effective()?;
        self.memory.serve(&zone)?;
        self.kept.given = match self.kept.given {
            Some(given) if !serial::is_later(zone.serial(), given) => Some(given),
            _ => Some(zone.serial()),
        };
        self.served = Some(zone.clone());
        Ok(Outcome::Serve(zone))
    }

    /// What is in effect, signed; none where what is served is that.
    fn sealed(&mut self, now: Time) -> Result<Option<ServedZone>, WatchError> {
        let Some(effective) = &self.effective else {
            return Ok(None);
        };
        let served = self.served.as_ref().map(ServedZone::serial);
        let last = served.or(self.shown);
        let digest = comity_core::basic::Digest::of(&effective.contents.to_wire());
        let sealed = &mut self.kept.sealed;
        let is_same = sealed.contents == Some(digest) && !sealed.is_old(now);
        if is_same && self.served.is_some() {
            return Ok(None);
        }
        let serial = match is_same {
            true => sealed.serial.unwrap_or_default(),
            false => sealed.next_serial(effective.zone.serial(), last),
        };
        let key = match self.key.take() {
            Some(key) => key,
            None => SealKey::open(&self.directory, self.checked.config.seal)?,
        };
        let time = match (is_same, sealed.time) {
            (true, Some(time)) => time,
            _ => now,
        };
        let zone = key.sign(&effective.contents, serial, time)?;
        self.key = Some(key);
        (sealed.serial, sealed.time) = (Some(serial), Some(time));
        sealed.contents = Some(digest);
        Ok(Some(zone))
    }

    /// What a restart begins with: only where it is not the newest version itself.
    fn keep_effective(&self) -> Result<(), WatchError> {
        let held = match (&self.effective, &self.newest) {
            (Some(effective), Some(newest)) if effective.zone != *newest.served() => {
                Some(&effective.zone)
            }
            _ => None,
        };
        Ok(self.memory.keep_effective(held)?)
    }

    fn end(&mut self, now: Time, until: Time, events: &mut Vec<Event>) -> Outcome {
        let Some(served) = self.served.take() else {
            return Outcome::Same;
        };
        let serial = served.serial();
        let text = format!(
            "nothing is served any more: no upstream has had {serial} or a later version in time, \
             or its signatures have ended ({until})"
        );
        events.push(Event::new(now, Level::Alarm, What::Ended { serial }, text));
        Outcome::Withdraw
    }

    fn tell_of_the_end(&mut self, now: Time, until: Time, events: &mut Vec<Event>) {
        let is_soon = now.plus(SOON_SECONDS) >= until;
        if is_soon && !self.was_said_to_end {
            let text = format!("what is served ends on {until}, unless an upstream has news");
            events.push(Event::new(
                now,
                Level::Alarm,
                What::EndsSoon { until },
                text,
            ));
        }
        self.was_said_to_end = is_soon;
    }
}

impl From<MemoryError> for WatchError {
    fn from(error: MemoryError) -> Self {
        Self::Memory(error)
    }
}

impl From<SealError> for WatchError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(error) => write!(f, "{error}"),
            Self::Seal(error) => write!(f, "{error}"),
            Self::Anchors(error) => write!(f, "no trust anchors: {error}"),
        }
    }
}

impl std::error::Error for WatchError {}
