//! Simulated time: one for all, and a clock for each party that may be set
//! wrongly.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use comity_mirror::clock::Clock;

/// When every simulation begins: milliseconds since 1970.
pub const BEGIN_MS: u64 = 1_795_567_938_000;

/// The time that there really is.
#[derive(Clone, Debug)]
pub struct TrueTime(Arc<AtomicU64>);

impl Default for TrueTime {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(BEGIN_MS)))
    }
}

impl TrueTime {
    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Time never goes back.
    pub fn set(&self, now_ms: u64) {
        self.0.fetch_max(now_ms, Ordering::Relaxed);
    }
}

/// A party's clock.
#[derive(Debug)]
pub struct PartyClock {
    time: TrueTime,
    /// By how much it is ahead, in milliseconds.
    ahead_ms: AtomicI64,
}

impl PartyClock {
    /// A clock that is this far ahead.
    pub fn new(time: TrueTime, ahead_ms: i64) -> Self {
        Self {
            time,
            ahead_ms: AtomicI64::new(ahead_ms),
        }
    }

    /// By how much it is ahead, in milliseconds.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Sets it.
    pub fn set_ahead(&self, ahead_ms: i64) {
        self.ahead_ms.store(ahead_ms, Ordering::Relaxed);
    }
}

impl Clock for PartyClock {
    fn since_1970(&self) -> Duration {
        let ahead_ms = self.ahead_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.time.now_ms().saturating_add_signed(ahead_ms))
    }

    fn running(&self) -> Duration {
        Duration::from_millis(self.time.now_ms())
    }
}
