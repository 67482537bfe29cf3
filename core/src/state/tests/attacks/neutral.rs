//! A majority would have names go by what they are used for. Whatever the
//! charter says in words, no rule reads a name.

use crate::act::DecisionResult::{Adopted, Lapsed};
use crate::act::{Matter, Vote};
use crate::charter::{BoundRule, Clause};
use crate::edition::samples::NOW;
use crate::refusal::Refusal;
use crate::state::tests::attacks::access::consent_missing;
use crate::state::tests::histories::{Start, Words};
use crate::state::tests::world::{Setting, World};
use crate::zone::samples::name;
use crate::zone::{Kind, Rtype};

/// A zone whose names somebody might want to have a rule about.
fn setting() -> Setting {
    let start = Start {
        kind: Kind::Plain,
        rule: 5,
        even: true,
        words: Words::Loaded,
        boxed: false,
    };
    start.setting()
}

fn clause(number: u32, text: &str, binds: Option<BoundRule>) -> Clause {
    Clause {
        number,
        text: text.into(),
        binds,
        entrenched: binds.is_some(),
    }
}

#[test]
fn a_clause_against_a_name_takes_it_from_nobody() {
    let mut world = World::founded(&setting()).with_key().with_time(NOW);
    let mut charter = world.here().charter.clone();
    charter
        .clauses
        .push(clause(2, "There is no bet.faith.", None));
    world.settle_matter(&world.about(Matter::Charter(charter)));
    let before = world.here().contents.clone();
    let proposal = world.carried([world.suppress("bet.faith.", Rtype::DS)]);
    let refusal = world.refuse(&world.forged_adoption(proposal));
    assert_eq!(refusal, consent_missing("bet.faith.", 0));
    let end = world.proposed(proposal).proposal.deadline;
    let mut world = world.with_seen_and_time(end.plus(1));
    assert_eq!(world.decide(proposal), Lapsed);
    assert!(world.here().contents == before);
    // Its holder goes on as before, and asks nobody.
    let own = world.propose([world.put_set("bet.faith. 60 NS parody.bet.faith.")]);
    world.vote(own, &world.everybody(), Vote::Against);
    world.accept(&world.consent(own, 0));
    assert_eq!(world.decide(own), Adopted);
}

#[test]
fn a_name_like_that_is_added_by_the_vote_that_any_name_needs() {
    let start = |words| Start {
        kind: Kind::Plain,
        rule: 5,
        even: true,
        words,
        boxed: false,
    };
    let counts = [Words::Plain, Words::Loaded].map(|words| {
        let setting = start(words).setting();
        let mut world = World::founded(&setting).with_key().with_time(NOW);
        let line = words.of("new.example. 60 NS ns.example.");
        let proposal = world.propose([world.put_set(&line)]);
        world.vote(proposal, &world.everybody(), Vote::For);
        let tally = world.decision(proposal).payload.tally;
        assert_eq!(world.decide(proposal), Adopted);
        tally
    });
    assert_eq!(counts[0], counts[1]);
}

/// The clause that says so, where it is entrenched, stays until every holder
/// agrees that it goes; and gone, the rules are the same.
#[test]
fn no_majority_strikes_out_the_clause_that_says_so() {
    let mut world = World::plain();
    let mut charter = world.here().charter.clone();
    let without = charter.clone();
    let neutral = Some(BoundRule::ContentNeutral);
    let text = "No rule looks at what a name is used for.";
    charter.clauses.push(clause(2, text, neutral));
    world.settle_matter(&world.about(Matter::Charter(charter)));
    let proposal = world.about(Matter::Charter(without));
    world.accept(&proposal);
    world.vote(proposal.id(), &world.everybody(), Vote::For);
    let refusal = world.refuse(&world.forged_adoption(proposal.id()));
    let name = name("bird.example.");
    let holder = world.here().held[&name].holder;
    assert_eq!(refusal, Refusal::HolderConsentMissing { name, holder });
    world.accept(&world.consent(proposal.id(), 0));
    assert_eq!(world.decision_if_any(proposal.id()), None);
    world.accept(&world.consent(proposal.id(), 1));
    assert_eq!(world.decide(proposal.id()), Adopted);
}
