//! Zones that others sign, for tests: with Ed25519, whose signatures this crate
//! verifies itself.

mod anchors;
mod buffer;
mod hashed;
mod rules;

use alloc::vec::Vec;
use core::convert::Infallible;

use ed25519_dalek::{Signer as _, SigningKey};

use super::seal::{Validity, seal};
use super::*;
use crate::dnssec::tests::OursAlone;
use crate::zone::samples::build;
use crate::zone::{Rdata, Record};

/// 2025-12-30T12:00Z.
const NOW: Time = Time(1_767_096_000);
const DAY_S: u64 = 86_400;

fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn dnskey(seed: u8, flags: u16) -> Rdata {
    let mut wire = flags.to_be_bytes().to_vec();
    wire.extend_from_slice(&[3, 15]);
    wire.extend_from_slice(&secret(seed).verifying_key().to_bytes());
    Rdata::from_wire(Rtype::DNSKEY, &wire).unwrap()
}

fn zone_key(seed: u8) -> ZoneKey {
    ZoneKey::parse(&dnskey(seed, 257)).unwrap()
}

fn anchors(zone: &str, seed: u8) -> Anchors {
    let zone = zone.parse().unwrap();
    Anchors::new(&zone, [Anchor::Key(dnskey(seed, 257))].into()).unwrap()
}

/// The zone, signed by one key an hour before `at` for fourteen days.
fn signed(origin: &str, text: &str, seed: u8, at: Time) -> ServedZone {
    let contents = build(origin, text).unwrap();
    let validity = Validity {
        inception: Time(at.0 - 3600),
        expiration: at.plus(14 * DAY_S),
    };
    let sign = |message: &[u8]| -> Result<Vec<u8>, Infallible> {
        Ok(secret(seed).sign(message).to_bytes().to_vec())
    };
    let Ok(zone) = seal(
        (&contents, contents.serial()),
        &zone_key(seed),
        validity,
        sign,
    );
    zone
}

fn verify(
    anchors: &Anchors,
    records: impl IntoIterator<Item = Record>,
    now: Time,
    zonemd: Zonemd,
) -> Result<UpstreamZone, UpstreamRefusal> {
    let how = Verification {
        anchors,
        now,
        zonemd,
        check: OursAlone,
    };
    UpstreamZone::verify(anchors.zone(), records, &how)
}
