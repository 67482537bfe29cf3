//! A ledger of a zone of a hundred names and five members that lives for a
//! year or two, by what everybody can call. Its mix: a round is an hour or two
//! in which ledger time moves twice, a holder changes its name twice, and the
//! members vote once; every fourth round has an edition, every eighth an act of
//! a holder about its keys or names, every sixteenth something about members,
//! and every hundredth some of them are absent.

mod heads;
mod parties;
mod zone;

use std::collections::BTreeMap;

use comity_core::act::json::Payload;
use comity_core::act::{
    Ballot, Consent, Consented, Decision, Envelope, Matter, Proposal, RULES, SignatureEntry, Vote,
    check,
};
use comity_core::basic::{Digest, PublicKey, Signature, Time};
use comity_core::dnssec::{Algorithm, SignatureCheck, Signed};
use comity_core::holder::HolderId;
use comity_core::state::{Founded, Position, State, apply, present_digest};
use comity_core::zone::{Change, Name};
use ed25519_dalek::{Signer as _, SigningKey};
use zone::{careful, is_careful, name, set, single};

/// Seconds in a day.
pub(crate) const DAY_S: u64 = 86_400;

/// A ledger and its blobs.
pub(crate) struct History {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    /// What it comes to.
    pub(crate) state: State,
}

/// No proof here has signatures that this crate does not verify itself.
pub(crate) struct NoProofs;

impl SignatureCheck for NoProofs {
    fn holds(&self, _: Algorithm, _: &Signed<'_>) -> bool {
        false
    }
}

/// A key from a number.
pub(crate) fn key(number: usize) -> SigningKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
    SigningKey::from_bytes(&seed)
}

/// The secretariat's.
pub(crate) const LOG: usize = 1;
/// The first member's; then the others'.
pub(crate) const MEMBER: usize = 100;

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> Signature {
    Signature(key.sign(message).to_bytes())
}

pub(crate) fn signed<P: Payload>(payload: &P, signers: &[SigningKey]) -> Envelope {
    let mut envelope = Envelope::unsigned(payload);
    let input = envelope.signing_input();
    for key in signers {
        let (keyid, sig) = (public(key), sign(key, &input));
        envelope.add(SignatureEntry { keyid, sig });
    }
    envelope
}

impl History {
    /// A ledger with so many acts.
    pub(crate) fn new(acts: usize) -> Self {
        let mut history = Self {
            entries: Vec::new(),
            blobs: BTreeMap::new(),
            state: State::default(),
        };
        history.found();
        history.hold_ceremony();
        history.time(3600);
        for round in 0.. {
            history.round(round);
            if history.entries.len() >= acts {
                break;
            }
        }
        history.entries.truncate(acts);
        let mut state = State::default();
        for (position, entry) in (0..).zip(&history.entries) {
            let checked = check(entry, &history.blobs, &NoProofs).unwrap();
            apply(&mut state, &checked, Position(position)).unwrap();
        }
        Self { state, ..history }
    }

    fn round(&mut self, round: usize) {
        self.time(1800);
        self.change_own(2 * round, round);
        self.vote_on_common(round);
        self.change_own(2 * round + 1, round);
        self.time(1800);
        if round.is_multiple_of(4) {
            self.publish();
        }
        if round.is_multiple_of(8) {
            self.act_as_holder(round / 8);
        }
        if round.is_multiple_of(16) {
            self.act_as_member(round / 16);
        }
        if round % 100 == 99 {
            self.be_absent();
        }
    }

    pub(crate) fn here(&self) -> &Founded {
        self.state.founded().unwrap()
    }

    pub(crate) fn ledger(&self) -> Digest {
        self.here().ledger
    }

    pub(crate) fn now(&self) -> Time {
        self.here().time.unwrap_or(Time(1_767_096_000))
    }

    pub(crate) fn put(&mut self, octets: Vec<u8>) -> Digest {
        let digest = Digest::of(&octets);
        self.blobs.insert(digest, octets);
        digest
    }

    /// Puts an act on the ledger. Returns its id.
    pub(crate) fn append(&mut self, act: &Envelope) -> Digest {
        let entry = act.to_octets();
        let checked = check(&entry, &self.blobs, &NoProofs).unwrap();
        let position = Position(self.entries.len() as u64);
        apply(&mut self.state, &checked, position).unwrap();
        self.entries.push(entry);
        act.id()
    }

    /// A holder changes a server of its name: three acts.
    fn change_own(&mut self, which: usize, round: usize) {
        let which = which % zone::HELD;
        let line = format!("{} 3600 NS ns{}.example.", name(which), round % 7);
        let proposal = self.proposal(Some(&line), None);
        let keys = match is_careful(which) {
            true => careful(which).2,
            false => [key(single(which))].into(),
        };
        let id = self.append(&signed(&proposal, &keys[..1]));
        let owner: Name = name(which).parse().unwrap();
        let holder = self.here().held[&owner].holder;
        let keys = match self.here().holders[&holder].keys.recovery.is_some() {
            // With the recovery key, so that it need not wait.
            true => [careful(which).1].into(),
            false => keys,
        };
        self.consent(id, holder, owner, &keys);
        self.decide(id);
    }

    fn consent(&mut self, proposal: Digest, holder: HolderId, name: Name, keys: &[SigningKey]) {
        let present = present_digest(&self.here().contents, &name);
        let consent = Consent {
            rules: RULES,
            ledger: self.ledger(),
            zone: self.here().contents.origin().clone(),
            holder,
            proposal,
            names: [Consented { name, present }].into(),
            until: self.now().plus(7 * DAY_S),
        };
        self.append(&signed(&consent, keys));
    }

    /// The members vote on what is common: five acts.
    fn vote_on_common(&mut self, round: usize) {
        let line = format!("example. 3600 TXT \"round {round}\"");
        let proposal = self.proposal(Some(&line), None);
        let id = self.append(&signed(&proposal, &[key(MEMBER)]));
        self.ballots(id, 3);
        self.decide(id);
    }

    pub(crate) fn ballots(&mut self, proposal: Digest, voters: usize) {
        for voter in 0..voters {
            let ballot = Ballot {
                rules: RULES,
                ledger: self.ledger(),
                proposal,
                vote: Vote::For,
            };
            self.append(&signed(&ballot, &[key(MEMBER + voter)]));
        }
    }

    pub(crate) fn decide(&mut self, proposal: Digest) {
        let mut all = self.here().proposals.iter().rev();
        let state = all.find(|state| state.id == proposal).unwrap();
        let (decision, _): (Decision, _) = self.here().decide(state).unwrap();
        self.append(&signed(&decision, &[key(LOG)]));
    }

    pub(crate) fn proposal(&self, line: Option<&str>, matter: Option<Matter>) -> Proposal {
        let change = |line: &str| {
            let (name, rtype, new) = set(line);
            Change {
                old: self.here().contents.get(&name, rtype).cloned(),
                new: Some(new),
                name,
                rtype,
            }
        };
        Proposal {
            rules: RULES,
            ledger: self.ledger(),
            changes: line.map(change).into_iter().collect(),
            matter,
            amends: None,
            reason: "as agreed".into(),
            deadline: self.now().plus(2 * DAY_S),
        }
    }
}
