//! A receiver's part in a redistribution, from its invitation to its new share.
//! One that holds an old share deals as well; here that makes no difference.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::dealings::{Dealings, Fixed};
use super::envelope::SealPair;
use super::{Complaint, DealError, Invitation, Share};
use crate::assertions::assert_secret;

/// A receiver that has invited dealers to deal to it. Holds the key that opens
/// what is dealt, in memory only; wiped when dropped.
pub struct Invited {
    pub(super) pair: SealPair,
}

/// A receiver that has opened what was dealt to it. Wiped when dropped.
pub struct Received {
    id: u16,
    ceremony: [u8; 64],
    dealers: Vec<u16>,
    /// In the order of the dealers.
    shares: Zeroizing<Vec<Scalar>>,
    wrong: BTreeMap<u16, DealError>,
}

impl ZeroizeOnDrop for Invited {}
impl ZeroizeOnDrop for Received {}

assert_secret!(Invited, Received);

impl Invited {
    /// Makes a key for one ceremony, and shows its public side.
    pub fn invite(rng: &mut (impl CryptoRng + RngCore)) -> (Self, Invitation) {
        let pair = SealPair::generate(rng);
        let seal_key = *pair.public().octets();
        (Self { pair }, Invitation { seal_key })
    }

    /// Opens and checks all that was dealt to this receiver, new share `id`, and
    /// complains of each share that is wrong. Without complaints to publish the key
    /// is of no more use, so it is wiped here.
    ///
    /// # Errors
    /// The plan has not this receiver's invitation.
    pub fn receive(
        self,
        id: u16,
        dealings: &Dealings,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Received, Vec<Complaint>), DealError> {
        if dealings.plan().receiver(id) != Some(self.pair.public()) {
            return Err(DealError::OwnOpeningDiffers);
        }
        let mut complaints = Vec::new();
        // One allocation, so that no copy stays behind.
        let count = dealings.dealers().count();
        let mut received = Received {
            id,
            ceremony: *dealings.plan().digest(),
            dealers: Vec::with_capacity(count),
            shares: Zeroizing::new(Vec::with_capacity(count)),
            wrong: BTreeMap::new(),
        };
        for dealer in dealings.dealers() {
            let sealed = dealings.share(dealer, id)?;
            match sealed.receive(&self.pair) {
                Ok(share) => {
                    received.dealers.push(dealer);
                    received.shares.push(*share);
                }
                Err(error) => {
                    received.wrong.insert(dealer, error);
                    complaints.push(sealed.complain(&self.pair, rng));
                }
            }
        }
        Ok((received, complaints))
    }
}

impl Received {
    /// The dealers whose shares were wrong, and how.
    pub fn wrong(&self) -> &BTreeMap<u16, DealError> {
        &self.wrong
    }

    /// Adds up what the fixed dealers dealt, each with the weight that its old share
    /// has among theirs. Nothing is added of others.
    ///
    /// # Errors
    /// The dealers were fixed in another ceremony, or of other dealings; or one of
    /// them, who is named, dealt a wrong share to this receiver, and its complaint
    /// did not arrive.
    pub fn finish(self, fixed: &Fixed) -> Result<Share, DealError> {
        if *fixed.ceremony() != self.ceremony {
            return Err(DealError::OtherDealings);
        }
        let mut sum = Box::new(Zeroizing::new(Scalar::ZERO));
        for (&dealer, weight) in fixed.weights() {
            let Ok(place) = self.dealers.binary_search(&dealer) else {
                let wrong = self.wrong.get(&dealer).cloned();
                return Err(wrong.unwrap_or(DealError::Missing { culprit: dealer }));
            };
            **sum += self.shares[place] * weight;
        }
        let group = fixed.group();
        let verifying = (ED25519_BASEPOINT_TABLE * &**sum).compress().to_bytes();
        if group.verifying_share(self.id) != Some(verifying) {
            return Err(DealError::OtherDealings);
        }
        Ok(Share::new(self.id, sum, group.clone()))
    }
}
