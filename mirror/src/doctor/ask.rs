//! One question to a resolver, and what of the answer says something.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use comity_core::edition::serial;
use comity_core::limits;
use comity_core::zone::{Name, Rdata, Rtype};
use domain::base::iana::{Class, Rcode};
use domain::base::opt::ExtendedError;
use domain::base::rdata::ComposeRecordData as _;
use domain::base::{Message, MessageBuilder};
use domain::rdata::Soa;
use serde::Serialize;

/// Whom to ask, and how long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The resolver.
    pub resolver: SocketAddr,
    /// The longest wait for one answer.
    pub patience: Duration,
    /// How often to ask.
    pub tries: u32,
}

/// What of an answer says something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The response code; none where there was no answer.
    pub rcode: Option<u8>,
    /// Whether the resolver has validated it (RFC 4035 §3.2.3).
    pub authentic: bool,
    /// Whether there is a record.
    pub has_records: bool,
    /// The serial of an SOA record.
    pub serial: Option<u32>,
    /// The reasons that the resolver gives (RFC 8914).
    pub errors: Vec<u16>,
}

impl Answered {
    /// There was no answer.
    pub fn is_silent(&self) -> bool {
        self.rcode.is_none()
    }

    /// It refuses to answer.
    pub fn is_refused(&self) -> bool {
        self.rcode == Some(Rcode::REFUSED.to_int())
    }

    /// It says that something went wrong.
    pub fn has_failed(&self) -> bool {
        self.rcode == Some(Rcode::SERVFAIL.to_int())
    }

    /// It says that the name exists, or what it has.
    pub fn has_answered(&self) -> bool {
        self.rcode == Some(Rcode::NOERROR.to_int())
    }

    /// It has answered, and validated that.
    pub fn is_authentic(&self) -> bool {
        self.has_answered() && self.authentic
    }
}

impl Ask {
    /// Asks one question; with `unchecked` the resolver is told not to validate (RFC
    /// 4035 §3.2.2).
    pub fn ask(&self, name: &Name, rtype: Rtype, unchecked: bool) -> Answered {
        let asked = (0..self.tries.max(1)).find_map(|_| self.once(name, rtype, unchecked).ok());
        asked.flatten().unwrap_or_default()
    }

    /// The answer; none where what came is none.
    fn once(&self, name: &Name, rtype: Rtype, unchecked: bool) -> io::Result<Option<Answered>> {
        let any = match self.resolver {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(self.resolver)?;
        let Some((octets, id)) = question(name, rtype, unchecked) else {
            return Ok(None);
        };
        socket.send(&octets)?;
        let deadline = Instant::now() + self.patience;
        let mut buffer = vec![0; usize::from(u16::MAX)];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            socket.set_read_timeout(Some(left))?;
            let length = socket.recv(&mut buffer)?;
            if let Some(answered) = read(buffer.get(..length).unwrap_or(&[]), id) {
                return Ok(Some(answered));
            }
        }
    }
}

fn question(name: &Name, rtype: Rtype, unchecked: bool) -> Option<(Vec<u8>, u16)> {
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_random_id();
    builder.header_mut().set_rd(true);
    builder.header_mut().set_ad(true);
    builder.header_mut().set_cd(unchecked);
    let id = builder.header().id();
    let mut builder = builder.question();
    builder.push((name.as_domain(), rtype, Class::IN)).ok()?;
    let mut builder = builder.additional();
    let opt = builder.opt(|opt| {
        opt.set_udp_payload_size(limits::UDP_OCTETS_MAX);
        opt.set_dnssec_ok(true);
        Ok(())
    });
    opt.ok()?;
    Some((builder.finish(), id))
}

/// Reads what came; none where it is no answer to that question.
fn read(octets: &[u8], id: u16) -> Option<Answered> {
    let message = Message::from_slice(octets).ok()?;
    let header = message.header();
    if header.id() != id || !header.qr() {
        return None;
    }
    let answer = message.answer().ok();
    let has_records = answer.is_some_and(|answer| answer.flatten().next().is_some());
    let soa = message.answer().ok().and_then(|answer| {
        let soa = answer.limit_to_in::<Soa<_>>().flatten().next()?;
        let mut wire = Vec::new();
        let Ok(()) = soa.data().compose_rdata(&mut wire);
        Rdata::from_wire(Rtype::SOA, &wire).ok()
    });
    let errors = message.opt().map(|opt| {
        let errors = opt.opt().iter::<ExtendedError<_>>().flatten();
        errors.map(|error| error.code().to_int()).collect()
    });
    Some(Answered {
        rcode: Some(header.rcode().to_int()),
        authentic: header.ad(),
        has_records,
        serial: soa.as_ref().map(serial::of_soa),
        errors: errors.unwrap_or_default(),
    })
}
