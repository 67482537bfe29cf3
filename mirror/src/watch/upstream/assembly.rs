//! A zone put together from what a transfer says, record by record.

use std::collections::BTreeMap;

use comity_core::limits;
use comity_core::served::ServedZone;
use comity_core::zone::{Name, Rdata, Record, Rtype};

use super::error::UpstreamError;

/// The records so far. An increment that does not fit what is known is no increment of
/// it.
#[derive(Debug, Default)]
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

    /// The whole zone, with this SOA record, which is the last of a transfer, and no
    /// other.
    pub(super) fn finish(mut self, zone: &Name, soa: Record) -> Result<Vec<Record>, UpstreamError> {
        let is_apex = soa.owner == *zone && soa.rtype == Rtype::SOA;
        let mut soas = self
            .records
            .keys()
            .filter(|(_, rtype, _)| *rtype == Rtype::SOA);
        let is_other = soas.any(|(owner, _, data)| (owner, data) != (&soa.owner, &soa.data));
        if !is_apex || is_other {
            return Err(UpstreamError::DoesNotFit);
        }
        self.add(soa)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{name, records, served::plain};

    const SOA: &str = "example. 3600 SOA ns.example. admin.example. 8 1800 900 604800 300";

    fn record(line: &str) -> Record {
        records(line).remove(0)
    }

    #[test]
    fn changes_make_another_version_of_what_is_known() {
        let known = plain();
        let is_soa = |record: &Record| record.rtype == Rtype::SOA;
        let mut expected: Vec<Record> = known.records().filter(|it| !is_soa(it)).collect();
        let (old, new) = (known.records().find(is_soa).unwrap(), record(SOA));
        let more = record("more.example. 60 A 192.0.2.77");
        expected.extend([new.clone(), more.clone()]);
        let mut assembly = Assembly::on(Some(&known));
        assembly.delete(&old).unwrap();
        assembly.add(new.clone()).unwrap();
        assembly.add(more.clone()).unwrap();
        let found = assembly.finish(&name("example."), new).unwrap();
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|record| found.contains(record)));
    }

    #[test]
    fn what_does_not_fit_is_no_version() {
        let (known, new) = (plain(), record(SOA));
        let mut assembly = Assembly::on(Some(&known));
        let strange = record("strange.example. 60 A 192.0.2.77");
        assert!(matches!(
            assembly.delete(&strange),
            Err(UpstreamError::DoesNotFit)
        ));
        // The old SOA record is still there.
        let finished = assembly.finish(&name("example."), new.clone());
        assert!(matches!(finished, Err(UpstreamError::DoesNotFit)));
        let mut assembly = Assembly::on(None);
        assembly.add(strange.clone()).unwrap();
        let elsewhere = assembly.finish(&name("other."), new.clone());
        assert!(matches!(elsewhere, Err(UpstreamError::DoesNotFit)));
        let mut assembly = Assembly::on(None);
        assembly.add(strange).unwrap();
        // A whole transfer says its SOA record at the end.
        assert_eq!(assembly.finish(&name("example."), new).unwrap().len(), 2);
    }
}
