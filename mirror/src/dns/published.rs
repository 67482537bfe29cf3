//! What a server gives out: the zone of now, and the increments that lead to it from
//! the versions before, as long as they are fewer octets than the zone (RFC 1995 §4).
//! An increment is given only from a serial under which nothing else was ever given out.

use std::sync::Arc;

use comity_core::edition::serial::is_later;
use comity_core::limits;
use comity_core::served::{Increment, ServedZone};

/// A zone with the increments that lead to it. A clone shares them.
#[derive(Clone, Debug)]
pub struct Published {
    zone: ServedZone,
    octets: usize,
    /// Each begins where the one before ends; the last ends with the zone.
    increments: Vec<Arc<Increment>>,
    /// Up to here, serials may have stood for something else.
    doubtful: Option<u32>,
}

impl Published {
    /// A zone of whose history nothing is known. Up to `doubtful`, serials may have
    /// stood for other versions than they do from now on.
    pub fn first(zone: ServedZone, doubtful: Option<u32>) -> Self {
        Self {
            octets: zone.octets(),
            zone,
            increments: Vec::new(),
            doubtful,
        }
    }

    /// The next version, after this one.
    pub fn next(&self, zone: ServedZone) -> Self {
        if self.zone == zone {
            return self.clone();
        }
        let Some(increment) = Increment::between(&self.zone, &zone) else {
            // Another version under the same serial, or an earlier one: what was given
            // out since cannot be told from what will be.
            let last = self.zone.serial();
            let doubtful = match self.doubtful {
                Some(doubtful) if is_later(doubtful, last) => doubtful,
                _ => last,
            };
            return Self::first(zone, Some(doubtful));
        };
        let mut next = Self::first(zone, self.doubtful);
        if next.is_certain(increment.from()) {
            next.increments.clone_from(&self.increments);
            next.increments.push(Arc::new(increment));
        }
        next.bound();
        next
    }

    /// The zone.
    pub fn zone(&self) -> &ServedZone {
        &self.zone
    }

    /// The increments from the version with this serial to the zone; none where they are
    /// not known, or not smaller than the zone.
    pub(super) fn since(&self, serial: u32) -> Option<&[Arc<Increment>]> {
        let at = self.increments.iter().position(|it| it.from() == serial)?;
        self.increments.get(at..)
    }

    /// Whether this serial stands for one version alone.
    fn is_certain(&self, serial: u32) -> bool {
        self.doubtful
            .is_none_or(|doubtful| is_later(serial, doubtful))
    }

    /// Forgets the oldest increments, so that all together are smaller than the zone.
    fn bound(&mut self) {
        let mut octets = 0;
        let fits = |it: &&Arc<Increment>| {
            octets += it.octets();
            octets < self.octets
        };
        let newest = self.increments.iter().rev().take(limits::INCREMENTS_MAX);
        let kept = newest.take_while(fits).count();
        self.increments.drain(..self.increments.len() - kept);
    }
}

impl From<ServedZone> for Published {
    fn from(zone: ServedZone) -> Self {
        Self::first(zone, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{NOW, PLAIN, name, records, sign_contents};
    use comity_core::edition::SignedZone;
    use comity_core::zone::Contents;

    /// PLAIN and many hosts below a delegation, version after version: a host has these
    /// addresses. The serials follow each other, from that of the first day on.
    fn versions(addresses: impl IntoIterator<Item = u8>) -> Vec<ServedZone> {
        let hosts = (0..400).map(|it| format!("host-{it}.sub.example. 3600 A 192.0.2.1\n"));
        let hosts: String = hosts.collect();
        let mut last: Option<SignedZone> = None;
        let version = |address: u8| {
            let text = PLAIN.replace("192.0.2.3", &format!("192.0.2.{address}"));
            let text = text + "sub.example. 3600 NS host-1.sub.example.\n" + &hosts;
            let contents = Contents::build(&name("example."), records(&text)).unwrap();
            let signed = sign_contents(&contents, last.as_ref(), NOW);
            last = Some(signed.clone());
            ServedZone::from(signed)
        };
        addresses.into_iter().map(version).collect()
    }

    /// How many increments are given to who has a version with each of the serials.
    fn given(published: &Published, versions: &[ServedZone]) -> Vec<Option<usize>> {
        let since = |version: &ServedZone| {
            let mut serial = version.serial();
            let increments = published.since(serial)?;
            for increment in increments {
                assert_eq!(increment.from(), serial);
                serial = increment.to();
            }
            assert_eq!(serial, published.zone().serial());
            Some(increments.len())
        };
        versions.iter().map(since).collect()
    }

    fn publish(published: Published, versions: &[ServedZone]) -> Published {
        let next = |last: Published, zone: &ServedZone| last.next(zone.clone());
        versions.iter().fold(published, next)
    }

    #[test]
    fn each_version_begins_where_the_one_before_ends() {
        let versions = versions([3, 4, 5]);
        let published = publish(versions[0].clone().into(), &versions[1..]);
        assert_eq!(given(&published, &versions), [Some(2), Some(1), None]);
    }

    #[test]
    fn the_same_zone_once_more_changes_nothing() {
        let versions = versions([3, 4]);
        let published = publish(versions[0].clone().into(), &versions[1..]);
        let again = published.next(versions[1].clone());
        assert_eq!(given(&again, &versions), [Some(1), None]);
    }

    #[test]
    fn what_stood_for_two_versions_is_no_beginning() {
        // The same serial twice, as when something is let go that was held.
        let (versions, held) = (versions([3, 4, 5, 6]), versions([3, 9]));
        let published = publish(held[0].clone().into(), &held[1..]);
        let published = published.next(versions[1].clone());
        assert_eq!(given(&published, &versions), [None; 4]);
        let published = published.next(versions[2].clone());
        assert_eq!(given(&published, &versions), [None; 4]);
        let published = published.next(versions[3].clone());
        assert_eq!(given(&published, &versions), [None, None, Some(1), None]);
    }

    #[test]
    fn nothing_leads_across_a_serial_that_went_back() {
        let (versions, sealed) = (versions([3, 4, 5, 6, 7, 8]), versions([9, 10, 11, 12]));
        let mut published = publish(sealed[0].clone().into(), &sealed[1..]);
        for version in &versions[1..5] {
            published = published.next(version.clone());
            assert_eq!(given(&published, &versions), [None; 6], "{version:?}");
        }
        let published = published.next(versions[5].clone());
        let last = [None, None, None, None, Some(1), None];
        assert_eq!(given(&published, &versions), last);
        let back_again = publish(published, &versions[1..3]);
        assert_eq!(given(&back_again, &versions), [None; 6]);
    }

    #[test]
    fn what_a_life_before_has_given_out_is_no_beginning() {
        let versions = versions([3, 4, 5, 6]);
        let doubtful = versions[1].serial();
        let published = Published::first(versions[0].clone(), Some(doubtful));
        let published = publish(published, &versions[1..3]);
        assert_eq!(given(&published, &versions), [None; 4]);
        let published = published.next(versions[3].clone());
        assert_eq!(given(&published, &versions), [None, None, Some(1), None]);
    }

    #[test]
    fn the_oldest_are_forgotten_before_all_are_as_large_as_the_zone() {
        let versions = versions(3..103);
        let published = publish(versions[0].clone().into(), &versions[1..]);
        let octets = published.increments.iter().map(|it| it.octets());
        assert!(octets.sum::<usize>() < published.octets);
        let count = published.increments.len();
        assert!((2..=limits::INCREMENTS_MAX).contains(&count), "{count}");
        let given = given(&published, &versions);
        let (old, known) = given.split_at(versions.len() - 1 - count);
        assert!(old.iter().all(Option::is_none));
        let expected: Vec<_> = (1..=count).rev().map(Some).chain([None]).collect();
        assert_eq!(known, expected);
    }
}
