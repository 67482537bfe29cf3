//! Other implementations judge the zones that we sign and write.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::fs;
use std::path::Path;
use std::process::Command;

use comity_core::edition::SignedZone;
use comity_core::served::ServedZone;
use comity_core::zone::{Name, Rtype};
use comity_mirror::zonefile;

#[path = "common/data.rs"]
mod data;
#[path = "common/signing.rs"]
mod signing;

/// A zone with everything that is hard to write: escapes in names and
/// strings, wildcards, names in between, types without a form of their own.
const HARD: &str = "\
$ORIGIN example.
$TTL 3600
@ SOA ns admin 7 1800 900 604800 300
  NS ns
  NS ns.sub
  MX 10 mail
  TXT \"semi;colon\" \"quote\\\" back\\\\slash\" \"\\000\\255\"
ns A 192.0.2.1
ns AAAA 2001:db8::1
mail A 192.0.2.2
*.wild TXT wildcard
a.b.c.between A 192.0.2.3
alias CNAME mail
d DNAME other.example.
sub NS ns.sub
sub DS 12345 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b
ns.sub A 192.0.2.4
unsigned NS ns
we\\.ird\\032name\\200\\@\\$\\;\\(\\\" TXT odd
svc HTTPS 1 . alpn=h2
gen TYPE65280 \\# 3 ABCDEF
caa CAA 0 issue \"ca.example\"
_443._tcp TLSA 3 1 1 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b
_sip._udp SRV 1 2 5060 mail
naptr NAPTR 1 2 u E2U+sip !^.*$!sip:info@example! .
rp RP admin txt
afs AFSDB \\# 16 0001 046d61696c 076578616d706c65 00
hinfo HINFO cpu os
sshfp SSHFP 4 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b
";

#[test]
fn judges_accept_a_zone_of_everything() {
    let read = zonefile::read_from(HARD.as_bytes(), None).unwrap();
    let zone = signing::sign(&read.contents, None, signing::now());
    judge(&zone);
}

#[test]
fn judges_accept_the_newest_root() {
    let Some(zones) = data::folder() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = data::newest_root(&zones, folder.path());
    let read = zonefile::read(&file, None).unwrap();
    let zone = signing::sign(&read.contents, None, signing::now());
    judge(&zone);
}

/// Writes the zone, reads it again, and asks every judge that is here.
fn judge(zone: &SignedZone) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zone");
    let keys = folder.path().join("keys");
    let mut text = Vec::new();
    zonefile::write(&ServedZone::from(zone), &mut text).unwrap();
    fs::write(&file, &text).unwrap();
    let key = zone.keys().signer().rdata().to_text(Rtype::DNSKEY);
    fs::write(&keys, format!("{} IN DNSKEY {key}\n", zone.origin())).unwrap();

    let again = zonefile::read(&file, None).unwrap();
    assert!(zone.publishes(&again.contents));

    let (file, keys) = (path(&file), path(&keys));
    let origin = zone.origin().to_string();
    let spelled = origin_without_dot(zone.origin());
    ask("dnssec-verify", &["-z", "-o", &origin, file]);
    ask("ldns-verify-zone", &["-ZZ", "-k", keys, file]);
    ask("kzonecheck", &["-d", "on", "-o", &origin, file]);
    ask("nsd-checkzone", &[&spelled, file]);
    ask(
        "named-checkzone",
        &["-i", "local", "-k", "ignore", &origin, file],
    );
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn origin_without_dot(origin: &Name) -> String {
    match origin.to_string().trim_end_matches('.') {
        "" => ".".into(),
        origin => origin.into(),
    }
}

/// Runs one judge, which must find no fault. Debian keeps some in `/usr/sbin`.
fn ask(judge: &str, arguments: &[&str]) {
    let output = [judge.into(), format!("/usr/sbin/{judge}")]
        .iter()
        .find_map(|program| Command::new(program).args(arguments).output().ok());
    let Some(output) = output else {
        data::skip(&format!("there is no {judge} here"));
        return;
    };
    let said = |octets| {
        let text = String::from_utf8_lossy(octets).into_owned();
        text.lines().take(20).collect::<Vec<_>>().join("\n")
    };
    assert!(
        output.status.success(),
        "{judge} {arguments:?}\n{}\n{}",
        said(&output.stdout),
        said(&output.stderr)
    );
}
