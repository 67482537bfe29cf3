//! What a member of a joint root tells the others of the upstream: the newest version
//! that its own watcher verified, and what it holds of it.

use std::sync::Arc;

use comity_core::basic::Digest;
use comity_core::guard::Verdict;
use comity_core::message::HeldName;
use comity_core::state::unit_of;
use comity_core::zone::Contents;
use tokio::sync::watch;

use super::engine::Watcher;

/// A version of the upstream as this machine fetched, verified and judged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its SOA serial.
    pub serial: u32,
    /// Digest of its contents in wire form.
    pub digest: Digest,
    /// Its contents.
    pub contents: Contents,
    /// The worst verdict on what it changes.
    pub verdict: Verdict,
    /// The names right below the zone's own of which a change is held, sorted.
    pub held: Vec<HeldName>,
}

/// Where a watcher shows what it saw.
#[derive(Debug)]
pub struct Post(watch::Sender<Option<Arc<Seen>>>);

/// Where that is looked at.
#[derive(Clone, Debug)]
pub struct Lookout(watch::Receiver<Option<Arc<Seen>>>);

/// A post and its lookout.
pub fn lookout() -> (Post, Lookout) {
    let (post, lookout) = watch::channel(None);
    (Post(post), Lookout(lookout))
}

impl Post {
    /// Shows what was seen last.
    pub fn show(&self, seen: Option<Seen>) {
        self.0.send_if_modified(|shown| {
            let is_new = shown.as_deref() != seen.as_ref();
            if is_new {
                *shown = seen.map(Arc::new);
            }
            is_new
        });
    }

    /// What is shown.
    pub fn shown(&self) -> Option<Arc<Seen>> {
        self.0.borrow().clone()
    }
}

impl Lookout {
    /// What was seen last; none while nothing was, or while a version is held as a
    /// whole.
    pub fn seen(&self) -> Option<Arc<Seen>> {
        self.0.borrow().clone()
    }
}

impl Seen {
    /// What a watcher saw. What was known of the version `before` is not computed
    /// again.
    pub fn of(watcher: &Watcher, before: Option<&Self>) -> Option<Self> {
        let (newest, holds) = (watcher.newest()?, watcher.holds());
        if holds.frozen.is_some() {
            return None;
        }
        let serial = newest.serial();
        let (contents, digest) = match before.filter(|before| before.serial == serial) {
            Some(before) => (before.contents.clone(), before.digest),
            None => {
                let contents = newest.contents();
                (contents.clone(), Digest::of(&contents.to_wire()))
            }
        };
        let mut held: Vec<HeldName> = Vec::new();
        for open in &holds.held {
            let name = unit_of(contents.origin(), &open.judged.name);
            let reason = open.judged.reasons.first().cloned().unwrap_or_default();
            match held.binary_search_by(|known| known.name.cmp(&name)) {
                Ok(_) => {}
                Err(at) => held.insert(at, HeldName { name, reason }),
            }
        }
        let verdict = match (held.is_empty(), holds.alarms.is_empty()) {
            (false, _) => Verdict::Held,
            (true, false) => Verdict::Alarmed,
            (true, true) => Verdict::Passed,
        };
        Some(Self {
            serial,
            digest,
            contents,
            verdict,
            held,
        })
    }
}
