//! A small authoritative server for one verified zone. It answers questions,
//! gives the whole zone to those who may have it, and notifies secondaries;
//! NSD, Knot, BIND and their like do the mass serving.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`answer`] | question and zone in, sections out; pure |
//! | [`reply`] | octets of a request in, octets of its response out; pure |
//! | [`request`] | octets of a request read strictly |
//! | [`transfer`] | transfers, whole or incremental, message by message; pure |
//! | [`published`] | the one zone, and what leads to it from versions before |
//! | [`networks`] | lists of networks |
//! | [`notice`] | whose notices are heeded, and who may have the whole zone |
//! | [`server`] | sockets, and the one zone behind them |
//! | [`notify`] | tells secondaries |
//!
//! It stands on `domain`'s messages, not on its `net::server`: that one (as
//! of 0.12.3) answers responses with FORMERR, so that two of its kind can be
//! made to answer each other for ever; reads a datagram together with the
//! zeros of its buffer behind it, so that a cut-off question is a question
//! for the root; spins while a client reads a transfer slowly; and drops
//! responses to a client that has asked eleven questions ahead.

pub mod answer;

mod hashed;
pub mod networks;
pub mod notice;
pub mod notify;
mod proof;
pub mod published;
#[cfg(test)]
mod query;
mod rdata;
pub mod reply;
pub mod request;
pub mod server;
mod tcp;
pub mod transfer;
mod udp;
mod writer;

pub use networks::{Network, Networks};
pub use notice::{Access, Notices};
pub use notify::Told;
pub use published::Published;
pub use server::{Counts, Server, Settings, StartError};
