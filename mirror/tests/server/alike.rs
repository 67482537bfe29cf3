//! Secondaries serve what the mirror serves, byte for byte: the same flags, and
//! in each section the same records, in canonical form. Where servers may
//! differ, they are told not to, or the difference is written down here.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use comity_core::edition::{SignedZone, Standing};
use comity_core::served::ServedZone;
use comity_core::zone::{Contents, Name, Rtype};
use comity_mirror::dns::answer::{self, answer};
use comity_mirror::dns::reply::{Client, Reply, Transport, reply};
use comity_mirror::dns::{Access, Networks, Published, Settings, Told};
use data_encoding::HEXLOWER;
use domain::base::rdata::ComposeRecordData as _;
use domain::base::{Message, MessageBuilder, ParsedRecord};
use domain::rdata::{AllRecordData, Soa};

use crate::root;
use crate::running::{Daemon, Running, eventually, free_port, now, plain};
use crate::secondaries::{BIND_SECONDARY, KNOT, Kind, NSD};
use crate::signing;

const PATIENCE: Duration = Duration::from_secs(10);
/// What every resolver of today sends, and the smallest.
const SIZES: [Option<u16>; 3] = [Some(1232), Some(512), None];

/// A question in some form.
#[derive(Clone, Debug)]
struct Asked {
    name: String,
    rtype: Rtype,
    /// Octets of the largest answer, if there is an OPT record.
    size: Option<u16>,
    dnssec: bool,
}

/// What a server says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    rcode: u16,
    is_authoritative: bool,
    is_authentic: bool,
    is_truncated: bool,
    answer: BTreeSet<String>,
    authority: BTreeSet<String>,
    additional: BTreeSet<String>,
}

/// A secondary at work, and where it may differ.
struct Secondary {
    kind: &'static Kind,
    address: SocketAddr,
    daemon: Daemon,
}

#[test]
fn secondaries_answer_the_plain_zone_alike() {
    let first = plain();
    let text = signing::PLAIN.replace("192.0.2.3", "192.0.2.33");
    let contents = Contents::build(first.origin(), signing::records(&text)).unwrap();
    let second = signing::sign_contents(&contents, Some(&first), now());
    check_alike(&[first, second], 1);
}

#[test]
fn secondaries_answer_the_real_root_alike() {
    let Some(zone) = root::zone() else {
        return;
    };
    check_alike(&[zone], 23);
}

/// All editions, one after the other; one in so many of the names.
fn check_alike(editions: &[SignedZone], step: usize) {
    let ports = [free_port(), free_port(), free_port()];
    let running = Running::with(Settings {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        access: Access::transfers(Networks::everybody()),
        notify: ports
            .map(|port| (Ipv4Addr::LOCALHOST, port).into())
            .to_vec(),
    });
    running.server().publish(editions[0].clone());
    let facts = running.facts(running.address());
    let mut secondaries = Vec::new();
    for (kind, port) in [&KNOT, &NSD, &BIND_SECONDARY].into_iter().zip(ports) {
        let Some(daemon) = kind.start(port, &facts) else {
            return;
        };
        let address = (Ipv4Addr::LOCALHOST, port).into();
        secondaries.push(Secondary {
            kind,
            address,
            daemon,
        });
    }
    for (number, edition) in editions.iter().enumerate() {
        if number > 0 {
            running.server().publish(edition.clone());
            let told = || running.server().secondaries().map(|(_, told)| told);
            let all = || told().all(|told| told == Told::Acknowledged(edition.serial()));
            assert!(eventually(all), "{:?}", told().collect::<Vec<_>>());
        }
        for secondary in &secondaries {
            let has_it = || serial(secondary.address, edition.origin()) == Some(edition.serial());
            assert!(eventually(has_it), "{}", secondary.daemon.said());
        }
        compare(&running, &secondaries, edition, step);
    }
}

fn compare(running: &Running, secondaries: &[Secondary], edition: &SignedZone, step: usize) {
    let questions = questions(edition, step);
    let mut differ = Vec::new();
    let served = ServedZone::from(edition);
    for asked in &questions {
        let ours = ask(running.address(), asked).unwrap();
        let whole = Whole::of(&served, asked);
        for Secondary { kind, address, .. } in secondaries {
            let theirs = ask(*address, asked).unwrap();
            if !is_alike(kind.program, asked, &ours, &theirs, &whole) {
                let shown = show(&ours, &theirs);
                differ.push(format!("{} {asked:?}: {shown}", kind.program));
            }
        }
    }
    println!("{} questions, each to 4 servers", questions.len());
    let few = &differ[..differ.len().min(12)];
    assert!(
        differ.is_empty(),
        "{} differ\n{}",
        differ.len(),
        few.join("\n")
    );
}

/// Whether two servers say the same, but for what each is free to do.
fn is_alike(program: &str, asked: &Asked, ours: &Said, theirs: &Said, whole: &Whole) -> bool {
    if is_known_difference(program, asked, ours, theirs) {
        return true;
    }
    let flags = |said: &Said| (said.rcode, said.is_authoritative, said.is_authentic);
    if flags(ours) != flags(theirs) || ours.is_authentic {
        return false;
    }
    // Where there is little room, one server may need an octet more of it
    // than another. What is cut off says so, and what is left is true; but NSD
    // and BIND say nothing where it is glue, as long as some is left.
    let is_cut = ours.is_truncated || theirs.is_truncated;
    if asked.size != Some(1232) && (is_cut || whole.is_less(ours) || whole.is_less(theirs)) {
        let is_honest = |said: &Said| said.is_truncated == whole.is_less(said);
        let is_lenient = program != "knotd" && whole.has_all_but_glue(theirs);
        return is_honest(ours) && (is_honest(theirs) || is_lenient);
    }
    // Addresses that only save a question may be left out (RFC 2181 §9, RFC
    // 9471 §3.2): where they do not fit, and servers choose which; by NSD
    // beside an answer, as it is told; by BIND where they are no glue.
    let is_free = asked.size != Some(1232)
        || ours.additional != whole.said.additional
        || program == "named"
        || program == "nsd" && !ours.answer.is_empty();
    let additional = match is_free {
        true => whole.has_glue(theirs) && whole.has_glue(ours),
        false => ours.additional == theirs.additional,
    };
    additional && !is_cut && ours.answer == theirs.answer && ours.authority == theirs.authority
}

/// Answers that another server is known to give otherwise, and validators take
/// either way.
fn is_known_difference(program: &str, asked: &Asked, ours: &Said, theirs: &Said) -> bool {
    let name = asked.name.to_lowercase();
    match program {
        // It answers for the NSEC record of a delegation, which is the
        // parent's; the others refer to the child, which has one too.
        "named" if asked.rtype == Rtype::NSEC && !ours.is_authoritative => {
            theirs.is_authoritative && theirs.rcode == 0
        }
        // It calls an alias that leads back to itself its own failure.
        "named" if name.starts_with("loop-") || name.starts_with("self.") => {
            theirs.rcode == 2 && ours.rcode == 0 && theirs.answer == ours.answer
        }
        // It leaves the proof out that where a DNAME leads there is nothing.
        "nsd" if name.ends_with(".old.example.") && asked.dnssec => {
            theirs.rcode == 3 && ours.rcode == 3 && theirs.answer == ours.answer
        }
        _ => false,
    }
}

/// What there is to say where there is room for all of it.
struct Whole {
    said: Said,
    /// Without these a referral cannot be followed.
    glue: BTreeSet<String>,
}

impl Whole {
    fn of(zone: &ServedZone, asked: &Asked) -> Self {
        let client = Client {
            address: Ipv4Addr::LOCALHOST.into(),
            transport: Transport::Tcp,
        };
        let query = query(asked).unwrap();
        let published = Published::from(zone.clone());
        let Reply::Message(octets) = reply(Some(&published), &Access::default(), client, &query)
        else {
            panic!("{asked:?}");
        };
        let said = said(&Message::from_octets(octets).unwrap()).unwrap();
        let name = asked.name.to_lowercase().parse().unwrap();
        let (rtype, dnssec) = (asked.rtype, asked.dnssec);
        let name = &name;
        let glue = answer(
            zone,
            answer::Asked {
                name,
                rtype,
                dnssec,
            },
        )
        .glue;
        let owners: BTreeSet<String> = glue
            .iter()
            .map(|entry| entry.owner.to_string().trim_end_matches('.').to_owned() + " ")
            .collect();
        let is_glue = |line: &&String| owners.iter().any(|owner| line.starts_with(owner));
        let glue = said.additional.iter().filter(is_glue).cloned().collect();
        Self { said, glue }
    }

    /// Whether something is missing that must be there, and all else is true.
    fn is_less(&self, said: &Said) -> bool {
        let pairs = [
            (&said.answer, &self.said.answer),
            (&said.authority, &self.said.authority),
            (&said.additional, &self.said.additional),
        ];
        assert!(pairs.iter().all(|(said, whole)| said.is_subset(whole)));
        said.answer != self.said.answer
            || said.authority != self.said.authority
            || !self.glue.is_subset(&said.additional)
    }

    fn has_all_but_glue(&self, said: &Said) -> bool {
        said.answer == self.said.answer && said.authority == self.said.authority
    }

    fn has_glue(&self, said: &Said) -> bool {
        self.glue.is_subset(&said.additional) && said.additional.is_subset(&self.said.additional)
    }
}

/// Questions made from the zone itself.
fn questions(zone: &SignedZone, step: usize) -> Vec<Asked> {
    let mut questions = Vec::new();
    let apex = zone.origin().to_string();
    let below = |label: &str, name: &str| format!("{label}.{}", name.trim_start_matches('.'));
    let mut add = |name: &str, rtype: Rtype| {
        for size in SIZES {
            for dnssec in [false, true] {
                if dnssec && size.is_none() {
                    continue;
                }
                let name = name.to_owned();
                questions.push(Asked {
                    name,
                    rtype,
                    size,
                    dnssec,
                });
            }
        }
    };
    let types = [
        Rtype::SOA,
        Rtype::NS,
        Rtype::DNSKEY,
        Rtype::NSEC,
        Rtype::ZONEMD,
        Rtype::TXT,
        Rtype::A,
    ];
    types.iter().for_each(|rtype| add(&apex, *rtype));
    for (name, sets) in zone.names().iter().step_by(step) {
        let text = name.to_string();
        add(&text, Rtype::A);
        add(&text.to_uppercase(), Rtype::AAAA);
        add(&text, Rtype::TXT);
        // Between this name and the next, and below this one.
        let (first, rest) = text.split_once('.').unwrap();
        if name != zone.origin() {
            add(&format!("{first}-0.{rest}"), Rtype::A);
        }
        add(&below("www", &text), Rtype::A);
        if sets.standing == Standing::Delegation {
            add(&text, Rtype::NS);
            add(&text, Rtype::DS);
            add(&below("ds", &text), Rtype::DS);
        }
        for rtype in sets.sets.keys().filter(|rtype| **rtype != Rtype::RRSIG) {
            add(&text, *rtype);
        }
    }
    questions
}

fn serial(server: SocketAddr, origin: &Name) -> Option<u32> {
    let (name, rtype) = (origin.to_string(), Rtype::SOA);
    let (size, dnssec) = (None, false);
    let message = exchange(
        server,
        &Asked {
            name,
            rtype,
            size,
            dnssec,
        },
    )?;
    let soa = message.answer().ok()?.limit_to::<Soa<_>>().next()?.ok()?;
    Some(soa.data().serial().into_int())
}

fn ask(server: SocketAddr, asked: &Asked) -> Option<Said> {
    said(&exchange(server, asked)?)
}

fn said(message: &Message<Vec<u8>>) -> Option<Said> {
    let (_, answer, authority, additional) = message.sections().ok()?;
    let header = message.header();
    Some(Said {
        rcode: header.rcode().to_int().into(),
        is_authoritative: header.aa(),
        is_authentic: header.ad(),
        is_truncated: header.tc(),
        answer: answer.map(|record| canonical(&record.unwrap())).collect(),
        authority: authority
            .map(|record| canonical(&record.unwrap()))
            .collect(),
        additional: additional
            .map(Result::unwrap)
            .filter(|record| record.rtype() != Rtype::OPT)
            .map(|record| canonical(&record))
            .collect(),
    })
}

/// A record's canonical form (RFC 4034 §6.2), with the TTL that it came with.
fn canonical(record: &ParsedRecord<'_, Vec<u8>>) -> String {
    let record = record.to_any_record::<AllRecordData<_, _>>().unwrap();
    let mut data = Vec::new();
    let done = record.data().compose_canonical_rdata(&mut data);
    done.unwrap_or_else(|never| match never {});
    let owner = record.owner().to_string().to_lowercase();
    let (ttl, rtype) = (record.ttl().as_secs(), record.rtype());
    format!(
        "{owner} {ttl} {} {rtype} {}",
        record.class(),
        HEXLOWER.encode(&data)
    )
}

/// What only one of the two says.
fn show(ours: &Said, theirs: &Said) -> String {
    let flags = |said: &Said| {
        let flags = [said.is_authoritative, said.is_authentic, said.is_truncated];
        format!("rcode {} aa, ad, tc {flags:?}", said.rcode)
    };
    let only = |this: &BTreeSet<String>, other: &BTreeSet<String>| {
        let only = this
            .difference(other)
            .map(|line| line.chars().take(60).collect());
        only.collect::<Vec<String>>().join("; ")
    };
    let sections = [
        (&ours.answer, &theirs.answer),
        (&ours.authority, &theirs.authority),
        (&ours.additional, &theirs.additional),
    ];
    let mut text = format!("{} / {}", flags(ours), flags(theirs));
    for (ours, theirs) in sections {
        let (ours, theirs) = (only(ours, theirs), only(theirs, ours));
        text.push_str(&format!("\n   ours {ours}\n   theirs {theirs}"));
    }
    text
}

fn query(asked: &Asked) -> Option<Vec<u8>> {
    let name: Name = asked.name.to_lowercase().parse().ok()?;
    let mut wire: Vec<u8> = name.as_wire().to_vec();
    if asked.name != asked.name.to_lowercase() {
        wire.make_ascii_uppercase();
    }
    let name = domain::base::Name::from_octets(wire).ok()?;
    let mut builder = MessageBuilder::new_vec().question();
    builder.push((&name, asked.rtype)).ok()?;
    let mut builder = builder.additional();
    if let Some(size) = asked.size {
        builder
            .opt(|opt| {
                opt.set_udp_payload_size(size);
                opt.set_dnssec_ok(asked.dnssec);
                Ok(())
            })
            .ok()?;
    }
    Some(builder.finish())
}

fn exchange(server: SocketAddr, asked: &Asked) -> Option<Message<Vec<u8>>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.connect(server).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    socket.send(&query(asked)?).ok()?;
    let mut buffer = vec![0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    buffer.truncate(length);
    Message::from_octets(buffer).ok()
}
