//! What a report of exposure reads beside a zone: databases of addresses, tables
//! of countries and of operators; and the report of any zone, alone and together
//! with itself.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use comity_core::exposure::{
    CountryTable, OperatorTable, Party, Report, Sources, addresses, shifts, survey,
};
use comity_core::zone::Name;
use comity_fuzz::parts::Parts;
use comity_mirror::mmdb::{Database, origins};
use comity_mirror::zonefile;
use libfuzzer_sys::fuzz_target;

const ADDRESSES: [&str; 5] = [
    "0.0.0.0",
    "11.0.0.1",
    "255.255.255.255",
    "2a00::1",
    "ffff::",
];

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let kind = parts.octet() % 4;
    let octets = parts.rest();
    let text = String::from_utf8_lossy(octets);
    match kind {
        0 => database(octets),
        1 => countries(&text),
        2 => operators(&text),
        _ => zone(octets),
    }
});

fn database(octets: &[u8]) {
    let database = match Database::from_octets(Path::new("x"), octets.to_vec()) {
        Ok(database) => database,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let addresses = ADDRESSES.map(|address| address.parse::<IpAddr>().unwrap());
    match origins(&[database], addresses) {
        Ok(origins) => {
            for origin in origins.values() {
                let shown = origin.organisation.as_deref().unwrap_or_default();
                assert!(!shown.contains(char::is_control));
                assert!(origin.organisation.is_none() || origin.system.is_some());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn countries(text: &str) {
    if let Ok(table) = CountryTable::read(text) {
        for name in ["ai.", "cd.", "xn--p1ai."] {
            let name: Name = name.parse().unwrap();
            if let Some(country) = table.of(&name) {
                let place = table.place(country).unwrap();
                assert!(place.latitude.abs() <= 9_000 && place.longitude.abs() <= 18_000);
            }
        }
    }
}

fn operators(text: &str) {
    if let Ok(table) = OperatorTable::read(text) {
        let server: Name = "a.pch.net.".parse().unwrap();
        assert!(table.of(&server).is_none_or(|it| !it.is_empty()));
    }
}

fn zone(octets: &[u8]) {
    let Ok(read) = zonefile::read_from(octets, None) else {
        return;
    };
    let contents = &read.contents;
    assert!(addresses(contents).len() <= contents.record_count());
    let sources = Sources {
        origins: &BTreeMap::new(),
        operators: &OperatorTable::default(),
        countries: &CountryTable::default(),
    };
    let [report, again] = survey([contents, contents], sources);
    assert_eq!(report, again);
    assert!(shifts(&report, &again).is_empty());
    assert_eq!(report.names.len(), contents.delegations().count());
    all_refuse(&report);
}

/// Where all refuse service, all goes dark.
fn all_refuse(report: &Report) {
    let parties: BTreeSet<Party> = report.parties().into_iter().cloned().collect();
    let outage = report.outage(&parties);
    assert_eq!(outage.dark.len(), report.names.len());
    assert_eq!(report.names_csv().lines().count(), report.names.len() + 1);
    assert_eq!(report.parties_csv().lines().count(), parties.len() + 1);
}
