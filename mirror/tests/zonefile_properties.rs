//! What holds for any zone file: it is read or refused, never more, and what
//! is written is read again.

use comity_core::served::ServedZone;
use comity_core::zone::Name;
use comity_mirror::zonefile;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[path = "common/signing.rs"]
mod signing;

const ZONE: &str = "\
$ORIGIN example.
$TTL 1h
@ SOA ns admin ( 7 1800 15m 1w
  300 ) ; timers
  NS ns
ns 2d IN A 192.0.2.1
  TXT \"two words\" plain
svc HTTPS 1 . alpn=\"h2,h3\" port=443 mandatory=alpn
_x SVCB 2 t key65280=\"a\\000b\"
gen TYPE65280 \\# 2 ABCD
ip IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
sub NS ns
sub DS 1 8 2 AB
sub RRSIG NS 8 2 60 20260101000000 20250101000000 1 . AA==
";

proptest! {
    #[test]
    fn octets_of_any_kind_are_refused_or_read(octets in vec(any::<u8>(), 0..200)) {
        if zonefile::read_from(octets.as_slice(), None).is_ok() {
            prop_assert!(!octets.is_empty());
        }
    }

    #[test]
    fn a_zone_with_faults_is_refused_or_read(
        faults in vec((any::<Index>(), select(&b" \t\n\"\\();@$.0\x00\xFFa#"[..])), 0..6),
        cut: Index,
    ) {
        let mut octets = ZONE.as_bytes().to_vec();
        for (at, octet) in faults {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        let given = [None, Some(Name::root())];
        for origin in &given {
            let whole = zonefile::read_from(octets.as_slice(), origin.as_ref());
            let part = zonefile::read_from(&octets[..cut.index(octets.len())], origin.as_ref());
            for error in [whole.err(), part.err()].into_iter().flatten() {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again(text in "[ -~]{0,40}", label in "[!-~]{1,20}") {
        let escaped: String = text.bytes().map(|octet| format!("\\{octet:03}")).collect();
        let label: String = label.bytes().map(|octet| format!("\\{octet:03}")).collect();
        let zone = format!("{ZONE}{label} TXT {escaped} x\n{label}.y CNAME {label}.z\n");
        let read = zonefile::read_from(zone.as_bytes(), None).unwrap();
        let now = signing::now();
        let signed = signing::sign(&read.contents, None, now);
        let mut written = Vec::new();
        zonefile::write(&ServedZone::from(&signed), &mut written).unwrap();
        let again = zonefile::read_from(written.as_slice(), None).unwrap();
        prop_assert!(signed.publishes(&again.contents));
        prop_assert!(again.serial != read.serial);
    }
}
