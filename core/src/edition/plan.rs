//! Plans: which sets of an edition keep their signature and which need one.
//! A pure function of contents, last edition and time.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::draft::Draft;
use super::rrsig::{self, Verifier, on_the_wire, time_left_s};
use super::{EditionRefusal, Item, Rrsig, SignedZone, ZoneKeys, serial, zonemd};
use crate::basic::{Digest, Signature, Time};
use crate::zone::{Contents, Name, RecordSet, Rtype, SetKey};

/// Octets of a signature (RFC 8032 §5.1.6).
const SIGNATURE_OCTETS: usize = 64;
/// What a batch's digest starts with, so that it is a digest of nothing else.
const DIGEST_DOMAIN: &[u8] = b"comity signing plan v2\n";
const DAY_S: u64 = 24 * 60 * 60;
/// What would be up for renewal within so long is renewed together: a day's
/// signatures are one edition, and not as many editions as there are ends.
const RENEWED_TOGETHER_S: u64 = DAY_S;

/// How long signatures are valid. A charter sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Seconds from signing to expiration.
    pub lifetime_s: u64,
    /// Seconds before its expiration from which a signature is renewed, and with it
    /// those for which that is within a day.
    pub refresh_before_s: u64,
    /// Seconds from signing to the earliest expiration in a first edition,
    /// whose signatures then end one after the other up to the lifetime.
    pub first_min_s: u64,
    /// Seconds by which inception lies before signing, for slow clocks.
    pub inception_offset_s: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lifetime_s: 28 * DAY_S,
            refresh_before_s: 15 * DAY_S,
            first_min_s: 16 * DAY_S,
            inception_offset_s: 60 * 60,
        }
    }
}

/// Whether a new edition is due: there is none with these keys, or it is not
/// of these contents, or one of its signatures is up for renewal.
pub fn due(
    contents: &Contents,
    keys: &ZoneKeys,
    last: Option<&SignedZone>,
    now: Time,
    timing: &Timing,
) -> bool {
    last.is_none_or(|last| {
        last.keys() != keys
            || last.first_expiration() < now.plus(timing.refresh_before_s)
            || !last.publishes(contents)
    })
}

/// An edition that is to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    edition: u64,
    time: Time,
    draft: Draft,
    items: Vec<Item>,
    zonemd: Item,
}

impl Plan {
    /// The plan of this edition of a zone's contents, after the last one
    /// published.
    pub fn new(
        edition: u64,
        contents: &Contents,
        keys: &ZoneKeys,
        last: Option<&SignedZone>,
        now: Time,
        timing: &Timing,
    ) -> Self {
        let last_serial = last.map_or(contents.serial(), SignedZone::serial);
        let serial = serial::next(last_serial, now);
        let mut draft = Draft::new(contents, serial, keys);
        // Signatures of another zone are of no use, nor are those of a key that is
        // not trusted any more.
        let last = last.filter(|last| {
            keys.may_sign(last.keys().signer()) && last.origin() == contents.origin()
        });
        let is_first = last.is_none();
        if let Some(last) = last {
            keep_signatures(&mut draft, last, now, timing);
        }
        let item = |owner: &Name, rtype| {
            let lifetime_s = if is_first {
                first_lifetime_s(owner, rtype, timing)
            } else {
                timing.lifetime_s
            };
            Item {
                key: SetKey::new(owner, rtype),
                by: keys.signer(),
                inception: on_the_wire(Time(now.0.saturating_sub(timing.inception_offset_s))),
                expiration: on_the_wire(now.plus(lifetime_s)),
            }
        };
        let unsigned = draft.signable().filter(|(_, _, held)| held.rrsig.is_none());
        Self {
            edition,
            time: now,
            items: unsigned
                .map(|(owner, rtype, _)| item(owner, rtype))
                .collect(),
            zonemd: item(contents.origin(), Rtype::ZONEMD),
            draft,
        }
    }

    /// The number of the edition.
    pub fn edition(&self) -> u64 {
        self.edition
    }

    /// Its keys.
    pub fn keys(&self) -> &ZoneKeys {
        &self.draft.keys
    }

    /// The serial that it will have.
    pub fn serial(&self) -> u32 {
        self.draft.serial
    }

    /// The ledger time that it is made at.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The sets to sign, in canonical order. ZONEMD follows apart, when
    /// these are signed.
    pub fn to_sign(&self) -> &[Item] {
        &self.items
    }

    /// What is signed for each item, in their order (RFC 4034 §3.1.8.1).
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.each_message().collect()
    }

    /// The digest of edition number, contents and messages, by which signers
    /// know that they mean the same. Of the contents every set counts, also
    /// those that carry no signature, as delegations and glue do.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(DIGEST_DOMAIN);
        hash.update(self.edition.to_be_bytes());
        hash.update(self.draft.digest_unsigned());
        for message in self.each_message() {
            hash.update((message.len() as u64).to_be_bytes());
            hash.update(message);
        }
        Digest(hash.finalize().into())
    }

    /// The edition with its signatures, 64 octets for each item in their
    /// order.
    ///
    /// # Errors
    /// Where a signature is missing, left over, or not valid by the strict rule.
    pub fn complete(&self, signatures: &[u8]) -> Result<Unsealed, EditionRefusal> {
        let expected = self.items.len() * SIGNATURE_OCTETS;
        let (signatures, rest) = signatures.as_chunks::<SIGNATURE_OCTETS>();
        if signatures.len() != self.items.len() || !rest.is_empty() {
            return Err(EditionRefusal::SignatureOctets {
                expected,
                found: signatures.len() * SIGNATURE_OCTETS + rest.len(),
            });
        }
        let verifier = Verifier::of(self.draft.keys.signer());
        for ((item, message), signature) in
            self.items.iter().zip(self.each_message()).zip(signatures)
        {
            if !verifier.accepts(&message, &Signature(*signature)) {
                return Err(EditionRefusal::BadSignature {
                    set: item.key.clone(),
                });
            }
        }
        let mut draft = self.draft.clone();
        let unsigned = draft
            .signable_mut()
            .filter(|(_, _, held)| held.rrsig.is_none());
        for (((_, _, held), item), signature) in unsigned.zip(&self.items).zip(signatures) {
            held.rrsig = Some(item.signed(Signature(*signature)));
        }
        Ok(Unsealed::new(draft, self.zonemd.clone(), self.time))
    }

    fn each_message(&self) -> impl Iterator<Item = Vec<u8>> {
        let unsigned = self
            .draft
            .signable()
            .filter(|(_, _, held)| held.rrsig.is_none());
        unsigned
            .zip(&self.items)
            .map(|((_, _, held), item)| rrsig::message(&self.draft.origin, item, &held.set))
    }
}

/// Keeps the signature of every set that stays as it was, if it is valid and
/// not up for renewal within a day.
fn keep_signatures(draft: &mut Draft, last: &SignedZone, now: Time, timing: &Timing) {
    let keys = &draft.keys;
    // Both are in canonical order: they are gone through side by side.
    let mut before = last.names().iter().peekable();
    for (owner, names) in &mut draft.names {
        while before.next_if(|(name, _)| *name < owner).is_some() {}
        let Some((_, before)) = before.next_if(|(name, _)| *name == owner) else {
            continue;
        };
        for (rtype, held) in &mut names.sets {
            let kept = before
                .sets
                .get(rtype)
                .filter(|last| names.standing.signs(*rtype) && last.set == held.set)
                .and_then(|last| last.rrsig.as_ref())
                .filter(|rrsig| is_kept(rrsig, now, timing))
                .filter(|rrsig| match *rtype {
                    Rtype::DNSKEY => rrsig.by == keys.signer() && keys.signer().is_anchor(),
                    _ => keys.may_sign(rrsig.by),
                });
            held.rrsig = kept.cloned();
        }
    }
}

fn is_kept(rrsig: &Rrsig, now: Time, timing: &Timing) -> bool {
    let renewed_before_s = timing.refresh_before_s.saturating_add(RENEWED_TOGETHER_S);
    let renewed_before_s = i64::try_from(renewed_before_s).unwrap_or(i64::MAX);
    time_left_s(rrsig.expiration, now) >= renewed_before_s && time_left_s(rrsig.inception, now) <= 0
}

/// The lifetime of a signature in a first edition: spread by a hash of owner
/// and type, so that renewals are as many every day.
fn first_lifetime_s(owner: &Name, rtype: Rtype, timing: &Timing) -> u64 {
    let hash = Sha256::new()
        .chain_update(owner.as_wire())
        .chain_update(rtype.to_int().to_be_bytes())
        .finalize();
    let hash = hash
        .first_chunk::<8>()
        .map_or(0, |head| u64::from_be_bytes(*head));
    let spread_s = timing.lifetime_s.saturating_sub(timing.first_min_s);
    timing.first_min_s + hash.checked_rem(spread_s).unwrap_or(0)
}

/// An edition that has all signatures but the one over its ZONEMD digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    draft: Draft,
    item: Item,
    time: Time,
    digest: [u8; 48],
    set: RecordSet,
}

impl Unsealed {
    fn new(draft: Draft, item: Item, time: Time) -> Self {
        let digest = draft.digest();
        let data = zonemd::rdata(draft.serial, &digest);
        Self {
            set: RecordSet::of_one(draft.soa_ttl(), data),
            draft,
            item,
            time,
            digest,
        }
    }

    /// The digest of the zone (RFC 8976).
    pub fn zonemd(&self) -> [u8; 48] {
        self.digest
    }

    /// The ZONEMD set, and for how long it is to be signed.
    pub fn zonemd_item(&self) -> &Item {
        &self.item
    }

    /// What is signed for it.
    pub fn zonemd_message(&self) -> Vec<u8> {
        rrsig::message(&self.draft.origin, &self.item, &self.set)
    }

    /// The whole edition.
    ///
    /// # Errors
    /// Where the signature is not valid by the strict rule.
    pub fn seal(mut self, signature: Signature) -> Result<SignedZone, EditionRefusal> {
        let message = self.zonemd_message();
        if !Verifier::of(self.draft.keys.signer()).accepts(&message, &signature) {
            return Err(EditionRefusal::BadSignature { set: self.item.key });
        }
        let rrsig = self.item.signed(signature);
        self.draft.insert_zonemd(self.set, Some(rrsig));
        Ok(SignedZone::of_verified(self.draft, self.digest, self.time))
    }
}

#[cfg(test)]
mod tests;
