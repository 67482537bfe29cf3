//! `comity status`.

use std::fmt::Write;

use comity_core::basic::Time;
use comity_mirror::clock;
use comity_secretariat::overview::View;
use comity_secretariat::overview::view::SIGNATURES_LOW_S;
use comity_secretariat::survey;

use super::{follow, words};
use crate::args::StatusArgs;
use crate::output::{Failure, Output};

/// Runs `comity status`.
pub(crate) fn run(args: &StatusArgs, output: &Output) -> Result<(), Failure> {
    let follower = follow(&args.ledger)?;
    let view = survey(follower.state(), follower.checkpoint(), clock::now().0);
    output.print(&view, text(&view));
    Ok(())
}

fn text(view: &View) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} ({}): {} delegations, {} of them held",
        view.zone.name, view.zone.kind, view.zone.delegations, view.zone.held
    );
    let _ = writeln!(
        text,
        "ledger {}: {} acts, root {}, cosigned by {} of {} needed",
        view.ledger.id,
        view.ledger.size,
        view.ledger.root,
        view.ledger.cosigned,
        view.ledger.quorum
    );
    if let Some(key) = &view.zone.key {
        let tag = view.zone.key_tag.unwrap_or_default();
        let _ = writeln!(text, "key {key} (tag {tag}), epoch {}", view.zone.epoch);
    }
    countdown(&mut text, view);
    text.push_str(&super::ceremony::warnings(&view.shares));
    let settled = view.keys.keys.len() == 1 && view.keys.roll.is_none();
    if !settled {
        text.push_str("\nkeys\n");
        text.push_str(&super::key::text(&view.keys));
    }
    upstream(&mut text, view);
    text.push_str("\nmembers\n");
    for member in &view.members {
        let presence = match (member.departed, member.present) {
            (Some(act), _) => format!("departed (act {act})"),
            (None, true) => "present".into(),
            (None, false) => "absent".into(),
        };
        let silent = match member.silent {
            0 => String::new(),
            1 => ", silent in 1 session".into(),
            count => format!(", silent in {count} sessions"),
        };
        let _ = writeln!(
            text,
            "  {:>3}  {:<20} {presence}{silent}",
            member.share, member.name
        );
    }
    boxes(&mut text, view);
    proposals(&mut text, view);
    claims(&mut text, view);
    text.push_str("\nshares\n");
    text.push_str(&super::ceremony::text(&view.shares));
    text.push_str("\neditions\n");
    for edition in &view.editions {
        let _ = writeln!(
            text,
            "  {:>4}  serial {}  {} sets signed, {} changes",
            edition.edition,
            edition.serial,
            edition.rrsets_signed,
            edition.changes.len()
        );
    }
    text
}

/// Of a root, how it stands to its upstream.
fn upstream(text: &mut String, view: &View) {
    if let Some(upstream) = &view.upstream {
        let count = upstream.divergences.len();
        let see = if count == 0 {
            ""
        } else {
            ", see comity divergence"
        };
        let (serial, verdict) = (upstream.serial, &upstream.verdict);
        let _ = writeln!(
            text,
            "upstream {serial} ({verdict}): {count} differences{see}"
        );
    }
}

/// How long the signatures last, and why if that is not long.
fn countdown(text: &mut String, view: &View) {
    let Some(left_s) = view.signatures.left_s else {
        return;
    };
    let (days, hours) = (left_s / 86_400, left_s % 86_400 / 3600);
    let _ = match left_s {
        0 => writeln!(text, "signatures: THE FIRST HAS EXPIRED"),
        _ => writeln!(
            text,
            "signatures: the first expires in {days} days {hours} hours"
        ),
    };
    if left_s < SIGNATURES_LOW_S {
        text.push_str("WARNING: no edition comes that renews them; ");
        let _ = match view.ledger.quorum_time {
            Some(time) => writeln!(text, "the quorum last cosigned at {}", Time(time)),
            None => writeln!(text, "the quorum has not cosigned"),
        };
    }
}

fn boxes(text: &mut String, view: &View) {
    if !view.charter.boxes.is_empty() {
        text.push_str("\ndrop boxes\n");
    }
    for one in &view.charter.boxes {
        let _ = writeln!(text, "  {:<14} {}  key {}", one.name, one.url, one.key);
    }
}

fn proposals(text: &mut String, view: &View) {
    if !view.proposals.is_empty() {
        text.push_str("\nproposals\n");
    }
    for proposal in &view.proposals {
        let end = proposal.decision.as_ref().map_or_else(
            || "open".to_string(),
            |decision| format!("{} ({})", decision.result, decision.rule),
        );
        let reason = words::plain(&proposal.reason);
        let _ = writeln!(text, "  {}  {end}  {reason}", &proposal.id[..12]);
        let decision = proposal.decision.as_ref();
        if let Some(arithmetic) = decision.and_then(|it| it.arithmetic.as_ref()) {
            let _ = writeln!(text, "      {arithmetic}");
        }
        for change in &proposal.changes {
            let _ = writeln!(text, "      {} {} {}", change.op, change.name, change.rtype);
        }
        for found in &proposal.findings {
            let worst = found.worst.as_deref().unwrap_or("nothing");
            let _ = write!(text, "      {} found {worst} at {}", found.by, found.stage);
            let _ = match found.broken.is_empty() {
                true => writeln!(text),
                false => writeln!(text, "; chain of trust broken: {}", found.broken.join(", ")),
            };
        }
        for act in &proposal.voided {
            let _ = writeln!(text, "      the decision of act {act} is void");
        }
    }
}

fn claims(text: &mut String, view: &View) {
    if !view.claims.is_empty() {
        text.push_str("\nclaims\n");
    }
    for claim in &view.claims {
        let state = words::claim(claim.proven, claim.binds.map(Time));
        let _ = writeln!(text, "  {}  {state}  holder {}", claim.name, claim.holder);
    }
}

#[cfg(test)]
mod tests {
    use comity_secretariat::overview::view::{LedgerView, SignaturesView};

    use super::*;

    fn said(left_s: Option<u64>) -> String {
        let view = View {
            signatures: SignaturesView {
                left_s,
                ..SignaturesView::default()
            },
            ledger: LedgerView {
                quorum_time: Some(1_767_096_000),
                ..LedgerView::default()
            },
            ..View::default()
        };
        let text = text(&view);
        let lines = text.lines().filter(|line| {
            let line = line.to_lowercase();
            line.starts_with("signatures") || line.starts_with("warning")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_countdown_warns_from_fourteen_days_on() {
        let first = "signatures: the first expires in";
        let since = "WARNING: no edition comes that renews them; the quorum last cosigned at \
                     2025-12-30T12:00:00Z";
        assert_eq!(said(None), "");
        let fourteen = 14 * 86_400;
        assert_eq!(said(Some(fourteen)), format!("{first} 14 days 0 hours"));
        let late = format!("{first} 13 days 23 hours\n{since}");
        assert_eq!(said(Some(fourteen - 1)), late);
        let over = format!("signatures: THE FIRST HAS EXPIRED\n{since}");
        assert_eq!(said(Some(0)), over);
    }
}
