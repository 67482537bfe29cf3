//! What a transfer gives to whom.

use std::net::IpAddr;

use comity_core::zone::{Contents, Name, Rdata};
use domain::base::Message;
use domain::base::rdata::ComposeRecordData as _;
use domain::rdata::AllRecordData;

use super::super::notice::Access;
use super::super::query::Query;
use super::super::reply::{Transport::Tcp, Transport::Udp, reply as reply_over};
use super::*;
use crate::samples::served::{plain, sign};
use crate::samples::{NOW, PLAIN, name, records, sign_contents};

/// A zone of several messages.
fn large() -> ServedZone {
    sign("example.", large_records(), NOW)
}

fn large_records() -> Vec<Record> {
    let mut all: Vec<Record> = records(PLAIN);
    for number in 0..2000 {
        all.extend(records(&format!(
            "host-{number}.example. 3600 A 192.0.{}.{}",
            number / 256,
            number % 256
        )));
    }
    all
}

fn message(octets: &[u8]) -> &Message<[u8]> {
    Message::from_slice(octets).unwrap()
}

/// The answers of the messages, read back.
fn read(messages: &[Vec<u8>]) -> Vec<Record> {
    let mut records = Vec::new();
    for octets in messages {
        for record in message(octets).answer().unwrap() {
            let record = record.unwrap();
            let rtype = record.rtype();
            let owner = Name::from_name(&record.owner());
            let ttl = record.ttl().as_secs();
            let data = uncompressed(&record, rtype);
            records.push(Record {
                owner,
                rtype,
                ttl,
                data,
            });
        }
    }
    records
}

fn uncompressed(record: &domain::base::ParsedRecord<'_, [u8]>, rtype: Rtype) -> Rdata {
    let record = record.to_any_record::<AllRecordData<_, _>>().unwrap();
    let mut wire = Vec::new();
    record.data().compose_rdata(&mut wire).unwrap();
    Rdata::from_wire(rtype, &wire).unwrap()
}

fn messages(query: &Query, zone: &ServedZone) -> Vec<Vec<u8>> {
    let transfer = query.transfer(zone);
    transfer.messages().collect::<Result<_, _>>().unwrap()
}

#[test]
fn gives_every_record_between_two_soas() {
    for zone in [plain(), large()] {
        let messages = messages(&Query::new("example.", Rtype::AXFR), &zone);
        let found = read(&messages);
        let soa = zone.records().find(|record| record.rtype == Rtype::SOA);
        assert_eq!(found.first(), soa.as_ref());
        assert_eq!(found.last(), soa.as_ref());
        let mut found = found[..found.len() - 1].to_vec();
        let order = |record: &Record| (record.owner.clone(), record.rtype, record.data.clone());
        found.sort_by_key(order);
        let mut expected: Vec<Record> = zone.records().collect();
        expected.sort_by_key(order);
        assert!(found == expected);
    }
}

#[test]
fn sends_many_records_in_each_message() {
    let zone = large();
    let messages = messages(&Query::new("example.", Rtype::AXFR).edns(1232, true), &zone);
    assert!(messages.len() > 3);
    for (at, octets) in messages.iter().enumerate() {
        let is_first = at == 0;
        let is_last = at == messages.len() - 1;
        let message = message(octets);
        assert!(message.header().qr() && message.header().aa() && !message.header().tc());
        assert_eq!(message.header().id(), 0x4321);
        assert_eq!(message.header_counts().qdcount(), u16::from(is_first));
        assert_eq!(message.opt().is_some(), is_first);
        assert!(octets.len() >= MESSAGE_OCTETS || is_last);
        assert!(octets.len() < MESSAGE_OCTETS + 1000);
    }
}

#[test]
fn keeps_to_one_zone_while_another_is_published() {
    let old = large();
    let transfer = Query::new("example.", Rtype::AXFR).transfer(&old);
    let mut messages = transfer.messages();
    let mut sent = vec![messages.next().unwrap().unwrap()];
    drop(old);
    sent.extend(messages.map(|message| message.unwrap()));
    assert_eq!(read(&sent).len(), large().records().count() + 1);
}

#[test]
fn is_for_those_who_may_have_it() {
    let zone = plain();
    let everybody = Networks::everybody();
    let nobody = Networks::default();
    let some: Networks = Networks(vec!["192.0.2.0/24".parse().unwrap()]);
    let cases: [(&Networks, &str, Transport, &str, Rcode); 8] = [
        (&everybody, "192.0.2.1", Udp, "example.", Rcode::REFUSED),
        (&nobody, "192.0.2.1", Tcp, "example.", Rcode::REFUSED),
        (&some, "192.0.3.1", Tcp, "example.", Rcode::REFUSED),
        (&some, "2001:db8::1", Tcp, "example.", Rcode::REFUSED),
        (&some, "192.0.2.1", Tcp, "web.example.", Rcode::NOTAUTH),
        (&some, "192.0.2.1", Tcp, "elsewhere.", Rcode::NOTAUTH),
        (&some, "192.0.2.1", Tcp, ".", Rcode::NOTAUTH),
        (
            &everybody,
            "2001:db8::1",
            Udp,
            "web.example.",
            Rcode::NOTAUTH,
        ),
    ];
    for (allow, address, transport, name, rcode) in cases {
        let address: IpAddr = address.parse().unwrap();
        let client = Client { address, transport };
        let query = Query::new(name, Rtype::AXFR);
        let published = Published::from(zone.clone());
        let access = Access::transfers(allow.clone());
        let Reply::Message(octets) = reply_over(Some(&published), &access, client, &query.octets())
        else {
            panic!("{address} {name}");
        };
        assert_eq!(message(&octets).header().rcode(), rcode, "{address} {name}");
        assert_eq!(message(&octets).header_counts().ancount(), 0);
    }
}

#[test]
fn answers_ixfr_with_what_the_client_lacks() {
    let zone = plain();
    let serial = zone.serial();
    let ask = |theirs: u32, transport| {
        let mut query = Query::new("example.", Rtype::IXFR).edns(1232, true);
        query.serial = Some(theirs);
        query.reply(Some(&zone), transport)
    };
    // The newest, or newer than ours: the SOA record alone (RFC 1995 §2).
    let half = 1 << 31;
    for (theirs, transport) in [
        (serial, Tcp),
        (serial.wrapping_add(1), Tcp),
        (serial.wrapping_add(half - 1), Tcp),
        (serial, Udp),
        (serial - 1, Udp),
    ] {
        let Reply::Message(octets) = ask(theirs, transport) else {
            panic!("{theirs}");
        };
        assert!(message(&octets).header().aa());
        let records = read(&[octets]);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].rtype, Rtype::SOA);
    }
    // Older by serial arithmetic (RFC 1982), or not comparable: all of it.
    for theirs in [
        serial - 1,
        serial.wrapping_add(half + 1),
        serial.wrapping_add(half),
    ] {
        let Reply::Transfer(transfer) = ask(theirs, Tcp) else {
            panic!("{theirs}");
        };
        let messages: Vec<_> = transfer
            .messages()
            .map(|message| message.unwrap())
            .collect();
        assert_eq!(read(&messages).len(), zone.records().count() + 1);
        let question = message(&messages[0]).sole_question().unwrap();
        assert_eq!(question.qtype(), Rtype::IXFR);
    }
}

/// Versions of the zone of several messages: a host has another address each time.
fn versions() -> [ServedZone; 3] {
    let mut last = None;
    ["192.0.0.7", "192.0.2.77", "192.0.2.78"].map(|address| {
        let mut records = large_records();
        for record in records
            .iter_mut()
            .filter(|it| it.owner == name("host-7.example."))
        {
            record.data = Rdata::from_text(Rtype::A, address).unwrap();
        }
        let contents = Contents::build(&name("example."), records).unwrap();
        let signed = sign_contents(&contents, last.as_ref(), NOW);
        last = Some(signed.clone());
        signed.into()
    })
}

/// What is said to a client with this serial.
fn ask(published: &Published, theirs: u32, transport: Transport, octets_max: u16) -> Reply {
    let mut query = Query::new("example.", Rtype::IXFR).edns(octets_max, true);
    query.serial = Some(theirs);
    let address = "127.0.0.1".parse().unwrap();
    let client = Client { address, transport };
    let everybody = Access::transfers(Networks::everybody());
    reply_over(Some(published), &everybody, client, &query.octets())
}

#[test]
fn gives_increments_to_who_has_the_version_that_they_begin_with() {
    let [first, second, _] = versions();
    let increment = Increment::between(&first, &second).unwrap();
    let soa: Vec<Record> = soa(&second).collect();
    let expected: Vec<Record> = soa
        .iter()
        .chain(increment.records())
        .chain(&soa)
        .cloned()
        .collect();
    let published = Published::from(first.clone()).next(second.clone());
    let Reply::Transfer(transfer) = ask(&published, first.serial(), Tcp, 1232) else {
        panic!("no transfer");
    };
    assert!(!transfer.is_whole());
    let messages: Vec<_> = transfer.messages().collect::<Result<_, _>>().unwrap();
    assert!(read(&messages) == expected);
    let question = message(&messages[0]).sole_question().unwrap();
    assert_eq!(question.qtype(), Rtype::IXFR);
    // Whoever has another version gets all of it.
    let Reply::Transfer(transfer) = ask(&published, first.serial() - 1, Tcp, 1232) else {
        panic!("no transfer");
    };
    assert!(transfer.is_whole());
}

#[test]
fn several_increments_are_given_the_oldest_first() {
    let [first, second, third] = versions();
    let published = Published::from(first.clone()).next(second.clone());
    let published = published.next(third.clone());
    let Reply::Transfer(transfer) = ask(&published, first.serial(), Tcp, 1232) else {
        panic!("no transfer");
    };
    let messages: Vec<_> = transfer.messages().collect::<Result<_, _>>().unwrap();
    let soas = read(&messages)
        .into_iter()
        .filter(|it| it.rtype == Rtype::SOA);
    let soas: Vec<Record> = soas.collect();
    let [first, second, third] = [first, second, third].map(|it| soa(&it).next().unwrap());
    let expected = [&third, &first, &second, &second, &third, &third];
    assert!(soas.iter().eq(expected));
}

#[test]
fn an_increment_that_fits_into_a_datagram_is_in_it() {
    let [first, second, _] = versions();
    let published = Published::from(first.clone()).next(second.clone());
    for (octets_max, is_there) in [(1232, true), (512, false)] {
        let Reply::Message(octets) = ask(&published, first.serial(), Udp, octets_max) else {
            panic!("{octets_max}");
        };
        assert!(octets.len() <= usize::from(octets_max));
        assert!(!message(&octets).header().tc());
        let found = read(&[octets]);
        assert_eq!(found.first(), soa(&second).next().as_ref());
        assert_eq!(found.len() > 1, is_there, "{octets_max}");
        assert_eq!(found.last(), found.first());
    }
}
