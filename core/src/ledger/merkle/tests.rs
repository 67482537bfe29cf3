//! What must hold of roots and proofs.

use std::vec;

use super::*;

/// The leaves of Certificate Transparency's reference tree.
fn reference() -> Vec<Digest> {
    let entries: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    entries.map(leaf_hash).to_vec()
}

#[test]
fn roots_are_the_published_ones() {
    let published = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let leaves = reference();
    for (size, expected) in published.into_iter().enumerate() {
        assert_eq!(
            root(&leaves[..size]),
            expected.parse().unwrap(),
            "size {size}"
        );
    }
}

#[test]
fn every_true_inclusion_proof_holds_and_no_altered_one() {
    let leaves: Vec<Digest> = (0..40_u8).map(|n| leaf_hash(&[n])).collect();
    for size in 1..=leaves.len() {
        let tree = &leaves[..size];
        let head = tree.iter().copied().collect::<Tree>().head();
        for (index, leaf) in (0_u64..).zip(tree) {
            let proof = inclusion_proof(tree, index).unwrap();
            assert_eq!(verify_inclusion(*leaf, index, head, &proof), Ok(()));
            assert!(verify_inclusion(leaf_hash(b"x"), index, head, &proof).is_err());
            assert!(verify_inclusion(*leaf, index + 1, head, &proof).is_err());
            let mut long = proof.clone();
            long.push(head.root);
            let refused = verify_inclusion(*leaf, index, head, &long);
            assert_eq!(refused, Err(ProofRefusal::WrongLength));
            for cut in 0..proof.len() {
                let refused = verify_inclusion(*leaf, index, head, &proof[..cut]);
                assert_eq!(refused, Err(ProofRefusal::WrongLength));
                let mut altered = proof.clone();
                altered[cut].0[0] ^= 1;
                let refused = verify_inclusion(*leaf, index, head, &altered);
                assert_eq!(refused, Err(ProofRefusal::OtherRoot));
            }
        }
        assert_eq!(inclusion_proof(tree, head.size), None);
        let refused = verify_inclusion(tree[0], head.size, head, &[]);
        assert_eq!(refused, Err(ProofRefusal::OutOfRange));
    }
}

#[test]
fn every_true_consistency_proof_holds_and_no_altered_one() {
    let leaves: Vec<Digest> = (0..40_u8).map(|n| leaf_hash(&[n])).collect();
    let head = |size: usize| leaves[..size].iter().copied().collect::<Tree>().head();
    for size in 0..=leaves.len() {
        for first in 0..=size {
            let proof = consistency_proof(&leaves[..size], first as u64).unwrap();
            let (first, head) = (head(first), head(size));
            assert_eq!(verify_consistency(first, head, &proof), Ok(()));
            let other = TreeHead {
                root: leaf_hash(b"x"),
                ..first
            };
            assert!(verify_consistency(other, head, &proof).is_err());
            let mut long = proof.clone();
            long.push(head.root);
            let refused = verify_consistency(first, head, &long);
            assert_eq!(refused, Err(ProofRefusal::WrongLength));
            for cut in 0..proof.len() {
                let refused = verify_consistency(first, head, &proof[..cut]);
                assert_eq!(refused, Err(ProofRefusal::WrongLength));
                let mut altered = proof.clone();
                altered[cut].0[31] ^= 1;
                assert!(verify_consistency(first, head, &altered).is_err());
            }
        }
        let refused = verify_consistency(head(size), TreeHead { size: 0, ..head(0) }, &[]);
        let expected = if size == 0 {
            Ok(())
        } else {
            Err(ProofRefusal::OutOfRange)
        };
        assert_eq!(refused, expected);
        assert_eq!(consistency_proof(&leaves[..size], size as u64 + 1), None);
    }
}

#[test]
fn a_fork_has_no_consistency_proof() {
    let leaves = reference();
    let mut fork = leaves.clone();
    fork[2] = leaf_hash(b"other");
    let first = fork[..4].iter().copied().collect::<Tree>().head();
    let head = leaves.iter().copied().collect::<Tree>().head();
    let of_fork = consistency_proof(&fork, 4).unwrap();
    let of_leaves = consistency_proof(&leaves, 4).unwrap();
    assert_eq!(
        verify_consistency(first, head, &of_fork),
        Err(ProofRefusal::OtherRoot)
    );
    assert_eq!(
        verify_consistency(first, head, &of_leaves),
        Err(ProofRefusal::OtherRoot)
    );
    let six = fork[..6].iter().copied().collect::<Tree>().head();
    let of_leaves = consistency_proof(&leaves, 6).unwrap();
    assert_eq!(
        verify_consistency(six, head, &of_leaves),
        Err(ProofRefusal::OtherFirstRoot)
    );
}

#[test]
fn proofs_for_the_largest_trees_end() {
    let head = TreeHead {
        size: u64::MAX,
        root: leaf_hash(b""),
    };
    let long = vec![leaf_hash(b""); 200];
    for index in [0, 1, u64::MAX / 2, u64::MAX - 2, u64::MAX - 1] {
        let refused = verify_inclusion(head.root, index, head, &long);
        assert_eq!(refused, Err(ProofRefusal::WrongLength));
        let first = TreeHead {
            size: index.max(1),
            root: head.root,
        };
        let refused = verify_consistency(first, head, &long);
        assert_eq!(refused, Err(ProofRefusal::WrongLength));
    }
}
