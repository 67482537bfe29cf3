//! `comity charter`: a charter as people write it, in TOML.
//!
//! | module | what it does |
//! | --- | --- |
//! | `figures` | what the rules mean for the whole, and for a group |
//! | `template` | a charter to begin with, every key explained |

mod figures;
mod template;

use std::fmt::Write;
use std::path::Path;

use comity_core::charter::{BoundRule, Charter, CharterRules, Clause, SigningThreshold};
use comity_core::vote::{VotingRule, preset};
use comity_core::zone::{Kind, Name};
use serde::Deserialize;

use self::figures::Figures;
use self::template::template;
use super::read_text;
use crate::args::CharterCommand;
use crate::output::{Failure, Output};

/// A charter file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CharterFile {
    /// The zone.
    pub zone: Name,
    /// Its kind.
    pub kind: Kind,
    title: String,
    preamble: String,
    clauses: Vec<ClauseText>,
    rules: CharterRules,
}

/// A clause in it; its place is its number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseText {
    text: String,
    binds: Option<BoundRule>,
    #[serde(default)]
    entrenched: bool,
}

impl CharterFile {
    /// Reads a charter file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        toml::from_str(&read_text(path)?)
            .map_err(|error| Failure::World(format!("{}: {error}", path.display())))
    }

    /// The charter as it goes onto the ledger.
    pub(crate) fn charter(&self) -> Charter {
        let clauses = (1..).zip(&self.clauses);
        Charter {
            title: self.title.clone(),
            preamble: self.preamble.clone(),
            clauses: clauses
                .map(|(number, clause)| Clause {
                    number,
                    text: clause.text.trim().to_string(),
                    binds: clause.binds,
                    entrenched: clause.entrenched,
                })
                .collect(),
            rules: self.rules.clone(),
        }
    }
}

/// Runs `comity charter`.
pub(crate) fn run(command: &CharterCommand, output: &Output) -> Result<(), Failure> {
    match command {
        CharterCommand::New {
            members,
            threshold,
            zone,
            deadline_min,
            common,
            membership,
            boxes,
        } => {
            let mut rules = CharterRules::defaults();
            if let Some(threshold) = threshold {
                rules.signing_threshold = SigningThreshold::Shares(*threshold);
            }
            for (name, rule) in [
                (common, &mut rules.common),
                (membership, &mut rules.membership),
            ] {
                if let Some(name) = name {
                    *rule = named_rule(name)?;
                }
            }
            if let Some(seconds) = deadline_min {
                rules.deadline_s_min = *seconds;
                rules.common.deadline_s_min = *seconds;
                rules.membership.deadline_s_min = *seconds;
            }
            rules.boxes.clone_from(boxes);
            rules.boxes.sort_by(|one, other| one.name.cmp(&other.name));
            let text = template(zone, &rules);
            let file: CharterFile = toml::from_str(&text).map_err(Failure::world)?;
            check(&file.charter(), *members)?;
            output.raw(text.as_bytes());
            Ok(())
        }
        CharterCommand::Check {
            file,
            members,
            groups,
        } => {
            let charter = CharterFile::read(file)?.charter();
            check(&charter, *members)?;
            let figures = Figures::of(&charter, *members, groups)?;
            output.print(&figures, figures.text());
            Ok(())
        }
        CharterCommand::Show { file } => {
            let file = CharterFile::read(file)?;
            output.print(
                &file.charter(),
                show(&file.charter(), &file.zone, file.kind),
            );
            Ok(())
        }
    }
}

fn check(charter: &Charter, members: u16) -> Result<(), Failure> {
    charter
        .check(members.into())
        .map_err(|finding| Failure::rule("charter", finding))
}

/// A rule of a known assembly: `PRESET` or `PRESET/RULE`.
fn named_rule(name: &str) -> Result<VotingRule, Failure> {
    let (assembly, rule) = match name.split_once('/') {
        Some((assembly, rule)) => (assembly, Some(rule)),
        None => (name, None),
    };
    let preset = preset(assembly);
    let found = preset.as_ref().and_then(|preset| match rule {
        Some(rule) => preset.rule(rule),
        None => preset.rules.first().map(|first| &first.rule),
    });
    found.cloned().ok_or_else(|| {
        Failure::Usage(format!(
            "no rule for votes is called {name}; there are {}",
            preset_names().join(", ")
        ))
    })
}

fn preset_names() -> Vec<String> {
    let presets = comity_core::vote::presets::PRESETS.iter();
    let rules = presets.filter_map(|name| preset(name)).flat_map(|preset| {
        let name = preset.name;
        let rules = preset.rules.into_iter();
        rules.map(move |rule| format!("{name}/{}", rule.name))
    });
    rules.collect()
}

/// Seconds in a day.
const DAY_S: u64 = 86_400;

/// A charter as text, for its zone.
pub(crate) fn show(charter: &Charter, zone: &Name, kind: Kind) -> String {
    let mut text = format!("{}\n\n{}\n\n", charter.title, charter.preamble.trim());
    for clause in &charter.clauses {
        let entrenched = if clause.entrenched {
            " (entrenched)"
        } else {
            ""
        };
        let _ = writeln!(text, "{}. {}{entrenched}", clause.number, clause.text);
    }
    let rules = &charter.rules;
    let days = |seconds: u64| seconds / DAY_S;
    let kind = match kind {
        Kind::Root => "root: names nobody holds follow upstream",
        Kind::Plain => "plain: names nobody holds are voted",
    };
    let _ = write!(
        text,
        "\nRules that the machine applies\n\
         \x20 zone                    {zone} ({kind})\n\
         \x20 signing threshold       {}\n\
         \x20 votes in common         quorum {}, majority {}\n\
         \x20 admission, charter      quorum {}, majority {}; of the present members\n\
         \x20 deadlines at least      {} days after ledger time\n\
         \x20 notice to users of a host {} days; claims wait {} days\n\
         \x20 absence act after       {} days\n\
         \x20 lifetime of signatures  {} days, renewed with {} left\n",
        rules.signing_threshold,
        rules.common.quorum,
        rules.common.majority,
        rules.membership.quorum,
        rules.membership.majority,
        days(rules.deadline_s_min),
        days(rules.host_notice_s),
        days(rules.claim_wait_s),
        days(rules.absence_after_s),
        days(rules.signature_lifetime_s),
        days(rules.refresh_before_s),
    );
    for one in &rules.boxes {
        let _ = writeln!(text, "  {}", super::dropbox::line(one));
    }
    text
}
