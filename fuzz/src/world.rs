//! A zone that three members have founded, with a key, a time, a proposal to vote
//! on, and a ceremony that is due: the state that an act meets.

use std::collections::BTreeMap;

use comity_core::act::json::{self, Payload};
use comity_core::act::{
    Ceremony, Convocation, Envelope, Founding, FoundingMember, HolderBinding, Holders, Proposal,
    RULES, TimeAct, check,
};
use comity_core::basic::{Digest, Time};
use comity_core::charter::{Charter, CharterRules, Clause};
use comity_core::holder::HolderKeys;
use comity_core::ledger::{Checkpoint, Cosignature, CosignedCheckpoint};
use comity_core::message::{CeremonyId, Confirmation, Deal, Messages, SealedShare, Transcript};
use comity_core::state::{Position, State, apply};
use comity_core::zone::{Change, Kind, RecordSet, Rtype};
use comity_mirror::signature::ByRing;
use comity_sign::deal;
use data_encoding::HEXLOWER;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::party::{self, HOLDER, LOG, MEMBERS, public, sign, signed};
use crate::samples;

/// Shares that sign.
pub const THRESHOLD: u16 = 2;

/// A ledger's acts, its blobs, and what follows from them.
#[derive(Clone, Default)]
pub struct World {
    pub state: State,
    pub blobs: BTreeMap<Digest, Vec<u8>>,
    pub entries: Vec<Vec<u8>>,
}

impl World {
    /// Founded, with a key, a time, a proposal, and a ceremony that is due.
    pub fn at_work() -> Self {
        let mut world = Self::default();
        world.found();
        world.make_key();
        world.move_time(samples::NOW);
        world.propose();
        world.convoke();
        world
    }

    /// The ledger's id.
    pub fn ledger(&self) -> Digest {
        self.state.founded().unwrap().ledger
    }

    fn put(&mut self, octets: Vec<u8>) -> Digest {
        let digest = Digest::of(&octets);
        self.blobs.insert(digest, octets);
        digest
    }

    fn append<P: Payload>(&mut self, act: &P, signers: &[u8]) {
        let entry = signed(Envelope::unsigned(act), signers).to_octets();
        let checked = check(&entry, &self.blobs, &ByRing).unwrap();
        let position = Position(self.state.log().size());
        apply(&mut self.state, &checked, position).unwrap();
        self.entries.push(entry);
    }

    fn found(&mut self) {
        let members = (1..).zip(MEMBERS).map(|(number, name)| FoundingMember {
            name: name.into(),
            key: public(number),
        });
        let charter = Charter {
            title: "A zone of several".into(),
            preamble: "Nobody is cut off.".into(),
            clauses: vec![Clause {
                number: 1,
                text: "A name is its holder's.".into(),
                binds: None,
                entrenched: false,
            }],
            rules: CharterRules::defaults(),
        };
        let binding = HolderBinding {
            name: "bird.example.".parse().unwrap(),
            holder: HolderKeys::of(public(HOLDER)),
        };
        let founding = Founding {
            rules: RULES,
            zone: samples::origin(),
            kind: Kind::Plain,
            log: party::log_key().to_string(),
            members: members.collect(),
            charter: self.put(json::encode(&charter)),
            contents: self.put(samples::contents().to_wire()),
            holders: self.put(json::encode(&Holders {
                holders: vec![binding],
            })),
        };
        self.append(&founding, &[1, 2, 3]);
    }

    fn make_key(&mut self) {
        let id = CeremonyId {
            ledger: self.ledger(),
            epoch: 1,
            attempt: 1,
        };
        let (transcript, group_key) = transcript(&id);
        let ceremony = Ceremony {
            rules: RULES,
            ledger: id.ledger,
            epoch: 1,
            threshold: THRESHOLD,
            group_key,
            transcript: self.put(json::encode(&transcript)),
        };
        self.append(&ceremony, &[LOG]);
    }

    fn move_time(&mut self, time: Time) {
        let act = TimeAct {
            rules: RULES,
            ledger: self.ledger(),
            checkpoint: self.checkpoint(time),
        };
        self.append(&act, &[LOG]);
    }

    /// The head, cosigned by everybody.
    pub fn checkpoint(&self, time: Time) -> String {
        let head = self.state.log().tree().head();
        let checkpoint = Checkpoint {
            origin: party::LOG_NAME.into(),
            size: head.size,
            root: head.root,
        };
        let signature = sign(LOG, checkpoint.body().as_bytes());
        let mut cosigned = CosignedCheckpoint::new(checkpoint, &party::log_key(), signature);
        for at in 0..3 {
            let message = Cosignature::message(time, &cosigned.checkpoint);
            let signature = sign(at + 1, &message);
            let line = Cosignature::new(&party::cosigner(at), time, signature);
            cosigned.cosignatures.push(line);
        }
        cosigned.to_text()
    }

    fn propose(&mut self) {
        let founded = self.state.founded().unwrap();
        let name = "fish.example.".parse().unwrap();
        let server = comity_core::zone::Rdata::from_text(Rtype::NS, "ns.example.").unwrap();
        let proposal = Proposal {
            rules: RULES,
            ledger: founded.ledger,
            changes: vec![Change {
                old: founded.contents.get(&name, Rtype::NS).cloned(),
                new: Some(RecordSet::of_one(3600, server)),
                name,
                rtype: Rtype::NS,
            }],
            matter: None,
            amends: None,
            reason: "Another server".into(),
            deadline: samples::NOW.plus(86_400),
        };
        self.append(&proposal, &[1]);
    }
}

impl World {
    fn convoke(&mut self) {
        let convocation = Convocation {
            rules: RULES,
            ledger: self.ledger(),
            epoch: 1,
            drill: false,
            reason: "Once a year".into(),
        };
        self.append(&convocation, &[1]);
    }
}

/// A whole ceremony of the three members, from one seed.
fn transcript(id: &CeremonyId) -> (Transcript, comity_core::basic::PublicKey) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let context = json::encode(id);
    let (mut begun, mut opened) = (Vec::new(), BTreeMap::new());
    for me in 1..=3 {
        let part = deal::Ceremony::begin(me, 3, THRESHOLD, &context, &mut rng);
        let (ceremony, opening) = part.unwrap();
        begun.push(ceremony);
        opened.insert(me, opening);
    }
    let openings = list(opened.values().map(|opening| opening.to_message(id)));
    let mut group_key = None;
    let deals = list(begun.into_iter().map(|ceremony| {
        let (dealt, sealed) = ceremony.deal(&opened, &mut rng).unwrap();
        group_key = Some(dealt.group().public());
        let sealed = sealed.into_iter().map(|(to, octets)| SealedShare {
            to,
            octets: HEXLOWER.encode(&octets),
        });
        Deal {
            ceremony: id.clone(),
            openings: openings.digest(),
            sealed: sealed.collect(),
        }
    }));
    let group_key = group_key.unwrap();
    let confirmation = Confirmation {
        ceremony: id.clone(),
        deals: deals.digest(),
        group_key,
    };
    let confirmations = list((0..3).map(|_| confirmation.clone()));
    let transcript = Transcript {
        openings,
        deals,
        confirmations,
    };
    (transcript, group_key)
}

/// One message of each member.
fn list<P: Payload>(payloads: impl Iterator<Item = P>) -> Messages {
    let signed = (1..).zip(payloads).map(|(number, payload)| {
        let envelope = Envelope::unsigned(&payload);
        signed(envelope, &[number])
    });
    Messages {
        messages: signed.collect(),
    }
}
