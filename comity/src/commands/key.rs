//! `comity key`: the zone's keys, and how one follows another.

use std::fmt::Write;

use comity_core::act::{RULES, RollAct};
use comity_core::basic::{PublicKey, Time};
use comity_core::state::RollKind;
use comity_mirror::clock;
use comity_secretariat::overview::view::{KeyView, KeysView};
use comity_secretariat::survey;

use super::actor::Actor;
use super::follow;
use crate::args::{KeyCommand, LedgerArgs, RollArgs};
use crate::output::{Failure, Output};

/// Runs `comity key`.
pub(crate) fn run(command: &KeyCommand, output: &Output) -> Result<(), Failure> {
    match command {
        KeyCommand::Show { ledger } => show(ledger, output),
        KeyCommand::Roll(args) => roll(args, (RollKind::Anchor, None), output),
        KeyCommand::Standby(args) => roll(args, (RollKind::Standby, None), output),
        KeyCommand::Part(args) => roll(args, (RollKind::Zone, None), output),
        KeyCommand::Compromised { key, roll: args } => {
            roll(args, (RollKind::Compromised, *key), output)
        }
    }
}

fn roll(
    args: &RollArgs,
    (kind, named): (RollKind, Option<PublicKey>),
    output: &Output,
) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let present = match kind {
        RollKind::Zone => founded.signing_key(),
        RollKind::Anchor | RollKind::Standby | RollKind::Compromised => founded.anchor(),
    };
    let key = named.or(present.map(|key| key.key));
    let key = key.ok_or_else(|| Failure::rule("no-key", "the zone has no key yet"))?;
    let act = RollAct {
        rules: RULES,
        ledger: founded.ledger,
        kind,
        key,
        reason: args.reason.clone(),
    };
    if let Some(done) = actor.file(&act, output)? {
        let text = format!(
            "A new key is asked for; the act is {}. `comity key show` tells how it goes.",
            done.place()
        );
        output.print(&done, text);
    }
    Ok(())
}

fn show(args: &LedgerArgs, output: &Output) -> Result<(), Failure> {
    let follower = follow(args)?;
    let view = survey(follower.state(), follower.checkpoint(), clock::now().0);
    output.print(&view.keys, text(&view.keys));
    Ok(())
}

/// The keys, and what is due.
pub(super) fn text(view: &KeysView) -> String {
    let mut text = String::new();
    for key in &view.keys {
        one(&mut text, key);
    }
    if let Some(roll) = &view.roll {
        let _ = writeln!(text, "A NEW KEY IS DUE ({roll}): a ceremony makes it");
    }
    if let Some(by) = view.keyset {
        let _ = writeln!(text, "key {by} is to sign the set of keys that comes next");
    }
    text
}

fn one(text: &mut String, key: &KeyView) {
    let role = match key.anchor {
        true => "",
        false => ", for the zone only",
    };
    let standby = if key.standby { ", to stand by" } else { "" };
    let _ = write!(
        text,
        "key {} (tag {}{role}{standby}): {}",
        key.key, key.tag, key.stage
    );
    if let Some(since) = key.since {
        let _ = write!(text, " since {}", Time(since));
    }
    if let Some(until) = key.until {
        let _ = write!(text, ", until {} at least", Time(until));
    }
    text.push('\n');
}
