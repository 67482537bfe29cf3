//! Versions of upstream, and acts about them.

use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

use super::keys::signed;
use super::{Draft, World, log, member};
use crate::act::{RULES, Upstream, json};
use crate::basic::Digest;
use crate::edition::serial;
use crate::guard::Verdict;
use crate::message::{HeldName, Messages, SeenUpstream, UpstreamChanges};
use crate::zone::samples::{name, records};
use crate::zone::{Change, Contents, Name, RecordSet, Rtype, difference};

/// What a member saw: who, its verdict, and the names that it holds.
pub(crate) type Saw<'a> = (usize, Verdict, &'a [&'a str]);

impl World {
    /// Upstream as it is recorded; in kind `plain`, this zone.
    pub(crate) fn recorded(&self) -> &Contents {
        let here = self.here();
        let upstream = here.upstream.as_ref();
        upstream.map_or(&here.contents, |upstream| &upstream.contents)
    }

    /// Its next version, in which sets are what these lines say, and others are gone.
    pub(crate) fn version(&self, sets: &[&str], gone: &[(&str, Rtype)]) -> Contents {
        let before = self.recorded();
        let mut changes: Vec<Change> = Vec::new();
        let mut put = |name: Name, rtype: Rtype, new: Option<RecordSet>| {
            let old = before.get(&name, rtype).cloned();
            if old != new {
                changes.push(Change {
                    name,
                    rtype,
                    old,
                    new,
                });
            }
        };
        for lines in sets {
            let records = records(lines);
            let (first, data) = (records[0].clone(), records.into_iter());
            let data: BTreeSet<_> = data.map(|record| record.data).collect();
            let set = RecordSet {
                ttl: first.ttl,
                data,
            };
            put(first.owner, first.rtype, Some(set));
        }
        for (owner, rtype) in gone {
            put(name(owner), *rtype, None);
        }
        let soa = before.get(before.origin(), Rtype::SOA).unwrap();
        let data = soa.data.first().unwrap();
        let next = serial::replaced(data, serial::of_soa(data) + 1);
        let next = RecordSet::of_one(soa.ttl, next);
        put(before.origin().clone(), Rtype::SOA, Some(next));
        before.following(&changes).unwrap()
    }

    /// What a member says of a version.
    pub(crate) fn seen(&self, version: &Contents, (_, verdict, held): Saw<'_>) -> SeenUpstream {
        let soa = version.get(version.origin(), Rtype::SOA).unwrap();
        SeenUpstream {
            ledger: self.here().ledger,
            serial: serial::of_soa(soa.data.first().unwrap()),
            digest: Digest::of(&version.to_wire()),
            verdict,
            held: held
                .iter()
                .map(|held| HeldName {
                    name: name(held),
                    reason: "removed-but-answers".to_string(),
                })
                .collect(),
        }
    }

    /// An upstream act for a version that these members saw, with the verdict that
    /// comes of theirs being `verdict`.
    pub(crate) fn upstream_of(
        &mut self,
        version: &Contents,
        saw: &[Saw<'_>],
        verdict: Verdict,
    ) -> Draft<Upstream> {
        let seen: Vec<_> = saw
            .iter()
            .map(|saw| (saw.0, self.seen(version, *saw)))
            .collect();
        let messages = seen.iter().map(|(at, seen)| signed(seen, &[member(*at)]));
        let messages = Messages {
            messages: messages.collect(),
        };
        let changes = UpstreamChanges {
            changes: difference(self.recorded(), version),
        };
        let serial = seen.first().map_or(0, |(_, seen)| seen.serial);
        let upstream = Upstream {
            rules: RULES,
            ledger: self.here().ledger,
            serial,
            digest: Digest::of(&version.to_wire()),
            changes: self.put(json::encode(&changes)),
            seen: self.put(json::encode(&messages)),
            verdict,
        };
        Draft::new(upstream, [log()])
    }

    /// An upstream act for a version in which nothing has changed, as a threshold
    /// saw it.
    pub(crate) fn upstream(&mut self) -> Draft<Upstream> {
        let version = self.version(&[], &[]);
        self.passed(&version)
    }

    /// An upstream act for a version that a threshold let pass.
    pub(crate) fn passed(&mut self, version: &Contents) -> Draft<Upstream> {
        let threshold = usize::from(self.here().threshold());
        let members = self.staying().into_iter().take(threshold);
        let saw: Vec<Saw<'_>> = members.map(|at| (at, Verdict::Passed, &[][..])).collect();
        self.upstream_of(version, &saw, Verdict::Passed)
    }
}
