//! Authoritative servers that take the zone from the mirror and do the mass
//! serving.

use super::{Facts, anchor};

/// Knot DNS, 3.2 or later: each transfer is checked, its ZONEMD digest and
/// all signatures, before it is served.
pub fn knot(facts: &Facts) -> String {
    format!(
        "{preamble}\
remote:
  - id: comity-mirror
    address: {ip}@{port}

acl:
  - id: comity-notify
    address: {ip}
    action: notify

zone:
  - domain: {origin}
    file: \"{file}\"
    master: comity-mirror
    acl: comity-notify
    # What does not verify is not served; the last good zone stays.
    zonemd-verify: on
    dnssec-validation: on
",
        preamble = facts.preamble("#"),
        ip = facts.mirror.ip(),
        port = facts.mirror.port(),
        origin = facts.origin,
        file = facts.zone_file(),
    )
}

/// NSD, 4.3 or later. It checks nothing: let it take the zone from a mirror
/// on the same host or network.
pub fn nsd(facts: &Facts) -> String {
    format!(
        "{preamble}\
# NSD serves what it gets. Let the mirror be on this host or this network, or
# have a verifier look at each transfer (`verify:` in nsd.conf, NSD 4.5).
zone:
    name: \"{origin}\"
    zonefile: \"{file}\"
    # By IXFR where the mirror knows what has changed since.
    request-xfr: {ip}@{port} NOKEY
    allow-notify: {ip} NOKEY
",
        preamble = facts.preamble("#"),
        ip = facts.mirror.ip(),
        port = facts.mirror.port(),
        origin = facts.origin,
        file = facts.zone_file(),
    )
}

/// BIND, 9.16 or later, as an authoritative secondary.
pub fn bind(facts: &Facts) -> String {
    format!(
        "{anchor}
// BIND serves a secondary zone as it gets it: let the mirror be on this host
// or this network. The trust anchor is for those of its clients that it
// resolves for.
zone \"{origin}\" {{
    type secondary;
    primaries {{ {ip} port {port}; }};
    allow-notify {{ {ip}; }};
    file \"{file}\";
    notify no;
}};
",
        anchor = anchor::bind(facts),
        origin = facts.origin,
        ip = facts.mirror.ip(),
        port = facts.mirror.port(),
        file = facts.zone_file(),
    )
}
