//! Verdicts on what has changed: by asking now, or by the difference alone.

use std::collections::BTreeMap;

use comity_core::basic::Time;
use comity_core::edition::serial;
use comity_core::explain::{ChangeType, Explained, Explanation};
use comity_core::guard::{self, Case, Evidence, History, Judgement, Policy, Verdict};
use comity_core::zone::Name;
use comity_mirror::clock;
use comity_mirror::delegation::Settings;
use comity_mirror::evidence::Gatherer;
use comity_mirror::signature::ByRing;

use super::diff::Version;
use crate::output::Failure;

/// Judges a difference by what name servers and resolvers say now.
pub(super) fn live(
    old: &Version<'_>,
    new: &Version<'_>,
    explained: &Explained,
    settings: Settings,
) -> Result<Vec<Judgement>, Failure> {
    let (before, after) = (old.published.version(), new.published.version());
    let gatherer = Gatherer::new(settings).map_err(Failure::world)?;
    let evidence = gatherer.gather(explained, before, after);
    Ok(guard::judge(&Case {
        explained,
        old: before,
        new: after,
        evidence: &evidence,
        history: &History::default(),
        policy: &Policy::default(),
        current_until: None,
        signatures: &ByRing,
        now: clock::now(),
    }))
}

/// Judges versions after each other by their differences alone.
#[derive(Default)]
pub(super) struct Past {
    history: History,
    policy: Policy,
}

impl Past {
    /// Judges what a version changed. Its time is the day that its serial names.
    pub(super) fn judge(
        &mut self,
        old: &Version<'_>,
        new: &Version<'_>,
        explained: &Explained,
    ) -> Vec<Judgement> {
        let serial = new.published.zone.serial;
        let now = serial::day(serial).unwrap_or_default();
        let judgements = guard::judge(&Case {
            explained,
            old: old.published.version(),
            new: new.published.version(),
            evidence: &Evidence::default(),
            history: &self.history,
            policy: &self.policy,
            current_until: None,
            signatures: &ByRing,
            now,
        });
        let since = Time(now.0.saturating_sub(self.policy.history_seconds));
        self.history.forget_before(since);
        self.history.note(explained, &judgements, serial, now);
        judgements
    }
}

/// How many changes there were, by type and verdict.
#[derive(Default)]
pub(super) struct Totals {
    changes: BTreeMap<ChangeType, BTreeMap<Verdict, Count>>,
    /// What is told by itself: one operator's names are one finding, and so is a
    /// delegation that is held whole.
    told: BTreeMap<Verdict, Count>,
}

/// A number, and how many of them are of countries.
#[derive(Clone, Copy, Default)]
struct Count {
    all: usize,
    countries: usize,
}

impl Count {
    fn add(&mut self, is_country: bool) {
        self.all += 1;
        self.countries += usize::from(is_country);
    }
}

impl Totals {
    pub(super) fn add(&mut self, explained: &Explained, judgements: &[Judgement]) {
        for (explanation, judgement) in explained.explanations.iter().zip(judgements) {
            let is_country = is_country(explanation);
            let of_change = self.changes.entry(explanation.change).or_default();
            let count = of_change.entry(judgement.verdict).or_default();
            count.add(is_country);
            if judgement.is_told() {
                self.told
                    .entry(judgement.verdict)
                    .or_default()
                    .add(is_country);
            }
        }
    }

    /// A table for people: all changes by type and verdict, and of those that did not
    /// pass how many are of names of two letters, which are countries'.
    pub(super) fn text(&self, versions: usize) -> String {
        let counts = self.changes.values().flat_map(BTreeMap::values);
        let all: usize = counts.map(|count| count.all).sum();
        let mut text = format!("{versions} versions, {all} changes\n");
        if all == 0 {
            return text;
        }
        text.push_str(&format!(
            "  {:<14}{:>8}{:>8}{:>9}{:>7}   of two letters: alarmed, held\n",
            "", "changes", "passed", "alarmed", "held"
        ));
        for (change, verdicts) in &self.changes {
            text.push_str(&row(change.as_str(), verdicts));
        }
        text.push_str(&row("findings", &self.told));
        text
    }
}

fn row(label: &str, verdicts: &BTreeMap<Verdict, Count>) -> String {
    let of = |verdict| verdicts.get(&verdict).copied().unwrap_or_default();
    let [passed, alarmed, held] = [Verdict::Passed, Verdict::Alarmed, Verdict::Held].map(of);
    format!(
        "  {label:<14}{:>8}{:>8}{:>9}{:>7}   {:>23}{:>6}\n",
        passed.all + alarmed.all + held.all,
        passed.all,
        alarmed.all,
        held.all,
        alarmed.countries,
        held.countries,
    )
}

/// Whether a change is of a country's name, or of a host that one uses.
fn is_country(explanation: &Explanation) -> bool {
    let is_one =
        |name: &Name| matches!(name.as_wire(), [2, a, b, 0] if is_letter(*a) && is_letter(*b));
    match explanation.change {
        ChangeType::HostAddress => explanation.dependents.iter().any(is_one),
        _ => is_one(&explanation.name),
    }
}

fn is_letter(octet: u8) -> bool {
    octet.is_ascii_lowercase()
}
