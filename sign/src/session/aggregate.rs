//! From the shares of all signers to signatures.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use comity_core::basic::Signature;
use frost_ed25519::round2::SignatureShare;
use frost_ed25519::{CheaterDetection, Error, Identifier, SigningPackage, aggregate_custom};

use super::commitments::Commitments;
use super::{SHARE_OCTETS, SessionError};
use crate::deal::GroupKey;

/// The signatures over `messages`, in their order (RFC 9591 §5.3). `commitments`
/// and `shares` are those of all signers by their ids.
///
/// Each signature is verified by the strict rule. Shares are verified one by one
/// only where a signature fails.
///
/// # Errors
/// All who sent a wrong share for any of the messages are named. Of wrong
/// commitments or missing shares, the first signer is.
pub fn aggregate(
    group: &GroupKey,
    messages: &[Vec<u8>],
    commitments: &BTreeMap<u16, &[u8]>,
    shares: &BTreeMap<u16, &[u8]>,
) -> Result<Vec<Signature>, SessionError> {
    if let Some(&id) = shares.keys().find(|id| !commitments.contains_key(id)) {
        return Err(SessionError::Stranger { id });
    }
    if let Some(&culprit) = commitments.keys().find(|id| !shares.contains_key(id)) {
        return Err(SessionError::MissingShares { culprit });
    }
    let commitments = Commitments::check(group, messages.len(), commitments)?;
    let shares = Shares::new(shares)?;
    let mut culprits = shares.of_other_length(messages.len());
    let mut signatures = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        let package = commitments.package(index, message)?;
        match combine(group, &package, &shares.decode(index, &mut culprits)) {
            Combined::Signature(signature) if group.public().verifies(message, &signature) => {
                signatures.push(signature);
            }
            Combined::Wrong(liars) => {
                culprits.extend(liars.iter().filter_map(|liar| shares.id_of(liar)));
            }
            Combined::Signature(_) | Combined::Nothing => {
                return Err(SessionError::NoSignature { index });
            }
        }
    }
    if culprits.is_empty() {
        return Ok(signatures);
    }
    let culprits = culprits.into_iter().collect();
    Err(SessionError::BadShares { culprits })
}

/// What comes of the shares for one message.
enum Combined {
    Signature(Signature),
    /// Whose shares are wrong.
    Wrong(Vec<Identifier>),
    /// The commitments add up to the identity.
    Nothing,
}

fn combine(
    group: &GroupKey,
    package: &SigningPackage,
    shares: &BTreeMap<Identifier, SignatureShare>,
) -> Combined {
    let all = CheaterDetection::AllCheaters;
    match aggregate_custom(package, shares, group.package(), all) {
        Ok(signature) => match signature.serialize().map(TryInto::try_into) {
            Ok(Ok(octets)) => Combined::Signature(Signature(octets)),
            Ok(Err(_)) | Err(_) => Combined::Nothing,
        },
        Err(Error::InvalidSignatureShare { culprits }) => Combined::Wrong(culprits),
        Err(_) => Combined::Nothing,
    }
}

/// The shares of all signers of one batch.
struct Shares<'a> {
    by_signer: BTreeMap<Identifier, (u16, &'a [u8])>,
}

impl<'a> Shares<'a> {
    fn new(shares: &BTreeMap<u16, &'a [u8]>) -> Result<Self, SessionError> {
        let identify = |(&id, &octets): (&u16, &&'a [u8])| match Identifier::try_from(id) {
            Ok(identifier) => Ok((identifier, (id, octets))),
            Err(_) => Err(SessionError::Stranger { id }),
        };
        let by_signer = shares.iter().map(identify).collect::<Result<_, _>>()?;
        Ok(Self { by_signer })
    }

    /// Who did not send exactly one share for each of `count` messages.
    fn of_other_length(&self, count: usize) -> BTreeSet<u16> {
        let fits = |octets: &[u8]| count.checked_mul(SHARE_OCTETS) == Some(octets.len());
        let others = self.by_signer.values().filter(|(_, octets)| !fits(octets));
        others.map(|(id, _)| *id).collect()
    }

    /// The shares for one message. One that cannot be read makes its signer a
    /// culprit, and counts as zero so that the others' are judged all the same.
    fn decode(
        &self,
        index: usize,
        culprits: &mut BTreeSet<u16>,
    ) -> BTreeMap<Identifier, SignatureShare> {
        let mut decoded = BTreeMap::new();
        for (&identifier, (id, octets)) in &self.by_signer {
            let octets = octets
                .chunks_exact(SHARE_OCTETS)
                .nth(index)
                .unwrap_or_default();
            let share = SignatureShare::deserialize(octets).or_else(|_| {
                culprits.insert(*id);
                SignatureShare::deserialize(&[0; SHARE_OCTETS])
            });
            decoded.extend(share.ok().map(|share| (identifier, share)));
        }
        decoded
    }

    fn id_of(&self, identifier: &Identifier) -> Option<u16> {
        self.by_signer.get(identifier).map(|(id, _)| *id)
    }
}
