//! What the server itself has to read in record data: names that lead to
//! addresses, the next name of an NSEC record, numbers of an SOA record.
//! Record data is canonical here, so names in it are whole and in lower case.

use comity_core::zone::{Name, Rdata, Rtype};

/// The host whose addresses a client will want next (RFC 1035 §3.3.9,
/// §3.3.11, RFC 2782). None for other types.
pub(super) fn host(rtype: Rtype, data: &Rdata) -> Option<Name> {
    let before_name = match rtype {
        Rtype::NS => 0,
        Rtype::MX => 2,
        Rtype::SRV => 6,
        _ => return None,
    };
    leading_name(data.as_wire().get(before_name..)?).map(|(name, _)| name)
}

/// The name that the whole of the data is: a CNAME's or DNAME's target.
pub(super) fn target(data: &Rdata) -> Option<Name> {
    Name::from_wire(data.as_wire()).ok()
}

/// The next owner name of an NSEC record (RFC 4034 §4.1.1).
pub(super) fn next_owner(data: &Rdata) -> Option<Name> {
    leading_name(data.as_wire()).map(|(name, _)| name)
}

/// Which parts of this type's data are names that may be compressed (RFC 3597
/// §4): octets before the names, the number of names, octets behind them.
pub(super) fn compressible(rtype: Rtype) -> Option<(usize, usize)> {
    match rtype {
        Rtype::NS | Rtype::CNAME | Rtype::PTR => Some((0, 1)),
        Rtype::MX => Some((2, 1)),
        Rtype::SOA => Some((0, 2)),
        _ => None,
    }
}

/// The last of an SOA record's numbers: how long a denial may be cached
/// (RFC 2308 §4).
pub(super) fn soa_minimum(data: &Rdata) -> Option<u32> {
    let numbers = data.as_wire().last_chunk::<4>()?;
    Some(u32::from_be_bytes(*numbers))
}

/// The octets of the name that `wire` begins with.
pub(super) fn leading_name_octets(wire: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let length = usize::from(*wire.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

fn leading_name(wire: &[u8]) -> Option<(Name, &[u8])> {
    let (name, rest) = wire.split_at_checked(leading_name_octets(wire)?)?;
    Some((Name::from_wire(name).ok()?, rest))
}
