//! Lists of networks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use comity_core::basic::BadText;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The networks that something is allowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Networks(pub Vec<Network>);

/// One network in prefix notation (RFC 4632 §3.1, RFC 4291 §2.3). A lone
/// address is a network of its own. No bit behind the prefix is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Networks {
    /// Every address there is.
    pub fn everybody() -> Self {
        let all = |address| Network {
            address,
            prefix_bits: 0,
        };
        Self(vec![
            all(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            all(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        ])
    }

    /// This machine alone.
    pub fn own() -> Self {
        let network = |address, prefix_bits| Network {
            address,
            prefix_bits,
        };
        Self(vec![
            network(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
            network(IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
        ])
    }

    /// Whether one of the networks contains this address.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl Network {
    /// This address alone.
    pub fn of(address: IpAddr) -> Self {
        // As clients are compared with it.
        let address = address.to_canonical();
        Self {
            address,
            prefix_bits: bits_max(address),
        }
    }

    /// Whether this address is in the network. An IPv4 address that came
    /// through an IPv6 socket is an IPv4 address (RFC 4291 §2.5.5.2).
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                let bits = bits(self.address) ^ bits(address.to_canonical());
                u32::from(self.prefix_bits) <= bits.leading_zeros()
            }
            _ => false,
        }
    }
}

/// How many bits an address has.
fn bits_max(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address's bits, from the first of 128 on.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl FromStr for Network {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let error = BadText {
            expected: "an address, or a network such as 192.0.2.0/24 or 2001:db8::/32",
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| error.clone())?;
        let bits_max = bits_max(address);
        let prefix_bits = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| error.clone())?,
            None => bits_max,
        };
        let behind = bits(address)
            .checked_shl(u32::from(prefix_bits))
            .unwrap_or(0);
        if prefix_bits > bits_max || behind != 0 {
            return Err(error);
        }
        Ok(Self {
            address,
            prefix_bits,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contain_what_is_written_and_nothing_else() {
        let cases = [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.0", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
        ];
        for (network, address, expected) in cases {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        }
        for address in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(Networks::everybody().contain(address.parse().unwrap()));
            assert!(!Networks::default().contain(address.parse().unwrap()));
        }
    }

    #[test]
    fn refuse_what_is_not_a_network() {
        for text in [
            "",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "2001:db8::/129",
            "::1/64",
            "host",
            "10.0.0.0/",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        assert_eq!(
            "192.0.2.1".parse::<Network>().unwrap().to_string(),
            "192.0.2.1/32"
        );
    }
}
