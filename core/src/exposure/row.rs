//! The report as it leaves the machine: one object of JSON, or tables of
//! comma-separated values (RFC 4180) with a heading.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::net::IpAddr;

use serde::Serialize;

use super::{
    Country, CountryReport, CountryTable, Dependence, Effect, Endpoint, Exposed, Operator, Outage,
    Party, Report, Shift,
};
use crate::zone::Name;

impl Dependence {
    /// The word for it, in tables and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Operator => "operator",
            Self::System => "as",
            Self::Country => "country",
            Self::Abroad => "abroad",
        }
    }
}

/// A name as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct NameRow<'a> {
    /// The name.
    pub name: &'a Name,
    /// The country whose name it is.
    pub country: Option<Country>,
    /// The worst that one party alone can do to it.
    pub dependence: &'static str,
    /// Who could stop it alone.
    pub alone: Vec<&'a Party>,
    /// Each party, with how many of the endpoints are with it.
    pub shares: Vec<ShareRow<'a>>,
    /// The endpoints.
    pub endpoints: Vec<EndpointRow<'a>>,
}

/// A party of a name, with how many of the endpoints are with it.
#[derive(Clone, Debug, Serialize)]
pub struct ShareRow<'a> {
    /// The party.
    pub party: &'a Party,
    /// How many endpoints are with it.
    pub endpoints: usize,
}

/// An endpoint as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointRow<'a> {
    /// The server.
    pub server: &'a Name,
    /// Its address, where the zone has one.
    pub address: Option<IpAddr>,
    /// What the address is reserved for, where it is.
    pub special: Option<&'static str>,
    /// Who runs the server.
    pub operator: &'a Operator,
    /// The autonomous system, where it is known.
    #[serde(rename = "as")]
    pub system: Option<u32>,
    /// The country, where it is known.
    pub country: Option<Country>,
    /// The names that the server's own name needs.
    pub above: &'a BTreeSet<Name>,
}

/// A country as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct CountryRow<'a> {
    /// The country.
    pub country: Country,
    /// Its names.
    pub names: Vec<&'a Name>,
    /// The worst dependence of its names.
    pub dependence: &'static str,
    /// Who could stop all of its names alone.
    pub all: &'a BTreeSet<&'a Party>,
    /// Who could stop one of its names at least alone.
    pub any: &'a BTreeSet<&'a Party>,
}

/// What a party can do alone, as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct PartyRow<'a> {
    /// The party.
    pub party: &'a Party,
    /// The organisation, of an autonomous system where it is known.
    pub organisation: Option<&'a str>,
    /// The names that would go dark.
    pub dark: &'a [&'a Name],
    /// The names that would lose half of their endpoints or more.
    pub half: &'a [&'a Name],
    /// How many names would lose fewer.
    pub fewer: usize,
    /// The countries whose names would go dark.
    pub countries: &'a BTreeSet<Country>,
}

/// What several parties do together, as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct OutageRow<'a> {
    /// Who refuses service.
    pub refusing: &'a BTreeSet<Party>,
    /// The names that go dark.
    pub dark: Vec<&'a Name>,
    /// The names that lose half of their endpoints or more.
    pub half: Vec<&'a Name>,
    /// How many names lose fewer.
    pub fewer: usize,
}

/// A change as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct ShiftRow<'a> {
    /// The name.
    pub name: &'a Name,
    /// The country whose name it is.
    pub country: Option<Country>,
    /// Who could stop it alone before.
    pub before: &'a BTreeSet<Party>,
    /// Who could stop it alone now.
    pub after: &'a BTreeSet<Party>,
    /// How many of its addresses stayed.
    pub kept: usize,
    /// How many addresses it had.
    pub had: usize,
}

impl Exposed {
    /// The name for JSON.
    pub fn row(&self) -> NameRow<'_> {
        let shares = self.shares.iter();
        NameRow {
            name: &self.name,
            country: self.country,
            dependence: self.dependence().as_str(),
            alone: self.alone().collect(),
            shares: shares
                .map(|(party, endpoints)| ShareRow {
                    party,
                    endpoints: *endpoints,
                })
                .collect(),
            endpoints: self.endpoints.iter().map(Endpoint::row).collect(),
        }
    }

    /// The cells of the table of names.
    fn cells(&self) -> [String; 10] {
        let alone = |is_kind: fn(&Party) -> bool| {
            let texts = self.alone().filter(|party| is_kind(party));
            listed(texts)
        };
        let missing = |is_known: fn(&Endpoint) -> bool| {
            let unknown = self.endpoints.iter().filter(|it| !is_known(it));
            unknown.count().to_string()
        };
        [
            self.name.to_string(),
            optional(self.country),
            self.endpoints.len().to_string(),
            missing(|it| it.system.is_some()),
            missing(|it| it.country.is_some()),
            self.dependence().as_str().to_string(),
            alone(|party| matches!(party, Party::Operator(_))),
            alone(|party| matches!(party, Party::System(_))),
            alone(|party| matches!(party, Party::Country(_))),
            alone(|party| matches!(party, Party::Name(_))),
        ]
    }
}

impl Endpoint {
    fn row(&self) -> EndpointRow<'_> {
        EndpointRow {
            server: &self.server,
            address: self.address,
            special: self.special,
            operator: &self.operator,
            system: self.system,
            country: self.country,
            above: &self.above,
        }
    }
}

impl Report {
    /// The organisation of a party that is an autonomous system.
    pub fn organisation(&self, party: &Party) -> Option<&str> {
        match party {
            Party::System(number) => self.organisations.get(number).map(String::as_str),
            Party::Operator(_) | Party::Country(_) | Party::Name(_) => None,
        }
    }

    /// What a party can do alone, for JSON.
    pub fn party_row<'a>(&'a self, effect: &'a Effect<'a>) -> PartyRow<'a> {
        PartyRow {
            party: effect.party,
            organisation: self.organisation(effect.party),
            dark: &effect.dark,
            half: &effect.half,
            fewer: effect.fewer,
            countries: &effect.countries,
        }
    }

    /// The table of names.
    pub fn names_csv(&self) -> String {
        const HEADING: [&str; 10] = [
            "name",
            "country",
            "endpoints",
            "without_as",
            "without_country",
            "dependence",
            "alone_operator",
            "alone_as",
            "alone_country",
            "alone_names",
        ];
        csv(HEADING, self.names.iter().map(Exposed::cells))
    }

    /// The table of countries, with what a table of their places says of them.
    pub fn countries_csv(&self, table: &CountryTable) -> String {
        const HEADING: [&str; 7] = [
            "country",
            "called",
            "un_member",
            "names",
            "dependence",
            "alone_all",
            "alone_any",
        ];
        let countries = self.countries();
        let cells = countries.iter().map(|it| {
            let place = table.place(it.country);
            let member = place.map_or("", |place| if place.is_member { "yes" } else { "no" });
            [
                it.country.to_string(),
                place.map_or_else(String::new, |place| place.name.clone()),
                member.to_string(),
                listed(it.names.iter().map(|exposed| &exposed.name)),
                it.dependence().as_str().to_string(),
                listed(&it.all),
                listed(&it.any),
            ]
        });
        csv(HEADING, cells)
    }

    /// The table of parties.
    pub fn parties_csv(&self) -> String {
        const HEADING: [&str; 6] = [
            "party",
            "organisation",
            "dark",
            "half",
            "fewer",
            "countries",
        ];
        let effects = self.effects();
        let cells = effects.iter().map(|effect| {
            [
                effect.party.to_string(),
                self.organisation(effect.party).unwrap_or("").to_string(),
                effect.dark.len().to_string(),
                effect.half.len().to_string(),
                effect.fewer.to_string(),
                listed(&effect.countries),
            ]
        });
        csv(HEADING, cells)
    }
}

impl CountryReport<'_> {
    /// The country for JSON.
    pub fn row(&self) -> CountryRow<'_> {
        CountryRow {
            country: self.country,
            names: self.names.iter().map(|it| &it.name).collect(),
            dependence: self.dependence().as_str(),
            all: &self.all,
            any: &self.any,
        }
    }
}

impl Outage<'_> {
    /// The outage for JSON.
    pub fn row<'a>(&'a self, refusing: &'a BTreeSet<Party>) -> OutageRow<'a> {
        OutageRow {
            refusing,
            dark: self.dark.iter().map(|it| &it.name).collect(),
            half: self.half.iter().map(|(it, _)| &it.name).collect(),
            fewer: self.fewer,
        }
    }

    /// The table of the names that go dark, and those that lose half or more.
    pub fn csv(&self) -> String {
        let cells = |exposed: &Exposed, outcome: &str, lost: usize| {
            [
                exposed.name.to_string(),
                optional(exposed.country),
                outcome.to_string(),
                lost.to_string(),
                exposed.endpoints.len().to_string(),
            ]
        };
        let dark = self.dark.iter();
        let dark = dark.map(|it| cells(it, "dark", it.endpoints.len()));
        let half = self.half.iter().map(|(it, lost)| cells(it, "half", *lost));
        let heading = ["name", "country", "outcome", "lost", "endpoints"];
        csv(heading, dark.chain(half))
    }
}

impl Shift {
    /// The change for JSON.
    pub fn row(&self) -> ShiftRow<'_> {
        ShiftRow {
            name: &self.name,
            country: self.country,
            before: &self.before,
            after: &self.after,
            kept: self.kept,
            had: self.had,
        }
    }

    /// The table of changes.
    pub fn csv(shifts: &[Self]) -> String {
        let cells = shifts.iter().map(|shift| {
            [
                shift.name.to_string(),
                optional(shift.country),
                listed(&shift.before),
                listed(&shift.after),
                shift.kept.to_string(),
                shift.had.to_string(),
            ]
        });
        csv(["name", "country", "before", "after", "kept", "had"], cells)
    }
}

/// Several in one cell, or in one line.
pub fn listed(items: impl IntoIterator<Item = impl Display>) -> String {
    let texts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    texts.join("; ")
}

fn optional(country: Option<Country>) -> String {
    country.map_or_else(String::new, |country| country.to_string())
}

fn csv<const N: usize>(heading: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = line(heading.map(ToString::to_string));
    for cells in rows {
        text.push_str(&line(cells));
    }
    text
}

fn line<const N: usize>(cells: [String; N]) -> String {
    format!("{}\n", cells.map(|cell| quoted(&cell)).join(","))
}

/// A cell in quotes where it needs them.
fn quoted(cell: &str) -> String {
    match cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}
