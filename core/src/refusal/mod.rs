//! Every rule that can say no, one variant each, naming the culprit. A
//! refusal is the rules at work; a failing disk or network is an error and
//! not found here.

mod epoch;
mod findings;
mod holder;
mod key;
mod merge;
mod parts;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod upstream;

use alloc::string::String;

use crate::basic::{Digest, PublicKey, Time};
use crate::charter::CharterFinding;
use crate::dnssec::{ChainRefusal, ClaimRefusal};
use crate::edition::EditionRefusal;
use crate::holder::{HolderFinding, HolderId};
use crate::ledger::CheckpointRefusal;
use crate::zone::{Name, SetKey, ZoneRefusal};
pub use epoch::EpochRefusal;
pub use findings::FindingsRefusal;
pub use holder::HolderRefusal;
pub use key::KeyRefusal;
pub use merge::MergeRefusal;
pub use parts::{FormatRefusal, TranscriptRefusal};
pub use upstream::UpstreamRefusal;

/// A rule of Comity that says no to an act. The state stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The act is not well-formed.
    Format(FormatRefusal),
    /// A blob that the act names is not there.
    BlobMissing {
        /// Its name.
        blob: Digest,
    },
    /// A blob does not have the digest that is its name.
    BlobDiffers {
        /// Its name.
        blob: Digest,
    },
    /// A blob is there and not readable.
    BlobMalformed {
        /// Its name.
        blob: Digest,
    },
    /// The act's place is not the next of the ledger.
    WrongPosition {
        /// The next place.
        expected: u64,
        /// The act's.
        found: u64,
    },
    /// The first act is not a founding act.
    NotFounded,
    /// A second founding act.
    AlreadyFounded,
    /// An act for another ledger.
    OtherLedger {
        /// The ledger it names.
        ledger: Digest,
    },
    /// Signed by a key that may not sign such an act.
    NotEntitled {
        /// The key.
        key: PublicKey,
    },
    /// Not signed by as many as it needs.
    TooFewSigners {
        /// How many signed.
        signers: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Signed by more than the one key that such an act has.
    TooManySigners {
        /// How many signed.
        signers: usize,
    },
    /// A founding member did not sign the founding act.
    MemberDidNotSign {
        /// The member.
        member: String,
    },
    /// A member's name is not allowed, doubled or out of order.
    MemberName {
        /// The name.
        member: String,
    },
    /// Two members with one key.
    MemberKey {
        /// The key.
        key: PublicKey,
    },
    /// The charter breaks a rule of its own.
    Charter(CharterFinding),
    /// A holder's keys break a rule of their own.
    HolderKeys(HolderFinding),
    /// A rule about holders.
    Holder(HolderRefusal),
    /// A rule about drop boxes' receipts.
    Merge(MergeRefusal),
    /// A rule about findings.
    Findings(FindingsRefusal),
    /// A rule about shares of the key.
    Epoch(EpochRefusal),
    /// A rule about the zone's keys.
    Key(KeyRefusal),
    /// A rule about upstream.
    Upstream(UpstreamRefusal),
    /// A proof by DNSSEC that proves nothing here.
    Chain(ChainRefusal),
    /// A proof of something else than a claim.
    Claim(ClaimRefusal),
    /// The contents are no zone.
    Zone(ZoneRefusal),
    /// A holder is bound to a name that is not delegated, or twice.
    HolderBinding {
        /// The name.
        name: Name,
    },
    /// Kind `root` is for the root zone alone.
    KindOfZone {
        /// The zone.
        zone: Name,
    },
    /// The ledger's verifier key cannot be read.
    LogKey,
    /// A transcript that makes no key.
    Transcript(TranscriptRefusal),
    /// The act's group key is not the transcript's.
    OtherGroupKey {
        /// The act's key.
        key: PublicKey,
    },
    /// Not the next epoch, or one that these rules cannot make yet.
    WrongEpoch {
        /// The epoch found.
        epoch: u32,
    },
    /// Another threshold than the charter's.
    WrongThreshold {
        /// The threshold found.
        threshold: u16,
    },
    /// A checkpoint that is none.
    Checkpoint(CheckpointRefusal),
    /// A checkpoint of another history: its root is not this ledger's.
    OtherHistory {
        /// Its size.
        size: u64,
    },
    /// A checkpoint that does not reach the act it should cover.
    CheckpointTooSmall {
        /// Its size.
        size: u64,
        /// The size needed.
        needed: u64,
    },
    /// Too few members cosigned the checkpoint; for a quorum, of those that
    /// are present.
    TooFewCosignatures {
        /// How many did.
        cosignatures: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Ledger time would not move forward.
    TimeBackwards {
        /// Ledger time.
        now: Time,
        /// The act's.
        found: Time,
    },
    /// Ledger time, or that of an edition's plan, is not one that a member can
    /// go along with by its own clock.
    ClockDiffers {
        /// The ledger's.
        ledger: Time,
        /// The member's.
        clock: Time,
    },
    /// No ledger time yet.
    NoTime,
    /// A member named absent is not or signs so itself, or the list is empty or
    /// unsorted.
    NotAbsent {
        /// The member.
        member: String,
    },
    /// A proposal without changes, with too many, or in the wrong order.
    ChangeList,
    /// Derived records are nobody's to change.
    Derived {
        /// The record set.
        set: SetKey,
    },
    /// In kind `root`, a name that nobody holds follows upstream.
    FollowsUpstream {
        /// The name.
        name: Name,
    },
    /// The deadline is too near.
    DeadlineTooNear {
        /// The deadline.
        deadline: Time,
        /// The earliest allowed.
        earliest: Time,
    },
    /// The deadline is too far away.
    DeadlineTooFar {
        /// The deadline.
        deadline: Time,
        /// The latest allowed.
        latest: Time,
    },
    /// The reason is longer than it may be.
    ReasonTooLong {
        /// Its octets.
        octets: usize,
    },
    /// As many proposals of one key are open as may be.
    TooManyProposals {
        /// The key.
        key: PublicKey,
    },
    /// The same proposal a second time.
    ProposalKnown {
        /// Its id.
        proposal: Digest,
    },
    /// No such proposal.
    ProposalUnknown {
        /// The id.
        proposal: Digest,
    },
    /// The proposal is decided.
    ProposalDecided {
        /// Its id.
        proposal: Digest,
    },
    /// A ballot or consent after the proposal's deadline.
    DeadlinePassed {
        /// The deadline.
        deadline: Time,
    },
    /// A consent for another zone.
    OtherZone {
        /// The zone it names.
        zone: Name,
    },
    /// A consent for no name, or whose names are doubled or out of order.
    ConsentNames,
    /// A consent for a name that the proposal does not touch.
    NotTouched {
        /// The name.
        name: Name,
    },
    /// A consent given for another state of the name.
    StateDiffers {
        /// The name.
        name: Name,
    },
    /// A consent whose end date has passed.
    ConsentExpired {
        /// The end date.
        until: Time,
    },
    /// A second consent by one holder while its first one counts.
    ConsentKnown {
        /// The holder.
        holder: HolderId,
    },
    /// An accession to another charter than the present one.
    OtherCharter {
        /// The present charter's digest.
        charter: Digest,
    },
    /// A member that has signed this charter already.
    CharterSigned {
        /// The member.
        member: String,
    },
    /// The same declaration twice, or more of them than a key may make.
    TooManyDeclarations {
        /// The key.
        key: PublicKey,
    },
    /// A name or key that a member, or somebody admitted, has or had.
    MemberTaken {
        /// The name.
        member: String,
    },
    /// As many members as a zone can have.
    MembersFull,
    /// An amendment to an amendment, to what is decided, with another deadline
    /// than the original's, to another kind of matter, or one too many.
    Amendment {
        /// The proposal that it would amend.
        original: Digest,
    },
    /// A second ballot by one member.
    BallotKnown {
        /// The member.
        member: String,
    },
    /// A decision that is not due yet.
    DecisionNotDue {
        /// The proposal.
        proposal: Digest,
    },
    /// Access: a decision to adopt without the holder's consent. No tally
    /// replaces it (invariant 1).
    HolderConsentMissing {
        /// The name.
        name: Name,
        /// Its holder.
        holder: HolderId,
    },
    /// A decision whose result or arithmetic is not what the rules give.
    DecisionDiffers {
        /// The proposal.
        proposal: Digest,
    },
    /// A session before there is a key.
    NoKey,
    /// A session while no edition is due.
    NothingDue,
    /// Not the edition that is next.
    WrongEdition {
        /// The next.
        expected: u64,
        /// The act's.
        found: u64,
    },
    /// Not the next attempt of its session.
    WrongAttempt {
        /// The next.
        expected: u32,
        /// The act's.
        found: u32,
    },
    /// The batch is not what the state gives.
    BatchDiffers {
        /// The edition.
        edition: u64,
    },
    /// The signers are not members, not sorted, or not as many as sign.
    Signers,
    /// Those called silent are not signers of the session before, or not sorted.
    Silent,
    /// A signer's commitments are missing, not its own, or of the wrong size.
    Commitments {
        /// The signer.
        member: String,
    },
    /// The two fields for ZONEMD are there and should not be, or the reverse.
    SessionFields,
    /// No records session whose result could be sealed.
    NoRecords {
        /// The edition.
        edition: u64,
    },
    /// Another set of signatures than the one first announced (invariant 3).
    OtherRecords {
        /// The edition.
        edition: u64,
    },
    /// The edition does not verify.
    Edition(EditionRefusal),
    /// Serial or ZONEMD are not the edition's.
    EditionDiffers {
        /// The edition.
        edition: u64,
    },
    /// No session act covers what is asked (invariant 3).
    NoSession,
}

macro_rules! wrap {
    ($from:ident, $variant:ident) => {
        impl From<$from> for Refusal {
            fn from(inner: $from) -> Self {
                Self::$variant(inner)
            }
        }
    };
}
wrap!(FormatRefusal, Format);
wrap!(CharterFinding, Charter);
wrap!(HolderFinding, HolderKeys);
wrap!(HolderRefusal, Holder);
wrap!(FindingsRefusal, Findings);
wrap!(MergeRefusal, Merge);
wrap!(EpochRefusal, Epoch);
wrap!(KeyRefusal, Key);
wrap!(UpstreamRefusal, Upstream);
wrap!(ChainRefusal, Chain);
wrap!(ClaimRefusal, Claim);
wrap!(ZoneRefusal, Zone);
wrap!(TranscriptRefusal, Transcript);
wrap!(CheckpointRefusal, Checkpoint);
wrap!(EditionRefusal, Edition);
