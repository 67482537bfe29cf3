//! A majority, with the secretariat, wants a name that somebody holds.

use std::vec::Vec;

use crate::act::{DecisionResult, Reason, Vote};
use crate::basic::Digest;
use crate::refusal::Refusal;
use crate::state::tests::world::{World, holder_id};
use crate::zone::samples::name;
use crate::zone::{Change, Name, Rtype};

impl World {
    /// A proposal that everybody votes for.
    pub(super) fn carried(&mut self, changes: impl IntoIterator<Item = Change>) -> Digest {
        let proposal = self.propose(changes);
        self.vote(proposal, &self.everybody(), Vote::For);
        proposal
    }
}

pub(super) fn consent_missing(text: &str, number: u8) -> Refusal {
    missing(name(text), number)
}

fn missing(name: Name, number: u8) -> Refusal {
    Refusal::HolderConsentMissing {
        name,
        holder: holder_id(number),
    }
}

/// Every way to change a held name, or what it needs to be reached.
fn changes_of_held_names(world: &World) -> Vec<(Name, u8, Vec<Change>)> {
    let bird = |change| (name("bird.example."), 0, [change].into());
    let frog = |change| (name("frog.example."), 1, [change].into());
    [
        frog(world.suppress("frog.example.", Rtype::NS)),
        frog(world.put_set("frog.example. 3600 NS ns.evil.")),
        frog(world.put_set("frog.example. 60 NS ns.example.")),
        frog(world.put_set("frog.example. 60 DS 1 15 2 EE")),
        frog(world.put_set("ns.frog.example. 60 A 192.0.2.66")),
        frog(world.put_set("frog.example. 60 A 192.0.2.66")),
        bird(world.suppress("bird.example.", Rtype::DS)),
        bird(world.put_set("bird.example. 3600 DS 1 15 2 EE")),
        bird(world.put_set("ns.bird.example. 3600 A 192.0.2.66")),
        bird(world.put_set("ns.bird.example. 3600 AAAA 2001:db8::66")),
    ]
    .into()
}

#[test]
fn no_majority_changes_a_held_name() {
    let world = World::plain();
    for (owner, number, changes) in changes_of_held_names(&world) {
        let mut world = world.clone();
        let proposal = world.carried(changes.clone());
        let before = world.here().contents.clone();
        let refusal = world.refuse(&world.forged_adoption(proposal));
        assert_eq!(refusal, missing(owner.clone(), number));
        let deadline = changes.len() as u64 + world.proposed(proposal).proposal.deadline.0;
        let mut world = world.with_seen_and_time(crate::basic::Time(deadline));
        let refusal = world.refuse(&world.forged_adoption(proposal));
        assert_eq!(refusal, missing(owner.clone(), number));
        let decision = world.decision(proposal).payload;
        assert_eq!(decision.result, DecisionResult::Lapsed);
        assert_eq!(decision.reason, Reason::ConsentMissing);
        assert_eq!(decision.missing, [owner]);
        world.decide(proposal);
        assert!(world.here().contents == before);
    }
}

#[test]
fn a_held_name_goes_with_its_holders_consent_alone() {
    let mut world = World::plain();
    let proposal = world.propose([world.suppress("frog.example.", Rtype::NS)]);
    world.vote(proposal, &world.everybody(), Vote::Against);
    world.accept(&world.consent(proposal, 1));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    assert!(
        world
            .here()
            .contents
            .delegation(&name("frog.example."))
            .is_none()
    );
}

#[test]
fn one_holders_consent_is_not_anothers() {
    let mut world = World::plain();
    let proposal = world.propose([
        world.put_set("bird.example. 60 NS ns.example."),
        world.put_set("fish.example. 60 NS ns.example."),
    ]);
    world.accept(&world.consent(proposal, 1));
    let refusal = world.refuse(&world.forged_adoption(proposal));
    assert_eq!(refusal, consent_missing("bird.example.", 0));
    world.accept(&world.consent(proposal, 0));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}

#[test]
fn a_consent_for_one_name_is_not_for_another_of_the_same_holder() {
    let mut world = World::plain();
    let proposal = world.propose([
        world.put_set("fish.example. 60 NS ns.example."),
        world.put_set("frog.example. 60 NS ns.bird.example."),
    ]);
    let mut consent = world.consent(proposal, 1);
    consent.payload.names.remove(1);
    world.accept(&consent);
    let refusal = world.refuse(&world.forged_adoption(proposal));
    assert_eq!(refusal, consent_missing("frog.example.", 1));
}
