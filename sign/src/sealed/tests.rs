//! What a sealed secret withstands.

use std::format;
use std::string::ToString as _;

use data_encoding::HEXLOWER;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::*;
use crate::identity::Identity;

/// Next to nothing, so that thousands of openings take no time.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};
const CONTEXT: &str = "member be";

fn sealed(cost: Cost) -> (Identity, Vec<u8>) {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let identity = Identity::generate(&mut rng);
    let sealed = seal(&identity, CONTEXT, &passphrase(), cost, &mut rng).unwrap();
    (identity, sealed)
}

fn passphrase() -> Passphrase {
    Passphrase::new(b"correct horse".as_slice())
}

fn reopen(sealed: &[u8]) -> Result<Identity, SealedError> {
    open(sealed, CONTEXT, &passphrase())
}

fn refusal(sealed: &[u8]) -> SealedError {
    reopen(sealed).err().unwrap()
}

#[test]
fn opens_to_the_same_secret() {
    for cost in [CHEAP, Cost::INTERACTIVE, Cost::PRODUCTION] {
        let (identity, sealed) = sealed(cost);
        assert_eq!(reopen(&sealed).unwrap().public(), identity.public());
    }
}

#[test]
fn refuses_another_passphrase() {
    let (_, sealed) = sealed(CHEAP);
    for other in ["correct hors", "correct horse ", "Correct horse"] {
        let opened = open::<Identity>(&sealed, CONTEXT, &Passphrase::new(other.as_bytes()));
        assert_eq!(opened.err().unwrap(), SealedError::WrongPassphrase);
    }
}

#[test]
fn refuses_another_label() {
    let (_, sealed) = sealed(CHEAP);
    let opened = open::<Identity>(&sealed, "member nl", &passphrase());
    let found = CONTEXT.to_string();
    assert_eq!(opened.err().unwrap(), SealedError::WrongContext { found });

    let opened = open::<crate::deal::Share>(&sealed, CONTEXT, &passphrase());
    let (expected, found) = (Kind::Share, Kind::Identity);
    assert_eq!(
        opened.err().unwrap(),
        SealedError::WrongKind { expected, found }
    );
}

#[test]
fn refuses_a_label_that_was_changed() {
    let (_, mut sealed) = sealed(CHEAP);
    let end = 18 + CONTEXT.len();
    sealed[18..end].copy_from_slice(b"member nl");
    let opened = open::<Identity>(&sealed, "member nl", &passphrase());
    assert_eq!(opened.err().unwrap(), SealedError::Altered);

    sealed[16] = 2;
    let opened = open::<crate::deal::Share>(&sealed, "member nl", &passphrase());
    assert_eq!(opened.err().unwrap(), SealedError::Altered);
}

#[test]
fn refuses_any_bit_that_was_changed() {
    let (_, sealed) = sealed(CHEAP);
    for position in 0..sealed.len() {
        for bit in 0..8 {
            let mut altered = sealed.clone();
            altered[position] ^= 1 << bit;
            assert!(reopen(&altered).is_err(), "octet {position}, bit {bit}");
        }
    }
}

#[test]
fn says_what_was_changed_where_it_can_be_told() {
    let (_, sealed) = sealed(CHEAP);
    let altered = |position: usize| {
        let mut altered = sealed.clone();
        altered[position] ^= 1;
        refusal(&altered)
    };
    let after_cost = 18 + CONTEXT.len() + 12;
    assert_eq!(altered(0), SealedError::NotSealed);
    assert_eq!(altered(15), SealedError::NotSealed);
    assert_eq!(altered(after_cost), SealedError::WrongPassphrase);
    assert_eq!(altered(after_cost + 16), SealedError::Altered);
    assert_eq!(altered(after_cost + 16 + 24), SealedError::WrongPassphrase);
    assert_eq!(altered(after_cost + 16 + 24 + 32), SealedError::Altered);
    assert_eq!(altered(sealed.len() - 1), SealedError::Altered);
}

#[test]
fn refuses_every_other_length() {
    let (_, sealed) = sealed(CHEAP);
    for octets in 0..sealed.len() {
        let error = refusal(&sealed[..octets]);
        match octets {
            0..16 => assert_eq!(error, SealedError::NotSealed),
            16..127 => assert_eq!(error, SealedError::Length { octets }),
            _ => assert_eq!(error, SealedError::Altered),
        }
    }
    let mut longer = sealed.clone();
    longer.push(0);
    assert_eq!(refusal(&longer), SealedError::Altered);
    longer.resize(SEALED_OCTETS_MAX + 1, 0);
    let octets = SEALED_OCTETS_MAX + 1;
    assert_eq!(refusal(&longer), SealedError::Length { octets });
}

#[test]
fn refuses_a_cost_out_of_bounds_before_it_is_spent() {
    let (_, sealed) = sealed(CHEAP);
    let at = 18 + CONTEXT.len();
    for (memory_kib, passes, lanes) in [
        (u32::MAX, 1, 1),
        (256 * 1024 + 1, 1, 1),
        (7, 1, 1),
        (0, 1, 1),
        (8, 0, 1),
        (8, 9, 1),
        (8, u32::MAX, 1),
        (8, 1, 0),
        (8, 1, 2),
        (64, 1, 5),
        (8, 1, u32::MAX),
    ] {
        let mut altered = sealed.clone();
        altered[at..at + 4].copy_from_slice(&memory_kib.to_be_bytes());
        altered[at + 4..at + 8].copy_from_slice(&passes.to_be_bytes());
        altered[at + 8..at + 12].copy_from_slice(&lanes.to_be_bytes());
        let cost = Cost {
            memory_kib,
            passes,
            lanes,
        };
        assert_eq!(refusal(&altered), SealedError::Cost { cost });
    }
}

#[test]
fn refuses_what_opens_to_no_secret() {
    struct Odd;
    impl Secret for Odd {
        const KIND: Kind = Kind::Identity;
        fn encode(&self) -> Zeroizing<Vec<u8>> {
            Zeroizing::new([7; 33].to_vec())
        }
        fn decode(_: &[u8]) -> Option<Self> {
            None
        }
    }
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let sealed = seal(&Odd, CONTEXT, &passphrase(), CHEAP, &mut rng).unwrap();
    let kind = Kind::Identity;
    assert_eq!(refusal(&sealed), SealedError::BadSecret { kind });
}

#[test]
fn refuses_to_seal_under_nothing_or_for_too_long_a_context() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let identity = Identity::generate(&mut rng);
    let empty = Passphrase::new(Vec::new());
    let outcome = seal(&identity, CONTEXT, &empty, CHEAP, &mut rng);
    assert_eq!(outcome, Err(SealedError::EmptyPassphrase));

    let longest = "x".repeat(CONTEXT_OCTETS_MAX);
    let sealed = seal(&identity, &longest, &passphrase(), CHEAP, &mut rng).unwrap();
    assert!(open::<Identity>(&sealed, &longest, &passphrase()).is_ok());
    let outcome = seal(
        &identity,
        &format!("{longest}x"),
        &passphrase(),
        CHEAP,
        &mut rng,
    );
    assert_eq!(outcome, Err(SealedError::LongContext { octets: 256 }));
}

#[test]
fn never_seals_twice_alike() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let identity = Identity::generate(&mut rng);
    let mut once = || seal(&identity, CONTEXT, &passphrase(), CHEAP, &mut rng).unwrap();
    let (one, other) = (once(), once());
    let random = 18 + CONTEXT.len() + 12;
    assert_eq!(one[..random], other[..random]);
    assert_ne!(one[random..random + 16], other[random..random + 16]);
    assert_ne!(
        one[random + 16..random + 40],
        other[random + 16..random + 40]
    );
}

#[test]
fn argon2id_is_the_published_one() {
    // From the test program of Argon2's authors: 64 MiB, two passes, one lane.
    let params = argon2::Params::new(65536, 2, 1, Some(32)).unwrap();
    let mut output = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(b"password", b"somesalt", &mut output)
        .unwrap();
    let expected = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
    assert_eq!(HEXLOWER.encode(&output), expected);
}
