//! A zone in memory whose acts come in by the one door, for what needs a
//! permit. Everybody is honest but for what a test says.

use std::collections::BTreeMap;

use comity_core::act::json::{self, Payload};
use comity_core::act::{
    self, Ceremony, Envelope, Founding, FoundingMember, Holders, RULES, Session, SessionKind,
    SignatureEntry, TimeAct,
};
use comity_core::basic::{Digest, Time};
use comity_core::charter::{Charter, CharterRules, SigningThreshold};
use comity_core::dnssec::{Algorithm, SignatureCheck, Signed};
use comity_core::ledger::{Checkpoint, Cosignature, CosignedCheckpoint, KeyKind, NoteKey};
use comity_core::message::{
    CeremonyId, Commit, Confirmation, Deal, Messages, SealedShare, SessionId, Transcript,
};
use comity_core::refusal::Refusal;
use comity_core::state::{Founded, Permit, Position, State, apply};
use comity_core::zone::{Contents, Kind, Name, Rdata, Record};
use comity_sign::deal::{self, Dealt, Share};
use comity_sign::identity::Identity;
use data_encoding::{BASE64, HEXLOWER};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// When everything happens.
pub(crate) const NOW: Time = Time(1_795_567_938);

pub(crate) struct Zone {
    pub(crate) state: State,
    pub(crate) shares: Vec<Share>,
    blobs: BTreeMap<Digest, Vec<u8>>,
    log: Identity,
    members: Vec<Identity>,
}

/// No act here brings a proof by DNSSEC.
struct NoProofs;

impl SignatureCheck for NoProofs {
    fn holds(&self, _: Algorithm, _: &Signed<'_>) -> bool {
        false
    }
}

impl Zone {
    /// A zone of about twice as many sets as `hosts`, with a key and a time.
    pub(crate) fn new(members: u16, threshold: u16, hosts: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut zone = Self {
            state: State::default(),
            shares: Vec::new(),
            blobs: BTreeMap::new(),
            log: Identity::generate(&mut rng),
            members: (0..members).map(|_| Identity::generate(&mut rng)).collect(),
        };
        zone.found(threshold, hosts);
        zone.hold_ceremony(threshold, &mut rng);
        let checkpoint = zone.checkpoint(members.into());
        let (rules, ledger) = (RULES, zone.founded().ledger);
        zone.append(&zone.log.signed(&TimeAct {
            rules,
            ledger,
            checkpoint,
        }));
        zone
    }

    pub(crate) fn founded(&self) -> &Founded {
        self.state.founded().unwrap()
    }

    /// How many sets the edition that is due has to sign.
    pub(crate) fn batch_size(&self) -> usize {
        self.founded().due().unwrap().to_sign().len()
    }

    /// Puts the records' session of the edition that is due on the ledger, or
    /// the next try of it, with these commitments by share number.
    pub(crate) fn open_session(&mut self, commitments: &BTreeMap<u16, Vec<u8>>) {
        let founded = self.founded();
        let open = founded.open_edition();
        let session = SessionId {
            epoch: 1,
            ledger: founded.ledger,
            edition: founded.next_edition(),
            kind: SessionKind::Records,
            attempt: open.map_or(1, |open| open.next_attempt(SessionKind::Records)),
        };
        let batch = match open {
            Some(open) => open.plan.digest(),
            None => founded.due().unwrap().digest(),
        };
        let commit = |(id, octets): (&u16, &Vec<u8>)| {
            self.members[usize::from(*id) - 1].signed(&Commit {
                session: session.clone(),
                commitments: BASE64.encode(octets),
            })
        };
        let messages = commitments.iter().map(commit).collect();
        let name = |id: &u16| founded.members[usize::from(*id) - 1].name.clone();
        let signers = commitments.keys().map(name).collect();
        let commitments = self.put(json::encode(&Messages { messages }));
        self.append(&self.log.signed(&Session {
            rules: RULES,
            ledger: session.ledger,
            epoch: 1,
            edition: session.edition,
            kind: session.kind,
            attempt: session.attempt,
            batch,
            commitments,
            signers,
            silent: Vec::new(),
            records: None,
            checkpoint: None,
        }));
    }

    /// What the state says under the present head, which so many cosigned.
    pub(crate) fn permit(&self, cosigners: usize) -> Result<Permit, Refusal> {
        let checkpoint = self.checkpoint(cosigners);
        self.state.permit(SessionKind::Records, &checkpoint, NOW)
    }

    /// The present head, cosigned by so many of the members.
    fn checkpoint(&self, cosigners: usize) -> String {
        let founded = self.founded();
        let (size, root) = (self.state.log().size(), self.state.log().root());
        let origin = founded.log_key.name().to_string();
        let checkpoint = Checkpoint { origin, size, root };
        let signature = self.log.sign(checkpoint.body().as_bytes());
        let mut head = CosignedCheckpoint::new(checkpoint, &founded.log_key, signature);
        let message = Cosignature::message(NOW, &head.checkpoint);
        let cosign = |(member, identity): (&_, &Identity)| {
            let member: &comity_core::state::Member = member;
            Cosignature::new(&member.cosigner, NOW, identity.sign(&message))
        };
        let all = founded.members.iter().zip(&self.members);
        head.cosignatures = all.take(cosigners).map(cosign).collect();
        head.to_text()
    }

    fn put(&mut self, octets: Vec<u8>) -> Digest {
        let digest = Digest::of(&octets);
        self.blobs.insert(digest, octets);
        digest
    }

    fn append(&mut self, act: &Envelope) {
        let checked = act::check(&act.to_octets(), &self.blobs, &NoProofs).unwrap();
        let position = Position(self.state.log().size());
        apply(&mut self.state, &checked, position).unwrap();
    }

    fn found(&mut self, threshold: u16, hosts: usize) {
        let charter = Charter {
            title: "A zone in memory".into(),
            preamble: String::new(),
            clauses: Vec::new(),
            rules: CharterRules {
                signing_threshold: SigningThreshold::Shares(threshold),
                ..CharterRules::defaults()
            },
        };
        let log = NoteKey::new("ledger.example", KeyKind::Ed25519, self.log.public()).unwrap();
        let members = (0..)
            .zip(&self.members)
            .map(|(at, identity)| FoundingMember {
                name: format!("member-{at:03}"),
                key: identity.public(),
            });
        let members = members.collect();
        let holders = Holders {
            holders: Vec::new(),
        };
        let founding = Founding {
            rules: RULES,
            zone: "example.".parse().unwrap(),
            kind: Kind::Plain,
            log: log.to_string(),
            members,
            charter: self.put(json::encode(&charter)),
            contents: self.put(contents(hosts).to_wire()),
            holders: self.put(json::encode(&holders)),
        };
        let mut act = Envelope::unsigned(&founding);
        for identity in &self.members {
            let (keyid, sig) = (identity.public(), identity.sign(&act.signing_input()));
            act.add(SignatureEntry { keyid, sig });
        }
        self.append(&act);
    }

    fn hold_ceremony(&mut self, threshold: u16, rng: &mut ChaCha20Rng) {
        let ledger = self.founded().ledger;
        let (epoch, attempt) = (1, 1);
        let id = CeremonyId {
            ledger,
            epoch,
            attempt,
        };
        let count = u16::try_from(self.members.len()).unwrap();
        let begin = |me| deal::Ceremony::begin(me, count, threshold, b"", rng).unwrap();
        let (begun, openings): (Vec<_>, Vec<_>) = (1..=count).map(begin).unzip();
        let messages = self.each(openings.iter().map(|opening| opening.to_message(&id)));
        let by_id = (1..).zip(openings).collect();
        let deal = |own: deal::Ceremony| own.deal(&by_id, rng).unwrap();
        let (dealt, sealed): (Vec<Dealt>, Vec<_>) = begun.into_iter().map(deal).unzip();
        let deals = self.each(sealed.iter().map(|sealed| Deal {
            ceremony: id.clone(),
            openings: messages.digest(),
            sealed: sealed.iter().map(sealed_share).collect(),
        }));
        for (me, dealt) in (1..).zip(dealt) {
            let others = (1..).zip(&sealed).filter(|(from, _)| *from != me);
            let own = others.map(|(from, sealed)| (from, sealed[&me].clone()));
            self.shares.push(dealt.finish(&own.collect()).unwrap());
        }
        let group_key = self.shares[0].group().public();
        let confirmations = self.each(self.shares.iter().map(|_| Confirmation {
            ceremony: id.clone(),
            deals: deals.digest(),
            group_key,
        }));
        let transcript = self.put(json::encode(&Transcript {
            openings: messages,
            deals,
            confirmations,
        }));
        self.append(&self.log.signed(&Ceremony {
            rules: RULES,
            ledger,
            epoch,
            threshold,
            group_key,
            transcript,
        }));
    }

    /// One message from each member.
    fn each<P: Payload>(&self, payloads: impl Iterator<Item = P>) -> Messages {
        let signed = payloads.zip(&self.members);
        Messages {
            messages: signed
                .map(|(payload, member)| member.signed(&payload))
                .collect(),
        }
    }
}

fn sealed_share((to, octets): (&u16, &Vec<u8>)) -> SealedShare {
    SealedShare {
        to: *to,
        octets: HEXLOWER.encode(octets),
    }
}

fn contents(hosts: usize) -> Contents {
    let soa = "ns.example. admin.example. 7 1800 900 604800 300";
    let apex = [("SOA", soa), ("NS", "ns.example.")];
    let record = |owner: &str, rtype: &str, data: &str| {
        let rtype = rtype.parse().unwrap();
        Record {
            owner: owner.parse::<Name>().unwrap(),
            ttl: 3600,
            rtype,
            data: Rdata::from_text(rtype, data).unwrap(),
        }
    };
    let mut records: Vec<Record> = apex
        .iter()
        .map(|(rtype, data)| record("example.", rtype, data))
        .collect();
    records.push(record("ns.example.", "A", "192.0.2.1"));
    records.extend((0..hosts).map(|at| record(&format!("h{at}.example."), "A", "192.0.2.2")));
    Contents::build(&"example.".parse().unwrap(), records).unwrap()
}
