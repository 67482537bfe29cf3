//! The heart of Comity: what an act is, when it may change the state, and
//! what zone follows from the state. Computes only; clock, randomness and
//! bytes come in as arguments.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`act`] | signed envelopes and the payload of each kind of act |
//! | [`ceremony`] | what makes a transcript whole |
//! | [`handover`] | the same, where shares pass on |
//! | [`charter`] | the rules that a zone's members signed |
//! | [`hashed`] | hashed names, by which zones with NSEC3 prove what is not there |
//! | [`holder`] | whom a name's delegation obeys: keys, policies, recovery |
//! | [`check`] | the checks before a delegation: from observations to findings |
//! | [`state`] | the state and its one door, `apply` |
//! | [`zone`] | names, record sets, contents, changes |
//! | [`dnssec`] | proofs that a set stands in a zone whose keys a DS set names |
//! | [`explain`] | what has changed between two versions of any zone |
//! | [`guard`] | what an upstream's changes are judged to be, by evidence |
//! | [`exposure`] | who could stop a zone's names, and what goes dark where somebody does |
//! | [`edition`] | signing plan, NSEC chain, ZONEMD, whole-zone verification |
//! | [`ledger`] | signed notes, checkpoints, cosignatures, Merkle proofs, tiles |
//! | [`message`] | what members and secretariat say to each other, signed |
//! | [`limits`] | every bound on size and number |
//! | [`refusal`] | each rule that can say no |
//! | [`served`] | a zone as name servers give it out, whoever signed it |
//! | [`upstream`] | a zone that others publish and sign, verified; trust anchors |
//! | [`vote`] | voting rules, rolls, counts and their verdicts |

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod act;
pub mod basic;
pub mod ceremony;
pub mod charter;
pub mod check;
pub mod dnssec;
pub mod edition;
pub mod explain;
pub mod exposure;
pub mod guard;
pub mod handover;
pub mod hashed;
pub mod holder;
pub mod ledger;
pub mod limits;
pub mod message;
pub mod refusal;
pub mod served;
pub mod state;
pub mod upstream;
pub mod vote;
pub mod zone;
