//! Whole-zone transfers: AXFR (RFC 5936), and IXFR (RFC 1995) answered by
//! the SOA record alone or by the whole zone. Records are read out of one
//! zone from the first message to the last.

use comity_core::served::ServedZone;
use comity_core::zone::{Record, Rtype};
use domain::base::iana::{OptRcode, Rcode};
use domain::base::serial::Serial;

use super::networks::Networks;
use super::reply::{Client, Composer, Reply, TCP_OCTETS_MAX, Transport};
use super::request::Request;
use super::writer::{Full, OwnEdns, Row, Section, Writer};

/// A message is sent once it has this many octets: compression pointers
/// reach no further (RFC 1035 §4.1.4).
const MESSAGE_OCTETS: usize = 0x4000;

/// A transfer that was granted. It keeps its version of the zone.
#[derive(Clone, Debug)]
pub struct Transfer {
    zone: ServedZone,
    request: Request,
}

/// Replies to a request for a transfer.
pub(super) fn reply(
    zone: &ServedZone,
    allow: &Networks,
    client: Client,
    request: Request,
) -> Reply {
    let composer = Composer {
        request: &request,
        transport: client.transport,
    };
    // RFC 5936 §2.2.1.
    if request.question.name != *zone.origin() {
        return Reply::Message(composer.error(OptRcode::NOTAUTH, None));
    }
    if !allow.contain(client.address) {
        return Reply::Message(composer.error(OptRcode::REFUSED, None));
    }
    // RFC 1995 §2: the client's is the newest, or newer than ours. Serials
    // that RFC 1982 §3.2 cannot compare are neither.
    let up_to_date = request
        .serial
        .is_some_and(|theirs| Serial(theirs) >= Serial(zone.serial()));
    match (client.transport, request.serial) {
        // RFC 5936 §4.2.
        (Transport::Udp, None) => Reply::Message(composer.error(OptRcode::REFUSED, None)),
        // RFC 1995 §2: over UDP, what does not fit is the SOA record alone,
        // and the client comes back over TCP.
        (Transport::Udp, Some(_)) => Reply::Message(soa_alone(zone, &composer)),
        (Transport::Tcp, _) if up_to_date => Reply::Message(soa_alone(zone, &composer)),
        (Transport::Tcp, _) => Reply::Transfer(Transfer {
            zone: zone.clone(),
            request,
        }),
    }
}

impl Transfer {
    /// The messages, made as they are asked for.
    pub fn messages(&self) -> impl Iterator<Item = Result<Vec<u8>, RecordTooLong>> + Send {
        Messages {
            request: &self.request,
            rows: rows(&self.zone),
            pending: None,
            is_first: true,
            failed: false,
        }
    }
}

/// The zone has a record that no message can hold. The connection is closed
/// before the last SOA record, so that the client keeps nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordTooLong;

/// RFC 5936 §2.2: the SOA record first and last, the others between.
fn rows(zone: &ServedZone) -> impl Iterator<Item = Record> + Send {
    let soa = |record: &Record| record.rtype == Rtype::SOA;
    let first = zone.records().filter(soa);
    let others = zone.records().filter(move |record| !soa(record));
    first
        .chain(others)
        .chain(zone.records().filter(soa).take(1))
}

fn soa_alone(zone: &ServedZone, composer: &Composer<'_>) -> Vec<u8> {
    let edns = composer.edns(OptRcode::NOERROR, None);
    let mut header = composer.request.head.respond(Rcode::NOERROR);
    header.set_aa(true);
    let mut writer = composer.writer(header, edns);
    let soa = zone.get(zone.origin(), Rtype::SOA);
    let rows = soa.iter().flat_map(|soa| {
        soa.set.data.iter().map(|data| Row {
            owner: zone.origin(),
            rtype: Rtype::SOA,
            ttl: soa.set.ttl,
            data,
        })
    });
    if writer.put_rows(Section::Answer, rows) == Err(Full) {
        writer.set_truncated();
    }
    composer.end(&mut writer, edns);
    writer.finish()
}

struct Messages<'t, Rows> {
    request: &'t Request,
    rows: Rows,
    /// The record that did not fit into the last message.
    pending: Option<Record>,
    is_first: bool,
    failed: bool,
}

impl<Rows: Iterator<Item = Record>> Iterator for Messages<'_, Rows> {
    type Item = Result<Vec<u8>, RecordTooLong>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let (mut writer, edns) = self.begin();
        while writer.octets() < MESSAGE_OCTETS {
            let Some(record) = self.pending.take().or_else(|| self.rows.next()) else {
                break;
            };
            let row = Row {
                owner: &record.owner,
                rtype: record.rtype,
                ttl: record.ttl,
                data: &record.data,
            };
            if writer.put_rows(Section::Answer, [row]) == Err(Full) {
                if !writer.has_records() {
                    self.failed = true;
                    return Some(Err(RecordTooLong));
                }
                self.pending = Some(record);
                break;
            }
        }
        if !writer.has_records() {
            return None;
        }
        if let Some(edns) = edns {
            writer.put_edns(edns);
        }
        self.is_first = false;
        Some(Ok(writer.finish()))
    }
}

impl<Rows> Messages<'_, Rows> {
    /// Question and OPT record are in the first message alone (RFC 5936
    /// §2.2.2, §2.2.5).
    fn begin(&self) -> (Writer, Option<OwnEdns>) {
        let mut header = self.request.head.respond(Rcode::NOERROR);
        header.set_aa(true);
        if !self.is_first {
            return (Writer::new(header, TCP_OCTETS_MAX), None);
        }
        let composer = Composer {
            request: self.request,
            transport: Transport::Tcp,
        };
        let edns = composer.edns(OptRcode::NOERROR, None);
        (composer.writer(header, edns), edns)
    }
}

#[cfg(test)]
mod tests;
