//! Databases as their makers lay them out, and octets that are none.

use std::collections::BTreeSet;

use super::*;

#[path = "../../tests/common/mmdb.rs"]
mod writer;

use writer::{Value, database, map, text};

fn open(octets: Vec<u8>) -> Result<Database, MmdbError> {
    Database::from_octets(Path::new("test.mmdb"), octets)
}

/// Coordinates, which no layout has where we look.
fn numbers() -> Value {
    Value::Array(vec![Value::Double(1.0), Value::Double(2.0)])
}

fn said(origin: &Origin) -> String {
    let Origin {
        country,
        system,
        organisation,
    } = origin;
    let country = country.map(|it| it.to_string()).unwrap_or_default();
    let system = system.map(|it| it.to_string()).unwrap_or_default();
    let organisation = organisation.clone().unwrap_or_default();
    format!("{country}|{system}|{organisation}")
}

#[test]
fn each_makers_layout_is_read() {
    let iso = |code: &str| map([("geoname_id", Value::U32(1)), ("iso_code", text(code))]);
    let system = [
        ("autonomous_system_number", Value::U32(64496)),
        ("autonomous_system_organization", text("Org\u{1b}[2J")),
    ];
    let table = [
        (map([("country", iso("CD"))]), "CD||"),
        (
            map([("registered_country", iso("US")), ("country", iso("CD"))]),
            "CD||",
        ),
        (map([("registered_country", iso("US"))]), "US||"),
        (map(system.clone()), "|64496|Org [2J"),
        (
            map([("country", iso("mu")), ("traits", map(system))]),
            "MU|64496|Org [2J",
        ),
        (
            map([
                ("country", text("CD")),
                ("asn", text("AS64497")),
                ("as_name", text("Net")),
            ]),
            "CD|64497|Net",
        ),
        (
            map([
                ("country", text("DR Congo")),
                ("country_code", text("CD")),
                ("asn", text("AS64497")),
                ("name", text("Net")),
            ]),
            "CD|64497|Net",
        ),
        (map([("asn", Value::U32(64498))]), "|64498|"),
        (map([("as_number", text("64498"))]), "|64498|"),
        // What is not a country or a number is none.
        (
            map([("country", text("Congo")), ("asn", text("ASX"))]),
            "||",
        ),
        (map([("asn", text("AS"))]), "||"),
        (map([("asn", text("AS4294967296"))]), "||"),
        (
            map([
                ("autonomous_system_number", Value::U32(0)),
                ("name", text("X")),
            ]),
            "||",
        ),
        (
            map([("country", numbers()), ("country_code", text("CD"))]),
            "CD||",
        ),
        (text("CD"), "||"),
        (numbers(), "||"),
        (map([]), "||"),
    ];
    for (record, expected) in table {
        let octets = database(&[("16.0.0.0/8", record.clone())]);
        let database = open(octets).unwrap();
        let origin = database.origin("16.1.2.3".parse().unwrap()).unwrap();
        assert_eq!(said(&origin), expected, "{record:?}");
        let other = database.origin("17.1.2.3".parse().unwrap()).unwrap();
        assert_eq!(other, Origin::default());
    }
}

#[test]
fn networks_are_told_apart_and_files_complete_each_other() {
    let country = |code: &str| map([("country_code", text(code))]);
    let countries = database(&[
        ("16.0.0.0/8", country("CD")),
        ("16.1.2.0/24", country("MU")),
        ("2a00:1::/32", country("AI")),
    ]);
    let system = |asn: &str| map([("asn", text(asn)), ("country_code", text("US"))]);
    let systems = database(&[("16.1.0.0/16", system("AS1")), ("2a00::/16", system("AS2"))]);
    let [countries, systems] = [countries, systems].map(|octets| open(octets).unwrap());
    let table = [
        ("16.0.0.1", "CD||"),
        ("16.1.1.1", "CD|1|"),
        ("16.1.2.3", "MU|1|"),
        ("2a00:1::1", "AI|2|"),
        ("2a00:2::1", "US|2|"),
        ("2b00::1", "||"),
    ];
    let addresses: BTreeSet<IpAddr> = table.iter().map(|(it, _)| it.parse().unwrap()).collect();
    let origins = origins(&[countries, systems], addresses).unwrap();
    for (address, expected) in table {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(said(&origins[&address]), expected, "{address}");
    }
}

#[test]
fn octets_that_are_no_database_are_refused() {
    let good = database(&[("16.0.0.0/8", map([("asn", text("AS64496"))]))]);
    let marker = good
        .windows(3)
        .position(|it| it == b"\xab\xcd\xef")
        .unwrap();
    for octets in [
        Vec::new(),
        b"nonsense".to_vec(),
        good[..marker].to_vec(),
        good[marker..].to_vec(),
        good[..good.len() - 1].to_vec(),
    ] {
        let error = open(octets).unwrap_err().to_string();
        let begins = "test.mmdb is no database in MaxMind's format: ";
        assert!(
            error.starts_with(begins) && error.len() > begins.len(),
            "{error}"
        );
    }
    let missing = Database::open(Path::new("/nowhere/test.mmdb")).unwrap_err();
    assert!(matches!(missing, MmdbError::Unreadable(_)), "{missing}");
}

#[test]
fn whatever_octet_is_wrong_reading_ends_with_a_value_or_an_error() {
    let record = map([
        ("asn", text("AS64496")),
        ("country", map([("iso_code", text("CD"))])),
    ]);
    let good = database(&[("16.0.0.0/8", record.clone()), ("2a00::/16", record)]);
    let addresses: [IpAddr; 3] = ["16.1.2.3", "2a00::1", "1.1.1.1"].map(|it| it.parse().unwrap());
    let mut errors = 0;
    for at in 0..good.len() {
        for octet in [0x00, 0x20, 0xe1, 0xff, good[at] ^ 1] {
            let mut octets = good.clone();
            octets[at] = octet;
            let Ok(database) = open(octets) else {
                errors += 1;
                continue;
            };
            for address in addresses {
                errors += usize::from(database.origin(address).is_err());
            }
        }
    }
    // What is wrong in the data and in the tree is noticed, not only in the metadata.
    assert!(errors > 100, "{errors}");
}
