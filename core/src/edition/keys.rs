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

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;
    use crate::basic::Signature;
    use crate::edition::samples::{DAY_S, NOW};
    use crate::edition::{EditionRefusal, KeysetPlan, Plan, SignedZone, Timing};
    use crate::zone::samples::{ROOT, build};
    use crate::zone::{Contents, Rtype, SetKey};

    fn secret(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn public(seed: u8) -> PublicKey {
        PublicKey(secret(seed).verifying_key().to_bytes())
    }

    fn sign(seed: u8, message: &[u8]) -> Signature {
        Signature(secret(seed).sign(message).to_bytes())
    }

    /// The next edition with these keys, of which the one of this seed signs.
    fn signed(seed: u8, keys: &ZoneKeys, last: Option<&SignedZone>) -> SignedZone {
        let plan = Plan::new(1, &root(), keys, last, NOW, &Timing::default());
        let messages = plan.messages();
        let signatures = messages.iter().flat_map(|message| sign(seed, message).0);
        let unsealed = plan.complete(&signatures.collect::<Vec<u8>>()).unwrap();
        let seal = sign(seed, &unsealed.zonemd_message());
        unsealed.seal(seal).unwrap()
    }

    fn root() -> Contents {
        build(".", ROOT).unwrap()
    }

    /// The signature of a set of keys by another of them, made ahead.
    fn ahead(set: &BTreeSet<Dnskey>, by: Dnskey, seed: u8) -> Vec<Rrsig> {
        let contents = root();
        let what = (contents.origin(), set.clone(), by);
        let plan = KeysetPlan::new(what, 0, NOW, &Timing::default());
        let messages = plan.messages();
        let signatures: Vec<_> = messages.iter().map(|it| sign(seed, it)).collect();
        plan.complete(&signatures).unwrap()
    }

    fn verify(zone: &SignedZone, anchors: &[PublicKey]) -> Result<SignedZone, EditionRefusal> {
        SignedZone::verify(zone.origin(), anchors, zone.records(), NOW)
    }

    #[test]
    fn two_keys_verify_a_zone_while_one_follows_the_other() {
        let (one, two) = (Dnskey::anchor(public(1)), Dnskey::anchor(public(2)));
        let before = signed(1, &ZoneKeys::new([one, two], one), None);
        assert_eq!(verify(&before, &[public(1)]), Ok(before.clone()));
        let alone = verify(&before, &[public(2)]);
        assert!(
            matches!(alone, Err(EditionRefusal::NoAnchor { .. })),
            "{alone:?}"
        );

        let keys = ZoneKeys::new([one, two], two);
        let keys = keys.clone().with(ahead(keys.all(), one, 1));
        let after = signed(2, &keys, Some(&before));
        for anchor in [1, 2] {
            assert_eq!(verify(&after, &[public(anchor)]), Ok(after.clone()));
        }
        assert_eq!(after.anchors(), [public(2), public(1)]);
        // What the first has signed is kept; the set of keys has both.
        let ds = after.get(&"be.".parse().unwrap(), Rtype::DS).unwrap();
        assert!(ds.rrsigs().all(|rrsig| rrsig.by == one));
        let set = after.get(after.origin(), Rtype::DNSKEY).unwrap();
        assert_eq!(set.rrsigs().count(), 2);
    }

    #[test]
    fn a_revoked_key_signs_nothing_but_keys() {
        let (one, two) = (Dnskey::anchor(public(1)), Dnskey::anchor(public(2)));
        let before = signed(1, &ZoneKeys::one(public(1)), None);
        let keys = ZoneKeys::new([one.revoked(), two], two);
        assert!(keys.may_sign(two) && !keys.may_sign(one) && !keys.may_sign(one.revoked()));
        let keys = keys.clone().with(ahead(keys.all(), one.revoked(), 1));
        let after = signed(2, &keys, Some(&before));
        // Nothing of what it signed is kept.
        let data = after.sets().filter(|set| set.rtype != Rtype::DNSKEY);
        let signers = data.flat_map(|set| set.rrsigs().map(|it| it.by).collect::<Vec<_>>());
        assert_eq!(signers.collect::<BTreeSet<_>>(), [two].into());
        assert_eq!(verify(&after, &[public(2)]), Ok(after.clone()));
        let alone = verify(&after, &[public(1)]);
        assert!(
            matches!(alone, Err(EditionRefusal::NoAnchor { .. })),
            "{alone:?}"
        );
    }

    #[test]
    fn a_key_for_the_zone_alone_does_not_sign_the_set_of_keys() {
        let (one, two) = (Dnskey::anchor(public(1)), Dnskey::zone_only(public(2)));
        let keys = ZoneKeys::new([one, two], two);
        let unsigned = signed(2, &keys, None);
        let set = SetKey::new(unsigned.origin(), Rtype::DNSKEY);
        let refused = verify(&unsigned, &[public(1)]);
        assert_eq!(refused, Err(EditionRefusal::NotSigned { set }));
        let keys = keys.clone().with(ahead(keys.all(), one, 1));
        let zone = signed(2, &keys, None);
        assert_eq!(verify(&zone, &[public(1)]), Ok(zone.clone()));
        assert_eq!(zone.anchors(), [public(1)]);
    }

    #[test]
    fn a_key_that_is_nobodys_signs_nothing() {
        let zone = signed(1, &ZoneKeys::one(public(1)), None);
        let other = signed(3, &ZoneKeys::one(public(3)), None);
        let be = "be.".parse().unwrap();
        let is_ds = |owner: &crate::zone::Name, rtype: Rtype, data: &crate::zone::Rdata| {
            let covered = data.as_wire().first_chunk::<2>().copied();
            *owner == be
                && rtype == Rtype::RRSIG
                && covered == Some(Rtype::DS.to_int().to_be_bytes())
        };
        let mut records: Vec<_> = zone.records().collect();
        let forged = other
            .records()
            .find(|it| is_ds(&it.owner, it.rtype, &it.data));
        let at = records
            .iter()
            .position(|it| is_ds(&it.owner, it.rtype, &it.data));
        records[at.unwrap()] = forged.unwrap();
        let refused = SignedZone::verify(zone.origin(), &[public(1)], records, NOW);
        let set = SetKey::new(&be, Rtype::DS);
        assert_eq!(refused, Err(EditionRefusal::RrsigDiffers { set }));
    }

    #[test]
    fn a_quarter_ahead_is_one_period_after_the_other() {
        let one = Dnskey::anchor(public(1));
        let contents = root();
        let what = (contents.origin(), [one].into(), one);
        let timing = Timing::default();
        let plan = KeysetPlan::new(what, 91 * DAY_S, NOW, &timing);
        assert_eq!(plan.messages().len(), 8);
        assert_eq!(plan.until(), NOW.plus((7 * 13 + 28) * DAY_S));
        let signatures: Vec<_> = plan.messages().iter().map(|it| sign(1, it)).collect();
        let rrsigs = plan.complete(&signatures).unwrap();
        for (period, rrsig) in (0..).zip(&rrsigs) {
            let begins = NOW.plus(period * 13 * DAY_S);
            assert_eq!(rrsig.begins(begins).plus(3600), begins);
            assert_eq!(rrsig.expires(begins), begins.plus(28 * DAY_S));
        }
        let short = plan.complete(&signatures[1..]);
        assert!(matches!(short, Err(EditionRefusal::SignatureOctets { .. })));
        let mut swapped = signatures;
        swapped.swap(0, 1);
        let swapped = plan.complete(&swapped);
        assert!(matches!(swapped, Err(EditionRefusal::BadSignature { .. })));
    }
}
