//! `comity member review`: what a member is asked to found, fetched by its id
//! and verified against it, so that nobody signs what it has not seen.

use comity_core::act::{Envelope, Founding, Holders, json};
use comity_core::basic::Digest;
use comity_core::charter::Charter;
use comity_core::holder::HolderKeys;
use comity_core::limits;
use comity_core::zone::Contents;
use comity_member::link::Link;
use serde::Serialize;

use super::charter::show;
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Review {
    id: Digest,
    founding: Founding,
    charter: Charter,
    serial: u32,
    delegations: usize,
    records: usize,
    holders: Holders,
}

/// Fetches a founding act that waits for signatures, and shows it.
pub(crate) fn run(id: &Digest, secretariat: &str, output: &Output) -> Result<(), Failure> {
    let link = Link::new(secretariat);
    let blob = |digest: &Digest| {
        let octets = link.blob(digest, limits::BLOB_OCTETS_MAX);
        octets.map_err(Failure::world)
    };
    let envelope = Envelope::from_signing_input(&blob(id)?).map_err(malformed)?;
    let founding: Founding = envelope.payload().map_err(malformed)?;
    let charter: Charter = json::decode(&blob(&founding.charter)?).map_err(malformed)?;
    let holders: Holders = json::decode(&blob(&founding.holders)?).map_err(malformed)?;
    let contents = Contents::from_wire(&founding.zone, &blob(&founding.contents)?);
    let contents = contents.map_err(|refusal| Failure::rule("zone", refusal))?;
    charter
        .check(founding.members.len())
        .map_err(|finding| Failure::rule("charter", finding))?;
    let review = Review {
        id: *id,
        charter,
        serial: contents.serial(),
        delegations: contents.delegations().count(),
        records: contents.record_count(),
        holders,
        founding,
    };
    let text = text(&review);
    output.print(&review, text);
    Ok(())
}

/// A holder's keys in a line.
fn words(keys: &HolderKeys) -> String {
    let recovery = keys.recovery.as_ref();
    let recovery = recovery.map_or("no recovery keys".into(), |recovery| {
        format!("recovery {}", recovery.to_words())
    });
    let (id, operational) = (keys.id(), keys.operational.to_words());
    format!("{id}: {operational}, {recovery}, delay {} s", keys.delay_s)
}

fn malformed(refusal: impl std::fmt::Display) -> Failure {
    Failure::rule("format", refusal)
}

fn text(review: &Review) -> String {
    let founding = &review.founding;
    let mut text = show(&review.charter, &founding.zone, founding.kind);
    text.push_str(&format!(
        "\nFirst contents: serial {}, {} delegations, {} records (blob {})\n\nMembers\n",
        review.serial, review.delegations, review.records, founding.contents
    ));
    for (share, member) in (1..).zip(&founding.members) {
        text.push_str(&format!(
            "  {share:>3}  {:<20} {}\n",
            member.name, member.key
        ));
    }
    text.push_str("\nHolders\n");
    for binding in &review.holders.holders {
        text.push_str(&format!(
            "  {:<25} {}\n",
            binding.name.to_string(),
            words(&binding.holder)
        ));
    }
    text.push_str(&format!("\nLedger key: {}\n", founding.log));
    text.push_str(&format!(
        "\nIf you agree with all of it, set in member.toml:\n  founding = \"{}\"\n",
        review.id
    ));
    text
}
