//! `comity export`: what the operators of other servers take over, and what
//! those who study votes do.

use comity_core::edition::SignedZone;
use comity_core::served::ServedZone;
use comity_core::state::Founded;
use comity_mirror::export::{Facts, anchor, resolver, secondary};
use comity_mirror::follow::Follower;
use comity_mirror::{files, zonefile};
use serde_json::json;

use super::{follow, roll_calls};
use crate::args::{ExportArgs, ExportKind};
use crate::output::{Failure, Output};

/// Runs `comity export`.
pub(crate) fn run(args: &ExportArgs, output: &Output) -> Result<(), Failure> {
    let facts = || {
        let follower = follow(&args.ledger)?;
        let zone = edition(&follower)?;
        let founded = follower.state().founded();
        let keys = founded.map_or_else(|_| zone.anchors(), Founded::keys_to_trust);
        Facts::new(zone.origin().clone(), &keys, args.mirror).map_err(Failure::usage)
    };
    let octets = match args.what {
        ExportKind::Zone => {
            let mut octets = Vec::new();
            let follower = follow(&args.ledger)?;
            zonefile::write(&ServedZone::from(edition(&follower)?), &mut octets)
                .map_err(Failure::world)?;
            octets
        }
        ExportKind::Anchor => anchor::records(&facts()?).into_bytes(),
        ExportKind::AnchorBind => anchor::bind(&facts()?).into_bytes(),
        ExportKind::Unbound => resolver::unbound(&facts()?).into_bytes(),
        ExportKind::Bind => resolver::bind(&facts()?).into_bytes(),
        ExportKind::BindSecondary => secondary::bind(&facts()?).into_bytes(),
        ExportKind::Knot => secondary::knot(&facts()?).into_bytes(),
        ExportKind::Nsd => secondary::nsd(&facts()?).into_bytes(),
        ExportKind::RollCalls => roll_calls::export(&args.ledger)?,
    };
    match &args.out {
        None => output.raw(&octets),
        Some(path) => {
            files::write_public(path, &octets).map_err(Failure::world)?;
            let done = json!({ "file": path, "octets": octets.len() });
            output.print(&done, format!("Wrote {}.", path.display()));
        }
    }
    Ok(())
}

fn edition(follower: &Follower) -> Result<&SignedZone, Failure> {
    let founded = follower.state().founded().ok();
    let published = founded.and_then(|founded| founded.published.as_ref());
    published.ok_or_else(|| Failure::rule("no-edition", "no edition has been published yet"))
}
