//! Acts about the shares of the zone's key. What is dealt is octets of the right
//! length; a test's signature is made by the whole key and cut into shares.

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use curve25519_dalek::scalar::Scalar;
use data_encoding::{BASE64, HEXLOWER};

use super::dealing::{constant_point, made_key};
use super::keys::signed;
use super::{Draft, World, log, member};
use crate::act::json::{self, Payload};
use crate::act::{
    Compromise, Convocation, Envelope, Erasure, RULES, Redistribution, Session, SessionKind,
    Succession,
};
use crate::basic::{Digest, PublicKey, Signature};
use crate::message::{
    CeremonyId, Dealing, Handover, Invitation, Messages, Possession, Reception, SealedShare, Shares,
};
use crate::state::{DealtEpoch, SessionRecord};

/// A redistribution's parameters, and its honest messages. Members by their
/// indexes, sorted.
#[derive(Clone, Debug)]
pub(crate) struct Handing {
    pub(crate) ceremony: CeremonyId,
    pub(crate) size: u64,
    pub(crate) threshold: u16,
    /// The key whose shares pass on; none where a new one is made.
    pub(crate) key: Option<PublicKey>,
    pub(crate) receivers: Vec<usize>,
    pub(crate) dealers: Vec<usize>,
}

/// The number of the share of the member at this index.
pub(crate) fn number(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap()
}

impl Handing {
    pub(crate) fn invitation(&self) -> Invitation {
        Invitation {
            ceremony: self.ceremony.clone(),
            size: self.size,
            seal_key: "5e".repeat(32),
        }
    }

    pub(crate) fn dealing(&self, invitations: &Messages) -> Dealing {
        let octets = usize::from(self.threshold) * 32 + 32 + 96;
        let sealed = self.receivers.iter().map(|to| SealedShare {
            to: number(*to),
            octets: "ab".repeat(48),
        });
        Dealing {
            ceremony: self.ceremony.clone(),
            invitations: invitations.digest(),
            package: "0c".repeat(octets),
            sealed: sealed.collect(),
        }
    }

    pub(crate) fn reception(&self, dealings: &Messages) -> Reception {
        Reception {
            ceremony: self.ceremony.clone(),
            dealings: dealings.digest(),
            complaints: Vec::new(),
        }
    }

    /// As [`Self::dealing`]; of a new key, with the dealer's own part of it.
    pub(crate) fn dealing_by(&self, at: usize, invitations: &Messages) -> Dealing {
        let mut dealing = self.dealing(invitations);
        if self.key.is_none() {
            let own = HEXLOWER.encode(&constant_point(self.ceremony.epoch, at));
            dealing.package.replace_range(..own.len(), &own);
        }
        dealing
    }

    /// The key that the shares are of.
    pub(crate) fn group_key(&self) -> PublicKey {
        let dealers = self.dealers.iter().copied();
        self.key
            .unwrap_or_else(|| made_key(self.ceremony.epoch, dealers).public())
    }

    /// The whole exchange.
    pub(crate) fn handover(&self) -> Handover {
        let invitations = messages(&self.receivers, |_| self.invitation());
        let dealings = messages(&self.dealers, |at| self.dealing_by(at, &invitations));
        let receptions = messages(&self.receivers, |_| self.reception(&dealings));
        Handover {
            invitations,
            dealings,
            receptions,
        }
    }
}

/// One message of each of these members.
pub(crate) fn messages<P: Payload>(by: &[usize], message: impl Fn(usize) -> P) -> Messages {
    let one = |at: &usize| signed(&message(*at), &[member(*at)]);
    let messages: Vec<Envelope> = by.iter().map(one).collect();
    Messages { messages }
}

/// A signature's scalar as a sum of so many.
fn split(signature: &Signature, parts: usize) -> Vec<Scalar> {
    let last = signature.0[32..].try_into().unwrap();
    let mut rest = Scalar::from_canonical_bytes(last).unwrap();
    let mut shares: Vec<Scalar> = (1..parts as u64)
        .map(|part| Scalar::from(0x5eed_0000 + part).invert())
        .collect();
    rest -= shares.iter().sum::<Scalar>();
    shares.push(rest);
    shares
}

impl World {
    /// The member at this index asks for a ceremony.
    pub(crate) fn convocation(&self, at: usize, drill: bool) -> Draft<Convocation> {
        let convocation = Convocation {
            rules: RULES,
            ledger: self.here().ledger,
            epoch: self.live(),
            drill,
            reason: "once a year".into(),
        };
        Draft::new(convocation, [member(at)])
    }

    /// The epoch that signs; 1 before there is one.
    pub(crate) fn live(&self) -> u32 {
        self.here().epoch().map_or(1, |live| live.number)
    }

    /// The ceremony that is due: all members receive, and as many deal as sign,
    /// those that stay first.
    pub(crate) fn handing(&self) -> Handing {
        let here = self.here();
        let live = here.epoch().unwrap();
        // Where none is due, the key that signs.
        let key = here
            .ceremony_due()
            .map_or(Some(live.group_key), |due| due.key);
        let number = here.epochs.last().unwrap().number + 1;
        let from = key.and_then(|key| here.epoch_of(&key));
        let has_left = |at: &usize| here.members[*at].departed.is_some();
        let mut dealers: Vec<usize> = match from {
            Some(from) => from.shares.iter().copied().collect(),
            None => self.staying(),
        };
        let dealers_min = from.map_or(here.threshold_due(), |from| from.threshold);
        dealers.sort_by_key(has_left);
        dealers.truncate(dealers_min.into());
        dealers.sort_unstable();
        Handing {
            ceremony: CeremonyId {
                ledger: here.ledger,
                epoch: number,
                attempt: here.newest_attempt(number) + 1,
            },
            key,
            size: self.size(),
            threshold: here.threshold_due(),
            receivers: self.staying(),
            dealers,
        }
    }

    /// The act that fixes who dealt in such an exchange.
    pub(crate) fn redistribution_of(
        &mut self,
        handing: &Handing,
        handover: &Handover,
    ) -> Draft<Redistribution> {
        let dealers = handing.dealers.iter().map(|at| number(*at));
        let redistribution = Redistribution {
            rules: RULES,
            ledger: handing.ceremony.ledger,
            epoch: handing.ceremony.epoch,
            attempt: handing.ceremony.attempt,
            size: handing.size,
            threshold: handing.threshold,
            group_key: handing.group_key(),
            dealers: dealers.collect(),
            refused: Vec::new(),
            transcript: self.put(json::encode(handover)),
        };
        Draft::new(redistribution, [log()])
    }

    /// The redistribution act that is due; its transcript is there.
    pub(crate) fn redistribution(&mut self) -> Draft<Redistribution> {
        let handing = self.handing();
        self.redistribution_of(&handing, &handing.handover())
    }

    /// The epoch that waits for its test.
    pub(crate) fn waiting(&self) -> &DealtEpoch {
        self.here().dealt().unwrap()
    }

    /// The member at this index says that it holds its new share.
    pub(crate) fn possession(&self) -> Possession {
        let dealt = self.waiting();
        Possession {
            ceremony: CeremonyId {
                ledger: self.here().ledger,
                epoch: dealt.epoch.number,
                attempt: dealt.epoch.attempt,
            },
            act: dealt.act,
            verifying_shares: Digest::of(&dealt.act.0),
        }
    }

    /// Those of the new epoch's shares that test it.
    pub(crate) fn testers(&self) -> Vec<usize> {
        let here = self.here();
        let epoch = &self.waiting().epoch;
        let stays = |at: &&usize| here.members[**at].departed.is_none();
        let staying = epoch.shares.iter().filter(stays);
        staying.take(epoch.threshold.into()).copied().collect()
    }

    /// The next session of the test.
    pub(crate) fn test_session(&mut self) -> Draft<Session> {
        let id = self.next_session(SessionKind::Test);
        let batch = Digest::of(&self.waiting().message(id.ledger));
        let testers = self.testers();
        let commitments = self.commitments(&id, &testers, 1);
        self.session_by(&testers, id, batch, commitments)
    }

    /// The test's session that is on the ledger.
    pub(crate) fn test_record(&self) -> SessionRecord {
        let (record, _) = self.here().test().unwrap();
        record.clone()
    }

    /// The test signature, one of many, and the shares of those that sign.
    pub(crate) fn test_signature(&self, variant: u8) -> (Signature, BTreeMap<usize, Shares>) {
        let record = self.test_record();
        let message = self.waiting().message(self.here().ledger);
        let key = self.key_of(self.waiting().epoch.group_key);
        let signature = key.sign(&message, variant);
        let signers = record.commitments.keys();
        let scalars = split(&signature, signers.len());
        let shares = signers.zip(scalars).map(|(number, scalar)| {
            let shares = Shares {
                session: record.id.clone(),
                act: record.act,
                shares: BASE64.encode(&scalar.to_bytes()),
            };
            (usize::from(*number) - 1, shares)
        });
        (signature, shares.collect())
    }

    /// The succession act that is due: all receivers that stay hold their shares.
    pub(crate) fn succession(&mut self) -> Draft<Succession> {
        let here = self.here();
        let receivers = self.waiting().epoch.shares.iter().copied();
        let staying = receivers.filter(|at| here.members[*at].departed.is_none());
        let staying: Vec<usize> = staying.collect();
        self.succession_by(&staying)
    }

    /// The same where these say that they hold their shares.
    pub(crate) fn succession_by(&mut self, receivers: &[usize]) -> Draft<Succession> {
        let possessions = messages(receivers, |_| self.possession());
        let (signature, shares) = self.test_signature(0);
        let signers: Vec<usize> = shares.keys().copied().collect();
        let shares = messages(&signers, |at| shares[&at].clone());
        let succession = Succession {
            rules: RULES,
            ledger: self.here().ledger,
            epoch: self.waiting().epoch.number,
            possessions: self.put(json::encode(&possessions)),
            shares: self.put(json::encode(&shares)),
            signature,
            checkpoint: self.quorum_checkpoint(),
        };
        Draft::new(succession, [log()])
    }

    /// The member at this index has wiped its shares of an epoch.
    pub(crate) fn erasure(&self, at: usize, epoch: u32) -> Draft<Erasure> {
        let erasure = Erasure {
            rules: RULES,
            ledger: self.here().ledger,
            epoch,
        };
        Draft::new(erasure, [member(at)])
    }

    /// Others may know its shares of an epoch.
    pub(crate) fn compromise(&self, at: usize, epoch: u32) -> Draft<Compromise> {
        let compromise = Compromise {
            rules: RULES,
            ledger: self.here().ledger,
            epoch,
            reason: String::from("a disk is missing"),
        };
        Draft::new(compromise, [member(at)])
    }

    /// With a ceremony that the first member asked for.
    pub(crate) fn with_convocation(mut self) -> Self {
        self.accept(&self.convocation(0, false));
        self
    }

    /// With an epoch that waits for its test.
    pub(crate) fn with_dealt(mut self) -> Self {
        let redistribution = self.redistribution();
        self.accept(&redistribution);
        self
    }

    /// Also with the test's session.
    pub(crate) fn with_test(self) -> Self {
        self.with_dealt().with_next_test()
    }

    /// With another session of the test.
    pub(crate) fn with_next_test(mut self) -> Self {
        let session = self.test_session();
        self.accept(&session);
        self
    }

    /// With the epoch that is due.
    pub(crate) fn with_succession(self) -> Self {
        let mut world = self.with_test();
        let succession = world.succession();
        world.accept(&succession);
        world
    }

    /// With a second epoch that the first member asked for.
    pub(crate) fn second_epoch() -> Self {
        Self::plain().with_convocation().with_succession()
    }
}
