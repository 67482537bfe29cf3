//! A root in small, its names' servers and what they say, to be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::basic::Time;
use crate::check::observation::{Answer, Silence};
use crate::dnssec::tests::{NOW, OursAlone, Zone as Keys};
use crate::explain::{Explained, Version, explain};
use crate::guard::{
    Case, Consent, Evidence, History, Judgement, Policy, Side, Sighting, Witness, judge,
};
use crate::zone::samples::{name, records};
use crate::zone::{Contents, Name, Rdata, Record, RecordSet, Rtype, SetKey, is_derived};

/// `fj.` is signed by key 1, `un.` is not signed; each has two servers of its own.
/// `{1}` stands for the data of the DS record that names key 1 of `fj.`.
pub(super) const ROOT: &str = "
    . 86400 SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400
    . 518400 NS a.nic.lu.
    . 172800 DNSKEY 257 3 15 AAAA
    lu. 172800 NS a.nic.lu.
    a.nic.lu. 172800 A 192.0.2.4
    fj. 172800 NS a.fj.
    fj. 172800 NS b.fj.
    fj. 86400 DS {1}
    a.fj. 172800 A 192.0.2.1
    b.fj. 172800 A 198.51.100.1
    un. 172800 NS a.un.
    un. 172800 NS b.un.
    a.un. 172800 A 192.0.2.2
    b.un. 172800 A 198.51.100.2";

/// What a name's server has: `keys 1 2` in its DNSKEY set, `by 1` that sign it, the
/// first of them also all else, `ns` names, `cds` of keys or `cds 0`. `silent` and
/// `refused` say that it has nothing.
#[derive(Clone, Debug, Default)]
struct Child {
    keys: Vec<u8>,
    by: Vec<u8>,
    ns: Vec<String>,
    cds: Vec<u8>,
}

/// A case that is being made: edits of the root, and lines of evidence.
#[derive(Clone, Debug)]
pub(super) struct World {
    old: String,
    new: String,
    pub(super) evidence: Evidence,
    pub(super) history: History,
    pub(super) current_until: Option<Time>,
}

impl World {
    /// The root after an edit, and what was seen: each line is a name, who was
    /// asked (`old`, `both`, `new` with a host, or `resolver`), its address, and
    /// what the name's apex is there.
    pub(super) fn new(edit: &str, seen: &str) -> Self {
        Self::between(ROOT, edit, seen)
    }

    /// The same after another root.
    pub(super) fn between(root: &str, edit: &str, seen: &str) -> Self {
        let old = with_keys(root);
        let mut world = Self {
            new: edited(&old, &with_keys(edit)),
            old,
            evidence: Evidence::default(),
            history: History::default(),
            current_until: None,
        };
        world.see(seen, NOW);
        world
    }

    /// Adds what was seen at a time.
    pub(super) fn see(&mut self, seen: &str, time: Time) {
        for line in seen.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                [of, "consent"] => self.seen(of).consent = Consent::Given,
                [of, "dissent"] => self.seen(of).consent = Consent::Missing,
                [of, "resolver", address, ref rest @ ..] => {
                    let witness = Witness::Resolver(format!("{address}:53").parse().unwrap());
                    self.sight(of, &witness, rest, time);
                }
                [of, side, host, address, ref rest @ ..] => {
                    let side = match side {
                        "old" => Side::Old,
                        "both" => Side::Both,
                        "new" => Side::New,
                        _ => panic!("{line}"),
                    };
                    let witness = Witness::Server {
                        name: name(host),
                        address: address.parse().unwrap(),
                        side,
                    };
                    self.sight(of, &witness, rest, time);
                }
                _ => panic!("{line}"),
            }
        }
    }

    fn seen(&mut self, of: &str) -> &mut crate::guard::Seen {
        self.evidence.names.entry(name(of)).or_default()
    }

    fn sight(&mut self, of: &str, witness: &Witness, words: &[&str], time: Time) {
        let types = [Rtype::SOA, Rtype::DNSKEY, Rtype::NS, Rtype::CDS];
        for rtype in types {
            let outcome = match words {
                ["silent"] => Err(Silence::Timeout),
                ["no-way"] => Err(Silence::NoWay),
                ["refused"] => Ok(Answer {
                    rcode: 5,
                    ..Answer::default()
                }),
                _ => Ok(Child::read(words).answer(&name(of), rtype)),
            };
            self.seen(of).sightings.push(Sighting {
                time,
                witness: witness.clone(),
                rtype,
                outcome,
            });
        }
    }

    /// Judges it.
    pub(super) fn judge(&self) -> Vec<Judgement> {
        self.judge_with(|explained, judgements| {
            assert_eq!(explained.explanations.len(), judgements.len());
            judgements
        })
    }

    pub(super) fn judge_with<T>(&self, then: impl FnOnce(&Explained, Vec<Judgement>) -> T) -> T {
        let (old, new) = (Zone::of(&self.old), Zone::of(&self.new));
        let explained = explain(old.version(), new.version()).unwrap();
        let judgements = judge(&Case {
            explained: &explained,
            old: old.version(),
            new: new.version(),
            evidence: &self.evidence,
            history: &self.history,
            policy: &Policy::default(),
            current_until: self.current_until,
            signatures: &OursAlone,
            now: NOW,
        });
        then(&explained, judgements)
    }

    /// Each change with its verdict and reasons, as `fj. ds-first passed: first-ds`.
    pub(super) fn said(&self) -> Vec<String> {
        self.judge().iter().map(said).collect()
    }
}

/// A judgement in one line.
pub(super) fn said(it: &Judgement) -> String {
    let reasons: Vec<_> = it.reasons().iter().map(|it| it.code()).collect();
    let reasons = reasons.join(", ");
    format!("{} {} {}: {reasons}", it.name, it.change, it.verdict)
}

/// A table: what is edited, what is seen, and what is said.
pub(super) type Table = &'static [(&'static str, &'static str, &'static [&'static str])];

/// Compares each row of a table with what is said.
pub(super) fn check(table: Table) {
    let mut wrong = String::new();
    for (edit, seen, expected) in table {
        let said = World::new(edit, seen).said();
        if said != *expected {
            wrong += &format!("{edit}\n{seen}\n  said {said:#?}\n  expected {expected:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

impl Child {
    fn read(words: &[&str]) -> Self {
        let mut child = Self::default();
        let mut field = "";
        for word in words {
            match (field, *word) {
                (_, "keys" | "by" | "ns" | "cds") => field = word,
                ("keys", _) => child.keys.push(word.parse().unwrap()),
                ("by", _) => child.by.push(word.parse().unwrap()),
                ("ns", _) => child.ns.push(word.to_string()),
                ("cds", _) => child.cds.push(word.parse().unwrap()),
                _ => panic!("{words:?}"),
            }
        }
        child
    }

    fn answer(&self, zone: &Name, rtype: Rtype) -> Answer {
        let keys = |seed: &u8| Keys::new(&zone.to_string(), *seed);
        let text = |text: &str| Rdata::from_text(rtype, text).unwrap();
        let data: BTreeSet<Rdata> = match rtype {
            Rtype::SOA => [text("a. b. 1 2 3 4 5")].into(),
            Rtype::DNSKEY => self.keys.iter().map(|seed| keys(seed).dnskey()).collect(),
            Rtype::NS => self.ns.iter().map(|host| text(host)).collect(),
            _ if self.cds == [0] => [text("0 0 0 00")].into(),
            _ => self.cds.iter().map(|seed| keys(seed).ds()).collect(),
        };
        let signers = self.by.iter().take(match rtype {
            Rtype::DNSKEY => self.by.len(),
            _ => 1,
        });
        let set = SetKey::new(zone, rtype);
        let rrsigs = signers.map(|seed| keys(seed).signature(&set, &data));
        let rrsigs = rrsigs.map(|data| (Rtype::RRSIG, data));
        let rrsigs: Vec<_> = rrsigs.filter(|_| !data.is_empty()).collect();
        let all = data.iter().map(|it| (rtype, it.clone())).chain(rrsigs);
        let records = all.map(|(rtype, data)| Record {
            owner: zone.clone(),
            rtype,
            ttl: 3600,
            data,
        });
        Answer {
            authoritative: true,
            records: records.collect(),
            ..Answer::default()
        }
    }
}

/// A version of a zone, from lines.
struct Zone {
    contents: Contents,
    keys: BTreeMap<Rtype, RecordSet>,
}

impl Zone {
    fn of(lines: &str) -> Self {
        let (derived, records): (Vec<Record>, Vec<Record>) = records(lines)
            .into_iter()
            .partition(|record| is_derived(record.rtype));
        let keys = derived.into_iter().map(|it| it.data);
        let keys = RecordSet {
            ttl: 172_800,
            data: keys.collect(),
        };
        Self {
            contents: Contents::build(&name("."), records).unwrap(),
            keys: [(Rtype::DNSKEY, keys)].into(),
        }
    }

    fn version(&self) -> Version<'_> {
        Version {
            contents: &self.contents,
            keys: &self.keys,
        }
    }
}

/// Text with DS data for numbers in braces.
fn with_keys(text: &str) -> String {
    let mut text = text.to_string();
    for seed in 1..=4 {
        let zone = match text.contains("\n+un. 86400 DS") || text.starts_with("+un. 86400 DS") {
            true => "un.",
            false => "fj.",
        };
        let data = Keys::new(zone, seed).ds().to_text(Rtype::DS);
        text = text.replace(&format!("{{{seed}}}"), &data);
    }
    text
}

/// Lines of a zone after an edit: each of its lines begins with `-` or `+`.
fn edited(zone: &str, edit: &str) -> String {
    let mut lines: Vec<&str> = zone.lines().map(str::trim).collect();
    for line in edit.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(new) = line.strip_prefix('+') {
            lines.push(new);
        } else {
            let old = line.strip_prefix('-').unwrap();
            let at = lines.iter().position(|line| *line == old);
            lines.remove(at.unwrap_or_else(|| panic!("no line {old}")));
        }
    }
    lines.join("\n")
}
