//! From nothing to a served zone: keys, charter, founding act, ceremony,
//! first edition, mirror.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use comity_core::zone::{Contents, Name};
use comity_member::link::Link;
use comity_mirror::files;
use comity_secretariat::overview::View;

use super::dns;
use super::parties::Parties;
use super::scenes::Cast;
use super::stage::{Stages, rounded};
use crate::args::QuickstartArgs;
use crate::output::Failure;

/// What members are called; further ones have numbers.
const NAMES: [&str; 12] = [
    "alba", "boreal", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island", "juniper",
    "kelp", "lagoon",
];

/// A zone that its members have founded, and those who serve it.
pub(super) struct FoundedZone {
    /// The zone.
    pub zone: Name,
    /// Id of the founding act.
    pub founding: String,
    /// The members.
    pub members: Vec<String>,
    /// How many sign.
    pub threshold: u16,
    /// Who plays in the scenes.
    pub cast: Cast,
    /// URL of the secretariat.
    pub http: String,
    /// Where the mirror answers.
    pub dns: SocketAddr,
    /// The ledger's directory.
    pub ledger: PathBuf,
    started: Instant,
}

impl FoundedZone {
    /// What the secretariat shows now.
    pub(super) fn view(&self) -> Result<View, Failure> {
        Link::new(&self.http)
            .get("/v1/status")
            .map_err(Failure::world)
    }

    /// Where the mirror answers, as text.
    pub(super) fn dns(&self) -> String {
        self.dns.to_string()
    }
}

/// Makes the parties, and has the members found the zone and make its key.
pub(super) fn found(
    args: &QuickstartArgs,
    contents: &Contents,
    parties: &mut Parties,
    stages: &Stages,
) -> Result<FoundedZone, Failure> {
    let stage = stages.begin("making keys");
    let members = make_members(args.members, parties)?;
    let cast = Cast::choose(contents)?;
    for name in cast.held() {
        let party = Cast::party(name);
        let home = parties.home(&party).display().to_string();
        parties.command(
            &["holder", "init", "--dir", &home, "--name", &party],
            Some(&party),
        )?;
    }
    stage.end(&format!(
        "{} members made their keys: {}; {} and {} have holders",
        members.len(),
        members.join(", "),
        cast.own,
        cast.victim
    ));
    let zone = contents.origin().clone();
    let started = Instant::now();
    let stage = stages.begin("founding");
    let threshold = write_charter(args, &zone, parties)?;
    let founding = prepare(args, &members, &cast, parties)?;
    let ledger = parties.home("secretariat").join("ledger");
    let http = start_parties(args, &members, &founding, parties)?;
    let mut founded = FoundedZone {
        zone,
        founding,
        members,
        threshold,
        cast,
        http,
        dns: args.dns,
        ledger,
        started,
    };
    founded.dns = start_mirror(args, &founded, parties)?;
    parties.wait_for("the founding act", || {
        founded.view().ok().filter(|view| view.ledger.size > 0)
    })?;
    let text = format!("all {} members signed the founding act", args.members);
    stage.end(&text);
    let stage = stages.begin("making the zone's key");
    let key = parties.wait_for("the ceremony", || {
        founded.view().ok().and_then(|v| v.zone.key)
    })?;
    stage.end(&format!(
        "the zone's key {}… was made in {} shares; it exists nowhere",
        &key[..16],
        args.members
    ));
    Ok(founded)
}

/// Waits for the first edition and until the mirror serves it; how long that
/// took from the beginning of the founding (seconds).
pub(super) fn serve(
    args: &QuickstartArgs,
    founded: &FoundedZone,
    parties: &mut Parties,
    stages: &Stages,
) -> Result<f64, Failure> {
    let stage = stages.begin("signing the first edition");
    let edition = parties.wait_for("the first edition", || {
        let view = founded.view().ok()?;
        // Time, two sessions, and the edition itself: 4 acts after the ceremony.
        stage.progress(
            view.ledger.size.saturating_sub(2).min(4),
            4,
            "acts on the ledger",
        );
        view.editions.first().cloned()
    })?;
    stage.end(&format!(
        "edition 1, serial {}: {} record sets signed by {} of {} members",
        edition.serial, edition.rrsets_signed, founded.threshold, args.members
    ));
    let stage = stages.begin("verifying and serving");
    parties.wait_for("the mirror", || {
        let serial = dns::serial(founded.dns, &founded.zone)?;
        (serial == edition.serial).then_some(())
    })?;
    stage.end(&format!(
        "a mirror verified everything and answers on {}",
        founded.dns
    ));
    Ok(rounded(founded.started.elapsed()))
}

fn make_members(count: u16, parties: &Parties) -> Result<Vec<String>, Failure> {
    if !(2..=250).contains(&count) {
        return Err(Failure::usage("--members: a zone has 2 to 250 members"));
    }
    let name = |at: usize| {
        NAMES
            .get(at)
            .map_or_else(|| format!("member-{:03}", at + 1), |n| (*n).into())
    };
    let members: Vec<String> = (0..usize::from(count)).map(name).collect();
    for member in &members {
        let home = parties.home(&party(member)).display().to_string();
        let init = [
            "member",
            "init",
            "--dir",
            &home,
            "--name",
            member,
            "--secretariat",
            "http://unset",
        ];
        parties.command(&init, Some(&party(member)))?;
    }
    Ok(members)
}

/// A member's party: its directory below the workshop.
pub(super) fn party(member: &str) -> String {
    format!("members/{member}")
}

fn write_charter(args: &QuickstartArgs, zone: &Name, parties: &Parties) -> Result<u16, Failure> {
    let members = args.members.to_string();
    let threshold = args.threshold.unwrap_or(args.members / 2 + 1);
    let (zone, threshold_text) = (zone.to_string(), threshold.to_string());
    let new = [
        "charter",
        "new",
        "--members",
        &members,
        "--zone",
        &zone,
        "--threshold",
        &threshold_text,
        // The vote to come is over in seconds.
        "--deadline-min",
        "1s",
    ];
    let text = parties.text(&new, None)?;
    files::write_private(&parties.directory().join("charter.toml"), &text)
        .map_err(Failure::world)?;
    Ok(threshold)
}

fn prepare(
    args: &QuickstartArgs,
    members: &[String],
    cast: &Cast,
    parties: &Parties,
) -> Result<String, Failure> {
    let at = |path: &str| parties.directory().join(path).display().to_string();
    let (home, charter, zone) = (at("secretariat"), at("charter.toml"), at("zone.in"));
    let listen = args.http.to_string();
    let cards: Vec<_> = members
        .iter()
        .map(|m| at(&format!("{}/card.json", party(m))))
        .collect();
    let holders: Vec<_> = cast
        .held()
        .map(|name| {
            format!(
                "{name}={}",
                at(&format!("{}/holder.json", Cast::party(name)))
            )
        })
        .collect();
    let mut found = vec![
        "found",
        "--dir",
        &home,
        "--charter",
        &charter,
        "--zone",
        &zone,
    ];
    found.extend(["--listen", &listen]);
    found.extend(cards.iter().flat_map(|card| ["--member", card]));
    found.extend(
        holders
            .iter()
            .flat_map(|holder| ["--holder", holder.as_str()]),
    );
    let founded = parties.command(&found, Some("secretariat"))?;
    let founding = founded["founding"].as_str();
    founding
        .map(ToString::to_string)
        .ok_or_else(|| Failure::world("found gave no id"))
}

fn start_parties(
    _args: &QuickstartArgs,
    members: &[String],
    founding: &str,
    parties: &mut Parties,
) -> Result<String, Failure> {
    let home = parties.home("secretariat").display().to_string();
    parties.start("secretariat", &["secretariat", "run", "--dir", &home])?;
    let address = parties.home("secretariat").join("address");
    let address = parties.wait_for("the secretariat", || read_note(&address))?;
    let http = format!("http://{address}");
    for member in members {
        let home = parties.home(&party(member)).display().to_string();
        let run = [
            "member",
            "run",
            "--dir",
            &home,
            "--founding",
            founding,
            "--secretariat",
            &http,
        ];
        parties.start(&party(member), &run)?;
    }
    Ok(http)
}

fn start_mirror(
    args: &QuickstartArgs,
    founded: &FoundedZone,
    parties: &mut Parties,
) -> Result<SocketAddr, Failure> {
    let home = parties.home("mirror").display().to_string();
    let (listen, founding) = (args.dns.to_string(), founded.founding.as_str());
    let init = [
        "mirror",
        "init",
        "--dir",
        &home,
        "--ledger",
        &founded.http,
        "--founding",
        founding,
    ];
    parties.command(&[&init[..], &["--listen", &listen]].concat(), None)?;
    parties.start("mirror", &["mirror", "run", "--dir", &home])?;
    let address = parties.home("mirror").join("address");
    let address = parties.wait_for("the mirror", || read_note(&address))?;
    address.parse().map_err(Failure::world)
}

fn read_note(path: &std::path::Path) -> Option<String> {
    std::fs::read_to_string(path)
        .ok()
        .filter(|text| !text.is_empty())
}
