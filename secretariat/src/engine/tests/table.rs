//! A secretariat and its members at one table. Members are honest but for
//! what a test has one of them say in their place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use comity_core::act::{Envelope, Founding, FoundingMember, Holders, RULES, SessionKind, json};
use comity_core::basic::{Digest, Signature, Time};
use comity_core::charter::{Charter, CharterRules, DropBox, SigningThreshold};
use comity_core::ledger::{Cosignature, KeyKind, NoteKey};
use comity_core::message::{
    CeremonyId, Commit, Confirmation, Deal, Endorsement, Messages, Opening, SealedShare, SessionId,
    Shares,
};
use comity_core::state::Founded;
use comity_core::zone::Kind;
use comity_mirror::zonefile;
use comity_sign::deal::{self, Ceremony, Dealt, Share};
use comity_sign::identity::Identity;
use comity_sign::session::{Ahead, Nonces, commit};
use data_encoding::{BASE64, HEXLOWER};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::engine::{Engine, EngineError, Now, Pace, SignedMessage};
use crate::writer::LedgerWriter;
use crate::writer::testing::Memory;

/// After so many milliseconds every signature has less than 15 days left.
pub(super) const AGE_MS: u64 = 14 * 24 * 3600 * 1000;

const ZONE: &[u8] = b"
example. 3600 IN SOA ns.example. admin.example. 7 1800 900 604800 300
example. 3600 IN NS ns.example.
ns.example. 3600 IN A 192.0.2.1
mail.example. 3600 IN A 192.0.2.2
";

const ROOT: &[u8] = b"
. 86400 IN SOA a.root. table. 2026010100 1800 900 604800 86400
. 86400 IN NS a.root.
root. 86400 IN NS a.root.
a.root. 86400 IN A 192.0.2.1
lagoon. 86400 IN NS a.root.
";

pub(super) const PACE: Pace = Pace {
    time_interval_s: 600,
    ceremony_timeout_s: 60,
    session_timeout_s: 4,
    session_pace_s: 1,
    session_commitments_per_s: 1000,
};

/// What a member sends in a session where an honest one sends its shares.
pub(super) type Lie = fn(&Speaker) -> Vec<Envelope>;

/// A member about to send its shares.
pub(super) struct Speaker<'a> {
    pub(super) identity: &'a Identity,
    pub(super) shares: Shares,
    /// A member who was not asked.
    pub(super) other: &'a Identity,
}

/// One session message, and what the secretariat answered.
pub(super) type Said = (usize, Result<(), EngineError>);

pub(super) struct Table {
    pub(super) engine: Engine,
    pub(super) disk: Memory,
    pub(super) seats: Vec<Seat>,
    pub(super) now: Now,
    /// By how much the secretariat's clock is ahead of the members'.
    pub(super) ahead_ms: u64,
    /// Members that do nothing.
    pub(super) gone: BTreeSet<usize>,
    /// Members that say something else.
    pub(super) lies: BTreeMap<usize, Lie>,
    /// Answers to shares.
    pub(super) said: Vec<Said>,
    /// What each would have sent last, had it been honest.
    pub(super) kept: BTreeMap<usize, Envelope>,
    pub(super) rng: ChaCha20Rng,
}

pub(super) struct Seat {
    pub(super) identity: Identity,
    pub(super) share: Option<Share>,
    held: BTreeMap<SessionId, (Nonces, Vec<u8>)>,
}

impl Table {
    /// A zone with a key and its first edition.
    pub(super) fn new(members: usize, threshold: u16) -> Self {
        Self::with_boxes(members, threshold, Vec::new())
    }

    /// A root of a few names.
    pub(super) fn root(members: usize, threshold: u16) -> Self {
        Self::of((Kind::Root, ROOT), members, threshold, Vec::new())
    }

    /// The same, whose charter names these drop boxes.
    pub(super) fn with_boxes(members: usize, threshold: u16, boxes: Vec<DropBox>) -> Self {
        Self::of((Kind::Plain, ZONE), members, threshold, boxes)
    }

    fn of(zone: (Kind, &[u8]), members: usize, threshold: u16, boxes: Vec<DropBox>) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let log = Arc::new(Identity::generate(&mut rng));
        let seats: Vec<Seat> = (0..members).map(|_| Seat::new(&mut rng)).collect();
        let now = Now(1_795_567_938_000);
        let disk = Memory::default();
        let (writer, draft) = draft(&disk, &log, (&seats, threshold, boxes), zone);
        let mut table = Self {
            engine: Engine::new(writer, log, PACE, Some(draft.clone()), now).unwrap(),
            disk,
            seats,
            now,
            ahead_ms: 0,
            gone: BTreeSet::new(),
            lies: BTreeMap::new(),
            said: Vec::new(),
            kept: BTreeMap::new(),
            rng,
        };
        for seat in &table.seats {
            let endorsement = Endorsement {
                id: draft.id(),
                signature: comity_core::act::SignatureEntry {
                    keyid: seat.identity.public(),
                    sig: seat.identity.sign(&draft.signing_input()),
                },
            };
            table.engine.submit_endorsement(&endorsement).unwrap();
        }
        table.step();
        table.hold_ceremony();
        table.sign_edition();
        table.said.clear();
        table
    }

    pub(super) fn founded(&self) -> &Founded {
        self.engine.state().founded().unwrap()
    }

    /// Lets time pass, and the secretariat look at the clock.
    pub(super) fn pass(&mut self, milliseconds: u64) {
        self.now = Now(self.now.0 + milliseconds);
        self.step();
    }

    /// Lets so much time pass that all signatures are up for renewal.
    pub(super) fn grow_old(&mut self) {
        self.pass(AGE_MS);
    }

    /// The same, until members are asked for commitments; none has sent any.
    pub(super) fn make_due(&mut self) -> Vec<SessionId> {
        self.grow_old();
        while self.engine.tasks().commit.is_empty() {
            (0..self.seats.len()).for_each(|at| self.cosign(at));
            self.pass(100);
        }
        self.engine.tasks().commit.clone()
    }

    /// Makes the next edition due and works until it is published. Gives how
    /// many tries its records and its ZONEMD took.
    pub(super) fn sign_next(&mut self) -> (u32, u32) {
        self.grow_old();
        self.sign_edition()
    }

    /// Works until the next edition is published.
    pub(super) fn sign_edition(&mut self) -> (u32, u32) {
        let edition = self.founded().next_edition();
        let mut tries = (0, 0);
        for _round in 0..2000 {
            self.round();
            let Some(open) = self.founded().open_edition() else {
                if self.founded().next_edition() > edition {
                    return tries;
                }
                continue;
            };
            let newest = |kind| {
                open.sessions
                    .get(&kind)
                    .map_or(0, |record| record.id.attempt)
            };
            tries = (newest(SessionKind::Records), newest(SessionKind::Zonemd));
        }
        panic!("edition {edition} is not signed after {tries:?} tries");
    }

    /// Everybody who is there does what there is to do, in order.
    pub(super) fn round(&mut self) {
        for at in 0..self.seats.len() {
            if !self.gone.contains(&at) {
                self.cosign(at);
                self.commit(at);
                self.speak(at);
            }
        }
        self.pass(100);
    }

    pub(super) fn submit(&mut self, message: &Envelope) -> Result<(), EngineError> {
        let members = self.engine.members();
        let read = SignedMessage::read(&message.to_octets(), members.as_deref());
        let clock = self.clock();
        let outcome = read.and_then(|message| self.engine.submit_message(message, clock));
        self.step();
        outcome
    }

    /// Ends the secretariat, and starts another on what is on its disk.
    pub(super) fn start_another(&mut self, pace: Pace) {
        let log = Arc::clone(&self.engine.log);
        let key = self.engine.writer.log().clone();
        let sign = {
            let log = Arc::clone(&log);
            Box::new(move |message: &[u8]| log.sign(message))
        };
        let disk = Box::new(self.disk.clone());
        let writer = LedgerWriter::open_on(disk, key, sign).unwrap();
        self.engine = Engine::new(writer, log, pace, None, self.clock()).unwrap();
        self.step();
    }

    fn step(&mut self) {
        self.engine.step(self.clock()).unwrap();
    }

    /// The secretariat's clock.
    fn clock(&self) -> Now {
        Now(self.now.0 + self.ahead_ms)
    }

    pub(super) fn cosign(&mut self, at: usize) {
        let checkpoint = self.engine.checkpoint().checkpoint.clone();
        let cosigner = self.founded().members[at].cosigner.clone();
        let time = Time(self.now.0 / 1000);
        let message = Cosignature::message(time, &checkpoint);
        let signature: Signature = self.seats[at].identity.sign(&message);
        let line = Cosignature::new(&cosigner, time, signature).to_string();
        self.engine.submit_cosignature(&line).unwrap();
        self.step();
    }

    fn commit(&mut self, at: usize) {
        for id in self.engine.tasks().commit.clone() {
            if self.seats[at].held.contains_key(&id) {
                continue;
            }
            let message = self.commitments(at, &id);
            self.submit(&message).unwrap();
        }
    }

    /// Fresh commitments, which this member will honour.
    pub(super) fn commitments(&mut self, at: usize, id: &SessionId) -> Envelope {
        let count = self.engine.batch_size(id.kind).unwrap();
        let seat = &mut self.seats[at];
        let (nonces, octets) = commit(seat.share.as_ref().unwrap(), count, &mut self.rng);
        let payload = Commit {
            session: id.clone(),
            commitments: BASE64.encode(&octets),
        };
        seat.held.insert(id.clone(), (nonces, octets));
        seat.identity.signed(&payload)
    }

    /// Sends the shares for every session that permits it, or something else.
    fn speak(&mut self, at: usize) {
        for kind in [SessionKind::Records, SessionKind::Zonemd] {
            let Some(shares) = self.release(at, kind) else {
                continue;
            };
            let honest = self.seats[at].identity.signed(&shares);
            self.kept.insert(at, honest);
            let speaker = Speaker {
                identity: &self.seats[at].identity,
                shares,
                other: &self.seats[self.not_asked(kind)].identity,
            };
            let honest: Lie = |speaker| [speaker.identity.signed(&speaker.shares)].into();
            let lie = self.lies.get(&at).copied().unwrap_or(honest);
            for message in lie(&speaker) {
                let outcome = self.submit(&message);
                self.said.push((at, outcome));
            }
        }
    }

    /// Somebody who is no signer of the newest session of a kind.
    fn not_asked(&self, kind: SessionKind) -> usize {
        let open = self.founded().open_edition().unwrap();
        let signers = &open.sessions[&kind].commitments;
        let mut ids = 1..=u16::try_from(self.seats.len()).unwrap();
        usize::from(ids.find(|id| !signers.contains_key(id)).unwrap()) - 1
    }

    /// An honest member's shares for the newest session of a kind.
    fn release(&mut self, at: usize, kind: SessionKind) -> Option<Shares> {
        let checkpoint = self.engine.checkpoint().to_text();
        let clock = Time(self.now.0 / 1000);
        let permit = self.engine.state().permit(kind, &checkpoint, clock).ok()?;
        let session = permit.session();
        let seat = &mut self.seats[at];
        let id = u16::try_from(at + 1).unwrap();
        let (_, octets) = seat.held.get(&session.id)?;
        if session.commitments.get(&id) != Some(octets) {
            return None;
        }
        let (nonces, _) = seat.held.remove(&session.id)?;
        let shares = nonces.release(seat.share.as_ref().unwrap(), &permit, Ahead::new());
        Some(Shares {
            session: session.id.clone(),
            act: session.act,
            shares: BASE64.encode(&shares.unwrap()),
        })
    }

    fn hold_ceremony(&mut self) {
        let id = self.engine.tasks().ceremony.clone().unwrap().ceremony;
        let begun: Vec<_> = (0..self.seats.len()).map(|at| self.open(at, &id)).collect();
        let openings = self.work(|table| table.engine.tasks().ceremony.clone()?.openings);
        let dealt: Vec<_> = begun
            .into_iter()
            .enumerate()
            .map(|(at, ceremony)| self.deal(at, ceremony, &id, &openings))
            .collect();
        let deals = self.work(|table| table.engine.tasks().ceremony.clone()?.deals);
        for (at, dealt) in dealt.into_iter().enumerate() {
            self.confirm(at, dealt, &id, &deals);
        }
    }

    pub(super) fn work(&self, named: impl Fn(&Self) -> Option<Digest>) -> Messages {
        json::decode(&self.engine.works()[&named(self).unwrap()]).unwrap()
    }

    fn open(&mut self, at: usize, id: &CeremonyId) -> Ceremony {
        let members = u16::try_from(self.seats.len()).unwrap();
        let threshold = self.founded().threshold();
        let me = u16::try_from(at + 1).unwrap();
        let begun = Ceremony::begin(me, members, threshold, &json::encode(id), &mut self.rng);
        let (ceremony, opening) = begun.unwrap();
        let message = self.seats[at].identity.signed(&opening.to_message(id));
        self.submit(&message).unwrap();
        ceremony
    }

    fn deal(&mut self, at: usize, own: Ceremony, id: &CeremonyId, list: &Messages) -> Dealt {
        let read = |message: &Envelope| {
            deal::Opening::from_message(&message.payload::<Opening>().unwrap()).unwrap()
        };
        let openings = (1..).zip(list.messages.iter().map(read)).collect();
        let (dealt, sealed) = own.deal(&openings, &mut self.rng).unwrap();
        let sealed = sealed.into_iter().map(|(to, octets)| SealedShare {
            to,
            octets: HEXLOWER.encode(&octets),
        });
        let deal = Deal {
            ceremony: id.clone(),
            openings: list.digest(),
            sealed: sealed.collect(),
        };
        let message = self.seats[at].identity.signed(&deal);
        self.submit(&message).unwrap();
        dealt
    }

    fn confirm(&mut self, at: usize, dealt: Dealt, id: &CeremonyId, list: &Messages) {
        let mut sealed = BTreeMap::new();
        for (from, message) in (1..).zip(&list.messages) {
            let deal: Deal = message.payload().unwrap();
            let own = deal.sealed.iter().find(|one| usize::from(one.to) == at + 1);
            if let Some(own) = own {
                sealed.insert(from, HEXLOWER.decode(own.octets.as_bytes()).unwrap());
            }
        }
        let share = dealt.finish(&sealed).unwrap();
        let confirmation = Confirmation {
            ceremony: id.clone(),
            deals: list.digest(),
            group_key: share.group().public(),
        };
        self.seats[at].share = Some(share);
        let message = self.seats[at].identity.signed(&confirmation);
        self.submit(&message).unwrap();
    }
}

impl Seat {
    fn new(rng: &mut ChaCha20Rng) -> Self {
        Self {
            identity: Identity::generate(rng),
            share: None,
            held: BTreeMap::new(),
        }
    }
}

/// An empty ledger with the blobs of a founding act, and that act unsigned.
fn draft(
    disk: &Memory,
    log: &Arc<Identity>,
    (seats, threshold, boxes): (&[Seat], u16, Vec<DropBox>),
    (kind, zone): (Kind, &[u8]),
) -> (LedgerWriter, Envelope) {
    let key = NoteKey::new("ledger.example", KeyKind::Ed25519, log.public()).unwrap();
    let sign = {
        let log = Arc::clone(log);
        Box::new(move |message: &[u8]| log.sign(message))
    };
    let disk = Box::new(disk.clone());
    let mut writer = LedgerWriter::create_on(disk, key.clone(), sign).unwrap();
    let contents = zonefile::read_from(zone, None).unwrap().contents;
    let members = seats.iter().enumerate().map(|(at, seat)| FoundingMember {
        name: format!("member-{at:02}"),
        key: seat.identity.public(),
    });
    let charter = Charter {
        title: "A zone at one table".into(),
        preamble: String::new(),
        clauses: Vec::new(),
        rules: CharterRules {
            signing_threshold: SigningThreshold::Shares(threshold),
            absence_after_s: 365 * 24 * 3600,
            boxes,
            ..CharterRules::defaults()
        },
    };
    let holders = Holders {
        holders: Vec::new(),
    };
    let founding = Founding {
        rules: RULES,
        zone: contents.origin().clone(),
        kind,
        log: key.to_string(),
        members: members.collect(),
        charter: writer.put_blob(&json::encode(&charter)).unwrap(),
        contents: writer.put_blob(&contents.to_wire()).unwrap(),
        holders: writer.put_blob(&json::encode(&holders)).unwrap(),
    };
    let draft = Envelope::unsigned(&founding);
    (writer, draft)
}
