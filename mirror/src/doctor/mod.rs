//! What is wrong with a resolver, as far as questions can tell: whether it validates,
//! whether it knows algorithm 15, whether its trust anchor is the root's, and how old its
//! root is. By names that are signed well, and by names that are signed badly on
//! purpose: a resolver that answers for those protects nobody.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`ask`] | questions to a resolver |

pub mod ask;

use comity_core::basic::Time;
use comity_core::edition::serial;
use comity_core::zone::{Name, Rtype};
use serde::Serialize;

pub use ask::{Answered, Ask};

/// Names that show what a resolver does.
#[derive(Clone, Debug)]
pub struct Probes {
    /// A name that is signed well, by any algorithm that all know.
    pub good: Name,
    /// A name whose signature is wrong on purpose.
    pub bad: Name,
    /// A name that is signed well by algorithm 15, Ed25519.
    pub good_15: Name,
    /// A name that is signed by algorithm 15, and wrong on purpose.
    pub bad_15: Name,
}

/// Names of others on the public Internet, run for such tests: `internetsociety.org`,
/// `dnssec-failed.org` of Comcast, and the Root Canary's of NLnet Labs, SIDN Labs, SURF
/// and others (`rootcanary.org`).
pub const PUBLIC: [&str; 4] = [
    "internetsociety.org.",
    "dnssec-failed.org.",
    "secure.d2a15n1.rootcanary.net.",
    "bogus.d2a15n1.rootcanary.net.",
];

/// How many days old a root may be: it has a new version twice a day, and caches keep one
/// for a day.
pub const ROOT_DAYS_MAX: u64 = 3;
const DAY_SECONDS: u64 = 86_400;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Diagnosis {
    /// It does not answer.
    Silent,
    /// It answers, and refuses recursion.
    NoRecursion,
    /// It takes nothing that is signed for what it is, since its trust anchor is none
    /// of the root's.
    WrongAnchor,
    /// It answers what is signed badly.
    NoValidation,
    /// It answers what is signed badly by algorithm 15, which it does not know.
    NoAlgorithm15,
    /// It refuses what is signed well by algorithm 15.
    RefusesAlgorithm15,
    /// Its root is old.
    StaleRoot,
    /// A name that should show something does not exist, or cannot be had.
    Inconclusive,
}

impl Diagnosis {
    /// What it means, and what to do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Silent => {
                "It answers nothing: look at its address, and whether this machine may ask it."
            }
            Self::NoRecursion => {
                "It resolves nothing for this machine: allow it (access-control, allow-recursion)."
            }
            Self::WrongAnchor => {
                "It refuses the root itself, and answers when told not to check: its trust anchor is \
                 none of the root's keys. Get the anchors anew (unbound-anchor, BIND's managed-keys)."
            }
            Self::NoValidation => {
                "It answers a name whose signature is wrong: switch validation on. Until then nobody \
                 behind it is protected by signatures."
            }
            Self::NoAlgorithm15 => {
                "It does not know algorithm 15 (Ed25519) and takes such zones for unsigned: a zone of \
                 Comity's is not protected there. Get a newer version, or a newer library of its."
            }
            Self::RefusesAlgorithm15 => {
                "It refuses what is signed well by algorithm 15: names of such zones cannot be resolved. \
                 Get a newer version."
            }
            Self::StaleRoot => {
                "Its copy of the root is days old: look at where it gets it from. When the signatures \
                 end, it answers nothing any more."
            }
            Self::Inconclusive => {
                "A test name could not be had by any question: is this resolver cut off? Name others \
                 with --good, --bad, --good-15 and --bad-15."
            }
        }
    }
}

/// What was asked, and what came back.
#[derive(Clone, Debug, Serialize)]
pub struct Examined {
    /// The root's SOA record.
    pub root: Answered,
    /// The same, unchecked.
    pub root_unchecked: Answered,
    /// [`Probes::good`].
    pub good: Answered,
    /// [`Probes::bad`].
    pub bad: Answered,
    /// [`Probes::good_15`].
    pub good_15: Answered,
    /// [`Probes::bad_15`].
    pub bad_15: Answered,
    /// The last two unchecked, so that what cannot be had is told apart from what is
    /// refused.
    pub unchecked_15: [Answered; 2],
}

/// Asks a resolver all that is needed.
pub fn examine(ask: &Ask, probes: &Probes) -> Examined {
    let root = Name::root();
    let address = |name: &Name, unchecked| ask.ask(name, Rtype::A, unchecked);
    Examined {
        root: ask.ask(&root, Rtype::SOA, false),
        root_unchecked: ask.ask(&root, Rtype::SOA, true),
        good: address(&probes.good, false),
        bad: address(&probes.bad, false),
        good_15: address(&probes.good_15, false),
        bad_15: address(&probes.bad_15, false),
        unchecked_15: [
            address(&probes.good_15, true),
            address(&probes.bad_15, true),
        ],
    }
}

/// What that comes to; nothing where all is well. `newest` is the serial of the root
/// where that is known; else the root's age is told by the day in its serial.
pub fn diagnose(examined: &Examined, newest: Option<u32>, now: Time) -> Vec<Diagnosis> {
    let Examined {
        root,
        root_unchecked,
        good,
        bad,
        good_15,
        bad_15,
        unchecked_15,
    } = examined;
    if [root, root_unchecked, good, bad]
        .iter()
        .all(|it| it.is_silent())
    {
        return vec![Diagnosis::Silent];
    }
    if [root_unchecked, good, bad].iter().all(|it| it.is_refused()) {
        return vec![Diagnosis::NoRecursion];
    }
    if root.has_failed() && root_unchecked.has_answered() {
        return vec![Diagnosis::WrongAnchor];
    }
    let mut found = Vec::new();
    match (good.is_authentic(), bad.has_answered()) {
        (_, true) => found.push(Diagnosis::NoValidation),
        (true, false) => {}
        (false, false) => found.push(Diagnosis::Inconclusive),
    }
    if !found.contains(&Diagnosis::NoValidation) {
        let [reached, reached_bad] = unchecked_15.each_ref().map(Answered::has_answered);
        match (
            good_15.is_authentic(),
            good_15.has_answered(),
            bad_15.has_answered(),
        ) {
            (_, _, true) => found.push(Diagnosis::NoAlgorithm15),
            (true, ..) if reached_bad => {}
            (false, true, false) => found.push(Diagnosis::NoAlgorithm15),
            (false, false, false) if good_15.has_failed() && reached => {
                found.push(Diagnosis::RefusesAlgorithm15);
            }
            _ => found.push(Diagnosis::Inconclusive),
        }
    }
    if root
        .serial
        .is_some_and(|serial| is_stale(serial, newest, now))
    {
        found.push(Diagnosis::StaleRoot);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a root with this serial, YYYYMMDDNN, is too old. Of another form nobody can
/// tell without the newest.
fn is_stale(serial: u32, newest: Option<u32>, now: Time) -> bool {
    let is_before = |day: Time, then: Time| day.plus(ROOT_DAYS_MAX * DAY_SECONDS) < then;
    match (serial::day(serial), newest.map(serial::day)) {
        (Some(day), Some(Some(newest))) => is_before(day, newest),
        // By the day, as serials are.
        (Some(day), None) => is_before(day, Time(now.0 - now.0 % DAY_SECONDS)),
        (None, _) | (_, Some(None)) => false,
    }
}

#[cfg(test)]
mod tests;
