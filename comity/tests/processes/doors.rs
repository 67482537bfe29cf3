//! The secretariat's web server before clients that are slow, too many, or
//! speak no HTTP. It gives each its bounded time and room, and goes on serving
//! the others.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use comity_core::act::{SignatureEntry, json};
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::message::Endorsement;
use comity_sign::identity::Identity;

use crate::support::random::Random;
use crate::support::zone::{Plan, SECRETARIAT, Zone};
use crate::support::{http, process, stranger_ip};

/// Octets of a file that no socket's buffers hold.
const LARGE_OCTETS: usize = 128 * 1024 * 1024;
/// What the secretariat of a small zone never takes, whatever is sent to it.
const MEMORY_KIB_MAX: u64 = 256 * 1024;

/// A secretariat that waits for its founders: it needs nobody to serve files.
fn secretariat() -> Zone {
    let mut zone = Zone::prepare(&Plan::default());
    zone.start(SECRETARIAT);
    zone
}

fn serves(server: SocketAddr) {
    let answer = http::get(server, "/checkpoint");
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn slow_clients_lose_their_connections() {
    let mut zone = secretariat();
    let server = zone.http_address();
    let large = vec![7; LARGE_OCTETS];
    let path = format!("blob/{}", Digest::of(&large));
    fs::create_dir_all(zone.ledger().join("blob")).unwrap();
    fs::write(zone.ledger().join(&path), &large).unwrap();
    let id = zone.process(SECRETARIAT).id();
    let before = process::sockets(id).len();

    let idle = http::connect(server);
    let mut head = http::connect(server);
    head.write_all(b"GET /checkpoint HTTP/1.1\r\nHost: a\r\n")
        .unwrap();
    let mut body = http::connect(server);
    let post = "POST /v1/acts HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\nsome";
    body.write_all(post.as_bytes()).unwrap();
    let mut reader = http::connect(server);
    http::send(&mut reader, "GET", &format!("/{path}"), b"");
    zone.wait("four connections", || {
        (process::sockets(id).len() == before + 4).then_some(())
    });
    serves(server);
    // A head that comes octet by octet has no more time than one that stops.
    let mut dripping = http::connect(server);
    zone.wait("all of them to be closed", || {
        let _closed_before = dripping.write_all(b"G");
        (process::sockets(id).len() <= before).then_some(())
    });

    let answer = http::receive(&body).unwrap();
    assert_eq!(
        (answer.status, answer.rule().as_deref()),
        (408, Some("too-slow"))
    );
    for stream in [&idle, &head] {
        assert_eq!(drain(stream), 0);
    }
    assert!(drain(&reader) < LARGE_OCTETS);
    // Who reads gets all of it, in little of the server's memory.
    let mut reader = http::connect(server);
    http::send(&mut reader, "GET", &format!("/{path}"), b"");
    let answer = http::receive(&reader).unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, LARGE_OCTETS));
    // To open its key it has taken 64 MiB already.
    check_memory(&mut zone, LARGE_OCTETS as u64 / 1024);
    zone.nobody_panicked();
}

#[test]
fn one_client_does_not_take_all_connections() {
    let mut zone = secretariat();
    let server = zone.http_address();
    let crowd: Vec<TcpStream> = (0..1000).map(|_| http::connect(server)).collect();
    // Those for whom there is no room are told so before they ask.
    let mut turned_away = 0;
    for stream in &crowd[limits::HTTP_CONNECTIONS_PER_CLIENT_MAX..] {
        let answer = http::receive(stream).unwrap();
        let is_busy = (answer.status, answer.rule().as_deref()) == (503, Some("busy"));
        assert!(is_busy && answer.head.contains("Retry-After"), "{answer:?}");
        turned_away += 1;
    }
    assert_eq!(turned_away, 1000 - limits::HTTP_CONNECTIONS_PER_CLIENT_MAX);
    let mut other = http::connect_from(stranger_ip(1), server).unwrap();
    http::send(&mut other, "GET", "/checkpoint", b"");
    assert_eq!(http::receive(&other).unwrap().status, 200);
    drop(crowd);
    zone.wait("room for this client", || {
        let mut stream = http::connect(server);
        http::send(&mut stream, "GET", "/checkpoint", b"");
        let answer = http::receive(&stream).ok()?;
        (answer.status == 200).then_some(())
    });
    check_memory(&mut zone, MEMORY_KIB_MAX);
    zone.nobody_panicked();
}

#[test]
fn what_is_no_request_is_refused_and_the_next_is_served() {
    let mut zone = secretariat();
    let server = zone.http_address();
    refuses_what_is_too_large(server);
    refuses_what_is_no_http(server);
    let cases = [
        ("PUT", "/checkpoint", 405),
        ("DELETE", "/v1/acts", 405),
        ("GET", "/v1/acts", 405),
        ("POST", "/v1/tasks", 405),
        ("BREW", "/", 405),
        ("OPTIONS", "/v1/status", 405),
        ("POST", "/nowhere", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/blob/nonsense", 404),
        ("GET", "/checkpoint/", 404),
        ("GET", "/tile/../checkpoint", 404),
        ("GET", "/v1/tasks?after=-1", 400),
        ("GET", "/v1/tasks?wait=99999999999999999999999", 400),
    ];
    for (method, path, status) in cases {
        let answer = http::request(server, method, path, b"");
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert!(answer.rule().is_some(), "{method} {path}: {answer:?}");
        serves(server);
    }
    answers_what_was_asked_ahead(server);
    check_memory(&mut zone, MEMORY_KIB_MAX);
    zone.nobody_panicked();
}

/// With a length, without one, and with one that is a lie.
fn refuses_what_is_too_large(server: SocketAddr) {
    let doors = [
        ("/v1/acts", limits::ENTRY_OCTETS_MAX),
        ("/v1/messages", limits::MESSAGE_OCTETS_MAX),
        ("/v1/cosignatures", limits::LINE_OCTETS_MAX),
        ("/v1/endorsements", limits::LINE_OCTETS_MAX),
    ];
    for (door, octets_max) in doors {
        let start = format!("POST {door} HTTP/1.1\r\nHost: a\r\n");
        let said = format!("{start}Content-Length: 999999999999\r\n\r\n");
        let sent = format!("{start}Content-Length: {}\r\n\r\n", octets_max + 1);
        let chunk = format!("{:x}\r\n", octets_max + 1);
        let chunked = format!("{start}Transfer-Encoding: chunked\r\n\r\n{chunk}");
        for (head, octets) in [(said, 0), (sent, octets_max + 1), (chunked, octets_max + 1)] {
            let mut stream = http::connect(server);
            let body = vec![b' '; octets];
            let _refused_before = stream.write_all(&[head.as_bytes(), &body].concat());
            let answer = http::receive(&stream).unwrap_or_else(|error| panic!("{head}: {error}"));
            let refused = (answer.status, answer.rule());
            assert_eq!(refused, (413, Some("too-large".into())), "{head}");
            serves(server);
        }
    }
}

/// Each is answered with an error or with nothing at all, and the connection
/// ends.
fn refuses_what_is_no_http(server: SocketAddr) {
    let post = "POST /v1/acts HTTP/1.1\r\nHost: a\r\n";
    let many = "A: b\r\n".repeat(4000);
    let long = "x".repeat(limits::HTTP_HEAD_OCTETS_MAX + 1);
    let texts = [
        "nonsense\r\n\r\n".to_string(),
        "\r\n\r\n\r\n\r\nnonsense".to_string(),
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n".to_string(),
        "GET / HTTP/1.1\r\nHost a\r\n\r\n".to_string(),
        "GET /\u{7f} HTTP/1.1\r\n\r\n".to_string(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_string(),
        format!("GET / HTTP/1.1\r\n{many}\r\n"),
        format!("GET / HTTP/1.1\r\nA: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        format!("{post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nsome"),
        format!("{post}Content-Length: -4\r\n\r\nsome"),
        format!("{post}Content-Length: 4\r\nTransfer-Encoding: gzip\r\n\r\nsome"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\n4;{many}\r\nsome\r\n0\r\n\r\n"),
    ];
    // The beginning of a TLS handshake, and octets of no sense at all.
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    let octets = texts.map(String::into_bytes).into_iter();
    for octets in octets.chain([hello, vec![0; 4096], vec![0xff; 4096]]) {
        let mut stream = http::connect(server);
        let _refused_before = stream.write_all(&octets);
        let _closed_before = stream.shutdown(Shutdown::Write);
        let said = match http::receive(&stream) {
            Ok(answer) => answer.status,
            Err(_) => 400,
        };
        let text = String::from_utf8_lossy(&octets[..octets.len().min(90)]);
        assert!([400, 414, 431, 501, 505].contains(&said), "{said}: {text}");
        serves(server);
    }
}

fn answers_what_was_asked_ahead(server: SocketAddr) {
    let mut stream = http::connect(server);
    let request = "GET /checkpoint HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "GET /checkpoint HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let ahead = request.repeat(99) + last;
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(ahead.as_bytes()));
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 100);
    writing.join().unwrap().unwrap();
}

#[test]
fn strangers_do_not_stop_a_founding() {
    let mut zone = secretariat();
    let id: Digest = zone.founding.parse().unwrap();
    let draft = http::get(zone.http_address(), &format!("/blob/{id}"));
    let mut random = Random::new(1);
    for _ in 0..10 {
        let stranger = Identity::generate(&mut random);
        let (keyid, sig) = (stranger.public(), stranger.sign(draft.body.as_bytes()));
        let signature = SignatureEntry { keyid, sig };
        let endorsement = json::encode(&Endorsement { id, signature });
        let answer = http::post(zone.http_address(), "/v1/endorsements", &endorsement);
        let refused = (answer.status, answer.rule());
        assert_eq!(refused, (422, Some("not-entitled".into())), "{answer:?}");
    }
    for member in zone.members.clone() {
        zone.start(member);
    }
    zone.wait_for_edition(1);
    zone.nobody_panicked();
}

/// Octets until the end.
fn drain(mut stream: &TcpStream) -> usize {
    let mut octets = Vec::new();
    let _reset_in_the_end = stream.read_to_end(&mut octets);
    octets.len()
}

fn check_memory(zone: &mut Zone, most_kib: u64) {
    let kib = process::memory_kib(zone.process(SECRETARIAT).id()).unwrap();
    println!("the secretariat took at most {} MiB", kib / 1024);
    assert!(kib < most_kib, "{kib} KiB");
}
