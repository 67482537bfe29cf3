//! The zone's keys as trust anchors. Get them from people you trust, not from
//! the mirror that you are about to check with them.

use comity_core::zone::Rtype;
use data_encoding::BASE64;

use super::Facts;

/// As records, one a line: for each key the DS record that names it, and the DNSKEY
/// record (RFC 4034 §5). For Unbound's `auto-trust-anchor-file`, for `drill -k`, and
/// for people who compare by eye.
pub fn records(facts: &Facts) -> String {
    let Facts { origin, keys, .. } = facts;
    let mut text = facts.preamble(";");
    for key in keys {
        let ds = key.ds(origin).to_text(Rtype::DS);
        let dnskey = key.rdata().to_text(Rtype::DNSKEY);
        text.push_str(&format!("{origin} 172800 IN DS {ds}\n"));
        text.push_str(&format!("{origin} 172800 IN DNSKEY {dnskey}\n"));
    }
    text
}

/// As a `trust-anchors` clause: for `named.conf`, and for `delv -a`. BIND follows
/// the zone from these keys to those that come after them (RFC 5011).
pub fn bind(facts: &Facts) -> String {
    let Facts { origin, keys, .. } = facts;
    let keys = keys.iter().map(|key| {
        let octets = BASE64.encode(&key.key().0);
        format!("    \"{origin}\" initial-key 257 3 15 \"{octets}\";\n")
    });
    let keys: String = keys.collect();
    format!("{}trust-anchors {{\n{keys}}};\n", facts.preamble("//"))
}
