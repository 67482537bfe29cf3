//! A zone that others publish and sign, verified: what `comity watch` follows, and
//! what a joint root takes in. Whole versions only, and nothing of a version that
//! breaks a rule.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `sorted` | records by name and type, with their signatures |
//! | `verify` | a version, from bare records and trust anchors |
//! | `hashed` | the chain of a zone with NSEC3 records (RFC 5155) |
//! | `digest` | its ZONEMD records (RFC 8976) |
//! | [`anchors`] | the trust anchors, and how they follow the zone's keys (RFC 5011) |
//! | [`buffer`] | a version without some of its changes, under the same signatures |
//! | [`seal`] | the same contents, signed by a key of one's own |
//! | [`refusal`] | each rule of this module that can say no |

pub mod anchors;
pub mod buffer;
mod digest;
mod hashed;
pub mod refusal;
pub mod seal;
mod sorted;
#[cfg(test)]
mod tests;
mod verify;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

pub use anchors::{Anchor, AnchorEvent, Anchors};
pub use hashed::HashingFault;
pub use refusal::UpstreamRefusal;

use crate::basic::Time;
use crate::dnssec::{Rrsig, ZoneKey};
use crate::explain::Version;
use crate::served::ServedZone;
use crate::zone::{Contents, Name, RecordSet, Rtype};

/// What a version must keep beside its signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zonemd {
    /// A digest that can be checked must be there, and be right.
    Required,
    /// A digest that is there must be right.
    IfThere,
    /// The chain says that there is one, and it is not there: so it is where changes are held.
    Withheld,
}

/// What is known of a version's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestStanding {
    /// It is right.
    Right,
    /// The zone has none, and says so in its signed chain.
    Absent,
    /// It has none that can be checked here: another scheme or hash.
    NotCheckable,
}

/// How a version is verified.
#[derive(Clone, Copy, Debug)]
pub struct Verification<'a, C> {
    /// The trust anchors, one of which must have signed the zone's keys.
    pub anchors: &'a Anchors,
    /// When: signatures must be valid.
    pub now: Time,
    /// What is asked of its digest.
    pub zonemd: Zonemd,
    /// Who verifies RSA and ECDSA.
    pub check: C,
}

/// One version of a zone, verified in full: its structure, a chain of NSEC
/// or NSEC3 records without gaps, a valid signature by the zone's keys over each set that needs
/// one and over no other, keys that a trust anchor signed, a digest that is right.
/// A clone shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamZone(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    served: ServedZone,
    contents: Contents,
    keys: BTreeMap<Rtype, RecordSet>,
    revoked: Vec<ZoneKey>,
    digest: DigestStanding,
    first_expiration: Time,
}

impl UpstreamZone {
    /// The zone's origin.
    pub fn origin(&self) -> &Name {
        self.served().origin()
    }

    /// The serial of this version.
    pub fn serial(&self) -> u32 {
        self.served().serial()
    }

    /// All of it, as it is served.
    pub fn served(&self) -> &ServedZone {
        &self.0.served
    }

    /// What it contains but for what is derived from that.
    pub fn contents(&self) -> &Contents {
        &self.0.contents
    }

    /// The version, as it is compared with another.
    pub fn version(&self) -> Version<'_> {
        Version {
            contents: &self.0.contents,
            keys: &self.0.keys,
        }
    }

    /// The zone's keys: its DNSKEY set, of which some may be of no use.
    pub fn keys(&self) -> impl Iterator<Item = ZoneKey> {
        let set = self.0.keys.get(&Rtype::DNSKEY).into_iter();
        set.flat_map(|set| set.data.iter().filter_map(ZoneKey::parse))
    }

    /// Those of them that are revoked and have signed that themselves (RFC 5011
    /// §2.1).
    pub fn revoked(&self) -> &[ZoneKey] {
        &self.0.revoked
    }

    /// What is known of its digest.
    pub fn digest(&self) -> DigestStanding {
        self.0.digest
    }

    /// When the first of its signatures ends.
    pub fn first_expiration(&self) -> Time {
        self.0.first_expiration
    }

    /// For how long it may be served without news of its upstream, in seconds: the
    /// SOA record's expire field (RFC 1035 §3.3.13).
    pub fn expire_s(&self) -> u32 {
        let soa = self.served().get(self.origin(), Rtype::SOA);
        let soa = soa.and_then(|soa| soa.set.first());
        soa.map_or(0, crate::edition::serial::expire_of)
    }

    /// When the last signature of a set ends; none where it has no signature.
    pub fn signed_until(&self, name: &Name, rtype: Rtype, now: Time) -> Option<Time> {
        let set = self.served().get(name, rtype)?;
        let rrsigs = set.rrsigs.iter().filter_map(Rrsig::parse);
        rrsigs.map(|rrsig| rrsig.expires(now)).max()
    }
}

impl fmt::Debug for UpstreamZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpstreamZone({} {})", self.origin(), self.serial())
    }
}
