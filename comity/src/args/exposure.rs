//! The options of `exposure`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use comity_core::exposure::Country;
use comity_core::zone::Name;

/// Options of `exposure`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity exposure root.zone\n  \
    comity exposure root.zone --mmdb country.mmdb --mmdb asn.mmdb --country CD\n  \
    comity exposure root.zone --mmdb country.mmdb --if-refuses US --if-refuses GB\n  \
    comity exposure today.zone --compare yesterday.zone --csv=changes\n  \
    comity exposure root.zone --mmdb asn.mmdb --countries countries.csv --map map.svg\n  \
    comity exposure root.zone --json | jq -r '.names[] | select(.alone != []) | .name'\n\n\
    Who could stop each name: the operators, autonomous systems and countries that all of its \
    servers are with. A party is written as the tables show it: US, AS64496, \
    operator:example.net., name:net. Without --mmdb operators and the names above servers are \
    still told; autonomous systems and countries are left out.\n\n\
    Exit code 0: the report was made; 1: a file cannot be read or written; 2: options that do \
    not go together; 3: the file is no zone (file and line are named), the versions are not of \
    one zone, a database or a table is not what it should be, or nothing is by that name. \
    What is counted, and what that cannot tell: docs/exposure.md.")]
pub(crate) struct ExposureArgs {
    /// The zone file.
    #[arg(value_name = "ZONE")]
    pub zone: PathBuf,
    /// A database of addresses in MaxMind's format, with countries, autonomous systems or
    /// both; give one for each, the better first.
    #[arg(long = "mmdb", value_name = "FILE")]
    pub databases: Vec<PathBuf>,
    /// Who runs servers: lines of DOMAIN,OPERATOR.
    #[arg(long, value_name = "FILE")]
    pub operators: Option<PathBuf>,
    /// Countries with their names and places, as CSV.
    #[arg(long, value_name = "FILE")]
    pub countries: Option<PathBuf>,
    /// Report of this delegated name alone, and in detail; give one for each.
    #[arg(long = "name", value_name = "NAME")]
    pub names: Vec<Name>,
    /// Report of the names of this country alone, and in detail; give one for each.
    #[arg(long = "country", value_name = "CC")]
    pub of: Vec<Country>,
    /// Say what goes dark where this party refuses service; several refuse together.
    #[arg(long = "if-refuses", value_name = "PARTY")]
    pub refusing: Vec<String>,
    /// Say which names other parties could stop than in this earlier version.
    #[arg(long, value_name = "OLD")]
    pub compare: Option<PathBuf>,
    /// Print a table as CSV [default: names].
    #[arg(long, value_name = "TABLE", num_args = 0..=1, require_equals = true,
        default_missing_value = "names", conflicts_with = "json")]
    pub csv: Option<CsvTable>,
    /// Draw the countries on a map of the world: SVG.
    #[arg(long, value_name = "FILE", requires = "countries")]
    pub map: Option<PathBuf>,
    /// Draw the parties that could stop most names: SVG.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
}

/// What is printed as CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CsvTable {
    /// Each name, and who could stop it alone.
    Names,
    /// Each country, and who could stop its names alone.
    Countries,
    /// Each party, and how many names it could stop.
    Parties,
    /// Each name that loses half of its servers or more (--if-refuses).
    Outage,
    /// Each name that others could stop than before (--compare).
    Changes,
}
