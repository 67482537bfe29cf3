//! A charter to begin with.

use comity_core::charter::{CharterRules, DropBox, SigningThreshold};
use comity_core::vote::{Portion, VotingRule};
use comity_core::zone::Name;

use crate::commands::dropbox::lines;

/// The clauses, and how they are written.
const CLAUSES: &str = r#"# Clauses are numbered in their order. `binds` names the rule of the machine's that a
# clause puts into words: access, content-neutral, record, common, membership, deadlines,
# host-notice, claims, absence, threshold, boxes or signatures. An entrenched clause, and the
# rule that it binds, change only with the consent of every holder.

[[clauses]]
text = """The delegation of a name changes only by an act of its holder. No vote, no notice and \
no lapse of time replaces the holder's consent."""
binds = "access"
entrenched = true

[[clauses]]
text = """No rule looks at what a name is used for."""
binds = "content-neutral"
entrenched = true

[[clauses]]
text = """What is common is voted: one member, one vote, by roll call."""
binds = "common"

[[clauses]]
text = """Members are admitted, and this charter is changed, by those present. Nobody is expelled. \
Whoever leaves needs nobody's leave and keeps what it holds."""
binds = "membership"

[[clauses]]
text = """Every act stands on the public ledger. What is not there has not happened."""
binds = "record"

"#;

/// A charter with these rules, every key explained.
pub(super) fn template(zone: &Name, rules: &CharterRules) -> String {
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

{CLAUSES}[rules]
# How many shares sign together: "majority" of the members, or a number of more than half.
signing_threshold = {threshold}
# How long members may come and go before shares are dealt anew.
deal_after_s = {deal_after}
# A proposal's deadline lies at least this far ahead, and so long after the members saw it.
deadline_s_min = {deadline}
# Silence after which an absence act may name a member.
absence_after_s = {absence}
# Notice for names that use a host, before its old addresses go; at most a year.
host_notice_s = {host_notice}
# How long a claim to a name waits, in which another can contest it.
claim_wait_s = {claim_wait}
# Lifetime of a signature; renewed when less than refresh_before_s is left, which must be
# at least 15 days: signatures outlive the loss of a quorum by 14, and signing may take one.
signature_lifetime_s = {lifetime}
refresh_before_s = {refresh}
# The first edition's lifetimes are spread from here on, and with them the renewals.
first_lifetime_s_min = {first}

# Votes on the apex and on names that nobody holds. Portions are of `eligible` (members with
# a vote), `taking-part` (for, against or abstaining) or `voting` (for or against);
# `more_than` says whether the portion itself is not enough yet.
[rules.common]
{common}
# Votes on admission and on the charter; eligible are the present members.
[rules.membership]
{membership}{boxes}"#,
        kind = if root { "root" } else { "plain" },
        title = if root {
            "A root in common".to_string()
        } else {
            format!("{zone} in common")
        },
        threshold = match rules.signing_threshold {
            SigningThreshold::Majority => "\"majority\"".to_string(),
            SigningThreshold::Shares(shares) => shares.to_string(),
        },
        deal_after = rules.deal_after_s,
        deadline = rules.deadline_s_min,
        absence = rules.absence_after_s,
        host_notice = rules.host_notice_s,
        claim_wait = rules.claim_wait_s,
        lifetime = rules.signature_lifetime_s,
        refresh = rules.refresh_before_s,
        first = rules.first_lifetime_s_min,
        common = voting(&rules.common),
        membership = voting(&rules.membership),
        boxes = boxes(&rules.boxes),
    )
}

/// The drop boxes, or how one is named.
fn boxes(boxes: &[DropBox]) -> String {
    let head = "
# Drop boxes: each takes acts, and promises by a receipt that they are on the ledger within
# the hour. `comity box init` prints the lines of one. Where there are any, decisions and
# waits are an hour longer.
";
    let lines: Vec<String> = boxes.iter().map(lines).collect();
    format!("{head}{}", lines.join("\n"))
}

/// A rule for votes as a table's keys.
fn voting(rule: &VotingRule) -> String {
    let portion = |portion: &Portion| {
        let Portion {
            num,
            den,
            of,
            more_than,
        } = portion;
        format!(
            "{{ num = {num}, den = {den}, of = \"{}\", more_than = {more_than} }}",
            word(of)
        )
    };
    let postponed = match &rule.postponed {
        Some(abstentions) => format!(
            "# Abstentions that put a matter off, once.\npostponed = {}\n",
            portion(abstentions)
        ),
        None => String::new(),
    };
    format!(
        "# {} take part.\nquorum = {}\n# {} are for it.\nmajority = {}\n\
         tie = \"{}\"\n{postponed}# What no ballot means: nothing, or consents.\n\
         silence = \"{}\"\ndeadline_s_min = {}\n\
         # Whether it ends as soon as no missing ballot can change the result.\n\
         early_end = {}\nvotes = \"{}\"\n",
        rule.quorum,
        portion(&rule.quorum),
        rule.majority,
        portion(&rule.majority),
        word(&rule.tie),
        word(&rule.silence),
        rule.deadline_s_min,
        rule.early_end,
        word(&rule.votes),
    )
}

/// The one word of a value that has one.
fn word(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').to_string()
}

#[cfg(test)]
mod tests {
    use comity_core::basic::PublicKey;

    use super::super::{CharterFile, named_rule, preset_names};
    use super::*;

    #[test]
    fn the_template_is_a_sound_charter() {
        for members in [2_usize, 3, 5, 21, 144] {
            for zone in [".", "alps.example."] {
                let rules = CharterRules::defaults();
                let text = template(&zone.parse().unwrap(), &rules);
                let file: CharterFile = toml::from_str(&text).unwrap();
                let charter = file.charter();
                assert_eq!(charter.check(members), Ok(()));
                assert_eq!(charter.rules, rules);
            }
        }
    }

    #[test]
    fn drop_boxes_stand_in_it_as_they_were_named() {
        let mut rules = CharterRules::defaults();
        rules.boxes = ["north", "south"]
            .map(|name| DropBox {
                name: name.into(),
                key: PublicKey([name.as_bytes()[0]; 32]),
                url: format!("https://{name}.example/a\"b"),
            })
            .into();
        let text = template(&Name::root(), &rules);
        let file: CharterFile = toml::from_str(&text).unwrap();
        assert_eq!(file.charter().rules, rules);
    }

    #[test]
    fn every_known_rule_can_be_a_charters() {
        for name in preset_names() {
            let mut rules = CharterRules::defaults();
            rules.common = named_rule(&name).unwrap();
            let text = template(&Name::root(), &rules);
            let file: CharterFile = toml::from_str(&text).unwrap();
            assert_eq!(file.charter().rules, rules, "{name}");
            assert_eq!(file.charter().check(5), Ok(()), "{name}");
        }
    }
}
