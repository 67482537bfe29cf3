//! Makes the acts of people: of members, and of holders. What they refer to is
//! taken from the state that the caller verified, so that nobody signs what a
//! server merely says.

use comity_core::act::{
    Accession, Ballot, Consent, Consented, Declaration, Departure, Findings, Found, Objection,
    Proposal, RULES, Rotation, Stage, Testament, Transfer, Vote,
};
use comity_core::basic::{Digest, Time};
use comity_core::holder::{HolderId, HolderKeys};
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

/// A set that must stay as it is, or the other changes are not made (NOC). None
/// where the zone has no such set.
pub fn unchanged(founded: &Founded, name: &Name, rtype: Rtype) -> Option<Change> {
    let set = founded.contents.get(name, rtype)?.clone();
    Some(Change {
        name: name.clone(),
        rtype,
        old: Some(set.clone()),
        new: Some(set),
    })
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

/// New keys for a holder; none where the ledger knows no such holder.
pub fn rotation(founded: &Founded, holder: HolderId, keys: HolderKeys) -> Option<Rotation> {
    let revision = founded.holders.get(&holder)?.revision;
    Some(Rotation {
        rules: RULES,
        ledger: founded.ledger,
        holder,
        revision,
        keys,
    })
}

/// Other keys for a holder, in case that its own are lost: after so many
/// seconds without objection, filed until then.
pub fn testament(
    founded: &Founded,
    holder: HolderId,
    keys: HolderKeys,
    wait_s: u64,
    until: Time,
) -> Testament {
    Testament {
        rules: RULES,
        ledger: founded.ledger,
        holder,
        keys,
        wait_s,
        until,
    }
}

/// Gives a name to the holder that began with these keys; none where nobody
/// holds the name. A holder that the ledger knows has the keys that it says.
pub fn transfer(
    founded: &Founded,
    name: &Name,
    keys: &HolderKeys,
    until: Time,
) -> Option<Transfer> {
    let held = founded.held.get(name)?;
    let to = keys.id();
    let known = founded.holders.get(&to);
    Some(Transfer {
        rules: RULES,
        ledger: founded.ledger,
        name: name.clone(),
        from: held.holder,
        since: held.since,
        keys: known.map_or(keys, |known| &known.keys).clone(),
        to,
        until,
    })
}

/// A holder's no.
pub fn objection(founded: &Founded, holder: HolderId, to: Digest, reason: &str) -> Objection {
    Objection {
        rules: RULES,
        ledger: founded.ledger,
        holder,
        to,
        reason: reason.into(),
    }
}

/// Signs the charter as it is.
pub fn accession(founded: &Founded) -> Accession {
    Accession {
        rules: RULES,
        ledger: founded.ledger,
        charter: founded.charter.digest(),
    }
}

/// A member leaves.
pub fn departure(founded: &Founded, reason: &str) -> Departure {
    Departure {
        rules: RULES,
        ledger: founded.ledger,
        reason: reason.into(),
    }
}

/// A statement beside a proposal, or with the ledger's own id beside the
/// charter.
pub fn declaration(founded: &Founded, to: Digest, text: &str) -> Declaration {
    Declaration {
        rules: RULES,
        ledger: founded.ledger,
        to,
        text: text.into(),
    }
}

/// What was found at the name servers, beside a proposal.
pub fn findings(
    founded: &Founded,
    to: Digest,
    stage: Stage,
    begun: Time,
    names: Vec<Found>,
) -> Findings {
    Findings {
        rules: RULES,
        ledger: founded.ledger,
        to,
        stage,
        begun,
        names,
    }
}
