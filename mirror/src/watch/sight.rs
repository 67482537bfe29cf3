//! What is known of each upstream. What stays as it was is not said again.

use comity_core::basic::Time;
use comity_core::edition::serial;

use super::event::{Event, Level, What};
use super::upstream::{Announced, UpstreamError};

/// How an upstream's version stands to the newest that verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is later.
    Later,
    /// It is the same.
    Same,
    /// It is from before, or too far away to be compared (RFC 1982 §3.2).
    Behind,
}

impl Standing {
    /// Of a serial, where another is known or nothing is.
    pub fn of(found: u32, known: Option<u32>) -> Self {
        match known {
            None => Self::Later,
            Some(known) if serial::is_later(found, known) => Self::Later,
            Some(known) if found == known => Self::Same,
            Some(_) => Self::Behind,
        }
    }
}

/// How an upstream is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It was not asked yet.
    Unknown,
    /// It gives what is expected.
    Good,
    /// It has a version from before.
    Behind,
    /// It gives nothing, and why.
    Failing(&'static str, String),
    /// What it gives breaks this rule, and how.
    Refused(&'static str, String),
}

/// One upstream, as it was seen last.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What it is called.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// The serial that it had.
    pub serial: Option<u32>,
    /// For how long what it has may be served yet, if it says so.
    pub expire_s: Option<u32>,
    /// When it was last asked.
    pub asked: Option<Time>,
}

impl Sight {
    /// One that was never asked.
    pub fn new(name: String) -> Self {
        Self {
            name,
            health: Health::Unknown,
            serial: None,
            expire_s: None,
            asked: None,
        }
    }

    /// It has a version.
    pub(super) fn has(
        &mut self,
        announced: Announced,
        standing: Standing,
        known: Option<u32>,
        now: Time,
    ) -> Option<Event> {
        self.serial = Some(announced.serial);
        self.expire_s = announced.expire_s;
        self.asked = Some(now);
        let upstream = self.name.clone();
        let (serial, known) = (announced.serial, known.unwrap_or_default());
        match standing {
            // Whether it is good is known when it was fetched.
            Standing::Later => None,
            Standing::Behind => {
                let text = format!("{upstream} has {serial}, which is not later than {known}");
                let what = What::Behind {
                    upstream,
                    serial,
                    known,
                };
                let event = Event::new(now, Level::Warning, what, text);
                self.becomes(Health::Behind).then_some(event)
            }
            Standing::Same => self.is_back(now),
        }
    }

    /// It gave a version that was taken.
    pub(super) fn is_back(&mut self, now: Time) -> Option<Event> {
        let was_good = matches!(self.health, Health::Unknown | Health::Good);
        let upstream = self.name.clone();
        let text = format!("{upstream} is good again");
        let event = Event::new(now, Level::Info, What::Back { upstream }, text);
        (self.becomes(Health::Good) && !was_good).then_some(event)
    }

    /// It gives nothing.
    pub(super) fn fails(&mut self, error: &UpstreamError, now: Time) -> Option<Event> {
        self.asked = Some(now);
        let upstream = self.name.clone();
        let (why, words) = (error.code(), error.to_string());
        let text = format!("{upstream} {words}");
        let what = What::Failing {
            upstream,
            why: why.into(),
        };
        let event = Event::new(now, Level::Warning, what, text);
        self.becomes(Health::Failing(why, words)).then_some(event)
    }

    /// What it gives breaks a rule.
    pub(super) fn refused(
        &mut self,
        serial: u32,
        rule: &'static str,
        words: &str,
        now: Time,
    ) -> Option<Event> {
        let upstream = self.name.clone();
        let text = format!("version {serial} from {upstream} is refused [{rule}]: {words}");
        let rule_name = rule.to_owned();
        let what = What::Refused {
            serial,
            upstream,
            rule: rule_name,
        };
        let event = Event::new(now, Level::Alarm, what, text);
        let is_new = self.becomes(Health::Refused(rule, words.to_owned()));
        is_new.then_some(event)
    }

    fn becomes(&mut self, health: Health) -> bool {
        let is_new = self.health != health;
        self.health = health;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_later_the_same_or_behind() {
        for (found, known, expected) in [
            (7, None, Standing::Later),
            (8, Some(7), Standing::Later),
            (7, Some(7), Standing::Same),
            (6, Some(7), Standing::Behind),
            (1, Some(u32::MAX), Standing::Later),
            (u32::MAX, Some(1), Standing::Behind),
            // Nobody can tell (RFC 1982 §3.2).
            (7 + (1 << 31), Some(7), Standing::Behind),
        ] {
            assert_eq!(Standing::of(found, known), expected, "{found} {known:?}");
        }
    }

    #[test]
    fn what_stays_as_it_was_is_said_once() {
        let mut sight = Sight::new("192.0.2.1:53".into());
        let (now, error) = (Time(7), UpstreamError::TooSlow);
        assert!(sight.fails(&error, now).is_some());
        assert!(sight.fails(&error, now).is_none());
        let announced = Announced {
            serial: 7,
            expire_s: None,
        };
        assert!(sight.has(announced, Standing::Same, Some(7), now).is_some());
        assert!(sight.has(announced, Standing::Same, Some(7), now).is_none());
        assert!(sight.refused(8, "zonemd", "it is wrong", now).is_some());
        assert!(sight.refused(8, "zonemd", "it is wrong", now).is_none());
        assert!(sight.is_back(now).is_some());
        assert!(
            sight
                .has(announced, Standing::Behind, Some(8), now)
                .is_some()
        );
        assert!(
            sight
                .has(announced, Standing::Behind, Some(8), now)
                .is_none()
        );
    }
}
