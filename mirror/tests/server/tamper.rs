//! Somebody between server and client, who changes responses.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

use domain::base::iana::Rtype;
use domain::base::name::ParsedName;
use domain::base::{Message, MessageBuilder, ParsedRecord};
use domain::rdata::{AllRecordData, Rrsig};

/// What is done to each response.
pub(crate) type Change = fn(Vec<u8>) -> Vec<u8>;

/// Passes requests on to `server`, and changed responses back, until the
/// test's process ends.
pub(crate) fn between(server: SocketAddr, change: Change) -> SocketAddr {
    let (udp, tcp) = bind();
    let address = udp.local_addr().unwrap();
    thread::spawn(move || pass_datagrams(&udp, server, change));
    thread::spawn(move || {
        for client in tcp.incoming().map_while(Result::ok) {
            thread::spawn(move || pass_stream(client, server, change));
        }
    });
    address
}

fn bind() -> (UdpSocket, TcpListener) {
    for _ in 0..32 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both UDP and TCP");
}

fn pass_datagrams(udp: &UdpSocket, server: SocketAddr, change: Change) {
    let mut buffer = [0; 4096];
    while let Ok((length, client)) = udp.recv_from(&mut buffer) {
        let onward = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        onward.send_to(&buffer[..length], server).unwrap();
        let length = onward.recv(&mut buffer).unwrap();
        udp.send_to(&change(buffer[..length].to_vec()), client)
            .unwrap();
    }
}

/// Both directions end when one of the two has had enough.
fn pass_stream(mut client: TcpStream, server: SocketAddr, change: Change) -> Option<()> {
    let mut server = TcpStream::connect(server).ok()?;
    let mut responses = (server.try_clone().ok()?, client.try_clone().ok()?);
    thread::spawn(move || {
        while let Some(response) = read(&mut responses.0) {
            write(&mut responses.1, &change(response))?;
        }
        responses.1.shutdown(std::net::Shutdown::Both).ok()
    });
    while let Some(request) = read(&mut client) {
        write(&mut server, &request)?;
    }
    server.shutdown(std::net::Shutdown::Both).ok()
}

fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut octets).ok()?;
    Some(octets)
}

fn write(stream: &mut TcpStream, message: &[u8]) -> Option<()> {
    let length = u16::try_from(message.len()).unwrap();
    let octets = [&length.to_be_bytes(), message].concat();
    stream.write_all(&octets).ok()
}

/// Another address wherever 192.0.2.3 is.
pub(crate) fn move_web(mut message: Vec<u8>) -> Vec<u8> {
    let (from, to) = ([0, 4, 192, 0, 2, 3], [0, 4, 192, 0, 2, 66]);
    let places: Vec<usize> = (0..message.len())
        .filter(|at| message[*at..].starts_with(&from))
        .collect();
    for at in places {
        message[at..at + to.len()].copy_from_slice(&to);
    }
    message
}

/// A response without its NSEC records and their signatures.
pub(crate) fn drop_nsec(message: Vec<u8>) -> Vec<u8> {
    without(Rtype::NSEC, message)
}

/// A response without its ZONEMD records and their signatures.
pub(crate) fn drop_zonemd(message: Vec<u8>) -> Vec<u8> {
    without(Rtype::ZONEMD, message)
}

fn without(rtype: Rtype, message: Vec<u8>) -> Vec<u8> {
    let source = Message::from_octets(message).unwrap();
    let is_kept = |record: &ParsedRecord<'_, Vec<u8>>| {
        let rrsig = record.to_record::<Rrsig<_, _>>().unwrap();
        let covered = rrsig.map(|rrsig| rrsig.data().type_covered());
        record.rtype() != rtype && covered != Some(rtype)
    };
    let mut builder = MessageBuilder::new_vec();
    *builder.header_mut() = source.header();
    let mut builder = builder.question();
    for question in source.question() {
        builder.push(question.unwrap()).unwrap();
    }
    let (_, answer, authority, additional) = source.sections().unwrap();
    let mut builder = builder.answer();
    for record in answer.map(|record| record.unwrap()).filter(is_kept) {
        builder.push(parsed(&record)).unwrap();
    }
    let mut builder = builder.authority();
    for record in authority.map(|record| record.unwrap()).filter(is_kept) {
        builder.push(parsed(&record)).unwrap();
    }
    let mut builder = builder.additional();
    for record in additional.map(|record| record.unwrap()) {
        builder.push(parsed(&record)).unwrap();
    }
    builder.finish()
}

type Parsed<'a> =
    domain::base::Record<ParsedName<&'a [u8]>, AllRecordData<&'a [u8], ParsedName<&'a [u8]>>>;

fn parsed<'a>(record: &'a ParsedRecord<'a, Vec<u8>>) -> Parsed<'a> {
    record.to_any_record().unwrap()
}
