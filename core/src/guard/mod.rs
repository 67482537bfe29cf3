//! The guard's judgement of an upstream's changes: *passed*, *alarmed* or
//! *held*, each with findings. It weighs evidence, not differences: what the
//! child's servers and keys say, what its holder consents to, what was before.
//! Nothing is asked here, and nothing is held: whoever serves does that.
//! `docs/guard.md` is its specification.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`evidence`] | what was seen, and of which names that is wanted |
//! | [`holders`] | what holders say of it, as a ledger has it |
//! | [`judgement`] | verdicts, findings, what the operator decides |
//! | [`reason`] | each reason with its code, and what to do next |
//! | [`history`] | what was judged before |
//! | `reading` | from what was seen of a name to what that says |
//! | `keys` | whether a DS set fits keys, and a set is signed |
//! | `rules` | the verdict on each type of change |
//! | `whole` | what holds for all of a delegation, and of a version |

pub mod evidence;
pub mod history;
pub mod holders;
pub mod judgement;
mod keys;
mod reading;
pub mod reason;
mod rules;
#[cfg(test)]
mod tests;
mod whole;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

pub use evidence::{Consent, Evidence, Seen, Side, Sighting, Wanted, Witness, wanted};
pub use history::{History, NoHistory, Past};
pub use judgement::{Batch, Finding, JudgedLine, Judgement, Policy, Release, Verdict};
pub use reason::Reason;

use crate::basic::Time;
use crate::check::Subject;
use crate::dnssec::SignatureCheck;
use crate::explain::{ChangeType, Explained, Explanation, Version};
use crate::zone::Name;
use reading::{Means, Reading};

/// All that changes are judged by.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// What has changed.
    pub explained: &'a Explained,
    /// The version before.
    pub old: Version<'a>,
    /// The version after.
    pub new: Version<'a>,
    /// What was seen, and what holders say.
    pub evidence: &'a Evidence,
    /// What was judged before.
    pub history: &'a History,
    /// What the operator decides.
    pub policy: &'a Policy,
    /// Until when the version before was known to be the upstream's; none where
    /// versions are taken as following each other.
    pub current_until: Option<Time>,
    /// Who verifies signatures that `core` does not.
    pub signatures: &'a dyn SignatureCheck,
    /// When it is judged.
    pub now: Time,
}

/// Judges each explanation, in their order. The same case has the same
/// judgements, in whatever order sightings are.
pub fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let judging = Judging::new(case);
    let rulings = case.explained.explanations.iter();
    let rulings = rulings.map(|explanation| rules::rule(&judging, explanation));
    whole::conclude(&judging, rulings.collect())
}

/// A case, with what was seen of each name that it is about.
struct Judging<'a> {
    case: &'a Case<'a>,
    readings: BTreeMap<Name, Reading>,
}

impl<'a> Judging<'a> {
    fn new(case: &'a Case<'a>) -> Self {
        let means = Means {
            signatures: case.signatures,
            policy: case.policy,
            now: case.now,
        };
        let seen = case.evidence.names.values();
        let heard = seen.flat_map(|seen| &seen.sightings);
        let heard = heard.filter(|it| it.outcome.is_ok());
        let heard: BTreeSet<&Witness> = heard.map(|it| &it.witness).collect();
        let names = case.explained.explanations.iter().flat_map(concerned);
        let names: BTreeSet<&Name> = names.collect();
        let readings = names.into_iter().map(|name| {
            let wanted = Wanted {
                name: name.clone(),
                old: Subject::of(case.old.contents, name),
                new: Subject::of(case.new.contents, name),
            };
            let seen = case.evidence.names.get(name);
            (name.clone(), reading::read(&wanted, seen, &heard, means))
        });
        Self {
            case,
            readings: readings.collect(),
        }
    }

    /// What was seen of a name that the case is about.
    fn reading(&self, name: &Name) -> Option<&Reading> {
        self.readings.get(name)
    }

    /// What its holder says.
    fn consent(&self, name: &Name) -> Consent {
        let reading = self.readings.get(name);
        reading.map(|it| it.consent).unwrap_or_default()
    }
}

/// The delegated names that a change concerns.
fn concerned(explanation: &Explanation) -> Vec<&Name> {
    match explanation.change {
        ChangeType::HostAddress => explanation.dependents.iter().collect(),
        ChangeType::Apex => Vec::new(),
        ChangeType::Added
        | ChangeType::Removed
        | ChangeType::NsPartial
        | ChangeType::NsRenamed
        | ChangeType::NsReplaced
        | ChangeType::DsFirst
        | ChangeType::DsPartial
        | ChangeType::DsReplaced
        | ChangeType::DsWithdrawn => [&explanation.name].into(),
    }
}
