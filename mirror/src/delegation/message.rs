//! Octets of questions and answers. Whatever a server sends, reading it ends
//! and is bounded.

use comity_core::check::observation::{Answer, Question};
use comity_core::limits;
use comity_core::zone::{Name, Rdata, Record};
use domain::base::iana::{Class, Rcode};
use domain::base::name::ParsedName;
use domain::base::rdata::ComposeRecordData as _;
use domain::base::record::ParsedRecord;
use domain::base::{Message, MessageBuilder};
use domain::rdata::AllRecordData;

/// A question as it is sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its octets.
    pub octets: Vec<u8>,
    /// What it asks.
    pub question: Question,
    id: u16,
}

/// Writes a question, with or without EDNS and the DO bit (RFC 6891, RFC
/// 3225). None for names that do not fit, which there are not.
pub fn question(question: &Question, edns: bool, id: u16) -> Option<Sent> {
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_id(id);
    builder.header_mut().set_rd(question.recursion_desired);
    let mut builder = builder.question();
    let name = question.name.as_domain();
    builder.push((name, question.rtype, Class::IN)).ok()?;
    let mut builder = builder.additional();
    if edns {
        let written = builder.opt(|opt| {
            opt.set_udp_payload_size(limits::UDP_OCTETS_MAX);
            opt.set_dnssec_ok(true);
            Ok(())
        });
        written.ok()?;
    }
    Some(Sent {
        octets: builder.finish(),
        question: question.clone(),
        id,
    })
}

/// An answer with all of its sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// What the checks look at, with the answer section.
    pub answer: Answer,
    /// The authority section.
    pub authority: Vec<Record>,
    /// The additional section without EDNS's own record.
    pub additional: Vec<Record>,
}

/// What some octets are to somebody who has sent a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Its answer.
    Answer(Box<Received>),
    /// A message that has its number and is no answer to it.
    Malformed,
    /// Something else.
    Foreign,
}

/// Reads what came after a question.
pub fn read(octets: &[u8], sent: &Sent) -> Reading {
    let Ok(message) = Message::from_slice(octets) else {
        return Reading::Foreign;
    };
    let header = message.header();
    if header.id() != sent.id || !header.qr() {
        return Reading::Foreign;
    }
    received(message, sent).map_or(Reading::Malformed, |it| Reading::Answer(Box::new(it)))
}

fn received(message: &Message<[u8]>, sent: &Sent) -> Option<Received> {
    let header = message.header();
    if !asks_the_same(message, sent)? {
        return None;
    }
    let mut answer = Answer {
        rcode: message.opt_rcode().to_int(),
        authoritative: header.aa(),
        truncated: header.tc(),
        recursion_available: header.ra(),
        elsewhere: None,
        records: Vec::new(),
    };
    // What follows a cut is not looked at.
    if header.tc() {
        return Some(Received {
            answer,
            ..Received::default()
        });
    }
    let mut left = limits::CHECK_ANSWER_RECORDS_MAX;
    answer.records = records(message.answer().ok()?, &mut left)?;
    Some(Received {
        answer,
        authority: records(message.authority().ok()?, &mut left)?,
        additional: records(message.additional().ok()?, &mut left)?,
    })
}

/// Whether the question stands in the answer. Errors may leave it out.
fn asks_the_same(message: &Message<[u8]>, sent: &Sent) -> Option<bool> {
    let mut questions = message.question();
    let Some(first) = questions.next() else {
        return Some(message.header().rcode() != Rcode::NOERROR);
    };
    let first = first.ok()?;
    let is_same = Name::from_name(first.qname()) == sent.question.name
        && first.qtype() == sent.question.rtype
        && first.qclass() == Class::IN;
    Some(is_same && questions.next().is_none())
}

/// The records of a section, as far as zones can have them; none where it
/// cannot be read.
fn records<'a>(
    section: impl Iterator<Item = Result<ParsedRecord<'a, [u8]>, domain::base::wire::ParseError>>,
    left: &mut usize,
) -> Option<Vec<Record>> {
    let mut found = Vec::new();
    for record in section {
        let record = record.ok()?;
        let Some(more) = left.checked_sub(1) else {
            return Some(found);
        };
        *left = more;
        if record.class() != Class::IN {
            continue;
        }
        let parsed: domain::base::Record<_, AllRecordData<_, ParsedName<_>>> =
            record.to_any_record().ok()?;
        let mut wire = Vec::new();
        let Ok(()) = parsed.data().compose_rdata(&mut wire);
        if let Ok(data) = Rdata::from_wire(record.rtype(), &wire) {
            found.push(Record {
                owner: Name::from_name(&record.owner()),
                rtype: record.rtype(),
                ttl: record.ttl().as_secs(),
                data,
            });
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use comity_core::zone::Rtype;

    use super::*;

    fn sent(edns: bool) -> Sent {
        let asked = Question::new(&"example.".parse().unwrap(), Rtype::NS);
        question(&asked, edns, 7).unwrap()
    }

    /// The answer to [`sent`] with one NS record, its name compressed.
    fn answer() -> Vec<u8> {
        let mut octets = sent(false).octets;
        octets[2] = 0x84;
        octets[7] = 1;
        octets.extend(b"\xC0\x0C\0\x02\0\x01\0\0\x0E\x10\0\x05\x02ns\xC0\x0C");
        octets
    }

    #[test]
    fn a_question_is_as_it_was_asked() {
        let plain = sent(false).octets;
        assert_eq!(plain[..12], [0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(plain[12..], *b"\x07example\0\0\x02\0\x01");
        // OPT: root, type 41, 1232 octets, DO.
        let edns = sent(true).octets;
        assert_eq!(edns[plain.len()..], *b"\0\0\x29\x04\xD0\0\0\x80\0\0\0");
    }

    #[test]
    fn an_answer_is_read_without_compression() {
        let Reading::Answer(received) = read(&answer(), &sent(false)) else {
            panic!("no answer");
        };
        assert!(received.answer.authoritative);
        let record = &received.answer.records[0];
        assert_eq!(record.data.to_text(Rtype::NS), "ns.example.");
        assert_eq!((record.ttl, received.answer.rcode), (3600, 0));
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        type Damage = fn(&mut Vec<u8>);
        let table: [(&str, Damage, Reading); 8] = [
            ("another number", |it| it[1] = 8, Reading::Foreign),
            ("a question", |it| it[2] = 0, Reading::Foreign),
            ("cut in the header", |it| it.truncate(11), Reading::Foreign),
            ("another name", |it| it[13] = b'x', Reading::Malformed),
            ("another type", |it| it[22] = 1, Reading::Malformed),
            ("two questions", |it| it[5] = 2, Reading::Malformed),
            ("cut in a record", |it| it.truncate(30), Reading::Malformed),
            (
                "a record more than there is",
                |it| it[7] = 2,
                Reading::Malformed,
            ),
        ];
        for (what, damage, expected) in table {
            let mut octets = answer();
            damage(&mut octets);
            assert_eq!(read(&octets, &sent(false)), expected, "{what}");
        }
    }

    #[test]
    fn an_error_may_leave_the_question_out() {
        let mut octets = answer()[..12].to_vec();
        (octets[5], octets[7]) = (0, 0);
        assert_eq!(read(&octets, &sent(false)), Reading::Malformed);
        octets[3] = 5;
        let Reading::Answer(received) = read(&octets, &sent(false)) else {
            panic!("no answer");
        };
        assert_eq!(received.answer.rcode, 5);
    }

    #[test]
    fn no_more_records_are_read_than_allowed() {
        let mut octets = answer();
        let record = octets[25..].to_vec();
        let count = limits::CHECK_ANSWER_RECORDS_MAX + 50;
        octets.extend(record.repeat(count - 1));
        octets[6..8].copy_from_slice(&u16::try_from(count).unwrap().to_be_bytes());
        let Reading::Answer(received) = read(&octets, &sent(false)) else {
            panic!("no answer");
        };
        let read = received.answer.records.len();
        assert_eq!(read, limits::CHECK_ANSWER_RECORDS_MAX);
    }
}
