//! Follows a ledger, verifies everything, stores and serves the zone.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`claim`] | evidence for claims, from resolvers that nobody believes |
//! | [`client`] | requests to those who take acts |
//! | [`clock`] | this machine's clock |
//! | [`delegation`] | asks a delegation's name servers all that the checks want to know |
//! | [`dns`] | a small authoritative server for the zone |
//! | [`doctor`] | what is wrong with a resolver, as far as questions tell |
//! | [`evidence`] | asks a name's servers and resolvers all that the guard wants to know |
//! | [`export`] | trust anchors, and configuration for other servers |
//! | [`files`] | files that a party keeps for itself |
//! | [`follow`] | follows a ledger and verifies all of it |
//! | [`index`] | where acts of people stand on a ledger, and when |
//! | [`ledger`] | reading a ledger's files, and the census of them |
//! | [`memory`] | what a mirror must not forget |
//! | [`metrics`] | the figures of a state, as monitoring reads them |
//! | [`mmdb`] | countries and autonomous systems of addresses, from databases |
//! | [`network`] | the ways to other machines |
//! | [`origin`] | whom a connection counts against |
//! | [`receipts`] | drop boxes' receipts, as they are kept and shown |
//! | [`round`] | a mirror's work, without network and clock |
//! | [`run`] | a mirror at work |
//! | [`signature`] | signatures by algorithms that only old zones need |
//! | [`source`] | where a ledger's files come from |
//! | [`store`] | the last good edition on disk |
//! | [`watch`] | watching a zone that others publish |
//! | [`web`] | web servers of ours: connections within limits |
//! | [`zonefile`] | zone files, read and written |

#[cfg(test)]
extern crate self as comity_mirror;

pub mod claim;
pub mod client;
pub mod clock;
pub mod delegation;
pub mod dns;
pub mod doctor;
pub mod evidence;
pub mod export;
#[cfg(test)]
#[path = "../tests/common/faulty.rs"]
mod faulty;
pub mod files;
pub mod follow;
pub mod index;
pub mod ledger;
pub mod memory;
pub mod metrics;
pub mod mmdb;
pub mod network;
pub mod origin;
pub mod receipts;
pub mod round;
pub mod run;
#[cfg(test)]
mod samples;
pub mod signature;
pub mod source;
pub mod store;
pub mod watch;
pub mod web;
pub mod zonefile;
