//! Public keys and curves as tokens write them.

use comity_core::basic::PublicKey;

/// The names of Ed25519 in CKA_EC_PARAMS, each in DER: the curve's name
/// (PKCS #11 3.0 §2.3.10), its number in RFC 8410 §3, and the number that
/// was in use before.
const ED25519: [&[u8]; 3] = [
    b"\x13\x0Cedwards25519",
    b"\x06\x03\x2B\x65\x70",
    b"\x06\x09\x2B\x06\x01\x04\x01\xDA\x47\x0F\x01",
];

/// An OCTET STRING of 32 octets in DER (X.690 §8.7).
const OCTET_STRING: [u8; 2] = [0x04, 32];

/// Whether these parameters name the curve.
pub(super) fn is_ed25519(parameters: &[u8]) -> bool {
    ED25519.contains(&parameters)
}

/// The public key in a CKA_EC_POINT: an OCTET STRING (PKCS #11 3.0 §2.3.5) or
/// the 32 octets alone (3.1 §6.3.5). No octet more or less: the two cannot be
/// mistaken for each other.
pub(super) fn read(point: &[u8]) -> Option<PublicKey> {
    let octets = match point.split_first_chunk() {
        Some((head, rest)) if *head == OCTET_STRING && rest.len() == 32 => rest,
        _ => point,
    };
    octets.try_into().ok().map(PublicKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_two_forms_and_no_more() {
        let key = [7; 32];
        let with = |head: &[u8], octets: &[u8]| [head, octets].concat();
        for (point, found) in [
            (with(&[4, 32], &key), true),
            (with(&[], &key), true),
            // A key that begins like the head of the other form.
            (with(&[4, 32], &key[..30]), true),
            (with(&[], &key[..31]), false),
            (with(&[4, 31], &key[..31]), false),
            (with(&[4, 32], &key[..31]), false),
            (with(&[4, 33], &with(&key, &[0])), false),
            (with(&[4, 32], &with(&key, &[0])), false),
            // Longer than its length needs, or of another kind.
            (with(&[4, 0x81, 32], &key), false),
            (with(&[3, 33, 0], &key), false),
            (with(&[0x30, 32], &key), false),
            (Vec::new(), false),
        ] {
            assert_eq!(read(&point).is_some(), found, "{point:?}");
        }
        assert_eq!(read(&with(&[4, 32], &key)), Some(PublicKey(key)));
        assert_eq!(read(&key), Some(PublicKey(key)));
    }

    #[test]
    fn other_curves_are_not_it() {
        assert!(is_ed25519(b"\x13\x0Cedwards25519"));
        for other in [
            &b"\x13\x0Ccurve25519xx"[..],
            b"\x13\x0Aedwards448",
            b"\x06\x03\x2B\x65\x71",
            b"\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07",
            b"edwards25519",
            b"",
        ] {
            assert!(!is_ed25519(other), "{other:?}");
        }
    }
}
