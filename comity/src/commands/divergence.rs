//! `comity divergence`: where a root differs from its upstream, why, and until when.

use std::fmt::Write as _;

use comity_core::guard::Verdict;
use comity_core::state::{Divergence, DivergenceReason, Founded};
use comity_core::zone::{Change, RecordSet};
use serde::Serialize;

use super::follow;
use crate::args::DivergenceArgs;
use crate::output::{Failure, Output};

/// What is printed as JSON.
#[derive(Serialize)]
struct Body<'a> {
    serial: u32,
    digest: String,
    verdict: Verdict,
    act: u64,
    divergences: &'a [Divergence],
}

/// Runs `comity divergence`.
pub(crate) fn run(args: &DivergenceArgs, output: &Output) -> Result<(), Failure> {
    let follower = follow(&args.ledger)?;
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
        divergences: &divergences,
    };
    output.print(&body, text(founded, &body));
    match divergences.is_empty() {
        true => Ok(()),
        false => Err(Failure::Reported),
    }
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
    for one in body.divergences {
        let since = one
            .since
            .map_or(String::new(), |it| format!(", since {it}"));
        let _ = write!(text, "\n\n{}{since}: {}", one.name, one.reason);
        let _ = match one.until {
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
            "enough members let it pass".into()
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
