//! Ledger time: it moves forward only, by the threshold's cosignatures, to the
//! latest time that as many of them have reached.

use std::vec::Vec;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::basic::Time;
use crate::edition::samples::NOW;
use crate::refusal::Refusal;
use crate::refusal::tests::seeded;
use crate::state::Outcome;
use crate::state::tests::world::heads::Cosigned;
use crate::state::tests::world::{Setting, World};

proptest! {
    #![proptest_config(seeded(60))]

    #[test]
    fn ledger_time_never_goes_backwards(
        acts in vec((btree_map(0..5_usize, 0..2000_u64, 0..6), any::<bool>()), 1..12)
    ) {
        let mut world = World::founded(&Setting::plain());
        for (cosigned, oldest) in acts {
            let before = world.here().time;
            let cosigned: Vec<Cosigned> = cosigned
                .into_iter()
                .map(|(at, after)| (at, NOW.plus(after)))
                .collect();
            let size = if oldest { 1 } else { world.size() };
            let act = world.time_act(world.checkpoint_at(size, &cosigned));
            let mut times: Vec<Time> = cosigned.iter().map(|(_, time)| *time).collect();
            times.sort_by(|a, b| b.cmp(a));
            let outcome = world.submit(&act.envelope().to_octets());
            if times.len() < 3 {
                let cosignatures = times.len();
                let refusal = Refusal::TooFewCosignatures { cosignatures, needed: 3 };
                prop_assert_eq!(outcome, Err(refusal));
                continue;
            }
            let reached = times[2];
            if before.is_none_or(|before| before < reached) {
                prop_assert_eq!(outcome, Ok(Outcome::TimeMoved(reached)));
            } else {
                let now = before.unwrap();
                prop_assert_eq!(outcome, Err(Refusal::TimeBackwards { now, found: reached }));
            }
            prop_assert!(world.here().time >= before);
            prop_assert!(world.here().began <= world.here().time);
        }
    }
}

proptest! {
    #![proptest_config(seeded(200))]

    /// Two of five say what they like, and the secretariat chooses whose
    /// cosignatures it uses: time passes no honest clock.
    #[test]
    fn fewer_than_sign_do_not_push_time_ahead(
        honest in vec(0..2000_u64, 3),
        liars in vec(0..1_000_000_000_u64, 2),
        chosen in vec(any::<bool>(), 5),
    ) {
        let mut world = World::founded(&Setting::plain());
        let all = liars.iter().chain(&honest).enumerate();
        let used = all.filter(|(at, _)| chosen[*at]);
        let cosigned: Vec<Cosigned> = used.map(|(at, after)| (at, NOW.plus(*after))).collect();
        let act = world.time_act(world.checkpoint_at(1, &cosigned));
        let moved = world.submit(&act.envelope().to_octets()).is_ok();
        prop_assert_eq!(moved, cosigned.len() >= 3);
        let latest = NOW.plus(honest.iter().copied().max().unwrap());
        prop_assert!(world.here().time.is_none_or(|time| time <= latest));
    }
}
