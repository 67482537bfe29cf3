//! Each rule of a ceremony that can say no.

use core::fmt;

use comity_core::limits;

/// Why a ceremony ended, or went on without someone. `culprit` is whose opening,
/// dealing or dealt share it was.
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
    /// What is shown as this participant's own opening or invitation is not what it
    /// made.
    OwnOpeningDiffers,
    /// An opening or dealing has not the length that the threshold asks for.
    OpeningLength {
        /// Whose it is.
        culprit: u16,
        /// Its length.
        octets: usize,
    },
    /// A commitment in an opening or dealing is not a point of the prime-order group.
    BadCommitment {
        /// Whose it is.
        culprit: u16,
        /// Which coefficient's it is, from 0.
        index: usize,
    },
    /// The proof of knowledge in an opening or dealing does not hold: in a
    /// redistribution, also because it was made in another ceremony.
    BadProof {
        /// Whose it is.
        culprit: u16,
    },
    /// The key that shares are to be sealed to or from is not a canonical one, or
    /// not of the prime-order group.
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
    /// A dealer of a redistribution deals another secret than its old share.
    OtherSecret {
        /// Who.
        culprit: u16,
    },
    /// A dealing has not one sealed share for each receiver, of the right length,
    /// and no others.
    SealedShares {
        /// Whose it is.
        culprit: u16,
    },
    /// The share is not one of the epoch that is redistributed.
    OtherEpoch,
    /// Fewer than the old threshold dealt and were not found lying.
    TooFewDealers {
        /// How many it takes.
        threshold: u16,
        /// How many there are.
        dealers: usize,
    },
    /// What the dealers deal is not shares of the same key.
    OtherKey,
    /// The dealers were fixed in another ceremony than this, or of other dealings
    /// than this receiver's.
    OtherDealings,
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
            | Self::BadShare { culprit }
            | Self::OtherSecret { culprit }
            | Self::SealedShares { culprit } => Some(*culprit),
            Self::Participants { .. }
            | Self::Threshold { .. }
            | Self::Stranger { .. }
            | Self::OwnOpeningDiffers
            | Self::NoKey
            | Self::OtherEpoch
            | Self::TooFewDealers { .. }
            | Self::OtherKey
            | Self::OtherDealings => None,
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
            Self::OwnOpeningDiffers => {
                f.write_str("the opening shown as ours is missing or not the one we made")
            }
            Self::NoKey => f.write_str("the openings add up to no usable key"),
            Self::OtherEpoch => f.write_str("our share is not of the epoch that is redistributed"),
            Self::TooFewDealers { threshold, dealers } => write!(
                f,
                "{dealers} dealt rightly, and it takes the shares of {threshold} to go on"
            ),
            Self::OtherKey => f.write_str("the shares dealt are not of the same key"),
            Self::OtherDealings => {
                f.write_str("the dealers were not fixed of the dealings that we received")
            }
            Self::Missing { .. }
            | Self::OpeningLength { .. }
            | Self::BadCommitment { .. }
            | Self::BadProof { .. }
            | Self::BadSealKey { .. }
            | Self::Unopened { .. }
            | Self::BadShare { .. }
            | Self::OtherSecret { .. }
            | Self::SealedShares { .. } => self.fmt_culprit(f),
        }
    }
}

impl DealError {
    /// What is one participant's fault.
    fn fmt_culprit(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let culprit = self.culprit().unwrap_or_default();
        match self {
            Self::OpeningLength { octets, .. } => write!(
                f,
                "the opening of participant {culprit} has {octets} octets, which does not fit \
                 the threshold"
            ),
            Self::BadCommitment { index, .. } => write!(
                f,
                "commitment {index} in the opening of participant {culprit} is no valid point"
            ),
            Self::BadProof { .. } => write!(
                f,
                "participant {culprit} has not proved that it knows its secret"
            ),
            Self::BadSealKey { .. } => {
                write!(f, "participant {culprit} gave no valid key to seal with")
            }
            Self::Unopened { .. } => {
                write!(f, "the share dealt by participant {culprit} does not open")
            }
            Self::BadShare { .. } => write!(
                f,
                "the share dealt by participant {culprit} is not the one it committed to"
            ),
            Self::OtherSecret { .. } => write!(
                f,
                "participant {culprit} deals another secret than its share"
            ),
            Self::SealedShares { .. } => write!(
                f,
                "participant {culprit} has not dealt one sealed share to each receiver"
            ),
            _ => write!(f, "nothing is there from participant {culprit}"),
        }
    }
}

impl core::error::Error for DealError {}
