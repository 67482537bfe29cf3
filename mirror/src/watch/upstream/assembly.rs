//! A zone put together from what a transfer says, record by record.

use std::collections::BTreeMap;

use comity_core::limits;
use comity_core::served::ServedZone;
use comity_core::zone::{Name, Rdata, Record, Rtype};

use super::error::UpstreamError;

/// The records so far. An increment that does not fit what is known is no increment of
/// it.
#[derive(Default)]
pub(super) struct Assembly {
    records: BTreeMap<(Name, Rtype, Rdata), u32>,
}

impl Assembly {
    /// Begins with a version that is known.
    pub(super) fn on(known: Option<&ServedZone>) -> Self {
        let records = known.into_iter().flat_map(ServedZone::records);
        let records = records.map(|record| ((record.owner, record.rtype, record.data), record.ttl));
        Self {
            records: records.collect(),
        }
    }

    /// Forgets all records.
    pub(super) fn clear(&mut self) {
        self.records.clear();
    }

    /// Adds a record. One that is there already changes its TTL (RFC 5936 §2.2: a
    /// record may come twice).
    pub(super) fn add(&mut self, record: Record) -> Result<(), UpstreamError> {
        // A zone's records, its signatures and its chain.
        if self.records.len() >= limits::ZONE_RECORDS_MAX.saturating_mul(3) {
            return Err(UpstreamError::TooLarge);
        }
        let Record {
            owner,
            rtype,
            ttl,
            data,
        } = record;
        self.records.insert((owner, rtype, data), ttl);
        Ok(())
    }

    /// Takes a record away.
    pub(super) fn delete(&mut self, record: &Record) -> Result<(), UpstreamError> {
        let key = (record.owner.clone(), record.rtype, record.data.clone());
        let removed = self.records.remove(&key);
        removed.map(|_ttl| ()).ok_or(UpstreamError::DoesNotFit)
    }

    /// The whole zone, which must have this SOA record and no other.
    pub(super) fn finish(self, zone: &Name, soa: &Record) -> Result<Vec<Record>, UpstreamError> {
        let apex = soa.owner == *zone && soa.rtype == Rtype::SOA;
        let mut soas = self
            .records
            .keys()
            .filter(|(_, rtype, _)| *rtype == Rtype::SOA);
        let is_one = soas.next().is_some_and(|(_, _, data)| *data == soa.data);
        if !apex || !is_one || soas.next().is_some() {
            return Err(UpstreamError::DoesNotFit);
        }
        let records = self.records.into_iter();
        let records = records.map(|((owner, rtype, data), ttl)| Record {
            owner,
            rtype,
            ttl,
            data,
        });
        Ok(records.collect())
    }
}
