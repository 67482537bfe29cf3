//! Sessions and editions. An edition's contents are frozen by its first
//! session act and its signatures by its first ZONEMD session act; whatever
//! happens later, that edition number has one content and one ZONEMD
//! (invariant 3). An edition that cannot be finished is given up with its number.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use data_encoding::HEXLOWER;

use super::effect::{Effect, KeyEffect, Position};
use super::judge::head_or;
use super::keys::OpenKeyset;
use super::{EditionRecord, Epoch, Founded, State};
use crate::act::{CommittedSession, Edition, Session, SessionKind};
use crate::basic::{Digest, Time};
use crate::edition::{self, Plan, Unsealed};
use crate::ledger::VerifiedHead;
use crate::limits;
use crate::message::SessionId;
use crate::refusal::{EpochRefusal, KeyRefusal, Refusal};
use crate::zone::Change;

/// Octets of one message's commitments: hiding and binding (RFC 9591 §5.1).
const COMMITMENT_OCTETS: usize = 64;

/// The edition being signed.
#[derive(Clone)]
pub struct OpenEdition {
    /// What is to be signed, frozen by the first session act.
    pub plan: Arc<Plan>,
    /// The changes that this edition publishes.
    pub changes: Vec<Change>,
    /// The newest session of each kind; older ones release nothing any more.
    pub sessions: BTreeMap<SessionKind, SessionRecord>,
    /// The records' signatures, frozen by the first ZONEMD session act.
    pub zonemd: Option<ZonemdPlan>,
}

/// The second batch of an edition: its ZONEMD.
#[derive(Clone)]
pub struct ZonemdPlan {
    /// Digest of the records' signatures.
    pub records: Digest,
    /// Digest of the batch.
    pub batch: Digest,
    /// The edition but for the ZONEMD's signature.
    pub unsealed: Arc<Unsealed>,
}

/// A session that is on the ledger.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// The session.
    pub id: SessionId,
    /// The id of its act.
    pub act: Digest,
    /// Position of its act.
    pub position: u64,
    /// The signers' commitments by share number.
    pub commitments: BTreeMap<u16, Vec<u8>>,
}

/// Leave to release shares, which only [`State::permit`] gives: this session
/// is on the ledger, under a checkpoint with the cosigning quorum.
pub struct Permit {
    session: SessionRecord,
    messages: Vec<Vec<u8>>,
}

impl Permit {
    /// The session and its signers' commitments.
    pub fn session(&self) -> &SessionRecord {
        &self.session
    }

    /// The messages to sign, as this state gives them.
    pub fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }
}

impl State {
    /// Leave to release shares for the newest session of this kind, by a member
    /// whose own clock says `clock`.
    ///
    /// # Errors
    /// Where no session of the kind is open, the checkpoint is not one of this
    /// ledger above the session act with the cosigning quorum, or the times
    /// are not those of the member's clock.
    pub fn permit(
        &self,
        kind: SessionKind,
        checkpoint: &str,
        clock: Time,
    ) -> Result<Permit, Refusal> {
        let founded = self.founded()?;
        founded.check_clock(clock)?;
        let (session, messages) = match kind {
            SessionKind::Test => {
                let dealt = founded.dealt().ok_or(Refusal::NoSession)?;
                dealt.check_clock(clock)?;
                founded.test().ok_or(Refusal::NoSession)?
            }
            SessionKind::Records | SessionKind::Zonemd => {
                let open = founded.open_edition().ok_or(Refusal::NoSession)?;
                open.check_clock(clock)?;
                let session = open.sessions.get(&kind);
                let session = session.filter(|session| founded.is_live(session));
                let session = session.ok_or(Refusal::NoSession)?;
                (session, open.messages(kind).ok_or(Refusal::NoSession)?)
            }
            SessionKind::Keyset => {
                let open = founded.open_keyset().ok_or(Refusal::NoSession)?;
                check_not_over((open.plan.time(), limits::OPEN_EDITION_SECONDS_MAX), clock)?;
                let session = Some(&open.session).filter(|session| founded.is_live(session));
                (session.ok_or(Refusal::NoSession)?, open.plan.messages())
            }
        };
        let head = head_or(None, checkpoint)?;
        founded.cosigned_by_quorum(self, &head, session.position + 1)?;
        Ok(Permit {
            session: session.clone(),
            messages,
        })
    }
}

/// Whether what began at a ledger time, and is given up so many seconds later, can
/// still be signed by a member whose own clock says `clock`.
pub(super) fn check_not_over(
    (ledger, seconds_max): (Time, u64),
    clock: Time,
) -> Result<(), Refusal> {
    let latest = ledger.plus(seconds_max);
    if clock > latest.plus(limits::CLOCK_SECONDS_AHEAD_MAX) {
        return Err(Refusal::ClockDiffers { ledger, clock });
    }
    Ok(())
}

impl OpenEdition {
    /// Whether the edition is given up at this ledger time.
    fn is_given_up(&self, now: Option<Time>) -> bool {
        let end = self.plan.time().plus(limits::OPEN_EDITION_SECONDS_MAX);
        now.is_some_and(|now| now > end)
    }

    /// A plan that would long be given up, had ledger time moved, is not signed
    /// any more: its signatures would be those of another day.
    fn check_clock(&self, clock: Time) -> Result<(), Refusal> {
        check_not_over((self.plan.time(), limits::OPEN_EDITION_SECONDS_MAX), clock)
    }

    /// The messages of a batch; none for ZONEMD while the records are not
    /// frozen.
    pub fn messages(&self, kind: SessionKind) -> Option<Vec<Vec<u8>>> {
        match kind {
            SessionKind::Records => Some(self.plan.messages()),
            SessionKind::Zonemd => self
                .zonemd
                .as_ref()
                .map(|zonemd| [zonemd.unsealed.zonemd_message()].into()),
            SessionKind::Test | SessionKind::Keyset => None,
        }
    }

    /// The number of the next try of this kind.
    pub fn next_attempt(&self, kind: SessionKind) -> u32 {
        self.sessions
            .get(&kind)
            .map_or(0, |session| session.id.attempt)
            + 1
    }
}

impl ZonemdPlan {
    /// The second batch, if these are the signatures of the first.
    ///
    /// # Errors
    /// The first record set whose signature does not verify.
    pub fn new(plan: &Plan, signatures: &[u8]) -> Result<Self, Refusal> {
        let unsealed = plan.complete(signatures)?;
        let mut batch = b"comity zonemd batch v1\n".to_vec();
        batch.extend_from_slice(&plan.edition().to_be_bytes());
        batch.extend_from_slice(&unsealed.zonemd_message());
        Ok(Self {
            records: Digest::of(signatures),
            batch: Digest::of(&batch),
            unsealed: Arc::new(unsealed),
        })
    }
}

impl Founded {
    /// The edition being signed. One that was not finished within a day of
    /// ledger time is given up: its number is never used again, and its
    /// changes go into the next.
    pub fn open_edition(&self) -> Option<&OpenEdition> {
        let open = self.open.as_ref();
        open.filter(|open| !open.is_given_up(self.time))
    }

    /// The number of the edition that is next or being signed.
    pub fn next_edition(&self) -> u64 {
        match self.open_edition() {
            Some(open) => open.plan.edition(),
            None => self.numbered + 1,
        }
    }

    /// The plan of the edition that is due now; none where nothing is due, or
    /// there is no key or no ledger time yet.
    pub fn due(&self) -> Option<Plan> {
        let now = self.time?;
        let keys = self.zone_keys(now)?;
        let timing = self.charter.rules.timing();
        let last = self.published.as_ref();
        let due = edition::due(&self.contents, &keys, last, now, &timing);
        due.then(|| {
            let number = self.next_edition();
            Plan::new(number, &self.contents, &keys, last, now, &timing)
        })
    }

    pub(super) fn judge_session(
        &self,
        (state, head): (&State, Option<&VerifiedHead>),
        act: &CommittedSession,
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let session = &act.session;
        match session.kind {
            SessionKind::Test => return self.judge_test(act, (id, position)),
            SessionKind::Keyset => return self.judge_keyset_session(act, (id, position)),
            SessionKind::Records | SessionKind::Zonemd => {}
        }
        let epoch = self.edition_epoch().ok_or(Refusal::NoKey)?;
        session.check_epoch(epoch)?;
        let expected = self.next_edition();
        if session.edition != expected {
            return Err(Refusal::WrongEdition {
                expected,
                found: session.edition,
            });
        }
        let mut open = match session.kind {
            SessionKind::Records => self.open_records(session)?,
            SessionKind::Zonemd => {
                self.open_zonemd((state, head), session, act.records.as_deref())?
            }
            SessionKind::Test | SessionKind::Keyset => return Err(Refusal::NoSession),
        };
        session.check_attempt(open.next_attempt(session.kind))?;
        let count = match session.kind {
            SessionKind::Records => open.plan.to_sign().len(),
            SessionKind::Zonemd | SessionKind::Test | SessionKind::Keyset => 1,
        };
        let commitments = self.signers_commitments(act, epoch, count)?;
        let silent = self.silent_signers(session, open.sessions.get(&session.kind))?;
        let record = session.record((id, position), commitments);
        open.sessions.insert(session.kind, record);
        let open = Box::new(open);
        Ok(Effect::OpenSession { open, silent })
    }

    /// The epoch whose shares sign the edition that is next or being signed.
    pub fn edition_epoch(&self) -> Option<&Epoch> {
        let key = match (self.open_edition(), self.time) {
            (Some(open), _) => open.plan.keys().signer().key(),
            (None, Some(now)) => self.zone_keys(now)?.signer().key(),
            (None, None) => self.signing_key()?.key,
        };
        self.epoch_of(&key)
    }

    /// Whether a session is one of the epoch that signs with its key: once another
    /// does, the shares of this one are of no use.
    pub fn is_live(&self, session: &SessionRecord) -> bool {
        let epoch = self.epoch_numbered(session.id.epoch);
        let live = epoch.and_then(|epoch| self.epoch_of(&epoch.group_key));
        live.is_some_and(|live| live.number == session.id.epoch)
    }

    /// A key signs a set of keys ahead.
    fn judge_keyset_session(
        &self,
        act: &CommittedSession,
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let session = &act.session;
        let plan = self.keyset_plan().ok_or(KeyRefusal::NoKeysetDue)?;
        let epoch = self.epoch_of(&plan.by().key()).ok_or(Refusal::NoKey)?;
        session.check_apart(epoch, self.keyset_attempts + 1, plan.digest())?;
        let commitments = self.signers_commitments(act, epoch, plan.messages().len())?;
        let before = self.open_keyset().map(|open| &open.session);
        let silent = self.silent_signers(session, before)?;
        let session = session.record((id, position), commitments);
        let open = Box::new(OpenKeyset { plan, session });
        Ok(Effect::Key(KeyEffect::OpenSession { open, silent }))
    }

    /// The test of the epoch that was dealt: one message, that epoch's shares.
    fn judge_test(
        &self,
        act: &CommittedSession,
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let session = &act.session;
        let dealt = self.dealt().ok_or(EpochRefusal::NothingToTest)?;
        let batch = Digest::of(&dealt.message(self.ledger));
        session.check_apart(&dealt.epoch, dealt.next_attempt(), batch)?;
        let commitments = self.signers_commitments(act, &dealt.epoch, 1)?;
        let before = self.test().map(|(before, _)| before);
        let silent = self.silent_signers(session, before)?;
        let session = session.record((id, position), commitments);
        Ok(Effect::OpenTest { session, silent })
    }

    /// The newest session of the dealt epoch's test, and its message.
    pub fn test(&self) -> Option<(&SessionRecord, Vec<Vec<u8>>)> {
        let dealt = self.dealt()?;
        let session = dealt.session.as_ref();
        // One of an earlier try at the ceremony tests nothing any more.
        let session = session.filter(|session| session.position > dealt.epoch.position)?;
        Some((session, [dealt.message(self.ledger)].into()))
    }

    fn open_records(&self, session: &Session) -> Result<OpenEdition, Refusal> {
        if session.records.is_some() || session.checkpoint.is_some() {
            return Err(Refusal::SessionFields);
        }
        let open = match self.open_edition() {
            Some(open) if open.zonemd.is_some() => {
                return Err(Refusal::OtherRecords {
                    edition: session.edition,
                });
            }
            Some(open) => open.clone(),
            None => OpenEdition {
                plan: Arc::new(self.due().ok_or(Refusal::NothingDue)?),
                changes: self.unpublished(),
                sessions: BTreeMap::new(),
                zonemd: None,
            },
        };
        if session.batch != open.plan.digest() {
            return Err(Refusal::BatchDiffers {
                edition: session.edition,
            });
        }
        Ok(open)
    }

    /// The changes that no edition has published: those of one that was given
    /// up, and those decided since.
    fn unpublished(&self) -> Vec<Change> {
        let given_up = self.open.iter().flat_map(|open| &open.changes);
        given_up.chain(&self.pending).cloned().collect()
    }

    fn open_zonemd(
        &self,
        (state, head): (&State, Option<&VerifiedHead>),
        session: &Session,
        signatures: Option<&[u8]>,
    ) -> Result<OpenEdition, Refusal> {
        let edition = session.edition;
        let open = self.open_edition();
        let mut open = open.cloned().ok_or(Refusal::NoRecords { edition })?;
        let records = open
            .sessions
            .get(&SessionKind::Records)
            .ok_or(Refusal::NoRecords { edition })?;
        let (Some(checkpoint), Some(signatures)) = (&session.checkpoint, signatures) else {
            return Err(Refusal::SessionFields);
        };
        let head = head_or(head, checkpoint)?;
        self.cosigned_by_quorum(state, &head, records.position + 1)?;
        let zonemd = match open.zonemd {
            Some(zonemd) if Some(zonemd.records) == session.records => zonemd,
            Some(_) => return Err(Refusal::OtherRecords { edition }),
            None => ZonemdPlan::new(&open.plan, signatures)?,
        };
        if session.batch != zonemd.batch {
            return Err(Refusal::BatchDiffers { edition });
        }
        open.zonemd = Some(zonemd);
        Ok(open)
    }

    /// The signers' commitments by share number: as many members as sign, each
    /// with its own signed message for this session and nobody else's.
    fn signers_commitments(
        &self,
        act: &CommittedSession,
        epoch: &Epoch,
        count: usize,
    ) -> Result<BTreeMap<u16, Vec<u8>>, Refusal> {
        let signers = &act.session.signers;
        if signers.len() < usize::from(epoch.threshold)
            || !signers.is_sorted_by(|a, b| a < b)
            || act.commitments.len() != signers.len()
        {
            return Err(Refusal::Signers);
        }
        let mut commitments = BTreeMap::new();
        for name in signers {
            let at = self.member_named(name);
            let at = at.filter(|at| self.sits_in(epoch, *at));
            let at = at.ok_or(Refusal::Signers)?;
            let unsound = || Refusal::Commitments {
                member: name.clone(),
            };
            let sent = act.commitments.get(&self.members[at].key);
            let (commit, octets) = sent.ok_or_else(unsound)?;
            if commit.session != act.session.id() || octets.len() != count * COMMITMENT_OCTETS {
                return Err(unsound());
            }
            let share = u16::try_from(at + 1).map_err(|_| Refusal::Signers)?;
            commitments.insert(share, octets.clone());
        }
        Ok(commitments)
    }

    /// Who is said to have been silent: signers of the session before over the same
    /// batch. It is the secretariat's word, and nothing follows from it but a count.
    fn silent_signers(
        &self,
        session: &Session,
        before: Option<&SessionRecord>,
    ) -> Result<Vec<usize>, Refusal> {
        if !session.silent.is_sorted_by(|a, b| a < b) {
            return Err(Refusal::Silent);
        }
        let signed = |at: &usize| {
            let share = u16::try_from(at + 1).ok();
            let signers = before.map(|before| &before.commitments);
            share.is_some_and(|share| signers.is_some_and(|it| it.contains_key(&share)))
        };
        let member = |name: &String| {
            let at = self.member_named(name).filter(signed);
            at.ok_or(Refusal::Silent)
        };
        session.silent.iter().map(member).collect()
    }

    pub(super) fn judge_edition(
        &self,
        (state, head): (&State, Option<&VerifiedHead>),
        act: &Edition,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let (edition, expected) = (act.edition, self.next_edition());
        if edition != expected {
            return Err(Refusal::WrongEdition {
                expected,
                found: edition,
            });
        }
        let open = self.open_edition().ok_or(Refusal::NoSession)?;
        let session = open
            .sessions
            .get(&SessionKind::Zonemd)
            .ok_or(Refusal::NoSession)?;
        let zonemd = open.zonemd.as_ref().ok_or(Refusal::NoSession)?;
        let head = head_or(head, &act.checkpoint)?;
        self.cosigned_by_quorum(state, &head, session.position + 1)?;
        let zone = Unsealed::clone(&zonemd.unsealed).seal(act.signature)?;
        if act.serial != zone.serial() || act.zonemd != HEXLOWER.encode(&zone.zonemd()) {
            return Err(Refusal::EditionDiffers { edition });
        }
        let record = EditionRecord {
            edition,
            serial: act.serial,
            time: open.plan.time(),
            position: position.0,
            sets_signed: open.plan.to_sign().len() + 1,
            changes: open.changes.clone(),
        };
        Ok(Effect::Publish { record, zone })
    }
}

impl Session {
    fn check_epoch(&self, epoch: &Epoch) -> Result<(), Refusal> {
        match self.epoch == epoch.number {
            true => Ok(()),
            false => Err(Refusal::WrongEpoch { epoch: self.epoch }),
        }
    }

    fn check_attempt(&self, expected: u32) -> Result<(), Refusal> {
        let found = self.attempt;
        match found == expected {
            true => Ok(()),
            false => Err(Refusal::WrongAttempt { expected, found }),
        }
    }

    /// Checks a session that is of no edition.
    fn check_apart(&self, epoch: &Epoch, attempt: u32, batch: Digest) -> Result<(), Refusal> {
        self.check_epoch(epoch)?;
        if self.edition != 0 || self.records.is_some() || self.checkpoint.is_some() {
            return Err(Refusal::SessionFields);
        }
        self.check_attempt(attempt)?;
        match self.batch == batch {
            true => Ok(()),
            false => Err(Refusal::BatchDiffers { edition: 0 }),
        }
    }

    /// The session as it stands on the ledger.
    fn record(
        &self,
        (act, position): (Digest, Position),
        commitments: BTreeMap<u16, Vec<u8>>,
    ) -> SessionRecord {
        SessionRecord {
            id: self.id(),
            act,
            position: position.0,
            commitments,
        }
    }

    /// The session's name in its messages.
    pub fn id(&self) -> SessionId {
        SessionId {
            ledger: self.ledger,
            epoch: self.epoch,
            edition: self.edition,
            kind: self.kind,
            attempt: self.attempt,
        }
    }
}
