//! The secretariat's desk in sessions: it gathers commitments, announces the
//! session on the ledger, gathers shares, and joins them to signatures, which
//! needs no secret. Signers that stay silent or send bad shares are left out
//! of the next try.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::{Edition, Envelope, RULES, Session, SessionKind, json};
use comity_core::basic::{Digest, Signature, from_base64};
use comity_core::edition::Plan;
use comity_core::message::{Commit, Messages, SessionId, Shares, Transcript};
use comity_core::refusal::Refusal;
use comity_core::state::{Epoch, OpenEdition, SessionRecord, ZonemdPlan};
use comity_sign::deal::{GroupKey, Opening};
use comity_sign::session::{COMMITMENT_OCTETS, aggregate, check_commitments};
use data_encoding::HEXLOWER;
use tracing::{info, warn};

use super::{Engine, EngineError, Now};

/// Stands in a session act for what is not known yet.
const NOT_YET: Digest = Digest([0; 32]);

/// What has come in for the sessions of the present edition.
pub(super) struct SessionDesk {
    /// Commitments by session and member.
    commits: BTreeMap<SessionId, BTreeMap<usize, (Envelope, usize)>>,
    /// Shares for the newest session act, by share number.
    shares: BTreeMap<u16, Vec<u8>>,
    /// The act that the shares are for.
    act: Option<Digest>,
    /// Since when the desk waits for them.
    since: Now,
    /// Members that are left out until the edition is published.
    excluded: BTreeSet<usize>,
    /// The newest session failed, and waits for commitments to the next try.
    retrying: bool,
    /// Signatures that the newest session gave.
    signatures: Option<Vec<Signature>>,
    /// What is due, by ledger size.
    planned: Option<(u64, Option<Planned>)>,
    /// The live epoch's public side.
    group: Option<(u32, GroupKey)>,
}

/// The batch that is due.
#[derive(Clone, Copy)]
struct Planned {
    messages: usize,
    batch: Digest,
}

impl SessionDesk {
    pub(super) fn new(now: Now) -> Self {
        Self {
            commits: BTreeMap::new(),
            shares: BTreeMap::new(),
            act: None,
            since: now,
            excluded: BTreeSet::new(),
            retrying: false,
            signatures: None,
            planned: None,
            group: None,
        }
    }

    /// Waits for the shares of a new session act.
    fn await_shares(&mut self, act: Digest, now: Now) {
        (self.act, self.since) = (Some(act), now);
        self.shares.clear();
        self.retrying = false;
        self.signatures = None;
    }
}

impl Engine {
    pub(super) fn take_commit(
        &mut self,
        member: usize,
        message: Envelope,
    ) -> Result<(), EngineError> {
        let commit: Commit = message.payload()?;
        if !self.wanted_commits().contains(&commit.session) {
            return Err(EngineError::NotWanted);
        }
        let octets = from_base64(&commit.commitments).ok_or(EngineError::NotWanted)?;
        // Checked now, so that a bad one costs no session later.
        let share = u16::try_from(member + 1).map_err(|_| EngineError::NotWanted)?;
        let messages = octets.len() / COMMITMENT_OCTETS;
        check_commitments(share, messages, &octets).map_err(|error| {
            warn!(%error, "refused commitments");
            EngineError::NotWanted
        })?;
        let of_session = self.session.commits.entry(commit.session).or_default();
        of_session.insert(member, (message, octets.len()));
        Ok(())
    }

    pub(super) fn take_shares(
        &mut self,
        member: usize,
        message: &Envelope,
    ) -> Result<(), EngineError> {
        let shares: Shares = message.payload()?;
        let record = self.newest_session().ok_or(EngineError::NotWanted)?;
        let share = u16::try_from(member + 1).map_err(|_| EngineError::NotWanted)?;
        if record.act != shares.act || !record.commitments.contains_key(&share) {
            return Err(EngineError::NotWanted);
        }
        let octets = from_base64(&shares.shares).ok_or(EngineError::NotWanted)?;
        self.session.shares.entry(share).or_insert(octets);
        Ok(())
    }

    /// The newest session of the open edition: ZONEMD's, once there is one.
    fn newest_session(&self) -> Option<&SessionRecord> {
        let open = self.state.founded().ok()?.open_edition()?;
        let kinds = [SessionKind::Zonemd, SessionKind::Records];
        kinds.into_iter().find_map(|kind| open.sessions.get(&kind))
    }

    /// The sessions for which members should send commitments: the next try of
    /// what is not signed yet.
    pub(super) fn wanted_commits(&self) -> Vec<SessionId> {
        let Ok(founded) = self.state.founded() else {
            return Vec::new();
        };
        let id = |kind, attempt| SessionId {
            ledger: founded.ledger,
            edition: founded.next_edition(),
            kind,
            attempt,
        };
        let retrying = self.session.retrying;
        let kinds: &[_] = match founded.open_edition() {
            None if self.is_due() => &[SessionKind::Records, SessionKind::Zonemd],
            Some(open) if open.zonemd.is_some() && retrying => &[SessionKind::Zonemd],
            Some(open) if open.zonemd.is_none() && retrying => {
                &[SessionKind::Records, SessionKind::Zonemd]
            }
            Some(open) if open.zonemd.is_none() => &[SessionKind::Zonemd],
            None | Some(_) => &[],
        };
        let attempt = |kind| {
            let open = founded.open_edition();
            open.map_or(1, |open| OpenEdition::next_attempt(open, kind))
        };
        kinds.iter().map(|kind| id(*kind, attempt(*kind))).collect()
    }

    fn is_due(&self) -> bool {
        matches!(self.session.planned, Some((_, Some(_))))
    }

    /// Computes what is due, once for each state.
    fn plan(&mut self) -> Result<Option<Planned>, EngineError> {
        let size = self.state.log().size();
        if self.session.planned.is_none_or(|(at, _)| at != size) {
            let planned = match self.state.founded()? {
                founded if founded.open_edition().is_some() => None,
                founded => founded.due().map(|plan: Plan| Planned {
                    messages: plan.to_sign().len(),
                    batch: plan.digest(),
                }),
            };
            self.session.planned = Some((size, planned));
        }
        Ok(self.session.planned.and_then(|(_, planned)| planned))
    }

    /// Takes the next step of the edition that is due or open.
    pub(super) fn append_session(&mut self, now: Now) -> Result<bool, EngineError> {
        let planned = self.plan()?;
        let Some(open) = self.state.founded()?.open_edition().cloned() else {
            return match planned {
                // Signatures date from ledger time: it must be fresh first.
                Some(planned) if self.time_wanted(now).is_none() => {
                    self.open_session(SessionKind::Records, planned.messages, planned.batch, now)
                }
                Some(_) | None => Ok(false),
            };
        };
        if self.session.signatures.is_none() {
            return self.gather(&open, now);
        }
        match &open.zonemd {
            None => self.open_zonemd(&open, now),
            Some(zonemd) if open.sessions.contains_key(&SessionKind::Zonemd) => {
                self.publish(&open, zonemd, now)
            }
            Some(_) => Ok(false),
        }
    }

    /// Announces a session, if enough members have committed to it.
    fn open_session(
        &mut self,
        kind: SessionKind,
        messages: usize,
        batch: Digest,
        now: Now,
    ) -> Result<bool, EngineError> {
        match self.next_session(kind, messages, batch)? {
            Some(session) => self.announce(session, now),
            None => Ok(false),
        }
    }

    /// The session act that could be made now, without its commitments' name.
    fn next_session(
        &self,
        kind: SessionKind,
        messages: usize,
        batch: Digest,
    ) -> Result<Option<Session>, EngineError> {
        let founded = self.state.founded()?;
        let epoch = founded.epoch().ok_or(Refusal::NoKey)?;
        let Some(id) = self.wanted_commits().into_iter().find(|id| id.kind == kind) else {
            return Ok(None);
        };
        let octets = messages * COMMITMENT_OCTETS;
        let committed = self.session.commits.get(&id).into_iter().flatten();
        let ready: Vec<usize> = committed
            .filter(|(at, (_, length))| *length == octets && !self.session.excluded.contains(at))
            .map(|(at, _)| *at)
            .take(usize::from(epoch.threshold))
            .collect();
        if ready.len() < usize::from(epoch.threshold) {
            return Ok(None);
        }
        Ok(Some(Session {
            rules: RULES,
            ledger: founded.ledger,
            epoch: epoch.number,
            edition: id.edition,
            kind,
            attempt: id.attempt,
            batch,
            commitments: NOT_YET,
            signers: ready
                .iter()
                .map(|at| founded.members[*at].name.clone())
                .collect(),
            records: None,
            checkpoint: None,
        }))
    }

    /// The signed commitments of a session's signers.
    fn chosen(&self, session: &Session) -> Vec<Envelope> {
        let of_session = self.session.commits.get(&session.id());
        let member = |name: &String| self.state.founded().ok()?.member_named(name);
        session
            .signers
            .iter()
            .filter_map(|name| Some(of_session?.get(&member(name)?)?.0.clone()))
            .collect()
    }

    /// Puts a session on the ledger. Blobs before the act that names them: a
    /// crash in between leaves orphans at most.
    fn announce(&mut self, session: Session, now: Now) -> Result<bool, EngineError> {
        let list = Messages {
            messages: self.chosen(&session),
        };
        let commitments = self.writer.put_blob(&json::encode(&list))?;
        let appended = self.append(&Session {
            commitments,
            ..session
        })?;
        self.session.await_shares(appended.id, now);
        Ok(true)
    }

    /// Joins the shares to signatures when all are there; tries with others
    /// when some are late or bad.
    fn gather(&mut self, open: &OpenEdition, now: Now) -> Result<bool, EngineError> {
        let Some(record) = self.newest_session().cloned() else {
            return Ok(false);
        };
        if self.session.act != Some(record.act) {
            // After a restart: the shares may be sent again.
            self.session.await_shares(record.act, now);
        }
        if self.session.retrying {
            return self.retry(open, record.id.kind, now);
        }
        let silent: Vec<u16> = record
            .commitments
            .keys()
            .filter(|share| !self.session.shares.contains_key(share))
            .copied()
            .collect();
        if silent.is_empty() {
            return self.join(open, &record, now);
        }
        if self.quorum_checkpoint(record.position + 1).is_none() {
            // Nobody may release shares yet: nobody is late.
            self.session.since = now;
        } else if now.is_past(self.session.since, self.pace.session_timeout_s) {
            self.exclude(&silent, "silent");
            return self.retry(open, record.id.kind, now);
        }
        Ok(false)
    }

    fn join(
        &mut self,
        open: &OpenEdition,
        record: &SessionRecord,
        now: Now,
    ) -> Result<bool, EngineError> {
        let kind = record.id.kind;
        let Some(messages) = open.messages(kind) else {
            return Ok(false);
        };
        self.load_group()?;
        let Some((_, group)) = &self.session.group else {
            return Ok(false);
        };
        let commitments = borrow(&record.commitments);
        match aggregate(
            group,
            &messages,
            &commitments,
            &borrow(&self.session.shares),
        ) {
            Ok(signatures) => {
                info!(
                    edition = record.id.edition,
                    ?kind,
                    messages = messages.len(),
                    "signed"
                );
                self.session.signatures = Some(signatures);
                // Nothing was appended, but the next step may be possible.
                self.append_session(now)
            }
            Err(error) => {
                warn!(%error, "a session failed");
                self.exclude(&error.culprits(), "sent bad shares");
                self.retry(open, kind, now)
            }
        }
    }

    /// Leaves members out, unless too few would remain: then all may try again.
    fn exclude(&mut self, shares: &[u16], why: &str) {
        let Ok(founded) = self.state.founded() else {
            return;
        };
        let threshold = founded
            .epoch()
            .map_or(0, |epoch| usize::from(epoch.threshold));
        for share in shares {
            let at = usize::from(*share).saturating_sub(1);
            let name = founded
                .members
                .get(at)
                .map_or("", |member| member.name.as_str());
            warn!(member = name, why, "left out of the next session");
            self.session.excluded.insert(at);
        }
        if founded.members.len() - self.session.excluded.len() < threshold {
            self.session.excluded.clear();
        }
    }

    /// Opens the next try, as soon as enough members have committed to it.
    fn retry(
        &mut self,
        open: &OpenEdition,
        kind: SessionKind,
        now: Now,
    ) -> Result<bool, EngineError> {
        self.session.retrying = true;
        match kind {
            SessionKind::Records => {
                let (messages, batch) = (open.plan.to_sign().len(), open.plan.digest());
                self.open_session(kind, messages, batch, now)
            }
            SessionKind::Zonemd => self.reopen_zonemd(open, now),
        }
    }

    /// Announces the ZONEMD session over the signatures just made.
    fn open_zonemd(&mut self, open: &OpenEdition, now: Now) -> Result<bool, EngineError> {
        let (Some(session), Some(signatures)) =
            (self.zonemd_session(open)?, &self.session.signatures)
        else {
            return Ok(false);
        };
        let octets: Vec<u8> = signatures
            .iter()
            .flat_map(|signature| signature.0)
            .collect();
        let batch = ZonemdPlan::new(&open.plan, &octets)?.batch;
        let records = Some(self.writer.put_blob(&octets)?);
        let session = Session {
            batch,
            records,
            ..session
        };
        self.announce(session, now)
    }

    /// Another try at a ZONEMD session whose signatures are fixed already.
    fn reopen_zonemd(&mut self, open: &OpenEdition, now: Now) -> Result<bool, EngineError> {
        let (Some(session), Some(zonemd)) = (self.zonemd_session(open)?, &open.zonemd) else {
            return Ok(false);
        };
        let session = Session {
            batch: zonemd.batch,
            records: Some(zonemd.records),
            ..session
        };
        self.announce(session, now)
    }

    /// The ZONEMD session act that could be made now, but for what it signs.
    fn zonemd_session(&self, open: &OpenEdition) -> Result<Option<Session>, EngineError> {
        let records = open.sessions.get(&SessionKind::Records);
        let checkpoint = records.and_then(|it| self.quorum_checkpoint(it.position + 1));
        if checkpoint.is_none() {
            return Ok(None);
        }
        let session = self.next_session(SessionKind::Zonemd, 1, NOT_YET)?;
        Ok(session.map(|session| Session {
            checkpoint,
            ..session
        }))
    }

    /// Publishes the edition once the quorum has cosigned its last session.
    fn publish(
        &mut self,
        open: &OpenEdition,
        zonemd: &ZonemdPlan,
        now: Now,
    ) -> Result<bool, EngineError> {
        let Some(session) = open.sessions.get(&SessionKind::Zonemd) else {
            return Ok(false);
        };
        let Some(checkpoint) = self.quorum_checkpoint(session.position + 1) else {
            return Ok(false);
        };
        let Some([signature]) = self.session.signatures.as_deref() else {
            return Ok(false);
        };
        let edition = Edition {
            rules: RULES,
            ledger: self.state.founded()?.ledger,
            edition: open.plan.edition(),
            serial: open.plan.serial(),
            zonemd: HEXLOWER.encode(&zonemd.unsealed.zonemd()),
            signature: *signature,
            checkpoint,
        };
        self.append(&edition)?;
        let group = self.session.group.take();
        self.session = SessionDesk {
            group,
            ..SessionDesk::new(now)
        };
        Ok(true)
    }

    /// The public side of the live epoch, from its transcript.
    fn load_group(&mut self) -> Result<(), EngineError> {
        let Some(epoch) = self.state.founded()?.epoch().cloned() else {
            return Ok(());
        };
        if self
            .session
            .group
            .as_ref()
            .is_none_or(|(number, _)| *number != epoch.number)
        {
            self.session.group = Some((epoch.number, self.group_key(&epoch)?));
        }
        Ok(())
    }

    fn group_key(&self, epoch: &Epoch) -> Result<GroupKey, EngineError> {
        let malformed = || Refusal::BlobMalformed {
            blob: epoch.transcript,
        };
        let octets = self.writer.blob(&epoch.transcript)?;
        let transcript: Transcript = json::decode(&octets)?;
        let mut openings = BTreeMap::new();
        for (share, message) in (1..).zip(&transcript.openings.messages) {
            let opening: comity_core::message::Opening = message.payload()?;
            openings.insert(
                share,
                Opening::from_message(&opening).ok_or_else(malformed)?,
            );
        }
        GroupKey::from_openings(&openings, epoch.threshold).map_err(|_| malformed().into())
    }
}

fn borrow(octets: &BTreeMap<u16, Vec<u8>>) -> BTreeMap<u16, &[u8]> {
    octets
        .iter()
        .map(|(share, octets)| (*share, octets.as_slice()))
        .collect()
}
