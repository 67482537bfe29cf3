//! The secretariat wants signatures of another day: from ledger time that is
//! ahead, or from a plan that was made long ago.

use crate::act::SessionKind::{Records, Zonemd};
use crate::basic::Time;
use crate::edition::samples::{DAY_S, NOW};
use crate::limits::{CLOCK_SECONDS_AHEAD_MAX, OPEN_EDITION_SECONDS_MAX};
use crate::refusal::Refusal;
use crate::state::tests::world::World;

/// What a member says whose own clock differs.
fn asked(world: &World, clock: Time) -> Option<Refusal> {
    let checkpoint = world.quorum_checkpoint();
    world.state.permit(Records, &checkpoint, clock).err()
}

#[test]
fn nothing_is_signed_while_ledger_time_is_ahead_of_the_members_clock() {
    let world = World::plain().with_records_session();
    let slow = Time(NOW.0 - CLOCK_SECONDS_AHEAD_MAX);
    assert_eq!(asked(&world, slow), None);
    let slower = Time(slow.0 - 1);
    let refusal = Refusal::ClockDiffers {
        ledger: NOW,
        clock: slower,
    };
    assert_eq!(asked(&world, slower), Some(refusal.clone()));
    // Such a ledger is not cosigned either.
    assert_eq!(world.here().check_clock(slow), Ok(()));
    assert_eq!(world.here().check_clock(slower), Err(refusal));
}

#[test]
fn nothing_is_signed_by_a_plan_of_another_day() {
    let world = World::plain().with_records_session();
    let latest = NOW.plus(OPEN_EDITION_SECONDS_MAX + CLOCK_SECONDS_AHEAD_MAX);
    assert_eq!(asked(&world, latest), None);
    let clock = latest.plus(1);
    let ledger = NOW;
    assert_eq!(
        asked(&world, clock),
        Some(Refusal::ClockDiffers { ledger, clock })
    );
}

#[test]
fn an_edition_that_was_given_up_is_not_signed_any_more() {
    let change = |world: &World| world.put_set("ns.example. 60 A 192.0.2.66");
    let mut world = World::plain().with_edition();
    world.adopt([change(&world)]);
    let world = world.with_zonemd_session();
    let at_the_end = NOW.plus(OPEN_EDITION_SECONDS_MAX);
    let world = world.with_time(at_the_end);
    assert_eq!(world.here().next_edition(), 2);
    let late_edition = world.edition();
    let mut world = world.with_time(at_the_end.plus(1));
    assert_eq!(world.here().next_edition(), 3);
    for kind in [Records, Zonemd] {
        let refusal = world.permit(kind, &world.quorum_checkpoint()).err();
        assert_eq!(refusal, Some(Refusal::NoSession));
    }
    let refusal = world.refuse(&late_edition);
    let (expected, found) = (3, 2);
    assert_eq!(refusal, Refusal::WrongEdition { expected, found });

    // Its changes go into the next, whose number nobody signed for yet.
    let another = world.put_set("ns.example. 90 A 192.0.2.67");
    world.adopt([another]);
    let world = world.with_edition();
    let record = world.here().editions.last().unwrap();
    assert_eq!((record.edition, record.changes.len()), (3, 2));
    assert_eq!(record.time, at_the_end.plus(1));
    assert!(record.serial > world.here().editions[0].serial);
    assert_eq!(world.here().next_edition(), 4);
}

#[test]
fn an_edition_with_expired_signatures_does_not_stop_the_zone() {
    let world = World::plain().with_zonemd_session();
    let world = world.with_time(NOW.plus(60 * DAY_S)).with_edition();
    let zone = world.here().published.clone().unwrap();
    assert!(zone.first_expiration() > world.now().plus(15 * DAY_S));
    assert_eq!(world.here().editions[0].edition, 2);
}
