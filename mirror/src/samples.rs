//! Signed zones for unit tests.

#[path = "../tests/server/judge.rs"]
pub(crate) mod judge;
#[path = "../tests/server/signing.rs"]
mod signing;

use comity_core::basic::Time;
use comity_core::edition::SignedZone;

pub(crate) use signing::{PLAIN, ROOT, name, public_key, records, sign, sign_contents};

/// A time at which nothing in these tests expires.
pub(crate) const NOW: Time = Time(1_800_000_000);

/// The signed zone of [`PLAIN`].
pub(crate) fn plain() -> SignedZone {
    sign("example.", records(PLAIN), NOW)
}

/// The signed zone of [`ROOT`].
pub(crate) fn root() -> SignedZone {
    sign(".", records(ROOT), NOW)
}
