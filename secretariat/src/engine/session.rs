//! The secretariat's desk in sessions: it announces them on the ledger, with the
//! commitments that `commits` gathers. What comes back is for `shares`.

use comity_core::act::{Envelope, RULES, Session, SessionKind, json};
use comity_core::basic::Digest;
use comity_core::edition::Plan;
use comity_core::message::{Messages, SessionId};
use comity_core::refusal::Refusal;
use comity_core::state::{OpenEdition, ZonemdPlan};

use super::desk::{Committed, Planned, SessionDesk};
use super::{Engine, EngineError, Now};

/// Stands in a session act for what is not known yet.
const NOT_YET: Digest = Digest([0; 32]);

impl Engine {
    /// How many messages the coming session of a kind has.
    pub(super) fn batch_size(&self, kind: SessionKind) -> Option<usize> {
        let founded = self.state.founded().ok()?;
        match (kind, founded.open_edition()) {
            (SessionKind::Zonemd | SessionKind::Test, _) => Some(1),
            (SessionKind::Keyset, _) => founded.keyset_plan().map(|plan| plan.messages().len()),
            (SessionKind::Records, Some(open)) => Some(open.plan.to_sign().len()),
            (SessionKind::Records, None) => {
                let planned = self.session.planned.and_then(|(_, planned)| planned);
                planned.map(|planned| planned.messages)
            }
        }
    }

    /// The member who has this share; nobody has no name.
    pub(super) fn name_of(&self, share: u16) -> &str {
        let at = usize::from(share).checked_sub(1);
        let members = self.state.founded().map(|founded| &founded.members);
        let member = at.and_then(|at| members.ok()?.get(at));
        member.map_or("", |member| member.name.as_str())
    }

    /// The sessions for which members should send commitments: the next one of what is
    /// not signed yet, also while one is open, so that it can begin at once (ROAST,
    /// Ruffing et al. 2022: who answers commits to the next session).
    pub(super) fn wanted_commits(&self) -> Vec<SessionId> {
        let Ok(founded) = self.state.founded() else {
            return Vec::new();
        };
        let epoch = founded.edition_epoch().map_or(0, |epoch| epoch.number);
        let id = |kind, attempt| SessionId {
            ledger: founded.ledger,
            epoch,
            edition: founded.next_edition(),
            kind,
            attempt,
        };
        let is_signed = self.session.signatures.is_some();
        let kinds: &[_] = match founded.open_edition() {
            None if self.is_due() => &[SessionKind::Records, SessionKind::Zonemd],
            Some(open) if open.zonemd.is_some() && !is_signed => &[SessionKind::Zonemd],
            Some(open) if open.zonemd.is_none() && !is_signed => {
                &[SessionKind::Records, SessionKind::Zonemd]
            }
            Some(open) if open.zonemd.is_none() => &[SessionKind::Zonemd],
            None | Some(_) => &[],
        };
        let attempt = |kind| {
            let open = founded.open_edition();
            open.map_or(1, |open| OpenEdition::next_attempt(open, kind))
        };
        let editions = kinds.iter().map(|kind| id(*kind, attempt(*kind)));
        let others = self.wanted_test().into_iter().chain(self.wanted_keyset());
        editions.chain(others).collect()
    }

    /// The desk for sessions of a kind.
    pub(super) fn desk(&self, kind: SessionKind) -> &SessionDesk {
        match kind {
            SessionKind::Records | SessionKind::Zonemd => &self.session,
            SessionKind::Test => &self.test,
            SessionKind::Keyset => &self.keyset,
        }
    }

    /// See [`Self::desk`].
    pub(super) fn desk_mut(&mut self, kind: SessionKind) -> &mut SessionDesk {
        match kind {
            SessionKind::Records | SessionKind::Zonemd => &mut self.session,
            SessionKind::Test => &mut self.test,
            SessionKind::Keyset => &mut self.keyset,
        }
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
            return match self.newest_session().map(|record| record.id.kind) {
                Some(kind) => self.gather(kind, now),
                None => Ok(false),
            };
        }
        match &open.zonemd {
            None => self.open_zonemd(&open, now),
            Some(zonemd) if open.sessions.contains_key(&SessionKind::Zonemd) => {
                self.publish(&open, zonemd)
            }
            Some(_) => Ok(false),
        }
    }

    /// Announces a session, if enough members have committed to it.
    pub(super) fn open_session(
        &mut self,
        kind: SessionKind,
        messages: usize,
        batch: Digest,
        now: Now,
    ) -> Result<bool, EngineError> {
        match self.next_session(kind, messages, batch, now)? {
            Some(session) => self.announce(session, now),
            None => Ok(false),
        }
    }

    /// The session act that is to be made now, without its commitments' name.
    pub(super) fn next_session(
        &mut self,
        kind: SessionKind,
        messages: usize,
        batch: Digest,
        now: Now,
    ) -> Result<Option<Session>, EngineError> {
        let Some(id) = self.wanted_commits().into_iter().find(|id| id.kind == kind) else {
            return Ok(None);
        };
        let founded = self.state.founded()?;
        let epoch = founded.epoch_numbered(id.epoch).ok_or(Refusal::NoKey)?;
        let threshold = usize::from(epoch.threshold);
        let pace = self.pace.of_session(messages, threshold);
        let committed = self.committed(&id, messages).into_iter();
        let standings = &mut self.desk_mut(kind).standings;
        let Some(signers) = standings.choose(committed, threshold, &pace, now) else {
            return Ok(None);
        };
        if !self.check_put_off(&id, &signers)? {
            return Ok(None);
        }
        let founded = self.state.founded()?;
        let mut signers: Vec<_> = signers
            .iter()
            .map(|at| founded.members[*at].name.clone())
            .collect();
        // Who joined later has a higher number, and any name.
        signers.sort_unstable();
        Ok(Some(Session {
            rules: RULES,
            ledger: founded.ledger,
            epoch: id.epoch,
            edition: id.edition,
            kind,
            attempt: id.attempt,
            batch,
            commitments: NOT_YET,
            signers,
            silent: self.silent(kind),
            records: None,
            checkpoint: None,
        }))
    }

    /// Who had time to answer in the session before the next one, and did not: by name,
    /// whoever has not departed.
    fn silent(&self, kind: SessionKind) -> Vec<String> {
        let before = self.asked(kind).filter(|record| record.id.kind == kind);
        let newest = self.desk(kind).newest();
        let newest = newest.filter(|it| before.is_some_and(|before| before.act == it.record.act));
        let (Ok(founded), Some(newest)) = (self.state.founded(), newest) else {
            return Vec::new();
        };
        let member = |id: u16| founded.members.get(usize::from(id).checked_sub(1)?);
        let silent = newest.silent().filter_map(member);
        let staying = silent.filter(|member| member.departed.is_none());
        let mut names: Vec<_> = staying.map(|member| member.name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// The signed commitments of a session's signers.
    fn chosen(&self, session: &Session) -> Vec<Envelope> {
        let of_session = self.desk(session.kind).commits.get(&session.id());
        let member = |name: &String| self.state.founded().ok()?.member_named(name);
        session
            .signers
            .iter()
            .filter_map(|name| Some(of_session?.get(&member(name)?)?.message.clone()))
            .collect()
    }

    /// Puts a session on the ledger. Blobs before the act that names them: a
    /// crash in between leaves orphans at most.
    pub(super) fn announce(&mut self, session: Session, now: Now) -> Result<bool, EngineError> {
        let list = Messages {
            messages: self.chosen(&session),
        };
        let commitments = self.writer.put_blob(&json::encode(&list))?;
        let (kind, id) = (session.kind, session.id());
        self.append(&Session {
            commitments,
            ..session
        })?;
        self.keep_newest(kind, now);
        let desk = self.desk_mut(kind);
        // Nobody can commit to it any more.
        let committed = desk.commits.remove(&id).unwrap_or_default();
        if let Some(newest) = desk.open.last_mut() {
            for (at, Committed { checked, .. }) in committed {
                if let Some(checked) = checked {
                    newest.ahead.insert(share_number(at)?, checked);
                }
            }
        }
        Ok(true)
    }

    /// Opens the next try, as soon as enough members have committed to it.
    pub(super) fn retry(&mut self, kind: SessionKind, now: Now) -> Result<bool, EngineError> {
        self.desk_mut(kind).given_up = true;
        match kind {
            SessionKind::Test => return self.open_test(now),
            SessionKind::Keyset => return self.open_keyset_session(now),
            SessionKind::Records | SessionKind::Zonemd => {}
        }
        let Some(open) = self.state.founded()?.open_edition().cloned() else {
            return Ok(false);
        };
        match kind {
            SessionKind::Records => {
                let (messages, batch) = (open.plan.to_sign().len(), open.plan.digest());
                self.open_session(kind, messages, batch, now)
            }
            SessionKind::Zonemd | SessionKind::Test | SessionKind::Keyset => {
                self.reopen_zonemd(&open, now)
            }
        }
    }

    /// Announces the ZONEMD session over the signatures just made.
    fn open_zonemd(&mut self, open: &OpenEdition, now: Now) -> Result<bool, EngineError> {
        let (Some(session), Some(signatures)) =
            (self.zonemd_session(open, now)?, &self.session.signatures)
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
        let (Some(session), Some(zonemd)) = (self.zonemd_session(open, now)?, &open.zonemd) else {
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
    fn zonemd_session(
        &mut self,
        open: &OpenEdition,
        now: Now,
    ) -> Result<Option<Session>, EngineError> {
        let records = open.sessions.get(&SessionKind::Records);
        let checkpoint = records.and_then(|it| self.quorum_checkpoint(it.position + 1));
        if checkpoint.is_none() {
            return Ok(None);
        }
        let session = self.next_session(SessionKind::Zonemd, 1, NOT_YET, now)?;
        Ok(session.map(|session| Session {
            checkpoint,
            ..session
        }))
    }
}

/// The share number of the member at this place.
pub(super) fn share_number(member: usize) -> Result<u16, EngineError> {
    u16::try_from(member + 1).map_err(|_| EngineError::NotWanted)
}
