//! `comity ceremony`: who has shares of the key, and how they pass on.

use std::fmt::Write;

use comity_core::act::json::Payload;
use comity_core::act::{Compromise, Convocation, RULES};
use comity_mirror::clock;
use comity_secretariat::overview::SharesView;
use comity_secretariat::overview::view::EpochView;
use comity_secretariat::survey;

use super::actor::Actor;
use super::{follow, words};
use crate::args::{CeremonyCommand, ConvokeArgs, LedgerArgs};
use crate::output::{Failure, Output};

/// Runs `comity ceremony`.
pub(crate) fn run(command: &CeremonyCommand, output: &Output) -> Result<(), Failure> {
    match command {
        CeremonyCommand::Start(args) => convoke(args, false, output),
        CeremonyCommand::Drill(args) => convoke(args, true, output),
        CeremonyCommand::Show { ledger } => show(ledger, output),
        CeremonyCommand::Compromised { epoch, convoke } => compromised(*epoch, convoke, output),
    }
}

fn convoke(args: &ConvokeArgs, drill: bool, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let convocation = Convocation {
        rules: RULES,
        ledger: founded.ledger,
        epoch: founded.epoch().map_or(0, |live| live.number),
        drill,
        reason: args.reason.clone(),
    };
    let what = if drill { "A drill" } else { "A ceremony" };
    file(
        &actor,
        &convocation,
        &format!("{what} is asked for"),
        output,
    )
}

fn compromised(epoch: Option<u32>, args: &ConvokeArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let live = founded.epoch().map_or(0, |live| live.number);
    let act = Compromise {
        rules: RULES,
        ledger: founded.ledger,
        epoch: epoch.unwrap_or(live),
        reason: args.reason.clone(),
    };
    let said = format!("The share of epoch {} counts as exposed", act.epoch);
    file(&actor, &act, &said, output)
}

fn file<P: Payload>(actor: &Actor, act: &P, said: &str, output: &Output) -> Result<(), Failure> {
    if let Some(done) = actor.file(act, output)? {
        let text = format!(
            "{said}; the act is {}. `comity ceremony show` tells how it goes.",
            done.place()
        );
        output.print(&done, text);
    }
    Ok(())
}

fn show(args: &LedgerArgs, output: &Output) -> Result<(), Failure> {
    let follower = follow(args)?;
    let view = survey(follower.state(), follower.checkpoint(), clock::now().0);
    output.print(&view.shares, text(&view.shares));
    Ok(())
}

/// Who has shares, which are exposed, and what is due.
pub(super) fn text(view: &SharesView) -> String {
    let mut text = String::new();
    for epoch in &view.epochs {
        let signs = if epoch.signs { "signs" } else { "is over" };
        one(&mut text, epoch, signs);
    }
    let told = |other: &&EpochView| !other.exposed.is_empty() || !other.kept.is_empty();
    for other in view.others.iter().filter(told) {
        one(&mut text, other, "was dealt also so");
    }
    if let Some(dealt) = &view.dealt {
        let _ = writeln!(
            text,
            "epoch {} is dealt and waits for its test: {} of {} shares will make a signature",
            dealt.epoch, dealt.threshold, dealt.shares
        );
    }
    if let Some(due) = &view.due {
        let what = if due.drill { "a drill" } else { "a ceremony" };
        let _ = writeln!(
            text,
            "{what} for epoch {} is due ({}): {} may receive, {} must, {} will sign",
            due.epoch, due.reason, due.receivers, due.receivers_min, due.threshold
        );
    }
    if let Some(drill) = &view.drill {
        let _ = writeln!(
            text,
            "the last drill (act {}): {} received, {} dealt{}",
            drill.act,
            drill.receivers,
            drill.dealers,
            match drill.refused.is_empty() {
                true => String::new(),
                false => format!("; refused: {}", words::plain(&drill.refused.join(", "))),
            }
        );
    }
    text
}

fn one(text: &mut String, epoch: &EpochView, signs: &str) {
    let _ = writeln!(
        text,
        "epoch {} of key {} {signs}: {} of {} shares make a signature (act {})",
        epoch.epoch, epoch.tag, epoch.threshold, epoch.shares, epoch.act
    );
    if !epoch.refused.is_empty() {
        let _ = writeln!(text, "  dealings refused: {}", epoch.refused.join(", "));
    }
    if !epoch.exposed.is_empty() {
        let _ = writeln!(
            text,
            "  exposed: {} of the {} that make a signature{}",
            epoch.exposed.len(),
            epoch.threshold,
            match (epoch.roll_due, epoch.warning) {
                (true, _) => ": A NEW KEY IS DUE",
                (false, true) => ": warning, half of the threshold",
                (false, false) => "",
            }
        );
    }
    if !epoch.kept.is_empty() {
        let kept = epoch.kept.join(", ");
        let _ = writeln!(text, "  not said to be wiped yet: {kept}");
    }
}

/// Only what needs somebody's attention.
pub(super) fn warnings(view: &SharesView) -> String {
    let mut text = String::new();
    let all = view.epochs.iter().chain(&view.others);
    for epoch in all.filter(|epoch| epoch.warning) {
        let _ = writeln!(
            text,
            "shares of epoch {} (act {}): {} exposed, {} make a signature{}",
            epoch.epoch,
            epoch.act,
            epoch.exposed.len(),
            epoch.threshold,
            match epoch.roll_due {
                true => "; A NEW KEY IS DUE",
                false => "",
            }
        );
    }
    text
}
