//! The keys of an edition: which of them its DNSKEY set names, which one makes
//! new signatures, and what others have signed ahead.
//!
//! An edition is signed by one key. While one key follows another, signatures of
//! the one before are kept until they are up for renewal, and the DNSKEY set alone
//! has a signature of more keys than one, so that whoever trusts either of them
//! trusts the set. Those others sign the set ahead, as the root's key-signing key
//! does for a quarter at a time.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::key::DNSKEY_TTL_S;
use super::{Dnskey, Rrsig};
use crate::basic::PublicKey;
use crate::zone::RecordSet;

/// The keys of one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneKeys {
    set: BTreeSet<Dnskey>,
    signer: Dnskey,
    ahead: Vec<Rrsig>,
}

impl ZoneKeys {
    /// One key that signs everything.
    pub fn one(key: PublicKey) -> Self {
        let signer = Dnskey::anchor(key);
        Self::new([signer], signer)
    }

    /// These keys, and the one of them that signs.
    pub fn new(set: impl IntoIterator<Item = Dnskey>, signer: Dnskey) -> Self {
        let mut set: BTreeSet<Dnskey> = set.into_iter().collect();
        set.insert(signer);
        Self {
            set,
            signer,
            ahead: Vec::new(),
        }
    }

    /// With signatures of the DNSKEY set by others of its keys.
    #[must_use]
    pub fn with(mut self, mut ahead: Vec<Rrsig>) -> Self {
        ahead.sort_by_key(|rrsig| rrsig.by);
        self.ahead = ahead;
        self
    }

    /// All keys of the DNSKEY set.
    pub fn all(&self) -> &BTreeSet<Dnskey> {
        &self.set
    }

    /// The key that makes new signatures.
    pub fn signer(&self) -> Dnskey {
        self.signer
    }

    /// The signatures of the DNSKEY set by others than the signer, in the order of
    /// their keys.
    pub fn ahead(&self) -> &[Rrsig] {
        &self.ahead
    }

    /// The DNSKEY set.
    pub fn record_set(&self) -> RecordSet {
        RecordSet {
            ttl: DNSKEY_TTL_S,
            data: self.set.iter().map(Dnskey::rdata).collect(),
        }
    }

    /// Whether a signature by this key is good in a zone with these keys.
    pub fn may_sign(&self, by: Dnskey) -> bool {
        self.set.contains(&by) && !by.is_revoked()
    }

    /// The keys whose trust anchor verifies the zone: those that signed the DNSKEY
    /// set and are not revoked, the signer first.
    pub fn anchors(&self) -> Vec<PublicKey> {
        let own = [self.signer];
        let signed = own
            .into_iter()
            .chain(self.ahead.iter().map(|rrsig| rrsig.by));
        let anchors = signed.filter(|key| key.is_anchor() && !key.is_revoked());
        anchors.map(|key| key.key()).collect()
    }
}
