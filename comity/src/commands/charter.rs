//! `comity charter`: a charter as people write it, in TOML.

use std::fmt::Write;
use std::path::Path;

use comity_core::charter::{Charter, CharterRules, Clause, cosigning_quorum};
use comity_core::zone::{Kind, Name};
use serde::{Deserialize, Serialize};

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
    clauses: Vec<String>,
    rules: CharterRules,
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
                .map(|(number, text)| Clause {
                    number,
                    text: text.trim().to_string(),
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
        } => {
            let mut rules = CharterRules::defaults(*members);
            rules.signing_threshold = threshold.unwrap_or(rules.signing_threshold);
            rules.deadline_s_min = deadline_min.unwrap_or(rules.deadline_s_min);
            let text = template(zone, &rules);
            let file: CharterFile = toml::from_str(&text).map_err(Failure::world)?;
            check(&file.charter(), *members)?;
            output.raw(text.as_bytes());
            Ok(())
        }
        CharterCommand::Check { file, members } => {
            let charter = CharterFile::read(file)?.charter();
            check(&charter, *members)?;
            let figures = Figures::of(&charter, *members);
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

const DAY_S: u64 = 86_400;

/// What a charter's rules mean for a number of members.
#[derive(Serialize)]
struct Figures {
    members: u16,
    signing_threshold: u16,
    cosigning_quorum: usize,
    /// So many members sign alone.
    sign_alone: u16,
    /// So many members can keep the others from signing.
    block_signing: u16,
    /// So many members can keep changed contents from being signed.
    block_changes: usize,
    /// So many members can leave without handover.
    leave: u16,
    /// What is allowed and hardly meant.
    warnings: Vec<String>,
}

impl Figures {
    fn of(charter: &Charter, members: u16) -> Self {
        let threshold = charter.rules.signing_threshold;
        let quorum = cosigning_quorum(members.into(), threshold);
        Self {
            members,
            signing_threshold: threshold,
            cosigning_quorum: quorum,
            sign_alone: threshold,
            block_signing: members - threshold + 1,
            block_changes: usize::from(members) - quorum + 1,
            leave: members - threshold,
            warnings: warnings(&charter.rules),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "The charter is sound for {} members.\n\
             {} sign together; {} can keep the zone from being signed.\n\
             {} cosign the ledger; {} can keep changed contents from being signed, until an \
             absence act.\n\
             At most {} may leave without handing over their shares.",
            self.members,
            self.sign_alone,
            self.block_signing,
            self.cosigning_quorum,
            self.block_changes,
            self.leave
        );
        for warning in &self.warnings {
            let _ = write!(text, "\nWarning: {warning}");
        }
        text
    }
}

/// Periods so short that people cannot act in them.
fn warnings(rules: &CharterRules) -> Vec<String> {
    let periods = [
        (
            "deadline_s_min",
            rules.deadline_s_min,
            "a vote can end before members have seen it",
        ),
        (
            "absence_after_s",
            rules.absence_after_s,
            "a member whose machine stands still for so long can be called absent",
        ),
    ];
    let short = periods.iter().filter(|(_, seconds, _)| *seconds < DAY_S);
    short
        .map(|(key, seconds, why)| format!("{key} = {seconds}, less than a day: {why}"))
        .collect()
}

/// A charter as text, for its zone.
pub(crate) fn show(charter: &Charter, zone: &Name, kind: Kind) -> String {
    let mut text = format!("{}\n\n{}\n\n", charter.title, charter.preamble.trim());
    for clause in &charter.clauses {
        let _ = writeln!(text, "{}. {}", clause.number, clause.text);
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
         \x20 deadlines at least      {} days after ledger time\n\
         \x20 absence act after       {} days\n\
         \x20 lifetime of signatures  {} days, renewed with {} left\n",
        rules.signing_threshold,
        days(rules.deadline_s_min),
        days(rules.absence_after_s),
        days(rules.signature_lifetime_s),
        days(rules.refresh_before_s),
    );
    text
}

/// A charter with these rules, every key explained.
fn template(zone: &Name, rules: &CharterRules) -> String {
    let root = *zone == Name::root();
    format!(
        r#"# A charter: the text that the members sign when they found a zone, and the
# rules that every machine applies. Periods are in seconds.

zone = "{zone}"
# root: names that nobody holds follow upstream. plain: they are voted.
kind = "{kind}"

title = "{title}"

preamble = """
We found this zone in common. Nobody of us owns it, and nobody alone can change it.
"""

clauses = [
    # Access. Bound by the rule `access`; it cannot be out-voted.
    """The delegation of a name changes only by an act of its holder. No vote, no notice and \
    no lapse of time replaces the holder's consent.""",
    # Content-neutral.
    """No rule looks at what a name is used for.""",
    # Votes.
    """What is common is voted: one member, one vote. A vote counts when more than half of the \
    members take part, and carries when more are for than against.""",
    # The record.
    """Every act stands on the public ledger. What is not there has not happened.""",
]

[rules]
# How many shares sign together: more than half of the members.
signing_threshold = {threshold}
# A proposal's deadline lies at least this far ahead, and so long after the members saw it.
deadline_s_min = {deadline}
# Silence after which an absence act may name a member.
absence_after_s = {absence}
# Lifetime of a signature; renewed when less than refresh_before_s is left, which must be
# at least 14 days, so that signatures outlive the loss of a quorum by that much.
signature_lifetime_s = {lifetime}
refresh_before_s = {refresh}
# The first edition's lifetimes are spread from here on, and with them the renewals.
first_lifetime_s_min = {first}
"#,
        kind = if root { "root" } else { "plain" },
        title = if root {
            "A root in common".to_string()
        } else {
            format!("{zone} in common")
        },
        threshold = rules.signing_threshold,
        deadline = rules.deadline_s_min,
        absence = rules.absence_after_s,
        lifetime = rules.signature_lifetime_s,
        refresh = rules.refresh_before_s,
        first = rules.first_lifetime_s_min,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_a_sound_charter() {
        for members in [2, 3, 5, 21, 144] {
            for zone in [".", "alps.example."] {
                let rules = CharterRules::defaults(members);
                let text = template(&zone.parse().unwrap(), &rules);
                let file: CharterFile = toml::from_str(&text).unwrap();
                assert_eq!(file.charter().check(members.into()), Ok(()));
            }
        }
    }
}
