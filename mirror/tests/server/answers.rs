//! `dig` reads every kind of answer.

use crate::judge;
use crate::running::{Running, ask, plain, root};

/// Each line: question, status, flags, and counts of the sections, OPT record
/// among them.
fn check(running: &Running, table: &str) {
    let Some(dig) = judge::program("dig") else {
        return;
    };
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, expected) = line.split_once(" => ").unwrap();
        let said = ask(&dig, running.address(), question);
        assert_eq!(summary(&said), expected, "{question}\n{said}");
        assert!(
            !said.contains("WARNING") && !said.contains("Warning"),
            "{said}"
        );
    }
}

/// Status, flags and counts out of what `dig` prints.
fn summary(said: &str) -> String {
    let behind = |mark: &str| {
        let text = said.split_once(mark).map_or("", |(_, rest)| rest);
        text.split(['\n', ';'])
            .next()
            .unwrap_or("")
            .trim()
            .to_owned()
    };
    let status = behind("status: ");
    let status = status.split(',').next().unwrap_or("");
    let count = |mark: &str| behind(mark).split(',').next().unwrap_or("").to_owned();
    format!(
        "{status} {} {}/{}/{}",
        behind(";; flags: "),
        count("ANSWER: "),
        count("AUTHORITY: "),
        count("ADDITIONAL: ")
    )
}

#[test]
fn dig_reads_the_plain_zone() {
    check(
        &Running::start(plain()),
        "
        web.example. A +norec => NOERROR qr aa 1/0/1
        web.example. A +norec +noedns => NOERROR qr aa 1/0/0
        web.example. A +norec +dnssec => NOERROR qr aa 2/0/1
        web.example. A +norec +dnssec +tcp => NOERROR qr aa 2/0/1
        example. SOA +norec +dnssec => NOERROR qr aa 2/0/1
        example. NS +norec => NOERROR qr aa 2/0/3
        example. DNSKEY +norec +dnssec => NOERROR qr aa 2/0/1
        example. ANY +norec +notcp => NOERROR qr aa 1/0/1
        www.example. A +norec +dnssec => NOERROR qr aa 4/0/1
        x.old.example. A +norec => NXDOMAIN qr aa 2/1/1
        a.wild.example. TXT +norec +dnssec => NOERROR qr aa 2/2/1
        nowhere.example. A +norec +dnssec => NXDOMAIN qr aa 0/6/1
        b.c.example. A +norec +dnssec => NOERROR qr aa 0/4/1
        www.child.example. A +norec +dnssec => NOERROR qr 0/6/8
        child.example. DS +norec +dnssec => NOERROR qr aa 2/0/1
        elsewhere. A +norec => REFUSED qr 0/0/1
        example. SOA +norec -c CH => REFUSED qr 0/0/1
        example. SOA +norec +opcode=NOTIFY => REFUSED qr 0/0/1
        example. SOA +norec +noedns +opcode=UPDATE => NOTIMP qr 0/0/0
        example. SOA +norec +edns=1 +noednsnegotiation => BADVERS qr 0/0/1
        ",
    );
}

#[test]
fn dig_reads_the_root_zone() {
    check(
        &Running::start(root()),
        "
        . NS +norec +dnssec => NOERROR qr aa 3/0/4
        . ZONEMD +norec +dnssec => NOERROR qr aa 2/0/1
        www.be. A +norec +dnssec => NOERROR qr 0/4/4
        www.eu. A +norec +dnssec => NOERROR qr 0/3/2
        nowhere. A +norec +dnssec => NXDOMAIN qr aa 0/6/1
        ",
    );
}
