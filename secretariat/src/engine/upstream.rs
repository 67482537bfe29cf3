//! What members saw of the upstream, until a threshold saw the same.

use std::collections::BTreeMap;

use comity_core::act::json::{self, Payload as _};
use comity_core::act::{Envelope, RULES, Upstream};
use comity_core::basic::{Digest, PublicKey};
use comity_core::edition::serial;
use comity_core::limits;
use comity_core::message::{Messages, SeenUpstream, UpstreamChanges, UpstreamReport};
use comity_core::refusal::{FormatRefusal, Refusal, UpstreamRefusal};

use super::incoming::SignedMessage;
use super::{Engine, EngineError};

/// A version: its serial, and the digest of its contents.
type Version = (u32, Digest);

/// What a member sent of its upstream, read and verified as far as that needs no
/// state.
pub struct Report {
    sender: PublicKey,
    envelope: Envelope,
    seen: SeenUpstream,
    since: u64,
    changes: UpstreamChanges,
}

impl Report {
    /// Reads a report; `members` are the members' keys once there are any.
    ///
    /// # Errors
    /// Where it is malformed, or not signed by one member.
    pub fn read(octets: &[u8], members: Option<&[PublicKey]>) -> Result<Self, EngineError> {
        let octets_max = limits::UPSTREAM_REPORT_OCTETS_MAX;
        if octets.len() > octets_max {
            let octets = octets.len();
            return Err(FormatRefusal::TooLarge { octets, octets_max }.into());
        }
        let UpstreamReport {
            seen,
            since,
            changes,
        } = json::decode(octets)?;
        let SignedMessage { sender, envelope } = SignedMessage::read(&seen.to_octets(), members)?;
        if envelope.payload_type() != SeenUpstream::TYPE {
            let found = envelope.payload_type().into();
            return Err(FormatRefusal::UnknownType { found }.into());
        }
        Ok(Self {
            sender,
            seen: envelope.payload()?,
            envelope,
            since,
            changes,
        })
    }
}

/// What lies there: of each member the last word, and of each version what it changes.
#[derive(Default)]
pub(super) struct UpstreamDesk {
    seen: BTreeMap<usize, (PublicKey, SeenUpstream, Envelope)>,
    changes: BTreeMap<Version, UpstreamChanges>,
}

impl UpstreamDesk {
    /// The versions, the latest first.
    fn versions(&self) -> Vec<Version> {
        let mut versions: Vec<Version> = self.changes.keys().copied().collect();
        versions.sort_by(|(a, _), (b, _)| match serial::is_later(*a, *b) {
            true => std::cmp::Ordering::Less,
            false => std::cmp::Ordering::Greater,
        });
        versions
    }

    /// What members say of a version.
    fn words(&self, version: Version) -> BTreeMap<PublicKey, SeenUpstream> {
        let said = self.seen.values();
        let of_it = said.filter(|(_, seen, _)| (seen.serial, seen.digest) == version);
        of_it.map(|(key, seen, _)| (*key, seen.clone())).collect()
    }

    /// The same as they signed it, in the members' order.
    fn messages(&self, version: Version) -> Messages {
        let said = self.seen.values();
        let of_it = said.filter(|(_, seen, _)| (seen.serial, seen.digest) == version);
        Messages {
            messages: of_it.map(|(_, _, message)| message.clone()).collect(),
        }
    }

    /// Forgets the changes of versions that no member speaks of any more.
    fn tidy(&mut self) {
        let seen = &self.seen;
        let is_said = |version: &Version| {
            let mut said = seen.values();
            said.any(|(_, seen, _)| (seen.serial, seen.digest) == *version)
        };
        self.changes.retain(|version, _| is_said(version));
    }
}

impl Engine {
    /// Takes in what a member saw of the upstream.
    ///
    /// # Errors
    /// The rule that it breaks; [`EngineError::NotWanted`] where it is about what the
    /// ledger had before.
    pub fn submit_report(&mut self, report: Report) -> Result<(), EngineError> {
        let founded = self.state.founded()?;
        let member = founded.member_of(&report.sender);
        let key = report.sender;
        let member = member.ok_or(Refusal::NotEntitled { key })?;
        let recorded = founded.upstream.as_ref();
        let recorded = recorded.ok_or(Refusal::Upstream(UpstreamRefusal::NoRoot))?;
        if report.since != recorded.position {
            return Err(EngineError::NotWanted);
        }
        // What others sent of the same version was found to be right.
        let version = (report.seen.serial, report.seen.digest);
        let is_known = self.upstream.changes.get(&version) == Some(&report.changes);
        let changes = (!is_known).then_some(&*report.changes.changes);
        founded.judge_report(key, &report.seen, changes)?;
        self.upstream.changes.insert(version, report.changes);
        let said = (key, report.seen, report.envelope);
        self.upstream.seen.insert(member, said);
        self.upstream.tidy();
        Ok(())
    }

    /// Appends what a threshold of members saw, the latest version of which that is so.
    pub(super) fn append_upstream(&mut self) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        if founded.time.is_none() {
            return Ok(false);
        }
        let said = self.upstream.versions().into_iter().find_map(|version| {
            let (verdict, _) = founded.seen_verdict(&self.upstream.words(version))?;
            Some((version, verdict))
        });
        let Some((version, verdict)) = said else {
            return Ok(false);
        };
        let ledger = founded.ledger;
        let Some(changes) = self.upstream.changes.get(&version) else {
            return Ok(false);
        };
        let (changes, seen) = (json::encode(changes), self.upstream.messages(version));
        let (serial, digest) = version;
        let act = Upstream {
            rules: RULES,
            ledger,
            serial,
            digest,
            changes: self.writer.put_blob(&changes)?,
            seen: self.writer.put_blob(&json::encode(&seen))?,
            verdict,
        };
        self.append(&act)?;
        // All else was said of what the ledger had before; members say it again.
        self.upstream = UpstreamDesk::default();
        Ok(true)
    }
}
