//! Each rule of a ceremony that can say no.

use core::fmt;

use comity_core::limits;

/// Why a ceremony ended. `culprit` is whose opening or dealt share it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DealError {
    /// A ceremony has two participants or more, and no more than a zone can have
    /// members.
    Participants {
        /// How many it would have.
        participants: u16,
    },
    /// A threshold is two or more, and no more than there are participants.
    Threshold {
        /// The threshold asked for.
        threshold: u16,
        /// How many participants there are.
        participants: u16,
    },
    /// This is no participant, or none that has to do with this step.
    Stranger {
        /// Whose it claims to be.
        id: u16,
    },
    /// A participant's opening or dealt share is missing.
    Missing {
        /// Whose.
        culprit: u16,
    },
    /// What is shown as this participant's own opening is not what it made.
    OwnOpeningDiffers,
    /// An opening has not the length that the threshold asks for.
    OpeningLength {
        /// Whose it is.
        culprit: u16,
        /// Its length.
        octets: usize,
    },
    /// A commitment in an opening is not a point of the prime-order group.
    BadCommitment {
        /// Whose it is.
        culprit: u16,
        /// Which coefficient's it is, from 0.
        index: usize,
    },
    /// The proof of knowledge in an opening does not hold.
    BadProof {
        /// Whose it is.
        culprit: u16,
    },
    /// The key that shares are to be sealed to is not a canonical one, or of
    /// small order.
    BadSealKey {
        /// Whose it is.
        culprit: u16,
    },
    /// The openings add up to a key or a share that is the identity.
    NoKey,
    /// A dealt share does not open.
    Unopened {
        /// Its dealer.
        culprit: u16,
    },
    /// A dealt share is not the one that its dealer's commitments say.
    BadShare {
        /// Its dealer.
        culprit: u16,
    },
}

impl DealError {
    /// The participant who must be left out of the next ceremony, if it is one's
    /// fault.
    pub fn culprit(&self) -> Option<u16> {
        match self {
            Self::Missing { culprit }
            | Self::OpeningLength { culprit, .. }
            | Self::BadCommitment { culprit, .. }
            | Self::BadProof { culprit }
            | Self::BadSealKey { culprit }
            | Self::Unopened { culprit }
            | Self::BadShare { culprit } => Some(*culprit),
            Self::Participants { .. }
            | Self::Threshold { .. }
            | Self::Stranger { .. }
            | Self::OwnOpeningDiffers
            | Self::NoKey => None,
        }
    }
}

impl fmt::Display for DealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Participants { participants } => write!(
                f,
                "a ceremony has 2 to {} participants, not {participants}",
                limits::MEMBERS_MAX
            ),
            Self::Threshold {
                threshold,
                participants,
            } => write!(
                f,
                "a threshold among {participants} participants is 2 to {participants}, \
                 not {threshold}"
            ),
            Self::Stranger { id } => write!(f, "{id} has no part in this step of the ceremony"),
            Self::Missing { culprit } => write!(f, "nothing is there from participant {culprit}"),
            Self::OwnOpeningDiffers => {
                f.write_str("the opening shown as ours is missing or not the one we made")
            }
            Self::OpeningLength { culprit, octets } => write!(
                f,
                "the opening of participant {culprit} has {octets} octets, which does not fit \
                 the threshold"
            ),
            Self::BadCommitment { culprit, index } => write!(
                f,
                "commitment {index} in the opening of participant {culprit} is no valid point"
            ),
            Self::BadProof { culprit } => write!(
                f,
                "participant {culprit} has not proved that it knows its secret"
            ),
            Self::BadSealKey { culprit } => {
                write!(
                    f,
                    "participant {culprit} gave no valid key to seal shares to"
                )
            }
            Self::NoKey => f.write_str("the openings add up to no usable key"),
            Self::Unopened { culprit } => {
                write!(f, "the share dealt by participant {culprit} does not open")
            }
            Self::BadShare { culprit } => write!(
                f,
                "the share dealt by participant {culprit} is not the one it committed to"
            ),
        }
    }
}

impl core::error::Error for DealError {}
