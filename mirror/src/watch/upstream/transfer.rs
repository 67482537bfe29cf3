//! Zone transfers from a primary: the SOA record, then what has changed or all of it
//! (RFC 5936, RFC 1995), on one connection, signed (RFC 8945) and over TLS (RFC 9103)
//! where that is configured. What the octets say is `domain`'s to read; what came is
//! judged by nobody here.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use comity_core::basic::Time;
use comity_core::limits;
use comity_core::served::ServedZone;
use comity_core::zone::{Name, Rdata, Record, Rtype};
use domain::base::iana::{Class, OptionCode, Rcode};
use domain::base::opt::UnknownOptData;
use domain::base::rdata::ComposeRecordData as _;
use domain::base::{Message, MessageBuilder, Ttl};
use domain::net::xfr::protocol::{ParsedRecord, XfrResponseInterpreter};
use domain::rdata::Soa;
use domain::rdata::tsig::Time48;
use domain::tsig::{ClientSequence, Key};
use domain::zonetree::types::ZoneUpdate;

use super::assembly::Assembly;
use super::error::UpstreamError;
use super::tls::Tls;

/// How a primary is asked.
#[derive(Clone, Debug)]
pub struct Primary {
    /// Where it is.
    pub address: SocketAddr,
    /// The key that signs questions and answers.
    pub key: Option<Arc<Key>>,
    /// How its certificate is verified; none for plain TCP.
    pub tls: Option<Arc<Tls>>,
    /// The longest wait for a connection, and for each next octet.
    pub patience: Duration,
}

/// What a primary says of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The serial that it has.
    pub serial: u32,
    /// For how long what it has may be served yet, in seconds, where it says so (RFC
    /// 7314).
    pub expire_s: Option<u32>,
}

/// A connection to a primary.
pub struct Connection<'a> {
    primary: &'a Primary,
    zone: &'a Name,
    stream: Box<dyn Stream>,
    deadline: Instant,
    next_id: u16,
}

/// Both directions of a connection.
pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// What verifies the answers to a question.
type Sequence = ClientSequence<Arc<Key>>;

/// A question and what verifies its answers.
struct Asked {
    id: u16,
    rtype: Rtype,
    sequence: Option<Sequence>,
}

impl<'a> Connection<'a> {
    /// Connects.
    ///
    /// # Errors
    /// Where the primary cannot be reached, or shows no certificate that is its own.
    pub fn open(primary: &'a Primary, zone: &'a Name) -> Result<Self, UpstreamError> {
        let unreachable = |error: io::Error| UpstreamError::Unreachable(error.kind());
        let patience = primary.patience;
        let stream = TcpStream::connect_timeout(&primary.address, patience).map_err(unreachable)?;
        stream
            .set_read_timeout(Some(patience))
            .map_err(unreachable)?;
        stream
            .set_write_timeout(Some(patience))
            .map_err(unreachable)?;
        // Questions are small and wanted at once.
        stream.set_nodelay(true).map_err(unreachable)?;
        let stream: Box<dyn Stream> = match &primary.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(stream)?),
        };
        Ok(Self::over(primary, zone, stream, random_id()))
    }

    /// A connection that is there already. The identifiers of its questions begin with
    /// this one.
    pub fn over(
        primary: &'a Primary,
        zone: &'a Name,
        stream: Box<dyn Stream>,
        next_id: u16,
    ) -> Self {
        Self {
            primary,
            zone,
            stream,
            deadline: Instant::now() + Duration::from_secs(limits::TRANSFER_SECONDS_MAX),
            next_id,
        }
    }

    /// Asks which version the primary has.
    ///
    /// # Errors
    /// Where it does not say.
    pub fn announced(&mut self, now: Time) -> Result<Announced, UpstreamError> {
        let mut asked = self.ask(Rtype::SOA, None, now)?;
        let message = self.receive(&mut asked, now)?;
        done(asked)?;
        check_rcode(&message)?;
        if !message.header().aa() {
            return Err(UpstreamError::NotAuthoritative);
        }
        let expire_s = message.opt().and_then(|opt| {
            let mut options = opt.opt().iter::<UnknownOptData<_>>().flatten();
            let expire = options.find(|option| option.code() == OptionCode::EXPIRE)?;
            let octets: [u8; 4] = expire.data().as_ref().try_into().ok()?;
            Some(u32::from_be_bytes(octets))
        });
        let answer = message.answer().map_err(|_| UpstreamError::Malformed)?;
        let soa = answer
            .limit_to_in::<Soa<_>>()
            .flatten()
            .find(|soa| Name::from_name(&soa.owner()) == *self.zone);
        let soa = soa.ok_or(UpstreamError::NoZone)?;
        Ok(Announced {
            serial: soa.data().serial().into_int(),
            expire_s,
        })
    }

    /// Transfers the zone: what has changed since `known`, where the primary knows
    /// that, and else all of it.
    ///
    /// # Errors
    /// Where what comes is no whole transfer.
    pub fn transfer(
        &mut self,
        known: Option<&ServedZone>,
        now: Time,
    ) -> Result<Vec<Record>, UpstreamError> {
        if let Some(known) = known
            && let Ok(records) = self.receive_zone(Some(known), now)
        {
            return Ok(records);
        }
        // A primary without increments may have ended the connection.
        if known.is_some() {
            *self = Self::open(self.primary, self.zone)?;
        }
        self.receive_zone(None, now)
    }

    fn receive_zone(
        &mut self,
        known: Option<&ServedZone>,
        now: Time,
    ) -> Result<Vec<Record>, UpstreamError> {
        let rtype = match known {
            Some(_) => Rtype::IXFR,
            None => Rtype::AXFR,
        };
        let mut asked = self.ask(rtype, known, now)?;
        let mut interpreter = XfrResponseInterpreter::new();
        let mut assembly = Assembly::on(known);
        let mut octets_left = limits::TRANSFER_OCTETS_MAX;
        loop {
            let message = self.receive(&mut asked, now)?;
            check_rcode(&message)?;
            let octets = message.as_slice().len();
            octets_left = octets_left
                .checked_sub(octets)
                .ok_or(UpstreamError::TooLarge)?;
            let updates = interpreter.interpret_response(message);
            for update in updates.map_err(|_| UpstreamError::Malformed)? {
                match update.map_err(|_| UpstreamError::Malformed)? {
                    ZoneUpdate::DeleteAllRecords => assembly.clear(),
                    ZoneUpdate::AddRecord(record) | ZoneUpdate::BeginBatchAdd(record) => {
                        assembly.add(record_of(&record)?)?;
                    }
                    ZoneUpdate::DeleteRecord(record) | ZoneUpdate::BeginBatchDelete(record) => {
                        assembly.delete(&record_of(&record)?)?;
                    }
                    ZoneUpdate::Finished(soa) => {
                        done(asked)?;
                        return assembly.finish(self.zone, record_of(&soa)?);
                    }
                    // A kind of update that is newer than this.
                    _ => return Err(UpstreamError::Malformed),
                }
            }
        }
    }

    /// Sends a question; an IXFR one names the version that is known.
    fn ask(
        &mut self,
        rtype: Rtype,
        known: Option<&ServedZone>,
        now: Time,
    ) -> Result<Asked, UpstreamError> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let (octets, sequence) = question(self.zone, rtype, known, (id, &self.primary.key, now))
            .ok_or(UpstreamError::Malformed)?;
        let length = u16::try_from(octets.len()).map_err(|_| UpstreamError::Malformed)?;
        let framed = [&length.to_be_bytes(), &*octets].concat();
        self.stream.write_all(&framed).map_err(broken)?;
        self.stream.flush().map_err(broken)?;
        Ok(Asked {
            id,
            rtype,
            sequence,
        })
    }

    /// The next message, which answers the question.
    fn receive(&mut self, asked: &mut Asked, now: Time) -> Result<Message<Bytes>, UpstreamError> {
        if Instant::now() >= self.deadline {
            return Err(UpstreamError::TooSlow);
        }
        let mut length = [0; 2];
        self.stream.read_exact(&mut length).map_err(broken)?;
        let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream.read_exact(&mut octets).map_err(broken)?;
        let mut message = Message::from_octets(octets).map_err(|_| UpstreamError::Malformed)?;
        if message.header().id() != asked.id || !message.header().qr() {
            return Err(UpstreamError::Malformed);
        }
        if let Some(sequence) = &mut asked.sequence {
            let answered = sequence.answer(&mut message, Time48::from_u64(now.0));
            answered.map_err(|_| UpstreamError::Unauthentic)?;
        }
        let question = message.first_question();
        let is_asked = question.is_none_or(|question| {
            Name::from_name(question.qname()) == *self.zone && question.qtype() == asked.rtype
        });
        if !is_asked {
            return Err(UpstreamError::Malformed);
        }
        let octets = Bytes::from(message.into_octets());
        Message::from_octets(octets).map_err(|_| UpstreamError::Malformed)
    }
}

/// The octets of a question, and what verifies its answers. None where they do not
/// fit, as they always do.
fn question(
    zone: &Name,
    rtype: Rtype,
    known: Option<&ServedZone>,
    (id, key, now): (u16, &Option<Arc<Key>>, Time),
) -> Option<(Vec<u8>, Option<Sequence>)> {
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_id(id);
    let mut builder = builder.question();
    builder.push((zone.as_domain(), rtype, Class::IN)).ok()?;
    let mut builder = builder.authority();
    if let Some(soa) = known.and_then(|known| known.get(zone, Rtype::SOA)) {
        let wire = soa.set.first()?.as_wire();
        let data = domain::base::rdata::UnknownRecordData::from_octets(Rtype::SOA, wire).ok()?;
        let ttl = Ttl::from_secs(soa.set.ttl);
        builder
            .push((zone.as_domain(), Class::IN, ttl, data))
            .ok()?;
    }
    let mut builder = builder.additional();
    if rtype == Rtype::SOA {
        let opt = builder.opt(|opt| {
            opt.set_udp_payload_size(limits::UDP_OCTETS_MAX);
            // RFC 7314 §4: an empty option asks.
            opt.push_raw_option(OptionCode::EXPIRE, 0, |_| Ok(()))
        });
        opt.ok()?;
    }
    let sequence = match key {
        None => None,
        Some(key) => {
            let now = Time48::from_u64(now.0);
            Some(Sequence::request(Arc::clone(key), &mut builder, now).ok()?)
        }
    };
    Some((builder.finish(), sequence))
}

/// The last message of an answer must have been signed.
fn done(asked: Asked) -> Result<(), UpstreamError> {
    let done = asked.sequence.map(Sequence::done);
    done.unwrap_or(Ok(()))
        .map_err(|_| UpstreamError::Unauthentic)
}

fn check_rcode(message: &Message<Bytes>) -> Result<(), UpstreamError> {
    match message.header().rcode() {
        Rcode::NOERROR => Ok(()),
        rcode => Err(UpstreamError::Refused(rcode.to_int())),
    }
}

fn record_of(record: &ParsedRecord) -> Result<Record, UpstreamError> {
    let mut wire = Vec::new();
    let Ok(()) = record.data().compose_rdata(&mut wire);
    let rtype = record.rtype();
    if record.class() != Class::IN {
        return Err(UpstreamError::Malformed);
    }
    Ok(Record {
        owner: Name::from_name(&record.owner()),
        rtype,
        ttl: record.ttl().as_secs(),
        data: Rdata::from_wire(rtype, &wire).map_err(|_| UpstreamError::Malformed)?,
    })
}

fn broken(error: io::Error) -> UpstreamError {
    UpstreamError::Broken(error.kind())
}

/// The identifiers of a connection's questions; whoever cannot see it cannot guess.
fn random_id() -> u16 {
    let mut header = domain::base::header::Header::new();
    header.set_random_id();
    header.id()
}

#[cfg(test)]
mod tests;
