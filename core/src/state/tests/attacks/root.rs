//! A majority, or a holder, would have a root of its own: with a name that the
//! other does not have, or another holder of one.

use crate::act::{DecisionResult, Verdict, Vote};
use crate::refusal::Refusal;
use crate::state::tests::world::{World, holder};
use crate::zone::samples::name;
use crate::zone::{Kind, Rtype};

/// What would make it another root, and the name that follows upstream.
const OTHERS: &[(&str, &str)] = &[
    ("new. 60 NS ns.new.", "new."),
    ("new. 60 A 192.0.2.66", "new."),
    ("new. 60 TXT \"taken\"", "new."),
    ("new. 60 DNAME be.", "new."),
    ("www.new. 60 NS ns.evil.", "www.new."),
    ("*. 60 A 192.0.2.66", "*."),
    ("lu. 172800 NS ns.evil.", "lu."),
    ("lu. 60 DS 1 15 2 EE", "lu."),
    ("www.lu. 60 A 192.0.2.66", "lu."),
    ("ns.nic.lu. 172800 A 192.0.2.66", "lu."),
];

#[test]
fn nobody_adds_to_the_root_what_upstream_does_not_have() {
    let mut world = World::root();
    assert_eq!(world.here().kind, Kind::Root);
    let before = world.here().contents.clone();
    for (line, follows) in OTHERS {
        let expected = Refusal::FollowsUpstream {
            name: name(follows),
        };
        let proposal = world.proposal([world.put_set(line)]);
        assert_eq!(world.refuse(&proposal), expected, "{line}");
        // Nor beside something that a vote, or a holder, may decide.
        for own in [". 60 TXT \"ours\"", "be. 60 DS 1 15 2 EE"] {
            let changes = [world.put_set(own), world.put_set(line)];
            let proposal = world.proposal(changes).by(holder(0));
            assert_eq!(world.refuse(&proposal), expected, "{own}, {line}");
        }
    }
    // An upstream act says what upstream has, and changes nothing by itself.
    let mut upstream = world.upstream();
    upstream.payload.verdict = Verdict::Passed;
    world.accept(&upstream);
    assert!(world.here().contents == before);
    assert!(world.here().pending.is_empty());
}

#[test]
fn nobody_takes_from_the_root_what_upstream_has() {
    let mut world = World::root();
    let expected = Refusal::FollowsUpstream { name: name("lu.") };
    let gone = world.proposal([
        world.suppress("lu.", Rtype::NS),
        world.suppress("ns.nic.lu.", Rtype::A),
    ]);
    assert_eq!(world.refuse(&gone), expected);
    // A held name goes by its holder's act alone.
    let proposal = world.propose([
        world.suppress("be.", Rtype::NS),
        world.suppress("be.", Rtype::DS),
        world.suppress("a.ns.dns.be.", Rtype::A),
    ]);
    world.vote(proposal, &world.everybody(), Vote::For);
    assert_eq!(world.decision_if_any(proposal), None);
    world.accept(&world.consent(proposal, 0));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    // And stays its holder's: it is nobody's to give to somebody else.
    let back = world.propose([world.put_set("be. 60 NS ns.evil.")]);
    world.vote(back, &world.everybody(), Vote::For);
    assert_eq!(world.decision_if_any(back), None);
}
