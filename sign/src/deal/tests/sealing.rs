//! Sealing is HPKE's, octet for octet, whoever holds what of it.

use data_encoding::HEXLOWER;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as _, OpModeR, Serializable as _};
use rand_core::RngCore as _;

use super::table::Table;
use super::*;
use crate::deal::schedule::{Agreed, Schedule};

fn hex<const N: usize>(text: &str) -> [u8; N] {
    let octets = HEXLOWER.decode(text.as_bytes()).unwrap();
    octets.try_into().unwrap()
}

#[test]
fn opens_and_seals_as_rfc_9180_says() {
    // Appendix A.2.1.
    let secret = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
    let receiver = hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    let encapsulated = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let sealed: [u8; 45] = hex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c\
         8b60b4db21993c62ce81883d2dd1b51a28");
    let (message, aad) = (b"Beauty is truth, truth beauty", b"Count-0");
    let shared = curve25519_dalek::montgomery::MontgomeryPoint(encapsulated).mul_clamped(secret);
    let agreed = Agreed {
        shared: &shared.0,
        encapsulated: &encapsulated,
        receiver: &receiver,
    };
    let schedule = Schedule::new(&agreed, b"Ode on a Grecian Urn").unwrap();
    assert_eq!(schedule.open(&sealed, aad).unwrap()[..], message[..]);
    assert_eq!(schedule.seal(message, aad).unwrap(), sealed);
    assert!(schedule.open(&sealed, b"Count-1").is_none());
    assert!(schedule.open(&sealed[..15], aad).is_none());
    let schedule = Schedule::new(&agreed, b"Ode on a Grecian").unwrap();
    assert!(schedule.open(&sealed, aad).is_none());
}

#[test]
fn the_library_opens_what_a_dealer_sealed() {
    // A receiver whose key the library made, from the same octets as ours would be.
    type Suite = X25519HkdfSha256;
    let old = shares(3, 2, 80);
    for seed in 0..8 {
        let mut table = Table::new(old[0].group(), 2, &[1, 2], seed);
        let mut material = [0; 32];
        seeded(seed).fill_bytes(&mut material);
        let (secret, public) = Suite::derive_keypair(&material);
        let seal_key: [u8; 32] = public.to_bytes().into();
        assert_eq!(seal_key, *table.invited[&1].pair.public().octets());
        let dealing = table.deal(&[&old[0]]).remove(&1).unwrap();
        let key = <Suite as hpke::Kem>::EncappedKey::from_bytes(&dealing.package[64..96]);
        let label = label(table.plan.digest(), 1, 1);
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(
            &OpModeR::Base,
            &secret,
            &key.unwrap(),
            &[b"comity-redistribute-v1", label.as_slice()].concat(),
            &dealing.sealed[&1],
            b"",
        )
        .unwrap();
        let gathered = table.plan.gather(&[(1, dealing)].into());
        let share = gathered.share(1, 1).unwrap();
        let ours = share.receive(&table.invited[&1].pair).unwrap();
        assert_eq!(ours.as_bytes()[..], opened);
    }
}

#[test]
fn both_sides_agree_on_what_x25519_gives() {
    for seed in 0..16 {
        let mut rng = seeded(seed);
        let (one, other) = (SealPair::generate(&mut rng), SealPair::generate(&mut rng));
        assert_eq!(one.public().lift(), &EdwardsPoint::mul_base(one.secret()));
        assert_eq!(one.public().lift().compress().0[31] & 0x80, 0, "even x");
        let (ours, theirs) = (one.agree(other.public()), other.agree(one.public()));
        assert_eq!(ours.point(), theirs.point());
        let mut material = [0; 32];
        seeded(seed).fill_bytes(&mut material);
        let secret = X25519HkdfSha256::derive_keypair(&material).0.to_bytes();
        let theirs = curve25519_dalek::montgomery::MontgomeryPoint(*other.public().octets())
            .mul_clamped(secret.into());
        assert_eq!(ours.point().to_montgomery(), theirs);
    }
}

#[test]
fn seal_keys_have_one_encoding() {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    for octet in 0xed..=0xff {
        prime[0] = octet;
        assert!(SealKey::decode(&prime).is_none());
    }
    // The largest below it that is of the prime-order group; the others are of the
    // twist, or of another order.
    let largest = (0..=0xec).rev().find(|octet| {
        prime[0] = *octet;
        SealKey::decode(&prime).is_some()
    });
    assert_eq!(largest, Some(0xdd));
    assert!(SealKey::decode(&[0x80; 32]).is_none());
}

#[test]
fn seal_keys_are_not_of_small_order() {
    // The u-coordinates below 2^255-19 of the curve's and its twist's points of
    // order 1, 2, 4 and 8.
    for key in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        let key = data_encoding::HEXLOWER.decode(key.as_bytes()).unwrap();
        assert!(SealKey::decode(&key.try_into().unwrap()).is_none());
    }
    assert!(SealKey::decode(SealPair::generate(&mut seeded(17)).public().octets()).is_some());
}
