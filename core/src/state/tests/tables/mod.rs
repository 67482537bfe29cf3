//! The rules as tables. Each begins with an act that is accepted; each row
//! says what is done to it, or to the world around it, and the refusal. Rows
//! stand in the order of the checks.
//!
//! | module | acts |
//! | --- | --- |
//! | `founding` | founding |
//! | `ledger` | ceremony, time, absence |
//! | `holders` | rotation, testament, transfer, objection |
//! | `members` | accession, departure, declaration; admission, charter |
//! | `claims` | claims of names that nobody holds |
//! | `amendments` | a proposal that amends another |
//! | `findings` | findings beside a proposal |
//! | `merges` | what a drop box took |
//! | `proposals` | proposal, consent |
//! | `votes` | ballot, decision |
//! | `sessions` | session, for records and for ZONEMD |
//! | `signers` | session: who signs, with which commitments |
//! | `epochs` | convocation, erasure, compromise |
//! | `keys` | roll, redistribution of a new key, session for a set of keys, keyset |
//! | `redistributions` | redistribution |
//! | `successions` | session, for the test of an epoch; succession |
//! | `upstream` | upstream |
//! | `editions` | edition; leave to release shares |
//! | `coverage` | every rule has its row |

mod amendments;
mod claims;
mod coverage;
mod editions;
mod epochs;
mod findings;
mod founding;
mod holders;
mod keys;
mod ledger;
mod members;
mod merges;
mod proposals;
mod redistributions;
mod sessions;
mod signers;
mod successions;
mod upstream;
mod votes;

use std::vec::Vec;

use super::world::{Draft, World, member, public};
use crate::act::json::Payload;
use crate::basic::Digest;
use crate::refusal::Refusal;

/// A ledger that is nobody's.
const ELSEWHERE: Digest = Digest([0xee; 32]);

/// What is wrong, what is done to an act that was right, and what the rules
/// say then.
type Row<P> = (
    &'static str,
    fn(&mut World, &mut Draft<P>),
    fn(&World, &Draft<P>) -> Refusal,
);

/// Checks that the act is accepted, and refused as every row says. Returns the
/// refusals.
fn refusals<P: Payload + Clone>((world, act): (World, Draft<P>), rows: &[Row<P>]) -> Vec<Refusal> {
    world.clone().accept(&act);
    let refuse = |(what, change, expected): &Row<P>| {
        let (mut world, mut act) = (world.clone(), act.clone());
        change(&mut world, &mut act);
        let found = world.submit(&act.envelope().to_octets());
        assert_eq!(found, Err(expected(&world, &act)), "{what}");
        expected(&world, &act)
    };
    rows.iter().map(refuse).collect()
}

/// Has the act accepted before it is refused.
fn twice<P: Payload>(world: &mut World, act: &mut Draft<P>) {
    world.accept(act);
}

/// The key of the member at this index is not the one that may sign.
fn not_entitled(at: usize) -> Refusal {
    let key = public(&member(at));
    Refusal::NotEntitled { key }
}
