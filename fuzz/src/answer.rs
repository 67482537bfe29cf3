//! What every reply of a DNS server must be, whatever was asked.

use comity_mirror::dns::request::Request;
use domain::base::iana::Rcode;
use domain::base::{Message, Rtype};
use domain::rdata::AllRecordData;

/// The octets that a client takes by UDP, as it says itself.
pub fn udp_octets_max(request: &[u8]) -> usize {
    let edns = Request::read(request).ok().and_then(|read| read.edns);
    edns.map_or(512, |edns| {
        usize::from(edns.udp_octets_max.clamp(512, 1232))
    })
}

/// Whether a request gets no reply at all.
pub fn is_dropped(request: &[u8]) -> bool {
    request.len() < 12 || request[2] & 0x80 != 0
}

/// Fails unless this is a reply to that request: it parses to its end, is one,
/// has the request's identifier, opcode and question, and claims nothing that
/// an authoritative server cannot know.
pub fn check(request: &[u8], response: &[u8], octets_max: usize) {
    assert!(!is_dropped(request), "a reply to what is no request");
    assert!(response.len() <= octets_max, "{} octets", response.len());
    let asked = Message::from_octets(request).unwrap();
    let message = Message::from_octets(response).unwrap();
    let (header, asks) = (message.header(), asked.header());
    assert!(header.qr());
    assert_eq!(header.id(), asks.id());
    assert_eq!(header.opcode(), asks.opcode());
    assert!(!header.ra() && !header.ad() && !header.z());
    if let Some(question) = message.first_question() {
        assert_eq!(Some(question), asked.first_question());
    } else {
        // Only what could not be read as one question is not repeated.
        assert!(matches!(header.rcode(), Rcode::FORMERR | Rcode::NOTIMP));
        assert_eq!(response.len(), 12);
    }
    records(&message);
}

/// Reads every record, and fails unless nothing is behind the last.
pub fn records(message: &Message<&[u8]>) -> Vec<Rtype> {
    let mut rtypes = Vec::new();
    let mut section = message.answer().unwrap();
    loop {
        for record in &mut section {
            let record = record.unwrap();
            rtypes.push(record.rtype());
            record.to_record::<AllRecordData<_, _>>().unwrap().unwrap();
        }
        let end = section.pos();
        match section.next_section().unwrap() {
            Some(next) => section = next,
            None => {
                assert_eq!(end, message.as_slice().len());
                return rtypes;
            }
        }
    }
}
