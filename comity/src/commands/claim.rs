//! `comity claim`: a holder binds its keys to a name that nobody holds, by a
//! record in the name's own signed zone. The record is told, looked for through
//! several resolvers, proved, and filed.

use comity_core::act::{ClaimAct, RULES};
use comity_core::dnssec::Claim;
use comity_core::holder::HolderKeys;
use comity_core::state::Founded;
use comity_core::zone::RecordSet;
use comity_mirror::claim::{Report, Request, Resolvers, gather};
use data_encoding::BASE64;
use serde::Serialize;

use super::actor::{Actor, now};
use super::filing::Done;
use super::holder::read_holder;
use crate::args::ClaimArgs;
use crate::output::{Failure, Output};

/// What the name's zone has to say.
#[derive(Serialize)]
struct Wanted {
    places: Vec<String>,
    text: String,
    record: String,
}

/// A claim that was filed.
#[derive(Serialize)]
struct Filed {
    #[serde(flatten)]
    done: Done,
    proven: bool,
    heard: Vec<String>,
}

/// Runs `comity claim`.
pub(crate) fn run(args: &ClaimArgs, output: &Output) -> Result<(), Failure> {
    let keys = read_holder(&args.holder_card)?;
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let mut claim = claim(args, founded, keys);
    let wanted = wanted(&claim);
    if args.print {
        output.print(&wanted, told(&wanted, founded));
        return Ok(());
    }
    let heard = match ds(founded, &claim) {
        Some(ds) => {
            let report = ask(args, founded, &claim, ds)?;
            claim.proof = Some(proof(args, &report, &wanted)?);
            report.heard
        }
        None if args.unproven => Vec::new(),
        None => return Err(unsigned(&claim)),
    };
    let proven = claim.proof.is_some();
    let Some(done) = actor.file(&claim, output)? else {
        return Ok(());
    };
    let text = filed(&done, &claim, founded);
    let heard = heard.iter().map(ToString::to_string).collect();
    output.print(
        &Filed {
            done,
            proven,
            heard,
        },
        text,
    );
    Ok(())
}

/// The claim, without its proof. A holder that is known claims with the keys
/// that it has now.
fn claim(args: &ClaimArgs, founded: &Founded, keys: HolderKeys) -> ClaimAct {
    let holder = keys.id();
    let known = founded.holders.get(&holder);
    let keys = known.map_or(keys, |known| known.keys.clone());
    ClaimAct {
        rules: RULES,
        ledger: founded.ledger,
        name: args.name.clone(),
        holder,
        keys,
        proof: None,
    }
}

fn wanted(claim: &ClaimAct) -> Wanted {
    let places: Vec<_> = Claim::places(&claim.name)
        .map(|place| place.to_string())
        .collect();
    let text = Claim {
        ledger: claim.ledger,
        holder: claim.holder.0,
    };
    let text = text.to_string();
    let first = places.first().cloned().unwrap_or_default();
    Wanted {
        record: format!("{first} 3600 IN TXT \"{text}\""),
        places,
        text,
    }
}

fn told(wanted: &Wanted, founded: &Founded) -> String {
    let days = founded.charter.rules.claim_wait_s / 86_400;
    format!(
        "Put this record into the name's own zone, and have it signed:\n\n{}\n\n\
         {} will do as well. Then run the same command without --print, with --as. The claim \
         binds {days} days after that, unless another signed claim contests it.",
        wanted.record,
        wanted.places.get(1).map_or("", String::as_str)
    )
}

/// The DS set by which a proof is judged.
fn ds(founded: &Founded, claim: &ClaimAct) -> Option<RecordSet> {
    let delegation = founded.contents.delegation(&claim.name);
    delegation.and_then(|delegation| delegation.ds.clone())
}

fn ask(
    args: &ClaimArgs,
    founded: &Founded,
    claim: &ClaimAct,
    ds: RecordSet,
) -> Result<Report, Failure> {
    let resolvers = match &args.resolvers[..] {
        [] => Resolvers::of_the_system().map_err(Failure::world)?,
        given => Resolvers::new(given.iter().copied()),
    };
    let request = Request {
        name: claim.name.clone(),
        ledger: claim.ledger,
        holder: claim.holder.0,
        ds: Some(ds),
        now: founded.time.unwrap_or_else(|| now(founded)),
    };
    gather(&request, &resolvers).map_err(Failure::world)
}

/// The best proof, in base64.
fn proof(args: &ClaimArgs, report: &Report, wanted: &Wanted) -> Result<String, Failure> {
    let heard: Vec<_> = report.heard.iter().map(ToString::to_string).collect();
    let heard = heard.join("\n  ");
    let Some(proof) = &report.proof else {
        let text = format!(
            "no resolver proves the claim:\n  {heard}\nThe record is\n  {}",
            wanted.record
        );
        return Err(Failure::rule("claim", text));
    };
    if !report.is_unanimous() && !args.despite_differences {
        let text = format!(
            "resolvers differ:\n  {heard}\nWait until all have the record, or give \
             --despite-differences"
        );
        return Err(Failure::rule("claim", text));
    }
    Ok(BASE64.encode(&proof.chain.to_octets()))
}

fn unsigned(claim: &ClaimAct) -> Failure {
    let text = format!(
        "{} has no DS set in the zone, so nothing proves a claim; have it signed first, or give \
         --unproven to have the claim on record, where it binds nothing",
        claim.name
    );
    Failure::rule("proof-missing", text)
}

fn filed(done: &Done, claim: &ClaimAct, founded: &Founded) -> String {
    let days = founded.charter.rules.claim_wait_s / 86_400;
    let name = &claim.name;
    match claim.proof {
        Some(_) => format!(
            "Claimed {name} for holder {}: {}. It binds in {days} days of ledger time, \
             unless another signed claim contests it. Leave the record where it is until then.",
            claim.holder,
            done.place()
        ),
        None => format!(
            "{name} is claimed for holder {} on record: {}. It is unproven and binds nothing; \
             once the name has a DS set, claim it again.",
            claim.holder,
            done.place()
        ),
    }
}
