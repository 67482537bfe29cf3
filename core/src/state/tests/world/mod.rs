//! A small world: members, holders and a log with seeded keys, and a ledger in
//! memory. Its helpers make every act as it should be, so that a test says
//! only what is wrong with its own.
//!
//! | module | what it makes |
//! | --- | --- |
//! | [`keys`] | keys and signed envelopes |
//! | [`findings`] | findings beside a proposal |
//! | [`founding`] | charters, zones and founding acts |
//! | [`dealing`] | ceremonies, and the zone's key |
//! | [`heads`] | cosigned checkpoints, acts about time and absence |
//! | [`holders`] | acts about holders and their keys |
//! | [`members`] | acts about membership and the charter |
//! | [`boxes`] | a drop box, and what comes with its receipts |
//! | [`claims`] | claims, and the zones that prove them |
//! | [`changes`] | proposals, consents, ballots, decisions |
//! | [`signing`] | sessions and editions |
//! | [`epochs`] | how shares pass on |
//! | [`rolls`] | how one key follows another |
//! | [`upstream`] | versions of upstream, and acts about them |

pub(crate) mod boxes;
pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod dealing;
pub(crate) mod epochs;
pub(crate) mod findings;
pub(crate) mod founding;
pub(crate) mod heads;
pub(crate) mod holders;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod rolls;
pub(crate) mod signing;
pub(crate) mod upstream;

use std::collections::BTreeMap;
use std::vec::Vec;

use crate::act::json::Payload;
use crate::act::{Envelope, check};
use crate::basic::{Digest, Time};
use crate::edition::samples::NOW;
use crate::refusal::Refusal;
use crate::state::{Founded, Outcome, Position, State, apply};

pub(crate) use dealing::Dealing;
pub(crate) use founding::Setting;
pub(crate) use keys::{Draft, holder, holder_id, holder_keys, log, member, public, stranger};

/// A ledger, its blobs, and the state that follows from them.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    pub(crate) state: State,
}

impl World {
    /// A zone that has just been founded.
    pub(crate) fn founded(setting: &Setting) -> Self {
        let mut world = Self::default();
        let founding = world.founding(setting);
        world.accept(&founding);
        world
    }

    /// The zone most tests are about: kind `plain`, with a key and a time.
    pub(crate) fn plain() -> Self {
        Self::founded(&Setting::plain()).with_key().with_time(NOW)
    }

    /// The same for kind `root`.
    pub(crate) fn root() -> Self {
        Self::founded(&Setting::root()).with_key().with_time(NOW)
    }

    /// After a ceremony.
    pub(crate) fn with_key(mut self) -> Self {
        let ceremony = self.ceremony();
        self.accept(&ceremony);
        self
    }

    /// After a time act that all members cosigned.
    pub(crate) fn with_time(mut self, time: Time) -> Self {
        let everybody = self.everybody();
        self.accept(&self.time(&everybody, time));
        self
    }

    pub(crate) fn here(&self) -> &Founded {
        self.state.founded().unwrap()
    }

    pub(crate) fn here_if_founded(&self) -> Option<&Founded> {
        self.state.founded().ok()
    }

    /// Ledger time.
    pub(crate) fn now(&self) -> Time {
        self.here().time.unwrap()
    }

    /// The number of acts.
    pub(crate) fn size(&self) -> u64 {
        self.state.log().size()
    }

    /// All members by their index.
    pub(crate) fn everybody(&self) -> Vec<usize> {
        (0..self.here().members.len()).collect()
    }

    /// Puts a blob beside the ledger.
    pub(crate) fn put(&mut self, octets: Vec<u8>) -> Digest {
        let digest = Digest::of(&octets);
        self.blobs.insert(digest, octets);
        digest
    }

    /// Gives an entry to the one door. A refused one changes nothing.
    pub(crate) fn submit(&mut self, entry: &[u8]) -> Result<Outcome, Refusal> {
        let before = self.state.digest();
        let position = Position(self.size());
        let outcome = check(entry, &self.blobs, &crate::dnssec::tests::OursAlone)
            .and_then(|checked| apply(&mut self.state, &checked, position));
        match &outcome {
            Ok(_) => self.entries.push(entry.to_vec()),
            Err(refusal) => assert_eq!(self.state.digest(), before, "changed by {refusal:?}"),
        }
        outcome
    }

    /// Appends an act that the rules allow.
    pub(crate) fn accept<P: Payload>(&mut self, act: &Draft<P>) -> Outcome {
        let outcome = self.submit(&act.envelope().to_octets());
        outcome.unwrap_or_else(|refusal| panic!("{} refused: {refusal:?}", P::TYPE))
    }

    /// What the rules say to an act that they do not allow.
    pub(crate) fn refuse<P: Payload>(&mut self, act: &Draft<P>) -> Refusal {
        self.refuse_envelope(&act.envelope())
    }

    /// As [`World::refuse`].
    pub(crate) fn refuse_envelope(&mut self, envelope: &Envelope) -> Refusal {
        match self.submit(&envelope.to_octets()) {
            Err(refusal) => refusal,
            Ok(outcome) => panic!("accepted: {outcome:?}"),
        }
    }
}
