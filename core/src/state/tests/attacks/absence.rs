//! The secretariat keeps a member's cosignatures to itself, to have it called
//! absent.

use std::vec::Vec;

use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::Refusal;
use crate::state::tests::world::{Setting, World};

#[test]
fn nobody_is_absent_before_the_period_has_passed() {
    // The first time act shows three members, though all are there.
    let mut world = World::founded(&Setting::plain()).with_key();
    world.accept(&world.time(&[0, 1, 2], NOW));
    for after in [0, 1, 14 * DAY_S - 1] {
        if after > 0 {
            world.accept(&world.time(&[0, 1, 2], NOW.plus(after)));
        }
        assert_eq!(
            world.here().silent(),
            Vec::<usize>::new(),
            "after {after} s"
        );
        let member = "dalmasca".into();
        let refusal = world.refuse(&world.absence(&[3, 4]));
        assert_eq!(refusal, Refusal::NotAbsent { member });
    }
    world.accept(&world.time(&[0, 1, 2], NOW.plus(14 * DAY_S)));
    assert_eq!(world.here().silent(), [3, 4]);
    world.accept(&world.absence(&[3, 4]));
}
