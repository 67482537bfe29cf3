//! What a zone is founded on.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Draft, World, holder_keys, log, member, public};
use crate::act::json;
use crate::act::{Founding, FoundingMember, HolderBinding, Holders, RULES};
use crate::charter::{BoundRule, Charter, CharterRules, Clause};
use crate::ledger::note::{KeyKind, NoteKey};
use crate::vote::VotingRule;
use crate::zone::samples::{build, name};
use crate::zone::{Contents, Kind};

/// The log's name.
pub(crate) const LOG_NAME: &str = "ledger.example";

/// Five members: three shares sign, four cosignatures are a quorum.
pub(crate) const MEMBERS: [&str; 5] = ["atlantis", "borduria", "costaguana", "dalmasca", "elbonia"];

/// Two names that nobody else's depends on, one whose host another uses, and
/// one that nobody holds.
const PLAIN: &str = "
    example. 3600 SOA ns.example. admin.example. 7 1800 900 604800 300
    example. 3600 NS ns.example.
    ns.example. 3600 A 192.0.2.1
    bird.example. 3600 NS ns.bird.example.
    bird.example. 3600 DS 1 15 2 AB01
    ns.bird.example. 3600 A 192.0.2.2
    fish.example. 3600 NS ns.bird.example.
    frog.example. 3600 NS ns.example.
    wild.example. 3600 NS ns.wild.example.
    ns.wild.example. 3600 A 192.0.2.3";

const ROOT: &str = "
    . 86400 SOA a.root-servers.net. nstld.verisign-grs.com. 2025123001 1800 900 604800 86400
    . 518400 NS a.root-servers.net.
    be. 172800 NS a.ns.dns.be.
    be. 86400 DS 12664 8 2 ABCD
    a.ns.dns.be. 172800 A 192.0.2.1
    lu. 172800 NS ns.nic.lu.
    ns.nic.lu. 172800 A 192.0.2.2";

/// What a founding act says.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) origin: &'static str,
    pub(crate) kind: Kind,
    pub(crate) records: String,
    /// Names and the number of their holder.
    pub(crate) holders: Vec<(&'static str, u8)>,
    pub(crate) members: Vec<String>,
    pub(crate) rules: CharterRules,
}

impl Setting {
    /// Holder 0 has `bird`, holder 1 `fish` and `frog`, nobody `wild`.
    pub(crate) fn plain() -> Self {
        Self {
            origin: "example.",
            kind: Kind::Plain,
            records: PLAIN.into(),
            holders: [
                ("bird.example.", 0),
                ("fish.example.", 1),
                ("frog.example.", 1),
            ]
            .into(),
            members: MEMBERS.map(Into::into).into(),
            rules: rules(),
        }
    }

    /// Holder 0 has `be`, nobody `lu`.
    pub(crate) fn root() -> Self {
        Self {
            origin: ".",
            kind: Kind::Root,
            records: ROOT.into(),
            holders: [("be.", 0)].into(),
            ..Self::plain()
        }
    }

    /// A zone like [`Setting::plain`] with this many members.
    pub(crate) fn of_members(count: usize) -> Self {
        Self {
            members: (0..count).map(|at| format!("member-{at:03}")).collect(),
            rules: rules(),
            ..Self::plain()
        }
    }

    pub(crate) fn contents(&self) -> Contents {
        build(self.origin, &self.records).unwrap()
    }

    pub(crate) fn charter(&self) -> Charter {
        Charter {
            title: "A zone of several".into(),
            preamble: "Nobody is cut off.".into(),
            clauses: [Clause {
                number: 1,
                text: "A name is its holder's.".into(),
                binds: Some(BoundRule::Access),
                entrenched: true,
            }]
            .into(),
            rules: self.rules.clone(),
        }
    }

    pub(crate) fn bindings(&self) -> Holders {
        let binding = |(text, number): &(&str, u8)| HolderBinding {
            name: name(text),
            holder: holder_keys(*number),
        };
        Holders {
            holders: self.holders.iter().map(binding).collect(),
        }
    }
}

/// The defaults, with deadlines that a minute is enough for.
fn rules() -> CharterRules {
    CharterRules {
        deadline_s_min: 60,
        common: soon(CharterRules::defaults().common),
        membership: soon(CharterRules::defaults().membership),
        ..CharterRules::defaults()
    }
}

pub(crate) fn log_key() -> NoteKey {
    NoteKey::new(LOG_NAME, KeyKind::Ed25519, public(&log())).unwrap()
}

impl World {
    /// The founding act of this setting; its blobs are there.
    pub(crate) fn founding(&mut self, setting: &Setting) -> Draft<Founding> {
        let members = setting.members.iter().enumerate();
        let members = members.map(|(at, name)| FoundingMember {
            name: name.clone(),
            key: public(&member(at)),
        });
        let founding = Founding {
            rules: RULES,
            zone: name(setting.origin),
            kind: setting.kind,
            log: log_key().to_string(),
            members: members.collect(),
            charter: self.put(json::encode(&setting.charter())),
            contents: self.put(setting.contents().to_wire()),
            holders: self.put(json::encode(&setting.bindings())),
        };
        Draft::new(founding, (0..setting.members.len()).map(member))
    }
}

/// A rule for votes that last a minute at least.
fn soon(rule: VotingRule) -> VotingRule {
    VotingRule {
        deadline_s_min: 60,
        ..rule
    }
}
