//! Our server before other implementations: `dig` and `kdig` ask, `delv` and
//! Unbound validate, ISC, NLnet Labs and CZ.NIC look at what they transfer.
//! Each judge must also say no to what is damaged on the way. And theirs before
//! ours: what they sign and serve is read and proved.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says so by failing, and prints why it is skipped"
)]

mod alike;
mod answers;
mod claim_world;
mod claims;
mod judge;
mod mutations;
mod nonsense;
mod oracle;
mod proofs;
mod root;
mod running;
mod secondaries;
mod signers;
mod signing;
mod sockets;
mod streams;
mod tamper;
mod transfers;
mod unbound;
mod validation;
