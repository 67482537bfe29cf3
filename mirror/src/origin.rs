//! Whom a connection counts against.

use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or the /64 network that one IPv6 host has to itself
/// (RFC 6177 §2).
pub fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_has_one_origin() {
        let table = [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::", "2001:db8:1:2::"),
        ];
        for (address, expected) in table {
            assert_eq!(origin(address.parse().unwrap()).to_string(), expected);
        }
    }
}
