//! What was asked of whom, and what came back: all that the checks know of
//! the world.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

pub use super::subject::Transport;
use super::subject::{Subject, address};
use crate::basic::Time;
use crate::zone::{Name, Rdata, Record, Rtype};

/// Everything that was observed. The order does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations {
    /// When the first question was asked.
    pub begun: Time,
    /// What resolvers said of the name servers' addresses.
    pub lookups: Vec<Lookup>,
    /// What the name servers themselves said.
    pub answers: Vec<Observation>,
    /// Addresses that were not asked, because there are too many.
    pub not_asked: BTreeSet<(Name, IpAddr)>,
}

/// A question. Class IN always.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// The type.
    pub rtype: Rtype,
    /// Whether others shall be asked for it (the RD bit).
    pub recursion_desired: bool,
}

impl Question {
    /// A question that only a server with authority shall answer.
    pub fn new(name: &Name, rtype: Rtype) -> Self {
        Self {
            name: name.clone(),
            rtype,
            recursion_desired: false,
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rtype)
    }
}

/// One question to one address of a name server, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When it came, or was given up.
    pub time: Time,
    /// The name server.
    pub server: Name,
    /// The address that was asked.
    pub address: IpAddr,
    /// By which way.
    pub transport: Transport,
    /// Whether the question had EDNS, with the DO bit.
    pub edns: bool,
    /// The question.
    pub question: Question,
    /// The answer, or why there is none.
    pub outcome: Result<Answer, Silence>,
}

/// An answer, as far as the checks look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The response code (RFC 1035 §4.1.1), with EDNS's upper bits.
    pub rcode: u16,
    /// The AA bit.
    pub authoritative: bool,
    /// The TC bit.
    pub truncated: bool,
    /// The RA bit.
    pub recursion_available: bool,
    /// Where it came from, if not from where the question went.
    pub elsewhere: Option<SocketAddr>,
    /// Its answer section.
    pub records: Vec<Record>,
}

/// NOERROR.
pub const NOERROR: u16 = 0;
/// NXDOMAIN.
pub const NXDOMAIN: u16 = 3;

impl Answer {
    /// The data of the records of this owner and type.
    pub fn data(&self, owner: &Name, rtype: Rtype) -> BTreeSet<Rdata> {
        let records = self.records.iter();
        let records = records.filter(|it| it.owner == *owner && it.rtype == rtype);
        records.map(|record| record.data.clone()).collect()
    }

    /// Whether a server with authority gave it in full, be it that there is
    /// nothing.
    pub fn is_good(&self) -> bool {
        matches!(self.rcode, NOERROR | NXDOMAIN) && self.authoritative && !self.truncated
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing came in time.
    Timeout,
    /// The connection was refused, or broke.
    Connection,
    /// This machine has no way to addresses of this kind.
    NoWay,
    /// What came is no answer to the question.
    Malformed,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "nothing came in time",
            Self::Connection => "the connection was refused or broke",
            Self::NoWay => "this machine has no way to addresses of this kind",
            Self::Malformed => "what came is no answer to the question",
        })
    }
}

/// What a resolver said of one host's addresses of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// When.
    pub time: Time,
    /// The resolver, where it was not the operator who said it.
    pub resolver: Option<SocketAddr>,
    /// The host.
    pub host: Name,
    /// A or AAAA.
    pub rtype: Rtype,
    /// What it said.
    pub outcome: Result<Found, LookupFailure>,
}

/// What a resolver found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The addresses.
    pub addresses: BTreeSet<IpAddr>,
    /// Whether the host's name is an alias (CNAME, DNAME).
    pub is_alias: bool,
}

/// Why a resolver found nothing out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupFailure {
    /// It did not answer.
    Silence(Silence),
    /// It failed itself, with this response code.
    Rcode(u16),
}

impl fmt::Display for LookupFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence(silence) => silence.fmt(f),
            Self::Rcode(rcode) => fmt::Display::fmt(&RcodeText(*rcode), f),
        }
    }
}

/// A response code as people know it.
pub(super) struct RcodeText(pub(super) u16);

impl fmt::Display for RcodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
        ];
        match names.get(usize::from(self.0)) {
            Some(name) => f.write_str(name),
            None => write!(f, "response code {}", self.0),
        }
    }
}

/// Which addresses a delegation's name servers have: its glue, and what
/// lookups found.
pub fn addresses(subject: &Subject, lookups: &[Lookup]) -> BTreeMap<Name, BTreeSet<IpAddr>> {
    let mut found: BTreeMap<Name, BTreeSet<IpAddr>> = BTreeMap::new();
    for host in &subject.ns {
        let glue = subject.glue.get(host).into_iter().flatten();
        let looked_up = lookups.iter().filter(|lookup| lookup.host == *host);
        let looked_up = looked_up.filter_map(|lookup| lookup.outcome.as_ref().ok());
        let looked_up = looked_up.flat_map(|found| &found.addresses);
        found.insert(host.clone(), glue.chain(looked_up).copied().collect());
    }
    found
}

/// The addresses among the records of this owner in an answer.
pub(super) fn addresses_in(answer: &Answer, host: &Name, rtype: Rtype) -> BTreeSet<IpAddr> {
    let data = answer.data(host, rtype);
    data.iter()
        .filter_map(|data| address(rtype, data))
        .collect()
}
