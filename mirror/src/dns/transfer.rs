//! Transfers of the zone: AXFR (RFC 5936), and IXFR (RFC 1995) answered by the SOA
//! record alone, by increments, or by the whole zone. Records are read out of one
//! version from the first message to the last.

use std::sync::Arc;

use comity_core::served::{Increment, ServedZone};
use comity_core::zone::{Record, Rtype};
use domain::base::iana::{OptRcode, Rcode};
use domain::base::serial::Serial;

use super::networks::Networks;
use super::published::Published;
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
    /// From the client's version to the zone; empty where it gets the whole.
    increments: Vec<Arc<Increment>>,
    request: Request,
}

/// Replies to a request for a transfer.
pub(super) fn reply(
    published: &Published,
    allow: &Networks,
    client: Client,
    request: Request,
) -> Reply {
    let zone = published.zone();
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
    let since = request.serial.and_then(|theirs| published.since(theirs));
    match (client.transport, request.serial) {
        // RFC 5936 §4.2.
        (Transport::Udp, None) => Reply::Message(composer.error(OptRcode::REFUSED, None)),
        (_, Some(_)) if up_to_date => Reply::Message(soa_alone(zone, &composer)),
        // RFC 1995 §2: over UDP, what does not fit is the SOA record alone,
        // and the client comes back over TCP.
        (Transport::Udp, Some(_)) => {
            let whole = since.and_then(|since| in_one_message(zone, since, &composer));
            Reply::Message(whole.unwrap_or_else(|| soa_alone(zone, &composer)))
        }
        (Transport::Tcp, _) => Reply::Transfer(Transfer {
            zone: zone.clone(),
            increments: since.unwrap_or_default().to_vec(),
            request,
        }),
    }
}

impl Transfer {
    /// Whether the client gets the whole zone, and not what it lacks of it.
    pub fn is_whole(&self) -> bool {
        self.increments.is_empty()
    }

    /// The messages, made as they are asked for.
    pub fn messages(&self) -> impl Iterator<Item = Result<Vec<u8>, RecordTooLong>> + Send {
        let rows: Box<dyn Iterator<Item = Record> + Send> = match self.is_whole() {
            true => Box::new(rows(&self.zone)),
            false => Box::new(incremental(&self.zone, &self.increments)),
        };
        Messages {
            request: &self.request,
            rows,
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
    let others = zone.records().filter(|record| record.rtype != Rtype::SOA);
    soa(zone).chain(others).chain(soa(zone))
}

/// RFC 1995 §4: the difference sequences, the oldest first, between two SOA records of
/// the newest version.
fn incremental(
    zone: &ServedZone,
    increments: &[Arc<Increment>],
) -> impl Iterator<Item = Record> + Send {
    let sequences = increments.iter().flat_map(|it| it.records().cloned());
    soa(zone).chain(sequences).chain(soa(zone))
}

fn soa(zone: &ServedZone) -> impl Iterator<Item = Record> + Send {
    let owner = zone.origin();
    let soa = zone.get(owner, Rtype::SOA);
    soa.into_iter().flat_map(move |soa| {
        soa.set.data.iter().map(move |data| Record {
            owner: owner.clone(),
            rtype: Rtype::SOA,
            ttl: soa.set.ttl,
            data: data.clone(),
        })
    })
}

/// The increments in one datagram; none where they do not fit.
fn in_one_message(
    zone: &ServedZone,
    increments: &[Arc<Increment>],
    composer: &Composer<'_>,
) -> Option<Vec<u8>> {
    let (mut writer, edns) = begin(composer);
    for record in incremental(zone, increments) {
        writer.put_rows(Section::Answer, [row(&record)]).ok()?;
    }
    composer.end(&mut writer, edns);
    Some(writer.finish())
}

fn soa_alone(zone: &ServedZone, composer: &Composer<'_>) -> Vec<u8> {
    let (mut writer, edns) = begin(composer);
    for record in soa(zone) {
        if writer.put_rows(Section::Answer, [row(&record)]) == Err(Full) {
            writer.set_truncated();
        }
    }
    composer.end(&mut writer, edns);
    writer.finish()
}

/// The first message of a transfer, with the question.
fn begin(composer: &Composer<'_>) -> (Writer, Option<OwnEdns>) {
    let edns = composer.edns(OptRcode::NOERROR, None);
    let mut header = composer.request.head.respond(Rcode::NOERROR);
    header.set_aa(true);
    (composer.writer(header, edns), edns)
}

fn row(record: &Record) -> Row<'_> {
    Row {
        owner: &record.owner,
        rtype: record.rtype,
        ttl: record.ttl,
        data: &record.data,
    }
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
            if writer.put_rows(Section::Answer, [row(&record)]) == Err(Full) {
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
        if !self.is_first {
            let mut header = self.request.head.respond(Rcode::NOERROR);
            header.set_aa(true);
            return (Writer::new(header, TCP_OCTETS_MAX), None);
        }
        begin(&Composer {
            request: self.request,
            transport: Transport::Tcp,
        })
    }
}

#[cfg(test)]
mod tests;
