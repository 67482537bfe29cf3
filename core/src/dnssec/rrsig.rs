//! Signatures of record sets by any algorithm (RFC 4034 §3).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::ChainRefusal;
use crate::basic::Time;
use crate::zone::wire::compose_record;
use crate::zone::{Name, Rdata, Rtype, SetKey, name_length};

/// What an RRSIG record says. Ordered and written as its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrsig {
    data: Rdata,
    /// Octets of the data before the signature.
    head: usize,
    /// The type of the set.
    pub covered: Rtype,
    /// The number of the algorithm.
    pub algorithm: u8,
    /// The labels of the owner that the signer had, its root label and a
    /// leftmost `*` left out (RFC 4034 §3.1.3).
    pub labels: u8,
    /// The TTL that is signed.
    pub original_ttl: u32,
    /// Until when it is valid, in seconds modulo 2^32 (RFC 4034 §3.1.5).
    pub expiration: u32,
    /// From when it is valid, in seconds modulo 2^32.
    pub inception: u32,
    /// The tag of the key.
    pub key_tag: u16,
    /// The zone whose key it is.
    pub signer: Name,
}

impl Rrsig {
    /// The signature that this is the RRSIG data of.
    pub fn parse(data: &Rdata) -> Option<Self> {
        let wire = data.as_wire();
        let (covered, rest) = wire.split_first_chunk()?;
        let ([algorithm, labels], rest) = rest.split_first_chunk()?;
        let (original_ttl, rest) = rest.split_first_chunk()?;
        let (expiration, rest) = rest.split_first_chunk()?;
        let (inception, rest) = rest.split_first_chunk()?;
        let (key_tag, rest) = rest.split_first_chunk()?;
        let (signer, signature) = rest.split_at_checked(name_length(rest)?)?;
        Some(Self {
            head: wire.len() - signature.len(),
            covered: Rtype::from_int(u16::from_be_bytes(*covered)),
            algorithm: *algorithm,
            labels: *labels,
            original_ttl: u32::from_be_bytes(*original_ttl),
            expiration: u32::from_be_bytes(*expiration),
            inception: u32::from_be_bytes(*inception),
            key_tag: u16::from_be_bytes(*key_tag),
            signer: Name::from_wire(signer).ok()?,
            data: data.clone(),
        })
    }

    /// The record's data.
    pub fn rdata(&self) -> &Rdata {
        &self.data
    }

    /// The signature alone.
    pub fn signature(&self) -> &[u8] {
        self.data.as_wire().get(self.head..).unwrap_or(&[])
    }

    /// When it begins, the second nearest to `now`.
    pub fn begins(&self, now: Time) -> Time {
        nearest(self.inception, now)
    }

    /// When it ends, the second nearest to `now`.
    pub fn expires(&self, now: Time) -> Time {
        nearest(self.expiration, now)
    }

    /// Whether it is valid now, as the signature of this set: from its first
    /// to its last second (RFC 4034 §3.1.5).
    ///
    /// # Errors
    /// That it is not valid yet, or not any more.
    pub fn check_time(&self, set: &SetKey, now: Time) -> Result<(), ChainRefusal> {
        let set = set.clone();
        if time_left_s(self.inception, now) > 0 {
            let from = self.begins(now);
            return Err(ChainRefusal::NotYetValid { set, from });
        }
        if time_left_s(self.expiration, now) < 0 {
            let until = self.expires(now);
            return Err(ChainRefusal::Expired { set, until });
        }
        Ok(())
    }

    /// The octets that are signed (RFC 4034 §3.1.8.1), where the set's name
    /// is not the expansion of a wildcard.
    pub(super) fn message(&self, set: &SetKey, data: &BTreeSet<Rdata>) -> Vec<u8> {
        let head = self.data.as_wire().get(..self.head);
        let mut octets = head.unwrap_or(&[]).to_vec();
        for data in data {
            compose_record(&mut octets, &set.owner, set.rtype, self.original_ttl, data);
        }
        octets
    }
}

/// Seconds modulo 2^32.
pub(crate) fn on_the_wire(time: Time) -> u32 {
    let [_, _, _, _, seconds @ ..] = time.0.to_be_bytes();
    u32::from_be_bytes(seconds)
}

/// Seconds from `now` to a time modulo 2^32, negative where it has passed:
/// serial number arithmetic (RFC 4034 §3.1.5).
pub(crate) fn time_left_s(until: u32, now: Time) -> i64 {
    i64::from(until.wrapping_sub(on_the_wire(now)).cast_signed())
}

/// The second nearest to `now` of a time modulo 2^32.
pub(crate) fn nearest(time: u32, now: Time) -> Time {
    Time(now.0.saturating_add_signed(time_left_s(time, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_compared_modulo_two_to_the_32() {
        let now = Time(u64::from(u32::MAX) - 10);
        let later = on_the_wire(now.plus(100));
        assert_eq!(later, 89);
        assert_eq!(time_left_s(later, now), 100);
        assert_eq!(nearest(later, now), now.plus(100));
        assert_eq!(time_left_s(on_the_wire(now), now.plus(100)), -100);
    }
}
