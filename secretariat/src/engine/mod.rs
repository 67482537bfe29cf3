//! The secretariat's work as a machine without clock and network: messages and
//! the time go in, acts go onto the ledger, tasks for the members come out.
//!
//! It decides no rule. Every act that it appends is first judged by the same
//! state that everybody computes; whatever it leaves out or makes up shows.

mod ceremony;
mod commits;
mod desk;
mod founding;
mod handover;
mod incoming;
mod keyset;
mod session;
mod shares;
mod standing;
mod test;
#[cfg(test)]
mod tests;
mod time;
mod upstream;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use comity_core::act::json::Payload;
use comity_core::act::{self, Act, Checked, Envelope, SignatureEntry, blobs_of};
use comity_core::basic::{Digest, PublicKey};
use comity_core::ledger::{Cosignature, CosignedCheckpoint};
use comity_core::message::{
    Commit, Confirmation, Deal, Dealing, Endorsement, Invitation, Opening, Possession, Reception,
    Shares, Tasks,
};
use comity_core::refusal::{FormatRefusal, Refusal};
use comity_core::state::{Founded, Outcome, Position, State, accept, apply, carry_out};
use comity_mirror::ledger::LedgerError;
use comity_mirror::signature::ByRing;
use comity_mirror::source::FetchError;
use comity_sign::deal::DealError;
use comity_sign::epoch::Groups;
use comity_sign::identity::Identity;
use comity_sign::session::SessionError;
use tracing::info;

use crate::writer::{LedgerWriter, WriterError};
use ceremony::CeremonyDesk;
use desk::SessionDesk;
use handover::HandoverDesk;
pub use incoming::{PublicAct, SignedMessage};
use time::Late;
pub use upstream::Report;
use upstream::UpstreamDesk;

/// How the secretariat paces itself, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Ledger time moves at least this often.
    pub time_interval_s: u64,
    /// A ceremony that makes no progress for so long is tried anew.
    pub ceremony_timeout_s: u64,
    /// A session whose signers stay silent for so long is tried with others.
    pub session_timeout_s: u64,
    /// No session is opened beside one of its batch that has waited for shares for
    /// less than so long.
    pub session_pace_s: u64,
    /// As many commitments as a slow member checks in a second, each signer's to each
    /// message: both of the waits for a session are longer by what its batch takes.
    pub session_commitments_per_s: u64,
}

impl Pace {
    /// The pace of a session of so many messages and signers.
    fn of_session(self, messages: usize, signers: usize) -> Self {
        let commitments = messages.saturating_mul(signers);
        let commitments = u64::try_from(commitments).unwrap_or(u64::MAX);
        let work_s = commitments / self.session_commitments_per_s.max(1);
        Self {
            session_timeout_s: self.session_timeout_s.saturating_add(work_s),
            session_pace_s: self.session_pace_s.saturating_add(work_s),
            ..self
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            time_interval_s: 600,
            ceremony_timeout_s: 60,
            session_timeout_s: 15,
            session_pace_s: 5,
            session_commitments_per_s: 5000,
        }
    }
}

/// The clock as the caller reads it: milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now(pub u64);

impl From<Duration> for Now {
    /// From how long it is since 1970.
    fn from(since_1970: Duration) -> Self {
        Self(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Now {
    fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// Whether at least so many seconds have passed since `then`. After a clock
    /// was set back nobody knows; what would wait until the clock is there again
    /// waits no longer.
    fn is_past(self, then: Self, seconds: u64) -> bool {
        let passed = self.0.checked_sub(then.0);
        passed.is_none_or(|passed| passed >= seconds.saturating_mul(1000))
    }
}

/// The secretariat.
pub struct Engine {
    writer: LedgerWriter,
    log: Arc<Identity>,
    pace: Pace,
    state: State,
    tasks: Tasks,
    /// Something has happened that members should look at.
    stirred: bool,
    /// Blobs that are not on the ledger, for ceremonies and endorsements.
    work: BTreeMap<Digest, Arc<[u8]>>,
    /// Payloads for which signatures are collected, by id.
    endorsements: BTreeMap<Digest, Envelope>,
    ceremony: Option<CeremonyDesk>,
    handover: Option<HandoverDesk>,
    session: SessionDesk,
    /// For the test of an epoch that was dealt.
    test: SessionDesk,
    /// The desk for sets of keys that a key other than the zone's signs.
    keyset: SessionDesk,
    /// Who holds a share of that epoch, by its own word.
    possessions: BTreeMap<usize, Envelope>,
    /// What members saw of the upstream.
    upstream: UpstreamDesk,
    /// Since when they have been waited for.
    tested_since: Now,
    /// The public side of epochs.
    groups: Groups,
    /// Messages that prove a lie and are still to be kept.
    evidence: Vec<Envelope>,
    /// Since when a time act has been possible.
    time_ready: Option<Now>,
    /// Time acts that did not bring ledger time up to this clock.
    time_late: Late,
}

/// An act that is on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its id.
    pub id: Digest,
    /// Its position.
    pub position: u64,
    /// What it did.
    pub outcome: Outcome,
}

/// Why the secretariat does not take something.
#[derive(Debug)]
pub enum EngineError {
    /// A rule says no; nothing has changed.
    Refused(Refusal),
    /// A message that nobody asked for, or that came too late.
    NotWanted,
    /// Commitments with which nobody could sign.
    Session(SessionError),
    /// A message of a ceremony that is wrong.
    Deal(DealError),
    /// The ledger could not be written. Nothing was acknowledged; the process
    /// must start anew and see what is there.
    Ledger(WriterError),
    /// What the ledger holds does not make a state.
    Replay {
        /// The act.
        position: u64,
        /// The rule.
        refusal: Refusal,
    },
}

impl From<Refusal> for EngineError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<FormatRefusal> for EngineError {
    fn from(refusal: FormatRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<WriterError> for EngineError {
    fn from(error: WriterError) -> Self {
        Self::Ledger(error)
    }
}

impl Engine {
    /// Takes up a ledger where it stands, replaying every act on it. Before
    /// the founding act, `draft` is what the members are asked to sign.
    ///
    /// # Errors
    /// Where the ledger does not replay.
    pub fn new(
        writer: LedgerWriter,
        log: Arc<Identity>,
        pace: Pace,
        draft: Option<Envelope>,
        now: Now,
    ) -> Result<Self, EngineError> {
        let state = replay(&writer)?;
        let mut engine = Self {
            writer,
            log,
            pace,
            state,
            tasks: Tasks {
                run: now.0,
                sequence: now.0,
                ..Tasks::default()
            },
            stirred: true,
            work: BTreeMap::new(),
            endorsements: BTreeMap::new(),
            ceremony: None,
            handover: None,
            session: SessionDesk::new(),
            test: SessionDesk::new(),
            keyset: SessionDesk::new(),
            possessions: BTreeMap::new(),
            upstream: UpstreamDesk::default(),
            tested_since: now,
            groups: Groups::default(),
            evidence: Vec::new(),
            time_ready: None,
            time_late: Late::default(),
        };
        if let Some(draft) = draft.filter(|_| engine.state.founded().is_err()) {
            engine.collect(draft);
        }
        Ok(engine)
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The ledger's head with the cosignatures so far.
    pub fn checkpoint(&self) -> &CosignedCheckpoint {
        self.writer.checkpoint()
    }

    /// What the members are asked for.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Blobs that are not on the ledger.
    pub fn works(&self) -> &BTreeMap<Digest, Arc<[u8]>> {
        &self.work
    }

    /// The keys of those who may send messages: the members, and who has left with
    /// a share that it can hand over. None before the founding act.
    pub fn members(&self) -> Option<Vec<PublicKey>> {
        let founded = self.state.founded().ok()?;
        let live = founded.keys.iter().filter(|key| key.is_live());
        let live: Vec<_> = live.filter_map(|key| founded.epoch_of(&key.key)).collect();
        let may = |at: &usize| {
            founded.members[*at].departed.is_none()
                || live.iter().any(|epoch| epoch.shares.contains(at))
        };
        let members = (0..founded.members.len()).filter(may);
        Some(members.map(|at| founded.members[at].key).collect())
    }

    /// The messages that have come to light since the last call and prove that
    /// their senders lied, for whoever keeps them.
    pub fn take_evidence(&mut self) -> Vec<Envelope> {
        std::mem::take(&mut self.evidence)
    }

    /// Puts somebody's act on the ledger. On return it is durably there.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn submit_act(&mut self, act: &PublicAct) -> Result<Appended, EngineError> {
        // People put in what people sign; the secretariat's own acts follow
        // from the state, and are refused from outside by their signer.
        self.append_checked(&act.entry, &act.checked)
    }

    /// Takes a ceremony or session message.
    ///
    /// # Errors
    /// Where it is of no known type, or not wanted now.
    pub fn submit_message(&mut self, message: SignedMessage, now: Now) -> Result<(), EngineError> {
        let SignedMessage { sender, envelope } = message;
        let founded = self.state.founded()?;
        let not_entitled = Refusal::NotEntitled { key: sender };
        if envelope.payload_type() == Dealing::TYPE {
            // Who leaves may hand its share over.
            let number = founded.number_of(&sender).ok_or(not_entitled)?;
            return self.take_handover_message(usize::from(number) - 1, envelope, now);
        }
        let member = founded.member_of(&sender).ok_or(not_entitled)?;
        match envelope.payload_type() {
            Invitation::TYPE | Reception::TYPE => self.take_handover_message(member, envelope, now),
            Possession::TYPE => self.take_possession(member, envelope),
            Opening::TYPE | Deal::TYPE | Confirmation::TYPE => {
                self.take_ceremony_message(member, envelope, now)
            }
            // Who joined after the ceremony has no share to sign with.
            Commit::TYPE | Shares::TYPE if !self.may_sign(member) => {
                Err(Refusal::NotEntitled { key: sender }.into())
            }
            Commit::TYPE => self.take_commit(member, envelope),
            Shares::TYPE => self.take_shares(member, envelope, now),
            other => Err(FormatRefusal::UnknownType {
                found: other.into(),
            }
            .into()),
        }
    }

    /// Adds a member's cosignature to the ledger's head. Whether it was not
    /// there yet.
    ///
    /// # Errors
    /// Where it is no member's, or not under the present head.
    pub fn submit_cosignature(&mut self, line: &str) -> Result<bool, EngineError> {
        let cosignature: Cosignature = line
            .trim_end()
            .parse()
            .map_err(|_| EngineError::NotWanted)?;
        let keys = self.state.founded()?.cosigners();
        if self.checkpoint().cosignatures.contains(&cosignature) {
            return Ok(false);
        }
        let before = self.cosigners();
        if !self
            .writer
            .add_cosignatures(&keys, &[cosignature])?
            .is_empty()
        {
            return Err(EngineError::NotWanted);
        }
        let quorum = self.state.founded()?.cosigning_quorum();
        if before < quorum && self.cosigners() >= quorum {
            self.stirred = true;
        }
        Ok(true)
    }

    /// Adds a member's signature under a payload that many sign.
    ///
    /// # Errors
    /// Where it is not wanted, not a member's, or does not verify.
    pub fn submit_endorsement(&mut self, endorsement: &Endorsement) -> Result<(), EngineError> {
        let wanted = self
            .endorsements
            .get(&endorsement.id)
            .ok_or(EngineError::NotWanted)?;
        let SignatureEntry { keyid, sig } = &endorsement.signature;
        // A stranger's would count among those that are needed, and the act
        // be refused for it.
        if !self.may_endorse(wanted, keyid)? {
            return Err(Refusal::NotEntitled { key: *keyid }.into());
        }
        if !keyid.verifies(&wanted.signing_input(), sig) {
            return Err(FormatRefusal::BadSignature { key: *keyid }.into());
        }
        if let Some(wanted) = self.endorsements.get_mut(&endorsement.id) {
            wanted.add(endorsement.signature);
        }
        Ok(())
    }

    /// Does everything that can be done now. Call it after each submission,
    /// and every so often for what waits on time.
    ///
    /// # Errors
    /// [`EngineError::Ledger`] where the ledger cannot be written.
    pub fn step(&mut self, now: Now) -> Result<(), EngineError> {
        while self.advance(now)? {}
        self.publish_tasks(now);
        Ok(())
    }

    /// Appends one act if one is due.
    fn advance(&mut self, now: Now) -> Result<bool, EngineError> {
        if self.state.founded().is_err() {
            return self.found();
        }
        Ok(self.append_decision()?
            || self.append_ceremony(now)?
            || self.append_handover(now)?
            || self.append_time(now)?
            || self.append_absence()?
            || self.append_upstream()?
            || self.append_test(now)?
            || self.append_keyset(now)?
            || self.append_session(now)?)
    }

    /// Whether a member has a share of an epoch that signs, or of one that is tested.
    fn may_sign(&self, member: usize) -> bool {
        self.state.founded().is_ok_and(|founded| {
            let dealt = founded.dealt().map(|dealt| &dealt.epoch);
            let keys = founded.keys.iter();
            let live = keys.filter_map(|key| founded.epoch_of(&key.key));
            live.chain(dealt)
                .any(|epoch| founded.sits_in(epoch, member))
        })
    }

    fn append_decision(&mut self) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let open = founded
            .proposals
            .iter()
            .filter(|proposal| proposal.decided.is_none());
        let decided = open.filter_map(|proposal| founded.decide(proposal)).next();
        match decided {
            Some((decision, _)) => self.append(&decision).map(|_| true),
            None => Ok(false),
        }
    }

    /// Signs and appends an act of the secretariat's own.
    fn append<P: Payload>(&mut self, payload: &P) -> Result<Appended, EngineError> {
        self.append_entry(&self.log.signed(payload).to_octets())
    }

    fn append_entry(&mut self, entry: &[u8]) -> Result<Appended, EngineError> {
        let checked = self.check(entry)?;
        self.append_checked(entry, &checked)
    }

    fn check(&self, entry: &[u8]) -> Result<Checked<Act>, EngineError> {
        Ok(act::check(entry, &blobs(&self.writer, entry)?, &ByRing)?)
    }

    fn append_checked(
        &mut self,
        entry: &[u8],
        checked: &Checked<Act>,
    ) -> Result<Appended, EngineError> {
        let position = self.state.log().size();
        let accepted = accept(&self.state, checked, Position(position))?;
        // A crash on this line leaves the act off the ledger, unacknowledged.
        self.writer.append(&[entry])?;
        // A crash on this line leaves it on the ledger, where the replay at
        // the next start finds it; whoever sent it may send it again and is
        // told that it is known.
        let outcome = carry_out(&mut self.state, accepted)?;
        self.stirred = true;
        info!(act = position, outcome = ?outcome, "appended");
        Ok(Appended {
            id: checked.id(),
            position,
            outcome,
        })
    }

    /// How many of the present members, who make the quorum, cosigned the head.
    fn cosigners(&self) -> usize {
        self.state.founded().map_or(0, |founded| {
            let present = founded.members.iter().filter(|member| member.is_present());
            let keys: Vec<_> = present.map(|member| member.cosigner.clone()).collect();
            self.writer.checkpoint().verified_cosignatures(&keys).len()
        })
    }

    /// The head's text if it covers `needed` acts and the quorum cosigned it.
    fn quorum_checkpoint(&self, needed: u64) -> Option<String> {
        let founded = self.state.founded().ok()?;
        let checkpoint = self.writer.checkpoint();
        let enough =
            checkpoint.checkpoint.size >= needed && self.cosigners() >= founded.cosigning_quorum();
        enough.then(|| checkpoint.to_text())
    }

    fn publish_tasks(&mut self, now: Now) {
        let tasks = Tasks {
            sequence: self.tasks.sequence,
            run: self.tasks.run,
            founded: self.state.founded().is_ok(),
            endorse: self.endorsements.keys().copied().collect(),
            ceremony: match &self.ceremony {
                Some(desk) => Some(desk.task()),
                None => self.handover.as_ref().map(HandoverDesk::task),
            },
            commit: self.wanted_commits(),
            cosign_after: self.cosign_after(now),
        };
        if self.stirred || tasks != self.tasks {
            self.tasks = Tasks {
                sequence: tasks.sequence + 1,
                ..tasks
            };
            self.stirred = false;
        }
    }

    /// Starts to collect signatures under a payload.
    fn collect(&mut self, envelope: Envelope) {
        self.work
            .insert(envelope.id(), envelope.signing_input().into());
        self.endorsements.insert(envelope.id(), envelope);
    }

    fn stop_collecting(&mut self, id: &Digest) {
        self.work.remove(id);
        self.endorsements.remove(id);
    }

    fn keys(founded: &Founded) -> Vec<PublicKey> {
        let members = founded.members.iter();
        let members = members.filter(|member| member.departed.is_none());
        members.map(|member| member.key).collect()
    }
}

/// The state that a ledger makes.
fn replay(writer: &LedgerWriter) -> Result<State, EngineError> {
    let mut state = State::default();
    for (position, entry) in (0..).zip(writer.entries(0, writer.size())) {
        let entry = entry.map_err(WriterError::Ledger)?;
        let refused = |refusal| EngineError::Replay { position, refusal };
        let checked = act::check(&entry, &blobs(writer, &entry)?, &ByRing).map_err(refused)?;
        apply(&mut state, &checked, Position(position)).map_err(refused)?;
    }
    Ok(state)
}

/// The blobs that an entry names, as far as they are there.
fn blobs(writer: &LedgerWriter, entry: &[u8]) -> Result<BTreeMap<Digest, Vec<u8>>, EngineError> {
    let mut blobs = BTreeMap::new();
    for digest in blobs_of(entry)? {
        match writer.blob(&digest) {
            Ok(octets) => {
                blobs.insert(digest, octets);
            }
            Err(WriterError::Ledger(LedgerError::Fetch(FetchError::Missing { .. }))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(blobs)
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::NotWanted => f.write_str("not wanted now"),
            Self::Session(error) => write!(f, "{error}"),
            Self::Deal(error) => write!(f, "{error}"),
            Self::Ledger(error) => write!(f, "{error}"),
            Self::Replay { position, refusal } => {
                write!(f, "the ledger does not replay: act {position}: {refusal}")
            }
        }
    }
}

impl std::error::Error for EngineError {}
