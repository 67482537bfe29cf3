//! Dealings and complaints are what docs/formats.md says, by its words alone.

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT as B;
use curve25519_dalek::montgomery::MontgomeryPoint;
use sha2::{Digest as _, Sha512};

use super::table::{NEXT, Table};
use super::*;
use crate::group::{decode_point, decode_scalar};

/// H(domain, parts…).
fn hash(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn scalar(parts: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&hash(parts))
}

fn lift(key: &[u8]) -> EdwardsPoint {
    MontgomeryPoint(key.try_into().unwrap())
        .to_edwards(0)
        .unwrap()
}

/// The digest of the plan.
fn plan_digest(from: &GroupKey, threshold: u16, invitations: &[(u16, [u8; 32])]) -> [u8; 64] {
    let mut parts: Vec<Vec<u8>> = vec![
        b"comity redistribution v1".to_vec(),
        b"plan".to_vec(),
        NEXT.to_vec(),
        from.public().0.to_vec(),
        from.threshold().to_be_bytes().to_vec(),
    ];
    for id in from.participants() {
        parts.push(id.to_be_bytes().to_vec());
        parts.push(from.verifying_share(id).unwrap().to_vec());
    }
    parts.push(b"receivers".to_vec());
    parts.push(threshold.to_be_bytes().to_vec());
    for (id, key) in invitations {
        parts.push(id.to_be_bytes().to_vec());
        parts.push(key.to_vec());
    }
    hash(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn a_dealing_is_proved_by_what_is_written() {
    let old = shares(3, 2, 95);
    let mut table = Table::new(old[0].group(), 2, &[4, 9], 96);
    let keys = [4, 9].map(|id| (id, *table.invited[&id].pair.public().octets()));
    let digest = plan_digest(old[0].group(), 2, &keys);
    let dealing = table.deal(&[&old[2]]).remove(&3).unwrap();
    let (before, proof) = dealing.package.split_at(2 * 32 + 32);
    let proof: Vec<Scalar> = proof
        .chunks(32)
        .map(|octets| decode_scalar(octets).unwrap())
        .collect();
    let [c, z1, z2] = proof[..] else {
        panic!("three scalars");
    };
    let share = decode_point(&before[..32]).unwrap();
    let key = lift(&before[64..]);
    let points = [B * z1 - share * c, B * z2 - key * c].map(|point| point.compress().0);
    let expected = scalar(&[
        b"comity redistribution v1",
        b"dealing",
        &digest,
        &[0, 3],
        before,
        &[0, 4],
        &dealing.sealed[&4],
        &[0, 9],
        &dealing.sealed[&9],
        &points[0],
        &points[1],
    ]);
    assert_eq!(c, expected);
}

#[test]
fn a_complaint_is_proved_by_what_is_written() {
    let old = shares(3, 2, 97);
    let mut table = Table::new(old[0].group(), 2, &[4, 9], 98);
    let keys = [4, 9].map(|id| (id, *table.invited[&id].pair.public().octets()));
    let digest = plan_digest(old[0].group(), 2, &keys);
    let dealings = table.deal(&[&old[2]]);
    let gathered = table.plan.gather(&dealings);
    let sealed = gathered.share(3, 9).unwrap();
    let octets = sealed
        .complain(&table.invited[&9].pair, &mut seeded(99))
        .encode();
    assert_eq!(octets[..4], [0, 3, 0, 9]);
    let shared = decode_point(&octets[4..36]).unwrap();
    let (c, z) = (
        decode_scalar(&octets[36..68]).unwrap(),
        decode_scalar(&octets[68..]).unwrap(),
    );
    let (receiver, dealer) = (keys[1].1, &dealings[&3].package[64..96]);
    let points = [B * z - lift(&receiver) * c, lift(dealer) * z - shared * c]
        .map(|point| point.compress().0);
    let info = [b"comity-redistribute-v1", &digest[..], &[0, 3, 0, 9]].concat();
    let expected = scalar(&[
        b"comity complaint v1",
        &info,
        b"",
        &[0, 3],
        &[0, 9],
        &receiver,
        dealer,
        &dealings[&3].sealed[&9],
        &octets[4..36],
        &points[0],
        &points[1],
    ]);
    assert_eq!(c, expected);
}
