//! Follows a ledger, verifies everything, stores and serves the zone.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`ledger`] | reading a ledger's files, and the census of them |
//! | [`source`] | where a ledger's files come from |

pub mod ledger;
pub mod source;
