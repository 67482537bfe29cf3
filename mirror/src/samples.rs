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

/// The same, as they are served.
pub(crate) mod served {
    use comity_core::basic::Time;
    use comity_core::served::ServedZone;
    use comity_core::zone::Record;

    /// The signed zone of [`super::PLAIN`].
    pub(crate) fn plain() -> ServedZone {
        super::plain().into()
    }

    /// The signed zone of [`super::ROOT`].
    pub(crate) fn root() -> ServedZone {
        super::root().into()
    }

    /// As [`super::sign`].
    pub(crate) fn sign(origin: &str, records: Vec<Record>, now: Time) -> ServedZone {
        super::sign(origin, records, now).into()
    }
}
