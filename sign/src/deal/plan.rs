//! What is dealt, to whom and for what threshold: the same for everybody.
//!
//! In a redistribution holders of shares deal them on, and the key stays (Desmedt and Jajodia, *Redistributing secret
//! shares to new access structures and its applications*, 1997; Wong, Wang and
//! Wing, *Verifiable secret redistribution for archive systems*, 2002). To the
//! same receivers with the same threshold it is a refresh. In a generation those who
//! receive deal secrets of their own, and the key is the sum of them (RFC 9591
//! appendix C; Gennaro, Jarecki, Krawczyk and Rabin, *Secure applications of
//! Pedersen's distributed key generation protocol*, 2003): as many dealers are summed
//! as it takes to sign, so that fewer never know all of them.

use alloc::collections::BTreeMap;

use comity_core::message::{self, CeremonyId};
use data_encoding::HEXLOWER;
use rand_core::{CryptoRng, RngCore};

use super::dealings::Dealings;
use super::envelope::{SealKey, SealPair};
use super::polynomial::Polynomial;
use super::schedule::Binding;
use super::transcript::Transcript;
use super::{DealError, Dealing, GroupKey, Share, check_shape, label};

/// Of transcripts.
const DOMAIN: &str = "comity redistribution v1";
/// Binds keys to this use (RFC 9180 §5.1, `info`).
const INFO: &[u8] = b"comity-redistribute-v1";

/// What a receiver shows to all before anybody deals. Public, and unchecked until
/// it is used; which ceremony it is for and who shows it is for the caller's
/// signature to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The X25519 key (RFC 7748 §5), made for this ceremony only, to which
    /// shares are sealed.
    pub seal_key: [u8; 32],
}

impl Invitation {
    /// The invitation in a receiver's message; none where it cannot be read.
    pub fn from_message(message: &message::Invitation) -> Option<Self> {
        let octets = HEXLOWER.decode(message.seal_key.as_bytes()).ok()?;
        let seal_key = octets.try_into().ok()?;
        Some(Self { seal_key })
    }

    /// The receiver's message for this ceremony, settled at this size of the ledger.
    pub fn to_message(&self, ceremony: &CeremonyId, size: u64) -> message::Invitation {
        message::Invitation {
            ceremony: ceremony.clone(),
            size,
            seal_key: HEXLOWER.encode(&self.seal_key),
        }
    }

    /// For whoever takes invitations in: one that is wrong stops nobody, if it
    /// never gets into a plan.
    ///
    /// # Errors
    /// The receiver, new share `id`, is named.
    pub fn check(&self, id: u16) -> Result<(), DealError> {
        let key = SealKey::decode(&self.seal_key);
        key.map(|_| ()).ok_or(DealError::BadSealKey { culprit: id })
    }
}

/// What is dealt, to whom and how: the same for all who take part in the ceremony,
/// and for all who watch it.
#[derive(Clone)]
pub struct Plan {
    /// The key whose shares are dealt; none where a new one is made.
    from: Option<GroupKey>,
    threshold: u16,
    receivers: BTreeMap<u16, SealKey>,
    digest: [u8; 64],
}

impl Plan {
    /// Shares of the key `from` go to those who have sent `invitations`, by the
    /// numbers of their new shares; `threshold` of the new shares sign. `context`
    /// says which ceremony of which zone this is. Whatever differs in any of these
    /// makes another ceremony, of which nothing fits into this one.
    ///
    /// # Errors
    /// The numbers make no key in shares, or an invitation, whose receiver is
    /// named, has no valid key.
    pub fn redistribution(
        context: &[u8],
        from: &GroupKey,
        threshold: u16,
        invitations: &BTreeMap<u16, Invitation>,
    ) -> Result<Self, DealError> {
        Self::new(context, Some(from), threshold, invitations)
    }

    /// A new key is dealt by those who have sent `invitations`, to the same;
    /// otherwise as [`Self::redistribution`].
    ///
    /// # Errors
    /// As there.
    pub fn generation(
        context: &[u8],
        threshold: u16,
        invitations: &BTreeMap<u16, Invitation>,
    ) -> Result<Self, DealError> {
        Self::new(context, None, threshold, invitations)
    }

    fn new(
        context: &[u8],
        from: Option<&GroupKey>,
        threshold: u16,
        invitations: &BTreeMap<u16, Invitation>,
    ) -> Result<Self, DealError> {
        if let Some(id) = invitations.keys().copied().find(|id| *id == 0) {
            return Err(DealError::Stranger { id });
        }
        let receivers = u16::try_from(invitations.len()).unwrap_or(u16::MAX);
        check_shape(receivers, threshold)?;
        let decode = |(&id, invitation): (&u16, &Invitation)| {
            let key = SealKey::decode(&invitation.seal_key);
            Ok((id, key.ok_or(DealError::BadSealKey { culprit: id })?))
        };
        Ok(Self {
            from: from.cloned(),
            threshold,
            receivers: invitations.iter().map(decode).collect::<Result<_, _>>()?,
            digest: digest(context, from, threshold, invitations),
        })
    }

    /// Deals `share` to all receivers. Which of the old shares are dealt is nobody's
    /// to choose: everybody who holds one deals, and those whose dealing is there
    /// and right when the dealers are fixed are the dealers. The share stays: until
    /// the new epoch is live, the old one signs.
    ///
    /// # Errors
    /// The share is not of the epoch that is redistributed.
    pub fn deal(
        &self,
        share: &Share,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Dealing, DealError> {
        if Some(share.group()) != self.from.as_ref() {
            return Err(DealError::OtherEpoch);
        }
        let transcript = self.transcript("polynomial");
        let polynomial = Polynomial::sharing(share.secret(), self.threshold, &transcript, rng);
        let pair = SealPair::generate(rng);
        Dealing::make(self, share.id(), &polynomial, &pair, rng)
    }

    /// Deals a secret of its own to all receivers: the part of the new key that is
    /// this one's, whose new share is `id`.
    ///
    /// # Errors
    /// A key that there is is dealt, or this is no receiver.
    pub fn generate(
        &self,
        id: u16,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Dealing, DealError> {
        if self.from.is_some() {
            return Err(DealError::OtherEpoch);
        }
        if self.receiver(id).is_none() {
            return Err(DealError::Stranger { id });
        }
        let polynomial = Polynomial::random(self.threshold, rng);
        let pair = SealPair::generate(rng);
        Dealing::make(self, id, &polynomial, &pair, rng)
    }

    /// For whoever takes dealings in, one at a time: what makes
    /// [`gather`](Self::gather) refuse one.
    ///
    /// # Errors
    /// The dealer, who holds old share `dealer`, or receives the new one of that
    /// number, is named; or it does not.
    pub fn check(&self, dealer: u16, dealing: &Dealing) -> Result<(), DealError> {
        dealing.check(self, dealer, None).map(|_| ())
    }

    /// Reads and checks what everybody dealt, by the numbers of their old shares.
    /// What is wrong is refused, with its dealer named, and stops nobody.
    pub fn gather(&self, dealings: &BTreeMap<u16, Dealing>) -> Dealings {
        Dealings::gather(self, dealings)
    }

    /// The key whose shares are dealt; none where a new one is made.
    pub fn from(&self) -> Option<&GroupKey> {
        self.from.as_ref()
    }

    /// How many dealings are summed at least.
    pub fn dealers_min(&self) -> u16 {
        self.from
            .as_ref()
            .map_or(self.threshold, GroupKey::threshold)
    }

    /// Whether this one may deal, and with which secret, in the exponent; of a new
    /// key with any.
    pub(super) fn secret_of(&self, dealer: u16) -> Result<Option<[u8; 32]>, DealError> {
        let stranger = DealError::Stranger { id: dealer };
        match &self.from {
            Some(from) => from.verifying_share(dealer).map(Some).ok_or(stranger),
            None => self.receiver(dealer).map(|_| None).ok_or(stranger),
        }
    }

    /// How many of the new shares it takes to sign.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// The numbers of the new shares, in order.
    pub fn receivers(&self) -> impl Iterator<Item = u16> {
        self.receivers.keys().copied()
    }

    pub(super) fn receiver(&self, id: u16) -> Option<&SealKey> {
        self.receivers.get(&id)
    }

    pub(super) fn seal_keys(&self) -> &BTreeMap<u16, SealKey> {
        &self.receivers
    }

    pub(super) fn digest(&self) -> &[u8; 64] {
        &self.digest
    }

    /// The start of what is hashed in this ceremony, for one use.
    pub(super) fn transcript(&self, what: &str) -> Transcript {
        Transcript::new(DOMAIN)
            .with(what.as_bytes())
            .with(&self.digest)
    }

    /// What a sealed share is bound to. It all goes into the key: a dealer seals
    /// to all receivers from one pair.
    pub(super) fn binding(&self, dealer: u16, receiver: u16) -> Binding {
        Binding {
            info: [INFO, &label(&self.digest, dealer, receiver)].concat(),
            aad: [].into(),
        }
    }
}

/// Everything that makes one ceremony differ from another.
fn digest(
    context: &[u8],
    from: Option<&GroupKey>,
    threshold: u16,
    invitations: &BTreeMap<u16, Invitation>,
) -> [u8; 64] {
    let mut transcript = Transcript::new(DOMAIN).with(b"plan").with(context);
    match from {
        Some(from) => {
            transcript = transcript
                .with(&from.public().0)
                .with_number(from.threshold());
            for (id, share) in from.verifying_shares() {
                transcript = transcript.with_number(*id).with(share);
            }
        }
        None => transcript = transcript.with(b"generation"),
    }
    transcript = transcript.with(b"receivers").with_number(threshold);
    for (id, invitation) in invitations {
        transcript = transcript.with_number(*id).with(&invitation.seal_key);
    }
    transcript.digest()
}
