//! What a server gets that is told, and what becomes of those who cannot be.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use comity_core::basic::Time;

use super::super::event::What;
use super::*;

fn event(level: Level, text: &str) -> Event {
    let what = What::Behind {
        upstream: "192.0.2.1:53".into(),
        serial: 1,
        known: 2,
    };
    Event::new(Time(1_767_096_000), level, what, text)
}

/// A server that says each of these in turn, after each line that ends as it should; and
/// all that it heard.
fn server(says: Vec<(&'static str, &'static str)>) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = String::new();
        for (until, said) in says {
            let from = heard.len();
            while !heard[from..].ends_with(until) {
                let mut octet = [0];
                stream.read_exact(&mut octet).unwrap();
                heard.push(char::from(octet[0]));
            }
            stream.write_all(said.as_bytes()).unwrap();
        }
        heard
    });
    (address, thread)
}

#[test]
fn a_webhook_gets_each_event_as_json() {
    let answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    let (address, heard) = server(vec![("}", ""), ("}", answer)]);
    let mut teller = Teller::new(&Tell {
        webhooks: vec![format!("http://{address}/hook")],
        mail: None,
    });
    let told = event(Level::Info, "it is behind");
    teller.tell(&Name::root(), std::slice::from_ref(&told));
    assert!(teller.webhooks[0].1.is_empty());
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("POST /hook HTTP/1.1\r\n"), "{heard}");
    let (_, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(told.to_json().starts_with(body), "{heard}");
}

#[test]
fn who_cannot_be_told_is_tried_again_and_not_for_ever() {
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut teller = Teller::new(&Tell {
        webhooks: vec![format!("http://{gone}/")],
        mail: None,
    });
    let told = event(Level::Info, "it is behind");
    teller.tell(&Name::root(), &[told]);
    for _ in 1..TRIES_MAX {
        assert_eq!(teller.webhooks[0].1.len(), 1);
        teller.tell(&Name::root(), &[]);
    }
    assert!(teller.webhooks[0].1.is_empty());
}

#[test]
fn alarms_go_out_by_mail_and_nothing_else_does() {
    let dialogue = vec![
        ("", "220 mail.example\r\n"),
        ("EHLO comity\r\n", "250-mail.example\r\n250 8BITMIME\r\n"),
        ("MAIL FROM:<comity@example.net>\r\n", "250 ok\r\n"),
        ("RCPT TO:<noc@example.net>\r\n", "250 ok\r\n"),
        ("DATA\r\n", "354 go on\r\n"),
        ("\r\n.\r\n", "250 ok\r\n"),
        ("QUIT\r\n", "221 bye\r\n"),
    ];
    let (address, heard) = server(dialogue);
    let mut teller = Teller::new(&Tell {
        webhooks: Vec::new(),
        mail: Some(Mail {
            server: address.to_string(),
            from: "comity@example.net\r\nRCPT TO:<evil@example.net>".into(),
            to: vec!["noc@example.net".into()],
        }),
    });
    // Whatever an address says, it is one address.
    assert_eq!(
        plain(&teller.mail.as_ref().unwrap().0.from).lines().count(),
        1
    );
    teller.mail.as_mut().unwrap().0.from = "comity@example.net".into();
    let events = [
        event(Level::Info, "all is well"),
        event(Level::Alarm, ".nobody is\r\nBcc: everybody"),
    ];
    teller.tell(&Name::root(), &events);
    let heard = heard.join().unwrap();
    assert!(
        heard.contains("Subject: [.] .nobody isBcc: everybody\r\n"),
        "{heard}"
    );
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("\r\nBcc"), "{heard}");
    // What was said is in the letter, and nothing that is no alarm.
    assert!(body.contains("\r\nBcc: everybody\r\n"), "{heard}");
    assert!(!heard.contains("all is well"), "{heard}");
}

#[test]
fn a_feed_has_the_newest_first_and_nothing_that_is_markup() {
    let events = [
        event(Level::Info, "the first"),
        event(Level::Alarm, "<script> & \"quotes\" \u{7}"),
    ];
    let feed = feed(&Name::root(), "urn:comity:watch:.", &events);
    let titles: Vec<&str> = feed
        .lines()
        .filter(|line| line.starts_with("<title>"))
        .collect();
    assert_eq!(
        titles,
        [
            "<title>Changes of .</title>",
            "<title>&lt;script&gt; &amp; &quot;quotes&quot; </title>",
            "<title>the first</title>",
        ]
    );
    assert_eq!(feed.matches("<entry>").count(), 2);
    assert!(feed.contains("<category term=\"alarm\"/>"));
    assert!(feed.contains("<updated>2025-12-30T12:00:00Z</updated>"));
}
