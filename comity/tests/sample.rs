//! What the sample root promises in its first lines.

#![expect(clippy::panic, reason = "a test says so by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const SAMPLE: &str = include_str!("../sample/root.zone");

#[test]
fn says_first_that_it_is_a_sample() {
    assert!(SAMPLE.starts_with("; A SAMPLE. This is not the root zone of the DNS"));
}

#[test]
fn has_names_of_every_sort() {
    let records = records();
    let top = owners(&records, "NS");
    let signed = owners(&records, "DS");
    assert!(top.len() >= 40);
    assert!(top.iter().filter(|name| name.starts_with("xn--")).count() >= 10);
    assert!(signed.is_subset(&top) && signed.len() < top.len());

    let mut served: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.rtype == "NS") {
        served.entry(record.data).or_default().insert(record.owner);
    }
    let shared = served.values().filter(|names| names.len() > 1).count();
    assert!(shared >= 5, "hosts that serve several names: {shared}");
    let elsewhere = |name: &&str| {
        served
            .iter()
            .all(|(host, names)| !names.contains(*name) || !is_below(host, name))
    };
    assert!(top.iter().filter(|name| elsewhere(name)).count() >= 5);
}

#[test]
fn every_host_has_addresses_of_its_own_for_documentation() {
    let records = records();
    let used: BTreeSet<_> = records
        .iter()
        .filter(|r| r.rtype == "NS")
        .map(|r| r.data)
        .collect();
    let addressed = &owners(&records, "A") | &owners(&records, "AAAA");
    assert_eq!(used, addressed);

    let mut seen = BTreeSet::new();
    for record in records
        .iter()
        .filter(|record| ["A", "AAAA"].contains(&record.rtype))
    {
        let nets = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
        assert!(
            nets.iter().any(|net| record.data.starts_with(net)),
            "{}",
            record.data
        );
        assert!(seen.insert(record.data), "{} twice", record.data);
    }
}

/// The scenes of the quickstart change these two; nobody else may depend on
/// their hosts.
#[test]
fn names_with_a_part_stand_alone() {
    let records = records();
    for name in ["harbour.", "atoll."] {
        assert!(owners(&records, "DS").contains(name));
        let by_others = records
            .iter()
            .find(|r| r.rtype == "NS" && r.owner != name && is_below(r.data, name));
        assert!(
            by_others.is_none(),
            "a host below {name} is used by another name"
        );
    }
}

#[test]
fn knot_finds_no_fault_in_it() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/root.zone");
    let Ok(output) = Command::new("kzonecheck").args(["-o", ".", file]).output() else {
        let is_required = std::env::var_os("COMITY_REQUIRE").is_some_and(|value| value == "1");
        assert!(!is_required, "there is no kzonecheck here");
        println!("skipped: there is no kzonecheck here");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

struct Record<'a> {
    owner: &'a str,
    rtype: &'a str,
    data: &'a str,
}

fn records() -> Vec<Record<'static>> {
    let lines = SAMPLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'));
    lines
        .map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let [owner, _ttl, "IN", rtype, data, ..] = fields[..] else {
                panic!("not one record: {line}");
            };
            Record { owner, rtype, data }
        })
        .collect()
}

/// Who has records of a type, but for the apex.
fn owners<'a>(records: &[Record<'a>], rtype: &str) -> BTreeSet<&'a str> {
    let of_type = records
        .iter()
        .filter(|record| record.rtype == rtype && record.owner != ".");
    of_type.map(|record| record.owner).collect()
}

fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|rest| rest.ends_with('.'))
}
