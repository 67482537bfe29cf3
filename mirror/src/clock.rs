//! This machine's clock, read here and nowhere else in the libraries: what
//! computes takes the time as an argument, and what works for long is given a
//! clock.

use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use comity_core::basic::Time;

/// A clock.
pub trait Clock: fmt::Debug + Send + Sync {
    /// How long it is since 1970-01-01T00:00Z; nothing before that. Whoever
    /// sets the clock moves it.
    fn since_1970(&self) -> Duration;

    /// How long it is since some moment in the past. Nobody sets it.
    fn running(&self) -> Duration;

    /// The time now.
    fn now(&self) -> Time {
        Time(self.since_1970().as_secs())
    }
}

/// This machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Local;

impl Clock for Local {
    fn since_1970(&self) -> Duration {
        since_1970()
    }

    fn running(&self) -> Duration {
        static FROM: LazyLock<Instant> = LazyLock::new(Instant::now);
        FROM.elapsed()
    }
}

/// How long it is since 1970-01-01T00:00Z by this machine's clock; nothing on
/// a clock before that.
pub fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// The time now by this machine's clock.
pub fn now() -> Time {
    Local.now()
}
