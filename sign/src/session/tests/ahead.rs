//! What was checked ahead of a session spares work and decides nothing: the
//! outcome is the same with it and without, whatever it is.

use comity_core::limits;

use super::*;

const COUNT: usize = 3;

/// What three signers make of a session in which these were checked ahead.
type Outcome = (BTreeMap<u16, Result<Vec<u8>, SessionError>>, Joined);
type Joined = Option<Result<Vec<Signature>, SessionError>>;

fn outcome(commitments: &BySigner, ahead: &Ahead<'_>) -> Outcome {
    let shares = shares(5, 3, 70);
    let signers = [&shares[0], &shares[2], &shares[3]];
    let messages = messages(COUNT);
    let batch = Batch {
        messages: &messages,
        commitments,
        ahead: ahead.clone(),
    };
    let mut released = BTreeMap::new();
    let (mut nonces, _) = commit_all(&signers, COUNT, 71);
    for share in signers {
        let nonces = nonces.remove(&share.id()).unwrap();
        released.insert(share.id(), nonces.sign(share, &batch));
    }
    let sent: Option<BTreeMap<u16, &[u8]>> = released
        .iter()
        .map(|(id, octets)| Some((*id, octets.as_deref().ok()?)))
        .collect();
    let joined = sent.map(|sent| aggregate(shares[0].group(), &batch, &sent));
    (released, joined)
}

/// The right commitments of that session's signers.
fn right() -> BySigner {
    let shares = shares(5, 3, 70);
    commit_all(&[&shares[0], &shares[2], &shares[3]], COUNT, 71).1
}

fn checked(id: u16, octets: &[u8]) -> CheckedCommitments {
    check_commitments(id, octets.len() / COMMITMENT_OCTETS, octets).unwrap()
}

#[test]
fn whichever_were_checked_ahead_the_octets_are_the_same() {
    let commitments = right();
    let all: BTreeMap<u16, CheckedCommitments> = commitments
        .iter()
        .map(|(id, octets)| (*id, checked(*id, octets)))
        .collect();
    let expected = outcome(&commitments, &Ahead::new());
    assert!(matches!(expected.1, Some(Ok(_))));
    for chosen in 0_u32..8 {
        let ahead = all.iter().enumerate();
        let ahead = ahead.filter(|(place, _)| chosen >> place & 1 == 1);
        let ahead: Ahead<'_> = ahead.map(|(_, (id, checked))| (*id, checked)).collect();
        assert_eq!(outcome(&commitments, &ahead), expected);
    }
}

#[test]
fn what_was_checked_serves_only_for_the_very_same_octets() {
    let commitments = right();
    let expected = outcome(&commitments, &Ahead::new());
    let shares = shares(5, 3, 70);
    let signers = [&shares[0], &shares[2], &shares[3], &shares[4]];
    // The same signer's of another try; another signer's; fewer and more.
    let (_, of_another_try) = commit_all(&signers, COUNT, 72);
    let (_, fewer) = commit_all(&signers, COUNT - 1, 71);
    let (_, more) = commit_all(&signers, COUNT + 1, 71);
    for (id, octets) in [
        (3, &of_another_try[&3]),
        (3, &commitments[&1]),
        (3, &fewer[&3]),
        (3, &more[&3]),
        // Of one who is no signer.
        (5, &of_another_try[&5]),
    ] {
        let other = checked(id, octets);
        let ahead = Ahead::from([(id, &other)]);
        assert_eq!(outcome(&commitments, &ahead), expected);
    }
}

#[test]
fn bad_commitments_are_refused_though_good_ones_were_checked_ahead() {
    let mixed = (ED25519_BASEPOINT_POINT + EIGHT_TORSION[2]).compress();
    let good = checked(3, &right()[&3]);
    let ahead = Ahead::from([(3, &good)]);
    for (octets, index) in [([0xff; 32], 0), (mixed.0, 2)] {
        let mut commitments = right();
        let place = index * COMMITMENT_OCTETS;
        commitments.get_mut(&3).unwrap()[place..][..32].copy_from_slice(&octets);
        let (released, _) = outcome(&commitments, &ahead);
        let culprit = 3;
        let expected = Err(SessionError::BadCommitment { culprit, index });
        assert_eq!(released[&1], expected);
        assert_eq!(released[&4], expected);
    }
}

#[test]
fn commitments_to_another_number_of_messages_serve_no_session() {
    // Octet for octet what was checked, and the batch is another.
    let (shares, messages) = (shares(3, 2, 73), messages(2));
    let (mut nonces, mut commitments) = commit_all(&[&shares[0], &shares[1]], 2, 74);
    let (_, longer) = commit(&shares[1], 3, &mut seeded(75));
    for octets in [longer.clone(), longer[..64].to_vec()] {
        let other = checked(2, &octets);
        commitments.insert(2, octets);
        let batch = Batch {
            messages: &messages,
            commitments: &commitments,
            ahead: Ahead::from([(2, &other)]),
        };
        let outcome = wrong_shares(shares[0].group(), &batch, &BTreeMap::new());
        let (culprit, octets) = (2, commitments[&2].len());
        let expected = SessionError::CommitmentsLength { culprit, octets };
        assert_eq!(outcome, Err(expected.clone()));
        if let Some(nonces) = nonces.remove(&1) {
            assert_eq!(nonces.sign(&shares[0], &batch), Err(expected));
        }
    }
}

#[test]
fn of_a_large_batch_no_point_is_kept_and_it_is_signed_all_the_same() {
    let shares = shares(3, 2, 76);
    let signers = [&shares[0], &shares[2]];
    let most = limits::DECODED_MESSAGES_MAX;
    for (count, is_kept) in [(most, true), (most + 1, false)] {
        let messages = messages(count);
        let (mut nonces, commitments) = commit_all(&signers, count, 77);
        let all = [1, 3].map(|id| (id, checked(id, &commitments[&id])));
        for (_, checked) in &all {
            assert_eq!(checked.messages(), count);
            assert_eq!(checked.pair(0).is_some(), is_kept);
            assert_eq!(checked.pair(count - 1).is_some(), is_kept);
        }
        let batch = Batch {
            messages: &messages,
            commitments: &commitments,
            ahead: all.iter().map(|(id, checked)| (*id, checked)).collect(),
        };
        let mut released = BySigner::new();
        for share in signers {
            let nonces = nonces.remove(&share.id()).unwrap();
            released.insert(share.id(), nonces.sign(share, &batch).unwrap());
        }
        let signatures = aggregate(shares[0].group(), &batch, &slices(&released)).unwrap();
        let public = shares[0].group().public();
        let mut signed = messages.iter().zip(&signatures);
        assert!(signed.all(|(message, signature)| public.verifies(message, signature)));
    }
}
