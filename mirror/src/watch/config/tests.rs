//! What a configuration means.

use super::*;

const ZONE: &str = "zone = \".\"\n";

fn heeded(more: &str, client: &str) -> bool {
    let checked = Config::parse(&format!("{ZONE}{more}")).unwrap();
    let notices = checked.notices();
    assert_eq!(notices.zone, Name::root());
    notices.from.contain(client.parse().unwrap())
}

#[test]
fn notices_are_heeded_from_primaries_and_from_whom_the_operator_names() {
    let primary = "[[upstream]]\ntransfer = \"192.0.2.1\"\n";
    let by_port = "[[upstream]]\ntransfer = \"[2001:db8::1]:5353\"\n";
    let mapped = "[[upstream]]\ntransfer = \"[::ffff:192.0.2.1]:53\"\n";
    let file = "[[upstream]]\nfile = \"/zone\"\n";
    let named = "notices_from = [\"198.51.100.0/24\"]\n";
    for (configured, client, expected) in [
        (primary.to_string(), "192.0.2.1", true),
        (primary.to_string(), "192.0.2.2", false),
        (by_port.to_string(), "2001:db8::1", true),
        (by_port.to_string(), "2001:db8::2", false),
        (mapped.to_string(), "192.0.2.1", true),
        (file.to_string(), "127.0.0.1", false),
        (format!("{named}{file}"), "198.51.100.7", true),
        (format!("{named}{primary}"), "192.0.2.1", true),
        (format!("{named}{primary}"), "198.51.101.7", false),
    ] {
        assert_eq!(
            heeded(&configured, client),
            expected,
            "{configured}{client}"
        );
    }
}

#[test]
fn what_is_written_for_an_operator_reads_as_the_defaults() {
    let upstreams = public_root();
    let text = template(&Name::root(), &upstreams, &[], None);
    let checked = Config::parse(&text).unwrap();
    assert_eq!(checked.upstreams.len(), upstreams.len());
    assert_eq!(checked.config.refresh_s, default_refresh_s());
    assert_eq!(checked.config.notices_from, Networks::default());
    assert_eq!(checked.config.transfer_allow, Networks::own());
}
