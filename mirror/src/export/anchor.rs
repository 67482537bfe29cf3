//! The zone's key as a trust anchor. Get it from people you trust, not from
//! the mirror that you are about to check with it.

use comity_core::zone::Rtype;
use data_encoding::BASE64;

use super::Facts;

/// As records, one a line: the DNSKEY record and the DS record that names it
/// (RFC 4034 §5). For Unbound's `trust-anchor-file`, for `drill -k`, and for
/// people who compare by eye.
pub fn records(facts: &Facts) -> String {
    let Facts { origin, key, .. } = facts;
    let mut text = facts.preamble(";");
    let ds = key.ds(origin).to_text(Rtype::DS);
    let dnskey = key.rdata().to_text(Rtype::DNSKEY);
    text.push_str(&format!("{origin} 172800 IN DS {ds}\n"));
    text.push_str(&format!("{origin} 172800 IN DNSKEY {dnskey}\n"));
    text
}

/// As a `trust-anchors` clause: for `named.conf`, and for `delv -a`.
///
/// The key is a `static-key`: a joint key changes by an act on the ledger,
/// which a mirror follows, and not by RFC 5011.
pub fn bind(facts: &Facts) -> String {
    let Facts { origin, key, .. } = facts;
    let octets = BASE64.encode(&key.0.0);
    format!(
        "{}trust-anchors {{\n    \"{origin}\" static-key 257 3 15 \"{octets}\";\n}};\n",
        facts.preamble("//")
    )
}
