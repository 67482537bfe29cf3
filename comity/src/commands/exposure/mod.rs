//! `comity exposure`: who could stop the names of a zone.

mod chart;
mod map;
mod svg;
mod text;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use comity_core::exposure::row::{CountryRow, NameRow, OutageRow, PartyRow, ShiftRow};
use comity_core::exposure::tables::TableRefusal;
use comity_core::exposure::{
    CountryReport, CountryTable, Effect, Exposed, OperatorTable, Outage, Party, Report, Shift,
    Sources, addresses, shifts, survey,
};
use comity_core::limits;
use comity_core::zone::{Contents, Name};
use comity_mirror::files;
use comity_mirror::mmdb::{Database, MmdbError, origins};
use comity_mirror::zonefile::{self, ReadZone};
use serde::Serialize;

use super::zone_failure;
use crate::args::{CsvTable, ExposureArgs};
use crate::output::{Failure, Output};

/// Runs `comity exposure`.
pub(crate) fn run(args: &ExposureArgs, output: &Output) -> Result<(), Failure> {
    check(args)?;
    let zone = read_zone(&args.zone)?;
    let old = args.compare.as_deref().map(read_zone).transpose()?;
    let surveyed = Surveyed::of(args, &zone, old.as_ref())?;
    let Surveyed {
        report, refusing, ..
    } = &surveyed;
    let (effects, by_country) = (report.effects(), report.countries());
    let found = Found {
        effects: &effects,
        by_country: &by_country,
        serial: zone.serial,
        since: old.map(|old| old.serial),
        report,
        countries: &surveyed.countries,
        has_databases: !args.databases.is_empty(),
        is_detailed: !args.names.is_empty() || !args.of.is_empty(),
        changes: &surveyed.changes,
        outage: (!refusing.is_empty()).then(|| report.outage(refusing)),
        refusing,
    };
    let drawn = found.draw(args)?;
    match args.csv {
        Some(table) => output.line(&found.csv(table)),
        None => output.print(&found.document(&drawn), text::text(&found, &drawn)),
    }
    Ok(())
}

/// Options that make no sense together, where the command line cannot say so.
fn check(args: &ExposureArgs) -> Result<(), Failure> {
    let wrong = match args.csv {
        _ if args.databases.len() > limits::MMDB_FILES_MAX => {
            format!("at most {} databases", limits::MMDB_FILES_MAX)
        }
        Some(CsvTable::Outage) if args.refusing.is_empty() => {
            "--csv=outage needs --if-refuses PARTY".to_string()
        }
        Some(CsvTable::Changes) if args.compare.is_none() => {
            "--csv=changes needs --compare OLD".to_string()
        }
        _ => return Ok(()),
    };
    Err(Failure::Usage(wrong))
}

/// The report of the names that were asked for, and what else was.
struct Surveyed {
    report: Report,
    refusing: BTreeSet<Party>,
    changes: Vec<Shift>,
    countries: CountryTable,
}

impl Surveyed {
    fn of(args: &ExposureArgs, zone: &ReadZone, old: Option<&ReadZone>) -> Result<Self, Failure> {
        let contents = &zone.contents;
        let before = old.map(|old| &old.contents);
        if let Some(before) = before.filter(|before| before.origin() != contents.origin()) {
            let (old, new) = (before.origin(), contents.origin());
            let text = format!("one is the zone {old}, the other is the zone {new}");
            return Err(Failure::rule("other-zone", text));
        }
        let operators = table(args.operators.as_deref(), OperatorTable::read)?;
        let countries = table(args.countries.as_deref(), CountryTable::read)?;
        let databases = open(&args.databases)?;
        let both = before.into_iter().chain([contents]);
        let addresses: BTreeSet<_> = both.flat_map(addresses).collect();
        let sources = Sources {
            origins: &origins(&databases, addresses).map_err(|error| mmdb_failure(&error))?,
            operators: &operators,
            countries: &countries,
        };
        let (mut old, mut report) = reports(before, contents, sources);
        let refusing = refusing(args, &report)?;
        if !args.names.is_empty() || !args.of.is_empty() {
            for report in old.iter_mut().chain([&mut report]) {
                report.retain(|it| is_wanted(args, it));
            }
        }
        if let Some(missing) = missing(args, &report) {
            return Err(Failure::rule("not-delegated", missing));
        }
        Ok(Self {
            changes: old.map_or_else(Vec::new, |old| shifts(&old, &report)),
            report,
            refusing,
            countries,
        })
    }
}

/// The reports of the version before, if there is one, and of the zone.
fn reports(
    before: Option<&Contents>,
    contents: &Contents,
    sources: Sources<'_>,
) -> (Option<Report>, Report) {
    match before {
        Some(before) => {
            let [old, new] = survey([before, contents], sources);
            (Some(old), new)
        }
        None => {
            let [new] = survey([contents], sources);
            (None, new)
        }
    }
}

fn is_wanted(args: &ExposureArgs, exposed: &Exposed) -> bool {
    let is_of = |country| args.of.contains(&country);
    args.names.contains(&exposed.name) || exposed.country.is_some_and(is_of)
}

/// What was asked for and is not there.
fn missing(args: &ExposureArgs, shown: &Report) -> Option<String> {
    let has_name = |name: &&Name| shown.names.iter().any(|it| it.name == **name);
    if let Some(name) = args.names.iter().find(|name| !has_name(name)) {
        return Some(format!(
            "{name} is not delegated in the zone {}",
            shown.zone
        ));
    }
    let mut countries = args.of.iter();
    let country = countries.find(|of| shown.names.iter().all(|it| it.country != Some(**of)))?;
    Some(format!("no name of the zone {} is {country}'s", shown.zone))
}

/// Who refuses service, by the texts of the command line.
fn refusing(args: &ExposureArgs, report: &Report) -> Result<BTreeSet<Party>, Failure> {
    let party = |text: &String| match report.party(text) {
        Some(party @ (Party::System(_) | Party::Country(_))) if args.databases.is_empty() => {
            let text = format!("{party}: nothing is known of it without --mmdb FILE");
            Err(Failure::Usage(text))
        }
        Some(party) => Ok(party),
        None => {
            let text = format!("no server is with {text:?}; --csv=parties lists all parties");
            Err(Failure::rule("no-party", text))
        }
    };
    args.refusing.iter().map(party).collect()
}

// --- what is read -----------------------------------------------------------

fn read_zone(path: &Path) -> Result<ReadZone, Failure> {
    zonefile::read(path, None).map_err(|error| zone_failure(path, &error))
}

fn table<T: Default>(
    path: Option<&Path>,
    read: impl FnOnce(&str) -> Result<T, TableRefusal>,
) -> Result<T, Failure> {
    let Some(path) = path else {
        return Ok(T::default());
    };
    let octets = files::read_required(path, limits::TABLE_OCTETS_MAX).map_err(Failure::world)?;
    let text = String::from_utf8_lossy(&octets);
    read(&text).map_err(|refusal| Failure::rule("table", format!("{}: {refusal}", path.display())))
}

fn open(paths: &[PathBuf]) -> Result<Vec<Database>, Failure> {
    let databases = paths.iter().map(|path| Database::open(path));
    let databases: Result<_, _> = databases.collect();
    databases.map_err(|error| mmdb_failure(&error))
}

fn mmdb_failure(error: &MmdbError) -> Failure {
    match error {
        MmdbError::Unreadable(_) => Failure::world(error),
        MmdbError::Broken { .. } | MmdbError::Record { .. } => Failure::rule("mmdb", error),
    }
}

// --- what is written --------------------------------------------------------

/// All that there is to say.
struct Found<'a> {
    serial: u32,
    since: Option<u32>,
    report: &'a Report,
    /// What each party can do alone, the most able first.
    effects: &'a [Effect<'a>],
    by_country: &'a [CountryReport<'a>],
    countries: &'a CountryTable,
    has_databases: bool,
    is_detailed: bool,
    changes: &'a [Shift],
    outage: Option<Outage<'a>>,
    refusing: &'a BTreeSet<Party>,
}

/// The report as JSON.
#[derive(Serialize)]
struct Document<'a> {
    zone: &'a Name,
    serial: u32,
    names: Vec<NameRow<'a>>,
    countries: Vec<CountryRow<'a>>,
    parties: Vec<PartyRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outage: Option<OutageRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ShiftRow<'a>>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    files: &'a [PathBuf],
}

impl Found<'_> {
    fn csv(&self, table: CsvTable) -> String {
        match table {
            CsvTable::Names => self.report.names_csv(),
            CsvTable::Countries => self.report.countries_csv(self.countries),
            CsvTable::Parties => self.report.parties_csv(),
            CsvTable::Outage => self.outage.as_ref().map_or_else(String::new, Outage::csv),
            CsvTable::Changes => Shift::csv(self.changes),
        }
    }

    fn document<'a>(&'a self, files: &'a [PathBuf]) -> Document<'a> {
        let row = |effect| self.report.party_row(effect);
        Document {
            zone: &self.report.zone,
            serial: self.serial,
            names: self.report.names.iter().map(|it| it.row()).collect(),
            countries: self.by_country.iter().map(CountryReport::row).collect(),
            parties: self.effects.iter().map(row).collect(),
            outage: self.outage.as_ref().map(|it| it.row(self.refusing)),
            since: self.since,
            changes: self
                .since
                .map(|_| self.changes.iter().map(Shift::row).collect()),
            files,
        }
    }

    /// Draws what is to be drawn. The files that were written.
    fn draw(&self, args: &ExposureArgs) -> Result<Vec<PathBuf>, Failure> {
        let map = args.map.as_ref().map(|path| (path, map::draw(self)));
        let chart = args.chart.as_ref().map(|path| (path, chart::draw(self)));
        let mut drawn = Vec::new();
        for (path, drawing) in map.into_iter().chain(chart) {
            files::write_public(path, drawing.as_bytes()).map_err(Failure::world)?;
            drawn.push(path.clone());
        }
        Ok(drawn)
    }
}
