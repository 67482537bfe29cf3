//! Octets of a session, pinned. The whole files are beside those of the other
//! octets that leave this crate.

use std::string::String;

use super::*;

macro_rules! assert_golden {
    ($name:literal, $octets:expr) => {
        let expected = include_str!(concat!("../../../tests/golden/", $name));
        let mut text = String::new();
        for line in $octets.chunks(32) {
            text.push_str(&HEXLOWER.encode(line));
            text.push('\n');
        }
        assert!(text == expected, "{} is now:\n{text}", $name);
    };
}

#[test]
fn commitments_and_signature_shares_have_this_layout() {
    let shares = shares(3, 2, 1);
    let mut rng = seeded(2);
    let messages = [b"one".to_vec(), b"two".to_vec()];
    let (first, ours) = commit(&shares[0], 2, &mut rng);
    let (third, theirs) = commit(&shares[2], 2, &mut rng);
    let commitments = BySigner::from([(1, ours.clone()), (3, theirs)]);
    let batch = batch(&messages, &commitments);
    let first = first.sign(&shares[0], &batch).unwrap();
    let third = third.sign(&shares[2], &batch).unwrap();
    let released = BTreeMap::from([(1, first.as_slice()), (3, third.as_slice())]);
    let signatures = aggregate(shares[1].group(), &batch, &released).unwrap();
    let signatures: Vec<u8> = signatures.iter().flat_map(|one| one.0).collect();

    assert_golden!("commitments.hex", ours);
    assert_golden!("shares.hex", first);
    assert_golden!("signatures.hex", signatures);
}
