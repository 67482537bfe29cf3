//! The secretariat wants two contents, or two ZONEMDs, under one edition
//! number.

use crate::act::SessionKind::{Records, Zonemd};
use crate::refusal::Refusal;
use crate::state::tests::world::World;
use crate::zone::samples::name;
use crate::zone::{Rdata, RecordSet, Rtype};

#[test]
fn a_decision_during_an_edition_is_for_the_next_one() {
    let mut world = World::plain().with_records_session();
    let plan = world.plan();
    world.adopt([world.put_set("ns.example. 60 A 192.0.2.66")]);
    assert_eq!(world.plan(), plan);
    let again = world.records_session();
    world.accept(&again);
    let permit = world.permit(Records, &world.quorum_checkpoint());
    assert_eq!(permit.ok().unwrap().messages(), plan.messages());
    let mut world = world.with_next_zonemd_session();
    world.accept(&world.edition());
    let record = &world.here().editions[0];
    assert!(record.changes.is_empty());
    let address = |world: &World| {
        let zone = world.here().published.clone().unwrap();
        let set: RecordSet = zone
            .get(&name("ns.example."), Rtype::A)
            .unwrap()
            .set
            .clone();
        set
    };
    let bytes = |text| Rdata::from_text(Rtype::A, text).unwrap();
    assert!(address(&world).data.contains(&bytes("192.0.2.1")));
    let world = world.with_edition();
    assert!(address(&world).data.contains(&bytes("192.0.2.66")));
    assert_eq!(world.here().editions[1].changes.len(), 1);
}

#[test]
fn the_first_zonemd_session_fixes_the_signatures() {
    let mut world = World::plain().with_records_session();
    let first = world.zonemd_session(0);
    world.accept(&first);
    let zonemd = world.unsealed().zonemd_message();
    for variant in [1, 2] {
        let other = world.zonemd_session(variant);
        assert_eq!(world.refuse(&other), Refusal::OtherRecords { edition: 1 });
    }
    let again = world.zonemd_session(0);
    world.accept(&again);
    let permit = world.permit(Zonemd, &world.quorum_checkpoint());
    assert_eq!(permit.ok().unwrap().messages(), [zonemd]);
}

#[test]
fn nothing_that_was_said_once_can_be_said_again() {
    let world = World::plain().with_edition();
    for (at, entry) in world.entries.iter().enumerate() {
        let mut world = world.clone();
        assert!(world.submit(entry).is_err(), "act {at} a second time");
    }
}

/// Two ledgers that part after the same acts: one signs what is there, the
/// other something else.
fn parted(world: &World) -> [World; 2] {
    let mut other = world.clone();
    other.adopt([other.put_set("ns.example. 60 A 192.0.2.66")]);
    let parted = [world.clone(), other].map(World::with_records_session);
    assert_ne!(parted[0].plan().messages(), parted[1].plan().messages());
    parted
}

/// For every way in which members can take part in one of two histories, or
/// break their word and take part in both: shares are released in both only
/// where a third of the present members broke it.
fn assert_no_fork_without_a_third(world: &World) {
    let parted = parted(world);
    let members = world.everybody();
    let present = world.here().present();
    let mut forks = 0;
    for ways in 0..3_u32.pow(5) {
        let way = |at: &usize| (ways / 3_u32.pow(u32::try_from(*at).unwrap())) % 3;
        let in_history = |history: u32| {
            let takes_part = |at: &&usize| way(at) == 2 || way(at) == history;
            let cosigners: std::vec::Vec<usize> =
                members.iter().filter(takes_part).copied().collect();
            let world = &parted[history as usize];
            world.permit(Records, &world.checkpoint(&cosigners)).is_ok()
        };
        if in_history(0) && in_history(1) {
            forks += 1;
            let here = world.here();
            let false_ones = members.iter().filter(|at| way(at) == 2);
            let false_ones = false_ones.filter(|at| !here.members[**at].absent).count();
            assert!(
                false_ones * 3 >= present,
                "{ways}: {false_ones} of {present}"
            );
        }
    }
    assert!(forks > 0, "everybody could fork");
}

#[test]
fn a_fork_names_a_third_of_the_present_members() {
    assert_no_fork_without_a_third(&World::plain());
}

#[test]
fn a_fork_names_a_third_of_the_present_members_while_others_are_absent() {
    use crate::edition::samples::{DAY_S, NOW};
    let mut world = World::plain();
    world.accept(&world.time(&[0, 1, 2], NOW.plus(14 * DAY_S)));
    world.accept(&world.absence(&[3, 4]));
    assert_no_fork_without_a_third(&world);
}
