//! What a holder does with its keys and names: rotation, transfer, testament,
//! objection.

use std::path::PathBuf;

use comity_core::basic::Digest;
use comity_core::holder::{HolderKeys, Policy};
use comity_core::state::Founded;
use comity_core::zone::Name;
use comity_member::acts;

use super::{cards, sorted};
use crate::args::{ActorArgs, HolderActorArgs};
use crate::commands::actor::{Actor, now};
use crate::commands::words;
use crate::output::{Failure, Output};

/// The keys that somebody wants; what is not given stays.
#[derive(Default)]
pub(super) struct WantedKeys<'a> {
    pub(super) keys: &'a [PathBuf],
    pub(super) policy: Option<u16>,
    pub(super) recovery_keys: &'a [PathBuf],
    pub(super) recovery_policy: Option<u16>,
    pub(super) delay_s: Option<u64>,
}

impl WantedKeys<'_> {
    fn after(&self, old: &HolderKeys) -> Result<HolderKeys, Failure> {
        let operational = changed(Some(&old.operational), self.keys, self.policy)?;
        let recovery = old.recovery.as_ref();
        let keys = HolderKeys {
            operational: operational.unwrap_or_else(|| old.operational.clone()),
            recovery: changed(recovery, self.recovery_keys, self.recovery_policy)?,
            delay_s: self.delay_s.unwrap_or(old.delay_s),
        };
        keys.check()
            .map_err(|finding| Failure::rule("holder-keys", finding))?;
        match keys == *old {
            true => Err(Failure::usage("nothing would change")),
            false => Ok(keys),
        }
    }
}

/// A policy with other keys or another threshold, where these are given.
fn changed(
    old: Option<&Policy>,
    paths: &[PathBuf],
    threshold: Option<u16>,
) -> Result<Option<Policy>, Failure> {
    let threshold = threshold.or(old.map(|old| old.threshold)).unwrap_or(1);
    if !paths.is_empty() {
        return Ok(Some(sorted(threshold, cards(paths)?)));
    }
    Ok(old.map(|old| sorted(threshold, old.keys.iter().copied())))
}

/// Runs `comity holder rotate` and `comity holder recover`.
pub(super) fn rotate(
    args: &HolderActorArgs,
    wanted: &WantedKeys,
    output: &Output,
) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let id = actor.holder(args.holder.as_deref())?;
    let unknown = || Failure::rule("holder-unknown", format!("there is no holder {id}"));
    let old = &founded.holders.get(&id).ok_or_else(unknown)?.keys;
    let keys = wanted.after(old)?;
    let listed = words::keys(&keys);
    let rotation = acts::rotation(founded, id, keys).ok_or_else(unknown)?;
    if let Some(done) = actor.file(&rotation, output)? {
        let text = format!(
            "New keys for holder {id}: {}, {}.\n{listed}\
             `comity holder show {id}` says whether it waits, and until when.",
            done.place(),
            done.id
        );
        output.print(&done, text);
    }
    Ok(())
}

/// Runs `comity holder transfer`.
pub(super) fn transfer(
    name: &Name,
    to: &HolderKeys,
    valid_s: u64,
    args: &ActorArgs,
    output: &Output,
) -> Result<(), Failure> {
    let actor = Actor::open(args)?;
    let founded = actor.founded()?;
    let until = now(founded).plus(valid_s);
    let nobody = || Failure::rule("not-holder", format!("nobody holds {name}"));
    let transfer = acts::transfer(founded, name, to, until).ok_or_else(nobody)?;
    if let Some(done) = actor.file(&transfer, output)? {
        let (to, act) = (transfer.to, done.place());
        let text = format!(
            "{name} goes to holder {to}: {act}, {}. `comity holder show {name}` says whether \
             it waits, and until when.",
            done.id
        );
        output.print(&done, text);
    }
    Ok(())
}

/// Runs `comity holder testament`, which files nothing.
pub(super) fn testament(
    args: &HolderActorArgs,
    keys: HolderKeys,
    (wait_s, valid_s): (u64, u64),
    output: &Output,
) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let holder = actor.holder(args.holder.as_deref())?;
    let until = now(founded).plus(valid_s);
    let testament = acts::testament(founded, holder, keys, wait_s, until);
    actor.write(&actor.papers(&testament)?, output)
}

/// Runs `comity holder object`.
pub(super) fn object(
    id: &str,
    reason: &str,
    args: &HolderActorArgs,
    output: &Output,
) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let to = objectionable(founded, id)?;
    let holder = match founded.waiting.iter().find(|waiting| waiting.id == to) {
        Some(waiting) if args.holder.is_none() => waiting.holder,
        _ => actor.holder(args.holder.as_deref())?,
    };
    let objection = acts::objection(founded, holder, to, reason);
    if let Some(done) = actor.file(&objection, output)? {
        let text = format!("Objected to {to}; {}.", done.place());
        output.print(&done, text);
    }
    Ok(())
}

/// The act that waits, or the proposal, of this id or beginning of one.
fn objectionable(founded: &Founded, text: &str) -> Result<Digest, Failure> {
    let waiting = founded.waiting.iter().map(|waiting| waiting.id);
    let proposals = founded.proposals.iter().map(|known| known.id);
    let all = waiting.chain(proposals);
    let found: Vec<_> = all.filter(|id| id.to_string().starts_with(text)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let text = format!("nothing that waits and no proposal is called {text}");
            Err(Failure::rule("nothing-to-object", text))
        }
        _ => Err(Failure::usage(format!("{text} names {} acts", found.len()))),
    }
}
