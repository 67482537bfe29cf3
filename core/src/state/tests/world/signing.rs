//! Sessions and editions. The zone's key signs at once and by itself, and
//! commitments are octets of the right length.

use std::vec;
use std::vec::Vec;

use data_encoding::{BASE64, HEXLOWER};

use super::keys::signed;
use super::{Draft, World, log, member};
use crate::act::json;
use crate::act::{Edition, RULES, Session, SessionKind};
use crate::basic::{Digest, Signature};
use crate::edition::{Plan, Unsealed};
use crate::message::{Commit, Messages, SessionId};
use crate::refusal::Refusal;
use crate::state::{Permit, ZonemdPlan};

/// Octets of one message's commitments.
const COMMITMENT_OCTETS: usize = 64;

impl World {
    /// The plan of the open edition, or of the one that is due.
    pub(crate) fn plan(&self) -> Plan {
        let here = self.here();
        match here.open_edition() {
            Some(open) => Plan::clone(&open.plan),
            None => here.due().unwrap(),
        }
    }

    /// Which session of this kind is next.
    pub(crate) fn next_session(&self, kind: SessionKind) -> SessionId {
        let here = self.here();
        let (epoch, edition, attempt) = match kind {
            SessionKind::Records | SessionKind::Zonemd => (
                here.edition_epoch().map_or(1, |live| live.number),
                here.next_edition(),
                here.open_edition()
                    .map_or(1, |open| open.next_attempt(kind)),
            ),
            SessionKind::Test => {
                let dealt = self.waiting();
                (dealt.epoch.number, 0, dealt.next_attempt())
            }
            SessionKind::Keyset => {
                let epoch = here.epoch_of(&self.keyset_plan().by().key());
                let attempt = here.keyset_attempts + 1;
                (epoch.unwrap().number, 0, attempt)
            }
        };
        SessionId {
            ledger: here.ledger,
            epoch,
            edition,
            kind,
            attempt,
        }
    }

    /// Leave to sign, for a member whose clock is right.
    pub(crate) fn permit(&self, kind: SessionKind, checkpoint: &str) -> Result<Permit, Refusal> {
        self.state.permit(kind, checkpoint, self.now())
    }

    /// As many as the threshold, of those that have a share.
    pub(crate) fn signers(&self) -> Vec<usize> {
        let here = self.here();
        let seated = self.everybody().into_iter().filter(|at| here.has_seat(*at));
        let threshold = usize::from(here.threshold());
        seated.take(threshold).collect()
    }

    /// A list of commitments for `count` messages by these members.
    pub(crate) fn commitments(&mut self, id: &SessionId, by: &[usize], count: usize) -> Digest {
        let one = |at: &usize| {
            let octets = vec![u8::try_from(*at).unwrap(); count * COMMITMENT_OCTETS];
            let commit = Commit {
                session: id.clone(),
                commitments: BASE64.encode(&octets),
            };
            signed(&commit, &[member(*at)])
        };
        let messages = by.iter().map(one).collect();
        self.put(json::encode(&Messages { messages }))
    }

    /// The records' session that is due.
    pub(crate) fn records_session(&mut self) -> Draft<Session> {
        let plan = self.plan();
        let signers = self.signers();
        let id = self.next_session(SessionKind::Records);
        let commitments = self.commitments(&id, &signers, plan.to_sign().len());
        self.session(id, plan.digest(), commitments)
    }

    /// The ZONEMD session over this variant of the records' signatures.
    pub(crate) fn zonemd_session(&mut self, variant: u8) -> Draft<Session> {
        let signatures = self.record_signatures(variant);
        let zonemd = ZonemdPlan::new(&self.plan(), &signatures).unwrap();
        let signers = self.signers();
        let id = self.next_session(SessionKind::Zonemd);
        let commitments = self.commitments(&id, &signers, 1);
        let mut session = self.session(id, zonemd.batch, commitments);
        session.payload.records = Some(self.put(signatures));
        session.payload.checkpoint = Some(self.quorum_checkpoint());
        session
    }

    fn session(&self, id: SessionId, batch: Digest, commitments: Digest) -> Draft<Session> {
        self.session_by(&self.signers(), id, batch, commitments)
    }

    /// A session that these members sign in.
    pub(crate) fn session_by(
        &self,
        signers: &[usize],
        id: SessionId,
        batch: Digest,
        commitments: Digest,
    ) -> Draft<Session> {
        let members = &self.here().members;
        let session = Session {
            rules: RULES,
            ledger: id.ledger,
            epoch: id.epoch,
            edition: id.edition,
            kind: id.kind,
            attempt: id.attempt,
            batch,
            commitments,
            signers: signers.iter().map(|at| members[*at].name.clone()).collect(),
            silent: Vec::new(),
            records: None,
            checkpoint: None,
        };
        Draft::new(session, [log()])
    }

    /// The records' signatures, one of many sets.
    pub(crate) fn record_signatures(&self, variant: u8) -> Vec<u8> {
        let key = self.key_of(self.plan().keys().signer().key());
        let messages = self.plan().messages();
        let signatures = messages.iter().map(|message| key.sign(message, variant).0);
        signatures.flatten().collect()
    }

    /// The edition but for its last signature, as the ZONEMD session froze it.
    pub(crate) fn unsealed(&self) -> Unsealed {
        let open = self.here().open_edition().unwrap();
        Unsealed::clone(&open.zonemd.as_ref().unwrap().unsealed)
    }

    /// The edition act that is due.
    pub(crate) fn edition(&self) -> Draft<Edition> {
        let unsealed = self.unsealed();
        let key = self.key_of(self.plan().keys().signer().key());
        let signature: Signature = key.sign(&unsealed.zonemd_message(), 0);
        let edition = Edition {
            rules: RULES,
            ledger: self.here().ledger,
            edition: self.here().next_edition(),
            serial: self.plan().serial(),
            zonemd: HEXLOWER.encode(&unsealed.zonemd()),
            signature,
            checkpoint: self.quorum_checkpoint(),
        };
        Draft::new(edition, [log()])
    }

    /// With the records' session of the edition that is due.
    pub(crate) fn with_records_session(mut self) -> Self {
        let session = self.records_session();
        self.accept(&session);
        self
    }

    /// Also with its ZONEMD session.
    pub(crate) fn with_zonemd_session(self) -> Self {
        self.with_records_session().with_next_zonemd_session()
    }

    /// With the ZONEMD session of the open edition.
    pub(crate) fn with_next_zonemd_session(mut self) -> Self {
        let session = self.zonemd_session(0);
        self.accept(&session);
        self
    }

    /// Also published.
    pub(crate) fn with_edition(self) -> Self {
        let mut world = self.with_zonemd_session();
        let edition = world.edition();
        world.accept(&edition);
        world
    }
}
