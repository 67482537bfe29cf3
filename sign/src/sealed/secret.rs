//! Which types may be sealed. The trait can be named in this crate only, so
//! that nothing outside adds a type to it or calls its methods.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Kind;

/// A secret that may be sealed.
pub trait Secret: Sized {
    /// Its part of the label.
    const KIND: Kind;

    /// What is encrypted.
    fn encode(&self) -> Zeroizing<Vec<u8>>;

    /// Reads what `encode` wrote, strictly.
    fn decode(octets: &[u8]) -> Option<Self>;
}
