//! `comity divergence`: where a root differs from its upstream, why, and until when.

use std::fmt::Write as _;

use comity_core::basic::Time;
use comity_core::guard::Verdict;
use comity_core::state::{Divergence, DivergenceReason, Founded};
use comity_core::zone::{Change, RecordSet};
use comity_mirror::index::Index;
use serde::Serialize;

use super::follow_with;
use crate::args::DivergenceArgs;
use crate::output::{Failure, Output};

/// For so long (seconds) the public root has never been as it was.
const NEWS_S_MAX: u64 = 2 * 86_400;

/// What is printed as JSON.
#[derive(Serialize)]
struct Body<'a> {
    serial: u32,
    digest: String,
    verdict: Verdict,
    act: u64,
    /// Ledger time at which members last said what upstream has, with news.
    seen: Option<Time>,
    divergences: &'a [Divergence],
}

/// Runs `comity divergence`.
pub(crate) fn run(args: &DivergenceArgs, output: &Output) -> Result<(), Failure> {
    let mut index = Index::default();
    let follower = follow_with(&args.ledger, &mut |applied| index.note(applied))?;
    let founded = follower.state().founded().map_err(Failure::world)?;
    let Some(upstream) = &founded.upstream else {
        let text = "a zone of kind plain has no upstream, and nothing to differ from";
        return Err(Failure::rule("upstream-no-root", text));
    };
    let divergences = founded.divergences();
    let body = Body {
        serial: upstream.serial,
        digest: upstream.digest.to_string(),
        verdict: upstream.verdict,
        act: upstream.position,
        seen: index.time_after(upstream.position),
        divergences: &divergences,
    };
    output.print(&body, text(founded, &body));
    if !divergences.is_empty() {
        return Err(Failure::Reported);
    }
    check_news(body.seen.or(index.first_time()), founded.time)
}

/// Whether members still say what upstream has: the root has a new version each day.
fn check_news(seen: Option<Time>, now: Option<Time>) -> Result<(), Failure> {
    let silence_s = now
        .zip(seen)
        .map_or(0, |(now, seen)| now.0.saturating_sub(seen.0));
    if silence_s <= NEWS_S_MAX {
        return Ok(());
    }
    let text = format!(
        "fewer than a threshold of members have said for {} days what upstream has: there may be \
         differences that nobody knows of. Do they run with --upstream, or is there no newer version?",
        silence_s / 86_400
    );
    Err(Failure::rule("upstream-unseen", text))
}

fn text(founded: &Founded, body: &Body<'_>) -> String {
    let from = match body.act {
        0 => "the founding act".to_string(),
        act => format!("act {act}, {}", body.verdict),
    };
    let count = match body.divergences.len() {
        0 => "no differences".to_string(),
        1 => "1 difference".to_string(),
        count => format!("{count} differences"),
    };
    let mut text = format!("upstream {} ({from}): {count}", body.serial);
    if let Some(seen) = body.seen {
        let _ = write!(text, "\nas members said at {seen}");
    }
    for one in body.divergences {
        let since = one
            .since
            .map_or(String::new(), |it| format!(", since {it}"));
        let _ = write!(text, "\n\n{}{since}: {}", one.name, one.reason);
        let is_held = matches!(one.reason, DivergenceReason::Held { .. });
        let _ = match one.until {
            Some(until) if is_held => write!(
                text,
                "\n  ends {until} at the latest, before it when enough members let it pass \
                 (each: comity watch allow), or when upstream takes it back"
            ),
            Some(until) => write!(
                text,
                "\n  ends {until} by itself, or when upstream takes it back"
            ),
            None => write!(text, "\n  ends when {}", end(founded, one)),
        };
        for change in &one.changes {
            describe(&mut text, change);
        }
    }
    text
}

/// What has to happen.
fn end(founded: &Founded, divergence: &Divergence) -> String {
    match &divergence.reason {
        DivergenceReason::Apex => "the members vote for it, or upstream takes it back".into(),
        DivergenceReason::Holder { holder } => {
            let names = founded.names_of(*holder).count();
            let of = if names == 1 { "its name" } else { "its names" };
            format!(
                "the holder of {of} proposes the same and consents (comity propose), or upstream \
                 takes it back"
            )
        }
        DivergenceReason::InUse { .. } => "the holders of those names use it no longer".into(),
        DivergenceReason::Held { .. } | DivergenceReason::Notice { .. } => {
            "enough members let it pass (each: comity watch allow)".into()
        }
    }
}

/// What is here, and what upstream has.
fn describe(text: &mut String, change: &Change) {
    let mut side = |sign: char, set: &Option<RecordSet>| {
        for data in set.iter().flat_map(|set| &set.data) {
            let data = data.to_text(change.rtype);
            let _ = write!(text, "\n  {sign} {} {} {data}", change.name, change.rtype);
        }
    };
    side('-', &change.old);
    side('+', &change.new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_days_without_news_are_no_news_that_nothing_differs() {
        let day = 86_400;
        for (seen, now, is_seen) in [
            (None, None, true),
            (None, Some(day), true),
            (Some(0), Some(2 * day), true),
            (Some(0), Some(2 * day + 1), false),
            // Ledger time moves by steps.
            (Some(1), Some(0), true),
        ] {
            let found = check_news(seen.map(Time), now.map(Time));
            assert_eq!(found.is_ok(), is_seen, "{seen:?} {now:?}");
        }
    }
}
