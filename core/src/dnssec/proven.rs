//! What a chain proves once its signatures are verified. Whether it counts
//! depends on two things that come later: the DS set of its zone, and the time.

use alloc::vec::Vec;

use super::{ChainRefusal, Rrsig, ZoneKey};
use crate::basic::Time;
use crate::zone::{Name, RecordSet, Rtype, SetKey};

/// A key that signed the DNSKEY set of the topmost zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub(super) key: ZoneKey,
    pub(super) rrsig: Rrsig,
}

impl Anchor {
    /// The key, which a DS record may name.
    pub fn key(&self) -> &ZoneKey {
        &self.key
    }

    /// Its signature of the DNSKEY set.
    pub fn rrsig(&self) -> &Rrsig {
        &self.rrsig
    }
}

/// A chain whose signatures all hold. Only [`super::Chain::prove`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenChain {
    pub(super) zone: Name,
    pub(super) anchors: Vec<Anchor>,
    pub(super) signer: Name,
    pub(super) target: SetKey,
    pub(super) set: RecordSet,
    /// The signature of every set but the topmost.
    pub(super) below: Vec<(SetKey, Rrsig)>,
}

impl ProvenChain {
    /// The zone whose DS set decides.
    pub fn zone(&self) -> &Name {
        &self.zone
    }

    /// The keys of that zone that stand for it.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The zone that the proved set is in: [`ProvenChain::zone`] or one below.
    pub fn signer(&self) -> &Name {
        &self.signer
    }

    /// Which set is proved.
    pub fn target(&self) -> &SetKey {
        &self.target
    }

    /// The set itself.
    pub fn set(&self) -> &RecordSet {
        &self.set
    }

    /// Whether the proof counts for whoever has this DS set of
    /// [`ProvenChain::zone`] and this time: the set names a key that stands for
    /// the zone, and every signature on the way is valid.
    ///
    /// # Errors
    /// That no key is named, or the first signature that is not valid.
    pub fn under(&self, ds: &RecordSet, now: Time) -> Result<(), ChainRefusal> {
        self.check_top(ds, now)?;
        for (set, rrsig) in &self.below {
            rrsig.check_time(set, now)?;
        }
        Ok(())
    }

    /// From when and until when the proof counts under this DS set, as seen
    /// at `now`; the bounds are those of [`ProvenChain::under`]. None where no
    /// key is named, or there is no such time.
    pub fn validity(&self, ds: &RecordSet, now: Time) -> Option<(Time, Time)> {
        let named = |anchor: &&Anchor| anchor.key.check_named(&self.zone, &ds.data).is_ok();
        let windows = self.anchors.iter().filter(named).filter_map(|anchor| {
            let below = self.below.iter().map(|(_, rrsig)| rrsig);
            let rrsigs = || core::iter::once(&anchor.rrsig).chain(below.clone());
            let from = rrsigs().map(|rrsig| rrsig.begins(now)).max()?;
            let until = rrsigs().map(|rrsig| rrsig.expires(now)).min()?;
            (from <= until).then_some((from, until))
        });
        windows.max_by_key(|(_, until)| *until)
    }

    /// One key at least is named by the DS set and signs the keys now.
    fn check_top(&self, ds: &RecordSet, now: Time) -> Result<(), ChainRefusal> {
        let set = SetKey::new(&self.zone, Rtype::DNSKEY);
        let checks = self.anchors.iter().map(|Anchor { key, rrsig }| {
            key.check_named(&self.zone, &ds.data)?;
            rrsig.check_time(&set, now)
        });
        // Said is what is wrong with the one that comes nearest.
        let mut said = ChainRefusal::NotSigned { set: set.clone() };
        for check in checks {
            match check {
                Ok(()) => return Ok(()),
                Err(refusal) if nearness(&refusal) >= nearness(&said) => said = refusal,
                Err(_) => {}
            }
        }
        Err(said)
    }
}

/// How far a signature came that does not do after all.
pub(super) fn nearness(refusal: &ChainRefusal) -> u8 {
    match refusal {
        ChainRefusal::NotSigned { .. } => 0,
        ChainRefusal::KeyNotNamed { .. } => 2,
        ChainRefusal::OnlySha1 { .. } => 3,
        ChainRefusal::NotYetValid { .. } | ChainRefusal::Expired { .. } => 4,
        _ => 1,
    }
}
