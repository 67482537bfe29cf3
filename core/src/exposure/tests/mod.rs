//! What is said of each name, as tables, and what holds for any zone.

mod operators;
mod properties;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{CountryTable, Exposed, OperatorTable, Origin, Report, Sources, addresses, survey};
use crate::zone::Contents;
use crate::zone::samples::{build, name};

/// What is known beside the zone, as a test has it.
#[derive(Clone, Debug, Default)]
struct World {
    origins: BTreeMap<IpAddr, Origin>,
    operators: OperatorTable,
    countries: CountryTable,
}

impl World {
    /// Knows addresses by the first octet of IPv4 and the last of IPv6: in tens
    /// its country, in ones its autonomous system; 0 is not known.
    fn of(zones: &[&Contents]) -> Self {
        let addresses = zones.iter().flat_map(|zone| addresses(zone));
        let origins = addresses.map(|address| {
            let code = match address {
                IpAddr::V4(address) => address.octets()[0],
                IpAddr::V6(address) => address.octets()[15],
            };
            (address, origin(code))
        });
        Self {
            origins: origins.collect(),
            ..Self::default()
        }
    }

    fn survey<const N: usize>(&self, zones: [&Contents; N]) -> [Report; N] {
        let sources = Sources {
            origins: &self.origins,
            operators: &self.operators,
            countries: &self.countries,
        };
        survey(zones, sources)
    }
}

fn origin(code: u8) -> Origin {
    let (country, system) = (code / 10, code % 10);
    Origin {
        country: ["", "CD", "MU", "AI"]
            .get(usize::from(country))
            .and_then(|country| country.parse().ok()),
        system: (system > 0).then(|| u32::from(system)),
        organisation: Some(String::from("Org")),
    }
}

/// A zone of these delegations and hosts, each `OWNER TYPE DATA`.
fn zone(origin: &str, lines: &str) -> Contents {
    let lines = lines.lines().map(str::trim).filter(|it| !it.is_empty());
    let lines: String = lines
        .map(|line| line.replacen(' ', " 60 ", 1) + "\n")
        .collect();
    let apex = std::format!("{origin} 60 SOA a. b. 1 1 2 3 4\n{origin} 60 NS a.\n");
    build(origin, &(apex + &lines)).unwrap()
}

/// The report of one zone, in a world that knows its addresses.
fn report(contents: &Contents) -> Report {
    let [report] = World::of(&[contents]).survey([contents]);
    report
}

fn exposed<'a>(report: &'a Report, wanted: &str) -> &'a Exposed {
    let wanted = name(wanted);
    report.names.iter().find(|it| it.name == wanted).unwrap()
}

fn texts(items: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

/// Who could stop a name alone.
fn alone(report: &Report, wanted: &str) -> Vec<String> {
    texts(exposed(report, wanted).alone())
}

/// Who runs the servers of a name.
fn operators(report: &Report, wanted: &str) -> BTreeSet<String> {
    let endpoints = &exposed(report, wanted).endpoints;
    texts(endpoints.iter().map(|it| &it.operator))
        .into_iter()
        .collect()
}
