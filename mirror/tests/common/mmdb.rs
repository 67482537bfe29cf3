//! A writer of databases in MaxMind's format, version 2.0, as its specification
//! has them: a tree of 24-bit records over IPv6, IPv4 below `::/96`, sixteen zero
//! octets, data without pointers, and metadata after its marker.

use std::net::IpAddr;

/// A value of a record.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    U16(u16),
    U32(u32),
    U64(u64),
    Map(Vec<(String, Value)>),
    /// As coordinates are in databases of cities.
    Double(f64),
    Array(Vec<Value>),
}

/// A text.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A map of these.
pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let entries = entries.map(|(key, value)| (key.to_owned(), value));
    Value::Map(entries.into())
}

/// The database of these networks, `192.0.2.0/24` and the like, with their
/// records. Of two that overlap the later counts.
pub(crate) fn database(records: &[(&str, Value)]) -> Vec<u8> {
    let mut tree = Tree(vec![[None, None]]);
    let mut data = Vec::new();
    for (network, record) in records {
        tree.insert(&bits(network), data.len());
        write(record, &mut data);
    }
    let nodes = tree.0.len();
    let mut octets = Vec::new();
    for child in tree.0.iter().flatten() {
        let pointer = match child {
            None => nodes,
            Some(Child::Node(node)) => *node,
            Some(Child::Data(offset)) => nodes + 16 + offset,
        };
        octets.extend(&u32::try_from(pointer).unwrap().to_be_bytes()[1..]);
    }
    octets.extend([0; 16]);
    octets.extend(data);
    octets.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = map([
        ("binary_format_major_version", Value::U16(2)),
        ("binary_format_minor_version", Value::U16(0)),
        ("build_epoch", Value::U64(1_700_000_000)),
        ("database_type", text("Test")),
        ("description", map([("en", text("A test"))])),
        ("ip_version", Value::U16(6)),
        ("languages", Value::Array(vec![text("en")])),
        ("node_count", Value::U32(u32::try_from(nodes).unwrap())),
        ("record_size", Value::U16(24)),
    ]);
    write(&metadata, &mut octets);
    octets
}

/// The bits of a network as the tree has them.
fn bits(network: &str) -> Vec<bool> {
    let (address, length) = network.split_once('/').unwrap();
    let length: usize = length.parse().unwrap();
    let (number, length) = match address.parse().unwrap() {
        IpAddr::V4(address) => (u128::from(address.to_bits()), length + 96),
        IpAddr::V6(address) => (address.to_bits(), length),
    };
    let bit = |at: usize| number >> (127 - at) & 1 == 1;
    (0..length).map(bit).collect()
}

#[derive(Clone, Copy)]
enum Child {
    Node(usize),
    Data(usize),
}

struct Tree(Vec<[Option<Child>; 2]>);

impl Tree {
    fn insert(&mut self, bits: &[bool], data: usize) {
        let (last, way) = bits.split_last().unwrap();
        let mut node = 0;
        for bit in way {
            let next = self.0.len();
            let inherited = match self.0[node][usize::from(*bit)] {
                Some(Child::Node(next)) => {
                    node = next;
                    continue;
                }
                other => other,
            };
            self.0[node][usize::from(*bit)] = Some(Child::Node(next));
            self.0.push([inherited, inherited]);
            node = next;
        }
        self.0[node][usize::from(*last)] = Some(Child::Data(data));
    }
}

fn write(value: &Value, octets: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            control(2, text.len(), octets);
            octets.extend(text.as_bytes());
        }
        Value::U16(number) => {
            control(5, 2, octets);
            octets.extend(number.to_be_bytes());
        }
        Value::U64(number) => {
            // Of an extended type: 9, less 7.
            octets.extend([8, 2]);
            octets.extend(number.to_be_bytes());
        }
        Value::U32(number) => {
            control(6, 4, octets);
            octets.extend(number.to_be_bytes());
        }
        Value::Map(entries) => {
            control(7, entries.len(), octets);
            for (key, value) in entries {
                write(&Value::Text(key.clone()), octets);
                write(value, octets);
            }
        }
        Value::Double(number) => {
            control(3, 8, octets);
            octets.extend(number.to_be_bytes());
        }
        Value::Array(items) => {
            // Of an extended type: 11, less 7.
            octets.extend([u8::try_from(items.len()).unwrap(), 4]);
            for item in items {
                write(item, octets);
            }
        }
    }
}

fn control(kind: u8, size: usize, octets: &mut Vec<u8>) {
    match u8::try_from(size).unwrap() {
        size @ 0..29 => octets.push(kind << 5 | size),
        size => octets.extend([kind << 5 | 29, size - 29]),
    }
}
