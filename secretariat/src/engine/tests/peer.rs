//! A member who sees the ledger through a network: it has a state of its own,
//! which may be behind, and forgets nothing that it sent. And a witness, who sees
//! all shares that ever left anybody.

use std::collections::BTreeMap;

use comity_core::act::{Act, Checked, Envelope, SessionKind};
use comity_core::basic::{Signature, Time};
use comity_core::ledger::{Cosignature, CosignedCheckpoint};
use comity_core::message::{Commit, SessionId, Shares};
use comity_core::state::{Founded, Permit, Position, SessionRecord, State, apply};
use comity_sign::session::{Ahead, COMMITMENT_OCTETS, Nonces, SHARE_OCTETS, commit};
use data_encoding::BASE64;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::table::Seat;

const KINDS: [SessionKind; 3] = [SessionKind::Records, SessionKind::Zonemd, SessionKind::Test];
/// What was not heard of is said again after so many milliseconds.
const AGAIN_MS: u64 = 1000;

/// How a member behaves. The bad ones do so from a try on, and commit to none
/// before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Character {
    Honest,
    /// Commits, and sends no shares.
    Silent(u32),
    /// Sends wrong ones.
    Liar(u32),
}

/// What a secretariat tells members.
#[derive(Clone)]
pub(super) struct News {
    pub(super) run: u64,
    pub(super) checkpoint: CosignedCheckpoint,
    pub(super) commit: Vec<SessionId>,
}

/// What a member tells the secretariat.
#[derive(Clone)]
pub(super) enum Told {
    Cosignature(String),
    Message(Envelope),
}

pub(super) struct Peer {
    at: usize,
    pub(super) character: Character,
    view: State,
    held: BTreeMap<SessionId, Held>,
    released: BTreeMap<SessionKind, Said>,
    rng: ChaCha20Rng,
}

struct Held {
    nonces: Nonces,
    commitments: Vec<u8>,
    said: Said,
}

/// A message, with the run of the secretariat in which it was sent last and when.
struct Said {
    message: Envelope,
    last: Option<(u64, u64)>,
}

impl Said {
    fn new(message: Envelope) -> Self {
        Self {
            message,
            last: None,
        }
    }

    fn say(&mut self, run: u64, now: u64) -> Option<Told> {
        let again = |(before, at): (u64, u64)| before != run || now >= at + AGAIN_MS;
        if !self.last.is_none_or(again) {
            return None;
        }
        self.last = Some((run, now));
        Some(Told::Message(self.message.clone()))
    }
}

impl Peer {
    pub(super) fn new(at: usize) -> Self {
        Self {
            at,
            character: Character::Honest,
            view: State::default(),
            held: BTreeMap::new(),
            released: BTreeMap::new(),
            rng: ChaCha20Rng::seed_from_u64(1000 + at as u64),
        }
    }

    /// Hears what a secretariat says of a ledger with these acts. What is older than
    /// what it knows is nothing to it.
    pub(super) fn hear(
        &mut self,
        (seat, witness): (&Seat, &mut Witness),
        acts: &[Checked<Act>],
        news: &News,
        now: u64,
    ) -> Vec<Told> {
        let size = news.checkpoint.checkpoint.size;
        if size < self.view.log().size() {
            return Vec::new();
        }
        for position in self.view.log().size()..size {
            let act = &acts[usize::try_from(position).unwrap()];
            apply(&mut self.view, act, Position(position)).unwrap();
        }
        let mut told = vec![self.cosign(seat, &news.checkpoint, now)];
        self.commit(seat, &news.commit);
        for kind in KINDS {
            self.release((seat, witness), kind, &news.checkpoint, now);
        }
        let held = self.held.iter_mut();
        let wanted = held.filter(|(id, _)| news.commit.contains(id));
        let commits = wanted.map(|(_, held)| &mut held.said);
        let all = commits.chain(self.released.values_mut());
        told.extend(all.filter_map(|said| said.say(news.run, now)));
        told
    }

    fn cosign(&self, seat: &Seat, head: &CosignedCheckpoint, now: u64) -> Told {
        let cosigner = &self.founded().members[self.at].cosigner;
        let time = Time(now / 1000);
        let message = Cosignature::message(time, &head.checkpoint);
        let signature: Signature = seat.identity.sign(&message);
        Told::Cosignature(Cosignature::new(cosigner, time, signature).to_string())
    }

    fn founded(&self) -> &Founded {
        self.view.founded().unwrap()
    }

    fn newest(&self, kind: SessionKind) -> Option<&SessionRecord> {
        let founded = self.founded();
        match kind {
            SessionKind::Test => Some(founded.test()?.0),
            _ => founded.open_edition()?.sessions.get(&kind),
        }
    }

    /// How many messages a session has that is the next one by its own view.
    fn batch_size(&self, id: &SessionId) -> Option<usize> {
        let founded = self.founded();
        let open = founded.open_edition();
        let next = open.map_or(1, |open| open.next_attempt(id.kind));
        let is_next = id.edition == founded.next_edition() && id.attempt == next;
        let records = || match open {
            Some(open) => Some(open.plan.to_sign().len()),
            None => Some(founded.due()?.to_sign().len()),
        };
        match id.kind {
            SessionKind::Records => records().filter(|_| is_next),
            SessionKind::Zonemd => is_next.then_some(1),
            SessionKind::Test | SessionKind::Keyset => None,
        }
    }

    fn commit(&mut self, seat: &Seat, wanted: &[SessionId]) {
        let open: Vec<SessionId> = KINDS
            .iter()
            .filter_map(|kind| Some(self.newest(*kind)?.id.clone()))
            .collect();
        self.held
            .retain(|id, _| wanted.contains(id) || open.contains(id));
        for id in wanted {
            let count = self.batch_size(id).filter(|_| self.commits_to(id));
            let fits = |held: &Held, count| held.commitments.len() == count * COMMITMENT_OCTETS;
            let Some(count) = count else { continue };
            if self.held.get(id).is_some_and(|held| fits(held, count)) {
                continue;
            }
            let (nonces, commitments) = commit(seat.share.as_ref().unwrap(), count, &mut self.rng);
            let message = seat.identity.signed(&Commit {
                session: id.clone(),
                commitments: BASE64.encode(&commitments),
            });
            let held = Held {
                nonces,
                commitments,
                said: Said::new(message),
            };
            self.held.insert(id.clone(), held);
        }
    }

    fn commits_to(&self, id: &SessionId) -> bool {
        match self.character {
            Character::Honest => true,
            Character::Silent(first) | Character::Liar(first) => {
                id.kind != SessionKind::Records || id.attempt >= first
            }
        }
    }

    fn release(
        &mut self,
        (seat, witness): (&Seat, &mut Witness),
        kind: SessionKind,
        head: &CosignedCheckpoint,
        now: u64,
    ) {
        let Some(record) = self.newest(kind) else {
            return;
        };
        let id = u16::try_from(self.at + 1).unwrap();
        let mine = record.commitments.get(&id);
        let held = self.held.get(&record.id);
        if held.is_none_or(|held| mine != Some(&held.commitments)) {
            return;
        }
        let Ok(permit) = self.view.permit(kind, &head.to_text(), Time(now / 1000)) else {
            return;
        };
        let held = self.held.remove(&permit.session().id).unwrap();
        if let Some(shares) = self.shares(seat, held, &permit, witness) {
            let said = Said::new(seat.identity.signed(&shares));
            self.released.insert(kind, said);
        }
    }

    fn shares(
        &self,
        seat: &Seat,
        held: Held,
        permit: &Permit,
        witness: &mut Witness,
    ) -> Option<Shares> {
        let Held {
            nonces,
            commitments,
            ..
        } = held;
        let share = seat.share.as_ref().unwrap();
        let mut octets = nonces.release(share, permit, Ahead::new()).unwrap();
        match self.character {
            Character::Honest => {}
            Character::Silent(_) => return None,
            Character::Liar(_) => octets[0] ^= 1,
        }
        witness.see(self.at, &commitments, &octets).unwrap();
        let session = permit.session();
        Some(Shares {
            session: session.id.clone(),
            act: session.act,
            shares: BASE64.encode(&octets),
        })
    }
}

/// Has seen all shares that left members, each over its pair of commitments.
#[derive(Default)]
pub(super) struct Witness {
    over: BTreeMap<(usize, Vec<u8>), Vec<u8>>,
}

/// Two shares left a member over one pair of commitments: its share of the key is
/// known to whoever has both.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NonceUsedTwice {
    pub(super) member: usize,
}

impl Witness {
    /// Sees the shares that leave a member over its commitments.
    pub(super) fn see(
        &mut self,
        member: usize,
        commitments: &[u8],
        shares: &[u8],
    ) -> Result<(), NonceUsedTwice> {
        let pairs = commitments.chunks(COMMITMENT_OCTETS);
        for (pair, share) in pairs.zip(shares.chunks(SHARE_OCTETS)) {
            let over = self.over.entry((member, pair.to_vec()));
            if over.or_insert_with(|| share.to_vec()) != share {
                return Err(NonceUsedTwice { member });
            }
        }
        Ok(())
    }

    /// How many shares it has seen.
    pub(super) fn seen(&self) -> usize {
        self.over.len()
    }
}

#[test]
fn a_witness_notices_a_second_share_over_one_pair() {
    let mut witness = Witness::default();
    let pairs = [[1; 64], [2; 64]].concat();
    let shares = |last: u8| [[3; 32], [last; 32]].concat();
    for _twice in 0..2 {
        assert_eq!(witness.see(0, &pairs, &shares(4)), Ok(()));
        assert_eq!(witness.see(1, &pairs, &shares(5)), Ok(()));
    }
    let twice = NonceUsedTwice { member: 0 };
    assert_eq!(witness.see(0, &pairs, &shares(5)), Err(twice));
    assert_eq!(witness.seen(), 4);
}
