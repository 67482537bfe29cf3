//! What is known of the public root: who gives transfers of it, where its file is, and
//! the keys that it is trusted by. Data, with its sources; a configuration may say
//! otherwise.

/// Servers from which everybody may transfer the root (RFC 8806 appendix A; the two of
/// ICANN are there for nothing else, and so come first).
pub const PRIMARIES: [&str; 16] = [
    // xfr.lax.dns.icann.org, xfr.cjr.dns.icann.org
    "192.0.32.132",
    "192.0.47.132",
    "2620:0:2830:202::132",
    "2620:0:2d0:202::132",
    // {b,c,d,f,g,k}.root-servers.net
    "170.247.170.2",
    "192.33.4.12",
    "199.7.91.13",
    "192.5.5.241",
    "192.112.36.4",
    "193.0.14.129",
    "2801:1b8:10::b",
    "2001:500:2::c",
    "2001:500:2d::d",
    "2001:500:2f::f",
    "2001:500:12::d0d",
    "2001:7fd::1",
];

/// The file (RFC 8806 §A; IANA, "Root Files").
pub const FILE: &str = "https://www.internic.net/domain/root.zone";

/// Its keys, by digest (IANA, "Root Zone Trust Anchors", root-anchors.xml): the one of
/// 2017, and the one of 2024, which signs from October 2026.
pub const ANCHORS: [&str; 2] = [
    "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    "38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
];
