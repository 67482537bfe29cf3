//! Messages that are to prove a lie, judged in the course of an audit: what a
//! session was about is known when its act is applied, and covered up by the
//! next one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use comity_core::act::Envelope;
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::message::Shares;
use comity_core::state::{SessionRecord, State};
use comity_mirror::files;
use comity_mirror::follow::{Applied, Follower};
use comity_secretariat::evidence::{self, Proof};
use comity_sign::deal::GroupKey;

use crate::output::Failure;

/// The messages, and the sessions that they are about.
pub(super) struct Exhibits {
    /// Each file's name, its message, and the session act that it names.
    messages: Vec<(String, Envelope, Digest)>,
    sessions: BTreeMap<Digest, (SessionRecord, Vec<Vec<u8>>)>,
}

impl Exhibits {
    /// All files in the directory, if there is one.
    pub(super) fn read(directory: Option<&Path>) -> Result<Self, Failure> {
        let mut messages = Vec::new();
        for entry in directory
            .map(fs::read_dir)
            .transpose()
            .map_err(Failure::world)?
            .into_iter()
            .flatten()
        {
            let path = entry.map_err(Failure::world)?.path();
            let name = path.display().to_string();
            let octets = files::read_required(&path, limits::MESSAGE_OCTETS_MAX as u64)
                .map_err(Failure::world)?;
            let envelope = Envelope::parse(&octets, limits::MESSAGE_OCTETS_MAX);
            let read = envelope.and_then(|it| Ok((it.payload::<Shares>()?.act, it)));
            let (act, envelope) = read.map_err(|refusal| proves_nothing(&name, &refusal))?;
            messages.push((name, envelope, act));
        }
        messages.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self {
            messages,
            sessions: BTreeMap::new(),
        })
    }

    /// Keeps the session that was just opened, if a message is about it.
    pub(super) fn look(&mut self, state: &State, applied: &Applied) {
        if !self.messages.iter().any(|(_, _, act)| *act == applied.id) {
            return;
        }
        let Ok(founded) = state.founded() else { return };
        let opened = founded.open_edition().and_then(|open| {
            let mut sessions = open.sessions.values();
            let session = sessions.find(|session| session.act == applied.id)?;
            Some((session, open.messages(session.id.kind)?))
        });
        let tested = founded
            .test()
            .filter(|(session, _)| session.act == applied.id);
        if let Some((session, messages)) = opened.or(tested) {
            self.sessions
                .insert(applied.id, (session.clone(), messages));
        }
    }

    /// What each message proves. One that proves nothing is a finding.
    pub(super) fn judge(
        &self,
        follower: &Follower,
        groups: &BTreeMap<u32, Arc<GroupKey>>,
    ) -> Result<Vec<Proof>, Failure> {
        let mut proofs = Vec::new();
        if self.messages.is_empty() {
            return Ok(proofs);
        }
        let founded = follower.state().founded().map_err(Failure::world)?;
        for (name, envelope, act) in &self.messages {
            let Some((session, messages)) = self.sessions.get(act) else {
                let text = format!("no session act {act} is on this ledger");
                return Err(proves_nothing(name, &text));
            };
            let Some(group) = groups.get(&session.id.epoch) else {
                return Err(Failure::rule("evidence", "the zone has no key yet"));
            };
            let judged = evidence::judge(founded, group, session, messages, envelope);
            proofs.push(judged.map_err(|reason| proves_nothing(name, &reason))?);
        }
        Ok(proofs)
    }
}

fn proves_nothing(name: &str, reason: &dyn std::fmt::Display) -> Failure {
    Failure::rule("evidence", format!("{name} proves nothing: {reason}"))
}
