//! `comity holder show`: holders as the ledger has them.

use std::collections::BTreeSet;
use std::fmt::Write;

use comity_core::basic::{Digest, Time};
use comity_core::holder::{Authority, HolderId, HolderKeys};
use comity_core::state::{Founded, Matter, ProposalState, Waiting};
use comity_core::zone::Name;
use serde::Serialize;

use crate::args::LedgerArgs;
use crate::commands::actor::find_holder;
use crate::commands::{follow, words};
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Holders {
    holders: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    id: HolderId,
    names: Vec<Name>,
    revision: u64,
    keys: HolderKeys,
    waiting: Vec<Waits>,
    /// Open proposals that need its consent.
    proposals: Vec<Proposed>,
    claims: Vec<Claims>,
}

/// A proposal about names of a holder.
#[derive(Serialize)]
struct Proposed {
    id: Digest,
    names: Vec<Name>,
    reason: String,
    /// With which of the holder's sets its consent was signed; none without one
    /// that counts.
    consent: Option<Authority>,
    /// From when on it can be adopted, as far as the holder's delay goes; none
    /// where that is not known yet.
    ready: Option<Time>,
}

/// A claim by a holder.
#[derive(Serialize)]
struct Claims {
    name: Name,
    proven: bool,
    /// When it binds the name; none while it does not.
    binds: Option<Time>,
}

#[derive(Serialize)]
struct Waits {
    id: Digest,
    what: String,
    /// When it takes effect; none before it is known that members saw it.
    until: Option<Time>,
}

/// Runs `comity holder show`.
pub(super) fn run(
    which: Option<&str>,
    ledger: &LedgerArgs,
    output: &Output,
) -> Result<(), Failure> {
    let follower = follow(ledger)?;
    let founded = follower.state().founded();
    let founded = founded.map_err(|refusal| Failure::rule(refusal.rule(), refusal))?;
    let only = which.map(|which| find_holder(founded, which)).transpose()?;
    let claimants = founded.claims.iter().map(|claim| claim.holder);
    let ids: BTreeSet<_> = founded.holders.keys().copied().chain(claimants).collect();
    let meant = ids
        .into_iter()
        .filter(|id| only.is_none_or(|only| only == *id));
    let holders = Holders {
        holders: meant.filter_map(|id| shown(founded, id)).collect(),
    };
    let text = text(&holders.holders);
    output.print(&holders, text);
    Ok(())
}

/// A holder, or who claims a name and holds none yet.
fn shown(founded: &Founded, id: HolderId) -> Option<Shown> {
    let holder = founded.holders.get(&id);
    let mut claims = founded.claims.iter().filter(|claim| claim.holder == id);
    let claimed = claims.clone().map(|claim| Claims {
        name: claim.name.clone(),
        proven: claim.is_proven,
        binds: founded.claim_end(claim),
    });
    let claimed = claimed.collect();
    let keys = match holder {
        Some(holder) => holder.keys.clone(),
        None => claims.next()?.keys.clone(),
    };
    let waiting = founded.waiting.iter();
    let waiting = waiting.filter(|waiting| waiting.holder == id);
    let open = founded.proposals.iter();
    let open = open.filter(|state| state.decided.is_none());
    Some(Shown {
        id,
        names: founded.names_of(id).cloned().collect(),
        revision: holder.map_or(0, |holder| holder.revision),
        keys,
        waiting: waiting.map(|waiting| waits(founded, waiting)).collect(),
        proposals: open
            .filter_map(|state| proposed(founded, state, id))
            .collect(),
        claims: claimed,
    })
}

fn proposed(founded: &Founded, state: &ProposalState, id: HolderId) -> Option<Proposed> {
    let requirement = founded.requirement_of(&state.proposal).ok()?;
    let own = requirement.consents.iter().filter(|(_, own)| **own == id);
    let names: Vec<Name> = own.map(|(name, _)| name.clone()).collect();
    let after = founded.contents.with(&state.proposal.changes).ok()?;
    let (counted, _) = founded.consents(state, &requirement, founded.time.unwrap_or_default());
    let counts = names.iter().any(|name| counted.contains(name));
    let consent = state.consents.get(&id).filter(|_| counts);
    let is_needed = !names.is_empty();
    is_needed.then(|| Proposed {
        id: state.id,
        names,
        reason: state.proposal.reason.clone(),
        consent: consent.map(|consent| consent.authority),
        ready: consent.and_then(|_| founded.ready(state, &requirement, &after)),
    })
}

fn waits(founded: &Founded, waiting: &Waiting) -> Waits {
    let what = match &waiting.matter {
        Matter::Rotation(keys) => format!("new keys:\n{}", words::keys(keys)),
        Matter::Testament(keys) => format!("new keys by testament:\n{}", words::keys(keys)),
        Matter::Transfer { name, to, .. } => format!("{name} goes to holder {to}\n"),
    };
    Waits {
        id: waiting.id,
        what,
        until: founded.waiting_end(waiting),
    }
}

fn text(holders: &[Shown]) -> String {
    let mut text = String::new();
    for holder in holders {
        let names: Vec<_> = holder.names.iter().map(ToString::to_string).collect();
        let names = match names.is_empty() {
            true => "no name".to_string(),
            false => names.join(", "),
        };
        let (id, revision) = (holder.id, holder.revision);
        let _ = writeln!(text, "holder {id}\n  holds {names}");
        let _ = writeln!(text, "  keys changed {revision} times");
        text.push_str(&words::keys(&holder.keys));
        for waits in &holder.waiting {
            let until = match waits.until {
                Some(until) => format!("until {until}"),
                None => "and enough members have not seen it yet".into(),
            };
            let _ = write!(text, "  waits, {until}: {} {}", waits.id, waits.what);
        }
        holder
            .proposals
            .iter()
            .for_each(|it| proposal(&mut text, it));
        for claim in &holder.claims {
            let state = words::claim(claim.proven, claim.binds);
            let _ = writeln!(text, "  claims {}: {state}", claim.name);
        }
    }
    text
}

fn proposal(text: &mut String, proposed: &Proposed) {
    let names: Vec<_> = proposed.names.iter().map(ToString::to_string).collect();
    let state = match (proposed.consent, proposed.ready) {
        (None, _) => "without your consent".into(),
        (Some(authority), Some(Time(0))) => format!("consented with {authority} keys"),
        (Some(authority), Some(ready)) => {
            format!("consented with {authority} keys, waits until {ready}")
        }
        (Some(authority), None) => {
            format!("consented with {authority} keys, and enough members have not seen it yet")
        }
    };
    let _ = writeln!(
        text,
        "  proposal {} on {}: {state}\n    {}",
        proposed.id,
        names.join(", "),
        words::plain(&proposed.reason)
    );
}
