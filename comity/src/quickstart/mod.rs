//! `comity quickstart`: the whole of Comity on one machine. It runs this same
//! binary as one process for each party, as separate machines would, and only
//! looks on: at the secretariat's overview, at the mirror's answers.

mod claimant;
mod dns;
mod founding;
mod parties;
mod scenes;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use comity_core::zone::Contents;
use comity_mirror::zonefile::{self, Fault, ZoneFileError};
use serde::Serialize;

use crate::args::QuickstartArgs;
use crate::commands::zone_failure;
use crate::output::{Failure, Output};
use claimant::Claimant;
use parties::Parties;
use stage::Stages;

/// The sample root, of our own making.
const SAMPLE: &str = include_str!("../../sample/root.zone");
/// The longest that any stage may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the quickstart has shown, its last line with `--json`.
#[derive(Serialize)]
struct Report {
    edition: u64,
    serial: u32,
    tlds: usize,
    rrsets_signed: u64,
    members: u16,
    threshold: u16,
    /// From founding to the first verified, served edition.
    founding_seconds: f64,
    /// From proposal to served answer, for one changed delegation.
    change_seconds: f64,
    audit_seconds: f64,
    seconds: f64,
    /// Peak memory of each process, in KiB.
    memory_peaks_kib: BTreeMap<String, u64>,
    own_change: scenes::Scene,
    cut_off: scenes::Scene,
    /// In the sample only: of a real name nobody here has the zone's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<claimant::Claimed>,
    /// Left out where every member is needed to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    walk_out: Option<scenes::Scene>,
    ledger: PathBuf,
    zone_file: PathBuf,
    anchor: PathBuf,
    dns: String,
    http: String,
}

/// Runs the quickstart.
pub(crate) fn run(args: &QuickstartArgs, output: &Output) -> Result<(), Failure> {
    let started = Instant::now();
    let workshop = Workshop::open(args)?;
    let stages = Stages::new(*output);
    let mut parties = Parties::new(&workshop.directory)?;
    let claimant = match args.zone {
        None => Some(Claimant::new()?),
        Some(_) => None,
    };
    let zone = read_zone(args, claimant.as_ref(), &workshop, &stages)?;
    let founded = founding::found(args, &zone, &mut parties, &stages)?;
    let served_after = founding::serve(args, &founded, &mut parties, &stages)?;
    let own_change = scenes::own_change(&founded, &parties, &stages)?;
    let cut_off = scenes::cut_off(&founded, &parties, &stages, own_change.seconds)?;
    let claim = claimant.as_ref();
    let claim = claim.map(|claimant| claimant::claim(claimant, &founded, &parties, &stages));
    let claim = claim.transpose()?;
    let walk_out = scenes::walk_out(&founded, &parties, &stages)?;
    let audited = audit(&founded, &parties, &stages)?;
    let view = founded.view()?;
    let last = view
        .editions
        .last()
        .ok_or_else(|| Failure::world("no edition"))?;
    let first = view
        .editions
        .first()
        .map_or(0, |edition| edition.rrsets_signed);
    let report = Report {
        edition: last.edition,
        serial: last.serial,
        tlds: zone.delegations().count(),
        rrsets_signed: first,
        members: args.members,
        threshold: founded.threshold,
        founding_seconds: served_after,
        change_seconds: own_change.seconds,
        audit_seconds: audited,
        seconds: stage::rounded(started.elapsed()),
        memory_peaks_kib: parties.memory_peaks_kib(),
        own_change,
        cut_off,
        claim,
        walk_out,
        ledger: founded.ledger.clone(),
        zone_file: workshop.directory.join("zone.signed"),
        anchor: workshop.directory.join("anchor.key"),
        dns: founded.dns(),
        http: founded.http.clone(),
    };
    if !args.once {
        stages.say(&lines_to_try(&founded, &report, &workshop.directory));
        parties.look_on()?;
    }
    parties.stop();
    if output.json {
        output.print(&report, "");
    } else {
        stages.say(&summary(&report));
    }
    Ok(())
}

/// The directory in which everything is kept.
struct Workshop {
    directory: PathBuf,
    /// Removed when dropped.
    _temporary: Option<tempfile::TempDir>,
}

impl Workshop {
    fn open(args: &QuickstartArgs) -> Result<Self, Failure> {
        let Some(directory) = &args.dir else {
            let temporary = tempfile::Builder::new().prefix("comity-").tempdir();
            let temporary = temporary.map_err(Failure::world)?;
            let directory = temporary.path().to_path_buf();
            return Ok(Self {
                directory,
                _temporary: Some(temporary),
            });
        };
        comity_mirror::files::create_private_directory(directory).map_err(Failure::world)?;
        let mut entries = std::fs::read_dir(directory).map_err(Failure::world)?;
        if entries.next().is_some() {
            let text = format!(
                "{} is not empty; choose a new directory",
                directory.display()
            );
            return Err(Failure::World(text));
        }
        let directory = directory.canonicalize().map_err(Failure::world)?;
        Ok(Self {
            directory,
            _temporary: None,
        })
    }
}

fn read_zone(
    args: &QuickstartArgs,
    claimant: Option<&Claimant>,
    workshop: &Workshop,
    stages: &Stages,
) -> Result<Contents, Failure> {
    let stage = stages.begin("reading the zone");
    let path = workshop.directory.join("zone.in");
    let octets = match &args.zone {
        Some(zone) => octets_of(zone)?,
        None => {
            let ds = claimant.map(Claimant::ds).unwrap_or_default();
            format!("{SAMPLE}{ds}").into_bytes()
        }
    };
    comity_mirror::files::write_private(&path, &octets).map_err(Failure::world)?;
    let given = args.zone.as_deref().unwrap_or(Path::new("the sample"));
    let read = zonefile::read(&path, None).map_err(|error| zone_failure(given, &error))?;
    let dropped: Vec<_> = read
        .dropped
        .iter()
        .map(|(rtype, count)| format!("{count} {rtype}"))
        .collect();
    let what = args
        .zone
        .as_ref()
        .map_or("a sample root of our own making", |_| "the zone given");
    let mut text = format!(
        "read {what}: {} with {} delegations, serial {}",
        read.contents.origin(),
        read.contents.delegations().count(),
        read.serial
    );
    if !dropped.is_empty() {
        text.push_str(&format!(
            "; dropped its old DNSSEC records ({}): the zone is signed anew",
            dropped.join(", ")
        ));
    }
    stage.end(&text);
    Ok(read.contents)
}

fn octets_of(zone: &Path) -> Result<Vec<u8>, Failure> {
    let limit = comity_core::limits::ZONE_FILE_OCTETS_MAX as u64;
    let octets = comity_mirror::files::read_required(zone, limit);
    octets.map_err(|error| match error.error.kind() {
        std::io::ErrorKind::FileTooLarge => {
            let (line, fault) = (None, Fault::TooLarge);
            zone_failure(zone, &ZoneFileError { line, fault })
        }
        _ => Failure::world(error),
    })
}

/// Verifies the ledger from its first act, and writes zone and anchor.
fn audit(
    founded: &founding::FoundedZone,
    parties: &Parties,
    stages: &Stages,
) -> Result<f64, Failure> {
    let stage = stages.begin("auditing the ledger");
    let ledger = founded.ledger.display().to_string();
    let founding = founded.founding.as_str();
    let audit = ["audit", &ledger, "--founding", founding];
    let audited = parties.command(&audit, None)?;
    for (what, file) in [
        ("zone", "zone.signed"),
        ("anchor", "anchor.key"),
        ("anchor-bind", "anchor.bind"),
    ] {
        let out = parties.directory().join(file).display().to_string();
        let export = [
            "export",
            what,
            "--ledger",
            &ledger,
            "--founding",
            founding,
            "--out",
            &out,
        ];
        parties.command(&export, None)?;
    }
    let seconds = audited["seconds"].as_f64().unwrap_or_default();
    stage.end(&format!(
        "audited: {} acts, {} editions, every signature, tally and file verified",
        audited["acts"], audited["editions"]
    ));
    Ok(seconds)
}

fn lines_to_try(founded: &founding::FoundedZone, report: &Report, directory: &Path) -> String {
    let (ip, port) = (founded.dns.ip(), founded.dns.port());
    let name = &report.own_change.name;
    let exe = parties::exe();
    format!(
        "\nThe zone is served. Try:\n\
         \x20 dig @{ip} -p {port} {name} NS +dnssec\n\
         \x20 delv @{ip} -p {port} -a {} +root={} {name} DS\n\
         \x20 {exe} audit {}\n\
         \x20 {exe} status --ledger {}\n\
         \x20 open {} in a browser\n\
         Everything is in {}. Ctrl-C ends it.\n",
        directory.join("anchor.bind").display(),
        founded.zone,
        report.ledger.display(),
        founded.http,
        founded.http,
        directory.display(),
    )
}

fn summary(report: &Report) -> String {
    format!(
        "\nEdition {} (serial {}) of {} delegations, {} record sets signed by {} of {} members.\n\
         Founded and served in {:.1} s; a change in {:.1} s; audited in {:.1} s.",
        report.edition,
        report.serial,
        report.tlds,
        report.rrsets_signed,
        report.threshold,
        report.members,
        report.founding_seconds,
        report.change_seconds,
        report.audit_seconds
    )
}
