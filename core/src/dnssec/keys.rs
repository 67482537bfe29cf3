//! Verification of one record set by its zone's keys (RFC 4035 §5.3), with
//! nothing but the set, the signature and the keys. No wildcards: a set that
//! one made says nothing about the name that it is at.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::algorithm::Verifier;
use super::{ChainRefusal, Rrsig, SignatureCheck, ZoneKey};
use crate::limits;
use crate::zone::{Name, Rdata, SetKey};

/// The keys of a zone: its DNSKEY set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneKeys {
    zone: Name,
    keys: Vec<ZoneKey>,
}

impl ZoneKeys {
    /// The keys in the DNSKEY set of `zone`.
    pub fn new<'a>(zone: &Name, set: impl IntoIterator<Item = &'a Rdata>) -> Self {
        Self {
            zone: zone.clone(),
            keys: set.into_iter().filter_map(ZoneKey::parse).collect(),
        }
    }

    /// The zone.
    pub fn zone(&self) -> &Name {
        &self.zone
    }

    /// The key whose signature of a set this is. When it is valid is another
    /// question.
    ///
    /// # Errors
    /// The first rule of RFC 4035 §5.3.1 that the signature breaks, or that it
    /// is none.
    pub fn verify(
        &self,
        set: &SetKey,
        data: &BTreeSet<Rdata>,
        rrsig: &Rrsig,
        check: &impl SignatureCheck,
    ) -> Result<&ZoneKey, ChainRefusal> {
        if set.owner.is_wildcard() {
            return Err(ChainRefusal::Wildcard { set: set.clone() });
        }
        self.verify_in_zone(set, data, rrsig, check)
    }

    /// As [`ZoneKeys::verify`], of a set as its zone has it, where a wildcard is a
    /// name like others (RFC 4035 §2.2).
    ///
    /// # Errors
    /// As [`ZoneKeys::verify`], wildcards apart.
    pub fn verify_in_zone(
        &self,
        set: &SetKey,
        data: &BTreeSet<Rdata>,
        rrsig: &Rrsig,
        check: &impl SignatureCheck,
    ) -> Result<&ZoneKey, ChainRefusal> {
        self.check_fields(set, rrsig)?;
        let verifier = verifier(set, rrsig)?;
        let keys = self.signers(set, rrsig)?.into_iter();
        accepting(keys, verifier, (set, data), (rrsig, check))
    }

    /// The revoked key whose signature of the zone's own keys this is (RFC 5011
    /// §2.1: it counts for nothing but its own revocation).
    ///
    /// # Errors
    /// As [`ZoneKeys::verify`], or where the key is not revoked.
    pub fn verify_revoked(
        &self,
        set: &SetKey,
        data: &BTreeSet<Rdata>,
        rrsig: &Rrsig,
        check: &impl SignatureCheck,
    ) -> Result<&ZoneKey, ChainRefusal> {
        self.check_fields(set, rrsig)?;
        let verifier = verifier(set, rrsig)?;
        let tag = rrsig.key_tag;
        let is_one = |key: &&ZoneKey| {
            let is_named = key.tag() == tag && key.algorithm() == rrsig.algorithm;
            is_named && key.is_revoked() && key.is_of_the_zone()
        };
        let named = self
            .keys
            .iter()
            .filter(is_one)
            .take(limits::CHAIN_TAG_KEYS_MAX);
        accepting(named, verifier, (set, data), (rrsig, check))
    }

    fn check_fields(&self, set: &SetKey, rrsig: &Rrsig) -> Result<(), ChainRefusal> {
        let set_of = || set.clone();
        if rrsig.covered != set.rtype {
            return Err(ChainRefusal::CoversOther {
                set: set_of(),
                covered: rrsig.covered,
            });
        }
        if rrsig.signer != self.zone || !set.owner.is_at_or_below(&self.zone) {
            return Err(ChainRefusal::SignerDiffers {
                set: set_of(),
                signer: rrsig.signer.clone(),
                zone: self.zone.clone(),
            });
        }
        // The asterisk of a wildcard is not counted (RFC 4034 §3.1.3).
        let labels = set.owner.label_count() - u8::from(set.owner.is_wildcard());
        if rrsig.labels != labels {
            return Err(ChainRefusal::Wildcard { set: set_of() });
        }
        // RFC 4034 §3.1.5, in serial number arithmetic.
        if rrsig.expiration.wrapping_sub(rrsig.inception).cast_signed() < 0 {
            return Err(ChainRefusal::NeverValid {
                set: set_of(),
                tag: rrsig.key_tag,
            });
        }
        Ok(())
    }

    /// The keys that may have made a signature. Tags are no digests: several
    /// keys can share one, though only on purpose do many (RFC 4034 §8).
    fn signers(&self, set: &SetKey, rrsig: &Rrsig) -> Result<Vec<&ZoneKey>, ChainRefusal> {
        let (zone, tag) = (self.zone.clone(), rrsig.key_tag);
        let is_named = |key: &&ZoneKey| key.tag() == tag && key.algorithm() == rrsig.algorithm;
        let named: Vec<&ZoneKey> = self.keys.iter().filter(is_named).collect();
        if named.is_empty() {
            return Err(ChainRefusal::KeyMissing {
                set: set.clone(),
                zone,
                tag,
            });
        }
        if named.len() > limits::CHAIN_TAG_KEYS_MAX {
            return Err(ChainRefusal::TagShared { zone, tag });
        }
        let is_good = |key: &&ZoneKey| key.is_of_the_zone() && !key.is_revoked();
        let good: Vec<&ZoneKey> = named.iter().copied().filter(is_good).collect();
        match good.is_empty() {
            false => Ok(good),
            true if named.iter().any(|key| key.is_revoked()) => {
                Err(ChainRefusal::KeyRevoked { zone, tag })
            }
            true => Err(ChainRefusal::NotAZoneKey { zone, tag }),
        }
    }
}

fn verifier(set: &SetKey, rrsig: &Rrsig) -> Result<Verifier, ChainRefusal> {
    Verifier::of(rrsig.algorithm).ok_or_else(|| ChainRefusal::AlgorithmRefused {
        set: set.clone(),
        algorithm: rrsig.algorithm,
    })
}

/// The first of the keys whose signature this is.
fn accepting<'a>(
    mut keys: impl Iterator<Item = &'a ZoneKey>,
    verifier: Verifier,
    (set, data): (&SetKey, &BTreeSet<Rdata>),
    (rrsig, check): (&Rrsig, &impl SignatureCheck),
) -> Result<&'a ZoneKey, ChainRefusal> {
    let message = rrsig.message(set, data);
    keys.find(|key| verifier.accepts(key, rrsig.signature(), &message, check))
        .ok_or_else(|| ChainRefusal::BadSignature {
            set: set.clone(),
            tag: rrsig.key_tag,
        })
}
