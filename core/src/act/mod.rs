//! Acts: everything signed that goes on the ledger. An entry of the ledger is
//! one DSSE envelope; each kind of act has a payload type of its own. Large
//! parts are blobs, of which the act carries the digest.

mod check;
pub mod envelope;
pub mod json;
mod payload;
#[cfg(test)]
mod tests;

pub use check::{
    Act, Blobs, Checked, CommittedSession, LodgedAct, ProvenClaim, SightedUpstream, TestedEpoch,
    blobs_of, check, check_receipt, is_lodged, parse_lodged, read,
};
pub use envelope::{Envelope, SignatureEntry};
pub use payload::{
    Absence, Accession, Ballot, Ceremony, ClaimAct, Compromise, Consent, Consented, Convocation,
    Decision, DecisionResult, Declaration, Departure, Edition, Erasure, Findings, Found, Founding,
    FoundingMember, HolderBinding, Holders, Keyset, Matter, Merge, Objection, Proposal, Question,
    Reason, Receipt, Redistribution, RollAct, Rotation, Session, SessionKind, Stage, Succession,
    Tally, Testament, TimeAct, Transfer, Upstream, Vote,
};

/// The version of the rules that this program applies and every act names.
pub const RULES: u32 = 1;
