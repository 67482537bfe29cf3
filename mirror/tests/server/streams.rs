//! Nonsense on connections: half messages, lengths that lie, clients that
//! write or read slowly, and so many of them that there is room for no more.
//! Limits hold, and others are answered.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use comity_core::limits;
use comity_mirror::dns::{Access, Networks, Settings};
use tokio::net::TcpSocket;

use crate::mutations::{Random, request};
use crate::nonsense::{connect, frame, receive};
use crate::running::{Running, memory_kib, plain};

/// `example. SOA`, and `example. AXFR`.
const QUERY: &[u8] = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x07example\0\0\x06\0\x01";
const TRANSFER: &[u8] = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x07example\0\0\xfc\0\x01";
/// Requests whose answers no socket's buffers hold.
const ASKED_AHEAD: usize = 4000;
/// Each connection holds a message at most.
const MEMORY_KIB_MAX: u64 = 64 * 1024;

fn answers(server: SocketAddr) {
    let mut stream = connect(server);
    stream.write_all(&frame(QUERY)).unwrap();
    let answer = receive(&mut stream).unwrap();
    assert_eq!((&answer[..2], answer[3] & 15), (&QUERY[..2], 0));
}

/// A connection from this address of the machine.
fn connect_from(source: [u8; 4], server: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((IpAddr::from(source), 0).into()).unwrap();
        socket.connect(server).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

#[test]
fn lengths_that_lie_end_a_connection_at_most() {
    let running = Running::start(plain());
    let server = running.address();
    let whole = frame(QUERY);
    let mut longest = Random::new(1);
    let mut longest = request(&mut longest);
    longest.resize(65_535, 0);
    let cases: [(&str, Vec<u8>); 7] = [
        ("half a length", vec![0]),
        ("half a message", whole[..9].to_vec()),
        ("no message", vec![0, 0]),
        ("less than a header", frame(&QUERY[..11])),
        ("more than comes", [&[0xff, 0xff], QUERY].concat()),
        (
            "a response",
            frame(&[&[0x12, 0x34, 0x80], &QUERY[3..]].concat()),
        ),
        ("octets of no sense", vec![0xff; 4096]),
    ];
    for (case, octets) in cases {
        let mut stream = connect(server);
        stream.write_all(&octets).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(receive(&mut stream), None, "{case}");
        answers(server);
    }
    // The longest there is, is a message like others: its end is too long.
    let mut stream = connect(server);
    stream.write_all(&frame(&longest)).unwrap();
    stream.write_all(&whole).unwrap();
    assert_eq!(receive(&mut stream).unwrap()[3] & 15, 1);
    assert_eq!(receive(&mut stream).unwrap()[3] & 15, 0);
}

#[test]
fn a_thousand_questions_asked_ahead_are_answered_in_order() {
    let running = Running::start(plain());
    let mut stream = connect(running.address());
    let mut writer = stream.try_clone().unwrap();
    let numbered = |number: u16| [&number.to_be_bytes(), &QUERY[2..]].concat();
    let asked: Vec<u8> = (0..1000)
        .flat_map(|number| frame(&numbered(number)))
        .collect();
    let writing = thread::spawn(move || writer.write_all(&asked));
    for number in 0..1000_u16 {
        let answer = receive(&mut stream).unwrap();
        assert_eq!(answer[..2], number.to_be_bytes());
    }
    writing.join().unwrap().unwrap();
}

/// It has no more time than one that sends nothing at all.
#[test]
fn a_message_that_comes_octet_by_octet_does_not_come_for_ever() {
    let running = Running::start(plain());
    let started = Instant::now();
    let mut stream = connect(running.address());
    let most = Duration::from_secs(u64::from(limits::TCP_IDLE_SECONDS_MAX));
    stream.set_read_timeout(Some(most / 30)).unwrap();
    stream.write_all(&[0xff, 0xff]).unwrap();
    loop {
        // Between two octets it waits for the connection to end.
        match stream.read(&mut [0]) {
            Ok(0) => break,
            Ok(_) => panic!("half a message is answered"),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
        if stream.write_all(&[0]).is_err() {
            break;
        }
        assert!(started.elapsed() < 2 * most);
    }
    assert!(started.elapsed() > most / 2);
    answers(running.address());
}

#[test]
fn a_second_address_of_ours_gives_nobody_more_connections() {
    let running = Running::with(Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap(); 2],
        access: Access::transfers(Networks::everybody()),
        notify: Vec::new(),
    });
    running.server().publish(plain());
    let addresses = running.server().addresses();
    let mut crowd = Vec::new();
    for number in 0..limits::TCP_CONNECTIONS_PER_CLIENT_MAX {
        let mut stream = connect(addresses[number % 2]);
        stream.write_all(&frame(QUERY)).unwrap();
        assert!(receive(&mut stream).is_some());
        crowd.push(stream);
    }
    for address in addresses {
        let mut stream = connect(*address);
        let (Ok(()) | Err(_)) = stream.write_all(&frame(QUERY));
        assert_eq!(receive(&mut stream), None);
        let mut other = connect_from([127, 0, 9, 1], *address);
        other.write_all(&frame(QUERY)).unwrap();
        assert!(receive(&mut other).is_some());
    }
}

#[test]
fn clients_that_do_not_read_take_no_room_from_others() {
    let running = Running::start(plain());
    let server = running.address();
    let before = memory_kib();
    let asked: Vec<u8> = (0..ASKED_AHEAD).flat_map(|_| frame(TRANSFER)).collect();
    // As many as there may be, of as few clients as it takes.
    let clients = limits::TCP_CONNECTIONS_MAX / limits::TCP_CONNECTIONS_PER_CLIENT_MAX;
    let mut slow = Vec::new();
    for client in 0..clients {
        for _ in 0..limits::TCP_CONNECTIONS_PER_CLIENT_MAX {
            let source = [127, 0, 9, u8::try_from(client + 1).unwrap()];
            let mut stream = connect_from(source, server);
            stream.set_nonblocking(true).unwrap();
            // What does not fit is not asked.
            let (Ok(_) | Err(_)) = stream.write(&asked);
            slow.push(stream);
        }
    }
    for number in 1..=20 {
        let mut stream = connect_from([127, 0, 10, number], server);
        stream.write_all(&frame(QUERY)).unwrap();
        let answer = receive(&mut stream).expect("an answer");
        assert_eq!(answer[3] & 15, 0);
        slow.push(stream);
    }
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(server).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    socket.send(QUERY).unwrap();
    assert!(socket.recv(&mut [0; 1232]).is_ok());
    let grown = memory_kib() - before;
    println!("{} clients that do not read took {grown} KiB", slow.len());
    assert!(grown < MEMORY_KIB_MAX, "{grown} KiB");
}
