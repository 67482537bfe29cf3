//! The zones that histories begin with. In each are: a holder with one key, one
//! with another, one that takes care, one that is slow; names that nobody
//! holds, signed and unsigned; a host that others use.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::Words;
use crate::charter::CharterRules;
use crate::dnssec::tests::Zone;
use crate::limits;
use crate::state::tests::world::Setting;
use crate::state::tests::world::keys::{CAREFUL, SLOW};
use crate::vote::presets::PRESETS;
use crate::vote::{Silence, VotingRule, preset};
use crate::zone::{Kind, Rtype};

/// What a history begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) kind: Kind,
    /// Which of the presets' rules the common votes go by.
    pub(crate) rule: usize,
    /// Whether all signatures live equally long. Else their ends are spread by
    /// a digest of the owner's name, so that not all are due at one time.
    pub(crate) even: bool,
    pub(crate) words: Words,
    /// Whether there is a drop box.
    pub(crate) boxed: bool,
}

/// Every rule of every preset, with deadlines that a minute is enough for
/// where that is allowed.
pub(crate) fn voting_rules() -> Vec<VotingRule> {
    let rules = PRESETS
        .iter()
        .flat_map(|name| preset(name).unwrap().rules)
        .map(|named| named.rule);
    let soon = |rule: VotingRule| VotingRule {
        deadline_s_min: match rule.silence {
            Silence::Consents => limits::SILENCE_SECONDS_MIN,
            Silence::Nothing => 60,
        },
        ..rule
    };
    rules.map(soon).collect()
}

/// How many there are.
pub(crate) const VOTING_RULES: usize = 6;

const PLAIN: &str = "\
example. 3600 SOA ns.example. admin.example. 7 1800 900 604800 300
example. 3600 NS ns.example.
ns.example. 3600 A 192.0.2.1
bird.example. 3600 NS ns.bird.example.
bird.example. 3600 DS 1 15 2 AB01
ns.bird.example. 3600 A 192.0.2.2
fish.example. 3600 NS ns.bird.example.
frog.example. 3600 NS ns.example.
frog.example. 3600 DS 1 15 2 AB02
mute.example. 3600 NS ns.example.
a.pond.example. 3600 NS ns.wild.example.
wild.example. 3600 NS ns.wild.example.
ns.wild.example. 3600 A 192.0.2.3";

const ROOT: &str = "\
. 86400 SOA a.root-servers.net. nstld.verisign-grs.com. 2025123001 1800 900 604800 86400
. 86400 NS a.root-servers.net.
be. 86400 NS a.dns.be.
be. 86400 DS 12664 8 2 ABCD
a.dns.be. 86400 A 192.0.2.1
frog. 86400 NS a.dns.be.
frog. 86400 DS 1 15 2 AB02
lu. 86400 NS ns.nic.lu.
ns.nic.lu. 86400 A 192.0.2.2
mute. 86400 NS a.dns.be.
net. 86400 NS a.root-servers.net.
a.root-servers.net. 86400 A 192.0.2.3
pond. 86400 NS ns.nic.lu.";

/// What proposals put, keep or remove: at held names, below them, above them,
/// at the apex, and at names that nobody holds, or that are not there.
const PLAIN_SETS: &[&str] = &[
    "bird.example. 60 NS ns.bird.example.",
    "bird.example. 60 NS ns.evil.",
    "bird.example. 60 DS 1 15 2 EE",
    "ns.bird.example. 60 A 192.0.2.66",
    "fish.example. 60 NS ns.example.",
    "fish.example. 60 DS 1 15 2 EE",
    "frog.example. 60 NS ns.evil.",
    "frog.example. 60 NS ns.example.",
    "frog.example. 60 DS 1 15 2 EE",
    "frog.example. 60 TXT \"taken\"",
    "frog.example. 60 DNAME evil.",
    "www.frog.example. 60 A 192.0.2.66",
    "www.frog.example. 60 NS ns.evil.",
    "a.pond.example. 60 NS ns.example.",
    "pond.example. 60 NS ns.evil.",
    "pond.example. 60 DNAME evil.",
    "pond.example. 60 A 192.0.2.66",
    "mute.example. 60 NS ns.bird.example.",
    "wild.example. 60 NS ns.example.",
    "ns.wild.example. 60 A 192.0.2.67",
    "ns.wild.example. 60 A 192.0.2.68",
    "ns.example. 60 A 192.0.2.66",
    "new.example. 60 NS ns.example.",
    "example. 60 NS ns.evil.",
    "example. 60 TXT \"ours\"",
    "bird.example. 60 CDS 1 15 2 EE",
];

const ROOT_SETS: &[&str] = &[
    "be. 60 NS a.dns.be.",
    "be. 60 NS ns.evil.",
    "be. 60 DS 1 15 2 EE",
    "a.dns.be. 60 A 192.0.2.66",
    "www.be. 60 A 192.0.2.66",
    "www.be. 60 NS ns.evil.",
    "frog. 60 NS ns.evil.",
    "frog. 60 NS a.dns.be.",
    "frog. 60 DS 1 15 2 EE",
    "frog. 60 TXT \"taken\"",
    "www.frog. 60 NS ns.evil.",
    "net. 60 DS 1 15 2 EE",
    "pond. 60 NS ns.evil.",
    "lu. 60 NS ns.evil.",
    "lu. 60 DS 1 15 2 EE",
    "ns.nic.lu. 60 A 192.0.2.67",
    "ns.nic.lu. 60 A 192.0.2.68",
    "www.lu. 60 A 192.0.2.66",
    "mute. 60 NS ns.evil.",
    "new. 60 NS ns.evil.",
    "new. 60 A 192.0.2.66",
    "www.new. 60 TXT \"taken\"",
    ". 60 NS ns.evil.",
    ". 60 TXT \"ours\"",
    "be. 60 CDS 1 15 2 EE",
];

/// What upstream does to names that nobody holds, and to those of holders: the sets
/// that it puts, and those that it removes. Nothing, at first.
const UPSTREAM: &[Doing] = &[
    (&[], &[]),
    (&["lu. 60 NS ns.evil.", "lu. 60 DS 1 15 2 EE"], &[]),
    (&["ns.nic.lu. 60 A 192.0.2.67"], &[]),
    (&["mute. 60 NS ns.mute."], &[]),
    (&[], &[("mute.", Rtype::NS)]),
    (&["new. 60 NS a.dns.be."], &[]),
    (&["be. 60 NS ns.evil."], &[]),
    (&[], &[("frog.", Rtype::NS), ("frog.", Rtype::DS)]),
    (&[". 60 NS ns.evil."], &[]),
];

/// Sets that upstream puts, and sets that it removes.
type Doing = (&'static [&'static str], &'static [(&'static str, Rtype)]);

/// The same in the words of a history.
type Edits = (Vec<String>, Vec<(String, Rtype)>);

/// Names that are claimed: one that is signed, one that is not, one that
/// somebody holds.
const PLAIN_CLAIMED: [&str; 3] = ["wild.example.", "mute.example.", "bird.example."];
const ROOT_CLAIMED: [&str; 3] = ["lu.", "mute.", "be."];

impl Start {
    pub(crate) fn setting(&self) -> Setting {
        let (origin, records, holders) = match self.kind {
            Kind::Plain => (
                "example.",
                PLAIN,
                [
                    ("bird.example.", 0),
                    ("fish.example.", 1),
                    ("frog.example.", CAREFUL),
                    ("a.pond.example.", SLOW),
                ],
            ),
            Kind::Root => (
                ".",
                ROOT,
                [("be.", 0), ("frog.", CAREFUL), ("net.", 1), ("pond.", SLOW)],
            ),
        };
        let signed = self.claimed(0);
        let ds = signed.ds().to_text(Rtype::DS);
        let records = self.words.of(records);
        let plain = Setting::plain();
        let common = voting_rules()[self.rule % VOTING_RULES].clone();
        let lifetime_s = plain.rules.signature_lifetime_s;
        let setting = Setting {
            origin: self.words.of(origin).leak(),
            kind: self.kind,
            records: format!("{records}\n{} 3600 DS {ds}", signed.name),
            holders: holders
                .map(|(name, number)| (&*self.words.of(name).leak(), number))
                .into(),
            rules: CharterRules {
                common,
                first_lifetime_s_min: match self.even {
                    true => lifetime_s,
                    false => plain.rules.first_lifetime_s_min,
                },
                ..plain.rules.clone()
            },
            ..plain
        };
        match self.boxed {
            true => setting.boxed(),
            false => setting,
        }
    }

    /// A record set that proposals are about.
    pub(crate) fn set(&self, at: usize) -> String {
        let sets = match self.kind {
            Kind::Plain => PLAIN_SETS,
            Kind::Root => ROOT_SETS,
        };
        self.words.of(sets[at % sets.len()])
    }

    /// What upstream does; to a zone that has none, nothing.
    pub(crate) fn upstream(&self, at: usize) -> Edits {
        let (sets, gone) = match self.kind {
            Kind::Plain => UPSTREAM[0],
            Kind::Root => UPSTREAM[at % UPSTREAM.len()],
        };
        let gone = gone.iter();
        (
            sets.iter().map(|set| self.words.of(set)).collect(),
            gone.map(|(name, rtype)| (self.words.of(name), *rtype))
                .collect(),
        )
    }

    /// The zone of a name that somebody claims.
    pub(crate) fn claimed(&self, at: usize) -> Zone {
        let names = match self.kind {
            Kind::Plain => PLAIN_CLAIMED,
            Kind::Root => ROOT_CLAIMED,
        };
        Zone::new(&self.words.of(names[at % names.len()]), 77)
    }
}

/// The name of the member at this index that is no founder.
pub(crate) fn newcomer(at: usize) -> String {
    format!("member-{at}")
}

#[test]
fn the_rules_of_the_presets_are_all_there() {
    assert_eq!(voting_rules().len(), VOTING_RULES);
}
