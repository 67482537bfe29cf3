//! A majority, or a holder, would have a root of its own: with a name that the
//! other does not have, or another holder of one.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::act::{DecisionResult, Vote};
use crate::basic::Time;
use crate::edition::samples::{DAY_S, NOW};
use crate::guard::Verdict::{Held, Passed};
use crate::limits;
use crate::refusal::Refusal;
use crate::state::tests::world::upstream::Saw;
use crate::state::tests::world::{Setting, World, holder, holder_id};
use crate::state::{Divergence, DivergenceReason};
use crate::zone::samples::name;
use crate::zone::{Contents, Kind, Rtype};

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

const BE_GONE: &[(&str, Rtype)] = &[
    ("be.", Rtype::NS),
    ("be.", Rtype::DS),
    ("a.ns.dns.be.", Rtype::A),
];
const LU_GONE: &[(&str, Rtype)] = &[("lu.", Rtype::NS), ("ns.nic.lu.", Rtype::A)];

/// A root in which held `be` uses a host of `lu`, which nobody holds.
fn sharing() -> World {
    let mut setting = Setting::root();
    setting.records = setting.records.replace(
        "be. 172800 NS a.ns.dns.be.",
        "be. 172800 NS a.ns.dns.be.\n    be. 172800 NS ns.nic.lu.",
    );
    World::founded(&setting).with_key().with_time(NOW)
}

fn follow(world: &mut World, version: &Contents) {
    let act = world.passed(version);
    world.accept(&act);
}

fn reasons(world: &World) -> Vec<(&'static str, String)> {
    let reason = |it: Divergence| {
        let reason = match it.reason {
            DivergenceReason::Apex => "apex",
            DivergenceReason::Holder { .. } => "holder",
            DivergenceReason::Held { .. } => "held",
            DivergenceReason::Notice { .. } => "notice",
            DivergenceReason::InUse { .. } => "in use",
        };
        (reason, it.name.to_string())
    };
    world.here().divergences().into_iter().map(reason).collect()
}

/// Whoever has upstream in its power removes a country: its holder keeps the name,
/// the others follow, and everybody sees the difference.
#[test]
fn upstream_takes_no_name_from_its_holder() {
    let mut world = World::root();
    let before = world.here().contents.clone();
    let version = world.version(&["new. 60 NS ns.new."], BE_GONE);
    follow(&mut world, &version);
    let here = world.here();
    assert_eq!(
        here.contents.delegation(&name("be.")),
        before.delegation(&name("be."))
    );
    assert!(here.contents.delegation(&name("new.")).is_some());
    let divergences = here.divergences();
    let [divergence] = &divergences[..] else {
        panic!("{divergences:?}")
    };
    assert_eq!(divergence.name, name("be."));
    assert_eq!((divergence.since, divergence.until), (Some(NOW), None));
    let holder = holder_id(0);
    assert_eq!(divergence.reason, DivergenceReason::Holder { holder });
    assert_eq!(divergence.changes.len(), 3);
    // For as long as that takes.
    let late = world.clone().with_time(NOW.plus(400 * DAY_S));
    assert_eq!(reasons(&late), [("holder", "be.".into())]);
    // Nor by its address alone, nor by another key.
    let mut world = World::root();
    let sets = ["a.ns.dns.be. 60 A 192.0.2.66", "be. 60 DS 1 15 2 EE"];
    let version = world.version(&sets, &[]);
    follow(&mut world, &version);
    assert_eq!(zone_of(&world), zone_of(&World::root()));
    // The holder consents, and the difference ends.
    let put = sets.map(|set| world.put_set(set));
    let proposal = world.propose(put);
    world.accept(&world.consent(proposal, 0));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    assert_eq!(reasons(&world), []);
}

fn zone_of(world: &World) -> Vec<u8> {
    world.here().contents.to_wire()
}

/// Fewer than the threshold can hold a change up where too few others say that it may
/// pass; not beyond the bound, and not once enough have said so.
#[test]
fn what_nobody_holds_waits_for_a_threshold_and_no_longer_than_it_may() {
    let three: &[Saw<'_>] = &[(0, Passed, &[]), (1, Passed, &[]), (2, Held, &["lu."])];
    let mut world = World::root();
    let version = world.version(&[], LU_GONE);
    let act = world.upstream_of(&version, three, Held);
    world.accept(&act);
    assert_eq!(reasons(&world), [("held", "lu.".into())]);
    let until = NOW.plus(limits::UPSTREAM_HELD_SECONDS_MAX);
    assert_eq!(world.here().divergences()[0].until, Some(until));
    let waits = world.clone().with_time(Time(until.0 - 1));
    assert_eq!(reasons(&waits), [("held", "lu.".into())]);
    let over = waits.with_time(until);
    assert_eq!(reasons(&over), []);
    assert!(over.here().contents.delegation(&name("lu.")).is_none());
    assert_eq!(over.here().pending.len(), 2);
    // Enough members have seen enough.
    let five: &[Saw<'_>] = &[
        (0, Passed, &[]),
        (1, Passed, &[]),
        (2, Held, &["lu."]),
        (3, Held, &["lu."]),
        (4, Passed, &[]),
    ];
    let act = world.upstream_of(&version, five, Passed);
    world.accept(&act);
    assert_eq!(reasons(&world), []);
    // Nobody can hold again what was followed.
    let act = world.upstream_of(&version, three, Held);
    assert_eq!(world.refuse(&act).rule(), "upstream-not-newer");
}

/// The time begins anew only where upstream itself says something else.
#[test]
fn a_hold_is_not_made_longer_by_holding_again() {
    let saw: &[Saw<'_>] = &[(0, Passed, &[]), (1, Passed, &[]), (2, Held, &["lu."])];
    let mut world = World::root();
    let version = world.version(&[], LU_GONE);
    let act = world.upstream_of(&version, saw, Held);
    world.accept(&act);
    let since = |world: &World| world.here().divergences()[0].since;
    let mut world = world.with_time(NOW.plus(DAY_S));
    let version = world.version(&["new. 60 NS ns.new."], &[]);
    let act = world.upstream_of(&version, saw, Held);
    world.accept(&act);
    assert_eq!(since(&world), Some(NOW));
    let version = world.version(&["lu. 60 NS ns.evil."], &[]);
    let act = world.upstream_of(&version, saw, Held);
    world.accept(&act);
    assert_eq!(since(&world), Some(NOW.plus(DAY_S)));
}

/// A held name uses a host of another: it has notice, as everywhere.
#[test]
fn a_host_that_a_holder_uses_goes_after_notice() {
    let mut world = sharing();
    let version = world.version(&["ns.nic.lu. 172800 A 192.0.2.99"], &[]);
    follow(&mut world, &version);
    assert_eq!(reasons(&world), [("notice", "lu.".into())]);
    let notice_s = world.here().charter.rules.host_notice_s;
    let waits = world.clone().with_time(Time(NOW.plus(notice_s).0 - 1));
    assert_eq!(reasons(&waits), [("notice", "lu.".into())]);
    let over = waits.with_time(NOW.plus(notice_s));
    assert_eq!(reasons(&over), []);
    // Addresses that only come are taken at once.
    let mut more = sharing();
    let both = "ns.nic.lu. 172800 A 192.0.2.2\nns.nic.lu. 172800 A 192.0.2.99";
    let version = more.version(&[both], &[]);
    follow(&mut more, &version);
    assert_eq!(reasons(&more), []);
}

/// What a holder's name needs stays for as long as it needs it.
#[test]
fn a_name_with_hosts_that_a_holder_uses_stays_with_them() {
    let mut world = sharing();
    let version = world.version(&["be. 172800 NS a.ns.dns.be."], LU_GONE);
    follow(&mut world, &version);
    let late = world.with_time(NOW.plus(30 * DAY_S));
    let mut expected = [("holder", "be.".into()), ("in use", "lu.".into())];
    expected.sort_by(|a: &(_, String), b| a.1.cmp(&b.1));
    assert_eq!(reasons(&late), expected);
    let mut world = late;
    let moved = world.put_set("be. 172800 NS a.ns.dns.be.");
    let proposal = world.propose([moved]);
    world.accept(&world.consent(proposal, 0));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    let later = world.now().plus(1);
    let world = world.with_time(later);
    assert_eq!(reasons(&world), []);
}

/// The apex is voted: upstream cannot give the root other name servers.
#[test]
fn the_apex_is_the_members() {
    let mut world = World::root();
    let version = world.version(&[". 60 NS ns.evil."], &[]);
    follow(&mut world, &version);
    assert_eq!(reasons(&world), [("apex", ".".into())]);
}

/// A member alone, or a secretariat, says nothing about upstream.
#[test]
fn fewer_than_a_threshold_say_nothing_of_upstream() {
    let mut world = World::root();
    let version = world.version(&[], LU_GONE);
    for saw in [
        &[][..],
        &[(0, Passed, &[][..])],
        &[(0, Passed, &[]), (1, Passed, &[])],
    ] {
        let act = world.upstream_of(&version, saw, Passed);
        let mut act = act;
        act.payload.serial = world.here().upstream.as_ref().unwrap().serial + 1;
        assert_eq!(world.refuse(&act).rule(), "too-few-signers");
    }
}
