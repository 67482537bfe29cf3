//! Requests of every kind, and what becomes of them when they are damaged in
//! every way that comes to mind. From a seed, so that each run is the same.

/// Numbers that are the same in each run of one seed (Knuth, MMIX).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn octet(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    fn of<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        &choices[self.below(choices.len())]
    }
}

const NAMES: [&str; 19] = [
    "example",
    "eXaMpLe",
    "",
    "elsewhere",
    "xexample",
    "web.example",
    "www.example",
    "loop-a.example",
    "dangling.example",
    "down.example",
    "c.example",
    "q.wild.example",
    "*.wild.example",
    "q.alias.example",
    "q.old.example",
    "child.example",
    "www.child.example",
    "nowhere.example",
    "ns.sibling.example",
];
/// A, NS, CNAME, SOA, MX, TXT, AAAA, OPT, DS, RRSIG, NSEC, DNSKEY, ZONEMD,
/// TKEY, TSIG, IXFR, AXFR, MAILB, MAILA, ANY, and the extremes.
const TYPES: [u16; 23] = [
    1, 2, 5, 6, 15, 16, 28, 41, 43, 46, 47, 48, 63, 249, 250, 251, 252, 253, 254, 255, 0, 65_535,
    65_280,
];
const CLASSES: [u16; 6] = [1, 1, 1, 3, 255, 0];
const SIZES: [u16; 7] = [0, 511, 512, 1232, 1400, 4096, 65_535];

/// A well-formed request, or one that only a careful reader refuses.
pub(crate) fn request(random: &mut Random) -> Vec<u8> {
    let name = wire(NAMES[random.below(NAMES.len())]);
    let rtype = *random.of(&TYPES);
    let class = *random.of(&CLASSES);
    // QUERY, NOTIFY, UPDATE and what there is not.
    let opcode = *random.of(&[0, 0, 0, 0, 0, 0, 4, 5, 2, 15]);
    let flags = random.octet();
    let mut message = vec![0, 0, opcode << 3 | flags & 0b111, random.octet()];
    let authority = match (rtype, opcode) {
        (251, 0) => vec![soa(random, &name)],
        (_, 5) => vec![record(&name, 1, &[192, 0, 2, 1])],
        _ => Vec::new(),
    };
    let answers = match opcode {
        4 => vec![soa(random, &name)],
        _ => Vec::new(),
    };
    let additional = additional(random);
    for count in [1, answers.len(), authority.len(), additional.len()] {
        message.extend(u16::try_from(count).unwrap().to_be_bytes());
    }
    message.extend(&name);
    message.extend(rtype.to_be_bytes());
    message.extend(class.to_be_bytes());
    for record in [answers, authority, additional].concat() {
        message.extend(record);
    }
    message
}

fn wire(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    let mut wire: Vec<u8> = labels
        .flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat())
        .collect();
    wire.push(0);
    wire
}

fn record(owner: &[u8], rtype: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let (rtype, length) = (rtype.to_be_bytes(), length.to_be_bytes());
    [owner, &rtype, &[0, 1], &[0, 0, 14, 16], &length, data].concat()
}

/// An SOA record, its owner compressed now and then.
fn soa(random: &mut Random, name: &[u8]) -> Vec<u8> {
    let pointer: &[u8] = &[0xc0, 12];
    let owner = *random.of(&[name, pointer]);
    let serial = [
        random.octet(),
        random.octet(),
        random.octet(),
        random.octet(),
    ];
    let data = [&[0, 0], &serial[..], &[0; 16]].concat();
    record(owner, 6, &data)
}

/// OPT with options, cookies among them, and TSIG.
fn additional(random: &mut Random) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    if random.below(3) > 0 {
        let version = *random.of(&[0, 0, 0, 0, 0, 1, 255]);
        let dnssec_ok = *random.of(&[0, 0x80]);
        let cookie = [&[0, 10, 0, 8], &[7; 8][..]].concat();
        let keepalive = vec![0, 11, 0, 0];
        let padding = [&[0, 12, 0, 64], &[0; 64][..]].concat();
        let options = [Vec::new(), cookie, keepalive, padding];
        let data = [random.of(&options).clone(), random.of(&options).clone()].concat();
        let size = random.of(&SIZES).to_be_bytes();
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let head = [0, 0, 41, size[0], size[1], 0, version, dnssec_ok, 0];
        records.push([&head[..], &length, &data].concat());
    }
    if random.below(12) == 0 {
        let algorithm = wire("hmac-sha256");
        let rest = [
            &[0, 0, 101, 0, 0, 0, 1, 44, 0, 32],
            &[9; 32][..],
            &[0, 0, 0, 0, 0, 0],
        ];
        let tsig = [algorithm, rest.concat()].concat();
        records.push(record(&wire("key.example"), 250, &tsig));
    }
    if random.below(20) == 0 {
        records.extend(records.clone());
    }
    records
}

/// Octets of a message, one in three as they should be.
pub(crate) fn message(random: &mut Random) -> Vec<u8> {
    let mut octets = request(random);
    for _ in 0..*random.of(&[0, 0, 1, 1, 2, 5]) {
        damage(random, &mut octets);
    }
    octets
}

fn damage(random: &mut Random, octets: &mut Vec<u8>) {
    let at = random.below(octets.len().max(1));
    let octet = random.octet();
    match random.below(12) {
        0 => octets.truncate(at),
        1 => octets.extend((0..random.below(40)).map(|_| octet)),
        2 | 3 => set(octets, at, |old| old ^ 1 << (octet & 7)),
        4 => set(octets, at, |_| octet),
        // Counts that lie.
        5 => set(octets, 4 + random.below(8), |_| octet),
        6 => set(octets, 5 + 2 * random.below(4), |_| octet & 3),
        // Pointers: forward, backward, to themselves, round in a ring.
        7 | 8 => {
            let target = *random.of(&[0, 4, 12, 13, at, at + 1, at + 2, 300]);
            set(octets, at, |_| 0xc0);
            set(octets, at + 1, |_| u8::try_from(target & 255).unwrap());
        }
        // Somebody else's end.
        9 => {
            let other = request(random);
            octets.truncate(at);
            octets.extend(&other[random.below(other.len())..]);
        }
        // A response.
        10 => set(octets, 2, |old| old | 0x80),
        _ => *octets = (0..random.below(600)).map(|_| random.octet()).collect(),
    }
}

fn set(octets: &mut [u8], at: usize, value: impl Fn(u8) -> u8) {
    if let Some(octet) = octets.get_mut(at) {
        *octet = value(*octet);
    }
}
