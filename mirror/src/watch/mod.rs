//! Watching a zone that others publish: one binary, no membership, no key of
//! anybody's. It follows upstreams, verifies each version in full, says what has changed
//! and what that is judged to be, and serves what verified to resolvers.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`claims`] | the ledger whose holders are heard |
//! | [`config`] | what an operator says, `watch.toml` |
//! | [`roots`] | what is known of the public root |
//! | [`upstream`] | where versions come from |
//! | [`sight`] | what is known of each upstream |
//! | [`engine`] | rounds: what is taken, judged and served |
//! | [`holds`] | what is held, and until when |
//! | [`seal`] | the key of a watcher that signs |
//! | [`iana`] | trust anchors as IANA signs them |
//! | [`memory`] | its folder |
//! | `published` | such files, read again round by round |
//! | [`event`] | what it says |
//! | [`export`] | configuration of resolvers that take the zone |
//! | [`figures`] | its figures, for monitoring |
//! | [`view`] | its state, for programs and people |
//! | [`tell`] | to whom: a feed, webhooks, mail |
//! | [`lookout`] | what it tells a member of a joint root |
//! | [`run`] | the loop, with its servers |

pub mod claims;
pub mod config;
pub mod engine;
pub mod event;
pub mod export;
pub mod figures;
pub mod holds;
pub mod iana;
pub mod lookout;
pub mod memory;
mod published;
pub mod roots;
pub mod run;
pub mod seal;
pub mod sight;
pub mod tell;
pub mod upstream;
pub mod view;

pub use config::{Config, Mode};
pub use engine::{Outcome, Watcher};
pub use event::Event;
