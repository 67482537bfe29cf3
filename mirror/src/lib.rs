//! Follows a ledger, verifies everything, stores and serves the zone.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`files`] | files that a party keeps for itself |
//! | [`follow`] | follows a ledger and verifies all of it |
//! | [`ledger`] | reading a ledger's files, and the census of them |
//! | [`source`] | where a ledger's files come from |

pub mod files;
pub mod follow;
pub mod ledger;
pub mod source;
