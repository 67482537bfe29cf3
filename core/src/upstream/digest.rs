//! The digests that a version states of itself (RFC 8976).

use sha2::digest::Output;
use sha2::{Sha384, Sha512};

use super::{DigestStanding, UpstreamRefusal, Zonemd};
use crate::edition::zonemd::Digester;
use crate::served::ServedZone;
use crate::zone::{Rdata, Rtype};

/// Scheme SIMPLE (RFC 8976 §5.2).
const SIMPLE: u8 = 1;

/// A hash of RFC 8976 §5.3.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha384,
    Sha512,
}

/// A ZONEMD record's data (RFC 8976 §2.2).
struct Stated<'a> {
    serial: u32,
    hash: Option<Hash>,
    digest: &'a [u8],
}

/// Compares the digests that can be checked (RFC 8976 §4): one of them must be
/// right, and none may be wrong.
pub(super) fn check(zone: &ServedZone, demand: Zonemd) -> Result<DigestStanding, UpstreamRefusal> {
    let origin = || zone.origin().clone();
    let Some(set) = zone.get(zone.origin(), Rtype::ZONEMD) else {
        return match demand {
            Zonemd::Required => Err(UpstreamRefusal::NoDigest {
                zone: origin(),
                is_there: false,
            }),
            Zonemd::IfThere | Zonemd::Withheld => Ok(DigestStanding::Absent),
        };
    };
    let mut checked = [false; 2];
    for stated in set.set.data.iter().filter_map(Stated::parse) {
        if stated.serial != zone.serial() {
            return Err(UpstreamRefusal::DigestSerial {
                stated: stated.serial,
                serial: zone.serial(),
            });
        }
        let Some(hash) = stated.hash else {
            continue;
        };
        let [with_384, with_512] = &mut checked;
        let is_checked = match hash {
            Hash::Sha384 => with_384,
            Hash::Sha512 => with_512,
        };
        if *is_checked {
            return Err(UpstreamRefusal::DigestTwice { zone: origin() });
        }
        *is_checked = true;
        let is_right = match hash {
            Hash::Sha384 => *digest::<Sha384>(zone) == *stated.digest,
            Hash::Sha512 => *digest::<Sha512>(zone) == *stated.digest,
        };
        if !is_right {
            return Err(UpstreamRefusal::DigestDiffers { zone: origin() });
        }
    }
    match (checked.contains(&true), demand) {
        (true, _) => Ok(DigestStanding::Right),
        (false, Zonemd::IfThere | Zonemd::Withheld) => Ok(DigestStanding::NotCheckable),
        (false, Zonemd::Required) => Err(UpstreamRefusal::NoDigest {
            zone: origin(),
            is_there: true,
        }),
    }
}

impl<'a> Stated<'a> {
    fn parse(data: &'a Rdata) -> Option<Self> {
        let (serial, rest) = data.as_wire().split_first_chunk()?;
        let ([scheme, hash], digest) = rest.split_first_chunk()?;
        let hash = match (*scheme, *hash, digest.len()) {
            (SIMPLE, 1, 48) => Some(Hash::Sha384),
            (SIMPLE, 2, 64) => Some(Hash::Sha512),
            _ => None,
        };
        Some(Self {
            serial: u32::from_be_bytes(*serial),
            hash,
            digest,
        })
    }
}

/// The digest of a zone by SHA-384.
pub(super) fn of(zone: &ServedZone) -> [u8; 48] {
    digest::<Sha384>(zone).into()
}

/// The digest over all records but the ZONEMD set of the apex and its RRSIG records
/// (RFC 8976 §3.3).
fn digest<D: sha2::Digest>(zone: &ServedZone) -> Output<D> {
    let mut digester = Digester::<D>::new();
    for (owner, sets) in zone.names() {
        let is_apex = owner == zone.origin();
        let covered = |rtype: Rtype| !(is_apex && rtype == Rtype::ZONEMD);
        sets.each_record(covered, |rtype, ttl, data| {
            digester.update(owner, rtype, ttl, data);
        });
    }
    digester.finish()
}
