//! Floods: ten thousand pieces of nonsense and many idle connections, from
//! strangers' addresses, while the members go on signing editions.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use comity_core::act::{Ballot, Envelope, Proposal, RULES, SessionKind, SignatureEntry, Vote};
use comity_core::basic::{Digest, Time};
use comity_core::limits;
use comity_core::message::{Commit, SessionId};
use comity_member::link::{Link, WAIT_S};
use comity_mirror::ledger;
use comity_mirror::source::Directory;
use comity_sign::identity::Identity;
use data_encoding::BASE64;

use crate::support::random::Random;
use crate::support::zone::{Plan, SECRETARIAT, Zone};
use crate::support::{http, process, stranger_ip};

/// Requests in all, by this many at once.
const REQUESTS: usize = 10_000;
const FLOODERS: u8 = 4;
/// As the operator's guide has it: 128 MiB of bodies, what is made of them
/// while they are judged, and the buffers of all connections.
const MEMORY_KIB_MAX: u64 = 512 * 1024;
/// More than one client may have.
const IDLE: usize = 400;
/// Octets of a body that is not whole.
const SMALLER: usize = 1024 * 1024;
/// How long a crowd rests between two looks at its connections.
const BREATH: Duration = Duration::from_millis(50);

#[test]
fn members_sign_while_nonsense_pours_in() {
    let mut zone = Zone::serve(&Plan::default());
    let server = zone.http_address();
    zone.change_and_serve("harbour", "before");
    let crowd = Crowd::of(1, server);
    let nonsense = Arc::new(nonsense(&zone));
    let sent = Arc::new(AtomicUsize::new(0));
    let flooders: Vec<_> = (0..FLOODERS)
        .map(|number| {
            let (nonsense, sent) = (Arc::clone(&nonsense), Arc::clone(&sent));
            thread::spawn(move || flood(server, number, &nonsense, &sent))
        })
        .collect();
    let mut editions = 0;
    while !flooders.iter().all(thread::JoinHandle::is_finished) {
        let held = ["harbour", "atoll"][editions % 2];
        zone.change_and_serve(held, &format!("flood{editions}"));
        editions += 1;
    }
    for flooder in flooders {
        flooder.join().unwrap();
    }
    assert!(sent.load(Ordering::SeqCst) >= REQUESTS);
    assert!(editions >= 2, "{editions} editions in the flood");
    drop(crowd);
    zone.change_and_serve("harbour", "afterwards");
    {
        // Strangers have every connection that is not kept for members.
        let _crowd = Crowd::of(3, server);
        zone.wait("strangers to be turned away", || {
            let mut stream = http::connect_from(stranger_ip(9), server).ok()?;
            http::send(&mut stream, "GET", "/checkpoint", b"");
            let answer = http::receive(&stream).ok()?;
            (answer.rule().as_deref() == Some("busy")).then_some(())
        });
        zone.change_and_serve("atoll", "besieged");
    }
    let sent = sent.load(Ordering::SeqCst);
    println!("{editions} editions in a flood of {sent} requests");
    check_memory(&mut zone);
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn bodies_without_end_leave_room_for_members() {
    let mut zone = Zone::serve(&Plan::default());
    let server = zone.http_address();
    let stranger = || http::connect_from(stranger_ip(1), server).unwrap();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        limits::MESSAGE_OCTETS_MAX
    );
    let body = vec![b' '; limits::MESSAGE_OCTETS_MAX - 1];
    let bodies = limits::HTTP_BODIES_OCTETS_MAX / limits::MESSAGE_OCTETS_MAX + 1;
    let mut held: Vec<TcpStream> = (0..bodies).map(|_| stranger()).collect();
    for stream in &mut held {
        let _refused_before = stream.write_all(&[head.as_bytes(), &body].concat());
    }
    let nothing_more = || {
        let mut stream = stranger();
        http::send(&mut stream, "POST", "/v1/acts", b"{}");
        let answer = http::receive(&stream).ok()?;
        (answer.rule()? == "busy").then_some(())
    };
    zone.wait("no room for strangers", || {
        let full = nothing_more();
        if full.is_none() {
            // One of the large ones was refused: there is room for smaller ones.
            let mut stream = stranger();
            let _refused_before = stream.write_all(&[head.as_bytes(), &body[..SMALLER]].concat());
            held.push(stream);
        }
        full
    });
    zone.change_and_serve("harbour", "beside");
    check_memory(&mut zone);
    // All of them come to an end.
    zone.wait("room for strangers", || {
        nothing_more().is_none().then_some(())
    });
    for stream in &held {
        let answer = http::receive(stream).unwrap();
        assert!([408, 503].contains(&answer.status), "{answer:?}");
    }
    zone.nobody_panicked();
}

#[test]
fn commitments_of_the_wrong_number_take_no_room() {
    let mut zone = Zone::serve(&Plan::default());
    let member = zone.members[0];
    let identity = zone.identity(member);
    for member in zone.members.clone() {
        zone.kill(member);
    }
    zone.change("harbour", "second");
    let session = zone.wait("commitments to be wanted", || {
        let wanted = Link::new(zone.http())
            .tasks(0, WAIT_S)
            .ok()?
            .commit
            .into_iter();
        wanted.last().filter(|id| id.kind == SessionKind::Zonemd)
    });
    let mut random = Random::new(3);
    let mut send = |messages: usize| {
        // Any key is a point, and no two are the same.
        let mut point = || Identity::generate(&mut random).public().0;
        let points: Vec<u8> = (0..2 * messages).flat_map(|_| point()).collect();
        let commit = Commit {
            session: session.clone(),
            commitments: BASE64.encode(&points),
        };
        let message = identity.signed(&commit).to_octets();
        http::post(zone.http_address(), "/v1/messages", &message)
    };
    for messages in [0, 2, 1000] {
        let answer = send(messages);
        let refused = (answer.status, answer.rule());
        assert_eq!(refused, (409, Some("not-wanted".into())), "{messages}");
    }
    assert_eq!(send(1).status, 200);
    for member in zone.members.clone() {
        zone.start(member);
    }
    zone.change_and_serve("atoll", "third");
    zone.nobody_panicked();
}

/// What is sent: where to, what, and what may be said to it.
struct Nonsense {
    door: &'static str,
    octets: Vec<u8>,
    statuses: &'static [u16],
}

/// Garbage, what nobody may do, and what was done before.
fn nonsense(zone: &Zone) -> Vec<Nonsense> {
    let mut random = Random::new(20);
    let garbage: Vec<u8> = (0..999).map(|_| random.below(256) as u8).collect();
    let large = vec![b'['; limits::MESSAGE_OCTETS_MAX];
    let published = http::get(zone.http_address(), "/checkpoint").body;
    let line = published.lines().last().unwrap().as_bytes().to_vec();
    let mut nonsense: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("/v1/acts", garbage.clone(), &[422]),
        ("/v1/messages", garbage.clone(), &[422]),
        ("/v1/messages", large, &[422]),
        ("/v1/cosignatures", garbage.clone(), &[409]),
        ("/v1/cosignatures", line, &[200, 409]),
        ("/v1/endorsements", garbage, &[422]),
    ];
    let stranger = Identity::generate(&mut random);
    let member = zone.identity(zone.members[0]);
    let ledger = zone.founding.parse().unwrap();
    for act in forbidden_acts(ledger, [&stranger, &member], &mut random) {
        nonsense.push(("/v1/acts", act, &[422]));
    }
    for entry in entries(zone, &published) {
        nonsense.push(("/v1/acts", entry, &[422]));
    }
    let commit = endless_commit(ledger);
    nonsense.push(("/v1/messages", stranger.signed(&commit).to_octets(), &[422]));
    // A member's own, which fits no session.
    nonsense.push(("/v1/messages", member.signed(&commit).to_octets(), &[409]));
    let nonsense = nonsense.into_iter();
    nonsense
        .map(|(door, octets, statuses)| Nonsense {
            door,
            octets,
            statuses,
        })
        .collect()
}

/// Acts that verify, and break a rule.
fn forbidden_acts(ledger: Digest, by: [&Identity; 2], random: &mut Random) -> Vec<Vec<u8>> {
    let ballot = Ballot {
        rules: RULES,
        ledger,
        proposal: Digest([7; 32]),
        vote: Vote::For,
    };
    let proposal = Proposal {
        rules: RULES,
        ledger,
        changes: Vec::new(),
        matter: None,
        amends: None,
        reason: "x".repeat(30_000),
        deadline: Time(u64::MAX >> 12),
    };
    let mut many = Envelope::unsigned(&ballot);
    for _ in 0..limits::MEMBERS_MAX {
        let other = Identity::generate(random);
        let (keyid, sig) = (other.public(), other.sign(&many.signing_input()));
        many.add(SignatureEntry { keyid, sig });
    }
    let by = by.iter();
    let acts = by.flat_map(|by| [by.signed(&ballot), by.signed(&proposal)]);
    acts.chain([many]).map(|act| act.to_octets()).collect()
}

/// More commitments than any session of this zone has.
fn endless_commit(ledger: Digest) -> Commit {
    let session = SessionId {
        ledger,
        epoch: 1,
        edition: 2,
        kind: SessionKind::Records,
        attempt: 1,
    };
    Commit {
        session,
        commitments: "A".repeat(limits::MESSAGE_OCTETS_MAX / 2),
    }
}

/// The acts under a checkpoint, as they lie there.
fn entries(zone: &Zone, checkpoint: &str) -> Vec<Vec<u8>> {
    let acts = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let source = Directory::new(zone.ledger());
    let entries = ledger::entries(&source, 0, acts);
    entries.map(Result::unwrap).collect()
}

/// Sends nonsense until there was enough. Each is refused as it deserves, or
/// put off.
fn flood(server: SocketAddr, number: u8, nonsense: &[Nonsense], sent: &AtomicUsize) {
    let mut random = Random::new(number.into());
    let mut stream = None;
    while sent.load(Ordering::SeqCst) < REQUESTS {
        let Nonsense {
            door,
            octets,
            statuses,
        } = &nonsense[random.below(nonsense.len())];
        // The large ones are dear for who sends them, too.
        if octets.len() > limits::ENTRY_OCTETS_MAX && random.below(100) > 0 {
            continue;
        }
        let source = stranger_ip(10 + number);
        let connect = || http::connect_from(source, server).ok();
        let Some(mut open) = stream.take().or_else(connect) else {
            continue;
        };
        http::send(&mut open, "POST", door, octets);
        // A connection may end; what was said on it must make sense.
        if let Ok(answer) = http::receive(&open) {
            let is_put_off = [429, 503].contains(&answer.status);
            assert!(
                is_put_off || statuses.contains(&answer.status),
                "{door}: {answer:?}"
            );
            let is_put_off = is_put_off.then(|| answer.head.contains("retry-after"));
            assert_ne!(is_put_off, Some(false), "{answer:?}");
            assert!(
                answer.status == 200 || answer.rule().is_some(),
                "{answer:?}"
            );
            sent.fetch_add(1, Ordering::SeqCst);
            stream = Some(open);
        }
    }
}

/// Clients that hold every connection they can get, until it is dropped.
struct Crowd {
    is_over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Crowd {
    fn of(clients: u8, server: SocketAddr) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = (1..=clients).map(|number| {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || hold(server, stranger_ip(number), &is_over))
        });
        let threads = threads.collect();
        Self { is_over, threads }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

/// Opens connections, and each anew that is closed.
fn hold(server: SocketAddr, source: Ipv4Addr, is_over: &AtomicBool) {
    let connect = || {
        let stream = http::connect_from(source, server).ok()?;
        stream.set_nonblocking(true).ok().map(|()| stream)
    };
    // Open, and nothing was said on it.
    let is_held = |stream: &TcpStream| {
        let said = stream.peek(&mut [0]).map_err(|error| error.kind());
        said == Err(io::ErrorKind::WouldBlock)
    };
    let mut streams: Vec<Option<TcpStream>> = (0..IDLE).map(|_| connect()).collect();
    while !is_over.load(Ordering::SeqCst) {
        for stream in &mut streams {
            if !stream.as_ref().is_some_and(is_held) {
                *stream = connect();
            }
        }
        thread::park_timeout(BREATH);
    }
}

fn check_memory(zone: &mut Zone) {
    let kib = process::memory_kib(zone.process(SECRETARIAT).id()).unwrap();
    println!("the secretariat took at most {} MiB", kib / 1024);
    assert!(kib < MEMORY_KIB_MAX, "{kib} KiB");
}
