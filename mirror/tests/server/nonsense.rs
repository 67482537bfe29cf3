//! A million messages, well-formed and damaged: what comes back is what the
//! RFCs permit, and no more than it may be. Most are put to the server's
//! answering part itself, many over real sockets.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use comity_core::edition::SignedZone;
use comity_core::served::ServedZone;
use comity_mirror::dns::reply::{Client, Reply, Transport, reply};
use comity_mirror::dns::{Access, Networks, Published};

use crate::mutations::{Random, message, request};
use crate::oracle::{HEADER, Permitted, Response, Served, check, permitted};
use crate::running::{Running, memory_kib, plain};

/// In all.
const MESSAGES: usize = 1_000_000;
/// By datagram, and on connections.
const DATAGRAMS: usize = 100_000;
const STREAMED: usize = 50_000;
/// So many are on their way at once: the system loses no datagram of those.
const BATCH: usize = 24;
const SEED: u64 = 2_026;
const ORIGIN: &[u8] = b"\x07example\0";
const MEMORY_KIB_MAX: u64 = 64 * 1024;
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn served(zone: &SignedZone) -> Served<'static> {
    Served {
        origin: ORIGIN,
        serial: zone.serial(),
        transferred: zone.records().count() + 1,
    }
}

/// What is wrong with a response, with all that is needed to see it again.
fn fail(octets: &[u8], response: Option<&[u8]>, what: &str) -> ! {
    panic!("{what}\nseed {SEED}\nasked {octets:02x?}\nsaid {response:02x?}");
}

/// Checks what was answered, if anything was.
fn judge(octets: &[u8], said: Option<&[u8]>, is_udp: bool, zone: &Served<'_>) -> Option<Response> {
    let permitted = permitted(octets, is_udp, zone);
    let Some(response) = said else {
        if permitted != Permitted::Nothing {
            fail(octets, said, &format!("no answer, but {permitted:?}"));
        }
        return None;
    };
    match check(octets, response, is_udp, &permitted, zone) {
        Ok(response) => Some(response),
        Err(what) => fail(octets, said, &format!("{what}: {permitted:?}")),
    }
}

#[test]
fn a_million_messages_are_answered_as_the_rfcs_say() {
    let zone = plain();
    let running = Running::start(zone.clone());
    let address = running.address();
    let before = memory_kib();
    let ours = {
        let zone = zone.clone();
        thread::spawn(move || answers_in_process(&zone, MESSAGES - DATAGRAMS - STREAMED))
    };
    let datagrams = answers_datagrams(address, &zone);
    let streamed = answers_on_connections(address, &zone);
    let answered = ours.join().unwrap();
    println!("answered: {answered} in process, {datagrams} by UDP, {streamed} by TCP");
    // The greater part says something, the smaller part nothing.
    assert!(answered + datagrams + streamed > MESSAGES / 2);
    assert!(answered + datagrams + streamed < MESSAGES);
    let counts = running.server().counts();
    assert!(counts.udp_requests as usize >= DATAGRAMS, "{counts:?}");
    let grown = memory_kib() - before;
    println!("the process grew by {} KiB", grown);
    assert!(grown < MEMORY_KIB_MAX, "{grown} KiB");
    goes_on(address, &zone);
}

/// Says how many were answered.
fn answers_in_process(zone: &SignedZone, messages: usize) -> usize {
    let (served, mut random) = (served(zone), Random::new(SEED));
    let access = Access::transfers(Networks::everybody());
    let zone = &Published::from(ServedZone::from(zone));
    let put = |transport, octets: &[u8]| {
        let address = Ipv4Addr::LOCALHOST.into();
        let client = Client { address, transport };
        match reply(Some(zone), &access, client, octets) {
            Reply::Nothing => None,
            Reply::Message(octets) | Reply::Notice(octets) => Some(octets),
            Reply::Transfer(transfer) => transfer.messages().next().and_then(Result::ok),
        }
    };
    let mut answered = 0;
    for number in 0..messages {
        let octets = message(&mut random);
        let is_udp = number % 4 > 0;
        let transport = if is_udp {
            Transport::Udp
        } else {
            Transport::Tcp
        };
        let said = put(transport, &octets);
        answered += usize::from(said.is_some());
        let Some(response) = judge(&octets, said.as_deref(), is_udp, &served) else {
            continue;
        };
        // What does not fit is cut off, and says so; what is not cut off is
        // all that there is.
        if is_udp && !response.is_truncated && response.code != 5 && number % 8 == 1 {
            let whole = put(Transport::Tcp, &octets);
            let whole = judge(&octets, whole.as_deref(), false, &served);
            let is_ixfr = octets[HEADER..]
                .windows(4)
                .any(|four| four == [0, 251, 0, 1]);
            let counts = whole.map(|whole| whole.counts);
            if counts != Some(response.counts) && !is_ixfr {
                fail(&octets, said.as_deref(), &format!("not {counts:?}"));
            }
        }
    }
    answered
}

/// Each gets an ID of its own, so that answers find their questions.
fn answers_datagrams(server: SocketAddr, zone: &SignedZone) -> usize {
    let (served, mut random) = (served(zone), Random::new(SEED + 1));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut answered, mut id, mut buffer) = (0, 0_u16, vec![0; 65_535]);
    for _ in 0..DATAGRAMS.div_ceil(BATCH) {
        let mut waiting = HashMap::new();
        for _ in 0..BATCH {
            let mut octets = message(&mut random);
            id = id.wrapping_add(1);
            if let Some(field) = octets.get_mut(..2) {
                field.copy_from_slice(&id.to_be_bytes());
            }
            socket.send(&octets).unwrap();
            if permitted(&octets, true, &served) != Permitted::Nothing {
                waiting.insert(id, octets);
            }
        }
        while !waiting.is_empty() {
            let length = socket.recv(&mut buffer).unwrap_or_else(|error| {
                let (_, octets) = waiting.iter().next().unwrap();
                fail(octets, None, &error.to_string())
            });
            let response = &buffer[..length];
            let id = u16::from_be_bytes([response[0], response[1]]);
            let Some(octets) = waiting.remove(&id) else {
                fail(&[], Some(response), "nobody asked for this");
            };
            judge(&octets, Some(response), true, &served);
            answered += 1;
        }
    }
    answered
}

/// Batches asked ahead, each on a connection of its own. One that is no
/// request ends it.
fn answers_on_connections(server: SocketAddr, zone: &SignedZone) -> usize {
    let (served, mut random) = (served(zone), Random::new(SEED + 2));
    let (mut answered, mut asked) = (0, 0);
    while asked < STREAMED {
        let messages: Vec<Vec<u8>> = (0..BATCH).map(|_| message(&mut random)).collect();
        let framed: Vec<u8> = messages.iter().flat_map(|octets| frame(octets)).collect();
        let mut stream = connect(server);
        stream.write_all(&framed).unwrap();
        for octets in &messages {
            asked += 1;
            let said = receive(&mut stream);
            judge(octets, said.as_deref(), false, &served);
            if said.is_none() {
                break;
            }
            answered += 1;
        }
    }
    answered
}

/// The next question is answered, by UDP and TCP.
fn goes_on(server: SocketAddr, zone: &SignedZone) {
    let served = served(zone);
    let mut random = Random::new(SEED + 3);
    let mut stream = connect(server);
    for _ in 0..100 {
        let octets = request(&mut random);
        stream.write_all(&frame(&octets)).unwrap();
        let said = receive(&mut stream);
        judge(&octets, said.as_deref(), false, &served);
    }
}

pub(crate) fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A message after its length (RFC 1035 §4.2.2).
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}

/// The next message; none where the connection ends.
pub(crate) fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut octets).ok()?;
    Some(octets)
}
