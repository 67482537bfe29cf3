//! The secretariat: collects acts, runs ceremonies and sessions, writes the
//! ledger, shows the overview. It holds the log key and no share, and decides
//! no rule itself: everybody recomputes what it does. A drop box stands beside
//! it, in a process of its own, and anybody may run one.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`dropbox`] | a drop box: takes acts, and promises that they get there |
//! | [`engine`] | its work, without clock and network |
//! | [`evidence`] | proof that a member sent wrong shares |
//! | [`home`] | its directory: configuration, log key, draft of the founding act |
//! | [`overview`] | the page for people |
//! | [`requests`] | what is asked of it and answered, without the web |
//! | [`server`] | the web server: ledger, drop box, tasks, overview |
//! | [`writer`] | the ledger's one writer |

pub mod dropbox;
pub mod engine;
pub mod evidence;
#[cfg(test)]
#[path = "../../mirror/tests/common/faulty.rs"]
mod faulty;
pub mod home;
pub mod overview;
pub mod requests;
pub mod server;
mod survey;
pub mod writer;

pub use survey::survey;
