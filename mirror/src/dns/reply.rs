//! From the octets of a request to the octets of its response. Pure: what
//! the sockets do with it is not decided here.

use std::net::IpAddr;

use comity_core::limits;
use comity_core::zone::Rtype;
use domain::base::header::Header;
use domain::base::iana::{Class, ExtendedErrorCode, Opcode, OptRcode, Rcode};

use super::answer::{Answer, Asked, Entry, answer};
use super::notice::Access;
use super::published::Published;
use super::request::{Head, Request, Unreadable};
use super::transfer::{self, Transfer};
use super::writer::{Full, OwnEdns, Row, Section, Writer};

/// The octets of a UDP response that every client takes (RFC 1035 §2.3.4).
const UDP_OCTETS_MIN: u16 = 512;
/// The octets of the largest TCP message (RFC 1035 §4.2.2).
pub(super) const TCP_OCTETS_MAX: usize = u16::MAX as usize;

/// Who asks, and over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address that the request came from.
    pub address: IpAddr,
    /// How it came.
    pub transport: Transport,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// As a datagram.
    Udp,
    /// On a connection.
    Tcp,
}

/// What to do about a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing at all.
    Nothing,
    /// Send this message.
    Message(Vec<u8>),
    /// Send this message, to a primary that has a new version of the zone.
    Notice(Vec<u8>),
    /// Send the messages of this transfer.
    Transfer(Transfer),
}

/// Replies to the octets of one message, out of what is served at this
/// moment, if anything. `access` says who may have the whole zone, and whose notices
/// are heeded.
pub fn reply(
    published: Option<&Published>,
    access: &Access,
    client: Client,
    octets: &[u8],
) -> Reply {
    let request = match Request::read(octets) {
        Ok(request) => request,
        Err(Unreadable::Dropped) => return Reply::Nothing,
        Err(Unreadable::Refused(head, rcode)) => {
            return Reply::Message(Writer::new(head.respond(rcode), TCP_OCTETS_MAX).finish());
        }
    };
    let composer = Composer {
        request: &request,
        transport: client.transport,
    };
    let is_heeded = access.heeds(&request, client.address);
    if let Some((rcode, error)) = refuse(&request, is_heeded) {
        return Reply::Message(composer.error(rcode, error));
    }
    if is_heeded {
        return Reply::Notice(composer.acknowledgement());
    }
    let Some(published) = published else {
        let error = Some(ExtendedErrorCode::NOT_READY);
        return Reply::Message(composer.error(OptRcode::SERVFAIL, error));
    };
    if matches!(request.question.rtype, Rtype::AXFR | Rtype::IXFR) {
        return transfer::reply(published, &access.transfer_allow, client, request.clone());
    }
    let asked = Asked {
        name: &request.question.name,
        rtype: request.question.rtype,
        dnssec: request.dnssec_ok(),
    };
    Reply::Message(composer.answer(&answer(published.zone(), asked)))
}

/// What is refused whatever the zone says.
fn refuse(request: &Request, is_heeded: bool) -> Option<(OptRcode, Option<ExtendedErrorCode>)> {
    // RFC 6891 §6.1.3.
    if request.edns.is_some_and(|edns| edns.version != 0) {
        return Some((OptRcode::BADVERS, None));
    }
    // A mirror learns of new editions from the ledger; a watcher, from primaries it knows.
    let is_stranger = request.head.opcode == Opcode::NOTIFY && !is_heeded;
    if is_stranger || request.question.class != Class::IN {
        return Some((OptRcode::REFUSED, None));
    }
    match request.question.rtype {
        // Not types that a zone can have (RFC 6895 §3.1).
        Rtype::OPT | Rtype::TKEY | Rtype::TSIG => Some((OptRcode::FORMERR, None)),
        Rtype::MAILA | Rtype::MAILB => Some((OptRcode::NOTIMP, None)),
        _ => None,
    }
}

impl Head {
    /// The header of a response. RA and AD stay clear: nothing is resolved
    /// or validated here (RFC 4035 §3.1.6 for AD and CD).
    pub(super) fn respond(self, rcode: Rcode) -> Header {
        let mut header = Header::new();
        header.set_id(self.id);
        header.set_qr(true);
        header.set_opcode(self.opcode);
        header.set_rd(self.recursion_desired);
        header.set_rcode(rcode);
        header
    }
}

/// Puts responses to one request together.
pub(super) struct Composer<'r> {
    /// The request.
    pub(super) request: &'r Request,
    /// How it came.
    pub(super) transport: Transport,
}

impl Composer<'_> {
    /// A response without records.
    pub(super) fn error(&self, rcode: OptRcode, error: Option<ExtendedErrorCode>) -> Vec<u8> {
        let header = self.request.head.respond(rcode.rcode());
        self.bare(header, self.edns(rcode, error))
    }

    /// That a notice has come (RFC 1996 §4.7).
    fn acknowledgement(&self) -> Vec<u8> {
        let mut header = self.request.head.respond(Rcode::NOERROR);
        header.set_aa(true);
        self.bare(header, self.edns(OptRcode::NOERROR, None))
    }

    /// A message with the question, and nothing else but the OPT record.
    fn bare(&self, header: Header, edns: Option<OwnEdns>) -> Vec<u8> {
        let mut writer = self.writer(header, edns);
        self.end(&mut writer, edns);
        writer.finish()
    }

    /// A response with the sections of `answer`, as much as fits.
    fn answer(&self, answer: &Answer<'_>) -> Vec<u8> {
        let error =
            (answer.rcode == Rcode::REFUSED).then_some(ExtendedErrorCode::NOT_AUTHORITATIVE);
        let edns = self.edns(OptRcode::from(answer.rcode), error);
        let mut header = self.request.head.respond(answer.rcode);
        header.set_aa(answer.authoritative);
        let mut writer = self.writer(header, edns);
        if put_sections(&mut writer, answer) == Err(Full) {
            writer.set_truncated();
        }
        self.end(&mut writer, edns);
        writer.finish()
    }

    /// A message with the question, and with room left for the OPT record.
    pub(super) fn writer(&self, header: Header, edns: Option<OwnEdns>) -> Writer {
        let mut writer = Writer::new(header, self.octets_max());
        writer.put_question(&self.request.question);
        writer.reserve(edns.map_or(0, OwnEdns::octets));
        writer
    }

    /// Writes the OPT record, if the client sent one (RFC 6891 §6.1.1).
    pub(super) fn end(&self, writer: &mut Writer, edns: Option<OwnEdns>) {
        if let Some(edns) = edns {
            writer.put_edns(edns);
        }
    }

    /// Our OPT record, if the client sent one.
    pub(super) fn edns(
        &self,
        rcode: OptRcode,
        error: Option<ExtendedErrorCode>,
    ) -> Option<OwnEdns> {
        let theirs = self.request.edns?;
        let keepalive = theirs.keepalive && self.transport == Transport::Tcp;
        Some(OwnEdns {
            udp_octets_max: limits::UDP_OCTETS_MAX,
            dnssec_ok: theirs.dnssec_ok,
            rcode,
            error,
            keepalive: keepalive.then_some(limits::TCP_IDLE_SECONDS_MAX * 10),
        })
    }

    fn octets_max(&self) -> usize {
        match (self.transport, self.request.edns) {
            (Transport::Tcp, _) => TCP_OCTETS_MAX,
            (Transport::Udp, None) => usize::from(UDP_OCTETS_MIN),
            (Transport::Udp, Some(edns)) => {
                let octets = edns.udp_octets_max.max(UDP_OCTETS_MIN);
                usize::from(octets.min(limits::UDP_OCTETS_MAX))
            }
        }
    }
}

/// Writes what fits. Full where the client has to ask again over TCP.
fn put_sections(writer: &mut Writer, answer: &Answer<'_>) -> Result<(), Full> {
    for entry in &answer.answer {
        put_entry(writer, Section::Answer, entry)?;
    }
    for entry in &answer.authority {
        put_entry(writer, Section::Authority, entry)?;
    }
    // RFC 9471 §3.1: all in-domain glue, or TC.
    for entry in &answer.glue {
        put_entry(writer, Section::Additional, entry)?;
    }
    // RFC 9471 §3.2, RFC 2181 §9: the rest may be missing.
    for entry in &answer.additional {
        let (Ok(()) | Err(Full)) = put_entry(writer, Section::Additional, entry);
    }
    Ok(())
}

/// Writes a set and its signatures, all or nothing.
fn put_entry(writer: &mut Writer, section: Section, entry: &Entry<'_>) -> Result<(), Full> {
    let row = |rtype, data| Row {
        owner: &entry.owner,
        rtype,
        ttl: entry.ttl,
        data,
    };
    let data = entry.set.data.iter().map(|data| row(entry.rtype, data));
    let signatures = entry.signatures.iter();
    let signatures = signatures.map(|data| row(Rtype::RRSIG, data));
    writer.put_rows(section, data.chain(signatures))
}

#[cfg(test)]
mod tests;
