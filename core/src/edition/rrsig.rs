//! Signatures of record sets (RFC 4034 §3), and the octets that are signed.

use alloc::vec::Vec;

use super::Dnskey;
use super::key::ALGORITHM;
use crate::basic::{PublicKey, Signature, Time};
use crate::zone::wire::compose_record;
use crate::zone::{Name, Rdata, RecordSet, Rtype, SetKey, name_length};

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

/// Seconds modulo 2^32.
pub(super) fn on_the_wire(time: Time) -> u32 {
    let [_, _, _, _, seconds @ ..] = time.0.to_be_bytes();
    u32::from_be_bytes(seconds)
}

/// Seconds from `now` to a time modulo 2^32, negative where it has passed:
/// serial number arithmetic (RFC 4034 §3.1.5).
pub(super) fn time_left_s(until: u32, now: Time) -> i64 {
    i64::from(until.wrapping_sub(on_the_wire(now)).cast_signed())
}

fn nearest(time: u32, now: Time) -> Time {
    Time(now.0.saturating_add_signed(time_left_s(time, now)))
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
    let (covered, rest) = data.as_wire().split_first_chunk()?;
    let (_algorithm_labels_ttl, rest) = rest.split_first_chunk::<6>()?;
    let (expiration, rest) = rest.split_first_chunk()?;
    let (inception, rest) = rest.split_first_chunk()?;
    let (_tag, rest) = rest.split_first_chunk::<2>()?;
    let (_signer, signature) = rest.split_at_checked(name_length(rest)?)?;
    let rrsig = Rrsig {
        inception: u32::from_be_bytes(*inception),
        expiration: u32::from_be_bytes(*expiration),
        signature: Signature(signature.try_into().ok()?),
    };
    Some((Rtype::from_int(u16::from_be_bytes(*covered)), rrsig))
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
    fn times_are_compared_modulo_two_to_the_32() {
        let now = Time(u64::from(u32::MAX) - 10);
        let later = on_the_wire(now.plus(100));
        assert_eq!(later, 89);
        assert_eq!(time_left_s(later, now), 100);
        assert_eq!(nearest(later, now), now.plus(100));
        assert_eq!(time_left_s(on_the_wire(now), now.plus(100)), -100);
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
