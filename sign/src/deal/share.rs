//! One participant's share of a zone key.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use comity_core::basic::PublicKey;
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::scalar::Scalar;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{GroupKey, check_shape};
use crate::group::{POINT_OCTETS, SCALAR_OCTETS, decode_scalar};
use crate::sealed::{Kind, Secret};

/// One participant's share, with the public key of the group. Wiped when
/// dropped.
///
/// ```compile_fail
/// fn copy(share: comity_sign::deal::Share) -> comity_sign::deal::Share {
///     share.clone()
/// }
/// ```
pub struct Share {
    id: u16,
    secret: Box<Zeroizing<Scalar>>,
    group: GroupKey,
}

impl ZeroizeOnDrop for Share {}

impl Share {
    pub(crate) fn new(id: u16, secret: Box<Zeroizing<Scalar>>, group: GroupKey) -> Self {
        Self { id, secret, group }
    }

    /// The key that this is a share of.
    pub fn group(&self) -> &GroupKey {
        &self.group
    }

    /// Whose share it is.
    pub fn id(&self) -> u16 {
        self.id
    }

    /// How many shares it takes to sign.
    pub fn threshold(&self) -> u16 {
        self.group.threshold()
    }

    pub(crate) fn secret(&self) -> &Zeroizing<Scalar> {
        &self.secret
    }
}

/// At rest: id (2), threshold (2), number of participants (2), the secret (32),
/// the public key (32), and for each participant its id (2) and verifying share
/// (32); numbers with the most significant octet first.
impl Secret for Share {
    const KIND: Kind = Kind::Share;

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let Self { id, secret, group } = self;
        let shares = group.verifying_shares();
        let length = 6 + SCALAR_OCTETS + POINT_OCTETS + shares.len() * (2 + POINT_OCTETS);
        // One allocation, so that no copy stays behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(length));
        // A group has 250 participants at most.
        for number in [*id, group.threshold(), shares.len() as u16] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        octets.extend_from_slice(secret.as_bytes());
        octets.extend_from_slice(&group.public().0);
        for (id, share) in shares {
            octets.extend_from_slice(&id.to_be_bytes());
            octets.extend_from_slice(share);
        }
        octets
    }

    /// Refuses a secret that does not belong to the verifying share of its id,
    /// and any other order or number of verifying shares.
    fn decode(octets: &[u8]) -> Option<Self> {
        let mut rest = octets;
        let id = take_number(&mut rest)?;
        let threshold = take_number(&mut rest)?;
        let participants = take_number(&mut rest)?;
        check_shape(participants, threshold).ok()?;
        let secret = take::<SCALAR_OCTETS>(&mut rest)?;
        let secret = Box::new(Zeroizing::new(decode_scalar(secret)?));
        let public = PublicKey(*take(&mut rest)?);
        let mut shares = BTreeMap::new();
        let mut last = 0;
        for _ in 0..participants {
            let id = take_number(&mut rest)?;
            if id <= last {
                return None;
            }
            last = id;
            shares.insert(id, *take(&mut rest)?);
        }
        if !rest.is_empty() {
            return None;
        }
        let group = GroupKey::from_parts(public, threshold, shares)?;
        let own = (ED25519_BASEPOINT_TABLE * &**secret).compress().to_bytes();
        (group.verifying_share(id) == Some(own)).then_some(Self { id, secret, group })
    }
}

fn take_number(rest: &mut &[u8]) -> Option<u16> {
    take(rest).map(|octets| u16::from_be_bytes(*octets))
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (octets, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(octets)
}
