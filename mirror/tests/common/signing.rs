//! Zones signed with an ordinary key, for tests.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::time::{SystemTime, UNIX_EPOCH};

use comity_core::basic::{PublicKey, Signature, Time};
use comity_core::edition::{Plan, SignedZone, Timing, ZoneKeys};
use comity_core::zone::Contents;
use ed25519_dalek::{Signer as _, SigningKey};

pub(crate) fn now() -> Time {
    Time(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
}

pub(crate) fn secret() -> SigningKey {
    SigningKey::from_bytes(&[15; 32])
}

pub(crate) fn key() -> PublicKey {
    PublicKey(secret().verifying_key().to_bytes())
}

/// The next edition of these contents, signed with one ordinary key.
pub(crate) fn sign(contents: &Contents, last: Option<&SignedZone>, now: Time) -> SignedZone {
    let plan = Plan::new(
        1,
        contents,
        &ZoneKeys::one(key()),
        last,
        now,
        &Timing::default(),
    );
    let sign = |message: &Vec<u8>| secret().sign(message).to_bytes();
    let signatures: Vec<u8> = plan.messages().iter().flat_map(sign).collect();
    let unsealed = plan.complete(&signatures).unwrap();
    let signature = Signature(sign(&unsealed.zonemd_message()));
    unsealed.seal(signature).unwrap()
}
