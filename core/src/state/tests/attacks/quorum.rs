//! The secretariat wants two histories, and the cosigning quorum small enough
//! for both.

use crate::act::SessionKind;
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::Refusal;
use crate::state::tests::world::{World, member};

/// The last two members are absent by the ledger: it showed none of their
/// cosignatures for two weeks.
fn two_absent() -> World {
    let mut world = World::plain();
    world.accept(&world.time(&[0, 1, 2], NOW.plus(14 * DAY_S)));
    world.accept(&world.absence(&[3, 4]));
    assert_eq!(world.here().present(), 3);
    world
}

fn too_few(cosignatures: usize, needed: usize) -> Refusal {
    Refusal::TooFewCosignatures {
        cosignatures,
        needed,
    }
}

/// What is said where shares are asked for under a checkpoint by these members.
fn asked(world: &World, kind: SessionKind, cosigners: &[usize]) -> Option<Refusal> {
    let checkpoint = world.checkpoint(cosigners);
    world.state.permit(kind, &checkpoint, world.now()).err()
}

#[test]
fn the_absent_do_not_stand_in_for_the_present() {
    use SessionKind::{Records, Zonemd};
    let mut world = two_absent().with_records_session();
    assert_eq!(asked(&world, Records, &[3, 4]), Some(too_few(0, 3)));
    assert_eq!(asked(&world, Records, &[0, 2, 3, 4]), Some(too_few(2, 3)));
    assert_eq!(asked(&world, Records, &[0, 1, 2]), None);
    let mut session = world.zonemd_session(0);
    session.payload.checkpoint = Some(world.checkpoint(&[1, 2, 3, 4]));
    assert_eq!(world.refuse(&session), too_few(2, 3));
    let mut world = world.with_next_zonemd_session();
    assert_eq!(asked(&world, Zonemd, &[1, 2, 3, 4]), Some(too_few(2, 3)));
    let mut edition = world.edition();
    edition.payload.checkpoint = world.checkpoint(&[1, 2, 3, 4]);
    assert_eq!(world.refuse(&edition), too_few(2, 3));
}

#[test]
fn absence_makes_no_quorum_smaller_than_those_who_sign() {
    // Two thirds of three are two, and two and the absent could part the ledger.
    let world = two_absent().with_records_session();
    assert_eq!(world.here().cosigning_quorum(), 3);
    let kind = SessionKind::Records;
    assert_eq!(asked(&world, kind, &[0, 1]), Some(too_few(2, 3)));
}

#[test]
fn a_member_that_cosigns_again_is_present() {
    let mut world = two_absent();
    let later = world.now().plus(1);
    world.accept(&world.time(&[1, 2, 3], later));
    assert_eq!(world.here().present(), 4);
    let world = world.with_records_session();
    let kind = SessionKind::Records;
    assert_eq!(asked(&world, kind, &[0, 1, 4]), Some(too_few(2, 3)));
    assert_eq!(asked(&world, kind, &[0, 1, 3]), None);
}

#[test]
fn an_old_cosignature_ends_no_absence() {
    let mut world = two_absent();
    let later = world.now().plus(1);
    let cosigned = [(0, later), (1, later), (2, later), (3, NOW)];
    let checkpoint = world.checkpoint_at(world.size(), &cosigned);
    world.accept(&world.time_act(checkpoint));
    assert!(world.here().members[3].absent);
}

#[test]
fn nobody_calls_itself_absent() {
    let mut world = World::plain();
    world.accept(&world.time(&[0, 1, 2], NOW.plus(14 * DAY_S)));
    let absence = world.absence(&[3, 4]);
    let mut by_itself = absence.clone();
    by_itself.signers[0] = member(3);
    let member = "dalmasca".into();
    assert_eq!(world.refuse(&by_itself), Refusal::NotAbsent { member });
    world.accept(&absence);
}

#[test]
fn fewer_present_than_sign_are_no_quorum() {
    let mut world = World::plain();
    for (cosigners, named) in [(&[0, 1, 2][..], &[3, 4][..]), (&[1, 2, 3], &[0])] {
        let later = world.now().plus(14 * DAY_S);
        world.accept(&world.time(cosigners, later));
        world.accept(&world.absence(named));
    }
    // The third time act shows only two of those who are present.
    let later = world.now().plus(14 * DAY_S);
    let old = world.now();
    let cosigned = [(1, later), (2, later), (0, later), (3, old)];
    let checkpoint = world.checkpoint_at(world.size(), &cosigned);
    world.accept(&world.time_act(checkpoint));
    world.accept(&world.absence(&[3]));
    assert_eq!(
        (world.here().present(), world.here().cosigning_quorum()),
        (3, 3)
    );
    let session = world.records_session();
    world.accept(&session);
    let kind = SessionKind::Records;
    assert_eq!(asked(&world, kind, &[]), Some(too_few(0, 3)));
    assert_eq!(asked(&world, kind, &[1, 2, 3]), Some(too_few(2, 3)));
}
