//! Reading requests, strictly. What is not a well-formed request is either
//! dropped or answered with an error that says as little as possible; it
//! never reaches the zone.

use comity_core::zone::{Name, Rtype};
use domain::base::Message;
use domain::base::iana::{Class, Opcode, OptionCode, Rcode};
use domain::base::message::RecordSection;
use domain::base::name::{Name as WireName, ToName};
use domain::base::opt::{Opt, OptRecord, UnknownOptData};
use domain::base::wire::ParseError;
use domain::rdata::Soa;

/// The octets of a message's header (RFC 1035 §4.1.1).
pub(super) const HEADER_OCTETS: usize = 12;

/// What a client asked, well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The header's parts that a response repeats.
    pub head: Head,
    /// The one question.
    pub question: Question,
    /// What the client's OPT record says, if it sent one.
    pub edns: Option<Edns>,
    /// The serial that an incremental transfer starts from (RFC 1995 §3).
    pub serial: Option<u32>,
}

/// The parts of a request's header that its response repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The identifier.
    pub id: u16,
    /// What kind of request this is.
    pub opcode: Opcode,
    /// Whether recursion was asked for. It is never done.
    pub recursion_desired: bool,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name in canonical form.
    pub name: Name,
    /// The name's wire form in the letter case of the client, which the
    /// response repeats.
    pub name_as_sent: Box<[u8]>,
    /// The type asked for.
    pub rtype: Rtype,
    /// The class asked for.
    pub class: Class,
}

/// What a client's OPT record says (RFC 6891 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edns {
    /// The version.
    pub version: u8,
    /// The octets of the largest UDP message that the client takes.
    pub udp_octets_max: u16,
    /// Whether the client wants DNSSEC records (RFC 3225).
    pub dnssec_ok: bool,
    /// Whether the client asks how long its connection may stay idle
    /// (RFC 7828).
    pub keepalive: bool,
}

/// Octets that are not a request that can be looked at further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Too short for a header, or itself a response. It gets no response:
    /// two servers that answer each other's errors never stop.
    Dropped,
    /// It gets a response of a header with this code and nothing else.
    Refused(Head, Rcode),
}

impl Request {
    /// Reads a whole message.
    ///
    /// # Errors
    /// Where it is not a query or notification with one question, nothing
    /// that does not belong there, and nothing behind its end.
    pub fn read(octets: &[u8]) -> Result<Self, Unreadable> {
        let message = Message::from_slice(octets).map_err(|_| Unreadable::Dropped)?;
        let header = message.header();
        if header.qr() {
            return Err(Unreadable::Dropped);
        }
        let head = Head {
            id: header.id(),
            opcode: header.opcode(),
            recursion_desired: header.rd(),
        };
        // Another opcode's sections need not be a question and records.
        if !matches!(head.opcode, Opcode::QUERY | Opcode::NOTIFY) {
            return Err(Unreadable::Refused(head, Rcode::NOTIMP));
        }
        // RFC 9619 §4: exactly one question.
        if message.header_counts().qdcount() != 1 {
            return Err(Unreadable::Refused(head, Rcode::FORMERR));
        }
        read_sections(head, message)
            .ok()
            .flatten()
            .ok_or(Unreadable::Refused(head, Rcode::FORMERR))
    }

    /// Whether the client wants DNSSEC records beside the others.
    pub fn dnssec_ok(&self) -> bool {
        self.edns.is_some_and(|edns| edns.dnssec_ok)
    }
}

/// Reads what follows the header. None where something is out of its place.
fn read_sections(head: Head, message: &Message<[u8]>) -> Result<Option<Request>, ParseError> {
    let mut questions = message.question();
    let Some(asked) = questions.next() else {
        return Ok(None);
    };
    let asked = asked?;
    // Before it there is only the header, which has no name (RFC 1035 §4.1.4).
    if asked.qname().is_compressed() {
        return Ok(None);
    }
    let name_as_sent: WireName<Vec<u8>> = asked.qname().to_name();
    let question = Question {
        name: Name::from_name(asked.qname()),
        name_as_sent: name_as_sent.into_octets().into_boxed_slice(),
        rtype: asked.qtype(),
        class: asked.qclass(),
    };
    let counts = message.header_counts();
    let is_query = head.opcode == Opcode::QUERY;
    let is_ixfr = is_query && question.rtype == Rtype::IXFR;
    // A query has no answers, and authority only in an IXFR (RFC 1995 §3).
    if is_query && (counts.ancount() != 0 || (counts.nscount() != 0) != is_ixfr) {
        return Ok(None);
    }
    let Some(mut authority) = questions.answer()?.next_section()? else {
        return Ok(None);
    };
    let serial = if is_ixfr {
        let Some(serial) = read_serial(&question.name, &mut authority)? else {
            return Ok(None);
        };
        Some(serial)
    } else {
        None
    };
    let Some(additional) = authority.next_section()? else {
        return Ok(None);
    };
    let Some((edns, end)) = read_additional(additional)? else {
        return Ok(None);
    };
    Ok((end == message.as_slice().len()).then_some(Request {
        head,
        question,
        edns,
        serial,
    }))
}

/// The serial of the one SOA record of the zone asked for.
fn read_serial(
    zone: &Name,
    authority: &mut RecordSection<'_, [u8]>,
) -> Result<Option<u32>, ParseError> {
    let Some(record) = authority.next() else {
        return Ok(None);
    };
    let Some(record) = record?.into_record::<Soa<_>>()? else {
        return Ok(None);
    };
    if authority.next().is_some() || Name::from_name(record.owner()) != *zone {
        return Ok(None);
    }
    Ok(Some(record.data().serial().into_int()))
}

/// The OPT record and where the section ends. None where there are two, or
/// one that the root does not own (RFC 6891 §6.1.1).
fn read_additional(
    mut section: RecordSection<'_, [u8]>,
) -> Result<Option<(Option<Edns>, usize)>, ParseError> {
    let mut edns = None;
    for record in &mut section {
        let record = record?;
        if record.rtype() != Rtype::OPT {
            continue;
        }
        let Some(record) = record.into_record::<Opt<_>>()? else {
            return Ok(None);
        };
        if edns.is_some() || !record.owner().is_root() {
            return Ok(None);
        }
        edns = Some(read_edns(&OptRecord::from(record))?);
    }
    Ok(Some((edns, section.pos())))
}

fn read_edns(opt: &OptRecord<&[u8]>) -> Result<Edns, ParseError> {
    let mut keepalive = false;
    for option in opt.opt().iter::<UnknownOptData<_>>() {
        keepalive |= option?.code() == OptionCode::TCP_KEEPALIVE;
    }
    Ok(Edns {
        version: opt.version(),
        udp_octets_max: opt.udp_payload_size(),
        dnssec_ok: opt.dnssec_ok(),
        keepalive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query for `be. NS` with these counts and this behind the question.
    fn query(counts: [u8; 4], rest: &[u8]) -> Vec<u8> {
        let [questions, answers, authority, additional] = counts;
        let mut octets = vec![0xab, 0xcd, 1, 0];
        for count in [questions, answers, authority, additional] {
            octets.extend([0, count]);
        }
        octets.extend(b"\x02Be\x00\x00\x02\x00\x01");
        octets.extend(rest);
        octets
    }

    const OPT: &[u8] = &[0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0];

    #[test]
    fn reads_a_query_in_the_clients_letter_case() {
        let request = Request::read(&query([1, 0, 0, 1], OPT)).unwrap();
        assert_eq!(request.head.id, 0xabcd);
        assert!(request.head.recursion_desired);
        assert_eq!(request.question.name, "be.".parse().unwrap());
        assert_eq!(&*request.question.name_as_sent, b"\x02Be\x00");
        assert_eq!(request.question.rtype, Rtype::NS);
        assert!(request.dnssec_ok());
        assert_eq!(request.edns.unwrap().udp_octets_max, 4096);
        assert_eq!(request.serial, None);
        assert_eq!(Request::read(&query([1, 0, 0, 0], b"")).unwrap().edns, None);
    }

    #[test]
    fn drops_what_must_not_be_answered() {
        let whole = query([1, 0, 0, 0], b"");
        for length in 0..HEADER_OCTETS {
            assert_eq!(Request::read(&whole[..length]), Err(Unreadable::Dropped));
        }
        let mut response = whole;
        response[2] |= 0x80;
        assert_eq!(Request::read(&response), Err(Unreadable::Dropped));
    }

    #[test]
    fn refuses_each_malformation() {
        let two_opts = [OPT, OPT].concat();
        let opt_not_at_root = [b"\x01a".as_slice(), OPT].concat();
        let broken_option = [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 4, 0, 11, 0, 9];
        let record = b"\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x01";
        let mut pointer = query([1, 0, 0, 0], b"");
        pointer.splice(12..16, [2, b'b', b'e', 0xc0, 0x03]);
        let cases: [(&str, Vec<u8>); 12] = [
            ("a name that goes on in the header", pointer),
            ("no question", query([0, 0, 0, 0], b"")),
            (
                "two questions",
                query([2, 0, 0, 0], b"\x00\x00\x02\x00\x01"),
            ),
            (
                "question cut short",
                query([1, 0, 0, 0], b"")[..16].to_vec(),
            ),
            ("header alone", query([1, 0, 0, 0], b"")[..12].to_vec()),
            ("answers in a query", query([1, 1, 0, 0], record)),
            ("authority in a query", query([1, 0, 1, 0], record)),
            ("records missing", query([1, 0, 0, 1], b"")),
            (
                "octets behind the end",
                query([1, 0, 0, 1], &[OPT, b"x"].concat()),
            ),
            ("two OPT records", query([1, 0, 0, 2], &two_opts)),
            ("OPT owned by a name", query([1, 0, 0, 1], &opt_not_at_root)),
            (
                "option longer than OPT",
                query([1, 0, 0, 1], &broken_option),
            ),
        ];
        for (case, octets) in cases {
            assert!(
                matches!(
                    Request::read(&octets),
                    Err(Unreadable::Refused(_, Rcode::FORMERR))
                ),
                "{case}"
            );
        }
    }

    #[test]
    fn knows_two_opcodes() {
        for opcode in 0..16u8 {
            let mut octets = query([1, 0, 0, 0], b"");
            octets[2] = opcode << 3;
            let result = Request::read(&octets);
            if matches!(opcode, 0 | 4) {
                assert_eq!(result.unwrap().head.opcode, Opcode::from_int(opcode));
            } else {
                assert!(matches!(result, Err(Unreadable::Refused(_, Rcode::NOTIMP))));
            }
        }
    }

    #[test]
    fn reads_the_serial_of_an_incremental_transfer() {
        let soa = b"\xc0\x0c\x00\x06\x00\x01\x00\x00\x00\x00\x00\x16\x00\x00\
            \x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
        let mut octets = query([1, 0, 1, 0], soa);
        octets[17] = 251;
        assert_eq!(Request::read(&octets).unwrap().serial, Some(7));
        let mut elsewhere = query([1, 0, 1, 0], &[b"\x00", &soa[2..]].concat());
        elsewhere[17] = 251;
        assert!(Request::read(&elsewhere).is_err());
        let mut without = query([1, 0, 0, 0], b"");
        without[17] = 251;
        assert!(Request::read(&without).is_err());
    }
}
