//! `comity found`.

use std::path::Path;

use comity_core::act::{FoundingMember, HolderBinding, Holders};
use comity_core::zone::Name;
use comity_member::home::Card;
use comity_mirror::zonefile::{self, ReadZone};
use comity_secretariat::home::{FoundingParts, Home};
use rand_core::{OsRng, RngCore};
use serde::Serialize;
use tracing::info;

use super::charter::CharterFile;
use super::{passphrase, read_card, zone_failure};
use crate::args::FoundArgs;
use crate::commands::holder::read_holder;
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Founded {
    founding: comity_core::basic::Digest,
    zone: Name,
    serial: u32,
    delegations: usize,
    members: usize,
    held: usize,
    ledger: std::path::PathBuf,
}

/// Runs `comity found`.
pub(crate) fn run(args: &FoundArgs, output: &Output) -> Result<(), Failure> {
    let file = CharterFile::read(&args.charter)?;
    let zone = zonefile::read(&args.zone, Some(&file.zone))
        .map_err(|error| zone_failure(&args.zone, &error))?;
    tell_dropped(&zone);
    let parts = FoundingParts {
        kind: file.kind,
        charter: file.charter(),
        members: members(&args.members)?,
        holders: holders(&args.holders, &zone)?,
        contents: zone.contents,
    };
    parts
        .charter
        .check(parts.members.len())
        .map_err(|finding| Failure::rule("charter", finding))?;
    let passphrase = passphrase::read(&args.passphrase)?;
    let origin = args
        .origin
        .clone()
        .unwrap_or_else(|| fresh_origin(&file.zone));
    let home = Home::new(&args.dir);
    let founding = home
        .found(&parts, &origin, &args.listen, &passphrase)
        .map_err(Failure::world)?;
    let founded = Founded {
        founding,
        zone: file.zone,
        serial: zone.serial,
        delegations: parts.contents.delegations().count(),
        members: parts.members.len(),
        held: parts.holders.holders.len(),
        ledger: home.ledger(),
    };
    output.print(
        &founded,
        format!(
            "The founding act {founding} waits for {} signatures.\n\
             Start the secretariat (comity secretariat run --dir {}); each member that agrees \
             starts with --founding {founding}.",
            founded.members,
            args.dir.display()
        ),
    );
    Ok(())
}

/// Derived records are made anew; says how many were left out.
fn tell_dropped(zone: &ReadZone) {
    for (rtype, count) in &zone.dropped {
        info!(%rtype, count, "dropped on the way in: the zone is signed anew");
    }
}

fn members(cards: &[std::path::PathBuf]) -> Result<Vec<FoundingMember>, Failure> {
    let read = |path: &std::path::PathBuf| {
        read_card(path).map(|Card { name, key }| FoundingMember { name, key })
    };
    let mut members = cards.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    members.sort_by(|a, b| a.name.cmp(&b.name));
    match members.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(Failure::Usage(format!(
            "two members are called {}",
            pair[0].name
        ))),
        None => Ok(members),
    }
}

fn holders(bindings: &[String], zone: &ReadZone) -> Result<Holders, Failure> {
    let mut holders = Vec::new();
    for binding in bindings {
        let wrong = || Failure::Usage(format!("--holder {binding}: give NAME=CARD"));
        let (name, path) = binding.split_once('=').ok_or_else(wrong)?;
        let name: Name = name.parse().map_err(|_| wrong())?;
        if zone.contents.delegation(&name).is_none() {
            let text = format!("--holder {binding}: the zone does not delegate {name}");
            return Err(Failure::rule("holder-binding", text));
        }
        holders.push(HolderBinding {
            name,
            holder: read_holder(Path::new(path))?,
        });
    }
    holders.sort_by(|a, b| a.name.cmp(&b.name));
    match holders.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(Failure::Usage(format!(
            "{} is given two holders",
            pair[0].name
        ))),
        None => Ok(Holders { holders }),
    }
}

/// A name that no other ledger has.
fn fresh_origin(zone: &Name) -> String {
    let mut random = [0; 8];
    OsRng.fill_bytes(&mut random);
    let zone = zone.to_string();
    let zone = if zone == "." {
        "root"
    } else {
        zone.trim_end_matches('.')
    };
    format!("comity/{zone}/{}", data_encoding::HEXLOWER.encode(&random))
}
