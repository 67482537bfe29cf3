//! Requests and responses, octet for octet.

use comity_core::zone::Record;
use domain::base::Message;
use domain::base::iana::OptionCode;
use domain::base::name::ToName as _;
use domain::base::opt::UnknownOptData;
use proptest::prelude::*;

use super::super::query::{Query, reply_from, reply_to};
use super::Transport::{Tcp, Udp};
use super::*;
use crate::samples::served::{plain, root, sign};
use crate::samples::{NOW, PLAIN, records};
use comity_core::served::ServedZone;

fn message(octets: &[u8]) -> &Message<[u8]> {
    Message::from_slice(octets).unwrap()
}

/// Owner and type of each record of a section, OPT apart.
fn section(octets: &[u8], section: Section) -> Vec<String> {
    let (_, answer, authority, additional) = message(octets).sections().unwrap();
    let records = match section {
        Section::Answer => answer,
        Section::Authority => authority,
        Section::Additional => additional,
    };
    records
        .map(|record| record.unwrap())
        .filter(|record| record.rtype() != Rtype::OPT)
        .map(|record| format!("{}. {}", record.owner(), record.rtype()))
        .collect()
}

/// The options of the OPT record: code and data.
fn options(octets: &[u8]) -> Vec<(OptionCode, Vec<u8>)> {
    let opt = message(octets).opt().unwrap();
    opt.opt()
        .iter::<UnknownOptData<_>>()
        .map(|option| option.unwrap())
        .map(|option| (option.code(), option.data().to_vec()))
        .collect()
}

#[test]
fn repeats_what_a_response_must_repeat_and_claims_no_more() {
    let octets = Query::new("wEb.exAMPLE.", Rtype::A).ask(&plain(), Udp);
    let response = message(&octets);
    let header = response.header();
    assert_eq!(header.id(), 0x4321);
    assert!(header.qr() && header.aa() && header.rd());
    assert!(!header.tc() && !header.ra() && !header.ad() && !header.cd() && !header.z());
    let question = response.sole_question().unwrap();
    let as_sent: domain::base::Name<Vec<u8>> = question.qname().to_name();
    assert_eq!(as_sent.as_slice(), b"\x03wEb\x07exAMPLE\x00");
    // The owner of the answer is a pointer to the question.
    let question_end = 12 + 13 + 4;
    assert_eq!(octets[question_end..question_end + 2], [0xc0, 12]);
    assert_eq!(response.opt().map(|_| ()), None);
}

#[test]
fn compresses_names_that_every_client_can_read() {
    let octets = Query::new(".", Rtype::NS).ask(&root(), Tcp);
    let uncompressed = b"\x0croot-servers\x07example\x00";
    let found = octets
        .windows(uncompressed.len())
        .filter(|window| window == uncompressed)
        .count();
    assert_eq!(found, 1);
    // RFC 3597 §4: not in the data of newer types, such as NSEC.
    let octets = Query::new("example.", Rtype::NSEC).ask(&plain(), Tcp);
    let next = b"\x01*\x05alias\x07example\x00";
    assert!(octets.windows(next.len()).any(|window| window == next));
}

#[test]
fn says_what_cannot_be_served() {
    let zone = plain();
    let with = |change: fn(&mut Query)| {
        let mut query = Query::new("example.", Rtype::SOA).edns(1232, true);
        change(&mut query);
        query.ask(&zone, Udp)
    };
    let cases: [(&str, Vec<u8>, OptRcode); 9] = [
        (
            "elsewhere",
            with(|query| query.name = "test."),
            OptRcode::REFUSED,
        ),
        (
            "class CH",
            with(|query| query.class = Class::CH),
            OptRcode::REFUSED,
        ),
        (
            "class ANY",
            with(|query| query.class = Class::ANY),
            OptRcode::REFUSED,
        ),
        (
            "NOTIFY",
            with(|query| query.opcode = Opcode::NOTIFY),
            OptRcode::REFUSED,
        ),
        (
            "UPDATE",
            with(|query| query.opcode = Opcode::UPDATE),
            OptRcode::NOTIMP,
        ),
        (
            "MAILB",
            with(|query| query.rtype = Rtype::MAILB),
            OptRcode::NOTIMP,
        ),
        (
            "TSIG",
            with(|query| query.rtype = Rtype::TSIG),
            OptRcode::FORMERR,
        ),
        (
            "OPT",
            with(|query| query.rtype = Rtype::OPT),
            OptRcode::FORMERR,
        ),
        (
            "EDNS 1",
            with(|query| query.edns = Some((1232, true, 1))),
            OptRcode::BADVERS,
        ),
    ];
    for (case, octets, rcode) in cases {
        let response = message(&octets);
        assert_eq!(response.opt_rcode(), rcode, "{case}");
        assert!(response.header().qr() && !response.header().aa(), "{case}");
        assert_eq!(response.header_counts().ancount(), 0, "{case}");
        assert_eq!(response.header_counts().nscount(), 0, "{case}");
    }
    // RFC 8914 §4.21.
    let octets = with(|query| query.name = "test.");
    assert_eq!(
        options(&octets),
        [(OptionCode::EXTENDED_ERROR, vec![0, 20])]
    );
}

/// What is said to this notice: the response, and its code where it is not heeded.
fn noticed(client: &str, zone: Option<&ServedZone>, query: &Query) -> (Vec<u8>, Option<OptRcode>) {
    match reply_from(client, zone, Udp, &query.octets()) {
        Reply::Notice(octets) => (octets, None),
        Reply::Message(octets) => {
            let rcode = message(&octets).opt_rcode();
            (octets, Some(rcode))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn notices_of_the_zone_are_heeded_from_primaries_alone() {
    type Case = (&'static str, &'static str, fn(&mut Query), Option<OptRcode>);
    let (primary, other) = ("127.0.0.2", "127.0.0.1");
    let (heeded, refused) = (None, Some(OptRcode::REFUSED));
    let cases: [Case; 9] = [
        ("as it should be", primary, |_| {}, heeded),
        ("other letters", primary, |it| it.name = "EXAMPLE.", heeded),
        (
            "EDNS",
            primary,
            |it| it.edns = Some((1232, false, 0)),
            heeded,
        ),
        ("a stranger's", other, |_| {}, refused),
        ("another zone", primary, |it| it.name = "test.", refused),
        (
            "a name in it",
            primary,
            |it| it.name = "web.example.",
            refused,
        ),
        ("another type", primary, |it| it.rtype = Rtype::NS, refused),
        ("class CH", primary, |it| it.class = Class::CH, refused),
        (
            "EDNS 1",
            primary,
            |it| it.edns = Some((1232, false, 1)),
            Some(OptRcode::BADVERS),
        ),
    ];
    for (case, client, change, expected) in cases {
        let mut query = Query::new("example.", Rtype::SOA);
        query.opcode = Opcode::NOTIFY;
        change(&mut query);
        // Also before there is a zone.
        for zone in [None, Some(plain())] {
            let (octets, rcode) = noticed(client, zone.as_ref(), &query);
            assert_eq!(rcode, expected, "{case}");
            let header = message(&octets).header();
            assert_eq!((header.id(), header.opcode()), (0x4321, Opcode::NOTIFY));
            assert!(header.qr() && header.aa() == rcode.is_none(), "{case}");
            assert_eq!(message(&octets).header_counts().ancount(), 0, "{case}");
        }
    }
}

/// RFC 1996 §3.7: it may say which version there is, which is asked for all the same.
#[test]
fn a_notice_may_have_the_new_soa_record_with_it() {
    let mut query = Query::new("example.", Rtype::SOA);
    query.opcode = Opcode::NOTIFY;
    let mut octets = query.octets();
    octets[7] = 1;
    // The question's name, SOA, IN, a TTL of 0, 22 octets: two roots and five numbers.
    octets.extend([0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22]);
    octets.extend([0; 22]);
    let reply = reply_from("127.0.0.2", Some(&plain()), Udp, &octets);
    assert!(matches!(reply, Reply::Notice(_)), "{reply:?}");
}

#[test]
fn answers_malformed_requests_with_a_header_alone() {
    let mut octets = Query::new("example.", Rtype::SOA).octets();
    octets.push(0);
    let Reply::Message(response) = reply_to(Some(&plain()), Udp, &octets) else {
        panic!("no response");
    };
    assert_eq!(response.len(), 12);
    assert_eq!(message(&response).header().rcode(), Rcode::FORMERR);
    assert_eq!(message(&response).header().id(), 0x4321);
}

#[test]
fn never_answers_a_response() {
    let mut octets = Query::new("example.", Rtype::SOA).octets();
    octets[2] |= 0x80;
    for transport in [Udp, Tcp] {
        assert!(matches!(
            reply_to(Some(&plain()), transport, &octets),
            Reply::Nothing
        ));
    }
}

#[test]
fn says_that_it_is_not_ready() {
    let query = Query::new("example.", Rtype::SOA).edns(1232, false);
    let Reply::Message(octets) = query.reply(None, Udp) else {
        panic!("no response");
    };
    assert_eq!(message(&octets).header().rcode(), Rcode::SERVFAIL);
    assert_eq!(
        options(&octets),
        [(OptionCode::EXTENDED_ERROR, vec![0, 14])]
    );
}

#[test]
fn speaks_edns_to_those_who_do() {
    let octets = Query::new("web.example.", Rtype::A)
        .edns(4096, true)
        .ask(&plain(), Udp);
    let opt = message(&octets).opt().unwrap();
    assert_eq!(opt.udp_payload_size(), 1232);
    assert!(opt.dnssec_ok());
    assert_eq!(opt.version(), 0);
    assert_eq!(
        section(&octets, Section::Answer),
        ["web.example. A", "web.example. RRSIG"]
    );
    let octets = Query::new("web.example.", Rtype::A)
        .edns(4096, false)
        .ask(&plain(), Udp);
    assert!(!message(&octets).opt().unwrap().dnssec_ok());
    assert_eq!(section(&octets, Section::Answer), ["web.example. A"]);
}

#[test]
fn tells_how_long_a_connection_may_idle_if_asked_on_one() {
    let mut query = Query::new("web.example.", Rtype::A).edns(4096, true);
    assert_eq!(options(&query.ask(&plain(), Tcp)), []);
    query.keepalive = true;
    let tenths = u16::to_be_bytes(limits::TCP_IDLE_SECONDS_MAX * 10).to_vec();
    assert_eq!(
        options(&query.ask(&plain(), Tcp)),
        [(OptionCode::TCP_KEEPALIVE, tenths)]
    );
    assert_eq!(options(&query.ask(&plain(), Udp)), []);
}

/// A zone with a delegation to this many hosts in its own domain and this
/// many in another delegation.
fn wide(in_domain: u32, sibling: u32) -> ServedZone {
    let mut wide: Vec<Record> = records(PLAIN);
    for (count, domain) in [(in_domain, "wide"), (sibling, "sibling")] {
        for number in 0..count {
            wide.extend(records(&format!(
                "wide.example. 3600 NS ns{number}.{domain}.example.
                ns{number}.{domain}.example. 3600 A 192.0.2.{number}
                ns{number}.{domain}.example. 3600 AAAA 2001:db8::{number}"
            )));
        }
    }
    wide.extend(records("wide.example. 3600 NS ns.elsewhere."));
    sign("example.", wide, NOW)
}

#[test]
fn truncates_when_glue_does_not_fit_and_not_for_other_addresses() {
    // Hosts in the child's domain and in a sibling's, octets that the client
    // takes; whether TC is set, and whether all addresses are there.
    let cases = [
        (4, 0, Some(1232), false, true),
        (8, 0, Some(1232), false, true),
        (8, 0, None, true, false),
        (24, 0, Some(1232), true, false),
        (0, 4, None, false, true),
        (0, 8, None, false, false),
        (0, 24, Some(1232), false, false),
        (2, 24, Some(1232), false, false),
    ];
    for (in_domain, sibling, octets_max, truncated, complete) in cases {
        let mut query = Query::new("www.wide.example.", Rtype::A);
        query.edns = octets_max.map(|octets| (octets, true, 0));
        let zone = wide(in_domain, sibling);
        let case = format!("{in_domain} {sibling} {octets_max:?}");
        let all = usize::try_from(2 * (in_domain + sibling)).unwrap();
        let octets = query.ask(&zone, Udp);
        assert!(
            octets.len() <= usize::from(octets_max.unwrap_or(512)),
            "{case}"
        );
        assert_eq!(message(&octets).header().tc(), truncated, "{case}");
        let found = section(&octets, Section::Additional).len();
        assert_eq!(found == all, complete, "{case}: {found}");
        let octets = query.ask(&zone, Tcp);
        assert!(!message(&octets).header().tc(), "{case}");
        assert_eq!(section(&octets, Section::Additional).len(), all, "{case}");
    }
}

#[test]
fn never_sends_part_of_a_set() {
    let mut large: Vec<Record> = records(PLAIN);
    for number in 0..60 {
        large.extend(records(&format!(
            "large.example. 3600 AAAA 2001:db8::{number}"
        )));
    }
    let zone = sign("example.", large, NOW);
    for octets_max in [512, 1232, 4096, u16::MAX] {
        let octets = Query::new("large.example.", Rtype::AAAA)
            .edns(octets_max, true)
            .ask(&zone, Udp);
        assert!(octets.len() <= 1232);
        assert!(message(&octets).header().tc());
        assert_eq!(section(&octets, Section::Answer).len(), 0);
        assert!(message(&octets).opt().is_some());
    }
    let octets = Query::new("large.example.", Rtype::AAAA)
        .edns(512, true)
        .ask(&zone, Tcp);
    assert!(!message(&octets).header().tc());
    assert_eq!(section(&octets, Section::Answer).len(), 61);
}

#[test]
fn takes_no_client_at_its_word_below_512_octets() {
    let octets = Query::new("www.child.example.", Rtype::A)
        .edns(0, false)
        .ask(&plain(), Udp);
    assert!(!message(&octets).header().tc());
    assert!(octets.len() > 100 && octets.len() <= 512);
}

proptest! {
    /// Whatever comes, what goes is a response that fits, or nothing.
    #[test]
    fn survives_any_octets(
        change in prop::collection::vec((0..80usize, any::<u8>()), 0..6),
        length in 0..80usize,
        over_tcp in any::<bool>(),
    ) {
        let zone = root();
        let mut octets = Query::new("www.be.", Rtype::A).edns(4096, true).octets();
        octets.resize(length.max(octets.len()), 0);
        for (at, octet) in change {
            if let Some(place) = octets.get_mut(at) {
                *place = octet;
            }
        }
        octets.truncate(length);
        let transport = if over_tcp { Tcp } else { Udp };
        match reply_to(Some(&zone), transport, &octets) {
            Reply::Nothing => {}
            Reply::Transfer(_) => prop_assert!(over_tcp),
            Reply::Message(response) | Reply::Notice(response) => {
                prop_assert!(over_tcp || response.len() <= 1232);
                let response = message(&response);
                prop_assert!(response.header().qr());
                prop_assert_eq!(response.header().id().to_be_bytes(), [octets[0], octets[1]]);
                prop_assert!(response.iter().all(|record| record.is_ok()));
            }
        }
    }
}
