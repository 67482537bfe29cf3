//! Record data in canonical form (RFC 4034 §6.2, corrected by RFC 6840
//! §5.1): names in lower case in the types listed there, all else as it is.

use alloc::vec::Vec;

use domain::base::iana::Rtype;
use domain::base::name::ParsedName;
use domain::base::rdata::{ComposeRecordData, ParseRecordData};
use domain::dep::octseq::Parser;
use domain::rdata::ZoneRecordData;

use super::Name;
use crate::basic::BadText;

/// Record data as `domain` has it.
pub(super) type Parsed<'a> = ZoneRecordData<&'a [u8], ParsedName<&'a [u8]>>;

/// The canonical form of uncompressed data of this type.
pub(super) fn rdata(rtype: Rtype, wire: &[u8]) -> Result<Vec<u8>, BadText> {
    if wire.len() > usize::from(u16::MAX) {
        return Err(BadText {
            expected: "record data of at most 65535 octets",
        });
    }
    match rtype {
        rtype if !may_be_in_a_zone(rtype) => Err(BadText {
            expected: "a record type that zones may have",
        }),
        // `domain` does not know these, which RFC 4034 §6.2 lists: a
        // preference, then one name, or two.
        Rtype::AFSDB | Rtype::RT | Rtype::KX => preference_and_names(wire, 1),
        Rtype::PX => preference_and_names(wire, 2),
        _ => known_to_domain(rtype, wire),
    }
}

/// Parses data of a type that `domain` knows; takes data of any other as is.
pub(super) fn parse(rtype: Rtype, wire: &[u8]) -> Result<Parsed<'_>, BadText> {
    let error = BadText {
        expected: "well-formed data of the record's type",
    };
    let mut parser = Parser::from_ref(wire);
    match ZoneRecordData::parse_rdata(rtype, &mut parser) {
        Ok(Some(data)) if parser.remaining() == 0 => Ok(data),
        _ => Err(error),
    }
}

fn known_to_domain(rtype: Rtype, wire: &[u8]) -> Result<Vec<u8>, BadText> {
    let mut canonical = Vec::with_capacity(wire.len());
    let Ok(()) = parse(rtype, wire)?.compose_canonical_rdata(&mut canonical);
    // A compressed name would make a difference here (RFC 3597 §4: data
    // outside of a message has nothing to point at).
    if canonical.eq_ignore_ascii_case(wire) {
        Ok(canonical)
    } else {
        Err(BadText {
            expected: "record data without compressed names",
        })
    }
}

fn preference_and_names(wire: &[u8], names: u8) -> Result<Vec<u8>, BadText> {
    let error = BadText {
        expected: "a preference and names",
    };
    let (preference, mut rest) = wire.split_at_checked(2).ok_or(error.clone())?;
    let mut canonical = preference.to_vec();
    for _ in 0..names {
        let length = name_length(rest).ok_or(error.clone())?;
        let (name, after) = rest.split_at_checked(length).ok_or(error.clone())?;
        canonical.extend_from_slice(Name::from_wire(name)?.as_wire());
        rest = after;
    }
    if rest.is_empty() {
        Ok(canonical)
    } else {
        Err(error)
    }
}

/// The octets of the uncompressed name at the front of `wire`, by its label
/// lengths alone.
pub(crate) fn name_length(wire: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let length = usize::from(*wire.get(at)?);
        at += length + 1;
        if length == 0 {
            return Some(at);
        }
    }
}

/// Whether records of this type can be in a zone: not meta types and query
/// types (RFC 6895 §3.1), not NULL (RFC 1035 §3.3.10), and none of the types
/// that DNSSEC left behind (RFC 3755 §3, RFC 6563).
fn may_be_in_a_zone(rtype: Rtype) -> bool {
    !matches!(
        rtype,
        Rtype::NULL | Rtype::SIG | Rtype::NXT | Rtype::A6 | Rtype::OPT
    ) && !matches!(rtype.to_int(), 0 | 128..=255 | 65535)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_rfc_4034_section_6_2_are_lowered() {
        let upper = b"\x01X\x00";
        for (rtype, before, lowered) in [
            (Rtype::NS, &[][..], true),
            (Rtype::MX, &[0, 1], true),
            (Rtype::SRV, &[0, 1, 0, 2, 0, 3], true),
            (Rtype::AFSDB, &[0, 1], true),
            (Rtype::PX, &[0, 1, 1, b'a', 0], true),
            (Rtype::HTTPS, &[0, 1], false),
            (Rtype::TXT, &[3], false),
            (Rtype::from_int(65280), &[], false),
        ] {
            let wire = [before, upper].concat();
            let expected = if lowered {
                wire.to_ascii_lowercase()
            } else {
                wire.clone()
            };
            assert_eq!(rdata(rtype, &wire), Ok(expected), "{rtype}");
        }
    }

    #[test]
    fn compressed_names_are_refused() {
        // The second name of an MINFO points at the first; RFC 3597 §4.
        for wire in [&b"\x01a\x00\xC0\x00"[..], b"\x00\xC0\x00", b"\xC0\x00\x00"] {
            assert!(rdata(Rtype::MINFO, wire).is_err());
        }
        assert!(rdata(Rtype::MINFO, b"\x01a\x00\x00").is_ok());
    }
}
