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

/// A signature of a record set by the zone's key. What else its RRSIG record
/// has follows from the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrsig {
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

/// A record set that is to be signed, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which set.
    pub key: SetKey,
    /// From when the signature is to be valid, in seconds modulo 2^32.
    pub inception: u32,
    /// Until when the signature is to be valid, in seconds modulo 2^32.
    pub expiration: u32,
}

impl Item {
    pub(super) fn signed(&self, signature: Signature) -> Rrsig {
        Rrsig {
            inception: self.inception,
            expiration: self.expiration,
            signature,
        }
    }
}

/// A key ready to verify many signatures.
pub(super) struct Verifier(Option<ed25519_dalek::VerifyingKey>);

impl Verifier {
    /// As [`PublicKey::verifies`], by the strict rule.
    pub(super) fn accepts(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .is_some_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

/// Who signs: the zone, and its key with its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signer {
    pub(super) origin: Name,
    pub(super) key: Dnskey,
    tag: u16,
}

impl Signer {
    pub(super) fn new(origin: &Name, key: Dnskey) -> Self {
        Self {
            origin: origin.clone(),
            key,
            tag: key.key_tag(),
        }
    }

    pub(super) fn verifier(&self) -> Verifier {
        let PublicKey(octets) = &self.key.0;
        Verifier(ed25519_dalek::VerifyingKey::from_bytes(octets).ok())
    }

    /// The octets that are signed for a set (RFC 4034 §3.1.8.1).
    pub(super) fn message(&self, item: &Item, set: &RecordSet) -> Vec<u8> {
        let SetKey { owner, rtype } = &item.key;
        let mut octets = self.head(owner, *rtype, set.ttl, item.inception, item.expiration);
        for data in &set.data {
            compose_record(&mut octets, owner, *rtype, set.ttl, data);
        }
        octets
    }

    /// The data of the RRSIG record over a set.
    pub(super) fn rdata(&self, owner: &Name, rtype: Rtype, ttl: u32, rrsig: &Rrsig) -> Rdata {
        let mut octets = self.head(owner, rtype, ttl, rrsig.inception, rrsig.expiration);
        octets.extend_from_slice(&rrsig.signature.0);
        Rdata::from_canonical(&octets)
    }

    /// An RRSIG's data without its signature.
    fn head(
        &self,
        owner: &Name,
        rtype: Rtype,
        ttl: u32,
        inception: u32,
        expiration: u32,
    ) -> Vec<u8> {
        // RFC 4034 §3.1.3: neither the root label nor a leftmost `*` count.
        let labels = owner.label_count() - u8::from(owner.is_wildcard());
        let mut octets = Vec::with_capacity(128);
        octets.extend_from_slice(&rtype.to_int().to_be_bytes());
        octets.extend_from_slice(&[ALGORITHM, labels]);
        octets.extend_from_slice(&ttl.to_be_bytes());
        octets.extend_from_slice(&expiration.to_be_bytes());
        octets.extend_from_slice(&inception.to_be_bytes());
        octets.extend_from_slice(&self.tag.to_be_bytes());
        octets.extend_from_slice(self.origin.as_wire());
        octets
    }
}

/// The type that RRSIG data covers, and what it says of the signature. Only
/// for finding the set: that all the rest is right shows when the data is
/// composed again from the set.
pub(super) fn parse(data: &Rdata) -> Option<(Rtype, Rrsig)> {
    let parsed = dnssec::Rrsig::parse(data)?;
    let rrsig = Rrsig {
        inception: parsed.inception,
        expiration: parsed.expiration,
        signature: Signature(parsed.signature().try_into().ok()?),
    };
    Some((parsed.covered, rrsig))
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
            let key = Dnskey(PublicKey(key.as_wire()[4..].try_into().unwrap()));
            let signer = Signer::new(&name("example.com."), key);
            let data = Rdata::from_text(Rtype::RRSIG, text).unwrap();
            let (rtype, rrsig) = parse(&data).unwrap();
            let owner = name("example.com.");
            assert_eq!(signer.rdata(&owner, rtype, 3600, &rrsig), data);

            let mx = Rdata::from_text(Rtype::MX, "10 mail.example.com.").unwrap();
            let item = Item {
                key: SetKey::new(&owner, rtype),
                inception: rrsig.inception,
                expiration: rrsig.expiration,
            };
            let mut message = signer.message(&item, &RecordSet::of_one(3600, mx));
            assert!(signer.verifier().accepts(&message, &rrsig.signature));
            message[0] ^= 1;
            assert!(!signer.verifier().accepts(&message, &rrsig.signature));
        }
    }

    #[test]
    fn wildcards_do_not_count_as_labels() {
        let key = Dnskey(PublicKey([0; 32]));
        let signer = Signer::new(&name("example."), key);
        for (owner, labels) in [("example.", 1), ("a.b.example.", 3), ("*.b.example.", 2)] {
            let rrsig = Rrsig {
                inception: 1,
                expiration: 2,
                signature: Signature([7; 64]),
            };
            let data = signer.rdata(&name(owner), Rtype::A, 60, &rrsig);
            assert_eq!(data.as_wire()[3], labels, "{owner}");
            assert_eq!(parse(&data), Some((Rtype::A, rrsig)));
        }
    }
}
