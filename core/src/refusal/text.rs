//! What each refusal says to people, and the short name of its rule for
//! programs.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::Refusal;
use crate::limits;

impl Refusal {
    /// The rule's short name, stable for scripts.
    pub fn rule(&self) -> &'static str {
        self.explain().0
    }

    #[expect(
        clippy::too_many_lines,
        reason = "a line for each rule, matched in full"
    )]
    fn explain(&self) -> (&'static str, String) {
        match self {
            Self::Format(inner) => ("format", inner.to_string()),
            Self::Charter(inner) => ("charter", inner.to_string()),
            Self::HolderKeys(inner) => ("holder-keys", inner.to_string()),
            Self::Holder(inner) => inner.explain(),
            Self::Findings(inner) => inner.explain(),
            Self::Merge(inner) => inner.explain(),
            Self::Epoch(inner) => inner.explain(),
            Self::Key(inner) => inner.explain(),
            Self::Upstream(inner) => inner.explain(),
            Self::Chain(inner) => ("proof", inner.to_string()),
            Self::Claim(inner) => ("claim", inner.to_string()),
            Self::Zone(inner) => ("zone", inner.to_string()),
            Self::Transcript(inner) => ("transcript", inner.to_string()),
            Self::Checkpoint(inner) => ("checkpoint", inner.to_string()),
            Self::Edition(inner) => ("edition-verification", inner.to_string()),
            Self::BlobMissing { .. }
            | Self::BlobDiffers { .. }
            | Self::BlobMalformed { .. }
            | Self::WrongPosition { .. }
            | Self::NotFounded
            | Self::AlreadyFounded
            | Self::OtherLedger { .. }
            | Self::NotEntitled { .. }
            | Self::TooFewSigners { .. }
            | Self::TooManySigners { .. }
            | Self::MemberDidNotSign { .. }
            | Self::MemberName { .. }
            | Self::MemberKey { .. }
            | Self::HolderBinding { .. }
            | Self::KindOfZone { .. }
            | Self::LogKey => self.explain_founding(),
            Self::OtherGroupKey { .. }
            | Self::WrongEpoch { .. }
            | Self::WrongThreshold { .. }
            | Self::OtherHistory { .. }
            | Self::CheckpointTooSmall { .. }
            | Self::TooFewCosignatures { .. }
            | Self::TimeBackwards { .. }
            | Self::ClockDiffers { .. }
            | Self::NoTime
            | Self::NotAbsent { .. } => self.explain_ledger(),
            Self::ChangeList
            | Self::Derived { .. }
            | Self::FollowsUpstream { .. }
            | Self::DeadlineTooNear { .. }
            | Self::DeadlineTooFar { .. }
            | Self::TooManyProposals { .. }
            | Self::ReasonTooLong { .. }
            | Self::ProposalKnown { .. }
            | Self::ProposalUnknown { .. }
            | Self::ProposalDecided { .. }
            | Self::DecisionNotDue { .. }
            | Self::HolderConsentMissing { .. }
            | Self::DecisionDiffers { .. } => self.explain_decision(),
            Self::DeadlinePassed { .. }
            | Self::OtherZone { .. }
            | Self::ConsentNames
            | Self::NotTouched { .. }
            | Self::StateDiffers { .. }
            | Self::ConsentExpired { .. }
            | Self::ConsentKnown { .. }
            | Self::BallotKnown { .. } => self.explain_answer(),
            Self::OtherCharter { .. }
            | Self::CharterSigned { .. }
            | Self::TooManyDeclarations { .. }
            | Self::MemberTaken { .. }
            | Self::MembersFull
            | Self::Amendment { .. } => self.explain_membership(),
            Self::NoKey
            | Self::NothingDue
            | Self::WrongEdition { .. }
            | Self::WrongAttempt { .. }
            | Self::BatchDiffers { .. }
            | Self::Signers
            | Self::Silent
            | Self::Commitments { .. }
            | Self::SessionFields
            | Self::NoRecords { .. }
            | Self::OtherRecords { .. }
            | Self::EditionDiffers { .. }
            | Self::NoSession => self.explain_signing(),
        }
    }

    fn explain_founding(&self) -> (&'static str, String) {
        match self {
            Self::BlobMissing { blob } => (
                "blob-missing",
                format!("blob {blob} is named by the act and not there"),
            ),
            Self::BlobDiffers { blob } => (
                "blob-differs",
                format!("blob {blob} does not have the digest that is its name"),
            ),
            Self::BlobMalformed { blob } => (
                "blob-malformed",
                format!("blob {blob} is not what the act says it is"),
            ),
            Self::WrongPosition { expected, found } => (
                "position",
                format!("act {found} given where act {expected} is next"),
            ),
            Self::NotFounded => (
                "not-founded",
                "the first act of a ledger is a founding act".to_string(),
            ),
            Self::AlreadyFounded => (
                "already-founded",
                "a ledger has one founding act".to_string(),
            ),
            Self::OtherLedger { ledger } => {
                ("other-ledger", format!("the act is for ledger {ledger}"))
            }
            Self::NotEntitled { key } => (
                "not-entitled",
                format!("key {key} may not sign such an act"),
            ),
            Self::TooFewSigners { signers, needed } => (
                "too-few-signers",
                format!("signed by {signers} members, {needed} are needed"),
            ),
            Self::TooManySigners { signers } => (
                "too-many-signers",
                format!("signed by {signers} keys; such an act has one"),
            ),
            Self::MemberDidNotSign { member } => (
                "member-did-not-sign",
                format!("{member} did not sign the founding act"),
            ),
            Self::MemberName { member } => (
                "member-name",
                format!(
                    "member name {member:?}: use lower-case letters, digits and hyphens, \
                     each name once, sorted"
                ),
            ),
            Self::MemberKey { key } => ("member-key", format!("two members have key {key}")),
            Self::KindOfZone { zone } => (
                "kind",
                format!("kind root is for the root zone; {zone} is founded with kind plain"),
            ),
            Self::HolderBinding { name } => (
                "holder-binding",
                format!("{name} cannot be bound to a holder: not delegated, doubled or unsorted"),
            ),
            _ => (
                "log-key",
                "the ledger's verifier key is not an Ed25519 key".to_string(),
            ),
        }
    }

    fn explain_ledger(&self) -> (&'static str, String) {
        match self {
            Self::OtherGroupKey { key } => (
                "group-key",
                format!("the transcript does not give the zone key {key}"),
            ),
            Self::WrongEpoch { epoch } => ("epoch", format!("epoch {epoch} is not the one due")),
            Self::WrongThreshold { threshold } => (
                "threshold",
                format!("threshold {threshold} is not the charter's"),
            ),
            Self::OtherHistory { size } => (
                "other-history",
                format!("the checkpoint of {size} acts is not of this ledger's history"),
            ),
            Self::CheckpointTooSmall { size, needed } => (
                "checkpoint-too-small",
                format!("the checkpoint covers {size} acts and should cover {needed}"),
            ),
            Self::TooFewCosignatures {
                cosignatures,
                needed,
            } => (
                "too-few-cosignatures",
                format!("{cosignatures} members cosigned the checkpoint, {needed} are needed"),
            ),
            Self::TimeBackwards { now, found } => (
                "time",
                format!("ledger time is {now} and cannot become {found}"),
            ),
            Self::ClockDiffers { ledger, clock } => (
                "clock",
                format!(
                    "the ledger says {ledger}, this machine's clock {clock}: one of the two is \
                     wrong; check the clock first"
                ),
            ),
            Self::NotAbsent { member } => (
                "not-absent",
                format!("{member:?} is not to be called absent now, or not by these signers"),
            ),
            _ => (
                "no-time",
                "the ledger has no time yet: a time act comes first".to_string(),
            ),
        }
    }

    fn explain_decision(&self) -> (&'static str, String) {
        match self {
            Self::ChangeList => (
                "change-list",
                "a proposal has 1 to 100 changes, sorted by name and type, each set once"
                    .to_string(),
            ),
            Self::Derived { set } => (
                "derived",
                format!("{set} is derived: every verifier computes it, nobody sets it"),
            ),
            Self::FollowsUpstream { name } => (
                "follows-upstream",
                format!("{name} has no holder; in the root such a name follows upstream"),
            ),
            Self::DeadlineTooNear { deadline, earliest } => (
                "deadline",
                format!("the deadline {deadline} is too near; the earliest is {earliest}"),
            ),
            Self::DeadlineTooFar { deadline, latest } => (
                "deadline-far",
                format!("the deadline {deadline} is too far away; the latest is {latest}"),
            ),
            Self::ReasonTooLong { octets } => (
                "reason",
                format!(
                    "a reason of {octets} octets; at most {}",
                    limits::REASON_OCTETS_MAX
                ),
            ),
            Self::TooManyProposals { key } => (
                "too-many-proposals",
                format!(
                    "{} proposals of key {key} are open; wait until one is decided",
                    limits::OPEN_PROPOSALS_PER_KEY_MAX
                ),
            ),
            Self::ProposalKnown { proposal } => (
                "proposal-known",
                format!("proposal {proposal} is on the ledger already"),
            ),
            Self::ProposalUnknown { proposal } => (
                "proposal-unknown",
                format!("there is no proposal {proposal}"),
            ),
            Self::ProposalDecided { proposal } => (
                "proposal-decided",
                format!("proposal {proposal} is decided"),
            ),
            Self::DecisionNotDue { proposal } => (
                "decision-not-due",
                format!("proposal {proposal} is still open: its rule is not met yet"),
            ),
            Self::HolderConsentMissing { name, holder } => (
                "access",
                format!(
                    "{name} is held by {holder}, who did not consent; no tally replaces its consent"
                ),
            ),
            _ => (
                "decision-differs",
                "the result or its arithmetic is not what the rules give".to_string(),
            ),
        }
    }

    /// About consents and ballots.
    fn explain_answer(&self) -> (&'static str, String) {
        match self {
            Self::DeadlinePassed { deadline } => (
                "deadline-passed",
                format!("the proposal's deadline was {deadline}; what comes later is not counted"),
            ),
            Self::OtherZone { zone } => ("other-zone", format!("the consent is for zone {zone}")),
            Self::NotTouched { name } => (
                "not-touched",
                format!("the proposal does not change {name}"),
            ),
            Self::StateDiffers { name } => (
                "state-differs",
                format!("{name} has changed since the consent was signed; look and sign anew"),
            ),
            Self::ConsentExpired { until } => {
                ("consent-expired", format!("the consent ended at {until}"))
            }
            Self::ConsentKnown { holder } => (
                "consent-known",
                format!("holder {holder} has consented already"),
            ),
            Self::BallotKnown { member } => (
                "ballot-known",
                format!("{member} has voted; votes are immutable"),
            ),
            _ => (
                "consent-names",
                "a consent names what it is for: at least one name, sorted, each once".to_string(),
            ),
        }
    }

    fn explain_membership(&self) -> (&'static str, String) {
        match self {
            Self::OtherCharter { charter } => (
                "other-charter",
                format!("the charter in force is {charter}; read it, and sign that"),
            ),
            Self::CharterSigned { member } => (
                "charter-signed",
                format!("{member} has signed this charter"),
            ),
            Self::TooManyDeclarations { key } => (
                "too-many-declarations",
                format!(
                    "key {key} has made this declaration, or {} beside the same",
                    limits::DECLARATIONS_PER_KEY_MAX
                ),
            ),
            Self::MemberTaken { member } => (
                "member-taken",
                format!("the name {member}, or its key, is or was another member's"),
            ),
            Self::Amendment { original } => (
                "amendment",
                format!(
                    "{original} cannot be amended so: an amendment has the deadline and the kind \
                     of matter of an original that is not decided and no amendment, and there are \
                     at most {}",
                    limits::AMENDMENTS_MAX
                ),
            ),
            _ => (
                "members-full",
                format!("a zone has at most {} members", limits::MEMBERS_MAX),
            ),
        }
    }

    fn explain_signing(&self) -> (&'static str, String) {
        match self {
            Self::NoKey => (
                "no-key",
                "the zone has no key yet: a ceremony comes first".to_string(),
            ),
            Self::NothingDue => ("nothing-due", "no edition is due".to_string()),
            Self::WrongEdition { expected, found } => (
                "edition-number",
                format!("edition {found} given where {expected} is next"),
            ),
            Self::WrongAttempt { expected, found } => (
                "attempt",
                format!("attempt {found} given where {expected} is next"),
            ),
            Self::BatchDiffers { edition } => (
                "batch-differs",
                format!("what the session would sign is not what the acts give edition {edition}"),
            ),
            Self::Signers => (
                "signers",
                "the signers are not members, unsorted, or fewer than the threshold".to_string(),
            ),
            Self::Silent => (
                "silent",
                "those called silent are unsorted, or no signers of the session before".to_string(),
            ),
            Self::Commitments { member } => (
                "commitments",
                format!("{member}'s commitments are not its own for this session"),
            ),
            Self::SessionFields => (
                "session-fields",
                "records and checkpoint belong to a ZONEMD session, and only there".to_string(),
            ),
            Self::NoRecords { edition } => (
                "no-records",
                format!("edition {edition} has no records session yet"),
            ),
            Self::OtherRecords { edition } => (
                "other-records",
                format!("the signatures of edition {edition} are fixed; it has one ZONEMD"),
            ),
            Self::EditionDiffers { edition } => (
                "edition-differs",
                format!("serial or ZONEMD is not that of edition {edition}"),
            ),
            _ => ("no-session", "no session act covers this".to_string()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, text) = self.explain();
        write!(f, "{text} [{rule}]")
    }
}

impl core::error::Error for Refusal {}
