//! Requests to a mirror's DNS server, from the octets of one message to the
//! octets of its reply.

#![no_main]

use std::cell::LazyCell;
use std::net::{IpAddr, Ipv4Addr};

use comity_core::zone::Name;
use comity_fuzz::answer;
use comity_fuzz::parts::Parts;
use comity_fuzz::samples;
use comity_mirror::dns::reply::{Client, Reply, Transport, reply};
use comity_mirror::dns::transfer::Transfer;
use comity_mirror::dns::{Access, Networks, Notices, Published};
use domain::base::{Message, Rtype};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static ZONE: LazyCell<Published> = const { LazyCell::new(samples::published) };
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let bits = parts.octet();
    let request = parts.rest();
    let (transport, octets_max) = match bits & 1 {
        0 => (Transport::Udp, answer::udp_octets_max(request)),
        _ => (Transport::Tcp, 0xffff),
    };
    let allow = match bits & 2 {
        0 => Networks::everybody(),
        _ => Networks::default(),
    };
    let access = Access {
        transfer_allow: allow,
        notices: (bits & 8 == 0).then(|| Notices {
            zone: Name::root(),
            from: Networks::own(),
        }),
    };
    let client = Client {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        transport,
    };
    ZONE.with(|zone| {
        let zone = (bits & 4 == 0).then_some(&**zone);
        match reply(zone, &access, client, request) {
            Reply::Nothing => assert!(answer::is_dropped(request)),
            Reply::Message(response) => answer::check(request, &response, octets_max),
            Reply::Notice(response) => {
                assert!(bits & 8 == 0);
                answer::check(request, &response, octets_max);
            }
            Reply::Transfer(transfer) => {
                assert!(zone.is_some() && transport == Transport::Tcp && bits & 2 == 0);
                check_transfer(&transfer);
            }
        }
    });
});

/// The whole zone, or increments of it, between two SOA records.
fn check_transfer(transfer: &Transfer) {
    let mut rtypes = Vec::new();
    for message in transfer.messages() {
        let message = message.unwrap();
        let message = Message::from_octets(message.as_slice()).unwrap();
        rtypes.extend(answer::records(&message));
    }
    rtypes.retain(|rtype| *rtype != Rtype::OPT);
    let whole = ZONE.with(|zone| zone.zone().records().count());
    match transfer.is_whole() {
        true => assert_eq!(rtypes.len(), whole + 1),
        false => assert!(rtypes.len() < whole),
    }
    assert_eq!(
        (rtypes[0], rtypes[rtypes.len() - 1]),
        (Rtype::SOA, Rtype::SOA)
    );
}
