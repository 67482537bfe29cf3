//! Cosigned checkpoints, and acts about time and absence.

use std::string::String;
use std::vec::Vec;

use super::founding::log_key;
use super::keys::sign;
use super::{Draft, World, log, member, public};
use crate::act::{Absence, RULES, TimeAct};
use crate::basic::{Digest, Time};
use crate::ledger::checkpoint::{Checkpoint, CosignedCheckpoint};
use crate::ledger::cosignature::Cosignature;
use crate::ledger::note::{KeyKind, NoteKey};

/// A member's index and when it cosigned.
pub(crate) type Cosigned = (usize, Time);

/// A checkpoint that the log signed and nobody cosigned yet.
pub(crate) fn head(size: u64, root: Digest) -> CosignedCheckpoint {
    let checkpoint = Checkpoint {
        origin: log_key().name().into(),
        size,
        root,
    };
    let signature = sign(&log(), checkpoint.body().as_bytes());
    CosignedCheckpoint::new(checkpoint, &log_key(), signature)
}

/// The cosignature of the member at this index, who is called `name`.
pub(crate) fn cosignature(
    name: &str,
    (at, time): Cosigned,
    checkpoint: &Checkpoint,
) -> Cosignature {
    let key = NoteKey::new(name, KeyKind::CosignatureV1, public(&member(at))).unwrap();
    let message = Cosignature::message(time, checkpoint);
    Cosignature::new(&key, time, sign(&member(at), &message))
}

impl World {
    /// The head when the ledger had `size` acts.
    pub(crate) fn head_at(&self, size: u64) -> CosignedCheckpoint {
        head(size, self.state.log().root_at(size).unwrap())
    }

    /// That head, cosigned.
    pub(crate) fn checkpoint_at(&self, size: u64, cosigned: &[Cosigned]) -> String {
        let mut head = self.head_at(size);
        let lines: Vec<_> = cosigned
            .iter()
            .map(|one| {
                let name = &self.here().members[one.0].name;
                cosignature(name, *one, &head.checkpoint)
            })
            .collect();
        head.cosignatures = lines;
        head.to_text()
    }

    /// The present head, cosigned by these members.
    pub(crate) fn checkpoint(&self, cosigners: &[usize]) -> String {
        let time = self.here().time.unwrap_or_default();
        let cosigned: Vec<Cosigned> = cosigners.iter().map(|at| (*at, time)).collect();
        self.checkpoint_at(self.size(), &cosigned)
    }

    /// The present head, cosigned by the quorum and nobody else.
    pub(crate) fn quorum_checkpoint(&self) -> String {
        let here = self.here();
        let present = self.everybody().into_iter();
        let mut present: Vec<usize> = present
            .filter(|at| here.members[*at].is_present())
            .collect();
        present.truncate(here.cosigning_quorum());
        self.checkpoint(&present)
    }

    /// A time act by these members, all at one time.
    pub(crate) fn time(&self, cosigners: &[usize], time: Time) -> Draft<TimeAct> {
        let cosigned: Vec<Cosigned> = cosigners.iter().map(|at| (*at, time)).collect();
        self.time_act(self.checkpoint_at(self.size(), &cosigned))
    }

    /// With a time act that covers all proposals, and one at `time`.
    pub(crate) fn with_seen_and_time(self, time: Time) -> Self {
        let seen = self.now().plus(1);
        self.with_time(seen).with_time(time)
    }

    /// A time act that carries this checkpoint.
    pub(crate) fn time_act(&self, checkpoint: String) -> Draft<TimeAct> {
        let time = TimeAct {
            rules: RULES,
            ledger: self.here().ledger,
            checkpoint,
        };
        Draft::new(time, [log()])
    }

    /// An absence act that names these members now, signed by the first of the
    /// others, as many as the threshold.
    pub(crate) fn absence(&self, members: &[usize]) -> Draft<Absence> {
        let here = self.here();
        let absence = Absence {
            rules: RULES,
            ledger: here.ledger,
            members: members
                .iter()
                .map(|at| here.members[*at].name.clone())
                .collect(),
            found: here.time.unwrap_or_default(),
        };
        let threshold = usize::from(here.threshold());
        let others = self.staying().into_iter();
        let others = others.filter(|at| !members.contains(at)).take(threshold);
        Draft::new(absence, others.map(member))
    }

    /// The members that have not departed, by their index.
    pub(crate) fn staying(&self) -> Vec<usize> {
        let here = self.here();
        let all = self.everybody().into_iter();
        all.filter(|at| here.members[*at].departed.is_none())
            .collect()
    }
}
