//! The resolvers of this machine, from resolv.conf(5).

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::PORT;
use crate::files;

/// Where they are named.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";
/// As many as the C library looks at.
const RESOLVERS_MAX: usize = 3;
/// Octets of that file.
const OCTETS_MAX: u64 = 64 * 1024;

/// The resolvers of this machine; none where the file names none.
pub fn resolvers() -> Vec<SocketAddr> {
    let octets = files::read_required(Path::new(RESOLV_CONF), OCTETS_MAX);
    let text = octets.unwrap_or_default();
    read(&String::from_utf8_lossy(&text))
}

/// The resolvers that such a file names, as many as the C library looks at.
pub fn read(text: &str) -> Vec<SocketAddr> {
    named(text).take(RESOLVERS_MAX).collect()
}

/// All resolvers that such a file names.
pub(crate) fn named(text: &str) -> impl Iterator<Item = SocketAddr> {
    let addresses = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let is_one = words.next() == Some("nameserver");
        is_one
            .then(|| words.next()?.parse::<IpAddr>().ok())
            .flatten()
    });
    addresses.map(|address| SocketAddr::new(address, PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_name_servers_are_taken() {
        let text = "# nameserver 192.0.2.9\nsearch example\nnameserver\nnameserver x\n\
                    nameserver 192.0.2.1\n nameserver\t2001:db8::1 # here\n\
                    nameserver 192.0.2.2\nnameserver 192.0.2.3\n";
        let texts: Vec<_> = read(text).iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"]);
        assert_eq!(read(""), []);
    }
}
