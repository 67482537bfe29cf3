//! Hosts and the names that use them (design 3): notice and time, no veto; a
//! name with hosts of others cannot be suppressed; where nobody holds the name
//! above, silence is consent.

use crate::act::{DecisionResult::*, Objection, RULES, Reason, Vote};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::Refusal;
use crate::state::tests::world::{Draft, Setting, World, holder, holder_id};
use crate::zone::samples::name;
use crate::zone::{Change, Rtype, ZoneRefusal};

const NOTICE_S: u64 = 14 * DAY_S;

/// Bird's host, which holder 1's fish uses, gets other addresses.
fn moves(world: &World) -> Change {
    world.put_set("ns.bird.example. 3600 A 192.0.2.99")
}

fn proposed(world: &mut World, changes: impl IntoIterator<Item = Change>) -> Digest {
    let proposal = world.propose(changes);
    let mut consent = world.consent(proposal, 0);
    consent.payload.until = NOW.plus(60 * DAY_S);
    world.accept(&consent);
    proposal
}

fn is_due(world: &World, proposal: Digest) -> bool {
    world.here().decide(world.proposed(proposal)).is_some()
}

#[test]
fn dependents_have_notice_and_no_veto() {
    let mut world = World::plain();
    let moved = moves(&world);
    let proposal = proposed(&mut world, [moved]);
    let silent = world.clone().with_time(NOW.plus(1));
    let early = silent.clone().with_time(NOW.plus(NOTICE_S));
    assert!(!is_due(&early, proposal));
    let mut late = silent.with_time(NOW.plus(NOTICE_S + 1));
    assert_eq!(late.decide(proposal), Adopted);
    // Fish agrees, and nobody waits any more.
    let mut agreed = world.clone();
    agreed.accept(&agreed.consent(proposal, 1));
    assert_eq!(agreed.decide(proposal), Adopted);
    // An objection is nothing to a change that needs no consent of fish's.
    let refusal = world.refuse(&objection(&world.clone(), proposal, 1));
    assert_eq!(refusal.rule(), "nothing-to-object");
}

/// What is done to the host, and whether fish has notice.
#[test]
fn only_addresses_that_go_give_notice() {
    let mut start = World::plain();
    start.adopt([
        start.put_set("ns.bird.example. 3600 A 192.0.2.2\nns.bird.example. 3600 A 192.0.2.3")
    ]);
    let put = |records| start.put_set(records);
    for (what, change, notice) in [
        (
            "one more",
            put(
                "ns.bird.example. 3600 A 192.0.2.2\nns.bird.example. 3600 A 192.0.2.3\nns.bird.example. 3600 A 192.0.2.4",
            ),
            false,
        ),
        (
            "another family",
            put("ns.bird.example. 3600 AAAA 2001:db8::1"),
            false,
        ),
        (
            "another lifetime",
            put("ns.bird.example. 60 A 192.0.2.2\nns.bird.example. 60 A 192.0.2.3"),
            false,
        ),
        ("one less", put("ns.bird.example. 3600 A 192.0.2.2"), true),
        (
            "one for another",
            put("ns.bird.example. 3600 A 192.0.2.2\nns.bird.example. 3600 A 192.0.2.4"),
            true,
        ),
        ("none", start.suppress("ns.bird.example.", Rtype::A), true),
    ] {
        let mut world = start.clone();
        let proposal = proposed(&mut world, [change]);
        assert_eq!(is_due(&world, proposal), !notice, "{what}");
    }
}

#[test]
fn a_name_that_moves_away_in_the_same_proposal_has_no_notice() {
    let mut world = World::plain();
    let away = world.put_set("fish.example. 3600 NS ns.example.");
    let moved = moves(&world);
    let proposal = proposed(&mut world, [away, moved]);
    world.accept(&world.consent(proposal, 1));
    assert_eq!(world.decide(proposal), Adopted);
}

#[test]
fn a_name_that_nobody_holds_keeps_its_notice() {
    let mut world = World::plain();
    world.adopt([world.put_set("wild.example. 3600 NS ns.bird.example.")]);
    let moved = moves(&world);
    let proposal = proposed(&mut world, [moved]);
    world.accept(&world.consent(proposal, 1));
    assert!(!is_due(&world, proposal), "wild's notice");
    let world = world.with_time(NOW.plus(1));
    assert!(is_due(&world.with_time(NOW.plus(NOTICE_S + 1)), proposal));
}

#[test]
fn a_name_with_hosts_of_others_is_suppressed_after_their_notice_only() {
    let mut world = World::plain();
    let gone = |world: &World| {
        [("bird.example.", Rtype::NS), ("bird.example.", Rtype::DS)]
            .map(|(owner, rtype)| world.suppress(owner, rtype))
    };
    let host = world.suppress("ns.bird.example.", Rtype::A);
    let all = world.proposal(gone(&world).into_iter().chain([host.clone()]));
    assert!(matches!(
        world.refuse(&all),
        Refusal::Zone(ZoneRefusal::HostsInUse { .. })
    ));
    let proposal = proposed(&mut world, [host]);
    let world = world.with_time(NOW.plus(1));
    let mut world = world.with_time(NOW.plus(NOTICE_S + 1));
    assert_eq!(world.decide(proposal), Adopted);
    let proposal = world.propose(gone(&world));
    world.accept(&world.consent(proposal, 0));
    assert_eq!(world.decide(proposal), Adopted);
}

/// Whoever names a server that was never there keeps nobody from anything.
#[test]
fn a_made_up_server_hinders_no_suppression() {
    let mut world = World::plain();
    world.adopt([world.put_set("fish.example. 3600 NS made.up.bird.example.")]);
    let gone = [
        ("bird.example.", Rtype::NS),
        ("bird.example.", Rtype::DS),
        ("ns.bird.example.", Rtype::A),
    ];
    let gone = gone.map(|(owner, rtype)| world.suppress(owner, rtype));
    world.adopt(gone);
    assert!(
        world
            .here()
            .contents
            .delegation(&name("bird.example."))
            .is_none()
    );
}

fn objection(world: &World, to: Digest, number: u8) -> Draft<Objection> {
    let objection = Objection {
        rules: RULES,
        ledger: world.here().ledger,
        holder: holder_id(number),
        to,
        reason: "we are reached there".into(),
    };
    Draft::new(objection, [holder(number)])
}

/// Silence is consent, where the members vote for it too.
#[test]
fn where_nobody_holds_the_name_above_silence_is_consent() {
    let mut world = World::plain();
    world.adopt([world.put_set("frog.example. 3600 NS ns.wild.example.")]);
    let proposal = world.propose([world.put_set("ns.wild.example. 3600 A 192.0.2.99")]);
    world.vote(proposal, &[0, 1, 2], Vote::For);
    let seen = world.clone().with_time(NOW.plus(1));
    assert!(!is_due(&seen, proposal));
    let mut silent = seen.with_time(NOW.plus(NOTICE_S + 1));
    assert_eq!(silent.decide(proposal), Adopted);
    let mut agreed = world.clone();
    agreed.accept(&agreed.consent(proposal, 1));
    assert_eq!(agreed.decide(proposal), Adopted);
    world.accept(&objection(&world.clone(), proposal, 1));
    let decision = world.decision(proposal).payload;
    assert_eq!(
        (decision.result, decision.reason),
        (Rejected, Reason::DependentObjects)
    );
}

#[test]
fn in_a_plain_zone_the_members_vote_and_dependents_are_asked() {
    let mut world = World::plain();
    world.adopt([world.put_set("frog.example. 3600 NS ns.wild.example.")]);
    let proposal = world.propose([world.put_set("ns.wild.example. 3600 A 192.0.2.99")]);
    world.vote(proposal, &[0, 1, 2], Vote::For);
    assert!(!is_due(&world, proposal), "frog's notice");
    world.accept(&objection(&world.clone(), proposal, 1));
    assert_eq!(world.decide(proposal), Rejected);
}

/// Glue of one's own is not another way to take a name away unseen.
#[test]
fn all_addresses_of_a_careful_holders_own_servers_wait() {
    use crate::state::tests::world::keys::{CAREFUL, DELAY_S, operational};
    let mut setting = Setting::plain();
    setting.holders[0].1 = CAREFUL;
    setting.holders[1].1 = CAREFUL;
    let mut world = World::founded(&setting).with_key().with_time(NOW);
    let proposal = world.propose([moves(&world)]);
    let mut consent = world.consent(proposal, CAREFUL);
    consent.signers = operational().into();
    world.accept(&consent);
    assert!(!is_due(&world, proposal));
    let world = world.with_time(NOW.plus(1));
    assert!(!is_due(
        &world.clone().with_time(NOW.plus(DELAY_S)),
        proposal
    ));
    assert!(is_due(&world.with_time(NOW.plus(DELAY_S + 1)), proposal));
}
