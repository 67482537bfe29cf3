//! Hashed names (RFC 5155): how a zone with NSEC3 records names what it proves. Their
//! owners are no names of the zone: they stand in it for the names whose hash they are.

use alloc::vec::Vec;

use data_encoding::BASE32HEX_NOPAD;
use sha1::{Digest as _, Sha1};

use crate::edition::nsec;
use crate::zone::{Name, Rdata, Rtype};

/// A hash of a name.
pub type Hash = [u8; 20];

/// SHA-1, the one hash that there is (RFC 5155 §11).
const SHA_1: u8 = 1;
/// The flag of records that let names without a DS set be left out (RFC 5155 §3.1.2.1).
const OPT_OUT: u8 = 1;

/// How a zone hashes names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashing {
    iterations: u16,
    salt: Vec<u8>,
}

impl Hashing {
    /// What NSEC3PARAM data says (RFC 5155 §4.2); none where it says something else than
    /// is known: another hash, or flags (§4.1.2).
    pub fn parse(data: &Rdata) -> Option<Self> {
        let (hashing, flags, rest) = Self::split(data.as_wire())?;
        (flags == 0 && rest.is_empty()).then_some(hashing)
    }

    /// The parameters that begin data, the flags, and what follows.
    fn split(wire: &[u8]) -> Option<(Self, u8, &[u8])> {
        let ([SHA_1, flags, high, low, length], rest) = wire.split_first_chunk()? else {
            return None;
        };
        let (salt, rest) = rest.split_at_checked(usize::from(*length))?;
        let hashing = Self {
            iterations: u16::from_be_bytes([*high, *low]),
            salt: salt.to_vec(),
        };
        Some((hashing, *flags, rest))
    }

    /// How often a hash is hashed again.
    pub fn iterations(&self) -> u16 {
        self.iterations
    }

    /// The hash of a name (RFC 5155 §5).
    pub fn hash(&self, name: &Name) -> Hash {
        let once = |octets: &[u8]| -> Hash {
            let hash = Sha1::new().chain_update(octets).chain_update(&self.salt);
            hash.finalize().into()
        };
        (0..self.iterations).fold(once(name.as_wire()), |hash, _| once(&hash))
    }

    /// The data of an NSEC3 record (RFC 5155 §3.2).
    pub(crate) fn rdata(
        &self,
        is_opt_out: bool,
        next: &Hash,
        types: impl IntoIterator<Item = Rtype>,
    ) -> Rdata {
        let [high, low] = self.iterations.to_be_bytes();
        // A salt was read behind one octet of its length.
        let salt_octets = u8::try_from(self.salt.len()).unwrap_or(u8::MAX);
        let flags = if is_opt_out { OPT_OUT } else { 0 };
        let mut wire = Vec::from([SHA_1, flags, high, low, salt_octets]);
        wire.extend_from_slice(&self.salt);
        wire.push(20);
        wire.extend_from_slice(next);
        nsec::compose_types(&mut wire, types);
        Rdata::from_canonical(&wire)
    }
}

/// What an NSEC3 record says, but for the types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nsec3 {
    pub(crate) hashing: Hashing,
    pub(crate) is_opt_out: bool,
}

impl Nsec3 {
    /// Reads its data; none where it has flags that nobody knows (RFC 5155 §8.2).
    pub(crate) fn parse(data: &Rdata) -> Option<Self> {
        let (hashing, flags, _) = Hashing::split(data.as_wire())?;
        (flags & !OPT_OUT == 0).then_some(Self {
            hashing,
            is_opt_out: flags & OPT_OUT != 0,
        })
    }
}

/// The hash that an owner stands for (RFC 5155 §3.3): one label below the origin.
pub(crate) fn of_owner(owner: &Name, origin: &Name) -> Option<Hash> {
    let (length, rest) = owner.as_wire().split_first()?;
    let (label, above) = rest.split_at_checked(usize::from(*length))?;
    let hash = BASE32HEX_NOPAD.decode(&label.to_ascii_uppercase()).ok()?;
    let hash = Hash::try_from(hash.as_slice()).ok()?;
    (above == origin.as_wire()).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::samples::name;

    #[test]
    fn names_are_hashed_as_in_rfc_5155_appendix_a() {
        let param = Rdata::from_text(Rtype::NSEC3PARAM, "\\# 9 01 00 000c 04 aabbccdd").unwrap();
        let hashing = Hashing::parse(&param).unwrap();
        for (text, hash) in [
            ("example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
            ("a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
            ("*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
            ("x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"),
        ] {
            let owner = name(&std::format!("{hash}.example."));
            let found = of_owner(&owner, &name("example."));
            assert_eq!(found, Some(hashing.hash(&name(text))), "{text}");
        }
    }

    #[test]
    fn an_owner_that_is_no_hash_below_the_origin_stands_for_nothing() {
        let hash = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
        let of = |text: &str| of_owner(&name(text), &name("example."));
        assert!(of(&std::format!("{hash}.example.")).is_some());
        for text in [
            "example.",
            ".",
            "a.example.",
            "0p9mhaveqvm6t7vbl5lop2u3t2rp3tow.example.",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(of(&std::format!("{hash}.a.example.")), None);
        assert_eq!(of(&std::format!("{hash}00.example.")), None);
        assert_eq!(of(&std::format!("{hash}.")), None);
    }

    #[test]
    fn parameters_of_another_kind_are_none() {
        let parse = |text: &str| {
            let data = Rdata::from_text(Rtype::NSEC3PARAM, text).unwrap();
            Hashing::parse(&data).map(|it| it.iterations())
        };
        assert_eq!(parse("\\# 5 01 00 0000 00"), Some(0));
        assert_eq!(parse("\\# 6 01 00 0102 01 ff"), Some(258));
        assert_eq!(parse("\\# 5 02 00 0000 00"), None);
        assert_eq!(parse("\\# 5 01 01 0000 00"), None);
    }
}
