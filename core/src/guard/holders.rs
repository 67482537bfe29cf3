//! What the holders of names say of a version's changes, as a ledger has it: of each
//! claimed name whether its holder's policy is satisfied over exactly these changes.
//! TTLs are the upstream's, and nobody's will.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::concerned;
use super::evidence::Consent;
use crate::explain::Explained;
use crate::state::{Founded, ProposalState};
use crate::zone::{Change, Contents, Name, Rdata, Rtype};

/// Of each claimed name that changes, whether its holder wants what it is from now on:
/// what the ledger has decided that it is, or what a proposal makes of it to which the
/// holder has consented and for which its delay is over (the delay is part of its policy).
/// Names that nobody has claimed are not in it.
pub fn consents(founded: &Founded, explained: &Explained) -> BTreeMap<Name, Consent> {
    let mut changes: BTreeMap<&Name, Vec<&Change>> = BTreeMap::new();
    for explanation in &explained.explanations {
        for name in concerned(explanation) {
            if founded.holder_of(name).is_some() {
                changes.entry(name).or_default().extend(&explanation.sets);
            }
        }
    }
    let proposals: Vec<(BTreeSet<Name>, Contents)> = founded
        .proposals
        .iter()
        .filter_map(|state| wanted(founded, state))
        .collect();
    let said = changes.into_iter().map(|(name, changes)| {
        let proposed = proposals.iter().filter(|(names, _)| names.contains(name));
        let mut wanted = proposed.map(|(_, after)| after).chain([&founded.contents]);
        let consent = match wanted.any(|contents| makes(contents, &changes)) {
            true => Consent::Given,
            false => Consent::Missing,
        };
        (name.clone(), consent)
    });
    said.collect()
}

/// The claimed names whose holders have consented to a proposal that is not decided
/// yet, and the zone as it makes it; none while a holder's delay, or a notice, runs.
fn wanted(founded: &Founded, state: &ProposalState) -> Option<(BTreeSet<Name>, Contents)> {
    let now = founded.time?;
    if state.decided.is_some() || state.proposal.changes.is_empty() {
        return None;
    }
    let needs = founded.requirement_of(&state.proposal).ok()?;
    let after = founded.contents.with(&state.proposal.changes).ok()?;
    let (consented, _) = founded.consents(state, &needs, now);
    let is_ready = founded
        .ready(state, &needs, &after)
        .is_some_and(|ready| ready <= now);
    is_ready.then(|| (consented.into_iter().collect(), after))
}

/// Whether the sets are in these contents what the changes make of them.
fn makes(contents: &Contents, changes: &[&Change]) -> bool {
    let data = |name: &Name, rtype: Rtype| -> Option<&BTreeSet<Rdata>> {
        contents.get(name, rtype).map(|set| &set.data)
    };
    changes.iter().all(|change| {
        let new = change.new.as_ref().map(|set| &set.data);
        data(&change.name, change.rtype) == new
    })
}
