//! What has changed between two versions, for people and in lines of JSON.

use std::collections::BTreeSet;
use std::fmt::Display;

use comity_core::explain::{Explained, Explanation};
use comity_core::guard::{JudgedLine, Judgement, Verdict};
use comity_core::zone::{Name, SetKey};

use super::diff::Version;
use crate::output::Output;

/// Characters of a value in text for people; a key has more.
const CHARACTERS_MAX: usize = 92;
/// Names, or sets, that a line of text for people lists.
const LISTED_MAX: usize = 8;

/// Prints what has changed from one version to another, and what it was judged to
/// be, where it was.
pub(super) fn print(
    old: &Version<'_>,
    new: &Version<'_>,
    explained: &Explained,
    judgements: Option<&[Judgement]>,
    output: &Output,
) {
    let serial = new.published.zone.serial;
    if !output.json {
        return output.line(&text(old, new, explained, judgements));
    }
    for (number, explanation) in explained.explanations.iter().enumerate() {
        let line = explanation.line(serial);
        match judgements.and_then(|it| it.get(number)) {
            None => output.print(&line, ""),
            Some(judgement) => {
                let judged = JudgedLine {
                    line,
                    verdict: judgement.verdict,
                    reasons: judgement.reasons(),
                };
                output.print(&judged, "");
            }
        }
    }
    if !explained.others.is_empty() {
        tracing::warn!("serial {serial}: {}", others(&explained.others));
    }
}

fn text(
    old: &Version<'_>,
    new: &Version<'_>,
    explained: &Explained,
    judgements: Option<&[Judgement]>,
) -> String {
    let (old, new) = (&old.published.zone, &new.published.zone);
    let count = match explained.explanations.len() {
        0 => "no changes".to_string(),
        1 => "1 change".to_string(),
        count => format!("{count} changes"),
    };
    let zone = new.contents.origin();
    let mut text = format!(
        "Zone {zone} from {} to {}: {count}\n",
        old.serial, new.serial
    );
    let mut last: Option<&Name> = None;
    for (number, explanation) in explained.explanations.iter().enumerate() {
        if last != Some(&explanation.name) {
            text.push_str(&format!("\n{}\n", explanation.name));
            last = Some(&explanation.name);
        }
        add_explanation(&mut text, explanation);
        if let Some(judgement) = judgements.and_then(|it| it.get(number)) {
            add_judgement(&mut text, judgement);
        }
    }
    if !explained.others.is_empty() {
        text.push_str(&format!("\n{}\n", others(&explained.others)));
    }
    text
}

fn add_explanation(text: &mut String, explanation: &Explanation) {
    text.push_str(&format!("  {}\n", explanation.change));
    let (before, after) = (explanation.before(), explanation.after());
    let [gone, come] = [(&before, &after), (&after, &before)].map(|(these, those)| {
        let those: BTreeSet<&String> = those.iter().collect();
        let these = these.iter().filter(move |value| !those.contains(value));
        these.collect::<Vec<_>>()
    });
    for value in &gone {
        text.push_str(&format!("    - {}\n", shortened(value)));
    }
    for value in &come {
        text.push_str(&format!("    + {}\n", shortened(value)));
    }
    match before.len() - gone.len() {
        0 => {}
        1 => text.push_str("    1 stays\n"),
        count => text.push_str(&format!("    {count} stay\n")),
    }
    match explanation.dependents.as_slice() {
        [] => {}
        names => text.push_str(&format!("    dependents: {}\n", listed(names))),
    }
}

/// The verdict with its reasons; of what did not pass also in words, with what to
/// do next.
fn add_judgement(text: &mut String, judgement: &Judgement) {
    let reasons: Vec<_> = judgement.reasons().iter().map(|it| it.code()).collect();
    let verdict = judgement.verdict;
    text.push_str(&format!("    {verdict}: {}\n", reasons.join(", ")));
    if verdict == Verdict::Passed {
        return;
    }
    for finding in &judgement.findings {
        text.push_str(&format!("      {}\n", finding.text));
    }
    if let Some(first) = judgement.findings.first() {
        text.push_str(&format!("      Next: {}\n", first.reason.next()));
    }
    match &judgement.batch {
        Some(batch) if batch.first == judgement.name => {
            text.push_str(&format!("      {} names change alike\n", batch.names));
        }
        Some(batch) => text.push_str(&format!("      alike with {}\n", batch.first)),
        None => {}
    }
}

/// What is to be said of sets that are not explained.
fn others(sets: &[SetKey]) -> String {
    format!("Changed, and no delegation's: {}", listed(sets))
}

fn listed(items: &[impl Display]) -> String {
    let shown: Vec<_> = items
        .iter()
        .take(LISTED_MAX)
        .map(ToString::to_string)
        .collect();
    let text = shown.join(", ");
    match items.len() - shown.len() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn shortened(value: &str) -> String {
    if value.chars().count() <= CHARACTERS_MAX {
        return value.to_string();
    }
    let kept: String = value.chars().take(CHARACTERS_MAX - 1).collect();
    format!("{kept}…")
}
