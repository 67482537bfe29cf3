//! The verdict on each type of change by itself, row by row as in
//! `docs/guard.md`: the first row that fits decides.

mod apex;
pub(super) mod servers;
mod trust;

use alloc::string::String;
use alloc::vec::Vec;

use super::evidence::{Consent, Witness};
use super::judgement::{Finding, Verdict};
use super::reading::Reading;
use super::reason::Reason;
use super::{Judging, concerned};
use crate::explain::{ChangeType, Explanation};
use crate::zone::{Name, Rtype};

/// A verdict on one change, with its findings, that which decides first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ruling {
    pub(super) verdict: Verdict,
    pub(super) findings: Vec<Finding>,
}

impl Ruling {
    pub(super) fn new(verdict: Verdict, finding: Finding) -> Self {
        Self {
            verdict,
            findings: [finding].into(),
        }
    }

    fn passed(finding: Finding) -> Self {
        Self::new(Verdict::Passed, finding)
    }

    fn alarmed(finding: Finding) -> Self {
        Self::new(Verdict::Alarmed, finding)
    }

    fn held(finding: Finding) -> Self {
        Self::new(Verdict::Held, finding)
    }

    #[must_use]
    fn with(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// The same with another verdict for this reason, which then comes first.
    #[must_use]
    pub(super) fn turned(mut self, verdict: Verdict, finding: Finding) -> Self {
        self.findings.insert(0, finding);
        Self { verdict, ..self }
    }
}

/// A finding about a set, with what is the case.
pub(super) fn finding(
    reason: Reason,
    (owner, rtypes): (&Name, &[Rtype]),
    witness: Option<&Witness>,
    text: String,
) -> Finding {
    Finding {
        reason,
        record: record(owner, rtypes),
        witness: witness.cloned(),
        text,
    }
}

/// The owner and types of sets, as text.
fn record(owner: &Name, rtypes: &[Rtype]) -> String {
    let types: Vec<String> = rtypes.iter().map(|it| alloc::format!("{it}")).collect();
    alloc::format!("{owner} {}", types.join(", "))
}

/// Who showed it, as the end of a sentence; nothing where nobody did.
fn by(witness: Option<&Witness>) -> String {
    let said = witness.map(|it| alloc::format!(", as {it} shows"));
    said.unwrap_or_default()
}

/// The verdict on one change, where holders have the first word.
pub(super) fn rule(judging: &Judging<'_>, explanation: &Explanation) -> Ruling {
    if let Some(ruling) = by_consent(judging, explanation) {
        return ruling;
    }
    let name = &explanation.name;
    let own = judging.reading(name);
    let ruling = match (explanation.change, own) {
        (ChangeType::HostAddress, _) => servers::of_host(judging, explanation),
        (ChangeType::Added, _) => servers::added(name),
        (ChangeType::Removed, Some(reading)) => servers::removed(name, reading),
        (ChangeType::NsPartial | ChangeType::NsRenamed | ChangeType::NsReplaced, Some(reading)) => {
            servers::of_name(judging, explanation.change, name, reading)
        }
        (
            ChangeType::DsFirst
            | ChangeType::DsPartial
            | ChangeType::DsReplaced
            | ChangeType::DsWithdrawn,
            Some(reading),
        ) => trust::of_name(explanation.change, name, reading),
        // Each name that is concerned has a reading.
        (_, _) => apex::judge(judging, explanation),
    };
    unless_broken(judging, explanation, ruling)
}

/// A claimed name follows its policy. Of a host all names must consent that use
/// it and are claimed, and one that does not is enough to stop it.
fn by_consent(judging: &Judging<'_>, explanation: &Explanation) -> Option<Ruling> {
    let names = concerned(explanation);
    let record = (&explanation.name, types(explanation.change));
    if let Some(name) = names
        .iter()
        .find(|it| judging.consent(it) == Consent::Missing)
    {
        let is_host = explanation.change == ChangeType::HostAddress;
        // Who uses a host that changes and does not lose it has no say.
        if is_host && !servers::is_moved(judging, name) {
            return None;
        }
        let text = alloc::format!("The holder of {name} has not consented to this change.");
        let finding = finding(Reason::HolderDoesNotConsent, record, None, text);
        let ruling = Ruling::held(finding);
        return Some(unless_broken(judging, explanation, ruling));
    }
    let all_given = names.iter().all(|it| judging.consent(it) == Consent::Given);
    (all_given && !names.is_empty()).then(|| {
        let text = alloc::format!("The holder of {} consents.", explanation.name);
        Ruling::passed(finding(Reason::HolderConsents, record, None, text))
    })
}

/// Nothing is held whose old state does not work.
fn unless_broken(judging: &Judging<'_>, explanation: &Explanation, ruling: Ruling) -> Ruling {
    let names = concerned(explanation);
    let is_broken = |name: &&&Name| judging.reading(name).is_some_and(Reading::is_old_broken);
    match (ruling.verdict, names.iter().find(is_broken)) {
        (Verdict::Held, Some(name)) => {
            let text = alloc::format!(
                "The old delegation of {name} does not work, so that holding it helps nobody."
            );
            let record = (&explanation.name, types(explanation.change));
            let finding = finding(Reason::HoldWouldBreak, record, None, text);
            ruling.turned(Verdict::Alarmed, finding)
        }
        _ => ruling,
    }
}

/// The types of the sets that a change is about.
pub(super) fn types(change: ChangeType) -> &'static [Rtype] {
    match change {
        ChangeType::Added
        | ChangeType::Removed
        | ChangeType::NsPartial
        | ChangeType::NsRenamed
        | ChangeType::NsReplaced => &[Rtype::NS],
        ChangeType::DsFirst
        | ChangeType::DsPartial
        | ChangeType::DsReplaced
        | ChangeType::DsWithdrawn => &[Rtype::DS],
        ChangeType::HostAddress => &[Rtype::A, Rtype::AAAA],
        ChangeType::Apex => &[Rtype::SOA],
    }
}

/// That nothing was learnt, of a verdict by the difference alone.
fn missing(name: &Name, change: ChangeType, ruling: Ruling) -> Ruling {
    let text = alloc::format!("Nobody was heard about {name}: judged by the difference alone.");
    let record = (name, types(change));
    ruling.with(finding(Reason::EvidenceMissing, record, None, text))
}
