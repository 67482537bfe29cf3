//! Access (invariant 1): what stands at and below a held name, and what could
//! take it over from above, changes by an adopted decision only, to which its
//! holder consented while the name was as it is now.

use core::cell::Cell;
use std::vec::Vec;

use proptest::test_runner::{TestCaseError, TestRunner};

use super::steps::{CUTS, Step, history};
use crate::act::{Act, DecisionResult, check};
use crate::basic::{Digest, Time};
use crate::edition::samples::NOW;
use crate::refusal::tests::seeded;
use crate::state::Outcome;
use crate::state::tests::world::{Setting, World, holder, holder_id, public};
use crate::zone::samples::name;
use crate::zone::{Name, RecordSet, SetKey};

/// The sets at and below a name.
type Estate = Vec<(SetKey, RecordSet)>;

fn estate(world: &World, owner: &Name) -> Estate {
    let sets = world.here().contents.sets();
    let own = sets.filter(|(key, _)| key.owner.is_at_or_below(owner));
    own.map(|(key, set)| (key, set.clone())).collect()
}

/// The names between the apex and this one that take over all below.
fn cuts_above(world: &World, owner: &Name) -> Vec<SetKey> {
    let contents = &world.here().contents;
    let above = |key: &SetKey| {
        key.owner != *owner
            && key.owner != *contents.origin()
            && owner.is_at_or_below(&key.owner)
            && CUTS.contains(&key.rtype)
    };
    contents.sets().map(|(key, _)| key).filter(above).collect()
}

/// A consent that was signed with the holder's key and is on the ledger.
struct Given {
    proposal: Digest,
    name: Name,
    seen: Estate,
    until: Time,
}

/// What a name's holder sees, for every held name.
fn seen(world: &World) -> Vec<(Name, Estate, Vec<SetKey>)> {
    let held = world.here().held.keys();
    held.map(|name| (name.clone(), estate(world, name), cuts_above(world, name)))
        .collect()
}

/// Five members, and a held name below a name that is not there.
fn world() -> World {
    let mut setting = Setting::plain();
    setting
        .records
        .push_str("\n a.pond.example. 60 NS ns.example.");
    setting.holders.push(("a.pond.example.", 0));
    setting.holders.sort_by_key(|(text, _)| name(text));
    World::founded(&setting).with_time(NOW)
}

/// Does a step; notes what consents were given, and says whether it adopted.
fn take(world: &mut World, step: &Step, given: &mut Vec<Given>) -> Option<Digest> {
    let envelope = world.act_of(step)?;
    let octets = envelope.to_octets();
    let outcome = world.submit(&octets).ok()?;
    let checked = check(&octets, &world.blobs, &crate::dnssec::tests::OursAlone).ok()?;
    if let Act::Consent(consent) = checked.inner() {
        let by = checked.signers();
        for consented in &consent.names {
            let owner = &consented.name;
            let owners = [0, 1].into_iter().filter(|number| {
                world.here().held[owner].holder == holder_id(*number)
                    && by == [public(&holder(*number))]
            });
            assert_eq!(owners.count(), 1, "not the holder's");
            given.push(Given {
                proposal: consent.proposal,
                name: owner.clone(),
                seen: estate(world, owner),
                until: consent.until,
            });
        }
    }
    match outcome {
        Outcome::Decided(proposal, DecisionResult::Adopted) => Some(proposal),
        _ => None,
    }
}

#[test]
fn a_held_name_changes_with_its_holders_consent_only() {
    let (adopted, changed) = (Cell::new(0), Cell::new(0));
    let start = world();
    let try_out = |steps: Vec<Step>| -> Result<(), TestCaseError> {
        let mut world = start.clone();
        let mut given = Vec::new();
        for step in &steps {
            let before = seen(&world);
            let decided = take(&mut world, step, &mut given);
            adopted.set(adopted.get() + usize::from(decided.is_some()));
            for ((owner, below, above), (_, below_now, above_now)) in
                before.into_iter().zip(seen(&world))
            {
                let taken = above_now.iter().any(|cut| !above.contains(cut));
                if below == below_now && !taken {
                    continue;
                }
                changed.set(changed.get() + 1);
                let consented = given.iter().any(|given| {
                    Some(given.proposal) == decided
                        && given.name == owner
                        && given.seen == below
                        && world.now() <= given.until
                });
                proptest::prop_assert!(consented, "{owner} changed by {step:?}");
            }
        }
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(120));
    runner.run(&history(), try_out).unwrap();
    // The histories are no good where nothing happens in them.
    assert!(adopted.get() > 100, "{} adopted", adopted.get());
    assert!(changed.get() > 30, "{} changed", changed.get());
}
