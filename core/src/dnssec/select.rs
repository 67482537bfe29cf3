//! A chain out of what was found: zones have more signatures than a proof
//! needs, and some that prove nothing.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::proven::nearness;
use super::{Chain, ChainRefusal, Link, Rrsig, SignatureCheck, ZoneKey, ZoneKeys};
use crate::basic::Time;
use crate::limits;
use crate::zone::{Rdata, RecordSet, Rtype, SetKey};

/// A set, and the data of all RRSIG records that were found over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which set.
    pub key: SetKey,
    /// Its records.
    pub data: BTreeSet<Rdata>,
    /// Signatures of it, whatever they are worth.
    pub rrsigs: BTreeSet<Rdata>,
}

impl Chain {
    /// The chain of these sets in this order that counts under this DS set
    /// now. Of several signatures of a set it has the one that is valid
    /// longest, of the first set's those of every key that the DS set names.
    ///
    /// # Errors
    /// The first set of which no signature will do, and what the one that
    /// comes nearest breaks; or where the sets are no chain.
    pub fn select(
        found: &[Found],
        ds: &RecordSet,
        now: Time,
        check: &impl SignatureCheck,
    ) -> Result<Self, ChainRefusal> {
        let mut links = Vec::new();
        let mut named = &ds.data;
        let mut keys: Option<ZoneKeys> = None;
        for Found { key, data, rrsigs } in found {
            let is_keys = key.rtype == Rtype::DNSKEY;
            let signers = match keys.take() {
                Some(keys) if !is_keys => keys,
                _ => ZoneKeys::new(&key.owner, data),
            };
            let will_do = |rrsig: &Rrsig| {
                let signer = signers.verify(key, data, rrsig, check)?;
                if is_keys {
                    check_named(signer, key, named)?;
                }
                rrsig.check_time(key, now)
            };
            let mut good = filter(key, rrsigs, will_do)?;
            good.sort_by_key(|rrsig| core::cmp::Reverse(rrsig.expires(now)));
            good.truncate(if links.is_empty() {
                limits::CHAIN_SIGNATURES_MAX
            } else {
                1
            });
            let good = good.iter().map(|rrsig| rrsig.rdata().clone()).collect();
            links.push(Link::new(key.clone(), data.clone(), &good)?);
            keys = Some(signers);
            named = data;
        }
        Self::new(links)
    }
}

fn check_named(signer: &ZoneKey, keys: &SetKey, ds: &BTreeSet<Rdata>) -> Result<(), ChainRefusal> {
    signer.check_named(&keys.owner, ds)
}

/// The signatures that will do, at least one.
fn filter(
    set: &SetKey,
    rrsigs: &BTreeSet<Rdata>,
    will_do: impl Fn(&Rrsig) -> Result<(), ChainRefusal>,
) -> Result<Vec<Rrsig>, ChainRefusal> {
    let mut good = Vec::new();
    let mut said = ChainRefusal::NotSigned { set: set.clone() };
    for data in rrsigs {
        let rrsig = Rrsig::parse(data).ok_or(ChainRefusal::BadRrsig { set: set.clone() });
        match rrsig.and_then(|rrsig| will_do(&rrsig).map(|()| rrsig)) {
            Ok(rrsig) => good.push(rrsig),
            Err(refusal) if nearness(&refusal) >= nearness(&said) => said = refusal,
            Err(_) => {}
        }
    }
    if good.is_empty() { Err(said) } else { Ok(good) }
}
