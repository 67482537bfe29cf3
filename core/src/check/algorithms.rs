//! DNSSEC's algorithms and digest types, as IANA's registries have them
//! (RFC 9904), and which of them a delegation may use.

/// Whether a delegation may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It may.
    Good,
    /// It must not any more, by this RFC.
    Deprecated(&'static str),
    /// It is not for zones that are delegated.
    NotForZones,
}

/// An algorithm of keys and signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    /// Its number.
    pub number: u8,
    /// Its mnemonic.
    pub name: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    /// Whether it may be used.
    pub usage: Use,
}

/// A digest type of DS records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestType {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// Octets of a digest.
    pub octets: usize,
    /// Where it is defined.
    pub source: &'static str,
    /// Whether it may be used.
    pub usage: Use,
}

const fn algorithm(number: u8, name: &'static str, source: &'static str, usage: Use) -> Algorithm {
    Algorithm {
        number,
        name,
        source,
        usage,
    }
}

const fn digest(
    number: u8,
    name: &'static str,
    octets: usize,
    source: &'static str,
    usage: Use,
) -> DigestType {
    DigestType {
        number,
        name,
        octets,
        source,
        usage,
    }
}

/// The algorithms that have a number.
pub const ALGORITHMS: &[Algorithm] = &[
    algorithm(0, "DELETE", "RFC 8078", Use::NotForZones),
    algorithm(1, "RSAMD5", "RFC 3110", Use::Deprecated("RFC 6725")),
    algorithm(2, "DH", "RFC 2539", Use::NotForZones),
    algorithm(3, "DSA", "RFC 2536", Use::Deprecated("RFC 8624")),
    algorithm(5, "RSASHA1", "RFC 3110", Use::Deprecated("RFC 9905")),
    algorithm(6, "DSA-NSEC3-SHA1", "RFC 5155", Use::Deprecated("RFC 8624")),
    algorithm(
        7,
        "RSASHA1-NSEC3-SHA1",
        "RFC 5155",
        Use::Deprecated("RFC 9905"),
    ),
    algorithm(8, "RSASHA256", "RFC 5702", Use::Good),
    algorithm(10, "RSASHA512", "RFC 5702", Use::Good),
    algorithm(12, "ECC-GOST", "RFC 5933", Use::Deprecated("RFC 9906")),
    algorithm(13, "ECDSAP256SHA256", "RFC 6605", Use::Good),
    algorithm(14, "ECDSAP384SHA384", "RFC 6605", Use::Good),
    algorithm(15, "ED25519", "RFC 8080", Use::Good),
    algorithm(16, "ED448", "RFC 8080", Use::Good),
    algorithm(17, "SM2SM3", "RFC 9563", Use::Good),
    algorithm(23, "ECC-GOST12", "RFC 9558", Use::Good),
    algorithm(252, "INDIRECT", "RFC 4034", Use::NotForZones),
    algorithm(253, "PRIVATEDNS", "RFC 4034", Use::NotForZones),
    algorithm(254, "PRIVATEOID", "RFC 4034", Use::NotForZones),
];

/// The digest types that have a number.
pub const DIGEST_TYPES: &[DigestType] = &[
    digest(1, "SHA-1", 20, "RFC 3658", Use::Deprecated("RFC 9905")),
    digest(2, "SHA-256", 32, "RFC 4509", Use::Good),
    digest(
        3,
        "GOST R 34.11-94",
        32,
        "RFC 5933",
        Use::Deprecated("RFC 9906"),
    ),
    digest(4, "SHA-384", 48, "RFC 6605", Use::Good),
    digest(5, "GOST R 34.11-2012", 32, "RFC 9558", Use::Good),
    digest(6, "SM3", 32, "RFC 9563", Use::Good),
];

impl Algorithm {
    /// The algorithm of this number, if it is assigned.
    pub fn of(number: u8) -> Option<&'static Self> {
        ALGORITHMS.iter().find(|it| it.number == number)
    }
}

impl DigestType {
    /// The digest type of this number, if it is assigned.
    pub fn of(number: u8) -> Option<&'static Self> {
        DIGEST_TYPES.iter().find(|it| it.number == number)
    }
}
