//! Files that name trust anchors, looked at in each round: what they say when they change is
//! said, and nothing of what the zone has shown by itself is given up for it.

use comity_core::basic::Time;
use comity_core::upstream::{Anchor, Anchors};

use super::config::{Beginning, Checked};
use super::event::{Event, Level, What};
use super::iana::Files;

/// Such files, if there are any.
#[derive(Debug)]
pub(super) struct Published {
    files: Option<Files>,
    state: State,
}

/// What they said last.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Unread,
    Named(Vec<Anchor>),
    Failing(&'static str, String),
}

impl Published {
    /// Those that are configured.
    pub(super) fn of(checked: &Checked) -> Self {
        let files = match &checked.beginning {
            Beginning::Configured(_) => None,
            Beginning::Published(files) => Some(files.clone()),
        };
        Self {
            files,
            state: State::Unread,
        }
    }

    /// How they are, in a word.
    pub(super) fn state(&self) -> Option<&str> {
        self.files.as_ref()?;
        match &self.state {
            State::Unread => None,
            State::Named(_) => Some("good"),
            State::Failing(code, _) => Some(code),
        }
    }

    /// Reads them again; the anchors from now on, where they are others. Times in the
    /// file go by: it is verified each time.
    pub(super) fn look(
        &mut self,
        anchors: &Anchors,
        now: Time,
        events: &mut Vec<Event>,
    ) -> Option<Anchors> {
        let found = self.files.as_ref()?.read(anchors.zone(), now);
        let state = match found {
            Ok(named) => State::Named(named),
            Err(error) => State::Failing(error.code(), error.to_string()),
        };
        if state == self.state {
            return None;
        }
        self.state = state;
        match &self.state {
            State::Unread => None,
            State::Failing(code, why) => {
                let text = format!(
                    "published trust anchors are not taken: {why}; those that are known stay"
                );
                let why = Some((*code).to_owned());
                let what = What::Published { why };
                events.push(Event::new(now, Level::Alarm, what, text));
                None
            }
            State::Named(named) => {
                let tags: Vec<String> = named.iter().map(|it| it.tag().to_string()).collect();
                let text = format!("trust anchors are published: {}", tags.join(", "));
                let what = What::Published { why: None };
                events.push(Event::new(now, Level::Info, what, text));
                let (next, changes) = anchors.named(named);
                events.extend(changes.iter().map(|change| Event::anchor(now, change)));
                (next != *anchors).then_some(next)
            }
        }
    }
}
