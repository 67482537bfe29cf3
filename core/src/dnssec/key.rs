//! Keys of zones, and the DS records by which their parents name them.

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Sha256, Sha384};

use super::ChainRefusal;
use crate::zone::{Name, Rdata, Rtype, SetKey};

/// The key is the zone's, and not for another use (RFC 4034 §2.1.1).
const ZONE: u16 = 0x0100;
/// The key was given up by its owner (RFC 5011 §2.1).
const REVOKE: u16 = 0x0080;
/// RFC 4034 §2.1.2.
const PROTOCOL: u8 = 3;

/// Digest type SHA-1 (RFC 4034 §5.1.3), which names no key here any more.
const SHA_1: u8 = 1;
/// Digest type SHA-256 (RFC 4509 §2.1).
const SHA_256: u8 = 2;
/// Digest type SHA-384 (RFC 6605 §2).
const SHA_384: u8 = 4;

/// A key as its DNSKEY record has it (RFC 4034 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneKey {
    data: Rdata,
    flags: u16,
    protocol: u8,
    algorithm: u8,
}

impl ZoneKey {
    /// The key that this is the DNSKEY data of.
    pub fn parse(data: &Rdata) -> Option<Self> {
        let (flags, rest) = data.as_wire().split_first_chunk()?;
        let ([protocol, algorithm], _public_key) = rest.split_first_chunk()?;
        Some(Self {
            data: data.clone(),
            flags: u16::from_be_bytes(*flags),
            protocol: *protocol,
            algorithm: *algorithm,
        })
    }

    /// The number of its algorithm.
    pub fn algorithm(&self) -> u8 {
        self.algorithm
    }

    /// The public key field.
    pub fn public_key(&self) -> &[u8] {
        self.data.as_wire().get(4..).unwrap_or(&[])
    }

    /// The key tag (RFC 4034 appendix B).
    pub fn tag(&self) -> u16 {
        key_tag(self.data.as_wire())
    }

    /// Whether it signs sets of its zone (RFC 4034 §2.1.1, §2.1.2).
    pub fn is_of_the_zone(&self) -> bool {
        self.flags & ZONE != 0 && self.protocol == PROTOCOL
    }

    /// Whether its owner gave it up (RFC 5011 §2.1).
    pub fn is_revoked(&self) -> bool {
        self.flags & REVOKE != 0
    }

    /// Whether one of these DS records names it, as a key of `zone`.
    ///
    /// # Errors
    /// That none does, and whether one with SHA-1 might.
    pub fn check_named<'a>(
        &self,
        zone: &Name,
        ds: impl IntoIterator<Item = &'a Rdata>,
    ) -> Result<(), ChainRefusal> {
        let ds = ds.into_iter().filter_map(Ds::parse);
        let of_tag: Vec<Ds> = ds.filter(|ds| ds.has_tag_of(self)).collect();
        let (set, tag) = (SetKey::new(zone, Rtype::DS), self.tag());
        if of_tag.iter().any(|ds| ds.names(zone, self)) {
            Ok(())
        } else if !of_tag.is_empty() && of_tag.iter().all(|ds| ds.digest_type == SHA_1) {
            Err(ChainRefusal::OnlySha1 { set, tag })
        } else {
            Err(ChainRefusal::KeyNotNamed { set, tag })
        }
    }

    /// The record's data.
    pub fn rdata(&self) -> &Rdata {
        &self.data
    }
}

/// The key tag of DNSKEY data (RFC 4034 appendix B).
pub(crate) fn key_tag(wire: &[u8]) -> u16 {
    // At most 65,535 octets: the sum is below 2^31.
    let sum: u32 = wire
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        })
        .sum();
    let [_, _, high, low] = (sum + (sum >> 16)).to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// A DS record's data (RFC 4034 §5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ds {
    /// The tag of the key that it names.
    pub key_tag: u16,
    /// The algorithm of the key that it names.
    pub algorithm: u8,
    /// Which digest it has of that key.
    pub digest_type: u8,
    /// The digest.
    pub digest: Vec<u8>,
}

impl Ds {
    /// What this DS data says.
    pub fn parse(data: &Rdata) -> Option<Self> {
        let (key_tag, rest) = data.as_wire().split_first_chunk()?;
        let ([algorithm, digest_type], digest) = rest.split_first_chunk()?;
        Some(Self {
            key_tag: u16::from_be_bytes(*key_tag),
            algorithm: *algorithm,
            digest_type: *digest_type,
            digest: digest.to_vec(),
        })
    }

    /// Whether it names this key of `zone`, by SHA-256 or SHA-384 (RFC 4034
    /// §5.2). By SHA-1 nothing is named (RFC 9905).
    pub fn names(&self, zone: &Name, key: &ZoneKey) -> bool {
        self.has_tag_of(key)
            && match self.digest_type {
                SHA_256 => *digest::<Sha256>(zone, key) == *self.digest,
                SHA_384 => *digest::<Sha384>(zone, key) == *self.digest,
                _ => false,
            }
    }

    /// DS data that names this key of `zone` by SHA-256 (RFC 4034 §5.1), as text.
    pub fn text_of(zone: &Name, key: &ZoneKey) -> String {
        let digest = digest::<Sha256>(zone, key);
        let mut text = alloc::format!("{} {} {SHA_256} ", key.tag(), key.algorithm());
        text.extend(digest.iter().map(|octet| alloc::format!("{octet:02X}")));
        text
    }

    /// Whether tag and algorithm are this key's.
    fn has_tag_of(&self, key: &ZoneKey) -> bool {
        self.key_tag == key.tag() && self.algorithm == key.algorithm()
    }
}

/// The digest of a DNSKEY record (RFC 4034 §5.1.4).
fn digest<D: sha2::Digest>(zone: &Name, key: &ZoneKey) -> Vec<u8> {
    let digest = D::new()
        .chain_update(zone.as_wire())
        .chain_update(key.data.as_wire());
    digest.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::samples::name;

    fn key(text: &str) -> ZoneKey {
        ZoneKey::parse(&Rdata::from_text(Rtype::DNSKEY, text).unwrap()).unwrap()
    }

    fn ds(text: &str) -> Ds {
        Ds::parse(&Rdata::from_text(Rtype::DS, text).unwrap()).unwrap()
    }

    /// RFC 4509 §2.3 (RSA) and RFC 6605 §6.2 (ECDSA on P-384): a zone's key, and
    /// the DS record that names it.
    const NAMED: &[(&str, &str, u16, &str)] = &[
        (
            "dskey.example.com.",
            "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
            60485,
            "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
        ),
        (
            "example.net.",
            "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
            10771,
            "10771 14 4 72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6",
        ),
    ];

    #[test]
    fn keys_are_named_as_in_rfc_4509_and_rfc_6605() {
        for (zone, text, tag, named) in NAMED {
            let (key, mut ds) = (key(text), ds(named));
            assert_eq!(key.tag(), *tag);
            assert!(ds.names(&name(zone), &key), "{zone}");
            assert!(!ds.names(&name("other."), &key), "{zone}");
            ds.digest[0] ^= 1;
            assert!(!ds.names(&name(zone), &key), "{zone}");
        }
    }

    #[test]
    fn a_key_is_named_by_sha_256() {
        let (zone, text, _, named) = NAMED[0];
        assert_eq!(Ds::text_of(&name(zone), &key(text)), named);
    }

    #[test]
    fn sha_1_names_nothing() {
        // RFC 4034 §5.4: this is the right digest of that key.
        let (zone, text, _, _) = NAMED[0];
        let sha_1 = ds("60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118");
        assert!(sha_1.has_tag_of(&key(text)));
        assert!(!sha_1.names(&name(zone), &key(text)));
    }

    #[test]
    fn a_key_has_its_uses() {
        for (text, of_the_zone, revoked) in [
            ("256 3 15 AAAA", true, false),
            ("257 3 15 AAAA", true, false),
            ("385 3 15 AAAA", true, true),
            ("0 3 15 AAAA", false, false),
            ("512 3 15 AAAA", false, false),
            ("256 2 15 AAAA", false, false),
        ] {
            let key = key(text);
            assert_eq!(key.is_of_the_zone(), of_the_zone, "{text}");
            assert_eq!(key.is_revoked(), revoked, "{text}");
        }
    }

    #[test]
    fn data_too_short_is_nothing() {
        for octets in 0..4 {
            let data = Rdata::from_canonical(&[0; 4][..octets]);
            assert_eq!(ZoneKey::parse(&data), None);
            assert_eq!(Ds::parse(&data), None);
        }
    }
}
