//! The ways to other machines: the web, or whatever stands in its place.

use std::fmt;
use std::time::Duration;

use crate::client::Client;
use crate::source::{Http, Source};

/// What leads to servers.
pub trait Network: fmt::Debug + Send + Sync {
    /// A client of the server at `base` that waits no longer than this for a
    /// whole answer.
    fn client(&self, base: &str, patience: Duration) -> Client;

    /// The ledger that the server at `base` shows.
    fn source(&self, base: &str) -> Box<dyn Source>;
}

/// The web.
#[derive(Clone, Copy, Debug, Default)]
pub struct Web;

impl Network for Web {
    fn client(&self, base: &str, patience: Duration) -> Client {
        Client::new(base, patience)
    }

    fn source(&self, base: &str) -> Box<dyn Source> {
        Box::new(Http::new(base))
    }
}
