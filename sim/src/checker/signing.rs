//! Who released shares, for what, and under which head.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::json::Payload as _;
use comity_core::act::{Envelope, Session, SessionKind};
use comity_core::basic::Digest;
use comity_core::message::{Commit, SessionId, Shares};
use comity_core::state::Founded;

use super::{Act, Finding, Invariant, broken};

/// A session that is on the ledger.
struct Announced {
    edition: u64,
    kind: SessionKind,
    position: u64,
    /// Commitments by share number.
    commitments: BTreeMap<u16, Digest>,
    /// How many shares of the epoch that signed then make a signature. Another epoch
    /// may sign when the edition comes.
    threshold: usize,
}

/// All sessions so far.
#[derive(Default)]
pub(super) struct Signing {
    /// By the id of their act.
    sessions: BTreeMap<Digest, Announced>,
    /// The one batch of each edition and kind.
    batches: BTreeMap<(u64, SessionKind), Digest>,
    /// Who released shares for an act.
    released: BTreeMap<Digest, BTreeSet<u16>>,
    /// The shares that left over each commitment.
    over: BTreeMap<(usize, Digest), Digest>,
    /// The session that each commitment was sent for.
    committed: BTreeMap<(usize, Digest), SessionId>,
    /// The largest head that each honest member cosigned.
    cosigned: BTreeMap<usize, u64>,
    /// The quorum after each act: whoever leaves, or is absent, may lower it for a
    /// session that is announced already.
    quorums: BTreeMap<u64, usize>,
}

impl Signing {
    pub(super) fn note_cosigned(&mut self, at: usize, size: u64) {
        self.cosigned.insert(at, size);
    }

    /// A session act: one content for one edition, whichever the try.
    pub(super) fn note_act(&mut self, act: &Act<'_>) -> Finding {
        if let Ok(founded) = act.state.founded() {
            let quorum = Founded::cosigning_quorum(founded);
            self.quorums.insert(act.applied.position, quorum);
        }
        if act.envelope.payload_type() != Session::TYPE {
            return Ok(());
        }
        let (Ok(session), Ok(founded)) = (act.envelope.payload::<Session>(), act.state.founded())
        else {
            return broken(Invariant::NoFork, "a session that cannot be read");
        };
        let open = founded.open_edition();
        let record = match session.kind {
            SessionKind::Test => founded.test().map(|(record, _)| record),
            SessionKind::Keyset => founded.open_keyset().map(|open| &open.session),
            SessionKind::Records | SessionKind::Zonemd => {
                open.and_then(|open| open.sessions.get(&session.kind))
            }
        };
        let record = record.filter(|record| record.act == act.applied.id);
        let commitments = record.map(|record| {
            let by_share = record.commitments.iter();
            by_share
                .map(|(share, octets)| (*share, Digest::of(octets)))
                .collect()
        });
        let announced = Announced {
            edition: session.edition,
            kind: session.kind,
            position: act.applied.position,
            commitments: commitments.unwrap_or_default(),
            threshold: usize::from(founded.threshold()),
        };
        self.sessions.insert(act.applied.id, announced);
        if matches!(session.kind, SessionKind::Test | SessionKind::Keyset) {
            // Each ceremony has a test of its own, each set of keys is another, and none
            // of them is of an edition.
            return Ok(());
        }
        let of = (session.edition, session.kind);
        let batch = *self.batches.entry(of).or_insert(session.batch);
        match batch == session.batch {
            true => Ok(()),
            false => broken(
                Invariant::NoFork,
                format!(
                    "edition {} has two batches {:?}",
                    session.edition, session.kind
                ),
            ),
        }
    }

    /// A message that leaves a member.
    pub(super) fn note_message(
        &mut self,
        at: usize,
        envelope: &Envelope,
        is_honest: bool,
    ) -> Finding {
        if let Ok(shares) = envelope.payload::<Shares>() {
            return self.note_shares(at, &shares, is_honest);
        }
        if let Ok(commit) = envelope.payload::<Commit>()
            && is_honest
        {
            let octets = comity_core::basic::from_base64(&commit.commitments);
            let digest = Digest::of(&octets.unwrap_or_default());
            let known = self.committed.entry((at, digest));
            let known = known.or_insert_with(|| commit.session.clone());
            if *known != commit.session {
                let what = format!("member {at} commits twice to the same nonces");
                return broken(Invariant::NoncesOnce, what);
            }
        }
        Ok(())
    }

    fn note_shares(&mut self, at: usize, shares: &Shares, is_honest: bool) -> Finding {
        let share = u16::try_from(at + 1).unwrap_or(0);
        let released = self.released.entry(shares.act).or_default();
        released.insert(share);
        if !is_honest {
            return Ok(());
        }
        let Some(session) = self.sessions.get(&shares.act) else {
            let what = format!("member {at} signs for an act that is not on the ledger");
            return broken(Invariant::NoFork, what);
        };
        let Some(commitment) = session.commitments.get(&share) else {
            let what = format!("member {at} signs where it was not asked");
            return broken(Invariant::NoncesOnce, what);
        };
        let answer = Digest::of(shares.shares.as_bytes());
        let known = *self.over.entry((at, *commitment)).or_insert(answer);
        if known != answer {
            let what = format!("member {at} released two different shares over one commitment");
            return broken(Invariant::NoncesOnce, what);
        }
        let above = self.cosigned.values();
        let above = above.filter(|size| **size > session.position).count();
        let quorums = self.quorums.range(session.position..);
        let quorum = quorums.map(|(_, quorum)| *quorum).min();
        if quorum.is_none_or(|quorum| above < quorum) {
            let what = format!(
                "member {at} signs for act {} that {above} of {quorum:?} cosigned",
                session.position
            );
            return broken(Invariant::NoFork, what);
        }
        Ok(())
    }

    /// An edition is there: all who signed it sent shares, each for one session. Which
    /// of those that were open it was, the ledger does not say.
    pub(super) fn check_published(&self, edition: u64) -> Finding {
        for kind in [SessionKind::Records, SessionKind::Zonemd] {
            let of_it = self.sessions.iter();
            let of_it = of_it.filter(|(_, it)| (it.edition, it.kind) == (edition, kind));
            let sent = of_it.map(|(act, session)| {
                let released = self.released.get(act);
                let sent = |share: &&u16| released.is_some_and(|all| all.contains(share));
                let sent = session.commitments.keys().filter(sent).count();
                (sent, session.threshold)
            });
            let enough = |(sent, threshold): (usize, usize)| sent >= threshold;
            if !sent.clone().any(enough) {
                let most = sent.max();
                let what = format!("edition {edition} signed by {most:?} of as many {kind:?}");
                return broken(Invariant::NoForgery, what);
            }
        }
        Ok(())
    }
}
