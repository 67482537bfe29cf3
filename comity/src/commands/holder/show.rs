//! `comity holder show`: holders as the ledger has them.

use std::fmt::Write;

use comity_core::basic::{Digest, Time};
use comity_core::holder::{HolderId, HolderKeys};
use comity_core::state::{Founded, Matter, Waiting};
use comity_core::zone::Name;
use serde::Serialize;

use crate::args::LedgerArgs;
use crate::commands::actor::find_holder;
use crate::commands::{follow, words};
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Holders {
    holders: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    id: HolderId,
    names: Vec<Name>,
    revision: u64,
    keys: HolderKeys,
    waiting: Vec<Waits>,
}

#[derive(Serialize)]
struct Waits {
    id: Digest,
    what: String,
    /// When it takes effect; none before it is known that members saw it.
    until: Option<Time>,
}

/// Runs `comity holder show`.
pub(super) fn run(
    which: Option<&str>,
    ledger: &LedgerArgs,
    output: &Output,
) -> Result<(), Failure> {
    let follower = follow(ledger)?;
    let founded = follower.state().founded();
    let founded = founded.map_err(|refusal| Failure::rule(refusal.rule(), refusal))?;
    let only = which.map(|which| find_holder(founded, which)).transpose()?;
    let ids = founded.holders.keys().copied();
    let meant = ids.filter(|id| only.is_none_or(|only| only == *id));
    let holders = Holders {
        holders: meant.filter_map(|id| shown(founded, id)).collect(),
    };
    let text = text(&holders.holders);
    output.print(&holders, text);
    Ok(())
}

fn shown(founded: &Founded, id: HolderId) -> Option<Shown> {
    let holder = founded.holders.get(&id)?;
    let waiting = founded.waiting.iter();
    let waiting = waiting.filter(|waiting| waiting.holder == id);
    Some(Shown {
        id,
        names: founded.names_of(id).cloned().collect(),
        revision: holder.revision,
        keys: holder.keys.clone(),
        waiting: waiting.map(|waiting| waits(founded, waiting)).collect(),
    })
}

fn waits(founded: &Founded, waiting: &Waiting) -> Waits {
    let what = match &waiting.matter {
        Matter::Rotation(keys) => format!("new keys:\n{}", words::keys(keys)),
        Matter::Testament(keys) => format!("new keys by testament:\n{}", words::keys(keys)),
        Matter::Transfer { name, to, .. } => format!("{name} goes to holder {to}\n"),
    };
    Waits {
        id: waiting.id,
        what,
        until: founded.waiting_end(waiting),
    }
}

fn text(holders: &[Shown]) -> String {
    let mut text = String::new();
    for holder in holders {
        let names: Vec<_> = holder.names.iter().map(ToString::to_string).collect();
        let names = match names.is_empty() {
            true => "no name".to_string(),
            false => names.join(", "),
        };
        let (id, revision) = (holder.id, holder.revision);
        let _ = writeln!(text, "holder {id}\n  holds {names}");
        let _ = writeln!(text, "  keys changed {revision} times");
        text.push_str(&words::keys(&holder.keys));
        for waits in &holder.waiting {
            let until = match waits.until {
                Some(until) => format!("until {until}"),
                None => "and enough members have not seen it yet".into(),
            };
            let _ = write!(text, "  waits, {until}: {} {}", waits.id, waits.what);
        }
    }
    text
}
