//! The secretariat's desk in a ceremony: it passes the members' signed
//! messages on, and can read none of the sealed shares.

use std::collections::BTreeMap;

use comity_core::act::{Ceremony, Envelope, RULES, json, json::Payload};
use comity_core::basic::Digest;
use comity_core::ceremony::check_transcript;
use comity_core::message::{
    CeremonyId, CeremonyTask, Confirmation, Deal, Messages, Opening, Transcript,
};
use tracing::{info, warn};

use super::{Engine, EngineError, Now};

/// When the numbers of tries begin: milliseconds since 1970.
const BEGINNING_OF_2026_MS: u64 = 1_767_225_600_000;

/// A ceremony under way.
pub(super) struct CeremonyDesk {
    id: CeremonyId,
    members: usize,
    progress: Now,
    openings: Collected,
    deals: Collected,
    confirmations: Collected,
}

/// One message from each member, and the list of them once it is whole.
#[derive(Default)]
struct Collected {
    messages: BTreeMap<usize, Envelope>,
    list: Option<(Digest, Messages)>,
}

impl Collected {
    /// Takes a message. Whether it fits what the member said before.
    fn take(&mut self, member: usize, message: Envelope, members: usize) -> bool {
        match self.messages.get(&member) {
            Some(before) => return *before == message,
            None => self.messages.insert(member, message),
        };
        if self.messages.len() == members {
            let list = Messages {
                messages: self.messages.values().cloned().collect(),
            };
            self.list = Some((list.digest(), list));
        }
        true
    }

    fn digest(&self) -> Option<Digest> {
        self.list.as_ref().map(|(digest, _)| *digest)
    }
}

impl CeremonyDesk {
    /// A try after the one numbered `before`. Tries are numbered by the
    /// eighth of a second in which they began, so that they differ also across quick
    /// restarts: members that know a number go on where they were with it.
    fn new(ledger: Digest, members: usize, before: u32, now: Now) -> Self {
        let attempt = next_attempt(before, now);
        Self {
            id: CeremonyId {
                ledger,
                epoch: 1,
                attempt,
            },
            members,
            progress: now,
            openings: Collected::default(),
            deals: Collected::default(),
            confirmations: Collected::default(),
        }
    }

    /// What the members are asked for.
    pub(super) fn task(&self) -> CeremonyTask {
        CeremonyTask {
            ceremony: self.id.clone(),
            openings: self.openings.digest(),
            deals: self.deals.digest(),
            size: None,
        }
    }

    fn silent(&self) -> Vec<usize> {
        let stages = [&self.openings, &self.deals, &self.confirmations];
        let stage = stages.into_iter().find(|stage| stage.list.is_none());
        let missing = |stage: &Collected| {
            (0..self.members)
                .filter(|member| !stage.messages.contains_key(member))
                .collect()
        };
        stage.map(missing).unwrap_or_default()
    }
}

/// The number of a try that begins now, after the one numbered `before`: how many
/// eighths of a second it is since the beginning of 2026, so that numbers grow also
/// across restarts, for seventeen years.
pub(super) fn next_attempt(before: u32, now: Now) -> u32 {
    let eighths = now.0.saturating_sub(BEGINNING_OF_2026_MS) / 125;
    let eighths = u32::try_from(eighths).unwrap_or(u32::MAX);
    eighths.max(before.saturating_add(1))
}

impl Engine {
    pub(super) fn take_ceremony_message(
        &mut self,
        member: usize,
        message: Envelope,
        now: Now,
    ) -> Result<(), EngineError> {
        let desk = self.ceremony.as_mut().ok_or(EngineError::NotWanted)?;
        let (id, stage) = match message.payload_type() {
            Opening::TYPE => (message.payload::<Opening>()?.ceremony, &mut desk.openings),
            Deal::TYPE => (message.payload::<Deal>()?.ceremony, &mut desk.deals),
            _ => (
                message.payload::<Confirmation>()?.ceremony,
                &mut desk.confirmations,
            ),
        };
        if id != desk.id {
            return Err(EngineError::NotWanted);
        }
        if stage.take(member, message, desk.members) {
            desk.progress = now;
        } else {
            // A member that restarted has lost its secrets: all begin again.
            info!(member, "a member began the ceremony anew");
            self.restart_ceremony(now)?;
        }
        let lists = self
            .ceremony
            .iter()
            .flat_map(|desk| [&desk.openings, &desk.deals]);
        for (digest, list) in lists.filter_map(|stage| stage.list.as_ref()) {
            self.work
                .entry(*digest)
                .or_insert_with(|| json::encode(list).into());
        }
        Ok(())
    }

    fn restart_ceremony(&mut self, now: Now) -> Result<(), EngineError> {
        let founded = self.state.founded()?;
        let before = self.ceremony.as_ref().map_or(0, |desk| desk.id.attempt);
        let next = CeremonyDesk::new(founded.ledger, founded.members.len(), before, now);
        let old = self.ceremony.replace(next);
        let lists = old
            .iter()
            .flat_map(|desk| [desk.openings.digest(), desk.deals.digest()]);
        for digest in lists.flatten() {
            self.work.remove(&digest);
        }
        Ok(())
    }

    /// Begins the ceremony that is due, tries a stalled one anew, and appends
    /// its act when every member has confirmed.
    pub(super) fn append_ceremony(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        if !founded.epochs.is_empty() {
            return Ok(false);
        }
        let Some(desk) = &self.ceremony else {
            self.restart_ceremony(now)?;
            return Ok(false);
        };
        if now.is_past(desk.progress, self.pace.ceremony_timeout_s) {
            let names: Vec<_> = desk
                .silent()
                .iter()
                .map(|at| founded.members[*at].name.as_str())
                .collect();
            warn!(
                waiting_for = names.join(", "),
                "the ceremony stalled; trying anew"
            );
            self.restart_ceremony(now)?;
            return Ok(false);
        }
        let (Some((_, openings)), Some((_, deals)), Some((_, confirmations))) = (
            &desk.openings.list,
            &desk.deals.list,
            &desk.confirmations.list,
        ) else {
            return Ok(false);
        };
        let transcript = Transcript {
            openings: openings.clone(),
            deals: deals.clone(),
            confirmations: confirmations.clone(),
        };
        let threshold = founded.threshold_due();
        let keys = Self::keys(founded);
        let checked = check_transcript(&transcript, &desk.id, &keys, threshold);
        let (ledger, epoch) = (founded.ledger, desk.id.epoch);
        let group_key = match checked {
            Ok(group_key) => group_key,
            Err(refusal) => {
                warn!(%refusal, "the ceremony failed; trying anew");
                self.restart_ceremony(now)?;
                return Ok(false);
            }
        };
        let transcript = self.writer.put_blob(&json::encode(&transcript))?;
        self.append(&Ceremony {
            rules: RULES,
            ledger,
            epoch,
            threshold,
            group_key,
            transcript,
        })?;
        self.ceremony = None;
        self.work.clear();
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_told_apart_within_a_second_and_within_a_run() {
        let attempt = |before, now| {
            let desk = CeremonyDesk::new(Digest([0; 32]), 3, before, Now(now));
            desk.id.attempt
        };
        let first = attempt(0, 1_795_567_938_166);
        let restarted = attempt(0, 1_795_567_938_166 + 150);
        assert_ne!(first, restarted);
        assert_eq!(attempt(first, 1_795_567_938_166), first + 1);
        // Seven weeks later it is greater still.
        assert!(attempt(0, 1_795_567_938_166 + (1 << 32)) > first);
        assert_eq!(attempt(u32::MAX, 1_795_567_938_166), u32::MAX);
        // A clock that was never set.
        assert_eq!([attempt(0, 7), attempt(1, 7)], [1, 2]);
    }
}
