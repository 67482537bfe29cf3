//! A sound delegation with everything that its name servers say, to plant
//! faults into.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use data_encoding::BASE64;
use ed25519_dalek::{Signer as _, SigningKey};

use crate::basic::Time;
use crate::check::observation::{
    Answer, Found, Lookup, Observation, Observations, Question, Silence, Transport,
};
use crate::check::subject::address;
use crate::check::{AsnTable, Evidence, Report, Severity, Subject, judge};
use crate::dnssec::{Algorithm, SignatureCheck, Signed, ZoneKey};
use crate::zone::samples::{name, record};
use crate::zone::wire::compose_record;
use crate::zone::{Name, Rdata, Record, Rtype};

/// When everything is observed.
pub(super) const NOW: Time = Time(1_800_000_000);
const HOUR: u32 = 3600;

/// The zone as each of its servers has it, with a name server inside, one
/// elsewhere, and both kinds of addresses.
const ZONE: &str = "
    isle. 3600 SOA ns1.isle. admin.isle. 7 1800 900 604800 300
    isle. 3600 NS ns1.isle.
    isle. 3600 NS ns2.harbour.
    ns1.isle. 3600 A 193.0.14.129
    ns1.isle. 3600 AAAA 2001:500:2f::f";

/// What a resolver says.
const ELSEWHERE: &str = "
    ns2.harbour. 3600 A 199.7.83.42
    ns2.harbour. 3600 AAAA 2001:500:9f::42";

pub(super) struct World {
    pub(super) subject: Subject,
    pub(super) observed: Observations,
    pub(super) asn: Option<AsnTable>,
}

/// Verifies nothing: the keys here are Ed25519.
struct Nothing;

impl SignatureCheck for Nothing {
    fn holds(&self, _: Algorithm, _: &Signed<'_>) -> bool {
        false
    }
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn records(text: &str) -> Vec<Record> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(record).collect()
}

impl World {
    /// A delegation in which nothing is wrong.
    pub(super) fn sound() -> Self {
        Self::with_zone(&records(ZONE))
    }

    /// The same, signed by a key that a DS record names.
    pub(super) fn signed() -> Self {
        let zone = Zone::signed();
        let mut world = Self::with_zone(&zone.records);
        world.subject.ds = BTreeSet::from([zone.ds()]);
        world
    }

    /// The name servers have these records.
    pub(super) fn with_zone(zone: &[Record]) -> Self {
        let elsewhere = records(ELSEWHERE);
        let glue = zone.iter().chain(&elsewhere);
        let glue = glue.filter_map(|it| Some((it.owner.clone(), address(it.rtype, &it.data)?)));
        let mut subject = Subject {
            name: name("isle."),
            parent: Name::root(),
            ns: [name("ns1.isle."), name("ns2.harbour.")].into(),
            glue: Default::default(),
            ds: BTreeSet::new(),
        };
        let mut answers = Vec::new();
        for (host, address) in glue {
            subject
                .glue
                .entry(host.clone())
                .or_default()
                .insert(address);
            answers.extend(said(&host, address, zone));
        }
        let lookups = [Rtype::A, Rtype::AAAA].map(|rtype| lookup(&elsewhere, rtype));
        Self {
            subject,
            observed: Observations {
                begun: NOW,
                lookups: lookups.to_vec(),
                answers,
                not_asked: BTreeSet::new(),
            },
            asn: None,
        }
    }

    /// Changes what came of those questions for which `change` says so.
    pub(super) fn each(mut self, change: impl Fn(&mut Observation)) -> Self {
        self.observed.answers.iter_mut().for_each(change);
        self
    }

    /// As [`World::each`], at one address alone.
    pub(super) fn at(self, address: &str, change: impl Fn(&mut Observation)) -> Self {
        let address = ip(address);
        self.each(|observation| {
            if observation.address == address {
                change(observation);
            }
        })
    }

    pub(super) fn report(&self) -> Report {
        judge(&Evidence {
            subject: &self.subject,
            observed: &self.observed,
            asn: self.asn.as_ref(),
            signatures: &Nothing,
        })
    }

    /// Which faults are found, each once, in order, but for what is only
    /// good to know.
    pub(super) fn faults(&self) -> Vec<&'static str> {
        let mut codes: Vec<&'static str> = Vec::new();
        for finding in self.report().findings() {
            let code = finding.fault.code();
            if finding.fault.severity() > Severity::Info && !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }
}

/// All that a server is asked, and what it answers with these records.
fn said(server: &Name, address: IpAddr, zone: &[Record]) -> Vec<Observation> {
    let (apex, inside) = (name("isle."), name("ns1.isle."));
    let asked = |transport, edns, question: Question| {
        let recursion = question.recursion_desired;
        let records = zone.iter().filter(|it| {
            let is_signature = it.rtype == Rtype::RRSIG
                && it.data.as_wire()[..2] == question.rtype.to_int().to_be_bytes();
            it.owner == question.name && (it.rtype == question.rtype || (edns && is_signature))
        });
        Observation {
            time: NOW,
            server: server.clone(),
            address,
            transport,
            edns,
            outcome: Ok(Answer {
                rcode: if recursion { 5 } else { 0 },
                authoritative: !recursion,
                records: records.cloned().collect(),
                ..Answer::default()
            }),
            question,
        }
    };
    let soa = || Question::new(&apex, Rtype::SOA);
    let mut observations = [
        asked(Transport::Udp, false, soa()),
        asked(Transport::Udp, true, soa()),
        asked(Transport::Tcp, true, soa()),
    ]
    .to_vec();
    for (name, rtype) in [
        (&apex, Rtype::NS),
        (&apex, Rtype::DNSKEY),
        (&inside, Rtype::A),
        (&inside, Rtype::AAAA),
    ] {
        observations.push(asked(Transport::Udp, true, Question::new(name, rtype)));
    }
    let outside = Question {
        recursion_desired: true,
        ..Question::new(&name("www.iana.org."), Rtype::A)
    };
    observations.push(asked(Transport::Udp, false, outside));
    observations
}

fn lookup(records: &[Record], rtype: Rtype) -> Lookup {
    let found = records.iter().filter(|it| it.rtype == rtype);
    Lookup {
        time: NOW,
        resolver: Some("127.0.0.1:53".parse().unwrap()),
        host: name("ns2.harbour."),
        rtype,
        outcome: Ok(Found {
            addresses: found.filter_map(|it| address(rtype, &it.data)).collect(),
            is_alias: false,
        }),
    }
}

/// The answer in an observation, where there is one.
pub(super) fn answer(observation: &mut Observation) -> &mut Answer {
    observation.outcome.as_mut().unwrap()
}

/// The change by which whoever asks so hears nothing.
pub(super) fn silent(
    silence: Silence,
    which: impl Fn(&Observation) -> bool,
) -> impl Fn(&mut Observation) {
    move |observation| {
        if which(observation) {
            observation.outcome = Err(silence);
        }
    }
}

/// Whether this type is asked for.
pub(super) fn asks(rtype: Rtype) -> impl Fn(&Observation) -> bool {
    move |observation| observation.question.rtype == rtype
}

/// The change of all records of a type in answers.
pub(super) fn records_become(rtype: Rtype, text: &'static str) -> impl Fn(&mut Observation) {
    move |observation| {
        if observation.question.rtype == rtype && !observation.question.recursion_desired {
            answer(observation).records = records(text);
        }
    }
}

/// A signed zone, and what signs it.
pub(super) struct Zone {
    pub(super) records: Vec<Record>,
    pub(super) key: Rdata,
    secret: SigningKey,
}

impl Zone {
    pub(super) fn signed() -> Self {
        Self::with_key(257, 3)
    }

    /// Signed by one key with these flags and this protocol.
    pub(super) fn with_key(flags: u16, protocol: u8) -> Self {
        let hour = i64::from(HOUR);
        Self::with(&format!("{flags} {protocol} 15"), -hour, hour)
    }

    /// Signed from and until so many seconds from now.
    pub(super) fn valid(from: i64, until: i64) -> Self {
        Self::with("257 3 15", from, until)
    }

    fn with(head: &str, from: i64, until: i64) -> Self {
        let secret = SigningKey::from_bytes(&[7; 32]);
        let public = BASE64.encode(secret.verifying_key().as_bytes());
        let key = Rdata::from_text(Rtype::DNSKEY, &format!("{head} {public}")).unwrap();
        let mut zone = Self {
            records: records(ZONE),
            key: key.clone(),
            secret,
        };
        zone.records.push(Record {
            owner: name("isle."),
            rtype: Rtype::DNSKEY,
            ttl: HOUR,
            data: key,
        });
        for rtype in [Rtype::SOA, Rtype::NS, Rtype::DNSKEY] {
            let signature = zone.signature(rtype, from, until);
            zone.records.push(signature);
        }
        zone
    }

    fn signature(&self, rtype: Rtype, from: i64, until: i64) -> Record {
        let at = |offset: i64| u32::try_from(NOW.0.checked_add_signed(offset).unwrap()).unwrap();
        let tag = ZoneKey::parse(&self.key).unwrap().tag();
        let head = [
            &rtype.to_int().to_be_bytes()[..],
            &[15, 1],
            &HOUR.to_be_bytes(),
            &at(until).to_be_bytes(),
            &at(from).to_be_bytes(),
            &tag.to_be_bytes(),
            name("isle.").as_wire(),
        ]
        .concat();
        let mut message = head.clone();
        let set: BTreeSet<&Rdata> = self.data(rtype).collect();
        for data in set {
            compose_record(&mut message, &name("isle."), rtype, HOUR, data);
        }
        let signature = self.secret.sign(&message).to_bytes();
        Record {
            owner: name("isle."),
            rtype: Rtype::RRSIG,
            ttl: HOUR,
            data: Rdata::from_wire(Rtype::RRSIG, &[head, signature.to_vec()].concat()).unwrap(),
        }
    }

    fn data(&self, rtype: Rtype) -> impl Iterator<Item = &Rdata> {
        let records = self.records.iter();
        let records = records.filter(move |it| it.owner == name("isle.") && it.rtype == rtype);
        records.map(|it| &it.data)
    }

    /// The DS record that names the key.
    pub(super) fn ds(&self) -> Rdata {
        use sha2::Digest as _;
        let key = ZoneKey::parse(&self.key).unwrap();
        let digest = sha2::Sha256::new()
            .chain_update(name("isle.").as_wire())
            .chain_update(self.key.as_wire());
        let digest = data_encoding::HEXUPPER.encode(&digest.finalize());
        ds(&format!("{} 15 2 {digest}", key.tag()))
    }

    /// The delegation of this zone.
    pub(super) fn delegated(&self) -> World {
        let mut world = World::with_zone(&self.records);
        world.subject.ds = BTreeSet::from([self.ds()]);
        world
    }
}

pub(super) fn ds(text: &str) -> Rdata {
    Rdata::from_text(Rtype::DS, text).unwrap()
}

/// A table: what is planted, and which faults are found.
pub(super) type Table<'a> = &'a [(&'a str, fn() -> World, &'a [&'a str])];

pub(super) fn check(table: Table<'_>) {
    let mut wrong = String::new();
    for (what, world, expected) in table {
        let found = world().faults();
        if found != *expected {
            wrong += &format!("{what}: found {found:?}, expected {expected:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
