//! `comity status`.

use std::fmt::Write;

use comity_core::basic::Time;
use comity_mirror::clock;
use comity_secretariat::overview::View;
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
    if let Some(expires) = view.signatures.first_expiration {
        let left = expires.saturating_sub(view.as_of);
        let (days, hours) = (left / 86_400, left % 86_400 / 3600);
        let _ = writeln!(
            text,
            "signatures: the first expires in {days} days {hours} hours"
        );
    }
    text.push_str(&super::ceremony::warnings(&view.shares));
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
