//! Questions to a mirror, as any resolver asks them.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use domain::base::iana::Rtype;
use domain::base::name::Name;
use domain::base::{Message, MessageBuilder};
use domain::rdata::{Ns, Soa};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The serial in the answer for the root's SOA.
pub(crate) fn serial(server: SocketAddr) -> Option<u32> {
    let answer = ask(server, ".", Rtype::SOA)?;
    let mut records = answer.answer().ok()?.limit_to::<Soa<_>>();
    let record = records.next()?.ok()?;
    Some(record.data().serial().into_int())
}

/// The name servers in the referral for a delegated name, sorted.
pub(crate) fn name_servers(server: SocketAddr, name: &str) -> Vec<String> {
    let answer = ask(server, name, Rtype::NS);
    let records = answer.iter().filter_map(|answer| answer.authority().ok());
    let records = records.flat_map(|section| section.limit_to::<Ns<_>>());
    let mut hosts: Vec<_> = records
        .filter_map(Result::ok)
        .map(|record| format!("{}.", record.data().nsdname()).to_lowercase())
        .collect();
    hosts.sort();
    hosts
}

fn ask(server: SocketAddr, name: &str, rtype: Rtype) -> Option<Message<Vec<u8>>> {
    let name: Name<Vec<u8>> = name.parse().unwrap();
    let mut question = MessageBuilder::new_vec().question();
    question.header_mut().set_random_id();
    question.push((name, rtype)).unwrap();
    let question = question.into_message();
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.connect(server).unwrap();
    socket.send(question.as_slice()).ok()?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    let answer = Message::from_octets(buffer[..length].to_vec()).ok()?;
    answer.is_answer(&question).then_some(answer)
}
