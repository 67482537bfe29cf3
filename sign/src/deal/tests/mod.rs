//! What ceremonies give, and whom they name when they cannot. Here is what the
//! tests of all of them need.

use std::collections::BTreeMap;
use std::vec;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::envelope::{SealKey, SealPair};
use super::polynomial::Polynomial;
use super::schedule::Binding;
use super::*;
use crate::sealed::Secret as _;

mod complaints;
mod generation;
mod new_key;
mod properties;
mod redistribution;
mod sealing;
mod table;
mod written;

const CONTEXT: &[u8] = b"example. ceremony 1";

pub(crate) fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// All participants of one ceremony, where no one lies.
pub(crate) fn shares(participants: u16, threshold: u16, seed: u64) -> Vec<Share> {
    let mut rng = seeded(seed);
    let (ceremonies, openings) = begin(participants, threshold, &mut rng);
    let (dealt, sealed) = deal(ceremonies, &openings, &mut rng);
    dealt
        .into_iter()
        .map(|(me, dealt)| dealt.finish(&addressed(me, &sealed)).unwrap())
        .collect()
}

/// The shares of the same key that a redistribution to `receivers` makes.
pub(crate) fn redistributed(old: &[Share], receivers: &[u16], seed: u64) -> Vec<Share> {
    let (from, threshold) = (old[0].group(), old[0].threshold());
    let table = table::Table::new(from, threshold, receivers, seed);
    table.finish(&old.iter().collect::<Vec<_>>())
}

/// What a share dealt in a generation is bound to.
fn binding(from: u16, to: u16) -> Binding {
    Binding {
        info: b"comity-deal-v1".to_vec(),
        aad: label(CONTEXT, from, to),
    }
}

type Openings = BTreeMap<u16, Opening>;
type Sealed = BTreeMap<u16, BTreeMap<u16, Vec<u8>>>;

fn begin(n: u16, t: u16, rng: &mut ChaCha20Rng) -> (BTreeMap<u16, Ceremony>, Openings) {
    let (mut ceremonies, mut openings) = (BTreeMap::new(), BTreeMap::new());
    for me in 1..=n {
        let (ceremony, opening) = Ceremony::begin(me, n, t, CONTEXT, rng).unwrap();
        ceremonies.insert(me, ceremony);
        openings.insert(me, opening);
    }
    (ceremonies, openings)
}

fn deal(
    ceremonies: BTreeMap<u16, Ceremony>,
    openings: &Openings,
    rng: &mut ChaCha20Rng,
) -> (BTreeMap<u16, Dealt>, Sealed) {
    let (mut dealt, mut sealed) = (BTreeMap::new(), BTreeMap::new());
    for (me, ceremony) in ceremonies {
        let (after, shares) = ceremony.deal(openings, rng).unwrap();
        dealt.insert(me, after);
        sealed.insert(me, shares);
    }
    (dealt, sealed)
}

/// What was dealt to participant `to`, by dealers.
fn addressed(to: u16, sealed: &Sealed) -> BTreeMap<u16, Vec<u8>> {
    let from = sealed.iter().filter(|(from, _)| **from != to);
    from.map(|(&from, shares)| (from, shares[&to].clone()))
        .collect()
}

#[test]
fn a_share_at_rest_is_read_strictly() {
    let share = shares(3, 2, 16).remove(1);
    let octets = share.encode();
    let again = Share::decode(&octets).unwrap();
    assert_eq!((again.id(), again.secret()), (share.id(), share.secret()));
    assert_eq!(again.group(), share.group());

    for length in 0..octets.len() {
        assert!(
            Share::decode(&octets[..length]).is_none(),
            "{length} octets"
        );
    }
    assert!(Share::decode(&[octets.as_slice(), &[0]].concat()).is_none());
    let changed = |at: usize, to: u8| {
        let mut changed = octets.to_vec();
        changed[at] = to;
        Share::decode(&changed).is_none()
    };
    assert!(changed(1, 1), "another id");
    assert!(changed(1, 9), "an id without a verifying share");
    assert!(changed(3, 1), "a threshold of one");
    assert!(changed(3, 4), "a threshold above the participants");
    assert!(changed(5, 4), "another number of participants");
    assert!(changed(6, octets[6] ^ 1), "another secret");
    assert!(changed(37, 0xff), "no scalar");
    assert!(changed(71, 3), "verifying shares out of order");
}

#[test]
fn messages_name_the_culprit() {
    use std::string::ToString as _;
    let error = DealError::BadProof { culprit: 77 };
    assert_eq!(
        error.to_string(),
        "participant 77 has not proved that it knows its secret"
    );
    assert_eq!(error.culprit(), Some(77));
}
