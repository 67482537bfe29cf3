//! A delegation with two name servers that are found on this machine: NSD
//! has the first, Knot the second. Their addresses are public ones, which
//! lead here.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use comity_core::check::{Report, Severity, Subject};
use comity_core::zone::{Name, Rdata, Rtype};
use comity_mirror::delegation::{self, Settings};
use tokio::runtime::Runtime;

use crate::daemons::{self, Daemon};

/// The zone's file, unsigned.
pub(crate) const ZONE: &str = "\
$ORIGIN isle.
@ 3600 IN SOA ns1 admin 7 1800 900 604800 300
@ 3600 IN NS ns1
@ 3600 IN NS ns2
ns1 3600 IN A 193.0.14.129
ns2 3600 IN A 199.7.83.42
ns2 3600 IN AAAA 2001:500:9f::42
";

pub(crate) const FIRST: &str = "193.0.14.129";
pub(crate) const SECOND: &str = "199.7.83.42";
pub(crate) const THIRD: &str = "2001:500:9f::42";

/// How long those wait who ask somebody that does not answer. Anybody else
/// answers long before.
pub(crate) const SHORT: Duration = Duration::from_millis(1000);

pub(crate) struct Network {
    pub(crate) subject: Subject,
    pub(crate) settings: Settings,
    _servers: Vec<Daemon>,
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

impl Network {
    /// NSD with this zone, and Knot with that.
    pub(crate) fn start(first: &str, second: &str) -> Option<Self> {
        let nsd = daemons::nsd(1, &[("isle.", first)])?;
        let knot = daemons::knot(2, &[("isle.", second)])?;
        let mut network = Self {
            subject: subject(),
            settings: settings(Vec::new()),
            _servers: Vec::new(),
        };
        network.lead(FIRST, nsd.address());
        network.lead(SECOND, knot.addresses[0]);
        match knot.addresses.get(1) {
            Some(address) => network.lead(THIRD, *address),
            None => {
                println!("skipped: there is no IPv6 here");
                network.forget_ipv6();
            }
        }
        network._servers = vec![nsd, knot];
        Some(network)
    }

    /// Both with the sound zone.
    pub(crate) fn sound() -> Option<Self> {
        Self::start(ZONE, ZONE)
    }

    /// Nobody is where the servers should be.
    pub(crate) fn down() -> Self {
        let mut network = Self {
            subject: subject(),
            settings: settings(Vec::new()),
            _servers: Vec::new(),
        };
        network.forget_ipv6();
        for (number, address) in [(1, FIRST), (2, SECOND)] {
            network.lead(address, daemons::free(daemons::own_ip(number)));
        }
        network
    }

    /// Whoever asks this address is led there.
    pub(crate) fn lead(&mut self, address: &str, target: SocketAddr) {
        self.settings.reach.insert(ip(address), target);
    }

    pub(crate) fn target(&self, address: &str) -> SocketAddr {
        self.settings.reach[&ip(address)]
    }

    /// Leaves an address out of the delegation's glue.
    fn forget_ipv6(&mut self) {
        for glue in self.subject.glue.values_mut() {
            glue.retain(IpAddr::is_ipv4);
        }
    }

    pub(crate) fn report(&self) -> Report {
        report(&self.subject, &self.settings)
    }

    /// The faults that are found, each with the address where it is, if it is
    /// at one, in order; but for what is only good to know.
    pub(crate) fn faults(&self) -> Vec<String> {
        faults(&self.report())
    }
}

pub(crate) fn report(subject: &Subject, settings: &Settings) -> Report {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(delegation::check(subject, settings))
}

pub(crate) fn faults(report: &Report) -> Vec<String> {
    let findings = report.findings();
    let worth = findings.filter(|it| it.fault.severity() > Severity::Info);
    let mut faults: Vec<String> = Vec::new();
    for finding in worth {
        let at = finding.address.map(|it| format!(" at {it}"));
        let fault = finding.fault.code().to_owned() + &at.unwrap_or_default();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// Asks patiently, with these resolvers.
pub(crate) fn settings(resolvers: Vec<SocketAddr>) -> Settings {
    Settings {
        timeout: Duration::from_secs(10),
        tries: 2,
        ..Settings::new(resolvers)
    }
}

/// The delegation as its zone wants it.
pub(crate) fn subject() -> Subject {
    let glue = [
        (name("ns1.isle."), [ip(FIRST)].into()),
        (name("ns2.isle."), [ip(SECOND), ip(THIRD)].into()),
    ];
    Subject {
        name: name("isle."),
        parent: Name::root(),
        ns: glue.iter().map(|(host, _)| host.clone()).collect(),
        glue: BTreeMap::from(glue),
        ds: Default::default(),
    }
}

pub(crate) fn ds(text: &str) -> Rdata {
    Rdata::from_text(Rtype::DS, text).unwrap()
}
