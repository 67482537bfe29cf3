//! What signatures say: whether a DS set fits the keys that a place serves, and
//! whether a set there is signed.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::reading::Means;
use crate::check::observation::Answer;
use crate::dnssec::{ChainRefusal, Ds, Rrsig, ZoneKey, ZoneKeys};
use crate::limits;
use crate::zone::{Name, Rdata, Rtype, SetKey};

/// Digest types of which digests are made here: SHA-256 and SHA-384.
const COMPARED: [u8; 2] = [2, 4];
/// CDS data that asks for no DS set (RFC 8078 §4).
const DELETION: [u8; 5] = [0; 5];

/// How a DS set fits the keys of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// Nothing was seen of the keys, or there is no DS set.
    Unseen,
    /// It cannot be said: digests or algorithms that are not verified here, or
    /// too few witnesses.
    Unknown,
    /// Validators refuse the zone.
    Fails,
    /// At some places it fits, at others it does not.
    Mixed,
    /// Validators accept the zone.
    Holds,
}

/// The keys at a place where a DS set fits.
#[derive(Clone, Debug)]
pub(super) struct Signers {
    /// Those that the DS set names.
    pub(super) named: ZoneKeys,
    /// All of them.
    pub(super) all: ZoneKeys,
    keys: Vec<ZoneKey>,
}

impl Signers {
    /// Whether each of these DS records names one of the keys. By a digest that
    /// is not made here it counts if it has tag and algorithm of a key that
    /// another of them names.
    pub(super) fn has_all(&self, zone: &Name, ds: &BTreeSet<&Rdata>) -> bool {
        has_all(zone, &self.keys, ds.iter().copied())
    }
}

/// Whether the keys in a CDNSKEY set are those that a DS set names.
pub(super) fn names_all(zone: &Name, cdnskey: &BTreeSet<Rdata>, ds: &BTreeSet<Rdata>) -> bool {
    let keys: Vec<ZoneKey> = cdnskey.iter().filter_map(ZoneKey::parse).collect();
    has_all(zone, &keys, ds)
}

fn has_all<'a>(
    zone: &Name,
    keys: &[ZoneKey],
    ds: impl IntoIterator<Item = &'a Rdata> + Clone,
) -> bool {
    let parsed: Option<Vec<Ds>> = ds.into_iter().map(Ds::parse).collect();
    let Some(parsed) = parsed.filter(|it| !it.is_empty()) else {
        return false;
    };
    let is_named = |ds: &Ds| {
        let mut good = keys.iter().filter(|key| is_good(key));
        good.any(|key| ds.names(zone, key))
    };
    let (named, others): (Vec<&Ds>, Vec<&Ds>) = parsed.iter().partition(|ds| is_named(ds));
    let is_alike =
        |ds: &Ds, other: &Ds| (ds.key_tag, ds.algorithm) == (other.key_tag, other.algorithm);
    others.iter().all(|ds| {
        !COMPARED.contains(&ds.digest_type) && named.iter().any(|other| is_alike(ds, other))
    })
}

fn is_good(key: &ZoneKey) -> bool {
    key.is_of_the_zone() && !key.is_revoked()
}

/// Whether this CDS data asks for no DS set.
pub(super) fn is_deletion(cds: &Rdata) -> bool {
    cds.as_wire() == DELETION
}

/// Whether a DS set fits what one place says: the DNSKEY set must be signed by a
/// key that a DS record names, the SOA set, where it was asked for, by any key
/// of that set (RFC 4035 §5.2, §5.3).
pub(super) fn chain(
    zone: &Name,
    ds: &BTreeSet<Rdata>,
    dnskey: Option<&Answer>,
    soa: Option<&Answer>,
    means: Means<'_>,
) -> (Chain, Option<Signers>) {
    let Some(answer) = dnskey.filter(|_| !ds.is_empty()) else {
        return (Chain::Unseen, None);
    };
    let set = answer.data(zone, Rtype::DNSKEY);
    let keys: Vec<ZoneKey> = set.iter().filter_map(ZoneKey::parse).collect();
    let parsed: Vec<Ds> = ds.iter().filter_map(Ds::parse).collect();
    let named = keys
        .iter()
        .filter(|key| is_good(key) && parsed.iter().any(|ds| ds.names(zone, key)));
    let signers = Signers {
        named: ZoneKeys::new(zone, named.map(ZoneKey::rdata)),
        all: ZoneKeys::new(zone, &set),
        keys,
    };
    let of_keys = signed(&signers.named, Rtype::DNSKEY, answer, means);
    let of_soa = match soa.filter(|soa| !soa.data(zone, Rtype::SOA).is_empty()) {
        Some(soa) => signed(&signers.all, Rtype::SOA, soa, means),
        None => Signed::Validly,
    };
    // Of digests that are not made here nobody knows which key they name.
    let is_compared = parsed.iter().all(|ds| COMPARED.contains(&ds.digest_type));
    match (of_keys, of_soa) {
        (Signed::Validly, Signed::Validly) => (Chain::Holds, Some(signers)),
        (Signed::Not, _) if !is_compared && !set.is_empty() => (Chain::Unknown, None),
        (Signed::Not, _) | (_, Signed::Not) => (Chain::Fails, None),
        (Signed::Unverifiably, _) | (_, Signed::Unverifiably) => (Chain::Unknown, None),
    }
}

/// Whether one of these keys has signed a set, and the signature is valid now.
pub(super) fn is_signed(keys: &ZoneKeys, rtype: Rtype, answer: &Answer, means: Means<'_>) -> bool {
    signed(keys, rtype, answer, means) == Signed::Validly
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    Validly,
    Unverifiably,
    Not,
}

fn signed(keys: &ZoneKeys, rtype: Rtype, answer: &Answer, means: Means<'_>) -> Signed {
    let set = SetKey::new(keys.zone(), rtype);
    let data = answer.data(&set.owner, rtype);
    let rrsigs = answer.data(&set.owner, Rtype::RRSIG);
    let rrsigs = rrsigs.iter().filter_map(Rrsig::parse);
    let rrsigs = rrsigs.filter(|rrsig| rrsig.covered == rtype);
    let mut found = Signed::Not;
    for rrsig in rrsigs.take(limits::CHECK_SIGNATURES_MAX) {
        if rrsig.check_time(&set, means.now).is_err() {
            continue;
        }
        match keys.verify(&set, &data, &rrsig, &means.signatures) {
            Ok(_) => return Signed::Validly,
            Err(ChainRefusal::AlgorithmRefused { .. }) => found = Signed::Unverifiably,
            Err(_) => {}
        }
    }
    found
}
