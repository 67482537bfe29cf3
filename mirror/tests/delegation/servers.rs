//! Faults of the name servers' own zones, planted at the second of them.

use crate::daemons::{self, Daemon, free, own_ip};
use crate::network::{FIRST, Network, SECOND, SHORT, ZONE};

/// What the second server's zone has instead, and what is found.
const TABLE: &[(&str, &str, &str, &[&str])] = &[
    (
        "a serial behind",
        "admin 7",
        "admin 6",
        &["serials-differ at 199.7.83.42"],
    ),
    (
        "another SOA",
        "604800 300",
        "604800 600",
        &["soa-differs at 199.7.83.42"],
    ),
    (
        "a name server less",
        "@ 3600 IN NS ns2\n",
        "",
        &[
            "missing-in-zone at 199.7.83.42",
            "ns-differs at 199.7.83.42",
        ],
    ),
    (
        "a name server more",
        "@ 3600 IN NS ns2\n",
        "@ 3600 IN NS ns2\n@ 3600 IN NS ns.harbour.\n",
        &[
            "missing-in-delegation at 199.7.83.42",
            "ns-differs at 199.7.83.42",
        ],
    ),
    (
        "another address of a host",
        "ns1 3600 IN A 193.0.14.129",
        "ns1 3600 IN A 193.0.14.130",
        &["glue-mismatch at 199.7.83.42"],
    ),
    (
        "an alias for a host",
        "ns1 3600 IN A 193.0.14.129",
        "ns1 3600 IN CNAME ns9.isle.",
        &["alias-name", "glue-mismatch at 199.7.83.42"],
    ),
    (
        "keys",
        "@ 3600 IN NS ns1\n",
        "@ 3600 IN NS ns1\n@ 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
        &["keys-differ at 199.7.83.42", "no-ds at 199.7.83.42"],
    ),
];

/// Both servers by IPv4 alone, so that two places say two things.
fn start(first: &str, second: &str) -> Option<Network> {
    let zones = [first, second].map(|it| it.replace("ns2 3600 IN AAAA 2001:500:9f::42\n", ""));
    let mut network = Network::start(&zones[0], &zones[1])?;
    for glue in network.subject.glue.values_mut() {
        glue.retain(std::net::IpAddr::is_ipv4);
    }
    Some(network)
}

#[test]
fn servers_that_differ_are_found() {
    for (what, old, new, expected) in TABLE {
        let zone = ZONE.replace(old, new);
        assert_ne!(zone, ZONE, "{what}");
        let Some(network) = start(ZONE, &zone) else {
            return;
        };
        assert_eq!(network.faults(), *expected, "{what}");
    }
}

#[test]
fn a_server_without_the_zone_is_found() {
    let Some(mut network) = Network::sound() else {
        return;
    };
    let other = ZONE.replace("isle.", "coast.");
    let Some(nsd) = daemons::nsd(5, &[("coast.", &other)]) else {
        return;
    };
    network.lead(FIRST, nsd.address());
    assert_eq!(network.faults(), ["lame at 193.0.14.129"]);
}

#[test]
fn a_server_that_is_down_is_found() {
    let Some(mut network) = Network::sound() else {
        return;
    };
    network.settings.timeout = SHORT;
    network.settings.tries = 1;
    network.lead(FIRST, free(own_ip(6)));
    let expected = ["silent-tcp at 193.0.14.129", "silent-udp at 193.0.14.129"];
    let mut faults = network.faults();
    faults.sort();
    assert_eq!(faults, expected);
}

#[test]
fn servers_that_are_all_down_are_found() {
    let mut network = Network::down();
    network.settings.timeout = SHORT;
    network.settings.tries = 1;
    let faults = network.faults();
    assert_eq!(faults[0], "nobody-answers");
    assert_eq!(faults.len(), 6, "{faults:?}");
    assert_eq!(faults[5], "unconfirmed-glue");
}

/// Unbound as an open resolver, which knows the name outside from NSD.
fn open_resolver() -> Option<[Daemon; 2]> {
    let outside = "$ORIGIN iana.org.\n@ 60 IN SOA ns admin 1 1 1 1 1\n@ 60 IN NS ns\n\
                   ns 60 IN A 127.0.0.1\nwww 60 IN A 192.0.46.8\n";
    let nsd = daemons::nsd(5, &[("iana.org.", outside), ("isle.", ZONE)])?;
    let address = format!("{}@{}", nsd.address().ip(), nsd.address().port());
    let stub = |name: &str| format!("stub-zone:\n name: {name}\n stub-addr: {address}\n");
    let clauses = stub("iana.org.") + &stub("isle.");
    let unbound = daemons::unbound(6, &clauses)?;
    Some([nsd, unbound])
}

#[test]
fn an_open_resolver_is_found() {
    let (Some(mut network), Some([_nsd, unbound])) = (Network::sound(), open_resolver()) else {
        return;
    };
    network.lead(SECOND, unbound.address());
    let faults = network.faults();
    assert!(
        faults.contains(&"open-recursion at 199.7.83.42".to_owned()),
        "{faults:?}"
    );
    // It is no name server for the zone either.
    assert!(
        faults.contains(&"lame at 199.7.83.42".to_owned()),
        "{faults:?}"
    );
}
