//! Signatures of a DNSKEY set made ahead of the editions that use them, by a key
//! that does not sign the rest: the key before the one that signs, or the
//! key-signing key of a zone that has parted the two.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::rrsig::{self, Verifier, on_the_wire};
use super::{Dnskey, EditionRefusal, Item, Rrsig, Timing, ZoneKeys};
use crate::basic::{Digest, Signature, Time};
use crate::zone::{Name, Rtype, SetKey};

/// What a batch's digest starts with, so that it is a digest of nothing else.
const DIGEST_DOMAIN: &[u8] = b"comity keyset plan v1\n";

/// A DNSKEY set that a key is to sign, once or for one period after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysetPlan {
    origin: Name,
    set: BTreeSet<Dnskey>,
    by: Dnskey,
    time: Time,
    items: Vec<Item>,
}

impl KeysetPlan {
    /// The signatures of `set` by one of its keys for so many seconds from now on:
    /// each is as long as any of the zone's, and the next one begins when it is up
    /// for renewal.
    pub fn new(
        (origin, set, by): (&Name, BTreeSet<Dnskey>, Dnskey),
        ahead_s: u64,
        now: Time,
        timing: &Timing,
    ) -> Self {
        let step_s = timing
            .lifetime_s
            .saturating_sub(timing.refresh_before_s)
            .max(1);
        let begin = |period: u64| now.plus(period * step_s);
        let periods = (0..=ahead_s / step_s).map(begin);
        let items = periods.map(|begin| Item {
            key: SetKey::new(origin, Rtype::DNSKEY),
            by,
            inception: on_the_wire(Time(begin.0.saturating_sub(timing.inception_offset_s))),
            expiration: on_the_wire(begin.plus(timing.lifetime_s)),
        });
        Self {
            origin: origin.clone(),
            items: items.collect(),
            set,
            by,
            time: now,
        }
    }

    /// The keys of the set.
    pub fn set(&self) -> &BTreeSet<Dnskey> {
        &self.set
    }

    /// The key that signs it.
    pub fn by(&self) -> Dnskey {
        self.by
    }

    /// The ledger time that it was made at.
    pub fn time(&self) -> Time {
        self.time
    }

    /// When the last signature ends.
    pub fn until(&self) -> Time {
        let ends = self.items.iter();
        let ends = ends.map(|item| crate::dnssec::rrsig::nearest(item.expiration, self.time));
        ends.max().unwrap_or(self.time)
    }

    /// What is signed, in the order of the periods (RFC 4034 §3.1.8.1).
    pub fn messages(&self) -> Vec<Vec<u8>> {
        let set = ZoneKeys::new(self.set.iter().copied(), self.by).record_set();
        let items = self.items.iter();
        items
            .map(|item| rrsig::message(&self.origin, item, &set))
            .collect()
    }

    /// The digest by which signers know that they mean the same.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(DIGEST_DOMAIN);
        for message in self.messages() {
            hash.update((message.len() as u64).to_be_bytes());
            hash.update(message);
        }
        Digest(hash.finalize().into())
    }

    /// The signatures, each of which is verified.
    ///
    /// # Errors
    /// Where one is missing, left over, or not valid by the strict rule.
    pub fn complete(&self, signatures: &[Signature]) -> Result<Vec<Rrsig>, EditionRefusal> {
        if signatures.len() != self.items.len() {
            return Err(EditionRefusal::SignatureOctets {
                expected: self.items.len() * 64,
                found: signatures.len() * 64,
            });
        }
        let verifier = Verifier::of(self.by);
        let mut rrsigs = Vec::with_capacity(signatures.len());
        for ((item, message), signature) in self.items.iter().zip(self.messages()).zip(signatures) {
            if !verifier.accepts(&message, signature) {
                let set = item.key.clone();
                return Err(EditionRefusal::BadSignature { set });
            }
            rrsigs.push(item.signed(*signature));
        }
        Ok(rrsigs)
    }
}
