//! The zone's one key (Ed25519, RFC 8080) as the DNS has it. It signs both
//! the DNSKEY set and everything else, so its flags are 257.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::basic::PublicKey;
use crate::dnssec::key::key_tag;
use crate::zone::{Name, Rdata, RecordSet};

/// Algorithm ED25519 (RFC 8080 §5).
pub const ALGORITHM: u8 = 15;
/// Seconds for which the DNSKEY set may be cached: the root's practice.
pub const DNSKEY_TTL_S: u32 = 172_800;

/// ZONE and SEP (RFC 4034 §2.1.1).
const FLAGS: u16 = 257;
/// RFC 4034 §2.1.2.
const PROTOCOL: u8 = 3;
/// Digest type SHA-256 (RFC 4509).
const DIGEST_TYPE: u8 = 2;

/// A zone's key as a DNSKEY record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnskey(pub PublicKey);

impl Dnskey {
    /// The record's data (RFC 4034 §2.1, RFC 8080 §3).
    pub fn rdata(&self) -> Rdata {
        Rdata::from_canonical(&self.wire())
    }

    /// The DNSKEY set of a zone with this key.
    pub fn set(&self) -> RecordSet {
        RecordSet::of_one(DNSKEY_TTL_S, self.rdata())
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
        let mut wire = Vec::with_capacity(36);
        wire.extend_from_slice(&self.key_tag().to_be_bytes());
        wire.extend_from_slice(&[ALGORITHM, DIGEST_TYPE]);
        wire.extend_from_slice(&digest);
        Rdata::from_canonical(&wire)
    }

    fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(36);
        wire.extend_from_slice(&FLAGS.to_be_bytes());
        wire.extend_from_slice(&[PROTOCOL, ALGORITHM]);
        wire.extend_from_slice(&self.0.0);
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
            let key = Dnskey(PublicKey(data.as_wire()[4..].try_into().unwrap()));
            assert_eq!(key.rdata(), data);
            assert_eq!(key.key_tag(), tag);
            let expected = Rdata::from_text(Rtype::DS, ds).unwrap();
            assert_eq!(key.ds(&name("example.com.")), expected);
        }
    }
}
