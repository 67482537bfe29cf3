//! The threshold key of a zone: how its shares are dealt, how a session signs
//! with them, and how secrets are put at rest. Computes only; randomness is
//! passed in, and nothing here reads a clock, a file or the network.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`identity`] | a party's own Ed25519 key |
//! | [`deal`] | the ceremony that generates a zone key in shares; the share and the group's key |
//! | [`epoch`] | what the transcripts on a ledger come to |
//! | [`session`] | commitments, shares and signatures of one batch of messages (RFC 9591) |
//! | [`sealed`] | the one door by which a secret leaves memory |
//!
//! Types that hold secrets are wiped when dropped, and are neither `Clone` nor
//! `Debug`; the modules that define them assert both. They keep the secret itself
//! on the heap, so that moving them leaves no copy behind. Copies that the
//! libraries make on the stack while they compute are not wiped.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod assertions;
mod group;
mod order;

pub mod deal;
pub mod epoch;
pub mod identity;
pub mod sealed;
pub mod session;
