//! Serial numbers of zones (RFC 1982), and the SOA fields that editions read.

use alloc::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::basic::Time;
use crate::zone::{Contents, Rdata, RecordSet, Rtype};

/// Whether serial `a` is later than serial `b` (RFC 1982 §3.2).
pub fn is_later(a: u32, b: u32) -> bool {
    (1..1 << 31).contains(&a.wrapping_sub(b))
}

/// The first of several serials: that which all others are later than. None where
/// there is no such, as they lie too far apart to have an order (RFC 1982 §3.2).
pub fn first(serials: &BTreeSet<u32>) -> Option<u32> {
    let before = serials.last().into_iter().chain(serials);
    let mut pairs = serials.iter().zip(before);
    let found = pairs.find(|(first, last)| *first == *last || is_later(**last, **first));
    found.map(|(first, _)| *first)
}

/// The serial of an edition: the day as YYYYMMDD00, or the one after `last`
/// if that is not later.
pub(super) fn next(last: u32, now: Time) -> u32 {
    match of_day(now) {
        Some(today) if is_later(today, last) => today,
        _ => last.wrapping_add(1),
    }
}

/// YYYYMMDD00 of a day in UTC; none after the year 4294.
fn of_day(now: Time) -> Option<u32> {
    let timestamp = Timestamp::from_second(i64::try_from(now.0).ok()?).ok()?;
    let date = TimeZone::UTC.to_datetime(timestamp).date();
    let day = i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100;
    u32::try_from((day + i64::from(date.day())) * 100).ok()
}

/// The five numbers at the end of SOA data (RFC 1035 §3.3.13): serial,
/// refresh, retry, expire, minimum.
fn numbers(soa: &Rdata) -> Option<&[[u8; 4]; 5]> {
    let (_names, numbers) = soa.as_wire().split_last_chunk::<20>()?;
    numbers.as_chunks::<4>().0.first_chunk()
}

/// The beginning of the day that a serial names, where it is a date and a number
/// of that day, as RFC 1912 §2.2 advises and the root has it.
pub fn day(serial: u32) -> Option<Time> {
    let date = serial / 100;
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let date = jiff::civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    let midnight = date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let second = midnight.timestamp().as_second();
    u64::try_from(second).ok().map(Time)
}

/// The serial of SOA data.
pub fn of_soa(soa: &Rdata) -> u32 {
    numbers(soa).map_or(0, |[serial, ..]| u32::from_be_bytes(*serial))
}

/// The expire field of SOA data, in seconds.
pub(crate) fn expire_of(soa: &Rdata) -> u32 {
    numbers(soa).map_or(0, |[_, _, _, expire, _]| u32::from_be_bytes(*expire))
}

/// The same SOA data with another serial.
pub(crate) fn replaced(soa: &Rdata, serial: u32) -> Rdata {
    let mut wire = soa.as_wire().to_vec();
    if let Some((place, _)) = wire
        .split_last_chunk_mut::<20>()
        .and_then(|(_names, numbers)| numbers.split_first_chunk_mut::<4>())
    {
        *place = serial.to_be_bytes();
    }
    Rdata::from_canonical(&wire)
}

/// The TTL of NSEC records: the smaller one of SOA's TTL and minimum
/// (RFC 9077 §3).
pub(crate) fn negative_ttl(soa: &RecordSet) -> u32 {
    let minimum = soa.first().and_then(numbers);
    minimum.map_or(soa.ttl, |[.., minimum]| {
        soa.ttl.min(u32::from_be_bytes(*minimum))
    })
}

impl Contents {
    /// The serial in these contents' SOA record. Editions replace it.
    pub fn serial(&self) -> u32 {
        let soa = self.get(self.origin(), Rtype::SOA);
        soa.and_then(RecordSet::first).map_or(0, of_soa)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_is_as_rfc_1982() {
        for (a, b, later) in [
            (1, 0, true),
            (0, 1, false),
            (5, 5, false),
            (0, u32::MAX, true),
            (100, 0xFFFF_FF00, true),
            (0x8000_0000, 0, false),
            (0x7FFF_FFFF, 0, true),
        ] {
            assert_eq!(is_later(a, b), later, "{a} after {b}");
        }
    }

    #[test]
    fn the_first_is_before_all_others() {
        let table: [(&[u32], Option<u32>); 8] = [
            (&[], None),
            (&[5], Some(5)),
            (&[7, 5, 6], Some(5)),
            (&[u32::MAX, 0, 1], Some(u32::MAX)),
            (&[0, 0x7FFF_FFFF], Some(0)),
            (&[0, 0x8000_0001], Some(0x8000_0001)),
            // Half of all serials apart, or all around.
            (&[0, 0x8000_0000], None),
            (&[0, 0x6000_0000, 0xB000_0000], None),
        ];
        for (serials, expected) in table {
            let serials = BTreeSet::from_iter(serials.iter().copied());
            assert_eq!(first(&serials), expected, "{serials:?}");
        }
    }

    #[test]
    fn serials_say_the_day_where_they_can() {
        let now = Time(1_767_052_800); // 2025-12-30T00:00Z
        for (last, expected) in [
            (2_025_122_901, 2_025_123_000),
            (2_025_123_000, 2_025_123_001),
            (2_025_123_099, 2_025_123_100),
            (7, 2_025_123_000),
            (0, 2_025_123_000),
            (u32::MAX, 2_025_123_000),
            (0xF000_0000, 0xF000_0001),
        ] {
            assert_eq!(next(last, now), expected, "after {last}");
        }
        assert_eq!(next(7, Time(u64::MAX)), 8);
    }

    #[test]
    fn soa_fields_are_read_and_replaced() {
        let soa = Rdata::from_text(Rtype::SOA, "a. b. 7 2 3 4 5").unwrap();
        assert_eq!(of_soa(&soa), 7);
        assert_eq!(replaced(&soa, 9).to_text(Rtype::SOA), "a. b. 9 2 3 4 5");
        assert_eq!(negative_ttl(&RecordSet::of_one(100, soa.clone())), 5);
        assert_eq!(negative_ttl(&RecordSet::of_one(3, soa)), 3);
    }
}
