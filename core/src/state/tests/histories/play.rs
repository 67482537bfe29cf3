//! A history in a world.

use std::vec::Vec;

use super::Start;
use super::steps::{Step, Wrong};
use crate::act::{Act, Checked, Envelope, Merge, SignatureEntry, check, read};
use crate::dnssec::tests::OursAlone;
use crate::edition::samples::NOW;
use crate::refusal::Refusal;
use crate::state::Outcome;
use crate::state::tests::world::keys::sign;
use crate::state::tests::world::{Draft, World, member, public, stranger};

/// A world in which a history takes place.
#[derive(Clone)]
pub(crate) struct Play {
    pub(crate) world: World,
    pub(crate) start: Start,
    /// What a drop box took, the newest last.
    pub(super) lodged: Vec<Draft<Merge>>,
}

/// A step that was taken.
pub(crate) struct Taken {
    /// The act's octets.
    pub(crate) entry: Vec<u8>,
    /// What they say, whoever signed.
    pub(crate) act: Act,
    /// What became of it.
    pub(crate) verdict: Result<Outcome, Refusal>,
}

impl Taken {
    pub(crate) fn is_accepted(&self) -> bool {
        self.verdict.is_ok()
    }
}

impl Play {
    pub(crate) fn new(start: Start) -> Self {
        let world = World::default();
        let lodged = Vec::new();
        Self {
            world,
            start,
            lodged,
        }
    }

    /// Takes a step, if it can be taken now.
    pub(crate) fn take(&mut self, step: &Step) -> Option<Taken> {
        let envelope = self.act_of(step)?;
        let entry = envelope.to_octets();
        let act = read(&envelope, &self.world.blobs).unwrap();
        let verdict = self.world.submit(&entry);
        Some(Taken {
            entry,
            act,
            verdict,
        })
    }

    /// The act of an accepted step with its signers, who are verified.
    pub(crate) fn checked(&self, taken: &Taken) -> Checked<Act> {
        check(&taken.entry, &self.world.blobs, &OursAlone).unwrap()
    }

    fn act_of(&mut self, step: &Step) -> Option<Envelope> {
        match step {
            Step::Found => Some(self.world.founding(&self.start.setting()).envelope()),
            Step::But(step, wrong) => Some(signed_otherwise(&self.act_of(step)?, *wrong)),
            Step::Again(at) => {
                let entries = &self.world.entries;
                let entry = entries.get(at.checked_rem(entries.len())?)?;
                Envelope::parse(entry, entry.len()).ok()
            }
            _ if self.world.state.founded().is_err() => None,
            Step::Deal => Some(self.world.ceremony().envelope()),
            Step::Time { after_s, cosigners } => {
                let now = self.world.here().time;
                let time = now.map_or(NOW, |now| now.plus(*after_s));
                let mut by = self.world.staying();
                by.truncate(*cosigners);
                Some(self.world.time(&by, time).envelope())
            }
            _ if self.world.here().time.is_none() => None,
            step => self.later_act(step),
        }
    }

    /// The act of a step that needs a time.
    fn later_act(&mut self, step: &Step) -> Option<Envelope> {
        match step {
            Step::Absence(count) => Some(self.absence(*count)),
            Step::Upstream { what, holding } => Some(self.upstream(*what, *holding)),
            Step::Propose(proposing) => self.proposal(proposing),
            Step::Consent(consenting) => self.consent(consenting),
            Step::Ballot {
                proposal,
                voter,
                vote,
            } => {
                let proposal = self.pick(*proposal)?;
                Some(self.world.ballot(proposal, *voter, *vote).envelope())
            }
            Step::Decide(at) => self.decision(*at),
            Step::Forge(at, reason) => self.forged(*at, *reason),
            Step::Rotate { by, keys, late } => self.rotation(*by, *keys, *late),
            Step::Bequeath { by, keys, wait_s } => self.testament(*by, *keys, *wait_s),
            Step::Transfer {
                name,
                own,
                authority,
                to,
            } => self.transfer((*name, *own), *authority, *to),
            Step::Object { by, to } => self.objection(*by, *to),
            Step::Claim { name, by, proof } => Some(self.claim(*name, *by, *proof)),
            Step::Accede(at) => Some(self.world.accession(*at).envelope()),
            Step::Depart(at) => Some(self.world.departure(*at).envelope()),
            Step::Declare { by, to } => self.declaration(*by, *to),
            Step::Find {
                proposal,
                by,
                broken,
            } => self.findings(*proposal, *by, *broken),
            Step::Lodge(step) => {
                let act = self.act_of(step)?;
                let receipt = self.world.receipt_for(&act);
                let merge = self.world.merge(&receipt, act);
                self.lodged.push(merge);
                None
            }
            Step::Merge(at) => {
                let at = at.checked_rem(self.lodged.len())?;
                self.lodged.iter().nth_back(at).map(Draft::envelope)
            }
            Step::Session(kind, variant) => self.session(*kind, *variant),
            Step::Edition(right) => self.edition(*right),
            Step::Convoke { .. }
            | Step::Redistribute { .. }
            | Step::Succeed(_)
            | Step::Erase { .. }
            | Step::Compromise { .. }
            | Step::Roll(_)
            | Step::Keyset(_) => self.act_about_shares(step),
            Step::Found | Step::Deal | Step::Time { .. } | Step::Again(_) | Step::But(..) => None,
        }
    }
}

impl Play {
    /// How shares pass on.
    fn act_about_shares(&mut self, step: &Step) -> Option<Envelope> {
        match step {
            Step::Convoke { by, drill } => Some(self.world.convocation(*by, *drill).envelope()),
            Step::Redistribute { left_out, short } => self.redistribution(*left_out, *short),
            Step::Succeed(possessions) => self.succession(*possessions),
            Step::Erase { by, epoch } => Some(self.world.erasure(*by, *epoch).envelope()),
            Step::Compromise { by, epoch } => Some(self.world.compromise(*by, *epoch).envelope()),
            Step::Roll(kind) => Some(self.world.roll(*kind).envelope()),
            Step::Keyset(right) => self.keyset(*right),
            _ => None,
        }
    }
}

/// The same act under other signatures.
fn signed_otherwise(envelope: &Envelope, wrong: Wrong) -> Envelope {
    let input = envelope.signing_input();
    let mut other = Envelope::from_signing_input(&input).unwrap();
    let key = match wrong {
        Wrong::Member => member(1),
        Wrong::Stranger | Wrong::OneLess => stranger(),
    };
    match wrong {
        Wrong::OneLess if envelope.signature_count() > 1 => {
            let rest = envelope.signatures().iter().skip(1);
            rest.for_each(|entry| other.add(*entry));
        }
        _ => other.add(SignatureEntry {
            keyid: public(&key),
            sig: sign(&key, &input),
        }),
    }
    other
}
