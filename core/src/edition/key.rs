//! A zone's key (Ed25519, RFC 8080) as the DNS has it.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::basic::PublicKey;
use crate::dnssec::key::key_tag;
use crate::zone::{Name, Rdata};

/// Algorithm ED25519 (RFC 8080 §5).
pub const ALGORITHM: u8 = 15;
/// Seconds for which the DNSKEY set may be cached: the root's practice.
pub const DNSKEY_TTL_S: u32 = 172_800;

/// The key signs the zone (RFC 4034 §2.1.1).
const ZONE: u16 = 0x0100;
/// The key is one that a trust anchor names, and signs the DNSKEY set
/// (RFC 4034 §2.1.1).
const SECURE_ENTRY_POINT: u16 = 0x0001;
/// Nobody is to trust the key any more (RFC 5011 §2.1).
const REVOKE: u16 = 0x0080;
/// RFC 4034 §2.1.2.
const PROTOCOL: u8 = 3;
/// Digest type SHA-256 (RFC 4509).
const DIGEST_TYPE: u8 = 2;
/// Octets of the record's data: flags, protocol, algorithm, key.
const DATA_OCTETS: usize = 36;

/// A zone's key as a DNSKEY record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dnskey {
    flags: u16,
    key: PublicKey,
}

impl Dnskey {
    /// A key that trust anchors name. It signs the DNSKEY set, and where it is
    /// the zone's signing key, everything else.
    pub const fn anchor(key: PublicKey) -> Self {
        let flags = ZONE | SECURE_ENTRY_POINT;
        Self { flags, key }
    }

    /// A key that signs everything but the DNSKEY set.
    pub const fn zone_only(key: PublicKey) -> Self {
        Self { flags: ZONE, key }
    }

    /// The same key, revoked (RFC 5011 §2.1). Its tag is another one.
    #[must_use]
    pub const fn revoked(self) -> Self {
        let flags = self.flags | REVOKE;
        Self { flags, ..self }
    }

    /// The key of a record that a Comity zone can have: this algorithm, and
    /// flags as above.
    pub fn parse(data: &Rdata) -> Option<Self> {
        let (head, key) = data.as_wire().split_first_chunk::<4>()?;
        let [high, low, protocol, algorithm] = *head;
        let parsed = Self {
            flags: u16::from_be_bytes([high, low]),
            key: PublicKey(key.try_into().ok()?),
        };
        let is_known = (protocol, algorithm) == (PROTOCOL, ALGORITHM)
            && parsed.flags & !(SECURE_ENTRY_POINT | REVOKE) == ZONE;
        is_known.then_some(parsed)
    }

    /// The public key.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// Whether trust anchors name it.
    pub fn is_anchor(&self) -> bool {
        self.flags & SECURE_ENTRY_POINT != 0
    }

    /// Whether nobody is to trust it any more.
    pub fn is_revoked(&self) -> bool {
        self.flags & REVOKE != 0
    }

    /// The record's data (RFC 4034 §2.1, RFC 8080 §3).
    pub fn rdata(&self) -> Rdata {
        Rdata::from_canonical(&self.wire())
    }

    /// The key tag (RFC 4034 appendix B).
    pub fn key_tag(&self) -> u16 {
        key_tag(&self.wire())
    }

    /// The data of the DS record by which the parent of `zone`, or a trust
    /// anchor, names this key (RFC 4034 §5.1, RFC 4509).
    pub fn ds(&self, zone: &Name) -> Rdata {
        let digest = Sha256::new()
            .chain_update(zone.as_wire())
            .chain_update(self.wire())
            .finalize();
        let mut wire = Vec::with_capacity(DATA_OCTETS);
        wire.extend_from_slice(&self.key_tag().to_be_bytes());
        wire.extend_from_slice(&[ALGORITHM, DIGEST_TYPE]);
        wire.extend_from_slice(&digest);
        Rdata::from_canonical(&wire)
    }

    fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(DATA_OCTETS);
        wire.extend_from_slice(&self.flags.to_be_bytes());
        wire.extend_from_slice(&[PROTOCOL, ALGORITHM]);
        wire.extend_from_slice(&self.key.0);
        wire
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Rtype;
    use crate::zone::samples::name;

    /// RFC 8080 §6: DNSKEY and DS.
    const KEYS: [(&str, u16, &str); 2] = [
        (
            "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
            3613,
            "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
        ),
        (
            "257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
            35217,
            "35217 15 2 401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c",
        ),
    ];

    #[test]
    fn keys_are_those_of_rfc_8080_section_6() {
        for (text, tag, ds) in KEYS {
            let data = Rdata::from_text(Rtype::DNSKEY, text).unwrap();
            let key = Dnskey::parse(&data).unwrap();
            assert_eq!(key.rdata(), data);
            assert_eq!(key, Dnskey::anchor(key.key()));
            assert_eq!(key.key_tag(), tag);
            let expected = Rdata::from_text(Rtype::DS, ds).unwrap();
            assert_eq!(key.ds(&name("example.com.")), expected);
        }
    }

    #[test]
    fn a_revoked_key_has_another_tag_and_is_no_other_key() {
        let key = Dnskey::anchor(PublicKey([7; 32]));
        let revoked = key.revoked();
        assert!(revoked.is_revoked() && revoked.is_anchor() && !key.is_revoked());
        assert_eq!(revoked.key(), key.key());
        // RFC 5011 §2.1: the flag adds 128 to the tag here.
        assert_eq!(revoked.key_tag(), key.key_tag() + 128);
        let text = revoked.rdata().to_text(Rtype::DNSKEY);
        assert!(text.starts_with("385 3 15 "), "{text}");
        assert!(!Dnskey::zone_only(key.key()).is_anchor());
    }

    #[test]
    fn only_records_that_a_zone_can_have_are_read() {
        let key = Dnskey::anchor(PublicKey([7; 32]));
        for known in [key, key.revoked(), Dnskey::zone_only(key.key())] {
            assert_eq!(Dnskey::parse(&known.rdata()), Some(known));
        }
        let wire = key.rdata().as_wire().to_vec();
        // Flags without the zone's, and a bit that nobody knows; another protocol;
        // another algorithm.
        for (at, octet) in [(0, 0), (0, 3), (1, 3), (2, 2), (3, 8)] {
            let mut other = wire.clone();
            other[at] = octet;
            assert_eq!(Dnskey::parse(&Rdata::from_canonical(&other)), None, "{at}");
        }
        let short = Rdata::from_canonical(&wire[..35]);
        assert_eq!(Dnskey::parse(&short), None);
    }
}
