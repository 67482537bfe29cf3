//! Contents as a blob: their records one after the other in canonical order
//! (RFC 4034 §6), each as RFC 8976 §3.3.1 has it: owner, type, class, TTL,
//! length, data, with nothing compressed. One octet string for each contents.

use alloc::vec::Vec;

use super::{Contents, Name, Rdata, Record, Rtype, SetKey, ZoneRefusal, name_length};

/// Class IN (RFC 1035 §3.2.4).
const CLASS_IN: u16 = 1;

impl Contents {
    /// The contents that `octets` are. Accepts only what
    /// [`Contents::to_wire`] makes.
    ///
    /// # Errors
    /// Where a record is not canonical, out of order, double, or breaks a
    /// structural rule.
    pub fn from_wire(origin: &Name, octets: &[u8]) -> Result<Self, ZoneRefusal> {
        let mut records: Vec<Record> = Vec::new();
        let mut rest = octets;
        while !rest.is_empty() {
            let offset = octets.len() - rest.len();
            let (record, after) = split_record(rest).ok_or(ZoneRefusal::BadWire { offset })?;
            if let Some(last) = records.last() {
                check_order(last, &record)?;
            }
            records.push(record);
            rest = after;
        }
        Self::build(origin, records)
    }

    /// The contents as octets, which a digest names.
    pub fn to_wire(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for (owner, rtype, set) in self.set_refs() {
            for data in &set.data {
                compose_record(&mut octets, owner, rtype, set.ttl, data);
            }
        }
        octets
    }
}

/// Appends a record in canonical wire form.
pub(crate) fn compose_record(
    octets: &mut Vec<u8>,
    owner: &Name,
    rtype: Rtype,
    ttl: u32,
    data: &Rdata,
) {
    let wire = data.as_wire();
    // Rdata is at most 65,535 octets by construction.
    let length = u16::try_from(wire.len()).unwrap_or(u16::MAX);
    octets.extend_from_slice(owner.as_wire());
    octets.extend_from_slice(&rtype.to_int().to_be_bytes());
    octets.extend_from_slice(&CLASS_IN.to_be_bytes());
    octets.extend_from_slice(&ttl.to_be_bytes());
    octets.extend_from_slice(&length.to_be_bytes());
    octets.extend_from_slice(wire);
}

/// The record at the front, if it is canonical, and what follows it.
pub(crate) fn split_record(octets: &[u8]) -> Option<(Record, &[u8])> {
    let (name, rest) = octets.split_at_checked(name_length(octets)?)?;
    let (rtype, rest) = rest.split_first_chunk()?;
    let (class, rest) = rest.split_first_chunk()?;
    let (ttl, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (wire, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let owner = Name::from_wire(name).ok()?;
    let rtype = Rtype::from_int(u16::from_be_bytes(*rtype));
    let data = Rdata::from_wire(rtype, wire).ok()?;
    let is_canonical =
        owner.as_wire() == name && data.as_wire() == wire && u16::from_be_bytes(*class) == CLASS_IN;
    let record = Record {
        owner,
        rtype,
        ttl: u32::from_be_bytes(*ttl),
        data,
    };
    is_canonical.then_some((record, rest))
}

fn check_order(last: &Record, next: &Record) -> Result<(), ZoneRefusal> {
    let place = |record: &Record| (record.owner.clone(), record.rtype, record.data.clone());
    if place(last) < place(next) {
        return Ok(());
    }
    let set = SetKey::new(&next.owner, next.rtype);
    if place(last) == place(next) {
        return Err(ZoneRefusal::DuplicateRecord {
            set,
            data: next.data.to_text(next.rtype),
        });
    }
    Err(ZoneRefusal::OutOfOrder { set })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{PLAIN, ROOT, build, name, record};
    use super::*;

    #[test]
    fn contents_are_one_octet_string() {
        for (origin, text) in [(".", ROOT), ("example.", PLAIN)] {
            let contents = build(origin, text).unwrap();
            let wire = contents.to_wire();
            assert_eq!(Contents::from_wire(&name(origin), &wire), Ok(contents));
        }
    }

    /// The root in small with its octets changed.
    fn read(change: impl FnOnce(&mut Vec<u8>)) -> Result<Contents, ZoneRefusal> {
        let mut wire = build(".", ROOT).unwrap().to_wire();
        change(&mut wire);
        Contents::from_wire(&Name::root(), &wire)
    }

    #[test]
    fn refuses_octets_that_are_not_canonical() {
        let bad = |result| matches!(result, Err(ZoneRefusal::BadWire { .. }));
        assert!(bad(read(|wire| wire.push(0))));
        assert!(bad(read(|wire| wire.truncate(wire.len() - 1))));
        assert!(bad(read(|wire| wire[4] = 3)), "class CH");
        let ns = |wire: &[u8]| wire.windows(4).position(|w| w == b"\x01a\x02n").unwrap();
        assert!(bad(read(|wire| {
            let at = ns(wire);
            wire[at + 1] = b'A';
        })));
        let append = |line| {
            move |wire: &mut Vec<u8>| {
                let record = record(line);
                compose_record(wire, &record.owner, record.rtype, record.ttl, &record.data);
            }
        };
        assert!(matches!(
            read(append("a. 1 NS b.")),
            Err(ZoneRefusal::OutOfOrder { .. })
        ));
        let last = "a.root-servers.net. 518400 A 192.0.2.4";
        assert!(matches!(
            read(append(last)),
            Err(ZoneRefusal::DuplicateRecord { .. })
        ));
        assert_eq!(
            Contents::from_wire(&Name::root(), &[]),
            Err(ZoneRefusal::NoSoa {
                origin: Name::root()
            })
        );
    }
}
