//! What a session signs, and whom it names when it cannot.

use std::boxed::Box;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::vec;

use comity_core::basic::Signature;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;

use super::*;
use crate::deal::GroupKey;
use crate::deal::tests::{redistributed, seeded, shares};

mod ahead;
mod combination;
mod forgery;
mod golden;
mod leaks;
mod oracle;

type BySigner = BTreeMap<u16, Vec<u8>>;

pub(crate) fn messages(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|index| vec![index as u8; 40 + index])
        .collect()
}

fn slices(by_signer: &BySigner) -> BTreeMap<u16, &[u8]> {
    by_signer
        .iter()
        .map(|(id, octets)| (*id, octets.as_slice()))
        .collect()
}

/// With nothing checked ahead.
fn batch<'a>(messages: &'a [Vec<u8>], commitments: &'a BySigner) -> Batch<'a> {
    Batch {
        messages,
        commitments,
        ahead: Ahead::new(),
    }
}

fn commit_all(shares: &[&Share], count: usize, seed: u64) -> (BTreeMap<u16, Nonces>, BySigner) {
    let mut rng = seeded(seed);
    let made = shares
        .iter()
        .map(|share| (share.id(), commit(share, count, &mut rng)));
    let (mut nonces, mut commitments) = (BTreeMap::new(), BTreeMap::new());
    for (id, (nonce, commitment)) in made {
        nonces.insert(id, nonce);
        commitments.insert(id, commitment);
    }
    (nonces, commitments)
}

/// The commitments and shares of honest signers.
fn signed(signers: &[&Share], messages: &[Vec<u8>]) -> Result<(BySigner, BySigner), SessionError> {
    let (mut nonces, commitments) = commit_all(signers, messages.len(), 20);
    let mut released = BySigner::new();
    for share in signers {
        let nonces = nonces.remove(&share.id()).unwrap();
        let octets = nonces.sign(share, &batch(messages, &commitments))?;
        released.insert(share.id(), octets);
    }
    Ok((commitments, released))
}

pub(crate) fn sign(
    signers: &[&Share],
    messages: &[Vec<u8>],
) -> Result<Vec<Signature>, SessionError> {
    let (commitments, released) = signed(signers, messages)?;
    let batch = batch(messages, &commitments);
    aggregate(signers[0].group(), &batch, &slices(&released))
}

/// How aggregation ends after `change` to the shares that three of five sent.
fn aggregate_after(change: impl Fn(&mut BySigner)) -> Result<Vec<Signature>, SessionError> {
    let (shares, messages) = (shares(5, 3, 21), messages(4));
    let signers = [&shares[0], &shares[2], &shares[3]];
    let (commitments, mut released) = signed(&signers, &messages).unwrap();
    change(&mut released);
    let batch = batch(&messages, &commitments);
    aggregate(shares[0].group(), &batch, &slices(&released))
}

/// How signer 1's release ends after `change` to the commitments it is shown.
fn release_after(change: impl Fn(&mut BySigner)) -> Result<Vec<u8>, SessionError> {
    let shares = shares(5, 3, 22);
    let signers = [&shares[0], &shares[1], &shares[2]];
    let (mut nonces, mut commitments) = commit_all(&signers, 3, 23);
    change(&mut commitments);
    let nonces = nonces.remove(&1).unwrap();
    nonces.sign(&shares[0], &batch(&messages(3), &commitments))
}

#[test]
fn a_threshold_of_any_signers_signs_and_fewer_do_not() {
    for (n, t) in [(3, 2), (5, 3), (7, 4)] {
        let shares = shares(n, t, n.into());
        let public = shares[0].group().public();
        let messages = messages(2);
        for chosen in 1_u32..1 << n {
            let is_chosen = |share: &&Share| chosen >> (share.id() - 1) & 1 == 1;
            let signers: Vec<&Share> = shares.iter().filter(is_chosen).collect();
            let outcome = sign(&signers, &messages);
            if signers.len() < t.into() {
                let (threshold, signers) = (t, signers.len());
                let expected = SessionError::TooFewSigners { threshold, signers };
                assert_eq!(outcome, Err(expected));
                continue;
            }
            let signatures = outcome.unwrap();
            assert_eq!(signatures.len(), messages.len());
            for (message, signature) in messages.iter().zip(&signatures) {
                assert!(public.verifies(message, signature));
            }
        }
    }
}

#[test]
fn fewer_than_the_threshold_sign_nothing_though_they_ignore_it() {
    let shares = shares(5, 3, 24);
    // The same shares under a group that asks for two signers only.
    let weak: Vec<Share> = shares.iter().map(|share| weakened(share, 2)).collect();
    let (commitments, released) = signed(&[&weak[0], &weak[1]], &messages(1)).unwrap();
    let messages = messages(1);
    let batch = batch(&messages, &commitments);
    let outcome = aggregate(weak[0].group(), &batch, &slices(&released));
    assert_eq!(outcome, Err(SessionError::NoSignature { index: 0 }));
}

fn weakened(share: &Share, threshold: u16) -> Share {
    let group = share.group();
    let verifying = group
        .participants()
        .map(|id| (id, group.verifying_share(id).unwrap()));
    let weak = GroupKey::from_parts(group.public(), threshold, verifying.collect()).unwrap();
    Share::new(share.id(), Box::new(share.secret().clone()), weak)
}

#[test]
fn an_empty_batch_is_signed_by_nothing() {
    let shares = shares(3, 2, 25);
    assert_eq!(sign(&[&shares[0], &shares[1]], &[]), Ok(vec![]));
}

#[test]
fn names_every_signer_that_sent_a_wrong_share() {
    assert_eq!(aggregate_after(|_| ()).unwrap().len(), 4);
    let bad = |culprits: &[u16]| {
        Err(SessionError::BadShares {
            culprits: culprits.to_vec(),
        })
    };
    // One liar, several, and liars about different messages.
    assert_eq!(
        aggregate_after(|sent| sent.get_mut(&3).unwrap()[0] ^= 1),
        bad(&[3])
    );
    let outcome = aggregate_after(|sent| {
        sent.get_mut(&1).unwrap()[96] ^= 1;
        sent.get_mut(&4).unwrap()[96] ^= 1;
    });
    assert_eq!(outcome, bad(&[1, 4]));
    let outcome = aggregate_after(|sent| {
        sent.get_mut(&4).unwrap()[0] ^= 1;
        sent.get_mut(&3).unwrap()[127 - 31] ^= 1;
    });
    assert_eq!(outcome, bad(&[3, 4]));
    // What is no scalar, and other lengths, beside a share that is merely wrong.
    let outcome = aggregate_after(|sent| {
        sent.get_mut(&1).unwrap()[32..64].fill(0xff);
        sent.get_mut(&3).unwrap().truncate(127);
        sent.get_mut(&4).unwrap()[64] ^= 1;
    });
    assert_eq!(outcome, bad(&[1, 3, 4]));
    assert_eq!(
        aggregate_after(|sent| sent.get_mut(&3).unwrap().push(0)),
        bad(&[3])
    );
    assert_eq!(
        aggregate_after(|sent| sent.get_mut(&3).unwrap().clear()),
        bad(&[3])
    );
    // Shares for the same messages in another order.
    let outcome = aggregate_after(|sent| sent.get_mut(&3).unwrap().rotate_left(32));
    assert_eq!(outcome, bad(&[3]));
}

#[test]
fn a_share_that_is_not_reduced_is_wrong_though_it_is_congruent() {
    let order_minus_one = (-Scalar::ONE).to_bytes();
    let outcome = aggregate_after(|sent| {
        let share = &mut sent.get_mut(&3).unwrap()[32..64];
        let mut carry = 1;
        for (octet, of_order) in share.iter_mut().zip(order_minus_one) {
            carry += u16::from(*octet) + u16::from(of_order);
            *octet = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert_eq!(carry, 0);
    });
    let culprits = [3].into();
    assert_eq!(outcome, Err(SessionError::BadShares { culprits }));
}

#[test]
fn wrong_shares_that_cancel_each_other_do_no_harm() {
    let outcome = aggregate_after(|sent| {
        for (id, error) in [(1, Scalar::ONE), (3, -Scalar::ONE)] {
            let share = &mut sent.get_mut(&id).unwrap()[..32];
            let scalar = crate::group::decode_scalar(share).unwrap() + error;
            share.copy_from_slice(scalar.as_bytes());
        }
    });
    assert!(outcome.is_ok(), "the sum is the same signature");
}

#[test]
fn refuses_shares_of_other_signers_than_those_who_committed() {
    assert_eq!(
        aggregate_after(|sent| drop(sent.remove(&3))),
        Err(SessionError::MissingShares { culprit: 3 })
    );
    assert_eq!(
        aggregate_after(|sent| drop(sent.insert(2, vec![0; 128]))),
        Err(SessionError::Stranger { id: 2 })
    );
}

#[test]
fn releases_nothing_for_changed_commitments_of_its_own() {
    for change in [
        |octets: &mut Vec<u8>| octets[0] ^= 1,
        |octets: &mut Vec<u8>| octets.rotate_left(64),
        |octets: &mut Vec<u8>| octets[..64].rotate_left(32),
        |octets: &mut Vec<u8>| octets.truncate(128),
    ] {
        let outcome = release_after(|shown| change(shown.get_mut(&1).unwrap()));
        assert_eq!(outcome, Err(SessionError::OwnCommitmentsDiffer));
    }
    let outcome = release_after(|shown| drop(shown.remove(&1)));
    assert_eq!(outcome, Err(SessionError::OwnCommitmentsDiffer));
    let swapped = release_after(|shown| {
        let (one, two) = (shown[&1].clone(), shown[&2].clone());
        shown.insert(1, two);
        shown.insert(2, one);
    });
    assert_eq!(swapped, Err(SessionError::OwnCommitmentsDiffer));
}

#[test]
fn releases_nothing_for_bad_commitments_of_others() {
    assert_eq!(release_after(|_| ()).unwrap().len(), 96);
    let refusal = |change: &dyn Fn(&mut Vec<u8>)| {
        release_after(|shown| change(shown.get_mut(&3).unwrap())).unwrap_err()
    };
    let mixed_order = (ED25519_BASEPOINT_POINT + EIGHT_TORSION[1])
        .compress()
        .to_bytes();
    let identity = EIGHT_TORSION[0].compress().to_bytes();
    for point in [
        identity,
        mixed_order,
        EIGHT_TORSION[4].compress().to_bytes(),
        [0xff; 32],
    ] {
        for (place, index) in [(64, 1), (96, 1), (160, 2)] {
            let error = refusal(&|octets| octets[place..place + 32].copy_from_slice(&point));
            assert_eq!(error, SessionError::BadCommitment { culprit: 3, index });
        }
    }
    for length in [0, 191, 193, 256] {
        let error = refusal(&|octets| octets.resize(length, 0));
        assert_eq!(
            error,
            SessionError::CommitmentsLength {
                culprit: 3,
                octets: length
            }
        );
    }
    for (from, to, index) in [(0, 64, 1), (0, 32, 0), (32, 128, 2)] {
        let error = refusal(&|octets| octets.copy_within(from..from + 32, to));
        assert_eq!(
            error,
            SessionError::RepeatedCommitment { culprit: 3, index }
        );
    }
    for id in [0, 6] {
        let outcome = release_after(|shown| drop(shown.insert(id, vec![0; 192])));
        assert_eq!(outcome, Err(SessionError::Stranger { id }));
    }
    let outcome = release_after(|shown| drop(shown.remove(&3)));
    let expected = SessionError::TooFewSigners {
        threshold: 3,
        signers: 2,
    };
    assert_eq!(outcome, Err(expected));
}

#[test]
fn bad_commitments_can_be_told_ahead_of_the_session() {
    let shares = shares(3, 2, 26);
    let (_, good) = commit(&shares[0], 3, &mut seeded(27));
    let check = |count, octets: &[u8]| check_commitments(1, count, octets).map(drop);
    assert_eq!(check(3, &good), Ok(()));
    let octets = good.len();
    let expected = SessionError::CommitmentsLength { culprit: 1, octets };
    assert_eq!(check(2, &good), Err(expected.clone()));
    assert_eq!(check(usize::MAX, &good), Err(expected));
    let mut bad = good.clone();
    bad[160..].fill(0);
    let expected = SessionError::BadCommitment {
        culprit: 1,
        index: 2,
    };
    assert_eq!(check(3, &bad), Err(expected));
}

#[test]
fn nonces_serve_only_the_share_and_the_number_of_messages_they_were_made_for() {
    let (ours, others) = (shares(3, 2, 28), shares(3, 2, 29));
    let signers = [&ours[0], &ours[1]];
    for (share, count, expected) in [
        (&ours[1], 3, SessionError::WrongShare),
        (&others[0], 3, SessionError::WrongShare),
        (
            &ours[0],
            2,
            SessionError::Messages {
                expected: 3,
                found: 2,
            },
        ),
        (
            &ours[0],
            4,
            SessionError::Messages {
                expected: 3,
                found: 4,
            },
        ),
    ] {
        let (mut nonces, commitments) = commit_all(&signers, 3, 30);
        let nonces = nonces.remove(&1).unwrap();
        let outcome = nonces.sign(share, &batch(&messages(count), &commitments));
        assert_eq!(outcome, Err(expected));
    }
}

#[test]
fn nonces_of_one_epoch_serve_no_share_of_another_epoch_of_the_same_key() {
    let old = shares(3, 2, 38);
    let new = redistributed(&old, &[1, 2, 3], 39);
    assert_eq!(new[0].group().public(), old[0].group().public());
    for (made_with, signed_with) in [(&old, &new), (&new, &old)] {
        let signers = [&made_with[0], &made_with[1]];
        let (mut nonces, commitments) = commit_all(&signers, 2, 30);
        let nonces = nonces.remove(&1).unwrap();
        let outcome = nonces.sign(&signed_with[0], &batch(&messages(2), &commitments));
        assert_eq!(outcome, Err(SessionError::WrongShare));
    }
}

#[test]
fn never_commits_twice_alike() {
    let shares = shares(3, 2, 31);
    let mut rng = seeded(32);
    let (_, one) = commit(&shares[0], 2, &mut rng);
    let (_, other) = commit(&shares[0], 2, &mut rng);
    assert_ne!(one, other);
    // Even from the same random octets, another share makes other nonces.
    let (_, one) = commit(&shares[0], 1, &mut seeded(33));
    let (_, other) = commit(&shares[1], 1, &mut seeded(33));
    assert_ne!(one, other);
}

/// Gives out the octets it was made of.
struct Fixed(VecDeque<u8>);

impl RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        octets.fill_with(|| self.0.pop_front().unwrap());
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

impl CryptoRng for Fixed {}

/// One signer of RFC 9591 §E.1.
struct Vector {
    id: u16,
    share: &'static str,
    randomness: [&'static str; 2],
    commitments: [&'static str; 2],
    signature_share: &'static str,
}

const VECTORS: [Vector; 2] = [
    Vector {
        id: 1,
        share: "929dcc590407aae7d388761cddb0c0db6f5627aea8e217f4a033f2ec83d93509",
        randomness: [
            "06894e04ee4aceec8619d5f6a0a180e2f47194d2ac306cba586b555e7c48d765",
            "40d6f879ff22e22409f7d808fed81f37118e7d3e4af71c0f44c60207553bcbce",
        ],
        commitments: [
            "9b116f12589591a7e23fe8048059ab10ab48e67739e7a2fb3890f61a7999478c",
            "c39b66b7dfccb122da24f13587f9a08c4347cae70046ca15169adf90ba65854d",
        ],
        signature_share: "60997f0142e43e8005027fe5ab7447dac00d22c2d7ddd9571a02613ba7d81c08",
    },
    Vector {
        id: 3,
        share: "d3cb090a075eb154e82fdb4b3cb507f110040905468bb9c46da8bdea643a9a02",
        randomness: [
            "fa5d950626782aade9e33fa781376d4888c2d1de7c37518bc248eb818ed0cdde",
            "7459a4d14ded0e365b085271be8dc6600d5b88f3978a2174297ffa32001a5afc",
        ],
        commitments: [
            "e679a2a971748ccfaabead4dbe8ac1def61275c186c79d471e1e45091ad1e687",
            "b2a942478453fabb6bd3181c56ba657413447b4136e1daea2484d396d1a516b3",
        ],
        signature_share: "79390e78bc59699c7af831f8f5fb478ec871a85f561a8641b5670ac4443f720f",
    },
];

#[test]
fn signs_as_rfc_9591_says() {
    let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
    let public = "15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673";
    let public = PublicKey(hex(public).try_into().unwrap());
    let secrets = VECTORS.map(|vector| {
        (
            vector.id,
            crate::group::decode_scalar(&hex(vector.share)).unwrap(),
        )
    });
    let verifying =
        secrets.map(|(id, secret)| (id, (ED25519_BASEPOINT_POINT * secret).compress().0));
    let shares = secrets.map(|(id, secret)| {
        let group = GroupKey::from_parts(public, 2, verifying.into()).unwrap();
        Share::new(id, Box::new(Zeroizing::new(secret)), group)
    });

    let (mut nonces, mut commitments) = (Vec::new(), BySigner::new());
    for (vector, share) in VECTORS.iter().zip(&shares) {
        let mut rng = Fixed(hex(&vector.randomness.concat()).into());
        let (nonce, octets) = commit(share, 1, &mut rng);
        assert_eq!(HEXLOWER.encode(&octets), vector.commitments.concat());
        nonces.push(nonce);
        commitments.insert(share.id(), octets);
    }
    let messages = [b"test".to_vec()];
    let mut released = BySigner::new();
    for ((vector, share), nonces) in VECTORS.iter().zip(&shares).zip(nonces) {
        let octets = nonces.sign(share, &batch(&messages, &commitments)).unwrap();
        assert_eq!(HEXLOWER.encode(&octets), vector.signature_share);
        released.insert(share.id(), octets);
    }
    let group = shares[0].group();
    let batch = batch(&messages, &commitments);
    let signatures = aggregate(group, &batch, &slices(&released));
    let expected = "154fb694ee7fcb37bf2381d94488c2a84b03b3352ad085feca81ad26d45852b7\
                    ecfe971ce4da95c4a95db93ac376b053897fca212ef85f99cf696bffeb178f07";
    assert_eq!(HEXLOWER.encode(&signatures.unwrap()[0].0), expected);
}

#[test]
fn messages_name_every_culprit() {
    use std::string::ToString as _;
    let error = SessionError::BadShares {
        culprits: vec![3, 14],
    };
    assert_eq!(
        error.to_string(),
        "wrong signature shares from signers 3, 14"
    );
    assert_eq!(error.culprits(), [3, 14]);
}
