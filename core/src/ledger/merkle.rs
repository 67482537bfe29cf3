//! The Merkle tree over the ledger's entries: hashes, roots, and proofs that
//! an entry is under a root and that one tree begins with another (RFC 9162
//! §2.1, with SHA-256).

use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::basic::Digest;

/// The hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 9162 §2.1.1).
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest(
        Sha256::new()
            .chain_update([0x00])
            .chain_update(entry)
            .finalize()
            .into(),
    )
}

/// The hash of a node: SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let hash = Sha256::new()
        .chain_update([0x01])
        .chain_update(left.0)
        .chain_update(right.0);
    Digest(hash.finalize().into())
}

/// How large a tree is and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// A tree that only grows. It keeps the roots of the largest complete
/// subtrees, one for each binary digit of its size that is 1, and so is
/// enough to compute the root of every later size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// The largest subtree first.
    subtrees: Vec<Digest>,
}

impl Tree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        // Each trailing 1 of the size is a subtree that the new one completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root: of no leaves, the hash of nothing (RFC 9162 §2.1.1).
    pub fn root(&self) -> Digest {
        let smallest_first = self.subtrees.iter().rev().copied();
        smallest_first
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Digest::of(&[]))
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root(),
        }
    }
}

impl Extend<Digest> for Tree {
    fn extend<I: IntoIterator<Item = Digest>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Digest> for Tree {
    fn from_iter<I: IntoIterator<Item = Digest>>(leaves: I) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}

/// The root over these leaf hashes.
pub fn root(leaves: &[Digest]) -> Digest {
    leaves.iter().copied().collect::<Tree>().root()
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofRefusal {
    /// The index is not in the tree, or the first tree is the larger one.
    OutOfRange,
    /// More or fewer hashes than the sizes ask for.
    WrongLength,
    /// The hashes lead to another root than the first tree's.
    OtherFirstRoot,
    /// The hashes lead to another root than the tree's.
    OtherRoot,
}

impl fmt::Display for ProofRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "the proof is for a place outside of the tree",
            Self::WrongLength => "the proof is too short or too long",
            Self::OtherFirstRoot => "the proof leads to another first root",
            Self::OtherRoot => "the proof leads to another root",
        })
    }
}

impl core::error::Error for ProofRefusal {}

/// The proof that the leaf at `index` is under the root over `leaves` (RFC
/// 9162 §2.1.3.1); none if there is no such leaf.
pub fn inclusion_proof(leaves: &[Digest], index: u64) -> Option<Vec<Digest>> {
    let mut index = usize::try_from(index)
        .ok()
        .filter(|index| *index < leaves.len())?;
    let mut rest = leaves;
    let mut proof = Vec::new();
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split(rest.len()));
        let other = if index < left.len() {
            rest = left;
            right
        } else {
            index -= left.len();
            rest = right;
            left
        };
        proof.push(root(other));
    }
    // The path is given from the leaf upwards.
    proof.reverse();
    Some(proof)
}

/// The proof that the tree over `leaves` begins with the tree of `first`
/// leaves (RFC 9162 §2.1.4.1); none if that is the larger one. Every tree
/// begins with the empty one and with itself, without proof.
pub fn consistency_proof(leaves: &[Digest], first: u64) -> Option<Vec<Digest>> {
    let mut first = usize::try_from(first)
        .ok()
        .filter(|first| *first <= leaves.len())?;
    let mut rest = leaves;
    let mut proof = Vec::new();
    // Whether `rest` still starts at the first leaf: then the verifier knows
    // its root where it is the whole first tree.
    let mut at_start = true;
    while first > 0 && first < rest.len() {
        let (left, right) = rest.split_at(split(rest.len()));
        if first <= left.len() {
            proof.push(root(right));
            rest = left;
        } else {
            proof.push(root(left));
            first -= left.len();
            rest = right;
            at_start = false;
        }
    }
    if !at_start {
        proof.push(root(rest));
    }
    proof.reverse();
    Some(proof)
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

/// Checks that the leaf at `index` is under `head` (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(
    leaf: Digest,
    index: u64,
    head: TreeHead,
    proof: &[Digest],
) -> Result<(), ProofRefusal> {
    if index >= head.size {
        return Err(ProofRefusal::OutOfRange);
    }
    let mut walk = Walk {
        node: index,
        last: head.size - 1,
    };
    let mut hash = leaf;
    for sibling in proof {
        hash = match walk.up()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    if walk.last != 0 {
        return Err(ProofRefusal::WrongLength);
    }
    if hash == head.root {
        Ok(())
    } else {
        Err(ProofRefusal::OtherRoot)
    }
}

/// Checks that the tree of `head` begins with the tree of `first` (RFC 9162
/// §2.1.4.2).
pub fn verify_consistency(
    first: TreeHead,
    head: TreeHead,
    proof: &[Digest],
) -> Result<(), ProofRefusal> {
    if first.size > head.size {
        return Err(ProofRefusal::OutOfRange);
    }
    if first.size == 0 || first.size == head.size {
        // The RFC leaves these out: there is nothing to prove.
        let known = if first.size == 0 {
            Digest::of(&[])
        } else {
            head.root
        };
        return match (proof.is_empty(), first.root == known) {
            (false, _) => Err(ProofRefusal::WrongLength),
            (true, false) => Err(ProofRefusal::OtherFirstRoot),
            (true, true) => Ok(()),
        };
    }
    // A complete first tree is a node of the second; its root starts both.
    let (seed, rest) = if first.size.is_power_of_two() {
        (first.root, proof)
    } else {
        let (seed, rest) = proof.split_first().ok_or(ProofRefusal::WrongLength)?;
        (*seed, rest)
    };
    let mut walk = Walk {
        node: first.size - 1,
        last: head.size - 1,
    };
    walk.skip(walk.node.trailing_ones());
    let (mut first_hash, mut hash) = (seed, seed);
    for sibling in rest {
        match walk.up()? {
            Side::Left => {
                first_hash = node_hash(sibling, &first_hash);
                hash = node_hash(sibling, &hash);
            }
            Side::Right => hash = node_hash(&hash, sibling),
        }
    }
    if walk.last != 0 {
        return Err(ProofRefusal::WrongLength);
    }
    if first_hash != first.root {
        return Err(ProofRefusal::OtherFirstRoot);
    }
    if hash == head.root {
        Ok(())
    } else {
        Err(ProofRefusal::OtherRoot)
    }
}

/// On which side of the node its sibling in the proof is.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root, beside that from the tree's last leaf
/// (`fn` and `sn` in RFC 9162 §2.1.3.2).
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    fn skip(&mut self, levels: u32) {
        self.node = self.node.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }

    /// One step, and where its sibling is.
    fn up(&mut self) -> Result<Side, ProofRefusal> {
        if self.last == 0 {
            return Err(ProofRefusal::WrongLength);
        }
        let odd = self.node & 1 == 1;
        let side = if odd || self.node == self.last {
            Side::Left
        } else {
            Side::Right
        };
        if matches!(side, Side::Left) && !odd {
            // The tree's edge: up to where the node is a right child, or the
            // root.
            self.skip(self.node.trailing_zeros());
        }
        self.skip(1);
        Ok(side)
    }
}

#[cfg(test)]
mod tests;
