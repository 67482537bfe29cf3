//! Makes the acts of people: proposals, consents and ballots. What
//! they refer to is taken from the state that the caller verified, so that
//! nobody signs what a server merely says.

use comity_core::act::{Ballot, Consent, Consented, Proposal, RULES, Vote};
use comity_core::basic::{Digest, Time};
use comity_core::holder::HolderId;
use comity_core::state::{Founded, ProposalState, present_digest};
use comity_core::zone::{Change, Name, RecordSet, Rtype};

/// What somebody wants a record set to be; none to remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The owner name.
    pub name: Name,
    /// The record type.
    pub rtype: Rtype,
    /// The new value.
    pub new: Option<RecordSet>,
}

/// The changes that lead from the present contents to what is wanted, in the
/// order of a proposal. Sets that are as wanted already are left out.
pub fn changes(founded: &Founded, wanted: Vec<Wanted>) -> Vec<Change> {
    let mut changes: Vec<Change> = wanted
        .into_iter()
        .map(|Wanted { name, rtype, new }| {
            let old = founded.contents.get(&name, rtype).cloned();
            Change {
                name,
                rtype,
                old,
                new,
            }
        })
        .filter(|change| change.old != change.new)
        .collect();
    changes.sort_by(|a, b| (&a.name, a.rtype).cmp(&(&b.name, b.rtype)));
    changes
}

/// Everything at a delegated name and of the hosts below it, to be removed.
pub fn removal(founded: &Founded, name: &Name) -> Vec<Wanted> {
    let hosts = founded
        .contents
        .hosts()
        .filter(|(host, _)| host.is_at_or_below(name));
    let addresses = hosts.flat_map(|(host, sets)| sets.keys().map(|rtype| (host.clone(), *rtype)));
    [Rtype::NS, Rtype::DS]
        .map(|rtype| (name.clone(), rtype))
        .into_iter()
        .chain(addresses)
        .map(|(name, rtype)| Wanted {
            name,
            rtype,
            new: None,
        })
        .collect()
}

/// A proposal.
pub fn proposal(founded: &Founded, changes: Vec<Change>, reason: &str, deadline: Time) -> Proposal {
    Proposal {
        rules: RULES,
        ledger: founded.ledger,
        changes,
        matter: None,
        amends: None,
        reason: reason.into(),
        deadline,
    }
}

/// A consent for those names that a proposal concerns and this holder holds;
/// none where there are none.
pub fn consent(
    founded: &Founded,
    proposal: &ProposalState,
    holder: HolderId,
    until: Time,
) -> Option<Consent> {
    let requirement = founded.requirement_of(&proposal.proposal).ok()?;
    let names: Vec<_> = requirement
        .names_of(holder)
        .map(|name| Consented {
            name: name.clone(),
            present: present_digest(&founded.contents, name),
        })
        .collect();
    if names.is_empty() {
        return None;
    }
    Some(Consent {
        rules: RULES,
        ledger: founded.ledger,
        zone: founded.contents.origin().clone(),
        holder,
        proposal: proposal.id,
        names,
        until,
    })
}

/// A ballot.
pub fn ballot(founded: &Founded, proposal: Digest, vote: Vote) -> Ballot {
    Ballot {
        rules: RULES,
        ledger: founded.ledger,
        proposal,
        vote,
    }
}
