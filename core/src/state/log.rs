//! The ledger as the state sees it: the Merkle tree, and its root at every
//! size, by which older checkpoints are told from another history's.

use alloc::vec::Vec;

use crate::basic::Digest;
use crate::ledger::merkle::Tree;

/// The tree over the acts so far (RFC 9162 §2.1).
#[derive(Clone, Default)]
pub struct Log {
    tree: Tree,
    /// The root at size i+1.
    roots: Vec<Digest>,
}

impl Log {
    /// The number of acts.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The tree, to try acts on before they are applied.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The root now.
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The root when the ledger had `size` acts; none for 0 and the future.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        let at = usize::try_from(size.checked_sub(1)?).ok()?;
        self.roots.get(at).copied()
    }

    pub(super) fn push(&mut self, leaf: Digest) {
        self.tree.push(leaf);
        self.roots.push(self.tree.root());
    }
}
