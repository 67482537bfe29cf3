//! From one version to the next, and what is no step between two.

use alloc::collections::BTreeMap;
use core::convert::Infallible;

use super::*;
use crate::basic::{Digest, Time};
use crate::dnssec::ZoneKey;
use crate::upstream::seal::{Validity, seal};
use crate::zone::samples::build;

const LINES: &str = "
    . 86400 SOA a.root. nstld.example. 7 1800 900 604800 86400
    . 86400 NS a.root.
    a.root. 86400 A 192.0.2.1
    be. 86400 NS a.ns.be.
    be. 86400 NS b.ns.be.
    a.ns.be. 86400 A 192.0.2.2
    lu. 86400 NS a.ns.be.";

/// A zone of these lines with something in each signature's place.
fn zone(lines: &str, serial: u32) -> ServedZone {
    let contents = build(".", lines).unwrap();
    let key = [&[1, 1, 3, 15][..], &[7; 32]].concat();
    let key = ZoneKey::parse(&Rdata::from_wire(Rtype::DNSKEY, &key).unwrap()).unwrap();
    let validity = Validity {
        inception: Time(1_700_000_000),
        expiration: Time(1_800_000_000),
    };
    let sign = |message: &[u8]| Ok::<_, Infallible>(Digest::of(message).0.to_vec());
    let Ok(zone) = seal((&contents, serial), &key, validity, sign);
    zone
}

/// Owner, type and data of those records that a reader of a table cares for.
fn lines(records: &[Record], rtypes: &[Rtype]) -> Vec<alloc::string::String> {
    let wanted = records.iter().filter(|it| rtypes.contains(&it.rtype));
    let line = |it: &Record| {
        let data = it.data.to_text(it.rtype);
        alloc::format!("{} {} {} {data}", it.owner, it.ttl, it.rtype)
    };
    wanted.map(line).collect()
}

#[test]
fn says_what_goes_and_what_comes() {
    let (old, seen) = (zone(LINES, 7), [Rtype::NS, Rtype::A]);
    for (before, after, removed, added) in [
        (
            "192.0.2.2",
            "192.0.2.3",
            &["a.ns.be. 86400 A 192.0.2.2"][..],
            &["a.ns.be. 86400 A 192.0.2.3"][..],
        ),
        ("be. 86400 NS b.ns.be.", "", &["be. 86400 NS b.ns.be."], &[]),
        ("lu. 86400 NS a.ns.be.", "", &["lu. 86400 NS a.ns.be."], &[]),
        (
            "lu. ",
            "mu. ",
            &["lu. 86400 NS a.ns.be."],
            &["mu. 86400 NS a.ns.be."],
        ),
        // A set has one TTL: with another, each of its records is another.
        (
            "lu. 86400 ",
            "lu. 3600 ",
            &["lu. 86400 NS a.ns.be."],
            &["lu. 3600 NS a.ns.be."],
        ),
        ("no such line", "", &[], &[]),
    ] {
        let new = zone(&LINES.replace(before, after), 8);
        let increment = Increment::between(&old, &new).unwrap();
        assert_eq!(lines(&increment.removed, &seen), removed, "{before}");
        assert_eq!(lines(&increment.added, &seen), added, "{before}");
    }
}

#[test]
fn made_to_one_version_it_is_the_other() {
    let old = zone(LINES, 7);
    for (before, after) in [
        ("lu. ", "mu. "),
        ("be. 86400 NS b.ns.be.", "be. 86400 DS 1 8 2 0B8C1D4E"),
        ("86400", "3600"),
    ] {
        let new = zone(&LINES.replace(before, after), 8);
        let increment = Increment::between(&old, &new).unwrap();
        let rows = |zone: &ServedZone| -> BTreeMap<_, _> {
            let rows = zone
                .records()
                .map(|it| ((it.owner, it.rtype, it.data), it.ttl));
            rows.collect()
        };
        let mut made = rows(&old);
        for Record {
            owner,
            rtype,
            ttl,
            data,
        } in increment.removed.clone()
        {
            assert_eq!(made.remove(&(owner, rtype, data)), Some(ttl));
        }
        for Record {
            owner,
            rtype,
            ttl,
            data,
        } in increment.added.clone()
        {
            assert_eq!(made.insert((owner, rtype, data), ttl), None);
        }
        assert_eq!(made, rows(&new), "{before}");
        let is_soa = |record: &Record| record.rtype == Rtype::SOA;
        let order: Vec<bool> = increment.records().map(is_soa).collect();
        assert!(order[0] && order[increment.removed.len()]);
        assert_eq!(order.iter().filter(|is_soa| **is_soa).count(), 2);
        let (from, to) = (increment.from(), increment.to());
        assert_eq!((from, to), (7, 8));
    }
}

#[test]
fn is_from_an_earlier_version_of_the_same_zone_to_a_later_one() {
    let old = zone(LINES, 7);
    for (serial, is_later) in [(8, true), (7, false), (6, false), (7 + (1 << 31), false)] {
        let increment = Increment::between(&old, &zone(LINES, serial));
        assert_eq!(increment.is_some(), is_later, "{serial}");
    }
    let around = Increment::between(&zone(LINES, u32::MAX), &zone(LINES, 0));
    assert!(around.is_some());
}

#[test]
fn counts_the_octets_of_what_it_says() {
    let old = zone(LINES, 7);
    let increment = Increment::between(&old, &zone(LINES, 8)).unwrap();
    let octets = |record: &Record| record.owner.as_wire().len() + 10 + record.data.as_wire().len();
    assert_eq!(
        increment.octets(),
        increment.records().map(octets).sum::<usize>()
    );
    assert_eq!(
        old.octets(),
        old.records().map(|it| octets(&it)).sum::<usize>()
    );
    assert!(increment.octets() < old.octets());
}
