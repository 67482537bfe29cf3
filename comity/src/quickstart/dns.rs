//! Asks the mirror, as any resolver would.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use comity_core::zone::{Name, Rtype};
use domain::base::{Message, MessageBuilder};
use domain::rdata::{Ns, Soa};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The serial in the answer for a zone's SOA.
pub(super) fn serial(server: SocketAddr, zone: &Name) -> Option<u32> {
    let answer = ask(server, zone, Rtype::SOA)?;
    let mut records = answer.answer().ok()?.limit_to::<Soa<_>>();
    records
        .next()?
        .ok()
        .map(|record| record.data().serial().into_int())
}

/// The name servers in the referral for a delegated name, in lower case.
pub(super) fn name_servers(server: SocketAddr, name: &Name) -> Option<Vec<String>> {
    let answer = ask(server, name, Rtype::NS)?;
    let records = answer.authority().ok()?.limit_to::<Ns<_>>();
    let hosts = records
        .filter_map(Result::ok)
        .map(|record| format!("{}.", record.data().nsdname()).to_lowercase());
    Some(hosts.collect())
}

fn ask(server: SocketAddr, name: &Name, rtype: Rtype) -> Option<Message<Vec<u8>>> {
    let mut question = MessageBuilder::new_vec().question();
    question.header_mut().set_random_id();
    question.push((name.as_domain(), rtype)).ok()?;
    let question = question.into_message();
    let local: SocketAddr = if server.is_ipv4() {
        "0.0.0.0:0".parse().ok()?
    } else {
        "[::]:0".parse().ok()?
    };
    let socket = UdpSocket::bind(local).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    socket.connect(server).ok()?;
    socket.send(question.as_slice()).ok()?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    let answer = Message::from_octets(buffer[..length].to_vec()).ok()?;
    answer.is_answer(&question).then_some(answer)
}
