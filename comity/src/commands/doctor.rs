//! `comity doctor`: what is wrong with a resolver.

use std::path::Path;
use std::time::Duration;

use comity_core::zone::Name;
use comity_mirror::clock::now;
use comity_mirror::doctor::{Ask, Diagnosis, PUBLIC, Probes, diagnose, examine};
use comity_mirror::watch::run::VIEW;
use comity_mirror::watch::view::View;
use serde_json::json;

use super::read_text;
use crate::args::DoctorArgs;
use crate::output::{Failure, Output};

/// Runs `comity doctor`.
pub(crate) fn run(args: &DoctorArgs, output: &Output) -> Result<(), Failure> {
    let ask = Ask {
        resolver: args.resolver,
        patience: Duration::from_secs(args.timeout_s.max(1)),
        tries: 2,
    };
    let newest = match &args.dir {
        None => None,
        Some(dir) => newest(dir)?,
    };
    let examined = examine(&ask, &probes(args)?);
    let diagnoses = diagnose(&examined, newest, now());
    let said: Vec<_> = diagnoses
        .iter()
        .map(|it| json!({ "what": it, "advice": it.advice() }))
        .collect();
    let text = match diagnoses.as_slice() {
        [] => format!("{}: nothing is wrong.", args.resolver),
        found => {
            let line =
                |it: &Diagnosis| format!("{}: {}\n  {}", args.resolver, word(*it), it.advice());
            found.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    };
    let json = json!({ "resolver": args.resolver, "diagnoses": said, "answers": examined });
    output.print(&json, text);
    match diagnoses.first() {
        None => Ok(()),
        Some(first) => Err(Failure::rule(&word(*first), "the resolver is not well")),
    }
}

/// The word for it, as JSON has it.
fn word(diagnosis: Diagnosis) -> String {
    let word = serde_json::to_value(diagnosis).ok();
    word.and_then(|word| Some(word.as_str()?.to_owned()))
        .unwrap_or_default()
}

fn probes(args: &DoctorArgs) -> Result<Probes, Failure> {
    let [good, bad, good_15, bad_15] = PUBLIC;
    let name = |given: &Option<Name>, usual: &str| match given {
        Some(name) => Ok(name.clone()),
        None => usual.parse().map_err(Failure::fault),
    };
    Ok(Probes {
        good: name(&args.good, good)?,
        bad: name(&args.bad, bad)?,
        good_15: name(&args.good_15, good_15)?,
        bad_15: name(&args.bad_15, bad_15)?,
    })
}

/// The newest root that a watcher knows.
fn newest(dir: &Path) -> Result<Option<u32>, Failure> {
    let path = dir.join(VIEW);
    let view: View = serde_json::from_str(&read_text(&path)?)
        .map_err(|error| Failure::World(format!("{}: {error}", path.display())))?;
    Ok(view.newest)
}
