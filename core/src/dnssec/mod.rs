//! Proofs by the DNS's own signatures: that a record set stands in a zone
//! whose keys a DS set names. Nothing here knows a resolver or a clock; what
//! is proved is exactly what its octets say.
//!
//! A [`Chain`] is read, then [`Chain::prove`] verifies every signature, which
//! needs no state, and [`ProvenChain::under`] says in the end whether a DS set
//! and a time agree. So whoever keeps a state verifies signatures before, and
//! judges without them.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`algorithm`] | which signatures count, and who verifies them |
//! | [`key`] | a zone's keys, and the DS records that name them |
//! | [`rrsig`] | signatures of record sets by any algorithm |
//! | [`keys`] | verification of one record set by a zone's keys |
//! | [`chain`] | the links of a proof, and their one encoding |
//! | [`proven`] | what a chain proves, under which DS set and when |
//! | [`select`] | a chain out of what was found, with signatures that will do |
//! | [`claim`] | what a holder says in its own zone |
//! | [`refusal`] | each rule of this module that can say no |

pub mod algorithm;
pub mod chain;
pub mod claim;
pub mod key;
pub mod keys;
pub mod proven;
pub mod refusal;
pub mod rrsig;
pub mod select;

#[cfg(test)]
pub(crate) mod tests;

pub use algorithm::{Algorithm, SignatureCheck, Signed};
pub use chain::{Chain, Link};
pub use claim::{Claim, ClaimRefusal};
pub use key::{Ds, ZoneKey};
pub use keys::ZoneKeys;
pub use proven::{Anchor, ProvenChain};
pub use refusal::ChainRefusal;
pub use rrsig::Rrsig;
pub use select::Found;
