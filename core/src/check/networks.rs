//! Prefixes of addresses: those in which no name server may be, and the
//! autonomous systems that announce the others.

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use crate::basic::BadText;
use crate::limits;

/// A network: an address and how many of its first bits count. The others
/// are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    network: IpAddr,
    length: u8,
}

impl Prefix {
    /// The network of this length that an address is in.
    pub fn of(address: IpAddr, length: u8) -> Self {
        let network = match address {
            IpAddr::V4(address) => {
                let zeros = u32::from(length.min(32)).abs_diff(32);
                let mask = u32::MAX.checked_shl(zeros).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let zeros = u32::from(length.min(128)).abs_diff(128);
                let mask = u128::MAX.checked_shl(zeros).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Self { network, length }
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.network.is_ipv4() && Self::of(address, self.length) == *self
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

impl FromStr for Prefix {
    type Err = BadText;

    /// Reads `192.0.2.0/24`. Bits beyond the length are 0.
    fn from_str(text: &str) -> Result<Self, BadText> {
        let error = BadText {
            expected: "a network such as 192.0.2.0/24",
        };
        let (network, length) = text.split_once('/').ok_or_else(|| error.clone())?;
        let network: IpAddr = network.parse().map_err(|_| error.clone())?;
        let length: u8 = length.parse().map_err(|_| error.clone())?;
        let prefix = Self::of(network, length);
        let fits = length <= bits(network);
        (fits && prefix.network == network)
            .then_some(prefix)
            .ok_or(error)
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// A network for special purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Special {
    /// The network.
    pub prefix: &'static str,
    /// What the registry calls it.
    pub purpose: &'static str,
    /// Where it is set apart.
    pub source: &'static str,
}

const fn special(prefix: &'static str, purpose: &'static str, source: &'static str) -> Special {
    Special {
        prefix,
        purpose,
        source,
    }
}

/// Networks in which no public name server can be: from IANA's registries of
/// special-purpose addresses (RFC 6890 §2.2), those that are not reachable
/// from everywhere or lead through somebody else's relay, and multicast.
pub const SPECIAL: &[Special] = &[
    special("0.0.0.0/8", "this network", "RFC 791 §3.2"),
    special("10.0.0.0/8", "private use", "RFC 1918 §3"),
    special("100.64.0.0/10", "shared address space", "RFC 6598 §7"),
    special("127.0.0.0/8", "loopback", "RFC 1122 §3.2.1.3"),
    special("169.254.0.0/16", "link local", "RFC 3927 §2.1"),
    special("172.16.0.0/12", "private use", "RFC 1918 §3"),
    special("192.0.0.0/24", "IETF protocol assignments", "RFC 6890 §2.1"),
    special("192.0.2.0/24", "documentation", "RFC 5737 §3"),
    special("192.88.99.0/24", "deprecated 6to4 relays", "RFC 7526 §4"),
    special("192.168.0.0/16", "private use", "RFC 1918 §3"),
    special("198.18.0.0/15", "benchmarking", "RFC 2544 §C.2.2"),
    special("198.51.100.0/24", "documentation", "RFC 5737 §3"),
    special("203.0.113.0/24", "documentation", "RFC 5737 §3"),
    special("224.0.0.0/4", "multicast", "RFC 5771 §3"),
    special("240.0.0.0/4", "reserved", "RFC 1112 §4"),
    special(
        "::/96",
        "unspecified, loopback and deprecated",
        "RFC 4291 §2.5",
    ),
    special("::ffff:0:0/96", "IPv4-mapped", "RFC 4291 §2.5.5.2"),
    special("64:ff9b::/96", "translation", "RFC 6052 §2.1"),
    special("64:ff9b:1::/48", "local translation", "RFC 8215 §3"),
    special("100::/64", "discard only", "RFC 6666 §3"),
    special("100:0:0:1::/64", "dummy prefix", "RFC 9780 §3"),
    special("2001::/32", "Teredo", "RFC 4380 §2.6"),
    special("2001:2::/48", "benchmarking", "RFC 5180 §8"),
    special("2001:10::/28", "deprecated ORCHID", "RFC 4843 §2"),
    special("2001:20::/28", "ORCHIDv2", "RFC 7343 §2"),
    special("2001:db8::/32", "documentation", "RFC 3849 §2"),
    special("2002::/16", "6to4", "RFC 3056 §2"),
    special("3fff::/20", "documentation", "RFC 9637 §3"),
    special("5f00::/16", "segment routing", "RFC 9602 §5"),
    special("fc00::/7", "unique local", "RFC 4193 §3"),
    special("fe80::/10", "link local", "RFC 4291 §2.5.6"),
    special("fec0::/10", "deprecated site local", "RFC 3879 §4"),
    special("ff00::/8", "multicast", "RFC 4291 §2.7"),
];

/// The network for special purposes that an address is in.
pub fn special_network(address: IpAddr) -> Option<&'static Special> {
    SPECIAL.iter().find(|special| {
        let prefix: Result<Prefix, _> = special.prefix.parse();
        prefix.is_ok_and(|prefix| prefix.contains(address))
    })
}

/// Which autonomous systems announce which networks, as a routing view had it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsnTable(BTreeMap<Prefix, BTreeSet<u32>>);

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AsnRefusal {
    /// A line is not a network and a number.
    Line(usize),
    /// More networks than any routing table has.
    TooMany,
}

impl fmt::Display for AsnRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(
                f,
                "line {number} is not a network and the number of the autonomous system that \
                 announces it, such as `192.0.2.0/24 64496`"
            ),
            Self::TooMany => write!(f, "more than {} networks", limits::ASN_NETWORKS_MAX),
        }
    }
}

impl core::error::Error for AsnRefusal {}

impl AsnTable {
    /// Reads a table: on each line a network and a number, with spaces or a
    /// tab between them; `#` and `;` begin comments. A network with several
    /// origins has several lines.
    ///
    /// # Errors
    /// Where a line is something else, or there are too many.
    pub fn read(text: &str) -> Result<Self, AsnRefusal> {
        let mut table = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split(['#', ';']).next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (prefix, asn) = entry(line).ok_or(AsnRefusal::Line(index + 1))?;
            let origins: &mut BTreeSet<u32> = table.entry(prefix).or_default();
            origins.insert(asn);
            if table.len() > limits::ASN_NETWORKS_MAX {
                return Err(AsnRefusal::TooMany);
            }
        }
        Ok(Self(table))
    }

    /// The origins of the longest network that an address is in.
    pub fn origins(&self, address: IpAddr) -> Option<&BTreeSet<u32>> {
        let lengths = (0..=bits(address)).rev();
        let mut networks = lengths.map(|length| Prefix::of(address, length));
        networks.find_map(|network| self.0.get(&network))
    }
}

fn entry(line: &str) -> Option<(Prefix, u32)> {
    let (prefix, asn) = line.split_once([' ', '\t'])?;
    Some((prefix.parse().ok()?, asn.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_network_is_a_network_and_is_named() {
        for special in SPECIAL {
            let prefix: Prefix = special.prefix.parse().unwrap();
            assert_eq!(special_network(prefix.network), Some(special));
            assert!(special.source.starts_with("RFC "), "{special:?}");
        }
    }

    #[test]
    fn public_addresses_are_in_no_special_network() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.32.0.0",
            "198.41.0.4",
            "223.255.255.255",
            "2001:500:2f::f",
            "2001:dc3::35",
            "2a00::1",
        ] {
            assert_eq!(special_network(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn the_longest_network_counts() {
        let text = "# a view\n10.0.0.0/8 1\n10.1.0.0/16\t2\n10.1.0.0/16 3\n2001:db8::/32 4 ; x\n";
        let table = AsnTable::read(text).unwrap();
        let origins = |address: &str| -> alloc::vec::Vec<u32> {
            let origins = table.origins(address.parse().unwrap());
            origins.into_iter().flatten().copied().collect()
        };
        assert_eq!(origins("10.2.0.1"), [1]);
        assert_eq!(origins("10.1.0.1"), [2, 3]);
        assert_eq!(origins("2001:db8::1"), [4]);
        assert_eq!(origins("11.0.0.1"), [0_u32; 0]);
        assert_eq!(origins("::1"), [0_u32; 0]);
    }

    #[test]
    fn refuses_lines_that_are_no_entry() {
        for line in [
            "10.0.0.0",
            "10.0.0.0/8",
            "10.0.0.0/33 1",
            "10.0.0.1/8 1",
            "10.0.0.0/8 AS1",
            "10.0.0.0/8 4294967296",
            "10.0.0.0/8 1 2",
            "::/129 1",
        ] {
            let text = alloc::format!("10.0.0.0/8 1\n{line}");
            assert_eq!(AsnTable::read(&text), Err(AsnRefusal::Line(2)), "{line}");
        }
    }
}
