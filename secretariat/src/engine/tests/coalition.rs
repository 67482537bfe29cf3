//! A secretariat and as many members as do not make a threshold, with all of
//! their shares, nonces and the log key, against one honest member more. They
//! bring no edition about that the state accepts (invariants 2 and 3).

use std::collections::BTreeMap;

use comity_core::act::{Edition, Envelope, RULES, SessionKind};
use comity_core::basic::Signature;
use comity_core::refusal::Refusal;
use comity_core::state::{State, ZonemdPlan};
use comity_sign::epoch::generated;
use comity_sign::session::{Ahead, Batch, SHARE_OCTETS, SessionError, aggregate};
use data_encoding::{BASE64, HEXLOWER};

use super::table::Table;
use crate::engine::{EngineError, PublicAct};

/// Members 0 and 1 collude; it takes three of five.
const COALITION: usize = 2;

/// A session of the coalition and one honest member, and the coalition's
/// shares; the honest one releases none.
struct Session {
    table: Table,
    kind: SessionKind,
    shares: BTreeMap<u16, Vec<u8>>,
    honest: u16,
}

impl Session {
    /// Works until a session of this kind waits for the honest member alone.
    fn open(kind: SessionKind) -> Self {
        let mut table = Table::new(5, 3);
        table.grow_old();
        loop {
            let open = table.founded().open_edition();
            let record = open.and_then(|open| open.sessions.get(&kind));
            let Some(record) = record.cloned() else {
                table.round();
                continue;
            };
            let ids: Vec<u16> = record.commitments.keys().copied().collect();
            let (coalition, honest) = (&ids[..COALITION], ids[COALITION]);
            // Whatever the honest one sends stays with the test.
            table.lies.insert(usize::from(honest) - 1, |_| Vec::new());
            table.kept.clear();
            let is_there =
                |table: &Table, id: &u16| table.kept.contains_key(&(usize::from(*id) - 1));
            while !coalition.iter().all(|id| is_there(&table, id)) {
                table.round();
            }
            let octets = |id: &u16| {
                let shares = table.kept[&(usize::from(*id) - 1)].payload();
                let shares: comity_core::message::Shares = shares.unwrap();
                assert_eq!(shares.act, record.act);
                (*id, BASE64.decode(shares.shares.as_bytes()).unwrap())
            };
            let shares = coalition.iter().map(octets).collect();
            return Self {
                table,
                kind,
                shares,
                honest,
            };
        }
    }

    /// What the coalition makes with `made_up` in the honest member's place.
    fn join(&self, made_up: Option<Vec<u8>>) -> Result<Vec<Signature>, SessionError> {
        let founded = self.table.founded();
        let (open, epoch) = (founded.open_edition().unwrap(), founded.epoch().unwrap());
        let transcript = self.table.engine.writer.blob(&epoch.transcript).unwrap();
        let group = generated(&transcript, epoch.threshold).unwrap();
        let record = &open.sessions[&self.kind];
        let mut commitments = record.commitments.clone();
        let mut shares = self.shares.clone();
        match made_up {
            Some(octets) => drop(shares.insert(self.honest, octets)),
            None => drop(commitments.remove(&self.honest)),
        }
        let messages = open.messages(self.kind).unwrap();
        let batch = Batch {
            messages: &messages,
            commitments: &commitments,
            ahead: Ahead::new(),
        };
        let shares = shares.iter().map(|(id, octets)| (*id, octets.as_slice()));
        aggregate(&group, &batch, &shares.collect())
    }

    /// Octets in the place of the honest member's shares.
    fn made_up(&self) -> Vec<Vec<u8>> {
        let first = self.shares.values().next().unwrap();
        let mut turned = first.clone();
        turned.rotate_left(SHARE_OCTETS);
        let mut flipped = first.clone();
        flipped[0] ^= 1;
        [vec![0; first.len()], first.clone(), turned, flipped].into()
    }
}

#[test]
fn a_coalition_below_the_threshold_makes_no_signature() {
    for kind in [SessionKind::Records, SessionKind::Zonemd] {
        let session = Session::open(kind);
        let (threshold, signers) = (3, COALITION);
        let too_few = SessionError::TooFewSigners { threshold, signers };
        assert_eq!(session.join(None), Err(too_few));
        for octets in session.made_up() {
            let culprits = [session.honest].into();
            assert_eq!(
                session.join(Some(octets)),
                Err(SessionError::BadShares { culprits })
            );
        }
    }
}

#[test]
fn what_a_coalition_makes_up_opens_no_session_and_is_no_edition() {
    let session = Session::open(SessionKind::Records);
    let open = session.table.founded().open_edition().unwrap();
    for octets in session.made_up() {
        let mut signatures = octets.clone();
        signatures.extend_from_slice(&octets);
        signatures.resize(open.plan.to_sign().len() * 64, 7);
        let refused = ZonemdPlan::new(&open.plan, &signatures).err();
        assert!(matches!(refused, Some(Refusal::Edition(_))), "{refused:?}");
    }

    let mut session = Session::open(SessionKind::Zonemd);
    // Until everybody has cosigned the session act, and no other is opened yet.
    (0..5).for_each(|_| session.table.round());
    let made_up = session.made_up();
    for octets in made_up {
        let founded = session.table.founded();
        let open = founded.open_edition().unwrap();
        let mut signature = [7; 64];
        signature[..octets.len().min(32)].copy_from_slice(&octets[..octets.len().min(32)]);
        let zonemd = open.zonemd.as_ref().unwrap().unsealed.zonemd();
        let edition = Edition {
            rules: RULES,
            ledger: founded.ledger,
            edition: open.plan.edition(),
            serial: open.plan.serial(),
            zonemd: HEXLOWER.encode(&zonemd),
            signature: Signature(signature),
            checkpoint: session.table.engine.checkpoint().to_text(),
        };
        let act: Envelope = session.table.engine.log.signed(&edition);
        let before = State::digest(session.table.engine.state());
        let read = PublicAct::read(&act.to_octets());
        let outcome = read.and_then(|act| session.table.engine.submit_act(&act));
        assert!(
            matches!(outcome, Err(EngineError::Refused(Refusal::Edition(_)))),
            "{outcome:?}"
        );
        assert_eq!(session.table.engine.state().digest(), before);
    }
}
