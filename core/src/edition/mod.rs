//! Editions: what is to be signed, and what a published zone must be.
//!
//! An edition follows from a zone's contents, the edition before it and
//! ledger time, so that everybody arrives at the same octets. [`Plan`] says
//! what is to be signed; with the signatures it becomes [`Unsealed`], and
//! with the one over its ZONEMD digest a [`SignedZone`]. What comes from
//! elsewhere becomes a [`SignedZone`] only by verification in full.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`key`] | a key of the zone as DNSKEY and DS |
//! | `keys` | the keys of an edition |
//! | `keyset` | signatures of the DNSKEY set by other keys, made ahead |
//! | [`rrsig`] | signatures, and the octets that are signed |
//! | `draft` | every set of an edition before its signatures |
//! | `nsec` | the NSEC chain |
//! | `zonemd` | the digest of a zone |
//! | [`serial`] | serial numbers |
//! | [`plan`] | which sets keep their signature and which need one |
//! | [`signed`] | a zone as published |
//! | `verify` | verification of a whole zone |
//! | [`refusal`] | each rule of this module that can say no |

mod draft;
pub mod key;
mod keys;
mod keyset;
pub(crate) mod nsec;
pub mod plan;
pub mod refusal;
pub mod rrsig;
pub mod serial;
pub mod signed;
mod verify;
pub(crate) mod zonemd;

#[cfg(test)]
pub(crate) mod samples;

pub use key::Dnskey;
pub use keys::ZoneKeys;
pub use keyset::KeysetPlan;
pub use plan::{Plan, Timing, Unsealed, due};
pub use refusal::EditionRefusal;
pub use rrsig::{Item, Rrsig};
pub use signed::{NameSets, SignedSet, SignedZone, Standing};
