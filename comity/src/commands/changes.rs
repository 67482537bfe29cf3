//! What has changed between two versions, for people and in lines of JSON.

use std::collections::BTreeSet;
use std::fmt::Display;

use comity_core::explain::{Explained, Explanation};
use comity_core::zone::{Name, SetKey};

use super::diff::Version;
use crate::output::Output;

/// Characters of a value in text for people; a key has more.
const CHARACTERS_MAX: usize = 92;
/// Names, or sets, that a line of text for people lists.
const LISTED_MAX: usize = 8;

/// Prints what has changed from one version to another.
pub(super) fn print(old: &Version<'_>, new: &Version<'_>, explained: &Explained, output: &Output) {
    let serial = new.published.zone.serial;
    if !output.json {
        return output.line(&text(old, new, explained));
    }
    for explanation in &explained.explanations {
        output.print(&explanation.line(serial), "");
    }
    if !explained.others.is_empty() {
        tracing::warn!("serial {serial}: {}", others(&explained.others));
    }
}

fn text(old: &Version<'_>, new: &Version<'_>, explained: &Explained) -> String {
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
    for explanation in &explained.explanations {
        if last != Some(&explanation.name) {
            text.push_str(&format!("\n{}\n", explanation.name));
            last = Some(&explanation.name);
        }
        add_explanation(&mut text, explanation);
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
