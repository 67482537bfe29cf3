//! The NSEC chain (RFC 4034 §4): one record at every name that has
//! authoritative data or is delegated (RFC 4035 §2.3). Hosts below a
//! delegation, and names that exist only because others do below them, have
//! none.

use alloc::vec::Vec;

use crate::zone::{Name, Rdata, Rtype};

/// The data of an NSEC record: the next name and the types at this one,
/// which are in ascending order.
pub(crate) fn rdata(next: &Name, types: impl IntoIterator<Item = Rtype>) -> Rdata {
    let mut wire = next.as_wire().to_vec();
    compose_types(&mut wire, types);
    Rdata::from_canonical(&wire)
}

/// Appends the type bit maps (RFC 4034 §4.1.2).
pub(crate) fn compose_types(wire: &mut Vec<u8>, types: impl IntoIterator<Item = Rtype>) {
    let mut window = 0_u8;
    let mut bits = [0_u8; 32];
    for rtype in types {
        let [high, low] = rtype.to_int().to_be_bytes();
        if high != window {
            compose_window(wire, window, &bits);
            window = high;
            bits = [0; 32];
        }
        if let Some(octet) = bits.get_mut(usize::from(low / 8)) {
            *octet |= 0x80 >> (low % 8);
        }
    }
    compose_window(wire, window, &bits);
}

/// Appends one window block: its number, length, and bits without the zero
/// octets at the end. Nothing where no bit is set.
fn compose_window(wire: &mut Vec<u8>, window: u8, bits: &[u8; 32]) {
    let Some(last) = bits.iter().rposition(|octet| *octet != 0) else {
        return;
    };
    let used = bits.get(..=last).unwrap_or(bits);
    wire.push(window);
    wire.push(u8::try_from(used.len()).unwrap_or(32));
    wire.extend_from_slice(used);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::samples::name;

    #[test]
    fn bit_maps_are_those_of_rfc_4034_section_4_3() {
        let types = [Rtype::A, Rtype::MX, Rtype::RRSIG, Rtype::NSEC].into_iter();
        let types = types.chain([Rtype::from_int(1234)]);
        let expected = std::format!(
            "\\# 55 04686f7374076578616d706c6503636f6d00 0006400100000003 041b {} 20",
            "00".repeat(26)
        );
        let expected = Rdata::from_text(Rtype::NSEC, &expected).unwrap();
        assert_eq!(rdata(&name("host.example.com."), types), expected);
    }
}
