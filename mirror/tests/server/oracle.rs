//! What may be answered to any octets at all, worked out from the octets and
//! the RFCs alone: with none of the server's code and none of its library's.
//! Whether an answer's records are the right ones, other tests say.

use std::collections::BTreeSet;

use comity_core::limits;

/// Octets of a header (RFC 1035 §4.1.1).
pub(crate) const HEADER: usize = 12;

const NOERROR: u16 = 0;
const FORMERR: u16 = 1;
const NXDOMAIN: u16 = 3;
const NOTIMP: u16 = 4;
const REFUSED: u16 = 5;
const YXDOMAIN: u16 = 6;
const NOTAUTH: u16 = 9;
const BADVERS: u16 = 16;

const SOA: u16 = 6;
const OPT: u16 = 41;
const IXFR: u16 = 251;
const AXFR: u16 = 252;

/// The zone that is asked for.
pub(crate) struct Served<'z> {
    /// Its name in wire form.
    pub(crate) origin: &'z [u8],
    pub(crate) serial: u32,
    /// Records of a whole transfer.
    pub(crate) transferred: usize,
}

/// What may come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Permitted {
    /// Nothing at all.
    Nothing,
    /// A response with one of these codes, as far as it is about a question.
    Response(BTreeSet<u16>, Option<Asked>),
    /// The whole zone.
    Transfer(Asked),
}

/// What a response repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Name, type and class, uncompressed.
    question: Vec<u8>,
    edns: Option<Edns>,
    /// It is well-formed only if one is lenient; an error is as good.
    is_doubtful: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edns {
    version: u8,
    octets_max: u16,
    dnssec_ok: bool,
}

/// Owner, type, class, TTL and data.
type Record<'m> = (Vec<u8>, u16, u16, [u8; 4], Reader<'m>);

/// Octets that are read from the front.
#[derive(Clone, Copy)]
struct Reader<'m> {
    message: &'m [u8],
    at: usize,
    is_doubtful: bool,
}

impl<'m> Reader<'m> {
    fn octets(&mut self, count: usize) -> Option<&'m [u8]> {
        let octets = self.message.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(octets)
    }

    fn number(&mut self) -> Option<u16> {
        let octets = self.octets(2)?;
        Some(u16::from_be_bytes([octets[0], octets[1]]))
    }

    /// A name as it was sent.
    fn name(&mut self) -> Option<Vec<u8>> {
        let (mut name, mut at, mut end) = (Vec::new(), self.at, None);
        loop {
            let length = *self.message.get(at)?;
            match length {
                0..=63 => {
                    let label = self.message.get(at..=at + usize::from(length))?;
                    name.extend(label);
                    at += label.len();
                    if name.len() > 255 {
                        return None;
                    }
                    if length == 0 {
                        self.at = end.unwrap_or(at);
                        return Some(name);
                    }
                }
                // RFC 1035 §4.1.4: to a prior occurrence of a name. The header
                // has none.
                192.. => {
                    let low = usize::from(*self.message.get(at + 1)?);
                    let target = usize::from(length & 63) << 8 | low;
                    end = end.or(Some(at + 2));
                    if !(HEADER..at).contains(&target) {
                        return None;
                    }
                    at = target;
                }
                _ => return None,
            }
        }
    }

    /// The owner of a record. It need not be followed where it says nothing to
    /// the server: then it is only doubtful.
    fn owner(&mut self) -> Option<Vec<u8>> {
        let from = self.at;
        if let Some(name) = self.name() {
            return Some(name);
        }
        self.is_doubtful = true;
        self.at = from;
        loop {
            match self.octets(1)?[0] {
                0 => return Some(Vec::new()),
                length @ 1..=63 => drop(self.octets(length.into())?),
                192.. => return self.octets(1).map(|_| Vec::new()),
                _ => return None,
            }
        }
    }

    /// A record, its data as a reader.
    fn record(&mut self) -> Option<Record<'m>> {
        let owner = self.owner()?;
        let (rtype, class) = (self.number()?, self.number()?);
        let ttl = self.octets(4)?.try_into().ok()?;
        let length = usize::from(self.number()?);
        let data = Reader {
            message: self.message.get(..self.at.checked_add(length)?)?,
            ..*self
        };
        self.at += length;
        Some((owner, rtype, class, ttl, data))
    }
}

/// What may be answered to this message.
pub(crate) fn permitted(message: &[u8], is_udp: bool, zone: &Served<'_>) -> Permitted {
    // A response is never answered, nor what has no whole header.
    if message.len() < HEADER || message[2] & 0x80 != 0 {
        return Permitted::Nothing;
    }
    let code = |codes: &[u16], asked| Permitted::Response(codes.iter().copied().collect(), asked);
    let opcode = message[2] >> 3 & 15;
    if !matches!(opcode, 0 | 4) {
        return code(&[NOTIMP], None);
    }
    let Some(Read { asked, serial }) = read(message, opcode) else {
        return code(&[FORMERR], None);
    };
    let is_doubtful = asked.is_doubtful;
    let outcome = judge(asked, serial, opcode, is_udp, zone);
    match outcome {
        // The question may be taken for malformed: then it is not repeated.
        Permitted::Response(mut codes, asked) if is_doubtful => {
            codes.insert(FORMERR);
            Permitted::Response(codes, asked)
        }
        outcome => outcome,
    }
}

/// A well-formed request is refused, or answered.
fn judge(
    asked: Asked,
    serial: Option<u32>,
    opcode: u8,
    is_udp: bool,
    zone: &Served<'_>,
) -> Permitted {
    let tail = asked.question.len() - 4;
    let name = asked.question[..tail].to_ascii_lowercase();
    let number = |at: usize| u16::from_be_bytes([asked.question[at], asked.question[at + 1]]);
    let (rtype, class) = (number(tail), number(tail + 2));
    // RFC 1982 §3.2, for serials that can be compared.
    let is_newer = |theirs: u32| {
        let ahead = theirs.wrapping_sub(zone.serial);
        ahead < 0x8000_0000
    };
    let is_incomparable =
        serial.is_some_and(|theirs| theirs.wrapping_sub(zone.serial) == 0x8000_0000);
    let codes: &[u16] = if asked.edns.is_some_and(|edns| edns.version != 0) {
        &[BADVERS]
    } else if opcode == 4 || class != 1 {
        &[REFUSED]
    } else {
        match rtype {
            // Not types that one may ask for (RFC 6895 §3.1).
            OPT | 249 | 250 => &[FORMERR],
            253 | 254 => &[NOTIMP],
            AXFR | IXFR if name != zone.origin => &[NOTAUTH],
            AXFR if is_udp => &[REFUSED],
            IXFR if is_udp => &[NOERROR],
            IXFR if serial.is_some_and(is_newer) && !is_incomparable => &[NOERROR],
            AXFR | IXFR => return Permitted::Transfer(asked),
            _ if !name.ends_with(zone.origin) => &[REFUSED],
            _ => &[NOERROR, NXDOMAIN, YXDOMAIN],
        }
    };
    // What only looks like the end of a name is not below it.
    let mut codes: BTreeSet<u16> = codes.iter().copied().collect();
    if codes.contains(&NXDOMAIN) && !is_below(&name, zone.origin) {
        codes = [REFUSED].into();
    }
    Permitted::Response(codes, Some(asked))
}

fn is_below(name: &[u8], origin: &[u8]) -> bool {
    let mut at = 0;
    while let Some(length) = name.get(at) {
        if name[at..] == *origin {
            return true;
        }
        at += 1 + usize::from(*length);
    }
    false
}

struct Read {
    asked: Asked,
    serial: Option<u32>,
}

/// A request that keeps the form; none where it does not.
fn read(message: &[u8], opcode: u8) -> Option<Read> {
    let mut reader = Reader {
        message,
        at: 4,
        is_doubtful: false,
    };
    let counts: Vec<u16> = (0..4).map_while(|_| reader.number()).collect();
    let [1, answers, authority, additional] = counts[..] else {
        return None;
    };
    let mut question = reader.name()?;
    // There is no name before it to point to.
    if reader.at != HEADER + question.len() {
        return None;
    }
    let rtype = reader.number()?;
    let class = reader.number()?;
    question.extend(rtype.to_be_bytes());
    question.extend(class.to_be_bytes());
    let is_ixfr = opcode == 0 && rtype == IXFR;
    if opcode == 0 && (answers != 0 || (authority != 0) != is_ixfr) {
        return None;
    }
    for _ in 0..answers {
        reader.record()?;
    }
    let mut serial = None;
    for number in 0..authority {
        let (owner, rtype, _, _, data) = reader.record()?;
        if is_ixfr {
            let name = &question[..question.len() - 4];
            let is_soa = rtype == SOA && owner.eq_ignore_ascii_case(name) && number == 0;
            let (theirs, is_doubtful) = soa_serial(data).filter(|_| is_soa)?;
            serial = Some(theirs);
            reader.is_doubtful |= is_doubtful;
        }
    }
    let mut edns = None;
    for _ in 0..additional {
        let (owner, rtype, class, ttl, data) = reader.record()?;
        if rtype == OPT {
            if edns.is_some() || owner != [0] || !are_options(data) {
                return None;
            }
            edns = Some(Edns {
                version: ttl[1],
                octets_max: class,
                dnssec_ok: ttl[2] & 0x80 != 0,
            });
        }
    }
    let asked = Asked {
        question,
        edns,
        is_doubtful: reader.is_doubtful,
    };
    (reader.at == message.len()).then_some(Read { asked, serial })
}

/// The serial, and whether the names before it are doubtful.
fn soa_serial(mut data: Reader<'_>) -> Option<(u32, bool)> {
    data.name()?;
    data.name()?;
    let numbers: [u8; 20] = data.octets(20)?.try_into().ok()?;
    let serial = u32::from_be_bytes([numbers[0], numbers[1], numbers[2], numbers[3]]);
    (data.at == data.message.len()).then_some((serial, data.is_doubtful))
}

/// Whether options fill the OPT record's data (RFC 6891 §6.1.2).
fn are_options(mut data: Reader<'_>) -> bool {
    while data.at < data.message.len() {
        let is_whole = data.octets(2).is_some()
            && data
                .number()
                .is_some_and(|length| data.octets(usize::from(length)).is_some());
        if !is_whole {
            return false;
        }
    }
    true
}

/// What a response says of itself, where it is well-formed to its last octet.
pub(crate) struct Response {
    pub(crate) code: u16,
    pub(crate) is_truncated: bool,
    /// Records of answer and authority.
    pub(crate) counts: [u16; 2],
}

/// Checks a response; says what is wrong with it.
pub(crate) fn check(
    request: &[u8],
    response: &[u8],
    is_udp: bool,
    permitted: &Permitted,
    zone: &Served<'_>,
) -> Result<Response, String> {
    let (codes, asked) = match permitted {
        Permitted::Nothing => return Err("nothing may be answered".into()),
        Permitted::Response(codes, asked) => (codes.clone(), asked.as_ref()),
        Permitted::Transfer(asked) => ([NOERROR].into(), Some(asked)),
    };
    if response.len() < HEADER {
        return Err("less than a header".into());
    }
    if request[..2] != response[..2] {
        return Err("another ID".into());
    }
    // QR is set, opcode and RD are repeated.
    let repeated = request[2] & 0b0111_1001 | 0x80;
    if response[2] & 0b1111_1001 != repeated || response[3] & 0xf0 != 0 {
        return Err("flags".into());
    }
    let (opt, counts) = read_response(response).ok_or("not well-formed")?;
    let high = opt.map_or(0, |opt| u16::from(opt.ttl[0]) << 4);
    let code = high | u16::from(response[3] & 15);
    if !codes.contains(&code) {
        return Err(format!("code {code}"));
    }
    let is_bare = response[4..12] == [0; 8];
    match asked {
        Some(asked) if asked.is_doubtful && code == FORMERR && is_bare => {}
        Some(asked) => check_repeated(asked, response, opt)?,
        None if is_bare && response.len() == HEADER => {}
        None => return Err("more than a header".into()),
    }
    let is_truncated = response[2] & 2 != 0;
    let edns = asked.and_then(|asked| asked.edns);
    let octets_max = match (is_udp, edns) {
        (false, _) => 65_535,
        (true, None) => 512,
        (true, Some(edns)) => edns.octets_max.clamp(512, limits::UDP_OCTETS_MAX),
    };
    if response.len() > usize::from(octets_max) || (is_truncated && !is_udp) {
        return Err(format!("{} octets", response.len()));
    }
    let is_whole = usize::from(counts[0]) == zone.transferred;
    if matches!(permitted, Permitted::Transfer(_)) && !is_whole {
        return Err(format!("{counts:?} records transferred"));
    }
    Ok(Response {
        code,
        is_truncated,
        counts,
    })
}

/// The question as it was asked, and an OPT record where there was one.
fn check_repeated(asked: &Asked, response: &[u8], opt: Option<Opt>) -> Result<(), String> {
    if !response[HEADER..].starts_with(&asked.question) {
        return Err("another question".into());
    }
    let said = opt.map(|opt| (opt.class, opt.ttl[1], opt.ttl[2] & 0x80 != 0));
    let expected = asked
        .edns
        .map(|edns| (limits::UDP_OCTETS_MAX, 0, edns.dnssec_ok));
    if said != expected {
        return Err(format!("OPT {said:?}, not {expected:?}"));
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Opt {
    class: u16,
    ttl: [u8; 4],
}

/// The OPT record and the counts of answer and authority.
fn read_response(message: &[u8]) -> Option<(Option<Opt>, [u16; 2])> {
    let mut reader = Reader {
        message,
        at: 4,
        is_doubtful: false,
    };
    let [questions, answers, authority, additional] = [
        reader.number()?,
        reader.number()?,
        reader.number()?,
        reader.number()?,
    ];
    for _ in 0..questions {
        reader.name()?;
        reader.octets(4)?;
    }
    for _ in 0..u32::from(answers) + u32::from(authority) {
        reader.record()?;
    }
    let mut opt = None;
    for _ in 0..additional {
        let (owner, rtype, class, ttl, data) = reader.record()?;
        if rtype == OPT && (opt.is_some() || owner != [0] || !are_options(data)) {
            return None;
        }
        if rtype == OPT {
            opt = Some(Opt { class, ttl });
        }
    }
    let is_whole = reader.at == message.len() && !reader.is_doubtful;
    is_whole.then_some((opt, [answers, authority]))
}
