//! This machine's clock, read here and nowhere else in the libraries: what
//! computes takes the time as an argument.

use std::time::{Duration, SystemTime};

use comity_core::basic::Time;

/// How long it is since 1970-01-01T00:00Z; nothing on a clock before that.
pub fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// The time now.
pub fn now() -> Time {
    Time(since_1970().as_secs())
}
