//! The checks before a delegation against real name servers on this machine,
//! with each fault planted: NSD and Knot serve, BIND signs, Unbound resolves;
//! what none of them does wrong by itself goes through a relay that does.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says so by failing, and prints why it is skipped"
)]

mod daemons;
mod delegations;
mod evidence;
#[path = "../server/judge.rs"]
mod judge;
mod network;
mod relay;
mod relayed;
mod resolving;
mod servers;
mod signing;
mod trust;
