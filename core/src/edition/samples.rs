//! Zones signed with an ordinary key, for tests.

use alloc::vec::Vec;

use ed25519_dalek::{Signer as _, SigningKey};

use super::{Plan, SignedZone, Timing, ZoneKeys};
use crate::basic::{PublicKey, Signature, Time};
use crate::zone::Contents;

/// 2025-12-30T12:00Z.
pub(crate) const NOW: Time = Time(1_767_096_000);
pub(crate) const DAY_S: u64 = 86_400;

pub(crate) fn secret() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn key() -> PublicKey {
    PublicKey(secret().verifying_key().to_bytes())
}

pub(crate) fn keys() -> ZoneKeys {
    ZoneKeys::one(key())
}

pub(crate) fn plan(contents: &Contents, last: Option<&SignedZone>, now: Time) -> Plan {
    Plan::new(1, contents, &keys(), last, now, &Timing::default())
}

/// Signs all that the plan asks for.
pub(crate) fn complete(plan: &Plan) -> SignedZone {
    let sign = |message: &Vec<u8>| secret().sign(message).to_bytes();
    let signatures: Vec<u8> = plan.messages().iter().flat_map(sign).collect();
    let unsealed = plan.complete(&signatures).unwrap();
    let signature = Signature(sign(&unsealed.zonemd_message()));
    unsealed.seal(signature).unwrap()
}

pub(crate) fn signed(contents: &Contents) -> SignedZone {
    complete(&plan(contents, None, NOW))
}
