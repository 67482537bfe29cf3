//! `comity findings`, and the checks that `comity propose` makes: IANA's
//! checks over every name that a proposal changes, attached to it.

use std::fmt::Write as _;

use comity_core::act::{Found, Stage};
use comity_core::basic::{Digest, Time};
use comity_core::check::{Finding, Planned, Severity};
use comity_core::state::Founded;
use comity_core::zone::Name;
use comity_member::acts;
use comity_mirror::clock;
use comity_mirror::delegation::{Asker, system};
use serde::Serialize;

use super::actor::{Actor, find_proposal};
use super::check_delegation::{settings, write_finding};
use crate::args::{AskingArgs, FindingsArgs};
use crate::output::{Failure, Output};

/// What was found, and when it was begun.
pub(super) struct Findings {
    begun: Time,
    names: Vec<Found>,
}

#[derive(Serialize)]
struct Printed<'a> {
    proposal: Digest,
    /// The act with the findings; none where they are not filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<u64>,
    begun: Time,
    names: &'a [Found],
}

/// Runs `comity findings`.
pub(crate) fn run(args: &FindingsArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let state = find_proposal(founded, &args.proposal)?;
    let (id, stage) = match &state.decided {
        Some(_) => (state.id, Stage::Signing),
        None => (state.id, Stage::Decision),
    };
    let planned = Planned::at(stage, &founded.contents, &state.proposal.changes);
    let Some(found) = look(&planned, &args.asking)? else {
        return Err(Failure::usage("the proposal changes no delegation"));
    };
    let act = acts::findings(founded, id, stage, found.begun, found.names.clone());
    let Some(done) = actor.file(&act, output)? else {
        return Ok(());
    };
    let printed = Printed {
        proposal: id,
        act: done.act,
        begun: found.begun,
        names: &found.names,
    };
    let text = format!(
        "{}Attached to proposal {id}; {}.",
        found.text(),
        done.place()
    );
    output.print(&printed, text);
    Ok(())
}

/// Checks these names; none where there are none.
pub(super) fn look(planned: &[Planned], asking: &AskingArgs) -> Result<Option<Findings>, Failure> {
    if planned.is_empty() {
        return Ok(None);
    }
    let settings = settings(asking)?;
    if settings.resolvers.is_empty() {
        let text = format!(
            "{} names no resolver: give one with --resolver, or --no-checks",
            system::RESOLV_CONF
        );
        return Err(Failure::World(text));
    }
    let begun = clock::now();
    let bar = indicatif::ProgressBar::new(planned.len() as u64).with_message("checking");
    let asker = Asker::new(settings).map_err(Failure::world)?;
    let mut names = Vec::new();
    for one in planned {
        bar.set_message(one.after.name.to_string());
        names.push(asker.check(one));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Some(Findings { begun, names }))
}

impl Findings {
    /// Whether a requirement is not met for a name.
    pub(super) fn failed(&self) -> impl Iterator<Item = &Name> {
        let failed = |found: &&Found| found.worst >= Some(Severity::Error);
        self.names.iter().filter(failed).map(|found| &found.name)
    }

    /// The act that attaches them to a proposal that is being made.
    pub(super) fn act(self, founded: &Founded, proposal: Digest) -> comity_core::act::Findings {
        acts::findings(founded, proposal, Stage::Proposal, self.begun, self.names)
    }

    /// What was found, for people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for found in &self.names {
            let worst = found
                .worst
                .map_or("nothing".to_string(), |it| it.to_string());
            let _ = writeln!(
                text,
                "Checked {}: {} found, worst: {worst}",
                found.name, found.count
            );
            if found.broken {
                let _ = writeln!(
                    text,
                    "    The chain of trust is broken as it is now: validators refuse the name."
                );
            }
            let notable = |finding: &&Finding| finding.fault.severity() > Severity::Info;
            for finding in found.findings.iter().filter(notable) {
                write_finding(&mut text, finding);
            }
        }
        text
    }
}
