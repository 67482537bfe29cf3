//! The report for people.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::PathBuf;

use comity_core::exposure::row::listed;
use comity_core::exposure::{Effect, Exposed, Operator, Outage, Party, Shift};

use super::Found;

/// Parties of one kind that are shown.
const PARTIES_MAX: usize = 10;
/// Names that are shown each in a line.
const NAMES_MAX: usize = 40;
/// Names that are listed one after the other.
const LISTED_MAX: usize = 60;
/// Characters of a line that names are listed in.
const CHARACTERS_MAX: usize = 92;

/// The whole text.
pub(super) fn text(found: &Found<'_>, drawn: &[PathBuf]) -> String {
    let mut text = heading(found);
    if found.is_detailed {
        for exposed in &found.report.names {
            text.push_str(&detail(found, exposed));
        }
    } else {
        text.push_str(&parties(found));
        text.push_str(&names(found));
    }
    if let Some(outage) = &found.outage {
        text.push_str(&outage_text(outage, found.refusing));
    }
    if let Some(since) = found.since {
        text.push_str(&changes(since, found.changes));
    }
    if !drawn.is_empty() {
        let files = drawn.iter().map(|path| path.display());
        text.push_str(&format!("\nWrote {}.\n", listed(files)));
    }
    text
}

fn heading(found: &Found<'_>) -> String {
    let names = &found.report.names;
    let endpoints: Vec<_> = names.iter().flat_map(|it| &it.endpoints).collect();
    let mut text = format!(
        "Zone {} at {}: {}, {}\n",
        found.report.zone,
        found.serial,
        counted(names.len(), "name"),
        counted(endpoints.len(), "endpoint")
    );
    if found.has_databases {
        let no_system = endpoints.iter().filter(|it| it.system.is_none()).count();
        let no_country = endpoints.iter().filter(|it| it.country.is_none()).count();
        text.push_str(&format!(
            "Not known: the autonomous system of {no_system} endpoints, the country of \
             {no_country}\n"
        ));
    } else {
        text.push_str("Autonomous systems and countries are left out: no --mmdb\n");
    }
    if !found.is_detailed {
        text.push_str(&totals(found));
    }
    text
}

/// How many names could be stopped by one party of each kind.
fn totals(found: &Found<'_>) -> String {
    let names = &found.report.names;
    let count = |is_such: &dyn Fn(&Exposed, &Party) -> bool| {
        let stopped = names
            .iter()
            .filter(|it| it.alone().any(|party| is_such(it, party)));
        stopped.count()
    };
    let mut lines = vec![(count(&|_, party| is_others_operator(party)), "one operator")];
    if found.has_databases {
        let is_abroad = |it: &Exposed, party: &Party| match party {
            Party::Country(country) => it.country.is_some_and(|own| own != *country),
            Party::Operator(_) | Party::System(_) | Party::Name(_) => false,
        };
        lines.push((
            count(&|_, party| matches!(party, Party::System(_))),
            "one autonomous system",
        ));
        lines.push((
            count(&|_, party| matches!(party, Party::Country(_))),
            "one country",
        ));
        lines.push((count(&is_abroad), "one country other than their own"));
    }
    lines.push((
        count(&|_, party| matches!(party, Party::Name(_))),
        "one name above all of its servers' names",
    ));
    let own = count(&|_, party| matches!(party, Party::Operator(Operator::Own(_))));
    let mut text = String::from("\nNames that could be stopped by\n");
    for (count, whom) in lines {
        text.push_str(&format!("{count:>7}  {whom}\n"));
    }
    text.push_str(&format!(
        "{own:>7}  nobody but themselves, as far as operators' names and networks tell\n"
    ));
    text
}

fn is_others_operator(party: &Party) -> bool {
    match party {
        Party::Operator(Operator::Own(_))
        | Party::System(_)
        | Party::Country(_)
        | Party::Name(_) => false,
        Party::Operator(_) => true,
    }
}

/// Whether a party is of some kind.
type IsSuch = fn(&Party) -> bool;

/// The parties of each kind that could stop most names.
fn parties(found: &Found<'_>) -> String {
    let kinds: [(&str, IsSuch); 4] = [
        ("operator", is_others_operator),
        ("autonomous system", |it| matches!(it, Party::System(_))),
        ("country", |it| matches!(it, Party::Country(_))),
        ("name above servers", |it| matches!(it, Party::Name(_))),
    ];
    let mut text = String::new();
    for (kind, is_such) in kinds {
        let of_kind = found.effects.iter().filter(|it| is_such(it.party));
        let able: Vec<_> = of_kind
            .filter(|it| !it.dark.is_empty() || !it.half.is_empty())
            .collect();
        if able.is_empty() {
            continue;
        }
        text.push_str(&format!("\n   dark   half  fewer  countries  {kind}\n"));
        for effect in able.iter().take(PARTIES_MAX) {
            text.push_str(&party(found, effect));
        }
        if let Some(more @ 1..) = able.len().checked_sub(PARTIES_MAX) {
            text.push_str(&format!("{:35}{more} more: --csv=parties\n", ""));
        }
    }
    text
}

fn party(found: &Found<'_>, effect: &Effect<'_>) -> String {
    let organisation = found.report.organisation(effect.party);
    let organisation = organisation.map_or_else(String::new, |it| format!(" {it}"));
    format!(
        "{:>7}{:>7}{:>7}{:>11}  {}{organisation}\n",
        effect.dark.len(),
        effect.half.len(),
        effect.fewer,
        effect.countries.len(),
        effect.party,
    )
}

/// Each name in a line, where there are few.
fn names(found: &Found<'_>) -> String {
    let names = &found.report.names;
    if names.len() > NAMES_MAX {
        return String::from("\nEach name: --csv, or --name NAME, --country CC\n");
    }
    let mut text = String::from("\nName, and who could stop it alone\n");
    for exposed in names {
        let alone: Vec<_> = exposed.alone().collect();
        let alone = match alone.is_empty() {
            true => "nobody".to_string(),
            false => listed(alone),
        };
        let (name, of) = (exposed.name.to_string(), exposed.country);
        let of = of.map_or_else(String::new, |country| country.to_string());
        text.push_str(&format!("  {name:<22} {of:<3} {alone}\n"));
    }
    text
}

/// A name with its endpoints and each party's share.
fn detail(found: &Found<'_>, exposed: &Exposed) -> String {
    let of = exposed
        .country
        .map_or_else(String::new, |country| format!(" ({country})"));
    let all = exposed.endpoints.len();
    let mut text = format!("\n{}{of}: {}\n", exposed.name, counted(all, "endpoint"));
    for endpoint in &exposed.endpoints {
        let address = match endpoint.address {
            Some(address) => address.to_string(),
            None => "no address here".to_string(),
        };
        let mut with: Vec<String> = endpoint.parties().map(|it| it.to_string()).collect();
        with.extend(
            endpoint
                .special
                .map(|purpose| format!("address for {purpose}")),
        );
        let server = endpoint.server.to_string();
        text.push_str(&format!("  {server:<28} {address:<24} {}\n", listed(with)));
    }
    let mut shares: Vec<_> = exposed.shares.iter().collect();
    shares.sort_by_key(|(party, share)| (all - **share, *party));
    for (party, share) in shares {
        let organisation = found.report.organisation(party);
        let organisation = organisation.map_or_else(String::new, |it| format!(" {it}"));
        let alone = if *share == all { ", alone" } else { "" };
        text.push_str(&format!(
            "    {share:>3} of {all}  {party}{organisation}{alone}\n"
        ));
    }
    text
}

fn outage_text(outage: &Outage<'_>, refusing: &BTreeSet<Party>) -> String {
    let countries: BTreeSet<_> = outage.dark.iter().filter_map(|it| it.country).collect();
    let mut text = format!(
        "\nIf service is refused by {}\n  {} dark, of {}\n",
        listed(refusing),
        goes(outage.dark.len()),
        counted_as(countries.len(), "country", "countries"),
    );
    text.push_str(&wrapped(outage.dark.iter().map(|it| &it.name)));
    text.push_str(&format!(
        "  {} half of the endpoints or more\n",
        loses(outage.half.len())
    ));
    text.push_str(&wrapped(outage.half.iter().map(|(it, _)| &it.name)));
    text.push_str(&format!("  {} fewer\n", loses(outage.fewer)));
    text
}

fn goes(count: usize) -> String {
    match count {
        1 => "1 name goes".to_string(),
        count => format!("{count} names go"),
    }
}

fn loses(count: usize) -> String {
    match count {
        1 => "1 name loses".to_string(),
        count => format!("{count} names lose"),
    }
}

fn changes(since: u32, shifts: &[Shift]) -> String {
    let mut text = format!(
        "\nChanged since {since}: who could stop {} alone\n",
        counted(shifts.len(), "name")
    );
    for shift in shifts {
        let of = shift
            .country
            .map_or_else(String::new, |country| format!(" ({country})"));
        let Shift {
            name, kept, had, ..
        } = shift;
        text.push_str(&format!("\n{name}{of}: {kept} of {had} addresses stayed\n"));
        for party in shift.before.difference(&shift.after) {
            text.push_str(&format!("  - {party}\n"));
        }
        for party in shift.after.difference(&shift.before) {
            text.push_str(&format!("  + {party}\n"));
        }
        for party in shift.after.intersection(&shift.before) {
            text.push_str(&format!("    {party} stays\n"));
        }
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    counted_as(count, what, &format!("{what}s"))
}

fn counted_as(count: usize, one: &str, several: &str) -> String {
    let what = if count == 1 { one } else { several };
    format!("{count} {what}")
}

/// Names one after the other, in as many lines as they need.
fn wrapped(names: impl Iterator<Item = impl Display>) -> String {
    let names: Vec<_> = names.map(|it| it.to_string()).collect();
    let mut text = String::new();
    let mut line = String::from("   ");
    for name in names.iter().take(LISTED_MAX) {
        if line.len() + 1 + name.len() > CHARACTERS_MAX {
            text.push_str(&format!("{line}\n"));
            line = String::from("   ");
        }
        line.push_str(&format!(" {name}"));
    }
    if let Some(more @ 1..) = names.len().checked_sub(LISTED_MAX) {
        line.push_str(&format!(" and {more} more: --csv=outage"));
    }
    match line.trim().is_empty() {
        true => text,
        false => format!("{text}{line}\n"),
    }
}
