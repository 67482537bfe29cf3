//! The bad path, with real processes of the built binary over loopback: each
//! party in a directory of its own, killed, cut off, lied to and fed nonsense.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says so by failing, and prints why it is skipped"
)]

mod boxes;
mod ceremonies;
mod claims;
mod crashes;
mod cut_off;
mod delegation;
mod differences;
mod dishonest;
mod doctors;
mod doors;
mod exposure;
mod false_ceremonies;
mod false_dealers;
mod findings;
mod flipped;
mod floods;
mod followed;
mod forged;
mod full_disk;
mod hashed;
mod hostile;
mod judges;
mod killed;
mod least;
mod liars;
mod malformed_acts;
mod malformed_zones;
mod matrix;
mod membership;
mod metrics;
mod offices;
mod ports;
mod published;
mod quickstart;
mod revoked;
mod rollback;
mod rolls;
mod secrets;
mod signals;
mod support;
mod tokens;
mod torn;
mod upstreams;
mod verdicts;
mod views;
mod walkout;
mod watched_claims;
mod watching;
