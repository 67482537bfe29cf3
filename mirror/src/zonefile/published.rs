//! Zones as others publish them: beside the contents, the keys at the apex, so
//! that a change of keys can be told. What they signed is dropped all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use comity_core::edition::serial;
use comity_core::explain::Version;
use comity_core::limits;
use comity_core::zone::{Name, Record, RecordSet, Rtype, SetKey, ZoneRefusal};

use super::error::{Fault, ZoneFileError};
use super::reader::{self, Keeps, KeyRecord, ReadZone, Reader};

/// A zone as somebody published it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedZone {
    /// The contents. The keys are not among what was dropped.
    pub zone: ReadZone,
    /// The sets of types DNSKEY, CDS and CDNSKEY at the apex.
    pub keys: BTreeMap<Rtype, RecordSet>,
}

impl PublishedZone {
    /// The zone as a version that can be explained.
    pub fn version(&self) -> Version<'_> {
        Version {
            contents: &self.zone.contents,
            keys: &self.keys,
        }
    }
}

/// As [`super::read`], with the keys at the apex.
///
/// # Errors
/// As [`super::read`], and where a key is not well-formed.
pub fn read_published(path: &Path, origin: Option<&Name>) -> Result<PublishedZone, ZoneFileError> {
    read_published_from(reader::open(path)?, origin)
}

/// As [`read_published`], from anything that can be read.
///
/// # Errors
/// As [`read_published`].
pub fn read_published_from(
    input: impl Read,
    origin: Option<&Name>,
) -> Result<PublishedZone, ZoneFileError> {
    let mut reader = Reader::new(origin);
    reader.keeps = Keeps::Keys;
    reader.read_until(input, |_| false)?;
    let (zone, records) = reader.finish()?;
    let mut keys = BTreeMap::new();
    for record in records {
        insert(&mut keys, record)?;
    }
    Ok(PublishedZone { zone, keys })
}

/// Which zone this is, and all of its records as they stand, signatures among them. Only
/// verification says what they are worth.
///
/// # Errors
/// Where it cannot be read, or a record is not well-formed, with the line.
pub fn read_records(
    input: impl Read,
    origin: Option<&Name>,
) -> Result<(Name, Vec<Record>), ZoneFileError> {
    let mut reader = Reader::new(origin);
    reader.keeps = Keeps::All;
    reader.read_until(input, |_| false)?;
    reader.finish_records()
}

/// Which zone a file has, and its serial. Reads no further than to the first SOA
/// record, which stands first in most files.
///
/// # Errors
/// Where the file cannot be read, or is wrong before that, with the line.
pub fn read_serial(path: &Path, origin: Option<&Name>) -> Result<(Name, u32), ZoneFileError> {
    let mut reader = Reader::new(origin);
    let soa = reader.read_until(reader::open(path)?, |record| record.rtype == Rtype::SOA)?;
    match soa {
        Some(soa) => Ok((soa.owner.clone(), serial::of_soa(&soa.data))),
        None => Err(ZoneFileError::anywhere(Fault::NoZone)),
    }
}

/// Puts a key into its set, which keeps the rules of every set.
fn insert(
    keys: &mut BTreeMap<Rtype, RecordSet>,
    (record, line): KeyRecord,
) -> Result<(), ZoneFileError> {
    let set = keys.entry(record.rtype).or_insert_with(|| RecordSet {
        ttl: record.ttl,
        data: BTreeSet::new(),
    });
    let key = SetKey::new(&record.owner, record.rtype);
    let refusal = if set.ttl != record.ttl {
        ZoneRefusal::TtlClash { set: key }
    } else if set.data.contains(&record.data) {
        let data = record.data.to_text(record.rtype);
        ZoneRefusal::DuplicateRecord { set: key, data }
    } else if set.data.len() >= limits::SET_RECORDS_MAX {
        ZoneRefusal::SetTooLarge { set: key }
    } else {
        set.data.insert(record.data);
        return Ok(());
    };
    Err(ZoneFileError::at(line, Fault::Zone(refusal)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ZONE: &str = "\
$ORIGIN example.
@ 60 DNSKEY 257 3 15 AAAA
@ 60 SOA ns admin 7 1800 900 604800 300
@ 60 NS ns
@ 60 DNSKEY 256 3 15 BBBB
@ 60 CDS 1 8 2 AB
sub 60 DNSKEY 256 3 15 CCCC
@ 60 RRSIG nonsense
";

    fn read(text: &str) -> Result<PublishedZone, ZoneFileError> {
        read_published_from(text.as_bytes(), None)
    }

    #[test]
    fn keys_of_the_apex_are_kept_and_others_dropped() {
        let published = read(ZONE).unwrap();
        let keys: Vec<_> = published
            .keys
            .iter()
            .map(|(t, set)| (*t, set.data.len()))
            .collect();
        assert_eq!(keys, [(Rtype::DNSKEY, 2), (Rtype::CDS, 1)]);
        let dropped: Vec<_> = published
            .zone
            .dropped
            .iter()
            .map(|(t, n)| (*t, *n))
            .collect();
        assert_eq!(dropped, [(Rtype::RRSIG, 1), (Rtype::DNSKEY, 1)]);
        let plain = super::super::read_from(ZONE.as_bytes(), None).unwrap();
        assert_eq!(plain.contents, published.zone.contents);
        assert_eq!(plain.dropped.get(&Rtype::DNSKEY), Some(&3));
        assert_eq!(plain.dropped.get(&Rtype::CDS), Some(&1));
    }

    #[test]
    fn faults_of_keys_are_named_with_their_line() {
        for (line, said) in [
            ("@ 60 DNSKEY nonsense", "data of example. DNSKEY is wrong"),
            ("@ 61 DNSKEY 256 3 15 DDDD", "DNSKEY have different TTLs"),
            ("@ 60 DNSKEY 256 3 15 BBBB", "is there twice"),
        ] {
            let text = format!("{ZONE}{line}\n");
            let error = read(&text).unwrap_err().to_string();
            assert!(error.starts_with("line 9: "), "{line}: {error}");
            assert!(error.contains(said), "{line}: {error}");
            let is_fault_of_key_alone = super::super::read_from(text.as_bytes(), None).is_ok();
            assert!(is_fault_of_key_alone, "{line}");
        }
        let key = |number| format!("@ 60 CDS {number} 8 2 AA\n");
        let many: String = (2..=limits::SET_RECORDS_MAX + 1).map(key).collect();
        let error = read(&format!("{ZONE}{many}")).unwrap_err();
        let fault = Fault::Zone(ZoneRefusal::SetTooLarge {
            set: SetKey::new(&"example.".parse().unwrap(), Rtype::CDS),
        });
        assert_eq!(error.fault.to_string(), fault.to_string());
    }

    #[test]
    fn the_serial_is_read_without_what_follows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zone");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            read_serial(&path, None).map_err(|error| error.to_string())
        };
        let zone = "example.".parse().unwrap();
        assert_eq!(read(&format!("{ZONE}nonsense\n")), Ok((zone, 7)));
        assert!(read("nonsense\n").unwrap_err().starts_with("line 1: "));
        assert!(
            read("a. 60 A 192.0.2.1\n")
                .unwrap_err()
                .starts_with("no SOA")
        );
    }
}
