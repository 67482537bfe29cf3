//! The members' part of a redistribution at the table, stage by stage as their
//! machines do it, but for those who sleep through a stage or lie in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use comity_core::act::{Convocation, Envelope, RULES, SessionKind, json};
use comity_core::basic::{Digest, Time};
use comity_core::ledger::{KeyKind, NoteKey};
use comity_core::message::{
    CeremonyId, CeremonyTask, Commit, Handover, Messages, Possession, Reception, SessionId, Shares,
};
use comity_mirror::ledger::blob_path;
use comity_sign::deal::{Complaint, Dealings, Invited, Plan, Received, Share};
use comity_sign::epoch::{self, digest_of};
use comity_sign::identity::Identity;
use comity_sign::session::{Ahead, Nonces, commit};
use data_encoding::BASE64;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::table::{PACE, Table};
use crate::engine::{Engine, EngineError, PublicAct};
use crate::writer::LedgerWriter;

/// What a member does in a redistribution, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Invite,
    Deal,
    Receive,
    Possess,
    Commit,
    Sign,
}

pub(super) const STAGES: [Stage; 6] = [
    Stage::Invite,
    Stage::Deal,
    Stage::Receive,
    Stage::Possess,
    Stage::Commit,
    Stage::Sign,
];

/// The members, and a table.
pub(super) struct Ceremony {
    pub(super) table: Table,
    /// Who does nothing in which stage.
    pub(super) asleep: BTreeSet<(usize, Stage)>,
    /// Who says something wrong in which stage.
    pub(super) liars: BTreeSet<(usize, Stage)>,
    /// What was refused that a liar said.
    pub(super) refused: Vec<(usize, Stage)>,
    /// After so many messages, each sent once, the engine starts anew.
    pub(super) restart_after: Option<usize>,
    /// Messages so far.
    pub(super) sent: usize,
    parts: BTreeMap<usize, Part>,
}

/// A member's part, of the try that it is in.
#[derive(Default)]
struct Part {
    id: Option<CeremonyId>,
    messages: BTreeMap<Stage, Envelope>,
    invited: Option<Invited>,
    opened: Option<(Received, Dealings)>,
    /// The share of the act that dealt it.
    share: Option<(Digest, Share)>,
    nonces: BTreeMap<SessionId, (Nonces, Vec<u8>)>,
}

impl Ceremony {
    /// A zone of so many members, of whom the first has asked for a ceremony.
    pub(super) fn convoked((members, threshold): (usize, u16), drill: bool) -> Self {
        let mut table = Table::new(members, threshold);
        let act = table.seats[0].identity.signed(&Convocation {
            rules: RULES,
            ledger: table.founded().ledger,
            epoch: 1,
            drill,
            reason: "Shares grow old".into(),
        });
        submit_act(&mut table, &act);
        table.pass(1);
        Self {
            table,
            asleep: BTreeSet::new(),
            liars: BTreeSet::new(),
            refused: Vec::new(),
            restart_after: None,
            sent: 0,
            parts: BTreeMap::new(),
        }
    }

    /// The number of the epoch that signs.
    pub(super) fn live(&self) -> u32 {
        self.table.founded().epoch().unwrap().number
    }

    /// Works until this holds; says how long that took in seconds.
    pub(super) fn until(&mut self, holds: impl Fn(&Self) -> bool) -> u64 {
        let began = self.table.now.0;
        for _round in 0..4000 {
            if holds(self) {
                return (self.table.now.0 - began) / 1000;
            }
            self.round();
        }
        panic!(
            "after {} s it does not hold",
            (self.table.now.0 - began) / 1000
        );
    }

    /// Works until the new epoch signs, and an edition with it.
    pub(super) fn succeed(&mut self) -> u64 {
        let key = self.table.founded().epoch().unwrap().group_key;
        let took_s = self.until(|it| it.live() == 2);
        assert_eq!(self.table.founded().epoch().unwrap().group_key, key);
        let receivers = self.table.founded().epoch().unwrap().shares.clone();
        for at in 0..self.table.seats.len() {
            let part = self.parts.remove(&at);
            let share = part.and_then(|part| part.share);
            self.table.seats[at].share = share.map(|(_, share)| share);
            if !receivers.contains(&at) || self.table.seats[at].share.is_none() {
                self.table.gone.insert(at);
            }
        }
        self.table.sign_next();
        took_s
    }

    /// Everybody does what there is to do.
    pub(super) fn round(&mut self) {
        for at in 0..self.table.seats.len() {
            if self.table.founded().members[at].departed.is_none() {
                self.table.cosign(at);
                self.take_part(at);
            }
        }
        self.table.pass(500);
    }

    fn take_part(&mut self, at: usize) {
        if let Some(task) = self.table.engine.tasks().ceremony.clone() {
            self.begin(at, &task);
            self.deal(at, &task);
            self.receive(at, &task);
        }
        self.take_share(at);
        self.commit(at);
        self.sign(at);
    }

    /// Says it, or what was said in this stage before, if the member is awake.
    fn say(&mut self, (at, stage): (usize, Stage), make: impl FnOnce(&mut Self) -> Envelope) {
        if self.asleep.contains(&(at, stage)) {
            return;
        }
        let before = self.part(at).messages.get(&stage).cloned();
        let is_new = before.is_none();
        let message = before.unwrap_or_else(|| make(self));
        self.part(at).messages.insert(stage, message.clone());
        match self.table.submit(&message) {
            Ok(()) => {}
            Err(EngineError::NotWanted | EngineError::Deal(_) | EngineError::Session(_)) => {
                if self.liars.contains(&(at, stage)) && is_new {
                    self.refused.push((at, stage));
                }
            }
            Err(error) => panic!("{at} {stage:?}: {error}"),
        }
        if is_new {
            self.sent += 1;
            if self.restart_after == Some(self.sent) {
                self.restart();
            }
        }
    }

    fn part(&mut self, at: usize) -> &mut Part {
        self.parts.entry(at).or_default()
    }

    /// No try is like one before it: as members do, an older one is passed over.
    fn begin(&mut self, at: usize, task: &CeremonyTask) {
        let (id, Some(size)) = (&task.ceremony, task.size) else {
            return;
        };
        let is_newer = self.part(at).id.as_ref().is_none_or(|current| {
            assert!(current.attempt <= id.attempt, "an older try");
            current.attempt < id.attempt
        });
        if is_newer {
            *self.part(at) = Part {
                id: Some(id.clone()),
                ..Part::default()
            };
        }
        self.say((at, Stage::Invite), |it| {
            let (secret, invitation) = Invited::invite(&mut it.table.rng);
            it.part(at).invited = Some(secret);
            let message = invitation.to_message(id, size);
            it.table.seats[at].identity.signed(&message)
        });
    }

    fn plan(&self, task: &CeremonyTask) -> Plan {
        let list = self.list(task.openings.unwrap());
        let from = self.table.seats[0].share.as_ref().unwrap().group().clone();
        let due = self.table.founded().ceremony_due().unwrap();
        epoch::plan(
            self.table.founded(),
            &task.ceremony,
            (Some(&from), due.threshold),
            &list,
        )
        .unwrap()
    }

    fn list(&self, digest: Digest) -> Messages {
        json::decode(&self.table.engine.works()[&digest]).unwrap()
    }

    fn deal(&mut self, at: usize, task: &CeremonyTask) {
        let Some(list) = task.openings else {
            return;
        };
        self.say((at, Stage::Deal), |it| {
            let plan = it.plan(task);
            let share = it.table.seats[at].share.as_ref().unwrap();
            let dealing = plan.deal(share, &mut it.table.rng).unwrap();
            let mut message = dealing.to_message(&task.ceremony, list);
            if it.liars.contains(&(at, Stage::Deal)) {
                // The proof is over what is sealed.
                message.sealed.swap(0, 1);
                let [one, other] = &mut message.sealed[..2] else {
                    unreachable!()
                };
                std::mem::swap(&mut one.to, &mut other.to);
            }
            it.table.seats[at].identity.signed(&message)
        });
    }

    fn receive(&mut self, at: usize, task: &CeremonyTask) {
        let Some(list) = task.deals else {
            return;
        };
        let is_in = self.part(at).invited.is_some() || self.part(at).opened.is_some();
        if !is_in {
            return;
        }
        self.say((at, Stage::Receive), |it| {
            let plan = it.plan(task);
            let dealt = it.list(list);
            let dealings = epoch::dealings(it.table.founded(), &plan, &dealt).unwrap();
            let me = u16::try_from(at + 1).unwrap();
            let secret = it.part(at).invited.take().unwrap();
            let received = secret.receive(me, &dealings, &mut it.table.rng);
            let (received, complaints) = received.unwrap();
            assert!(complaints.is_empty(), "{complaints:?}");
            let dealer = dealings.dealers().next().unwrap();
            it.part(at).opened = Some((received, dealings));
            let complaints = match it.liars.contains(&(at, Stage::Receive)) {
                true => [accusation(dealer, me).to_text()].into(),
                false => Vec::new(),
            };
            let reception = Reception {
                ceremony: task.ceremony.clone(),
                dealings: list,
                complaints,
            };
            it.table.seats[at].identity.signed(&reception)
        });
    }

    /// Takes the share that the ledger says was dealt, and says so.
    fn take_share(&mut self, at: usize) {
        let founded = self.table.founded();
        let (ledger, dealt) = (founded.ledger, founded.dealt().cloned());
        let Some(dealt) = dealt else {
            return;
        };
        let id = dealt.epoch.ceremony(ledger);
        if self.part(at).id.as_ref() != Some(&id) {
            return;
        }
        if let Some((received, dealings)) = self.part(at).opened.take() {
            let transcript = self.table.disk.files()[&blob_path(&dealt.epoch.transcript)].clone();
            let handover: Handover = json::decode(&transcript).unwrap();
            let founded = self.table.founded();
            let complaints = epoch::complaints(founded, &handover.receptions).unwrap();
            let fixed = epoch::fixed_as(&dealings, &complaints, &dealt.epoch).unwrap();
            let share = received.finish(&fixed).unwrap();
            self.part(at).share = Some((dealt.act, share));
        }
        let Some((act, group)) = self
            .part(at)
            .share
            .as_ref()
            .map(|(act, share)| (*act, digest_of(share.group())))
        else {
            return;
        };
        self.say((at, Stage::Possess), |it| {
            let verifying_shares = match it.liars.contains(&(at, Stage::Possess)) {
                true => Digest([7; 32]),
                false => group,
            };
            it.table.seats[at].identity.signed(&Possession {
                ceremony: id,
                act,
                verifying_shares,
            })
        });
    }

    fn commit(&mut self, at: usize) {
        for id in self.table.engine.tasks().commit.clone() {
            let is_known = self.part(at).nonces.contains_key(&id);
            if id.kind != SessionKind::Test || self.part(at).share.is_none() || is_known {
                continue;
            }
            // Each session has its own; what was signed before is of no use.
            self.part(at).messages.remove(&Stage::Commit);
            self.part(at).messages.remove(&Stage::Sign);
            self.say((at, Stage::Commit), |it| {
                let (_, share) = it.parts[&at].share.as_ref().unwrap();
                let (nonces, octets) = commit(share, 1, &mut it.table.rng);
                let payload = Commit {
                    session: id.clone(),
                    commitments: BASE64.encode(&octets),
                };
                it.part(at).nonces.insert(id.clone(), (nonces, octets));
                it.table.seats[at].identity.signed(&payload)
            });
        }
        if self.part(at).messages.contains_key(&Stage::Commit) {
            self.say((at, Stage::Commit), |_| unreachable!());
        }
    }

    fn sign(&mut self, at: usize) {
        if self.asleep.contains(&(at, Stage::Sign)) {
            return;
        }
        let checkpoint = self.table.engine.checkpoint().to_text();
        let clock = Time(self.table.now.0 / 1000);
        let permit = self
            .table
            .engine
            .state()
            .permit(SessionKind::Test, &checkpoint, clock);
        let Ok(permit) = permit else {
            return;
        };
        let session = permit.session();
        let part = self.parts.get_mut(&at);
        let Some(part) = part else {
            return;
        };
        let me = u16::try_from(at + 1).unwrap();
        let is_listed = |octets: &Vec<u8>| session.commitments.get(&me) == Some(octets);
        let released = part
            .nonces
            .get(&session.id)
            .filter(|(_, it)| is_listed(it))
            .is_some();
        if released {
            let (nonces, _) = part.nonces.remove(&session.id).unwrap();
            let (_, share) = part.share.as_ref().unwrap();
            let mut octets = nonces.release(share, &permit, Ahead::new()).unwrap();
            if self.liars.contains(&(at, Stage::Sign)) {
                octets = vec![0; octets.len()];
            }
            let shares = Shares {
                session: session.id.clone(),
                act: session.act,
                shares: BASE64.encode(&octets),
            };
            let message = self.table.seats[at].identity.signed(&shares);
            self.say((at, Stage::Sign), |_| message);
        } else if self.part(at).messages.contains_key(&Stage::Sign) {
            self.say((at, Stage::Sign), |_| unreachable!());
        }
    }

    /// A secretariat that has nothing but its key and its disk.
    pub(super) fn restart(&mut self) {
        // The table's first draw.
        let log = Identity::generate(&mut ChaCha20Rng::seed_from_u64(7));
        let log = Arc::new(log);
        let key = NoteKey::new("ledger.example", KeyKind::Ed25519, log.public()).unwrap();
        let sign = {
            let log = Arc::clone(&log);
            Box::new(move |message: &[u8]| log.sign(message))
        };
        let disk = Box::new(self.table.disk.clone());
        let writer = LedgerWriter::open_on(disk, key, sign).unwrap();
        // A process does not start in the same second.
        self.table.now.0 += 1000;
        let engine = Engine::new(writer, log, PACE, None, self.table.now);
        self.table.engine = engine.unwrap();
        self.table.pass(1);
    }
}

pub(super) fn submit_act(table: &mut Table, act: &Envelope) {
    let act = PublicAct::read(&act.to_octets()).unwrap();
    table.engine.submit_act(&act).unwrap();
}

/// A complaint of what is in order, by somebody who may complain.
fn accusation(dealer: u16, receiver: u16) -> Complaint {
    Complaint {
        dealer,
        receiver,
        shared: [1; 32],
        proof: [1; 64],
    }
}
