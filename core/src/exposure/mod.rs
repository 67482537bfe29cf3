//! Who could stop the names of a zone: for each name the operators, autonomous
//! systems, countries and other names that its servers are with; what goes dark
//! where one of them refuses service; and what a change of the zone makes of it.
//! Whether a dependence is bad it does not judge. `docs/exposure.md` is its
//! specification.
//!
//! Its words: an *endpoint* is an address of one of a name's servers, or the
//! server itself where the zone has no address for it; a *party* is who can
//! refuse service at it; a name *goes dark* where it loses all its endpoints.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`party`] | operators, countries and the other parties |
//! | `operators` | who runs a server, by its name and its neighbours |
//! | `above` | the names on which a server's own name depends |
//! | [`country`] | the names of each country together |
//! | [`outage`] | what goes dark, for one party and for several together |
//! | [`shift`] | what has changed between two versions |
//! | [`row`] | the report as lines of tables and of JSON |
//! | [`tables`] | what is known of countries and operators beside the zone |

mod above;
pub mod country;
mod operators;
pub mod outage;
pub mod party;
pub mod row;
pub mod shift;
pub mod tables;
#[cfg(test)]
mod tests;

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::check::networks::special_network;
use crate::zone::{Contents, Name, Rtype};

pub use country::CountryReport;
pub use outage::{Effect, Outage};
pub use party::{Country, Operator, Party};
pub use shift::{Shift, shifts};
pub use tables::{CountryTable, OperatorTable};

/// What a database knows of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The country.
    pub country: Option<Country>,
    /// The number of the autonomous system.
    pub system: Option<u32>,
    /// The name of the organisation that runs it.
    pub organisation: Option<String>,
}

/// What is known beside the zone.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Where addresses are. Those for special purposes are not looked up.
    pub origins: &'a BTreeMap<IpAddr, Origin>,
    /// Who runs servers, where their names do not tell.
    pub operators: &'a OperatorTable,
    /// Which names are countries', where their labels do not tell.
    pub countries: &'a CountryTable,
}

/// One address of a name's server, or the server where the zone has none for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The server.
    pub server: Name,
    /// The address; none where the zone has none.
    pub address: Option<IpAddr>,
    /// What the address is reserved for, where no public server can be at it.
    pub special: Option<&'static str>,
    /// Who runs the server.
    pub operator: Operator,
    /// The autonomous system, where it is known.
    pub system: Option<u32>,
    /// The country, where it is known.
    pub country: Option<Country>,
    /// The names without which the server's own name is not found.
    pub above: BTreeSet<Name>,
}

impl Endpoint {
    /// Who can refuse service at it.
    pub fn parties(&self) -> impl Iterator<Item = Party> {
        let known = [
            Some(Party::Operator(self.operator.clone())),
            self.system.map(Party::System),
            self.country.map(Party::Country),
        ];
        let above = self.above.iter().cloned().map(Party::Name);
        known.into_iter().flatten().chain(above)
    }
}

/// A name and what it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The name.
    pub name: Name,
    /// The country whose name it is.
    pub country: Option<Country>,
    /// Its endpoints, in canonical order of servers.
    pub endpoints: Vec<Endpoint>,
    /// How many of them are with each party.
    pub shares: BTreeMap<Party, usize>,
}

impl Exposed {
    /// The parties that could stop it alone: all of its endpoints are with each.
    pub fn alone(&self) -> impl Iterator<Item = &Party> {
        let all = self.endpoints.len();
        let shares = self.shares.iter();
        shares.filter_map(move |(party, share)| (*share == all).then_some(party))
    }

    /// The worst that one party alone can do to it.
    pub fn dependence(&self) -> Dependence {
        let of = |party: &Party| match party {
            Party::Operator(Operator::Own(_)) | Party::Name(_) => Dependence::None,
            Party::Operator(_) => Dependence::Operator,
            Party::System(_) => Dependence::System,
            Party::Country(country) => match self.country {
                Some(own) if own == *country => Dependence::None,
                Some(_) => Dependence::Abroad,
                None => Dependence::Country,
            },
        };
        self.alone().map(of).max().unwrap_or(Dependence::None)
    }
}

/// On whom a name depends alone; of several the last in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dependence {
    /// On none that is seen, or on its own country or servers.
    None,
    /// On one operator.
    Operator,
    /// On one autonomous system.
    System,
    /// On one country, where the name is no country's.
    Country,
    /// On one country, which is not its own.
    Abroad,
}

/// What a version of a zone depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The zone.
    pub zone: Name,
    /// All delegated names, in canonical order.
    pub names: Vec<Exposed>,
    /// The organisations of autonomous systems, where they are known.
    pub organisations: BTreeMap<u32, String>,
}

impl Report {
    /// Keeps these names only. What their servers are with stays as the whole
    /// zone tells it.
    pub fn retain(&mut self, is_kept: impl Fn(&Exposed) -> bool) {
        self.names.retain(is_kept);
    }

    /// All parties of its names.
    pub fn parties(&self) -> BTreeSet<&Party> {
        let names = self.names.iter();
        names.flat_map(|exposed| exposed.shares.keys()).collect()
    }

    /// The party that a text means: a country by its two letters, a system by
    /// `AS` and its number, anybody else as tables show them.
    pub fn party(&self, text: &str) -> Option<Party> {
        Party::read(text).or_else(|| {
            let parties = self.parties();
            let mut called = parties.into_iter().filter(|it| it.is_called(text));
            called.next().cloned()
        })
    }
}

/// Surveys versions of one zone. Who runs a server is judged by all of them
/// together, so that a party has one name in all.
pub fn survey<const N: usize>(versions: [&Contents; N], sources: Sources<'_>) -> [Report; N] {
    let all = operators::all(&versions, sources.operators);
    let mut operators = all.into_iter();
    versions.map(|contents| {
        let operators = operators.next().unwrap_or_default();
        let above = above::needed(contents);
        let survey = Survey {
            contents,
            sources,
            operators,
            above,
        };
        survey.report()
    })
}

/// The addresses of all name servers of delegated names that the zone has, but
/// those for special purposes: what is to be looked up.
pub fn addresses(contents: &Contents) -> BTreeSet<IpAddr> {
    let delegations = contents.delegations();
    let servers: BTreeSet<Name> = delegations.flat_map(|(_, it)| it.ns.targets()).collect();
    let all = servers
        .iter()
        .flat_map(|server| addresses_of(contents, server));
    all.filter(|address| special_network(*address).is_none())
        .collect()
}

/// The addresses that the zone has for a server, in canonical order.
fn addresses_of(contents: &Contents, server: &Name) -> Vec<IpAddr> {
    let sets = [Rtype::A, Rtype::AAAA].map(|rtype| contents.get(server, rtype));
    let data = sets.into_iter().flatten().flat_map(|set| &set.data);
    data.filter_map(|data| address(data.as_wire())).collect()
}

/// The address in the data of an A or AAAA record.
fn address(wire: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(wire).map(|octets| Ipv4Addr::from(octets).into());
    let v6 = || <[u8; 16]>::try_from(wire).map(|octets| Ipv6Addr::from(octets).into());
    v4.or_else(|_| v6()).ok()
}

/// One version while it is surveyed.
struct Survey<'a> {
    contents: &'a Contents,
    sources: Sources<'a>,
    operators: BTreeMap<Name, Operator>,
    above: BTreeMap<Name, BTreeSet<Name>>,
}

impl Survey<'_> {
    fn report(&self) -> Report {
        let delegations = self.contents.delegations();
        let names: Vec<Exposed> = delegations
            .map(|(name, delegation)| self.exposed(name, delegation.ns.targets()))
            .collect();
        Report {
            zone: self.contents.origin().clone(),
            organisations: self.organisations(&names),
            names,
        }
    }

    fn exposed(&self, name: &Name, servers: impl Iterator<Item = Name>) -> Exposed {
        let servers: BTreeSet<Name> = servers.collect();
        let mut endpoints = Vec::new();
        for server in servers {
            let addresses = addresses_of(self.contents, &server);
            if addresses.is_empty() {
                endpoints.push(self.endpoint(name, &server, None));
            }
            let with_address = addresses
                .into_iter()
                .map(|address| self.endpoint(name, &server, Some(address)));
            endpoints.extend(with_address);
        }
        let mut shares = BTreeMap::new();
        for party in endpoints.iter().flat_map(Endpoint::parties) {
            *shares.entry(party).or_default() += 1;
        }
        Exposed {
            name: name.clone(),
            country: self.country(name),
            endpoints,
            shares,
        }
    }

    fn endpoint(&self, name: &Name, server: &Name, address: Option<IpAddr>) -> Endpoint {
        let special = address.and_then(special_network);
        let origin = match special {
            None => address.and_then(|address| self.sources.origins.get(&address)),
            Some(_) => None,
        };
        let operator = self.operators.get(server).cloned();
        Endpoint {
            server: server.clone(),
            address,
            special: special.map(|special| special.purpose),
            operator: operator.unwrap_or_else(|| Operator::Domain(server.clone())),
            system: origin.and_then(|origin| origin.system),
            country: origin.and_then(|origin| origin.country),
            above: above::of(self.contents, &self.above, name, server),
        }
    }

    fn country(&self, name: &Name) -> Option<Country> {
        let told = self.sources.countries.of(name);
        told.or_else(|| Country::of_label(name))
    }

    fn organisations(&self, names: &[Exposed]) -> BTreeMap<u32, String> {
        let endpoints = names.iter().flat_map(|exposed| &exposed.endpoints);
        let addresses: BTreeSet<IpAddr> = endpoints.filter_map(|it| it.address).collect();
        let mut organisations = BTreeMap::new();
        for address in addresses {
            if let Some(origin) = self.sources.origins.get(&address)
                && let (Some(system), Some(organisation)) = (origin.system, &origin.organisation)
            {
                let known = organisations.entry(system);
                known.or_insert_with(|| organisation.to_owned());
            }
        }
        organisations
    }
}
