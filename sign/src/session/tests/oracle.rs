//! `frost-ed25519` as the oracle: the same nonces, commitments, shares and
//! signatures, octet for octet, and the same judgement of wrong shares.

use frost_core::round1::Nonce;
use frost_core::verify_signature_share;
use frost_ed25519::keys::{
    KeyPackage, PublicKeyPackage, SigningShare, VerifyingShare as OracleShare,
};
use frost_ed25519::round1::{SigningCommitments, SigningNonces};
use frost_ed25519::round2::{self, SignatureShare};
use frost_ed25519::{Ed25519Sha512, Identifier, SigningPackage, VerifyingKey};

use super::*;

type Oracle<T> = BTreeMap<Identifier, T>;

fn identifier(id: u16) -> Identifier {
    id.try_into().unwrap()
}

fn key_package(share: &Share) -> KeyPackage {
    let group = share.group();
    KeyPackage::new(
        identifier(share.id()),
        SigningShare::deserialize(share.secret().as_bytes()).unwrap(),
        OracleShare::deserialize(&group.verifying_share(share.id()).unwrap()).unwrap(),
        VerifyingKey::deserialize(&group.public().0).unwrap(),
        group.threshold(),
    )
}

fn public_package(group: &GroupKey) -> PublicKeyPackage {
    let shares = group.participants().map(|id| {
        let octets = group.verifying_share(id).unwrap();
        (identifier(id), OracleShare::deserialize(&octets).unwrap())
    });
    let key = VerifyingKey::deserialize(&group.public().0).unwrap();
    PublicKeyPackage::new(shares.collect(), key, Some(group.threshold()))
}

/// The nonces for one message as the oracle takes them.
fn pair(nonces: &Nonces, index: usize) -> SigningNonces {
    let scalar = |scalar: &Scalar| Nonce::<Ed25519Sha512>::deserialize(scalar.as_bytes()).unwrap();
    let [hiding, binding] = &nonces.pairs[index];
    SigningNonces::from_nonces(scalar(hiding), scalar(binding))
}

#[test]
fn signs_as_frost_ed25519_does() {
    for (n, t, signers, count) in [
        (2, 2, &[1, 2][..], 3),
        (5, 3, &[1, 3, 4], 4),
        (5, 3, &[1, 2, 3, 4, 5], 2),
        (21, 11, &[2, 3, 5, 7, 8, 11, 13, 16, 17, 19, 21], 3),
        // So many points that their order is told by sums.
        (7, 4, &[1, 2, 6, 7], 60),
    ] {
        let shares = shares(n, t, 40 + u64::from(n));
        let by_id = |id: &u16| &shares[usize::from(*id) - 1];
        let signers: Vec<&Share> = signers.iter().map(by_id).collect();
        signs_alike(&signers, &messages(count), 0);
    }
}

#[test]
fn signs_as_frost_ed25519_does_whatever_the_sizes() {
    let mut rng = seeded(45);
    let mut below = |bound: u16| u16::try_from(rng.next_u32() % u32::from(bound)).unwrap();
    for seed in 0..24 {
        let n = 2 + below(9);
        let t = n / 2 + 1 + below(n - n / 2);
        let shares = shares(n, t, 400 + seed);
        let mut signers: Vec<&Share> = shares.iter().collect();
        while signers.len() > t.into() && below(3) > 0 {
            let place = below(u16::try_from(signers.len()).unwrap());
            signers.remove(place.into());
        }
        let count = 2 + below(18);
        let mut octet = || below(256).to_le_bytes()[0];
        let messages: Vec<Vec<u8>> = (0..count)
            .map(|_| (0..octet()).map(|_| octet()).collect())
            .collect();
        let ahead = below(1 << signers.len().min(15));
        signs_alike(&signers, &messages, ahead);
    }
}

/// Shares and signatures are those of the oracle, octet for octet, and whose
/// shares are wrong; where the commitments of some of the signers, by the bits of
/// `ahead`, are checked ahead.
fn signs_alike(signers: &[&Share], messages: &[Vec<u8>], ahead: u16) {
    let (mut nonces, commitments) = commit_all(signers, messages.len(), 41);
    let (packages, expected) = oracle_signs(signers, messages, &nonces);
    let checked: Vec<_> = commitments
        .iter()
        .map(|(id, octets)| (*id, check_commitments(*id, messages.len(), octets).unwrap()))
        .collect();
    let ahead = checked
        .iter()
        .zip(0..)
        .filter(|(_, bit)| ahead >> bit & 1 == 1);
    let batch = Batch {
        messages,
        commitments: &commitments,
        ahead: ahead.map(|((id, checked), _)| (*id, checked)).collect(),
    };
    let mut released = BySigner::new();
    for share in signers {
        let nonces = nonces.remove(&share.id()).unwrap();
        released.insert(share.id(), nonces.sign(share, &batch).unwrap());
    }
    assert_eq!(released, expected);

    let group = signers[0].group();
    let signatures = aggregate(group, &batch, &slices(&released)).unwrap();
    assert_eq!(signatures.len(), messages.len());
    for (index, signature) in signatures.iter().enumerate() {
        let sent: Oracle<SignatureShare> = released
            .iter()
            .map(|(id, octets)| {
                let octets = &octets[index * 32..][..32];
                let share = SignatureShare::deserialize(octets).unwrap();
                (identifier(*id), share)
            })
            .collect();
        let joined =
            frost_ed25519::aggregate(&packages[index], &sent, &public_package(group)).unwrap();
        assert_eq!(joined.serialize().unwrap(), signature.0);
    }
    judges_alike(group, &batch, &packages, &released);
}

/// What the oracle makes of the same nonces: its packages, and all shares.
fn oracle_signs(
    signers: &[&Share],
    messages: &[Vec<u8>],
    nonces: &BTreeMap<u16, Nonces>,
) -> (Vec<SigningPackage>, BySigner) {
    let keys = signers.iter().map(|share| (share.id(), key_package(share)));
    let keys: BTreeMap<u16, KeyPackage> = keys.collect();
    let empty = keys.keys().map(|id| (*id, Vec::new()));
    let (mut packages, mut shares) = (Vec::new(), BySigner::from_iter(empty));
    for (index, message) in messages.iter().enumerate() {
        let pairs = nonces.iter().map(|(id, made)| (*id, pair(made, index)));
        let pairs: BTreeMap<u16, SigningNonces> = pairs.collect();
        let round1 = pairs
            .iter()
            .map(|(id, pair)| (identifier(*id), *pair.commitments()));
        let round1: Oracle<SigningCommitments> = round1.collect();
        let package = SigningPackage::new(round1, message);
        for (id, octets) in &mut shares {
            let signed = round2::sign(&package, &pairs[id], &keys[id]);
            octets.extend(signed.unwrap().serialize());
        }
        packages.push(package);
    }
    (packages, shares)
}

/// A share is right or wrong for both.
fn judges_alike(
    group: &GroupKey,
    batch: &Batch<'_>,
    packages: &[SigningPackage],
    released: &BySigner,
) {
    let public = public_package(group);
    for (id, octets) in released {
        for flipped in [None, Some(0), Some(33)] {
            let mut octets = octets.clone();
            if let Some(place) = flipped {
                octets[place] ^= 1;
            }
            let alone = BTreeMap::from([(*id, octets.as_slice())]);
            let ours = wrong_shares(group, batch, &alone);
            let ours = ours.unwrap().is_empty();
            let oracle = packages
                .iter()
                .zip(octets.chunks_exact(32))
                .all(|(package, octets)| {
                    let share = SignatureShare::deserialize(octets).unwrap();
                    let (id, key) = (identifier(*id), public.verifying_key());
                    verify_signature_share(
                        id,
                        &public.verifying_shares()[&id],
                        &share,
                        package,
                        key,
                    )
                    .is_ok()
                });
            assert_eq!((ours, oracle), (flipped.is_none(), flipped.is_none()));
        }
    }
}

#[test]
fn a_bad_point_among_many_is_named() {
    let shares = shares(5, 3, 42);
    let signers = [&shares[0], &shares[2], &shares[3]];
    let messages = messages(120);
    let mixed = (ED25519_BASEPOINT_POINT + EIGHT_TORSION[4]).compress().0;
    for (culprit, index) in [(1, 0), (3, 57), (4, 119)] {
        let (mut nonces, mut commitments) = commit_all(&signers, 120, 43);
        let place = index * COMMITMENT_OCTETS + 32;
        commitments.get_mut(&culprit).unwrap()[place..][..32].copy_from_slice(&mixed);
        let expected = SessionError::BadCommitment { culprit, index };
        let octets = &commitments[&culprit];
        let ahead = check_commitments(culprit, 120, octets).map(drop);
        assert_eq!(ahead, Err(expected.clone()));
        let by = if culprit == 1 { 3 } else { 1 };
        let nonces = nonces.remove(&by).unwrap();
        let share = &shares[usize::from(by) - 1];
        let outcome = nonces.sign(share, &batch(&messages, &commitments));
        assert_eq!(outcome, Err(expected));
    }
}
