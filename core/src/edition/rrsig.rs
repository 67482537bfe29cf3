//! Signatures of record sets (RFC 4034 §3), and the octets that are signed.

use alloc::vec::Vec;

use super::Dnskey;
use super::key::ALGORITHM;
use crate::basic::{PublicKey, Signature, Time};
use crate::dnssec;
use crate::dnssec::rrsig::nearest;
pub(super) use crate::dnssec::rrsig::{on_the_wire, time_left_s};
use crate::zone::wire::compose_record;
use crate::zone::{Name, Rdata, RecordSet, Rtype, SetKey};

/// A signature of a record set by a key of the zone. What else its RRSIG record
/// has follows from the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrsig {
    /// The key.
    pub by: Dnskey,
    /// From when it is valid, in seconds modulo 2^32 (RFC 4034 §3.1.5).
    pub inception: u32,
    /// Until when it is valid, in seconds modulo 2^32.
    pub expiration: u32,
    /// The signature.
    pub signature: Signature,
}

impl Rrsig {
    /// When it begins, the second nearest to `now`.
    pub fn begins(&self, now: Time) -> Time {
        nearest(self.inception, now)
    }

    /// When it ends, the second nearest to `now`.
    pub fn expires(&self, now: Time) -> Time {
        nearest(self.expiration, now)
    }
}

/// A record set that is to be signed, by which key, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which set.
    pub key: SetKey,
    /// The key.
    pub by: Dnskey,
    /// From when the signature is to be valid, in seconds modulo 2^32.
    pub inception: u32,
    /// Until when the signature is to be valid, in seconds modulo 2^32.
    pub expiration: u32,
}

impl Item {
    /// The signature that answers it.
    pub(crate) fn signed(&self, signature: Signature) -> Rrsig {
        Rrsig {
            by: self.by,
            inception: self.inception,
            expiration: self.expiration,
            signature,
        }
    }
}

/// A key ready to verify many signatures.
pub(super) struct Verifier(Option<ed25519_dalek::VerifyingKey>);

impl Verifier {
    pub(super) fn of(key: Dnskey) -> Self {
        let PublicKey(octets) = key.key();
        Self(ed25519_dalek::VerifyingKey::from_bytes(&octets).ok())
    }

    /// As [`PublicKey::verifies`], by the strict rule.
    pub(super) fn accepts(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .is_some_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

/// The octets that are signed for a set of this zone (RFC 4034 §3.1.8.1).
pub(crate) fn message(origin: &Name, item: &Item, set: &RecordSet) -> Vec<u8> {
    let SetKey { owner, rtype } = &item.key;
    let validity = (item.inception, item.expiration);
    let mut octets = head(
        origin,
        item.by.key_tag(),
        (owner, *rtype, set.ttl),
        validity,
    );
    for data in &set.data {
        compose_record(&mut octets, owner, *rtype, set.ttl, data);
    }
    octets
}

/// The data of the RRSIG record over a set of this zone.
pub(super) fn rdata(origin: &Name, set: (&Name, Rtype, u32), rrsig: &Rrsig) -> Rdata {
    let validity = (rrsig.inception, rrsig.expiration);
    let mut octets = head(origin, rrsig.by.key_tag(), set, validity);
    octets.extend_from_slice(&rrsig.signature.0);
    Rdata::from_canonical(&octets)
}

/// An RRSIG's data without its signature: for a set by owner, type and TTL, valid
/// from inception to expiration.
fn head(
    origin: &Name,
    tag: u16,
    (owner, rtype, ttl): (&Name, Rtype, u32),
    (inception, expiration): (u32, u32),
) -> Vec<u8> {
    // RFC 4034 §3.1.3: neither the root label nor a leftmost `*` count.
    let labels = owner.label_count() - u8::from(owner.is_wildcard());
    let mut octets = Vec::with_capacity(128);
    octets.extend_from_slice(&rtype.to_int().to_be_bytes());
    octets.extend_from_slice(&[ALGORITHM, labels]);
    octets.extend_from_slice(&ttl.to_be_bytes());
    octets.extend_from_slice(&expiration.to_be_bytes());
    octets.extend_from_slice(&inception.to_be_bytes());
    octets.extend_from_slice(&tag.to_be_bytes());
    octets.extend_from_slice(origin.as_wire());
    octets
}

/// An RRSIG record as it was found: which key made it is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unattributed {
    pub(super) covered: Rtype,
    tag: u16,
    inception: u32,
    expiration: u32,
    signature: Signature,
}

impl Unattributed {
    /// What RRSIG data says. That all the rest is right shows when the data is
    /// composed again from the set.
    pub(super) fn parse(data: &Rdata) -> Option<Self> {
        let parsed = dnssec::Rrsig::parse(data)?;
        Some(Self {
            covered: parsed.covered,
            tag: parsed.key_tag,
            inception: parsed.inception,
            expiration: parsed.expiration,
            signature: Signature(parsed.signature().try_into().ok()?),
        })
    }

    /// The signature, if it is of the key with this tag.
    pub(super) fn by(&self, by: Dnskey) -> Option<Rrsig> {
        let rrsig = Rrsig {
            by,
            inception: self.inception,
            expiration: self.expiration,
            signature: self.signature,
        };
        (by.key_tag() == self.tag).then_some(rrsig)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::samples::name;

    /// RFC 8080 §6 with erratum 4935: keys, and their signatures of an MX set.
    const SIGNED: [(&str, &str); 2] = [
        (
            "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
            "MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
        ),
        (
            "257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
            "MX 15 2 3600 1440021600 1438207200 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
        ),
    ];

    #[test]
    fn accepts_the_signatures_of_rfc_8080_section_6() {
        for (key, text) in SIGNED {
            let key = Rdata::from_text(Rtype::DNSKEY, key).unwrap();
            let key = Dnskey::parse(&key).unwrap();
            let data = Rdata::from_text(Rtype::RRSIG, text).unwrap();
            let found = Unattributed::parse(&data).unwrap();
            let (rtype, rrsig) = (found.covered, found.by(key).unwrap());
            assert_eq!(found.by(key.revoked()), None);
            let owner = name("example.com.");
            assert_eq!(rdata(&owner, (&owner, rtype, 3600), &rrsig), data);

            let mx = Rdata::from_text(Rtype::MX, "10 mail.example.com.").unwrap();
            let item = Item {
                key: SetKey::new(&owner, rtype),
                by: key,
                inception: rrsig.inception,
                expiration: rrsig.expiration,
            };
            let mut message = message(&owner, &item, &RecordSet::of_one(3600, mx));
            assert!(Verifier::of(key).accepts(&message, &rrsig.signature));
            message[0] ^= 1;
            assert!(!Verifier::of(key).accepts(&message, &rrsig.signature));
        }
    }

    #[test]
    fn wildcards_do_not_count_as_labels() {
        let by = Dnskey::anchor(PublicKey([0; 32]));
        for (owner, labels) in [("example.", 1), ("a.b.example.", 3), ("*.b.example.", 2)] {
            let rrsig = Rrsig {
                by,
                inception: 1,
                expiration: 2,
                signature: Signature([7; 64]),
            };
            let set = (&name(owner), Rtype::A, 60);
            let data = rdata(&name("example."), set, &rrsig);
            assert_eq!(data.as_wire()[3], labels, "{owner}");
            let found = Unattributed::parse(&data).unwrap();
            assert_eq!((found.covered, found.by(by)), (Rtype::A, Some(rrsig)));
        }
    }
}
