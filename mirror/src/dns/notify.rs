//! Telling secondaries of a new edition (RFC 1996). Each secondary has its
//! own task; an edition that comes while one is still being told takes the
//! older one's place.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use comity_core::served::ServedZone;
use comity_core::zone::{Name, Rtype};
use domain::base::Message;
use domain::base::header::Header;
use domain::base::iana::{Class, Opcode, Rcode};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{info, warn};

use super::published::Published;
use super::request::Question;
use super::writer::{Full, Row, Section, Writer};

/// Octets of a message that fits into any datagram.
const OCTETS_MAX: usize = 512;

/// What a secondary was told last, and what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing yet.
    NotYet,
    /// It is being told of this serial.
    Telling(u32),
    /// It knows of this serial.
    Acknowledged(u32),
    /// It does not want to hear of this serial.
    Refused(u32, Rcode),
    /// It said nothing. It will find out when it next asks by itself.
    Silent(u32),
}

/// How often to repeat a notification and how long to wait. The wait doubles
/// each time (RFC 1996 §3.6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The wait after the first attempt.
    pub(super) first_wait: Duration,
    /// Attempts in all.
    pub(super) tries: u32,
}

impl Patience {
    /// Six attempts within about two minutes.
    pub(super) const DEFAULT: Self = Self {
        first_wait: Duration::from_secs(2),
        tries: 6,
    };
}

/// Tells one secondary of every zone that is served, until it is dropped. Notifications
/// leave from `source`: a secondary hears its primaries alone.
pub(super) async fn follow(
    (source, secondary): (IpAddr, SocketAddr),
    mut served: watch::Receiver<Option<Published>>,
    told: watch::Sender<Told>,
    patience: Patience,
) {
    loop {
        let published = served.borrow_and_update().clone();
        if let Some(published) = published {
            let zone = published.zone();
            told.send_replace(Told::Telling(zone.serial()));
            tokio::select! {
                outcome = tell((source, secondary), zone, patience) => {
                    report(secondary, zone.serial(), &outcome);
                    told.send_replace(outcome.unwrap_or(Told::Silent(zone.serial())));
                }
                changed = served.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            }
        }
        if served.changed().await.is_err() {
            return;
        }
    }
}

/// From where a secondary is told: the first address of its family on which the server
/// listens, whichever the system takes where there is none.
pub(super) fn source(listening: &[SocketAddr], secondary: SocketAddr) -> IpAddr {
    let is_alike = |it: &&SocketAddr| it.is_ipv4() == secondary.is_ipv4();
    let found = listening.iter().find(is_alike).map(SocketAddr::ip);
    found.unwrap_or(match secondary {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    })
}

fn report(secondary: SocketAddr, serial: u32, outcome: &io::Result<Told>) {
    match outcome {
        Ok(Told::Acknowledged(_)) => info!(%secondary, serial, "secondary knows the new serial"),
        Ok(Told::Refused(_, rcode)) => {
            warn!(%secondary, serial, %rcode, "secondary refuses notifications");
        }
        Ok(Told::Silent(_) | Told::NotYet | Told::Telling(_)) => {
            warn!(%secondary, serial, "secondary does not answer notifications");
        }
        Err(error) => warn!(%secondary, serial, %error, "cannot notify secondary"),
    }
}

async fn tell(
    (source, secondary): (IpAddr, SocketAddr),
    zone: &ServedZone,
    patience: Patience,
) -> io::Result<Told> {
    let socket = UdpSocket::bind((source, 0)).await?;
    socket.connect(secondary).await?;
    let (header, message) = notification(zone);
    let mut wait = patience.first_wait;
    for _ in 0..patience.tries {
        // An error here is often the answer to the datagram before: nobody
        // listens there now. That may change.
        let sent = socket.send(&message).await.is_ok();
        let heard = timeout(wait, listen(&socket, header, zone.origin(), sent)).await;
        if let Ok(rcode) = heard {
            return Ok(match rcode {
                Rcode::NOERROR => Told::Acknowledged(zone.serial()),
                rcode => Told::Refused(zone.serial(), rcode),
            });
        }
        wait = wait.saturating_mul(2);
    }
    Ok(Told::Silent(zone.serial()))
}

/// Waits for the response to a notification. Never returns where nothing was
/// sent, or nothing can be heard.
async fn listen(socket: &UdpSocket, header: Header, origin: &Name, mut hears: bool) -> Rcode {
    let mut buffer = [0; OCTETS_MAX];
    while hears {
        match socket.recv(&mut buffer).await {
            Ok(length) => {
                let octets = buffer.get(..length).unwrap_or(&[]);
                if let Some(rcode) = response(octets, header, origin) {
                    return rcode;
                }
            }
            Err(_) => hears = false,
        }
    }
    std::future::pending().await
}

/// The NOTIFY request, with the new SOA record as a hint (RFC 1996 §3.7).
fn notification(zone: &ServedZone) -> (Header, Vec<u8>) {
    let mut header = Header::new();
    header.set_random_id();
    header.set_opcode(Opcode::NOTIFY);
    header.set_aa(true);
    let mut writer = Writer::new(header, OCTETS_MAX);
    writer.put_question(&Question {
        name: zone.origin().clone(),
        name_as_sent: zone.origin().as_wire().into(),
        rtype: Rtype::SOA,
        class: Class::IN,
    });
    if let Some(soa) = zone.get(zone.origin(), Rtype::SOA) {
        // A hint that does not fit is left out.
        let (Ok(()) | Err(Full)) = writer.put_rows(
            Section::Answer,
            soa.set.data.iter().map(|data| Row {
                owner: zone.origin(),
                rtype: Rtype::SOA,
                ttl: soa.set.ttl,
                data,
            }),
        );
    }
    (header, writer.finish())
}

/// The response code, if this is the response to that notification.
fn response(octets: &[u8], sent: Header, origin: &Name) -> Option<Rcode> {
    let message = Message::from_slice(octets).ok()?;
    let header = message.header();
    if !header.qr() || header.id() != sent.id() || header.opcode() != Opcode::NOTIFY {
        return None;
    }
    // Some leave the question out of an error.
    let names_other = message
        .first_question()
        .is_some_and(|question| Name::from_name(question.qname()) != *origin);
    (!names_other).then(|| header.rcode())
}
