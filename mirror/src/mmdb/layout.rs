//! Where the makers of databases put a country and an autonomous system. The
//! first place that has one counts:
//!
//! | maker | country | autonomous system |
//! | --- | --- | --- |
//! | MaxMind, DB-IP | `country.iso_code` | `autonomous_system_number`, also in `traits` |
//! | IPinfo | `country_code`, or `country` | `asn` as `AS64496`, `as_name` or `name` |
//! | tables of registries | `country_code` | the same, `asn` or `as_number` |
//!
//! `registered_country`, in which a network is registered, counts where a maker
//! knows no country in which it is used.

use comity_core::exposure::{Country, Origin, tables};

use super::field::Field;

const COUNTRIES: [&[&str]; 4] = [
    &["country_code"],
    &["country", "iso_code"],
    &["country"],
    &["registered_country", "iso_code"],
];

const SYSTEMS: [&[&str]; 4] = [
    &["autonomous_system_number"],
    &["traits", "autonomous_system_number"],
    &["asn"],
    &["as_number"],
];

const ORGANISATIONS: [&[&str]; 6] = [
    &["autonomous_system_organization"],
    &["traits", "autonomous_system_organization"],
    &["as_name"],
    &["as_organization"],
    &["organization"],
    &["name"],
];

/// What a record says.
pub(super) fn origin(record: &Field) -> Origin {
    let system = SYSTEMS.iter().find_map(|path| number(record.at(path)?));
    let organisations = ORGANISATIONS.iter().filter_map(|path| record.text(path));
    let mut organisations = organisations.map(tables::printable);
    Origin {
        country: COUNTRIES
            .iter()
            .find_map(|path| country(record.text(path)?)),
        system,
        organisation: system.and_then(|_| organisations.find(|text| !text.is_empty())),
    }
}

fn country(text: &str) -> Option<Country> {
    text.parse().ok()
}

/// The number of an autonomous system; 0 is none (RFC 7607 §2).
fn number(field: &Field) -> Option<u32> {
    let number = match field {
        Field::Number(number) => u32::try_from(*number).ok(),
        Field::Text(text) => {
            let digits = text.strip_prefix("AS").unwrap_or(text);
            let are_digits = digits.bytes().all(|octet| octet.is_ascii_digit());
            are_digits.then(|| digits.parse().ok()).flatten()
        }
        Field::Map(_) | Field::Other => None,
    };
    number.filter(|number| *number != 0)
}
