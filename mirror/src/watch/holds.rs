//! What is held, since when and until when. What was said once is not said again.

use std::collections::BTreeSet;

use comity_core::basic::{Digest, Time};
use comity_core::explain::{Explained, Explanation};
use comity_core::guard::{Judgement, Verdict};
use comity_core::upstream::UpstreamZone;
use comity_core::upstream::buffer::{Buffered, CannotHold, hold};
use comity_core::zone::{Change, Name, Rtype};
use serde::{Deserialize, Serialize};

use super::config::Mode;
use super::event::{Event, Judged, Level, What};
use crate::signature::ByRing;

/// How often what is held is judged anew (seconds): there may be other evidence.
const JUDGE_SECONDS: u64 = 900;

/// A change that is held, or of which an alarm waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// What was said of it.
    pub judged: Judged,
    /// What it does.
    pub sets: Vec<Change>,
    /// Since when it is known.
    pub since: Time,
    /// Of a hold, until when at the longest; of an alarm, when it is raised.
    pub until: Time,
    /// Whether this machine's operator lets it pass.
    pub allowed: bool,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// What is held, or would be.
    pub held: Vec<Open>,
    /// Alarms that wait for their time.
    pub alarms: Vec<Open>,
    /// Since when a version as a whole is held.
    pub frozen: Option<Time>,
    /// When all of it was judged last.
    judged: Option<Time>,
    /// What was said of the changes that are not in effect yet: digests of each with its
    /// verdict.
    #[serde(default)]
    said: BTreeSet<Digest>,
}

/// What is to be decided.
pub(super) struct Plan<'a> {
    /// What the newest version changes of what is in effect.
    pub(super) explained: &'a Explained,
    /// The verdicts.
    pub(super) judgements: &'a [Judgement],
    /// The newest version.
    pub(super) newest: &'a UpstreamZone,
    /// What is in effect.
    pub(super) before: &'a Buffered,
    /// When.
    pub(super) now: Time,
}

impl Holds {
    /// Whether it is time to judge again though nothing is new.
    pub(super) fn is_due(&self, now: Time) -> bool {
        let judged = self
            .judged
            .map_or(Time(0), |judged| judged.plus(JUDGE_SECONDS));
        let ends = self
            .held
            .iter()
            .any(|open| now >= open.until || open.allowed);
        !self.held.is_empty() && (ends || now >= judged)
    }

    /// The operator lets what is held of a name pass; whether anything is.
    pub fn allow(&mut self, name: &Name) -> bool {
        let mut found = false;
        for open in self
            .held
            .iter_mut()
            .filter(|open| open.judged.name == *name)
        {
            (open.allowed, found) = (true, true);
        }
        found
    }

    /// What is in effect of the newest version, and what there is to say.
    pub(super) fn apply(
        &mut self,
        plan: &Plan<'_>,
        mode: Mode,
        events: &mut Vec<Event>,
    ) -> Buffered {
        let pairs = plan.explained.explanations.iter().zip(plan.judgements);
        let mut held: Vec<(&Explanation, Open)> = Vec::new();
        let mut alarms = std::mem::take(&mut self.alarms);
        let mut said = BTreeSet::new();
        for (explanation, judgement) in pairs {
            let open = self.open(explanation, judgement, plan);
            let is_held = judgement.verdict == Verdict::Held && plan.now < open.until;
            let digest = digest(&open);
            let is_news = !self.said.contains(&digest);
            said.insert(digest);
            if is_news {
                events.push(Event::change(plan.now, judgement, open.judged.clone()));
            }
            match judgement.verdict {
                Verdict::Held if is_held && !open.allowed => held.push((explanation, open)),
                // One that waits, or was raised, does so once.
                Verdict::Alarmed if is_news && open.until > plan.now => alarms.push(open),
                Verdict::Held | Verdict::Alarmed | Verdict::Passed => {}
            }
        }
        if mode == Mode::Pass {
            // A verdict is said, and nothing waits for it.
            held.clear();
        }
        self.release(&held, plan.now, events);
        self.judged = Some(plan.now);
        self.alarms = alarms;
        let next = match held.is_empty() {
            true => Ok(Buffered::whole(plan.newest)),
            false => {
                let changes: Vec<&Explanation> = held.iter().map(|(it, _)| *it).collect();
                let when = (plan.now, &ByRing);
                hold(&plan.before.zone, plan.newest, &changes, when)
            }
        };
        self.held = held.into_iter().map(|(_, open)| open).collect();
        let next = match next {
            Ok(next) => {
                self.frozen = None;
                self.end_with_signatures(next.until);
                next
            }
            Err(why) => self.freeze(&why, plan, events),
        };
        // What is in effect is no change any more.
        let all_is_in_effect = self.held.is_empty() && self.frozen.is_none();
        self.said = if all_is_in_effect {
            BTreeSet::new()
        } else {
            said
        };
        next
    }

    /// The change as it was known before, with its times; or as it is new.
    fn open(&self, explanation: &Explanation, judgement: &Judgement, plan: &Plan<'_>) -> Open {
        let line = explanation.line(plan.newest.serial());
        let known = self.held.iter().find(|open| open.sets == explanation.sets);
        let end = judgement.until.or(judgement.due).unwrap_or(plan.now);
        let (since, until, allowed) = match known {
            Some(known) => (known.since, known.until, known.allowed),
            None => (plan.now, end, false),
        };
        Open {
            judged: Judged::new(&line, judgement, judgement.until.map(|_| until)),
            sets: explanation.sets.clone(),
            since,
            until,
            allowed,
        }
    }

    /// Says what is not held any more, and why.
    fn release(&self, held: &[(&Explanation, Open)], now: Time, events: &mut Vec<Event>) {
        let still = |known: &&Open| held.iter().any(|(_, open)| open.sets == known.sets);
        for known in self.held.iter().filter(|known| !still(known)) {
            let why = match (known.allowed, now >= known.until) {
                (true, _) => "this machine's operator lets it pass",
                (_, true) => "it was held for as long as it may be",
                _ => "evidence or upstream have changed",
            };
            let text = format!(
                "{} {} is released: {why}",
                known.judged.name, known.judged.change
            );
            let what = What::Released(Box::new(known.judged.clone()));
            events.push(Event::new(now, Level::Warning, what, text));
        }
    }

    /// What is signed is held for no longer than the first of its signatures is valid.
    fn end_with_signatures(&mut self, end: Option<Time>) {
        let Some(end) = end else {
            return;
        };
        let is_signed = |open: &&mut Open| open.sets.iter().any(is_signed);
        for open in self.held.iter_mut().filter(is_signed) {
            open.until = open.until.min(end);
            open.judged.until = Some(open.until);
        }
    }

    /// The version as a whole is held, for at most as long as the version that is in
    /// effect may be served.
    fn freeze(&mut self, why: &CannotHold, plan: &Plan<'_>, events: &mut Vec<Event>) -> Buffered {
        let since = *self.frozen.get_or_insert(plan.now);
        let until = freeze_end(plan, since);
        if plan.now >= until {
            self.held.clear();
            self.frozen = None;
            return Buffered::whole(plan.newest);
        }
        if since == plan.now {
            let serial = plan.before.zone.serial();
            let text = format!("serving {serial} on until {until}, all of it: {why}");
            let what = What::Frozen { serial, until };
            events.push(Event::new(plan.now, Level::Alarm, what, text));
        }
        plan.before.clone()
    }

    /// Raises the alarms whose time has come, of changes that are still there.
    pub(super) fn raise(&mut self, newest: &UpstreamZone, now: Time, events: &mut Vec<Event>) {
        let contents = newest.contents();
        let stands = |open: &Open| {
            let is_new = |it: &Change| contents.get(&it.name, it.rtype) == it.new.as_ref();
            open.sets.iter().all(is_new)
        };
        self.alarms.retain(|open| {
            let stands = stands(open);
            if stands && now >= open.until {
                let Judged { name, change, .. } = &open.judged;
                let text = format!(
                    "{name} {change} has not been explained since {}",
                    open.since
                );
                let what = What::Change(Box::new(open.judged.clone()));
                events.push(Event::new(now, Level::Alarm, what, text));
            }
            stands && now < open.until
        });
    }
}

/// Of a change and the verdict on it.
fn digest(open: &Open) -> Digest {
    let text = serde_json::to_string(&(&open.sets, &open.judged.verdict));
    Digest::of(text.unwrap_or_default().as_bytes())
}

/// Whether a change is of what the upstream signs: a DS set, or whether there is a name.
fn is_signed(change: &Change) -> bool {
    let comes_or_goes = change.old.is_none() || change.new.is_none();
    change.rtype == Rtype::DS || (change.rtype == Rtype::NS && comes_or_goes)
}

/// Until when the version in effect may be served as a whole: its signatures, and
/// the SOA record's expire field from when it was first held.
fn freeze_end(plan: &Plan<'_>, since: Time) -> Time {
    let zone = &plan.before.zone;
    let rrsigs = zone.sets().flat_map(|set| set.rrsigs);
    let ends =
        rrsigs.filter_map(|data| Some(comity_core::dnssec::Rrsig::parse(data)?.expires(plan.now)));
    let first = ends.min().unwrap_or(plan.now);
    first.min(since.plus(u64::from(plan.newest.expire_s())))
}

#[cfg(test)]
mod tests;
