//! Resolvers that hold the zone themselves (RFC 8806): they answer from it
//! when nobody can be reached, and check it as it arrives.

use super::{Facts, anchor};

/// Unbound, 1.14 or later. The zone is used only where its ZONEMD digest is
/// right and signed (RFC 8976); nothing is asked of other servers instead.
pub fn unbound(facts: &Facts) -> String {
    let Facts { origin, mirror, .. } = facts;
    format!(
        "{preamble}\
# Take out any other trust anchor for this name: Unbound accepts what any of
# several keys signs.
server:
    # Begins with the text of `comity export anchor`. Unbound follows the zone's
    # keys from there (RFC 5011), and must be able to write the file.
    auto-trust-anchor-file: \"{anchors}\"

auth-zone:
    name: \"{origin}\"
    primary: {ip}@{port}
    zonefile: \"{file}\"
    for-upstream: yes
    for-downstream: no
    # No other server is asked for this zone.
    fallback-enabled: no
    # A transfer whose digest is missing or wrong is thrown away.
    zonemd-check: yes
    zonemd-reject-absence: yes
",
        preamble = facts.preamble("#"),
        ip = mirror.ip(),
        port = mirror.port(),
        anchors = facts.anchor_file(),
        file = facts.zone_file(),
    )
}

/// BIND, 9.16 or later, as a resolver. A `mirror` zone is used only where
/// all its signatures verify under the trust anchor.
pub fn bind(facts: &Facts) -> String {
    format!(
        "{anchor}
// In options, set: dnssec-validation yes;
// With `auto` BIND would trust its built-in key for the root as well.
zone \"{origin}\" {{
    type mirror;
    primaries {{ {ip} port {port}; }};
    file \"{file}\";
}};
",
        anchor = anchor::bind(facts),
        origin = facts.origin,
        ip = facts.mirror.ip(),
        port = facts.mirror.port(),
        file = facts.zone_file(),
    )
}
