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

/// What a member saw: by its key, as it says, and as it signed it.
type Word = (PublicKey, SeenUpstream, Envelope);

/// What lies there: of each member the last word, and of each version what it changes.
#[derive(Default)]
pub(super) struct UpstreamDesk {
    seen: BTreeMap<usize, Word>,
    changes: BTreeMap<Version, UpstreamChanges>,
}

impl UpstreamDesk {
    /// What members say of a version, in their order.
    fn said(&self, version: Version) -> impl Iterator<Item = &Word> {
        let said = self.seen.values();
        said.filter(move |(_, seen, _)| (seen.serial, seen.digest) == version)
    }

    /// The same by their keys.
    fn words(&self, version: Version) -> BTreeMap<PublicKey, SeenUpstream> {
        let said = self.said(version);
        said.map(|(key, seen, _)| (*key, seen.clone())).collect()
    }

    /// Forgets the changes of versions that no member speaks of any more.
    fn tidy(&mut self) {
        let mut changes = std::mem::take(&mut self.changes);
        changes.retain(|version, _| self.said(*version).next().is_some());
        self.changes = changes;
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
        let desk = &self.upstream;
        let said = desk.changes.iter().filter_map(|(version, changes)| {
            let (verdict, _) = founded.seen_verdict(&desk.words(*version))?;
            Some((*version, changes, verdict))
        });
        // No sorting: serials have no order all around (RFC 1982 §3.2).
        let latest = said.reduce(|one, other| match serial::is_later(other.0.0, one.0.0) {
            true => other,
            false => one,
        });
        let Some(((serial, digest), changes, verdict)) = latest else {
            return Ok(false);
        };
        let (ledger, changes) = (founded.ledger, json::encode(changes));
        let messages = desk.said((serial, digest));
        let seen = Messages {
            messages: messages.map(|(_, _, message)| message.clone()).collect(),
        };
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
