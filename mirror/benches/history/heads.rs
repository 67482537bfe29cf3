//! Acts about the ledger: time, absence, sessions and editions.

use comity_core::act::json;
use comity_core::act::{Absence, Edition, RULES, Session, SessionKind, TimeAct};
use comity_core::basic::{Digest, Time};
use comity_core::ledger::{Checkpoint, Cosignature, CosignedCheckpoint};
use comity_core::message::{Commit, Messages, SessionId};
use comity_core::state::ZonemdPlan;
use data_encoding::{BASE64, HEXLOWER};

use super::zone::{MEMBERS, THRESHOLD, sign_as_zone};
use super::{DAY_S, History, LOG, MEMBER, key, sign, signed};

impl History {
    /// The present head, cosigned by so many of the founders at that time.
    fn checkpoint(&self, cosigners: usize, time: Time) -> String {
        let here = self.here();
        let (size, root) = (self.state.log().size(), self.state.log().root());
        let origin = here.log_key.name().to_string();
        let checkpoint = Checkpoint { origin, size, root };
        let signature = sign(&key(LOG), checkpoint.body().as_bytes());
        let mut head = CosignedCheckpoint::new(checkpoint, &here.log_key, signature);
        let message = Cosignature::message(time, &head.checkpoint);
        let cosign = |at: usize| {
            let signature = sign(&key(MEMBER + at), &message);
            Cosignature::new(&here.members[at].cosigner, time, signature)
        };
        head.cosignatures = (0..cosigners).map(cosign).collect();
        head.to_text()
    }

    /// The present head, as the log serves it.
    pub(crate) fn head(&self) -> String {
        self.checkpoint(0, self.now())
    }

    fn move_time(&mut self, cosigners: usize, after_s: u64) {
        let time = TimeAct {
            rules: RULES,
            ledger: self.ledger(),
            checkpoint: self.checkpoint(cosigners, self.now().plus(after_s)),
        };
        self.append(&signed(&time, &[key(LOG)]));
    }

    /// Everybody cosigns.
    pub(super) fn time(&mut self, after_s: u64) {
        self.move_time(MEMBERS, after_s);
    }

    /// Two founders are silent for a fortnight, and then come back.
    pub(super) fn be_absent(&mut self) {
        for _ in 0..15 {
            self.move_time(3, DAY_S);
        }
        let here = self.here();
        let names = here.silent().into_iter();
        let absence = Absence {
            rules: RULES,
            ledger: here.ledger,
            members: names.map(|at| here.members[at].name.clone()).collect(),
            found: self.now(),
        };
        let signers = [0, 1, 2].map(|at| key(MEMBER + at));
        self.append(&signed(&absence, &signers));
        self.time(1800);
    }

    /// An edition: three acts.
    pub(super) fn publish(&mut self) {
        let plan = self.here().due().unwrap();
        let messages = plan.messages();
        let session = self.session(SessionKind::Records, messages.len(), plan.digest());
        self.append(&signed(&session, &[key(LOG)]));
        let signatures = messages.iter().flat_map(|message| sign_as_zone(message).0);
        let signatures: Vec<u8> = signatures.collect();
        let zonemd = ZonemdPlan::new(&plan, &signatures).unwrap();
        let mut session = self.session(SessionKind::Zonemd, 1, zonemd.batch);
        session.records = Some(self.put(signatures));
        session.checkpoint = Some(self.checkpoint(4, self.now()));
        self.append(&signed(&session, &[key(LOG)]));
        let unsealed = &zonemd.unsealed;
        let edition = Edition {
            rules: RULES,
            ledger: self.ledger(),
            edition: session.edition,
            serial: plan.serial(),
            zonemd: HEXLOWER.encode(&unsealed.zonemd()),
            signature: sign_as_zone(&unsealed.zonemd_message()),
            checkpoint: self.checkpoint(4, self.now()),
        };
        self.append(&signed(&edition, &[key(LOG)]));
    }

    fn session(&mut self, kind: SessionKind, messages: usize, batch: Digest) -> Session {
        let (ledger, attempt) = (self.ledger(), 1);
        let id = SessionId {
            ledger,
            epoch: 1,
            edition: self.here().next_edition(),
            kind,
            attempt,
        };
        let signers = 0..usize::from(THRESHOLD);
        let commit = |at: usize| {
            let octets = vec![u8::try_from(at).unwrap(); messages * 64];
            let commit = Commit {
                session: id.clone(),
                commitments: BASE64.encode(&octets),
            };
            signed(&commit, &[key(MEMBER + at)])
        };
        let messages = signers.clone().map(commit).collect();
        let commitments = self.put(json::encode(&Messages { messages }));
        let members = &self.here().members;
        Session {
            rules: RULES,
            ledger,
            epoch: 1,
            edition: id.edition,
            kind,
            attempt,
            batch,
            commitments,
            signers: signers.map(|at| members[at].name.clone()).collect(),
            silent: Vec::new(),
            records: None,
            checkpoint: None,
        }
    }
}
