//! From the shares of all signers to signatures; and whether one signer's shares
//! are right, which anybody can tell.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use comity_core::basic::Signature;
use frost_core::verify_signature_share;
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

/// Whether `shares` are those that signer `id` owes for `messages`, where the
/// signers committed to `commitments`: each is what the signer's verifying share
/// says. What is needed to tell is public, so that a wrong share under its
/// signer's name proves what the signer did.
///
/// # Errors
/// [`SessionError::BadShares`] names the signer. Anything else says nothing
/// against it: these commitments are not such that shares could be right.
pub fn check_shares(
    group: &GroupKey,
    messages: &[Vec<u8>],
    commitments: &BTreeMap<u16, &[u8]>,
    id: u16,
    shares: &[u8],
) -> Result<(), SessionError> {
    let stranger = SessionError::Stranger { id };
    if !commitments.contains_key(&id) {
        return Err(stranger);
    }
    let commitments = Commitments::check(group, messages.len(), commitments)?;
    let identifier = Identifier::try_from(id).map_err(|_| stranger.clone())?;
    let verifying_shares = group.package().verifying_shares();
    let verifying_share = verifying_shares.get(&identifier).ok_or(stranger)?;
    let wrong = || SessionError::BadShares {
        culprits: [id].into(),
    };
    if messages.len().checked_mul(SHARE_OCTETS) != Some(shares.len()) {
        return Err(wrong());
    }
    let shares = shares.chunks_exact(SHARE_OCTETS);
    for (index, (message, octets)) in messages.iter().zip(shares).enumerate() {
        let package = commitments.package(index, message)?;
        let share = SignatureShare::deserialize(octets).map_err(|_| wrong())?;
        let key = group.package().verifying_key();
        verify_signature_share(identifier, verifying_share, &share, &package, key).map_err(
            |error| match error {
                Error::InvalidSignatureShare { .. } => wrong(),
                _ => SessionError::NoSignature { index },
            },
        )?;
    }
    Ok(())
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
