//! The sockets themselves: what is swapped, dropped, limited and told.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use comity_core::edition::SignedZone;
use comity_core::limits;
use comity_core::zone::{Contents, Name, Rtype};
use comity_mirror::dns::{Access, Networks, Settings, Told};
use domain::base::iana::{Opcode, Rcode};
use domain::base::{Message, MessageBuilder};
use domain::rdata::{A, Mx, Soa};

use crate::running::{Running, now, plain};
use crate::signing::{self, name};

/// Longer than any answer takes, shorter than any test may.
const PATIENCE: Duration = Duration::from_secs(20);

fn query(owner: &Name, rtype: Rtype) -> Vec<u8> {
    let mut builder = MessageBuilder::new_vec().question();
    builder.push((&owner.as_domain(), rtype)).unwrap();
    builder.finish()
}

fn client(server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn exchange(socket: &UdpSocket, request: &[u8]) -> Message<Vec<u8>> {
    socket.send(request).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).unwrap();
    Message::from_octets(buffer[..length].to_vec()).unwrap()
}

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn send(stream: &mut TcpStream, message: &[u8]) {
    let length = u16::try_from(message.len()).unwrap();
    let octets = [&length.to_be_bytes(), message].concat();
    stream.write_all(&octets).unwrap();
}

fn receive(stream: &mut TcpStream) -> Option<Message<Vec<u8>>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut octets).ok()?;
    Message::from_octets(octets).ok()
}

/// An edition in which the mail server has this address.
fn with_mail_at(last: &SignedZone, host: u8) -> SignedZone {
    let text = signing::PLAIN.replace("192.0.2.2", &format!("192.0.2.{host}"));
    let text = text.replace("MX 10", &format!("MX {host}"));
    let contents = Contents::build(last.origin(), signing::records(&text)).unwrap();
    signing::sign_contents(&contents, Some(last), now())
}

#[test]
fn no_answer_mixes_two_editions() {
    let first = plain();
    let editions = [with_mail_at(&first, 100), with_mail_at(&first, 200)];
    let running = Running::start(editions[0].clone());
    let request = query(&name("example."), Rtype::MX);
    let asking: Vec<_> = (0..3)
        .map(|_| {
            let socket = client(running.address());
            let request = request.clone();
            thread::spawn(move || {
                let mut seen = [0; 2];
                for _ in 0..2000 {
                    let response = exchange(&socket, &request);
                    let (_, answer, _, additional) = response.sections().unwrap();
                    let mx = answer.limit_to::<Mx<_>>().next().unwrap().unwrap();
                    let address = additional.limit_to::<A>().next().unwrap().unwrap();
                    let preference = mx.data().preference();
                    let host = address.data().addr().octets()[3];
                    assert_eq!(preference, u16::from(host));
                    seen[usize::from(host / 200)] += 1;
                }
                seen
            })
        })
        .collect();
    let mut turn = 0;
    while !asking.iter().all(thread::JoinHandle::is_finished) {
        turn += 1;
        running.server().publish(editions[turn % 2].clone());
        thread::yield_now();
    }
    for thread in asking {
        assert!(thread.join().unwrap().iter().all(|count| *count > 0));
    }
}

#[test]
fn serves_nothing_before_the_first_and_after_the_last_edition() {
    let running = Running::with(Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()],
        access: Access::transfers(Networks::default()),
        notify: Vec::new(),
    });
    let socket = client(running.address());
    let request = query(&name("example."), Rtype::SOA);
    let rcode = || exchange(&socket, &request).header().rcode();
    assert_eq!(rcode(), Rcode::SERVFAIL);
    running.server().publish(plain());
    assert_eq!(rcode(), Rcode::NOERROR);
    running.server().withdraw();
    assert_eq!(rcode(), Rcode::SERVFAIL);
    assert_eq!(running.server().counts().udp_requests, 3);
    assert_eq!(running.server().addresses().len(), 2);
}

#[test]
fn drops_what_is_no_request_and_goes_on() {
    let running = Running::start(plain());
    let socket = client(running.address());
    let request = query(&name("example."), Rtype::SOA);
    let mut response = request.clone();
    response[2] |= 0x80;
    for nonsense in [&[][..], &[0; 11], &response, &[0xff; 4096]] {
        socket.send(nonsense).unwrap();
    }
    // The first thing that comes back is the answer to this.
    assert_eq!(exchange(&socket, &request).header().rcode(), Rcode::NOERROR);
}

#[test]
fn answers_many_questions_on_one_connection() {
    let running = Running::start(plain());
    let mut stream = connect(running.address());
    let request = query(&name("example."), Rtype::SOA);
    for _ in 0..50 {
        send(&mut stream, &request);
    }
    for _ in 0..50 {
        let response = receive(&mut stream).unwrap();
        assert_eq!(response.header().rcode(), Rcode::NOERROR);
    }
    // A request in two pieces is one request.
    let framed = [
        &u16::try_from(request.len()).unwrap().to_be_bytes(),
        &request[..],
    ]
    .concat();
    stream.write_all(&framed[..5]).unwrap();
    stream.write_all(&framed[5..]).unwrap();
    assert!(receive(&mut stream).is_some());
    // A response is none.
    let mut response = request;
    response[2] |= 0x80;
    send(&mut stream, &response);
    assert!(receive(&mut stream).is_none());
}

#[test]
fn one_client_does_not_take_all_connections() {
    let running = Running::start(plain());
    let request = query(&name("example."), Rtype::SOA);
    let mut streams: Vec<TcpStream> = (0..limits::TCP_CONNECTIONS_PER_CLIENT_MAX)
        .map(|_| connect(running.address()))
        .collect();
    for stream in &mut streams {
        send(stream, &request);
        assert!(receive(stream).is_some());
    }
    let mut another = connect(running.address());
    let length = [0, u8::try_from(request.len()).unwrap()];
    let (Ok(()) | Err(_)) = another.write_all(&[&length, &request[..]].concat());
    assert!(receive(&mut another).is_none());
    // One that ends makes room for one.
    drop(streams.pop());
    let room = (0..1000).any(|_| {
        let mut stream = connect(running.address());
        let (Ok(()) | Err(_)) = stream.write_all(&[&length, &request[..]].concat());
        receive(&mut stream).is_some()
    });
    assert!(room);
}

#[test]
fn tells_secondaries_until_they_answer() {
    let secondary = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    secondary.set_read_timeout(Some(PATIENCE)).unwrap();
    let running = Running::with(Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        access: Access::transfers(Networks::default()),
        notify: vec![secondary.local_addr().unwrap()],
    });
    let told = || running.server().secondaries().next().unwrap().1;
    assert_eq!(told(), Told::NotYet);
    let zone = plain();
    running.server().publish(zone.clone());
    // The first is lost on the way; the second is the same.
    let mut buffer = [0; 512];
    let (lost, _) = secondary.recv_from(&mut buffer).unwrap();
    let lost = buffer[..lost].to_vec();
    let (length, server) = secondary.recv_from(&mut buffer).unwrap();
    assert_eq!(buffer[..length], lost);
    let notification = Message::from_octets(lost).unwrap();
    assert_eq!(notification.header().opcode(), Opcode::NOTIFY);
    assert!(notification.header().aa() && !notification.header().qr());
    let question = notification.sole_question().unwrap();
    assert_eq!(Name::from_name(question.qname()), name("example."));
    assert_eq!(question.qtype(), Rtype::SOA);
    let soa = notification.answer().unwrap().limit_to::<Soa<_>>().next();
    assert_eq!(
        soa.unwrap().unwrap().data().serial().into_int(),
        zone.serial()
    );
    // Somebody else's response says nothing.
    let mut response = notification.clone();
    response.header_mut().set_qr(true);
    let mut other = response.clone();
    let id = other.header().id();
    other.header_mut().set_id(id.wrapping_add(1));
    secondary.send_to(other.as_slice(), server).unwrap();
    assert_eq!(told(), Told::Telling(zone.serial()));
    secondary.send_to(response.as_slice(), server).unwrap();
    assert_eq!(running.told(), Told::Acknowledged(zone.serial()));
    // A later edition is told anew, and a refusal is remembered.
    let next = with_mail_at(&zone, 100);
    running.server().publish(next.clone());
    let (length, server) = secondary.recv_from(&mut buffer).unwrap();
    buffer[2] |= 0x80;
    buffer[3] |= Rcode::NOTAUTH.to_int();
    secondary.send_to(&buffer[..length], server).unwrap();
    assert_eq!(running.told(), Told::Refused(next.serial(), Rcode::NOTAUTH));
}
