//! Shares leave only where a state permits it: for the one session act that
//! lists the signer's commitments, under a checkpoint of the quorum.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

mod zone;

use std::collections::BTreeMap;

use comity_core::refusal::Refusal;
use comity_sign::deal::Share;
use comity_sign::session::{Ahead, Batch, Nonces, SessionError, aggregate, commit};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use zone::Zone;

/// The nonces of the first so many members, and their commitments.
fn commit_all(zone: &Zone, signers: usize, seed: u64) -> (Vec<Nonces>, BTreeMap<u16, Vec<u8>>) {
    let (mut rng, count) = (ChaCha20Rng::seed_from_u64(seed), zone.batch_size());
    let one = |share: &Share| commit(share, count, &mut rng);
    let (nonces, commitments): (Vec<_>, Vec<_>) = zone.shares[..signers].iter().map(one).unzip();
    (nonces, (1..).zip(commitments).collect())
}

fn slices(by_signer: &BTreeMap<u16, Vec<u8>>) -> BTreeMap<u16, &[u8]> {
    by_signer
        .iter()
        .map(|(id, octets)| (*id, octets.as_slice()))
        .collect()
}

#[test]
fn a_permitted_session_signs_the_edition_of_the_state() {
    let mut zone = Zone::new(5, 3, 3);
    let plan = zone.founded().due().unwrap();
    let (nonces, commitments) = commit_all(&zone, 3, 2);
    zone.open_session(&commitments);
    let permit = zone.permit(4).unwrap();
    let mut released = BTreeMap::new();
    for (nonces, share) in nonces.into_iter().zip(&zone.shares) {
        released.insert(
            share.id(),
            nonces.release(share, &permit, Ahead::new()).unwrap(),
        );
    }
    let batch = Batch {
        messages: permit.messages(),
        commitments: &commitments,
        ahead: Ahead::new(),
    };
    let signatures = aggregate(zone.shares[0].group(), &batch, &slices(&released));
    let octets: Vec<u8> = signatures.unwrap().iter().flat_map(|one| one.0).collect();
    assert!(plan.complete(&octets).is_ok());
}

#[test]
fn without_a_quorum_there_is_no_permit() {
    let mut zone = Zone::new(5, 3, 1);
    let refused = |zone: &Zone, cosigners| zone.permit(cosigners).err();
    assert_eq!(refused(&zone, 5), Some(Refusal::NoSession));
    zone.open_session(&commit_all(&zone, 3, 2).1);
    for cosignatures in 0..4 {
        let too_few = Refusal::TooFewCosignatures {
            cosignatures,
            needed: 4,
        };
        assert_eq!(refused(&zone, cosignatures), Some(too_few));
    }
    assert_eq!(refused(&zone, 4), None);
}

#[test]
fn a_permit_is_for_the_commitments_on_the_ledger_and_no_others() {
    let mut zone = Zone::new(5, 3, 1);
    let (_, first) = commit_all(&zone, 3, 2);
    let (nonces, _) = commit_all(&zone, 3, 3);
    zone.open_session(&first);
    // Of another try, and of one who is no signer.
    let permit = zone.permit(4).unwrap();
    let outcome =
        nonces
            .into_iter()
            .next()
            .unwrap()
            .release(&zone.shares[0], &permit, Ahead::new());
    assert_eq!(outcome, Err(SessionError::OwnCommitmentsDiffer));
    let count = permit.messages().len();
    let stranger = &zone.shares[4];
    let (nonces, _) = commit(stranger, count, &mut ChaCha20Rng::seed_from_u64(4));
    assert_eq!(
        nonces.release(stranger, &permit, Ahead::new()),
        Err(SessionError::OwnCommitmentsDiffer)
    );
}

#[test]
fn a_later_try_covers_an_earlier_one() {
    let mut zone = Zone::new(5, 3, 1);
    let (nonces, first) = commit_all(&zone, 3, 2);
    zone.open_session(&first);
    let count = zone.permit(4).unwrap().messages().len();
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let again = zone.shares[..3]
        .iter()
        .map(|share| (share.id(), commit(share, count, &mut rng).1));
    let again: BTreeMap<_, _> = again.collect();
    zone.open_session(&again);
    let permit = zone.permit(4).unwrap();
    for (nonces, share) in nonces.into_iter().zip(&zone.shares) {
        let outcome = nonces.release(share, &permit, Ahead::new());
        assert_eq!(outcome, Err(SessionError::OwnCommitmentsDiffer));
    }
}
