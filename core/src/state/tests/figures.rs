//! What everybody shows who watches over a zone: present members only make a
//! quorum, shares that never sign are counted, and what is not known is none.

use std::vec::Vec;

use super::world::World;
use crate::basic::Time;
use crate::edition::samples::{DAY_S, NOW};
use crate::ledger::CosignedCheckpoint;
use crate::state::{CeremonyReason, Cosigning, Figures, State};

/// The figures under the present head, which these cosigned at these times.
fn figures(world: &World, cosigned: &[(usize, Time)]) -> Figures {
    let text = world.checkpoint_at(world.size(), cosigned);
    let head = CosignedCheckpoint::parse(text.as_bytes()).unwrap();
    world.state.figures(Some(&head))
}

fn cosigning(world: &World, cosigned: &[(usize, Time)]) -> Cosigning {
    figures(world, cosigned).cosigning
}

#[test]
fn before_the_founding_act_there_are_none() {
    assert_eq!(State::default().figures(None), Figures::default());
}

#[test]
fn the_quorum_is_of_present_members_and_as_old_as_its_last() {
    let mut world = World::plain();
    let at = |seconds| NOW.plus(seconds);
    // All five cosigned the time act; four are the quorum.
    let none = cosigning(&world, &[]);
    assert_eq!((none.cosigned, none.quorum), (0, 4));
    assert_eq!((none.has_quorum, none.quorum_time), (false, Some(NOW)));
    // Three newer ones are none; the fourth makes it, with the time of the oldest.
    let three = [(0, at(9)), (1, at(5)), (2, at(7))];
    assert_eq!(cosigning(&world, &three).quorum_time, Some(NOW));
    let four = [&three[..], &[(4, at(3))]].concat();
    let quorum = cosigning(&world, &four);
    assert_eq!((quorum.has_quorum, quorum.quorum_time), (true, Some(at(3))));
    // Who has left cosigns on, and is nobody's quorum: three of the four others.
    world.accept(&world.departure(4));
    let left = cosigning(&world, &four);
    assert_eq!((left.cosigned, left.quorum), (4, 3));
    assert_eq!((left.has_quorum, left.quorum_time), (true, Some(at(5))));
    let few = cosigning(&world, &[(0, at(9)), (1, at(5)), (4, at(9))]);
    assert_eq!((few.cosigned, few.has_quorum), (3, false));
    assert_eq!(few.quorum_time, Some(NOW));
}

#[test]
fn who_is_absent_is_a_member_still() {
    let mut world = World::plain();
    world.accept(&world.time(&[0, 1, 2, 3], NOW.plus(14 * DAY_S)));
    world.accept(&world.absence(&[4]));
    let figures = figures(&world, &[]);
    assert_eq!((figures.members, figures.members_present), (5, 4));
    world.accept(&world.departure(4));
    let figures = world.state.figures(None);
    assert_eq!((figures.members, figures.members_present), (4, 4));
}

#[test]
fn an_edition_has_its_number_and_its_countdown() {
    let world = World::plain();
    let before = world.state.figures(None);
    assert_eq!((before.edition, before.first_expiration), (None, None));
    let world = world.with_edition();
    let figures = world.state.figures(None);
    let published = figures.edition.unwrap();
    let record = world.here().editions.last().unwrap();
    assert_eq!((published.edition, published.time), (1, record.time));
    assert_eq!(published.serial, record.serial);
    let first = world.here().published.as_ref().unwrap().first_expiration();
    assert_eq!(figures.first_expiration, Some(first));
    assert_eq!(figures.ledger_size, world.size());
    assert_eq!(figures.ledger_time, world.here().time);
}

#[test]
fn shares_that_never_sign_are_exposed_too() {
    let mut world = World::plain().with_convocation().with_dealt();
    world = world.with_dealt();
    let due = world.state.figures(None).ceremony.unwrap();
    assert_eq!(due.reason, CeremonyReason::Convoked);
    world.accept(&world.departure(3));
    let figures = world.state.figures(None);
    let sets: Vec<_> = figures
        .exposures
        .iter()
        .map(|one| (one.epoch, one.attempt, one.exposed.len()))
        .collect();
    // The one that signs, the one that waits, and the try before it.
    let live = world.here().epoch().unwrap().attempt;
    assert_eq!(sets, [(1, live, 1), (2, 2, 1), (2, 1, 1)]);
}
