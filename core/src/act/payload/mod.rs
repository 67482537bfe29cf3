//! The payload of each kind of act. Fields stand in the order of their text.

mod epoch;
mod findings;
mod founding;
mod holder;
mod key;
mod ledger;
mod member;
mod merge;
mod proposal;

macro_rules! payload {
    ($name:ident, $kind:literal) => {
        impl Payload for $name {
            const TYPE: &'static str = concat!("application/vnd.comity.", $kind, ".v1+json");
        }
    };
}
use payload;

pub use epoch::{Compromise, Convocation, Erasure, Redistribution, Succession};
pub use findings::{Findings, Found, Stage};
pub use founding::{Ceremony, Founding, FoundingMember, HolderBinding, Holders};
pub use holder::{ClaimAct, Consent, Consented, Objection, Rotation, Testament, Transfer};
pub use key::{Keyset, RollAct};
pub use ledger::{Absence, Edition, Session, SessionKind, TimeAct, Upstream};
pub use member::{Accession, Declaration, Departure};
pub use merge::{Merge, Receipt};
pub use proposal::{
    Ballot, Decision, DecisionResult, Matter, Proposal, Question, Reason, Tally, Vote,
};
