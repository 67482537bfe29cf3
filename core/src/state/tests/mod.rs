//! What must hold of acts and state, told as tables, attacks and properties
//! over one small world.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`world`] | members, holders and a log with seeded keys, a ledger in memory |
//! | `attacks` | what somebody could try who runs the secretariat |
//! | [`histories`] | random histories with every kind of act |
//! | `figures` | what is shown of a state |
//! | `guide` | what `docs/rules.md` says and the others are not about |
//! | `properties` | what holds after any history |
//! | `tables` | act, then expected refusal, in the order of the checks |

mod attacks;
mod figures;
mod guide;
pub(crate) mod histories;
mod properties;
mod tables;
pub(crate) mod world;
