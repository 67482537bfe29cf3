//! Who is asked.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use comity_core::limits;

use crate::delegation::system::{RESOLV_CONF, named};

/// For one question: a resolver may have to ask on, and to be asked again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Resolvers that are asked, each once, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolvers {
    addresses: Vec<SocketAddr>,
    patience: Duration,
}

impl Resolvers {
    /// These, as many as are ever asked.
    pub fn new(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let mut resolvers = Vec::new();
        for address in addresses {
            if !resolvers.contains(&address) {
                resolvers.push(address);
            }
        }
        resolvers.truncate(limits::RESOLVERS_MAX);
        Self {
            addresses: resolvers,
            patience: PATIENCE,
        }
    }

    /// Those that this machine uses.
    ///
    /// # Errors
    /// Where the system's file cannot be read.
    pub fn of_the_system() -> io::Result<Self> {
        Ok(Self::from_resolv_conf(&fs::read_to_string(RESOLV_CONF)?))
    }

    /// Those that such a file names.
    pub fn from_resolv_conf(text: &str) -> Self {
        Self::new(named(text))
    }

    /// The same, with another time in which each question is answered.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Their addresses.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The time in which each question is answered.
    pub fn patience(&self) -> Duration {
        self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_names_its_resolvers() {
        let text = "# by hand\nsearch example.\n nameserver 192.0.2.1\nnameserver\t2001:db8::1 x\n\
            nameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver\nnameservers 192.0.2.9\n";
        let expected = ["192.0.2.1:53", "[2001:db8::1]:53"].map(|text| text.parse().unwrap());
        assert_eq!(Resolvers::from_resolv_conf(text).addresses(), expected);
        assert_eq!(Resolvers::from_resolv_conf("").addresses(), []);
    }

    #[test]
    fn no_more_are_asked_than_the_limit() {
        let many = (0..100).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let asked = Resolvers::new(many);
        assert_eq!(asked.addresses().len(), limits::RESOLVERS_MAX);
    }
}
