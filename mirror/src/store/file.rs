//! The stored form of an edition, version 2: a line that names form and
//! version, a line of JSON, the zone's records as RFC 8976 §3.3.1 has them,
//! and the SHA-256 digest of all that.
//!
//! The digest finds what a disk did. What an attacker did is found by
//! verifying the zone, which is done on every reading.

use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::edition::SignedZone;
use comity_core::zone::{Name, Rdata, Record, Rtype};
use serde::{Deserialize, Serialize};

use super::{Corruption, Meta};

/// What every version begins with.
const FORM: &[u8] = b"comity-edition ";
const VERSION: &[u8] = b"2";
const DIGEST_OCTETS: usize = 32;
/// Class IN (RFC 1035 §3.2.4).
const CLASS_IN: [u8; 2] = [0, 1];

/// The line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    origin: Name,
    anchors: Vec<PublicKey>,
    serial: u32,
    edition: u64,
    ledger_size: u64,
    state: Digest,
}

/// The file's octets.
pub(super) fn encode(zone: &SignedZone, meta: &Meta) -> Vec<u8> {
    let Meta {
        edition,
        ledger_size,
        state,
    } = *meta;
    let head = Head {
        origin: zone.origin().clone(),
        anchors: zone.anchors(),
        serial: zone.serial(),
        edition,
        ledger_size,
        state,
    };
    let mut octets = [FORM, VERSION, b"\n"].concat();
    // A head has nothing that JSON cannot say; an empty line is not read back.
    octets.extend(serde_json::to_vec(&head).unwrap_or_default());
    octets.push(b'\n');
    for record in zone.records() {
        push_record(&mut octets, &record);
    }
    let digest = Digest::of(&octets);
    octets.extend(digest.0);
    octets
}

/// Whether the file is whole, whatever it says.
pub(super) fn is_whole(octets: &[u8]) -> bool {
    split_digest(octets).is_ok()
}

/// Reads a file and verifies the zone in it.
pub(super) fn decode(
    octets: &[u8],
    origin: &Name,
    anchors: &[PublicKey],
    now: Time,
) -> Result<(SignedZone, Meta), Corruption> {
    let octets = split_digest(octets)?;
    let octets = octets.strip_prefix(FORM).ok_or(Corruption::OtherForm)?;
    let (version, octets) = split_line(octets).ok_or(Corruption::OtherForm)?;
    if version != VERSION {
        return Err(Corruption::UnknownVersion);
    }
    let (head, octets) = split_line(octets).ok_or(Corruption::BadHead)?;
    let head = serde_json::from_slice(head).map_err(|_| Corruption::BadHead)?;
    let Head {
        origin: found,
        anchors: stored,
        serial,
        edition,
        ledger_size,
        state,
    } = head;
    if found != *origin {
        return Err(Corruption::OtherZone { found });
    }
    if let Some(found) = stored
        .first()
        .filter(|_| !stored.iter().any(|it| anchors.contains(it)))
    {
        return Err(Corruption::OtherKey { found: *found });
    }
    let zone = SignedZone::verify(origin, anchors, read_records(octets)?, now);
    let zone = zone.map_err(Corruption::Refused)?;
    if zone.serial() != serial {
        return Err(Corruption::OtherSerial);
    }
    let meta = Meta {
        edition,
        ledger_size,
        state,
    };
    Ok((zone, meta))
}

fn split_digest(octets: &[u8]) -> Result<&[u8], Corruption> {
    match octets.split_last_chunk::<DIGEST_OCTETS>() {
        Some((octets, digest)) if Digest::of(octets).0 == *digest => Ok(octets),
        _ => Err(Corruption::Torn),
    }
}

fn split_line(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = octets.iter().position(|octet| *octet == b'\n')?;
    Some((octets.get(..end)?, octets.get(end + 1..)?))
}

fn push_record(octets: &mut Vec<u8>, record: &Record) {
    let data = record.data.as_wire();
    octets.extend(record.owner.as_wire());
    octets.extend(record.rtype.to_int().to_be_bytes());
    octets.extend(CLASS_IN);
    octets.extend(record.ttl.to_be_bytes());
    // Record data is at most 65,535 octets by construction.
    octets.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    octets.extend(data);
}

fn read_records(mut octets: &[u8]) -> Result<Vec<Record>, Corruption> {
    let mut records = Vec::new();
    while !octets.is_empty() {
        let (record, rest) = split_record(octets).ok_or(Corruption::BadRecord {
            after: records.len(),
        })?;
        records.push(record);
        octets = rest;
    }
    Ok(records)
}

fn split_record(octets: &[u8]) -> Option<(Record, &[u8])> {
    let mut name_octets = 0;
    loop {
        let label = usize::from(*octets.get(name_octets)?);
        name_octets += 1 + label;
        if label == 0 {
            break;
        }
    }
    let (owner, rest) = octets.split_at_checked(name_octets)?;
    let (rtype, rest) = rest.split_first_chunk()?;
    let (class, rest) = rest.split_first_chunk()?;
    let (ttl, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let rtype = Rtype::from_int(u16::from_be_bytes(*rtype));
    let record = Record {
        owner: Name::from_wire(owner).ok()?,
        rtype,
        ttl: u32::from_be_bytes(*ttl),
        data: Rdata::from_wire(rtype, data).ok()?,
    };
    (*class == CLASS_IN).then_some((record, rest))
}
