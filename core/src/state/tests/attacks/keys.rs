//! One key follows another: nobody who follows the zone's keys by RFC 5011 is left
//! behind, whatever is replayed to it, and no key that others may have stays.

use std::collections::{BTreeMap, BTreeSet};
use std::string::{String, ToString};
use std::vec::Vec;

use super::super::world::{World, member, stranger};
use crate::act::SessionKind;
use crate::basic::{PublicKey, Time};
use crate::edition::samples::{DAY_S, NOW};
use crate::edition::{Dnskey, SignedZone};
use crate::refusal::{KeyRefusal, Refusal};
use crate::state::{KeyRole, KeyStage, RollKind};
use crate::zone::Rtype;

/// A validator that follows the zone's keys as RFC 5011 says, asking once a day. It
/// begins with one anchor.
struct Follower {
    /// The keys that it has seen, and since when.
    seen: BTreeMap<PublicKey, Time>,
    trusted: BTreeSet<PublicKey>,
}

impl Follower {
    fn new(anchor: PublicKey) -> Self {
        Self {
            seen: BTreeMap::new(),
            trusted: [anchor].into(),
        }
    }

    /// Asks for the keys, and is shown this zone's. It must verify by an anchor that
    /// it trusts, and every other set by the keys that it finds.
    fn ask(&mut self, zone: &SignedZone, now: Time) {
        let anchors: Vec<PublicKey> = self.trusted.iter().copied().collect();
        let verified = SignedZone::verify(zone.origin(), &anchors, zone.records(), now);
        let verified = verified.unwrap_or_else(|refusal| panic!("at {now}: {refusal}"));
        assert_eq!(verified, *zone);
        let keys = zone.keys();
        let signed: BTreeSet<Dnskey> = zone
            .get(zone.origin(), Rtype::DNSKEY)
            .unwrap()
            .rrsigs()
            .map(|rrsig| rrsig.by)
            .collect();
        for key in keys.all().iter().filter(|key| key.is_anchor()) {
            if key.is_revoked() {
                // RFC 5011 §2.1: if it says so itself.
                if signed.contains(key) {
                    self.trusted.remove(&key.key());
                }
                continue;
            }
            let since = *self.seen.entry(key.key()).or_insert(now);
            if now >= since.plus(30 * DAY_S) {
                self.trusted.insert(key.key());
            }
        }
        // §2.4.1: a key that was gone meanwhile begins anew.
        self.seen
            .retain(|key, _| keys.all().contains(&Dnskey::anchor(*key)));
    }
}

fn zone(world: &World) -> &SignedZone {
    world.here().published.as_ref().unwrap()
}

fn is_signing(world: &World, number: usize) -> bool {
    matches!(world.stage(number), KeyStage::Signing { .. })
}

fn published(world: &World) -> (Time, Time) {
    match world.stage(2) {
        KeyStage::Published { since, trusted } => (since, trusted),
        stage => panic!("{stage:?}"),
    }
}

/// The tags of the keys that signed anything but keys.
fn signers_of_data(world: &World) -> BTreeSet<PublicKey> {
    let data = zone(world).sets().filter(|set| set.rtype != Rtype::DNSKEY);
    let signers: Vec<PublicKey> = data
        .flat_map(|set| set.rrsigs().map(|rrsig| rrsig.by.key()).collect::<Vec<_>>())
        .collect();
    signers.into_iter().collect()
}

fn signers_of_keys(world: &World) -> Vec<Dnskey> {
    let keys = zone(world)
        .get(zone(world).origin(), Rtype::DNSKEY)
        .unwrap();
    keys.rrsigs().map(|rrsig| rrsig.by).collect()
}

/// Five members, an edition, a second key that has just been made and published.
fn rolling() -> World {
    World::plain()
        .settled()
        .with_roll(RollKind::Anchor)
        .settled()
}

#[test]
fn a_key_follows_another_and_whoever_follows_the_keys_follows_it() {
    let mut world = World::plain().settled();
    let first = world.key(1).key;
    let mut followers = Vec::from([Follower::new(first)]);
    world = world.with_roll(RollKind::Anchor).settled();
    let second = world.key(2).key;
    assert_eq!(zone(&world).keys().all().len(), 2);
    assert_eq!(signers_of_keys(&world), [Dnskey::anchor(first)]);
    let mut was = BTreeSet::new();
    for day in 0..200 {
        for follower in &mut followers {
            follower.ask(zone(&world), world.now());
        }
        // Somebody sets a resolver up every day, with the anchor that is shown then.
        if day % 7 == 0 {
            let anchors = zone(&world).anchors();
            followers.push(Follower::new(anchors[0]));
        }
        was.insert((stage(&world, 1), stage(&world, 2)));
        assert!(zone(&world).first_expiration() >= world.now().plus(14 * DAY_S));
        world = world.after_days(1);
    }
    let was: Vec<(String, String)> = was.into_iter().collect();
    let expected = [
        ("gone", "signing"),
        ("retiring", "signing"),
        ("revoked", "signing"),
        ("signing", "published"),
    ];
    let expected = expected.map(|(one, two)| (one.to_string(), two.to_string()));
    assert_eq!(was, expected);
    assert_eq!(signers_of_data(&world), [second].into());
    assert_eq!(zone(&world).keys().all(), &[Dnskey::anchor(second)].into());
    for follower in followers {
        assert_eq!(follower.trusted, [second].into());
    }
}

fn stage(world: &World, number: usize) -> String {
    let stage = serde_json::to_value(world.stage(number)).unwrap();
    match stage {
        serde_json::Value::String(name) => name,
        other => other.as_object().unwrap().keys().next().unwrap().clone(),
    }
}

/// The set without the new key was signed for 28 days just before it was published;
/// a resolver that is shown that one until then has not seen the new key before.
#[test]
fn a_replayed_set_of_keys_is_waited_for() {
    let world = rolling();
    let (since, trusted) = published(&world);
    assert_eq!(since, NOW);
    // 28 days of signature, 30 of hold-down, three times half of the TTL.
    assert_eq!(trusted, NOW.plus((28 + 30 + 3) * DAY_S));
    let (world, days) = world.until(|world| is_signing(world, 2));
    assert_eq!(days, 61);
    assert!(matches!(world.stage(1), KeyStage::Retiring { .. }));
}

#[test]
fn a_key_does_not_sign_before_the_one_before_has_said_so() {
    let (before, _) = rolling().until(|world| world.now() >= NOW.plus(60 * DAY_S));
    let mut world = before.with_time(NOW.plus(61 * DAY_S));
    assert!(is_signing(&world, 1));
    let plan = world.keyset_plan();
    assert_eq!(plan.by(), Dnskey::anchor(world.key(1).key));
    assert_eq!(plan.messages().len(), 1);
    world = world.with_keyset();
    assert!(is_signing(&world, 2));
    world = world.settled();
    let both = [2, 1].map(|number| Dnskey::anchor(world.key(number).key));
    assert_eq!(signers_of_keys(&world), both);
    // What the first has signed is good until it is up for renewal.
    assert_eq!(signers_of_data(&world).len(), 2);
}

/// Its shares are lost; the zone goes on without it after a fortnight.
#[test]
fn a_key_that_cannot_sign_any_more_stops_no_roll() {
    let (world, _) = rolling().until(|world| world.now() >= NOW.plus(60 * DAY_S));
    let mut world = world.with_time(NOW.plus(61 * DAY_S));
    for day in 62..74 {
        assert!(is_signing(&world, 1), "{day}");
        world = world.with_time(NOW.plus(day * DAY_S));
        while world.here().due().is_some() {
            world = world.with_edition();
        }
    }
    world = world.with_time(NOW.plus(75 * DAY_S));
    assert!(is_signing(&world, 2));
    world = world.with_edition();
    assert_eq!(signers_of_keys(&world), [Dnskey::anchor(world.key(2).key)]);
}

#[test]
fn a_key_stands_by_after_sixty_days_and_is_trusted_still() {
    let mut world = World::plain().settled();
    let first = world.key(1).key;
    let mut follower = Follower::new(first);
    world = world.with_roll(RollKind::Standby).settled();
    let (mut days, second) = (0, world.key(2).key);
    while world.stage(2) != KeyStage::StandingBy {
        follower.ask(zone(&world), world.now());
        assert!(zone(&world).keys().all().contains(&Dnskey::anchor(second)));
        world = world.after_days(1);
        days += 1;
    }
    assert_eq!(days, 61);
    world = world.settled();
    assert_eq!(zone(&world).keys().all(), &[Dnskey::anchor(first)].into());
    world = world.after_days(20);
    follower.ask(zone(&world), world.now());
    assert_eq!(follower.trusted, [first, second].into());

    // The first is stolen: the second signs at once, and nobody has to wait.
    world = world.with_roll(RollKind::Compromised).settled();
    assert!(is_signing(&world, 2));
    assert_eq!(world.here().roll, None);
    let keys = [Dnskey::anchor(first).revoked(), Dnskey::anchor(second)];
    assert_eq!(zone(&world).keys().all(), &keys.into());
    assert_eq!(signers_of_data(&world), [second].into());
    follower.ask(zone(&world), world.now());
    assert_eq!(follower.trusted, [second].into());
    // Signatures of the first edition by the new key end one after the other.
    let first_ends = zone(&world).first_expiration();
    assert!(first_ends < world.now().plus(20 * DAY_S));
}

/// Nothing stood by: whoever follows must take the new anchor by hand, and what
/// says which one is two thirds of the members.
#[test]
fn a_compromised_key_gives_way_to_a_new_one_at_once() {
    let mut world = World::plain().settled();
    let first = world.key(1).key;
    world = world.with_roll(RollKind::Compromised);
    assert!(is_signing(&world, 1));
    assert_eq!(world.here().ceremony_due().unwrap().key, None);
    world = world.settled();
    assert!(is_signing(&world, 2) && world.now() == NOW);
    let second = world.key(2).key;
    assert_eq!(signers_of_data(&world), [second].into());
    assert!(matches!(world.stage(1), KeyStage::Revoked { .. }));
    let alone = SignedZone::verify(
        zone(&world).origin(),
        &[first],
        zone(&world).records(),
        world.now(),
    );
    assert!(alone.is_err());
}

/// Better one that many have seen than one that nobody has.
#[test]
fn a_key_on_its_way_takes_the_place_of_a_compromised_one() {
    let mut world = rolling().after_days(20);
    assert!(is_signing(&world, 1));
    world = world.with_roll(RollKind::Compromised).settled();
    assert!(is_signing(&world, 2));
    assert_eq!((world.here().keys.len(), world.here().roll), (2, None));
    assert_eq!(signers_of_data(&world), [world.key(2).key].into());
    // A key that does not sign yet never will, if others may have it.
    let mut world = rolling();
    let mut roll = world.roll(RollKind::Compromised);
    roll.payload.key = world.key(2).key;
    world.accept(&roll);
    world = world.settled().after_days(1);
    assert!(is_signing(&world, 1));
    assert!(matches!(world.stage(2), KeyStage::Revoked { .. }));
    assert_eq!(world.here().ceremony_due(), None);
}

/// A key that is revoked signs for nobody: who has it does no harm.
#[test]
fn shares_of_a_revoked_key_are_exposed_no_more() {
    let mut world = World::plain().settled();
    world.accept(&world.departure(4));
    let exposed = |world: &World| world.here().exposures()[0].exposed.len();
    assert_eq!(exposed(&world), 1);
    world = world.with_roll(RollKind::Compromised).settled();
    assert!(matches!(world.stage(1), KeyStage::Revoked { .. }));
    assert_eq!(exposed(&world), 0);
}

#[test]
fn two_thirds_of_the_members_are_needed_to_call_a_key_compromised() {
    let mut world = World::plain().settled();
    let mut roll = world.roll(RollKind::Compromised);
    assert_eq!(roll.signers.len(), 4);
    roll.signers.pop();
    let needed = 4;
    assert_eq!(
        world.refuse(&roll),
        Refusal::TooFewSigners { signers: 3, needed }
    );
    roll.signers.push(stranger());
    let key = crate::state::tests::world::public(&stranger());
    assert_eq!(world.refuse(&roll), Refusal::NotEntitled { key });
    roll.signers.pop();
    roll.signers.push(member(4));
    world.accept(&roll);
    assert_eq!(world.refuse(&roll), KeyRefusal::Rolling.into());
}

/// Members who left keep their shares, and are four fifths of a threshold.
#[test]
fn exposed_shares_make_a_new_key_due() {
    let mut world = World::plain().settled();
    for at in [3, 4] {
        world.accept(&world.departure(at));
    }
    assert_eq!(world.here().roll_due(), None);
    world = world.after_days(1);
    world.accept(&world.departure(2));
    let roll = world.here().roll_due().unwrap();
    assert_eq!((roll.kind, roll.key), (RollKind::Anchor, world.key(1).key));
    // Shares of the old key are dealt first: it signs for a while.
    world = world.after_days(1);
    assert_eq!(world.here().keys.len(), 2);
    assert_eq!(world.here().roll_due(), None);
    let epochs = world.here().epochs.iter().map(|epoch| epoch.group_key);
    let (first, second) = (world.key(1).key, world.key(2).key);
    assert_eq!(epochs.collect::<Vec<_>>(), [first, first, first, second]);
}

/// Whoever joins while a key is on its way has a share of both.
#[test]
fn all_live_keys_are_dealt_to_whoever_joins() {
    let mut world = rolling();
    world.settle_matter(&world.admission("freedonia", 5));
    world.accept(&world.accession(5));
    world = world.after_days(1);
    let here = world.here();
    for key in &here.keys {
        assert!(here.epoch_of(&key.key).unwrap().shares.contains(&5));
    }
    let numbers = here.epochs.iter().map(|epoch| epoch.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// In kind `root` a second key signs all but the keys, and the first only those, a
/// quarter ahead.
#[test]
fn a_root_parts_the_key_that_anchors_name_from_the_one_that_signs() {
    let mut world = World::root().settled();
    let first = world.key(1).key;
    let mut follower = Follower::new(first);
    world = world.with_roll(RollKind::Zone).settled();
    let second = world.key(2).key;
    assert_eq!(world.key(2).role, KeyRole::Zone);
    let parted = |world: &World| signers_of_data(world) == [second].into();
    let mut keysets = 0;
    for day in 0..200 {
        follower.ask(zone(&world), world.now());
        assert!(zone(&world).first_expiration() >= world.now().plus(14 * DAY_S));
        let now = world.now().plus(DAY_S);
        world = world.with_time(now);
        if world.here().keyset_due().is_some() {
            assert_eq!(world.keyset_plan().by(), Dnskey::anchor(first));
            keysets += 1;
        }
        world = world.settled();
        if day == 40 {
            assert!(parted(&world));
        }
    }
    assert!(parted(&world));
    assert_eq!(signers_of_keys(&world), [Dnskey::anchor(first)]);
    assert_eq!(zone(&world).keys().signer(), Dnskey::zone_only(second));
    assert_eq!(zone(&world).anchors(), [first]);
    assert_eq!(follower.trusted, [first].into());
    // Once for the parting, and again when the quarter is over.
    assert_eq!(keysets, 2);

    // The next zone key follows without a change of anchors.
    world = world.with_roll(RollKind::Zone).settled().after_days(60);
    let third = world.key(3).key;
    assert_eq!(signers_of_data(&world), [third].into());
    assert_eq!(world.stage(2), KeyStage::Gone);
    follower.ask(zone(&world), world.now());

    // And one that is stolen gives way to the anchors' key at once.
    let mut roll = world.roll(RollKind::Compromised);
    roll.payload.key = third;
    world.accept(&roll);
    world = world.settled();
    assert_eq!(signers_of_data(&world), [first].into());
    assert_eq!(zone(&world).keys().all(), &[Dnskey::anchor(first)].into());
    follower.ask(zone(&world), world.now());
}

/// A parted root whose key-signing members do not come together any more.
#[test]
fn a_zone_whose_keys_are_not_signed_any_more_is_signed_by_the_key_that_anchors_name() {
    let mut world = World::root().settled().with_roll(RollKind::Zone).settled();
    world = world.after_days(40);
    let (first, second) = (world.key(1).key, world.key(2).key);
    let mut days = 0;
    while zone(&world).keys().signer() == Dnskey::zone_only(second) {
        days += 1;
        let now = world.now().plus(DAY_S);
        world = world.with_time(now);
        while world.here().due().is_some() {
            world = world.with_edition();
        }
        let anchors = [first];
        let records = zone(&world).records();
        let verified = SignedZone::verify(zone(&world).origin(), &anchors, records, world.now());
        assert!(verified.is_ok(), "day {days}: {verified:?}");
    }
    assert!((60..110).contains(&days), "{days}");
}

#[test]
fn shares_for_a_keyset_leave_for_its_newest_session_alone() {
    let (world, _) = rolling().until(|world| world.now() >= NOW.plus(60 * DAY_S));
    let mut world = world.with_time(NOW.plus(61 * DAY_S));
    let kind = SessionKind::Keyset;
    let before = world.quorum_checkpoint();
    assert_eq!(world.permit(kind, &before).err(), Some(Refusal::NoSession));
    world = world.with_keyset_session();
    let below = world.permit(kind, &before).err();
    assert!(
        matches!(below, Some(Refusal::CheckpointTooSmall { .. })),
        "{below:?}"
    );
    let checkpoint = world.quorum_checkpoint();
    let permit = world.permit(kind, &checkpoint).unwrap();
    assert_eq!(permit.session().id.attempt, 1);
    assert_eq!(permit.messages(), world.keyset_plan().messages());
    let clock = world.now().plus(2 * DAY_S);
    let late = world.state.permit(kind, &checkpoint, clock).err();
    assert!(
        matches!(late, Some(Refusal::ClockDiffers { .. })),
        "{late:?}"
    );
    world = world.with_keyset_session();
    let checkpoint = world.quorum_checkpoint();
    let permit = world.permit(kind, &checkpoint).unwrap();
    assert_eq!(permit.session().id.attempt, 2);
    world.accept(&world.keyset());
    let checkpoint = world.quorum_checkpoint();
    assert_eq!(
        world.permit(kind, &checkpoint).err(),
        Some(Refusal::NoSession)
    );
}
