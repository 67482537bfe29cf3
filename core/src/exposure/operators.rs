//! Who runs a server. A zone does not say so; what it does say is counted in
//! this order:
//!
//! 1. the table of operators names the server, or a name above it;
//! 2. its domain has servers of names that are not above it: whoever has the
//!    domain runs it. Domains that differ in their last label alone, and serve
//!    a name together, are one operator's;
//! 3. its domain has servers only of the one name that is above it. Then its
//!    name says nothing, but its networks may: it is run by whoever has most
//!    servers, by 1 and 2, in the same networks;
//! 4. where nobody has, servers of this kind that share networks are run by one
//!    operator, which is called by a network; so are those in networks in which
//!    the very same names have servers;
//! 5. a server that shares none is its name's own.
//!
//! A network has the length that is announced everywhere: 24 bits, or 48.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Operator, OperatorTable, addresses_of};
use crate::check::networks::{Prefix, special_network};
use crate::zone::{Contents, Name};

/// Labels right below the names of countries, below which others register.
const SECOND_LEVEL: [&[u8]; 13] = [
    b"ac", b"co", b"com", b"edu", b"gob", b"gouv", b"gov", b"go", b"mil", b"ne", b"net", b"or",
    b"org",
];

/// For each version who runs each of its servers, judged by all of them together.
pub(super) fn all(versions: &[&Contents], told: &OperatorTable) -> Vec<BTreeMap<Name, Operator>> {
    let servers: Vec<Vec<Server>> = versions.iter().map(|zone| servers(zone)).collect();
    let everywhere: Vec<&Server> = servers.iter().flatten().collect();
    let domains = Domains::of(&everywhere);
    let by_name = |server: &Server| match told.of(&server.name) {
        Some(operator) => Some(Operator::Named(operator.to_string())),
        None => domains.operator(server),
    };
    let neighbours = Neighbours::of(&everywhere, by_name);
    let of_version = |servers: &Vec<Server>| {
        let each = servers.iter().map(|server| {
            let operator = by_name(server).unwrap_or_else(|| neighbours.operator(server));
            (server.name.clone(), operator)
        });
        each.collect()
    };
    servers.iter().map(of_version).collect()
}

/// A name server of one version.
struct Server {
    name: Name,
    domain: Name,
    /// The delegated name at or above it.
    cut: Option<Name>,
    /// The names that it serves.
    served: BTreeSet<Name>,
    networks: BTreeSet<Prefix>,
}

fn servers(contents: &Contents) -> Vec<Server> {
    let mut served: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for (name, delegation) in contents.delegations() {
        for server in delegation.ns.targets() {
            served.entry(server).or_default().insert(name.clone());
        }
    }
    let each = served.into_iter().map(|(name, served)| Server {
        domain: domain(contents, &name),
        cut: contents.cut(&name).cloned(),
        served,
        networks: networks(contents, &name),
        name,
    });
    each.collect()
}

/// The networks of a server's addresses; none of those for special purposes,
/// which everybody has.
fn networks(contents: &Contents, server: &Name) -> BTreeSet<Prefix> {
    let addresses = addresses_of(contents, server).into_iter();
    let public = addresses.filter(|address| special_network(*address).is_none());
    public
        .map(|address| match address {
            IpAddr::V4(_) => Prefix::of(address, 24),
            IpAddr::V6(_) => Prefix::of(address, 48),
        })
        .collect()
}

/// The name by which the domain of a server was registered, as far as can be told
/// without a list of all places to register: its last two labels, or three below
/// some names of countries. It is never above a zone cut that the zone knows.
fn domain(contents: &Contents, server: &Name) -> Name {
    let origin = contents.origin();
    if let Some(cut) = contents.cut(server).filter(|cut| cut.label_count() > 1) {
        return cut.clone();
    }
    let is_of_zone = server.is_at_or_below(origin) && contents.cut(server).is_none();
    if is_of_zone && origin.label_count() > 1 {
        return origin.clone();
    }
    let labels = labels(server);
    let wanted = match labels.as_slice() {
        [.., second, top] if top.len() == 2 && SECOND_LEVEL.contains(second) => 3,
        _ => 2,
    };
    let above = server.and_ancestors();
    let domain = above.skip_while(|name| usize::from(name.label_count()) > wanted);
    domain.into_iter().next().unwrap_or_else(|| server.clone())
}

/// The labels of a name as they are written, without the root's.
fn labels(name: &Name) -> Vec<&[u8]> {
    let mut labels = Vec::new();
    let mut rest = name.as_wire();
    while let Some((length @ 1.., tail)) = rest.split_first() {
        let Some((label, further)) = tail.split_at_checked(usize::from(*length)) else {
            break;
        };
        labels.push(label);
        rest = further;
    }
    labels
}

/// The domains whose names tell who runs their servers, each with the domain
/// that its operator is called by.
struct Domains(BTreeMap<Name, Name>);

impl Domains {
    fn of(servers: &[&Server]) -> Self {
        let tells = |server: &&&Server| {
            let mut served = server.served.iter();
            served.any(|name| Some(name) != server.cut.as_ref())
        };
        let telling: BTreeSet<&Name> = servers.iter().filter(tells).map(|it| &it.domain).collect();
        let mut groups = Groups::default();
        for domain in &telling {
            groups.join(*domain, *domain);
        }
        for siblings in siblings(servers, &telling) {
            if let Some(first) = siblings.intersection(&telling).next() {
                siblings
                    .iter()
                    .for_each(|other| groups.join(*first, *other));
            }
        }
        let mut called: BTreeMap<&Name, &Name> = BTreeMap::new();
        for domain in &telling {
            called.entry(groups.first(domain)).or_insert(*domain);
        }
        let domains = groups.0.keys();
        let each = domains.filter_map(|domain| {
            let called = called.get(groups.first(domain))?;
            Some(((*domain).clone(), (*called).clone()))
        });
        Self(each.collect())
    }

    fn operator(&self, server: &Server) -> Option<Operator> {
        self.0.get(&server.domain).cloned().map(Operator::Domain)
    }
}

/// Domains that differ in their last label alone and serve a name together. What
/// several names call domains of their own, such as `nic`, says nothing of an
/// operator.
fn siblings<'a>(servers: &[&'a Server], telling: &BTreeSet<&Name>) -> Vec<BTreeSet<&'a Name>> {
    let own = servers.iter().map(|it| &it.domain);
    let own: BTreeSet<&Name> = own.filter(|it| !telling.contains(it)).collect();
    let mut uses: BTreeMap<Vec<&[u8]>, usize> = BTreeMap::new();
    for domain in own {
        *uses.entry(without_last(domain)).or_default() += 1;
    }
    let is_common = |labels: &Vec<&[u8]>| uses.get(labels).is_some_and(|uses| *uses > 1);
    let mut siblings: BTreeMap<_, BTreeSet<&Name>> = BTreeMap::new();
    for server in servers {
        let labels = without_last(&server.domain);
        if labels.is_empty() || is_common(&labels) {
            continue;
        }
        for name in &server.served {
            let key = (name, labels.clone());
            siblings.entry(key).or_default().insert(&server.domain);
        }
    }
    siblings.into_values().collect()
}

/// The labels of a name but its last.
fn without_last(name: &Name) -> Vec<&[u8]> {
    let mut labels = labels(name);
    labels.pop();
    labels
}

/// Who runs the servers in a network, where their own names do not tell.
struct Neighbours {
    /// How many servers in it each operator has, by their names.
    known: BTreeMap<Prefix, BTreeMap<Operator, usize>>,
    /// What servers of unknown operators have in common.
    groups: Groups<Prefix>,
    /// The names of which each group has servers.
    names: BTreeMap<Prefix, BTreeSet<Name>>,
}

impl Neighbours {
    fn of(servers: &[&Server], by_name: impl Fn(&Server) -> Option<Operator>) -> Self {
        let mut known: BTreeMap<Prefix, BTreeMap<Operator, usize>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for server in servers {
            let Some(operator) = by_name(server) else {
                unknown.push(*server);
                continue;
            };
            for network in &server.networks {
                let operators = known.entry(*network).or_default();
                *operators.entry(operator.clone()).or_default() += 1;
            }
        }
        let mut neighbours = Self {
            known,
            groups: Groups::default(),
            names: BTreeMap::new(),
        };
        unknown.retain(|server| neighbours.most(server).is_none());
        neighbours.group(&unknown);
        neighbours
    }

    /// Puts together the networks that servers share, and those in which the very
    /// same names have servers.
    fn group(&mut self, unknown: &[&Server]) {
        for server in unknown {
            if let Some(first) = server.networks.first() {
                for network in &server.networks {
                    self.groups.join(*first, *network);
                }
            }
        }
        let mut by_names: BTreeMap<BTreeSet<Name>, Vec<Prefix>> = BTreeMap::new();
        for (group, names) in self.names_by_group(unknown) {
            if names.len() > 1 {
                by_names.entry(names).or_default().push(group);
            }
        }
        for groups in by_names.into_values() {
            for pair in groups.windows(2) {
                if let [one, other] = pair {
                    self.groups.join(*one, *other);
                }
            }
        }
        self.names = self.names_by_group(unknown);
    }

    fn names_by_group(&self, unknown: &[&Server]) -> BTreeMap<Prefix, BTreeSet<Name>> {
        let mut names: BTreeMap<Prefix, BTreeSet<Name>> = BTreeMap::new();
        for server in unknown {
            if let Some(first) = server.networks.first() {
                let group = names.entry(self.groups.first(first)).or_default();
                group.extend(server.served.iter().cloned());
            }
        }
        names
    }

    /// Who has most servers in a server's networks; of several the first.
    fn most(&self, server: &Server) -> Option<&Operator> {
        let mut counts: BTreeMap<&Operator, usize> = BTreeMap::new();
        let networks = server.networks.iter();
        for (operator, count) in networks.filter_map(|it| self.known.get(it)).flatten() {
            *counts.entry(operator).or_default() += count;
        }
        let most = counts.values().max().copied()?;
        let mut first = counts.into_iter().filter(|(_, count)| *count == most);
        first.next().map(|(operator, _)| operator)
    }

    fn operator(&self, server: &Server) -> Operator {
        if let Some(operator) = self.most(server) {
            return operator.clone();
        }
        let group = server.networks.first().map(|it| self.groups.first(it));
        match group {
            Some(group) if self.names.get(&group).is_some_and(|names| names.len() > 1) => {
                Operator::Network(group)
            }
            _ => Operator::Own(server.cut.clone().unwrap_or_else(|| server.domain.clone())),
        }
    }
}

/// What belongs together. Each group is called by its first.
struct Groups<T>(BTreeMap<T, T>);

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Clone + Ord> Groups<T> {
    fn first(&self, one: &T) -> T {
        let mut first = one;
        while let Some(before) = self.0.get(first).filter(|before| *before != first) {
            first = before;
        }
        first.clone()
    }

    /// The first of two groups becomes that of both, and of all on the way.
    fn join(&mut self, one: T, other: T) {
        let [a, b] = [self.first(&one), self.first(&other)];
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        for later in [one, other, second] {
            self.0.insert(later, first.clone());
        }
        self.0.insert(first.clone(), first);
    }
}
