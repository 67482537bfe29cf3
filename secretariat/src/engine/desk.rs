//! What lies on the desk for the sessions of one kind: commitments to the next
//! one, and the sessions of the batch that are open, with what came back.
//!
//! Several can be open (ROAST, Ruffing, Ronge, Jin, Schneider-Bensch, Schröder,
//! 2022). Shares leave members for the newest one only, and those that left for an
//! earlier one still count: whichever is whole first gives the signatures.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::{Envelope, SessionKind};
use comity_core::basic::{Digest, Signature};
use comity_core::limits;
use comity_core::message::SessionId;
use comity_core::state::SessionRecord;
use comity_sign::session::{Batch, CheckedCommitments};

use super::Now;
use super::standing::{Standing, Standings};

/// What has come in for the sessions of the present edition, or of the test of a
/// new epoch.
pub(super) struct SessionDesk {
    /// Commitments by session and member.
    pub(super) commits: BTreeMap<SessionId, BTreeMap<usize, Committed>>,
    /// The sessions of the batch whose shares are of use, oldest first. The last
    /// one is the newest on the ledger.
    pub(super) open: Vec<OpenSession>,
    /// Whom to ask first.
    pub(super) standings: Standings,
    /// The newest session is not waited for any more, but for commitments to the
    /// next one.
    pub(super) given_up: bool,
    /// Signatures that a session gave.
    pub(super) signatures: Option<Vec<Signature>>,
    /// What is due, by ledger size.
    pub(super) planned: Option<(u64, Option<Planned>)>,
}

/// A member's commitments to a session that is not announced yet.
pub(super) struct Committed {
    /// The message that it signed.
    pub(super) message: Envelope,
    /// To how many messages.
    pub(super) messages: usize,
    /// The commitments in it, once they are checked.
    pub(super) checked: Option<CheckedCommitments>,
}

/// A session that is on the ledger, and what came back for it.
pub(super) struct OpenSession {
    /// The session.
    pub(super) record: SessionRecord,
    /// Its signers' commitments as they were checked, by share number: those of the
    /// newest session only, which is likely to need them, and none after a restart.
    pub(super) ahead: BTreeMap<u16, CheckedCommitments>,
    /// The signers' answers, by share number.
    pub(super) answers: BTreeMap<u16, Answer>,
    /// Since when shares are waited for.
    pub(super) since: Now,
    /// Signers that had time to answer and did not.
    pub(super) passed_over: BTreeSet<u16>,
    /// Wrong shares came: nothing can come of it.
    pub(super) spoiled: bool,
}

/// A signer's answer to a session act.
pub(super) struct Answer {
    /// The message that it signed.
    pub(super) message: Envelope,
    /// The shares in it; none where they cannot be read.
    pub(super) octets: Vec<u8>,
    /// Whether it is known to be right or wrong.
    pub(super) judged: bool,
}

/// The batch that is due.
#[derive(Clone, Copy)]
pub(super) struct Planned {
    /// Of how many messages.
    pub(super) messages: usize,
    /// Its digest.
    pub(super) batch: Digest,
}

impl SessionDesk {
    pub(super) fn new() -> Self {
        Self {
            commits: BTreeMap::new(),
            open: Vec::new(),
            standings: Standings::default(),
            given_up: false,
            signatures: None,
            planned: None,
        }
    }

    /// The newest session.
    pub(super) fn newest(&self) -> Option<&OpenSession> {
        self.open.last()
    }

    /// Waits for the shares of a session that is the newest now.
    pub(super) fn put(&mut self, record: SessionRecord, now: Now) {
        let batch = |id: &SessionId| SessionId {
            attempt: 0,
            ..id.clone()
        };
        // What passes a test is the newest session's alone, and sets of keys that
        // follow each other have no name of their own.
        let of_batch = matches!(record.id.kind, SessionKind::Records | SessionKind::Zonemd);
        let is_of_batch =
            |open: &OpenSession| of_batch && batch(&open.record.id) == batch(&record.id);
        self.open.retain(|open| is_of_batch(open) && !open.spoiled);
        let surplus = (self.open.len() + 1).saturating_sub(limits::SESSIONS_OPEN_MAX);
        self.open.drain(..surplus);
        self.open.iter_mut().for_each(|open| open.ahead.clear());
        self.open.push(OpenSession::new(record, now));
        (self.given_up, self.signatures) = (false, None);
    }

    /// The place of the first session for which all shares are there, each of so
    /// many octets, if anything can come of it.
    pub(super) fn whole(&self, octets: usize) -> Option<usize> {
        self.open
            .iter()
            .position(|open| !open.spoiled && open.missing().is_empty() && open.all_fit(octets))
    }

    /// Whether nothing is held against a member, or only that an answer was late which
    /// is not judged yet.
    pub(super) fn may_be_good(&self, member: usize) -> bool {
        let id = u16::try_from(member + 1).ok();
        let is_unjudged = |open: &OpenSession| {
            let answer = id.and_then(|id| open.answers.get(&id));
            answer.is_some_and(|answer| !answer.judged)
        };
        match self.standings.of(member) {
            Standing::Good => true,
            Standing::Silent => self.open.iter().any(is_unjudged),
            Standing::Lied => false,
        }
    }

    /// Goes on to the next edition. What is known of the members stays.
    pub(super) fn begin_edition(&mut self) {
        self.standings.begin_edition();
        *self = Self {
            standings: std::mem::take(&mut self.standings),
            ..Self::new()
        };
    }
}

impl OpenSession {
    fn new(record: SessionRecord, now: Now) -> Self {
        Self {
            record,
            ahead: BTreeMap::new(),
            answers: BTreeMap::new(),
            since: now,
            passed_over: BTreeSet::new(),
            spoiled: false,
        }
    }

    /// Its signers that have not answered.
    pub(super) fn missing(&self) -> BTreeSet<u16> {
        let signers = self.record.commitments.keys().copied();
        signers.filter(|id| self.is_owed_by(*id)).collect()
    }

    /// Whether it waits for this signer's answer.
    pub(super) fn is_owed_by(&self, id: u16) -> bool {
        self.record.commitments.contains_key(&id) && !self.answers.contains_key(&id)
    }

    /// Whether all answers are of as many octets as they should be.
    pub(super) fn all_fit(&self, octets: usize) -> bool {
        let mut answers = self.answers.values();
        answers.all(|answer| answer.octets.len() == octets)
    }

    /// Its signers that had time to answer, and have not by now.
    pub(super) fn silent(&self) -> impl Iterator<Item = u16> {
        let passed_over = self.passed_over.iter().copied();
        passed_over.filter(|id| self.is_owed_by(*id))
    }

    /// What it is about, with what was checked of it ahead.
    pub(super) fn batch<'a>(&'a self, messages: &'a [Vec<u8>]) -> Batch<'a> {
        Batch {
            messages,
            commitments: &self.record.commitments,
            ahead: self.ahead.iter().map(|(id, it)| (*id, it)).collect(),
        }
    }

    /// The shares that came in, by share number.
    pub(super) fn answered(&self) -> BTreeMap<u16, &[u8]> {
        let answers = self.answers.iter();
        answers
            .map(|(id, answer)| (*id, answer.octets.as_slice()))
            .collect()
    }

    /// Those of them of which it is not known whether they are right.
    pub(super) fn unjudged(&self) -> BTreeMap<u16, &[u8]> {
        let mut answered = self.answered();
        answered.retain(|id, _| self.answers.get(id).is_some_and(|answer| !answer.judged));
        answered
    }
}
