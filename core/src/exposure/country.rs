//! The names of each country together.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{Country, Dependence, Exposed, Party, Report};

/// A country and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryReport<'a> {
    /// The country.
    pub country: Country,
    /// Its names, in canonical order.
    pub names: Vec<&'a Exposed>,
    /// The parties that could stop all of them, each alone.
    pub all: BTreeSet<&'a Party>,
    /// The parties that could stop one of them at least, each alone.
    pub any: BTreeSet<&'a Party>,
}

impl CountryReport<'_> {
    /// The worst dependence of its names.
    pub fn dependence(&self) -> Dependence {
        let each = self.names.iter().map(|exposed| exposed.dependence());
        each.max().unwrap_or(Dependence::None)
    }
}

impl Report {
    /// The names of each country that has one.
    pub fn countries(&self) -> Vec<CountryReport<'_>> {
        let mut names: BTreeMap<Country, Vec<&Exposed>> = BTreeMap::new();
        for exposed in &self.names {
            if let Some(country) = exposed.country {
                names.entry(country).or_default().push(exposed);
            }
        }
        let each = names.into_iter().map(|(country, names)| {
            let any: BTreeSet<&Party> = names.iter().flat_map(|it| it.alone()).collect();
            let stops = |exposed: &Exposed, party: &Party| exposed.alone().any(|it| it == party);
            let all = any
                .iter()
                .filter(|party| names.iter().all(|it| stops(it, party)));
            CountryReport {
                country,
                all: all.copied().collect(),
                any,
                names,
            }
        });
        each.collect()
    }
}
