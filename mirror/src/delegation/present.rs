//! The delegation as the parent zone has it now: the parent is found through
//! the resolvers, and its own servers are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use comity_core::check::Subject;
use comity_core::check::observation::{LookupFailure, NOERROR, NXDOMAIN, Question};
use comity_core::check::subject::address;
use comity_core::limits;
use comity_core::zone::{Name, Rdata, Record, Rtype};

use super::Settings;
use super::exchange::{Patience, ask_whole};
use super::message::Received;
use super::resolver::{look_up, resolve};

/// Why the present delegation is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresentError {
    /// Nobody delegates the root.
    Root,
    /// No resolver says which zone is the parent.
    Resolver {
        /// What was asked.
        name: Name,
        /// What came of it.
        failure: LookupFailure,
    },
    /// None of the parent's own servers answers.
    ParentSilent {
        /// The parent.
        parent: Name,
    },
    /// The parent does not delegate the name.
    NotDelegated {
        /// The name.
        name: Name,
        /// The parent.
        parent: Name,
    },
}

impl fmt::Display for PresentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => {
                f.write_str("nobody delegates the root: say with --ns and --glue what to check")
            }
            Self::Resolver { name, failure } => write!(
                f,
                "the resolver did not say which zone {name} is in: {failure}; \
                 give another one with --resolver, or --zone FILE"
            ),
            Self::ParentSilent { parent } => write!(
                f,
                "no name server of the parent zone {parent} answers; give --zone FILE, or --ns"
            ),
            Self::NotDelegated { name, parent } => write!(
                f,
                "{parent} does not delegate {name}; say with --ns what is planned"
            ),
        }
    }
}

impl std::error::Error for PresentError {}

/// Finds out how `name` is delegated now.
///
/// # Errors
/// Where nobody says so, or it is not delegated.
pub async fn present(name: &Name, settings: &Settings) -> Result<Subject, PresentError> {
    let parent = parent(name, settings).await?;
    let servers = servers(&parent, settings).await?;
    let patience = Patience::of(settings);
    for address in servers {
        let target = settings.target(address);
        let question = Question::new(name, Rtype::NS);
        let Ok(referral) = ask_whole(target, &question, patience).await else {
            continue;
        };
        if !matches!(referral.answer.rcode, NOERROR | NXDOMAIN) {
            continue;
        }
        let question = Question::new(name, Rtype::DS);
        let Ok(trust) = ask_whole(target, &question, patience).await else {
            continue;
        };
        return subject(name, &parent, &referral, &trust);
    }
    Err(PresentError::ParentSilent { parent })
}

/// The zone that a name other than its apex would be in: the nearest name
/// above with a SOA record.
async fn parent(name: &Name, settings: &Settings) -> Result<Name, PresentError> {
    let Some(above) = name.parent() else {
        return Err(PresentError::Root);
    };
    for candidate in above.and_ancestors() {
        let (_, outcome) = resolve(&candidate, Rtype::SOA, settings).await;
        let received = outcome.map_err(|failure| PresentError::Resolver {
            name: candidate.clone(),
            failure,
        })?;
        if !received.answer.data(&candidate, Rtype::SOA).is_empty() {
            return Ok(candidate);
        }
    }
    Ok(Name::root())
}

/// The addresses of a zone's name servers.
async fn servers(zone: &Name, settings: &Settings) -> Result<Vec<IpAddr>, PresentError> {
    let (_, outcome) = resolve(zone, Rtype::NS, settings).await;
    let received = outcome.map_err(|failure| PresentError::Resolver {
        name: zone.clone(),
        failure,
    })?;
    let hosts = names(&received.answer.data(zone, Rtype::NS));
    let mut addresses = Vec::new();
    for host in hosts.iter().take(limits::CHECK_SERVERS_MAX) {
        for rtype in [Rtype::A, Rtype::AAAA] {
            let found = look_up(host, rtype, settings).await.outcome;
            addresses.extend(found.into_iter().flat_map(|found| found.addresses));
        }
        // One server with an address says as much as all of them.
        if addresses.len() > 3 {
            break;
        }
    }
    Ok(addresses)
}

fn subject(
    name: &Name,
    parent: &Name,
    referral: &Received,
    trust: &Received,
) -> Result<Subject, PresentError> {
    // A server that has the child zone too answers instead of referring.
    let sections = || referral.authority.iter().chain(&referral.answer.records);
    let ns: BTreeSet<Rdata> = of(sections(), name, Rtype::NS).collect();
    if ns.is_empty() {
        return Err(PresentError::NotDelegated {
            name: name.clone(),
            parent: parent.clone(),
        });
    }
    let ns = names(&ns);
    let mut glue: BTreeMap<Name, BTreeSet<IpAddr>> = BTreeMap::new();
    for record in &referral.additional {
        if let Some(address) = address(record.rtype, &record.data)
            && ns.contains(&record.owner)
        {
            glue.entry(record.owner.clone())
                .or_default()
                .insert(address);
        }
    }
    Ok(Subject {
        name: name.clone(),
        parent: parent.clone(),
        ns,
        glue,
        ds: trust.answer.data(name, Rtype::DS),
    })
}

fn of<'a>(
    records: impl Iterator<Item = &'a Record>,
    owner: &Name,
    rtype: Rtype,
) -> impl Iterator<Item = Rdata> {
    records
        .filter(move |it| it.owner == *owner && it.rtype == rtype)
        .map(|it| it.data.clone())
}

fn names(data: &BTreeSet<Rdata>) -> BTreeSet<Name> {
    let names = data.iter().map(|data| Name::from_wire(data.as_wire()));
    names.filter_map(Result::ok).collect()
}
