//! Ledger time: it moves forward only, by the threshold's cosignatures, to the
//! lower median of their times.

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
            times.sort();
            let outcome = world.submit(&act.envelope().to_octets());
            if times.len() < 3 {
                let cosignatures = times.len();
                let refusal = Refusal::TooFewCosignatures { cosignatures, needed: 3 };
                prop_assert_eq!(outcome, Err(refusal));
                continue;
            }
            // As many were at least as late as were at most as late.
            let median = times[(times.len() - 1) / 2];
            if before.is_none_or(|before| before < median) {
                prop_assert_eq!(outcome, Ok(Outcome::TimeMoved(median)));
            } else {
                let now = before.unwrap();
                prop_assert_eq!(outcome, Err(Refusal::TimeBackwards { now, found: median }));
            }
            prop_assert!(world.here().time >= before);
            prop_assert!(world.here().began <= world.here().time);
        }
    }
}
