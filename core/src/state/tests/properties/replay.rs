//! Replay (invariant 5): the state is a function of the ledger's octets.

use std::vec::Vec;

use proptest::prelude::*;

use super::steps::history;
use crate::act::{Blobs, Envelope, blobs_of, check};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::tests::seeded;
use crate::state::tests::world::World;
use crate::state::{Position, State, accept, apply};
use crate::zone::Rtype;

/// Only those blobs that an entry says it names.
struct Named<'a>(&'a World, Vec<Digest>);

impl Blobs for Named<'_> {
    fn blob(&self, digest: &Digest) -> Option<Vec<u8>> {
        assert!(
            self.1.contains(digest),
            "{digest} is asked for and not named"
        );
        self.0.blobs.blob(digest)
    }
}

/// The state's digest after each entry, computed from the octets.
fn replayed(world: &World) -> Vec<Digest> {
    let mut state = State::default();
    let after = |(position, entry): (u64, &Vec<u8>)| {
        let envelope = Envelope::parse(entry, entry.len()).unwrap();
        assert_eq!(envelope.to_octets(), *entry);
        let blobs = Named(world, blobs_of(entry).unwrap());
        let checked = check(entry, &blobs, &crate::dnssec::tests::OursAlone).unwrap();
        let accepted = accept(&state, &checked, Position(position));
        assert_eq!(accepted.map(drop), Ok(()));
        apply(&mut state, &checked, Position(position)).unwrap();
        state.digest()
    };
    (0..).zip(&world.entries).map(after).collect()
}

proptest! {
    #![proptest_config(seeded(40))]

    #[test]
    fn same_acts_make_the_same_state(steps in history()) {
        let mut world = World::plain().with_edition();
        let mut digests = Vec::new();
        for step in &steps {
            let Some(act) = world.act_of(step) else { continue };
            if world.submit(&act.to_octets()).is_ok() {
                digests.push(world.state.digest());
            }
        }
        let replayed = replayed(&world);
        prop_assert!(replayed.ends_with(&digests));
        let distinct: std::collections::BTreeSet<_> = replayed.iter().collect();
        prop_assert_eq!(distinct.len(), world.entries.len());
    }
}

/// A ledger with every kind of act, and the digest of its state on every
/// machine and architecture, in every version that keeps these rules.
#[test]
fn the_state_of_a_known_ledger_has_this_digest() {
    let mut world = World::plain().with_edition();
    let proposal = world.propose([
        world.put_set("example. 60 TXT \"a zone of several\""),
        world.suppress("frog.example.", Rtype::NS),
    ]);
    world.accept(&world.consent(proposal, 1));
    world.vote(proposal, &[0, 1, 2], crate::act::Vote::For);
    world.decide(proposal);
    world.accept(&world.upstream());
    let open = world.propose([world.put_set("bird.example. 60 NS ns.example.")]);
    world.accept(&world.consent(open, 0));
    let mut world = world.with_edition();
    world.accept(&world.time(&[0, 1, 2], NOW.plus(15 * DAY_S)));
    world.accept(&world.absence(&[3, 4]));
    let world = world.with_zonemd_session();
    assert_eq!(replayed(&world).last(), Some(&world.state.digest()));
    assert_eq!(std::format!("{}", world.state.digest()), KNOWN);
}

const KNOWN: &str = "a76edf4eacbf352ecde4f5deec9b763e026f744ab9732962ea2e718ab40bef92";
