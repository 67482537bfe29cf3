//! The zone's answers, as tables of question and answer.

use comity_core::zone::Rtype;

use super::*;
use crate::samples::name;
use crate::samples::served::{plain, root};

/// The answer in one line: response code, AA, and every section that has
/// records: sets with `+` where signed, and the data of one record.
fn render(answer: &Answer<'_>) -> String {
    let mut text = answer.rcode.to_string();
    if answer.authoritative {
        text.push_str(" aa");
    }
    let sections = [
        (" | ", &answer.answer),
        (" ? ", &answer.authority),
        (" glue ", &answer.glue),
        (" also ", &answer.additional),
    ];
    for (mark, section) in sections {
        let entries: Vec<String> = section.iter().map(render_entry).collect();
        if !entries.is_empty() {
            text.push_str(mark);
            text.push_str(&entries.join(", "));
        }
    }
    text
}

fn render_entry(entry: &Entry<'_>) -> String {
    let signed = if entry.signatures.is_empty() { "" } else { "+" };
    format!("{} {}{signed}", entry.owner, entry.rtype)
}

/// Each line: name, type, `do` or `-`, and what is to be answered.
fn check(zone: &ServedZone, table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, expected) = line.split_once(" => ").unwrap();
        let [owner, rtype, dnssec] = question.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let asked = Asked {
            name: &name(owner),
            rtype: rtype.parse().unwrap(),
            dnssec: dnssec == "do",
        };
        assert_eq!(render(&answer(zone, asked)), expected, "{question}");
    }
}

#[test]
fn answers_what_exists() {
    check(
        &plain(),
        "
        web.example. A - => NOERROR aa | web.example. A
        web.example. A do => NOERROR aa | web.example. A+
        example. SOA do => NOERROR aa | example. SOA+
        example. NS - => NOERROR aa | example. NS also ns1.example. A, ns1.example. AAAA
        example. NS do => NOERROR aa | example. NS+ also ns1.example. A+, ns1.example. AAAA+
        example. MX do => NOERROR aa | example. MX+ also mail.example. A+
        example. DNSKEY do => NOERROR aa | example. DNSKEY+
        example. ZONEMD do => NOERROR aa | example. ZONEMD+
        example. NSEC do => NOERROR aa | example. NSEC+
        example. NSEC - => NOERROR aa | example. NSEC
        *.wild.example. TXT do => NOERROR aa | *.wild.example. TXT+
        ",
    );
}

#[test]
fn follows_aliases_as_far_as_they_lead() {
    check(
        &plain(),
        "
        www.example. A - => NOERROR aa | www.example. CNAME, web.example. A
        www.example. A do => NOERROR aa | www.example. CNAME+, web.example. A+
        www.example. CNAME do => NOERROR aa | www.example. CNAME+
        www.example. NSEC do => NOERROR aa | www.example. NSEC+
        www.example. AAAA do => NOERROR aa | www.example. CNAME+ ? example. SOA+, web.example. NSEC+
        dangling.example. A - => NXDOMAIN aa | dangling.example. CNAME ? example. SOA
        dangling.example. A do => NXDOMAIN aa | dangling.example. CNAME+ ? example. SOA+, a.new.example. NSEC+, example. NSEC+
        away.example. A do => NOERROR aa | away.example. CNAME+
        loop-a.example. A do => NOERROR aa | loop-a.example. CNAME+, loop-b.example. CNAME+
        self.example. A do => NOERROR aa | self.example. CNAME+
        down.example. A - => NOERROR aa | down.example. CNAME ? child.example. NS glue ns.child.example. A, ns.child.example. AAAA also ns1.example. A, ns1.example. AAAA, ns.sibling.example. A
        ",
    );
}

#[test]
fn follows_dname() {
    check(
        &plain(),
        "
        old.example. DNAME do => NOERROR aa | old.example. DNAME+
        old.example. A do => NOERROR aa ? example. SOA+, old.example. NSEC+
        a.old.example. A do => NOERROR aa | old.example. DNAME+, a.old.example. CNAME, a.new.example. A+
        a.old.example. CNAME do => NOERROR aa | old.example. DNAME+, a.old.example. CNAME
        b.old.example. A - => NXDOMAIN aa | old.example. DNAME, b.old.example. CNAME ? example. SOA
        ",
    );
    let long = format!(
        "{0}.{0}.{0}.{1}.old.example.",
        "a".repeat(63),
        "a".repeat(49)
    );
    let longer = "example. 3600 SOA ns. h. 1 2 3 4 5\nexample. 3600 NS ns.\n\
        old.example. 3600 DNAME much-longer.example.";
    let zone = crate::samples::served::sign(
        "example.",
        crate::samples::records(longer),
        crate::samples::NOW,
    );
    check(
        &zone,
        &format!("{long} A - => YXDOMAIN aa | old.example. DNAME"),
    );
}

#[test]
fn says_no_with_proof() {
    check(
        &plain(),
        "
        web.example. AAAA - => NOERROR aa ? example. SOA
        web.example. AAAA do => NOERROR aa ? example. SOA+, web.example. NSEC+
        example. DS do => NOERROR aa ? example. SOA+, example. NSEC+
        nowhere.example. A - => NXDOMAIN aa ? example. SOA
        nowhere.example. A do => NXDOMAIN aa ? example. SOA+, a.new.example. NSEC+, example. NSEC+
        a.a.example. A do => NXDOMAIN aa ? example. SOA+, example. NSEC+
        z.b.c.example. A do => NXDOMAIN aa ? example. SOA+, a.b.c.example. NSEC+, away.example. NSEC+
        zzz.example. A do => NXDOMAIN aa ? example. SOA+, www.example. NSEC+, example. NSEC+
        c.example. A do => NOERROR aa ? example. SOA+, away.example. NSEC+
        b.c.example. A - => NOERROR aa ? example. SOA
        b.c.example. A do => NOERROR aa ? example. SOA+, away.example. NSEC+
        wild.example. A do => NOERROR aa ? example. SOA+, web.example. NSEC+
        ",
    );
}

#[test]
fn wildcards_stand_in_for_names_that_do_not_exist() {
    check(
        &plain(),
        "
        a.wild.example. TXT - => NOERROR aa | a.wild.example. TXT
        a.wild.example. TXT do => NOERROR aa | a.wild.example. TXT+ ? *.wild.example. NSEC+
        b.a.wild.example. TXT do => NOERROR aa | b.a.wild.example. TXT+ ? *.wild.example. NSEC+
        z.wild.example. TXT do => NOERROR aa | z.wild.example. TXT+ ? x.wild.example. NSEC+
        a.wild.example. A do => NOERROR aa ? example. SOA+, *.wild.example. NSEC+
        z.wild.example. A do => NOERROR aa ? example. SOA+, *.wild.example. NSEC+, x.wild.example. NSEC+
        x.wild.example. TXT do => NOERROR aa ? example. SOA+, x.wild.example. NSEC+
        a.x.wild.example. TXT do => NXDOMAIN aa ? example. SOA+, x.wild.example. NSEC+
        a.alias.example. A do => NOERROR aa | a.alias.example. CNAME+, web.example. A+ ? *.alias.example. NSEC+
        a.odd.example. A do => NOERROR aa ? example. SOA+, sub.*.odd.example. NSEC+, ns1.example. NSEC+
        ",
    );
}

#[test]
fn refers_to_children() {
    check(
        &plain(),
        "
        child.example. NS - => NOERROR ? child.example. NS glue ns.child.example. A, ns.child.example. AAAA also ns1.example. A, ns1.example. AAAA, ns.sibling.example. A
        www.child.example. A do => NOERROR ? child.example. NS, child.example. DS+ glue ns.child.example. A, ns.child.example. AAAA also ns1.example. A+, ns1.example. AAAA+, ns.sibling.example. A
        ns.child.example. A do => NOERROR ? child.example. NS, child.example. DS+ glue ns.child.example. A, ns.child.example. AAAA also ns1.example. A+, ns1.example. AAAA+, ns.sibling.example. A
        child.example. ANY - => NOERROR ? child.example. NS glue ns.child.example. A, ns.child.example. AAAA also ns1.example. A, ns1.example. AAAA, ns.sibling.example. A
        www.sibling.example. DS do => NOERROR ? sibling.example. NS, sibling.example. NSEC+ glue ns.sibling.example. A
        child.example. DS - => NOERROR aa | child.example. DS
        child.example. DS do => NOERROR aa | child.example. DS+
        sibling.example. DS - => NOERROR aa ? example. SOA
        sibling.example. DS do => NOERROR aa ? example. SOA+, sibling.example. NSEC+
        ",
    );
}

#[test]
fn gives_one_small_set_for_any_and_rrsig() {
    check(
        &plain(),
        "
        mail.example. ANY - => NOERROR aa | mail.example. A
        mail.example. ANY do => NOERROR aa | mail.example. A+
        example. ANY - => NOERROR aa | example. MX
        www.example. ANY do => NOERROR aa | www.example. CNAME+
        mail.example. RRSIG - => NOERROR aa | mail.example. RRSIG
        a.wild.example. ANY do => NOERROR aa | a.wild.example. TXT+ ? *.wild.example. NSEC+
        b.c.example. ANY do => NOERROR aa ? example. SOA+, away.example. NSEC+
        nowhere.example. RRSIG - => NXDOMAIN aa ? example. SOA
        ",
    );
    let zone = plain();
    let asked = Asked {
        name: &name("mail.example."),
        rtype: Rtype::RRSIG,
        dnssec: true,
    };
    assert_eq!(answer(&zone, asked).answer[0].set.data.len(), 1);
}

#[test]
fn has_nothing_to_say_of_other_zones() {
    check(
        &plain(),
        "
        elsewhere. A do => REFUSED
        . NS - => REFUSED
        notexample. A - => REFUSED
        ",
    );
}

#[test]
fn serves_the_root() {
    check(
        &root(),
        "
        . NS do => NOERROR aa | . NS+ also a.root-servers.example. A, a.root-servers.example. AAAA, b.root-servers.test. A
        . DS do => NOERROR aa ? . SOA+, . NSEC+
        www.be. A do => NOERROR ? be. NS, be. DS+ glue a.ns.dns.be. A, a.ns.dns.be. AAAA also b.nsset.eu. A
        www.eu. A do => NOERROR ? eu. NS, eu. NSEC+ glue b.nsset.eu. A
        aaa. A do => NXDOMAIN aa ? . SOA+, . NSEC+
        nowhere. A do => NXDOMAIN aa ? . SOA+, example. NSEC+, . NSEC+
        zz.zz. A do => NXDOMAIN aa ? . SOA+, test. NSEC+, . NSEC+
        ",
    );
}

#[test]
fn a_denial_lives_no_longer_than_the_soa_says() {
    let zone = plain();
    let asked = Asked {
        name: &name("nowhere.example."),
        rtype: Rtype::A,
        dnssec: true,
    };
    let answer = answer(&zone, asked);
    let ttls: Vec<u32> = answer.authority.iter().map(|entry| entry.ttl).collect();
    assert_eq!(ttls, [300, 300, 300]);
}

#[test]
fn a_wildcards_records_have_the_name_asked_for_and_the_wildcards_signature() {
    let zone = plain();
    let asked = Asked {
        name: &name("b.a.wild.example."),
        rtype: Rtype::TXT,
        dnssec: true,
    };
    let answer = answer(&zone, asked);
    let wildcard = zone.get(&name("*.wild.example."), Rtype::TXT).unwrap();
    assert_eq!(answer.answer[0].signatures, wildcard.rrsigs);
    // RFC 4034 §3.1.3: the labels field does not count the asterisk.
    assert_eq!(answer.answer[0].signatures[0].as_wire()[3], 2);
}
