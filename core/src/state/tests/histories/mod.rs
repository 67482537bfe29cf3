//! Random histories with every kind of act, right ones and wrong ones: what a
//! property has to hold after. A history is a zone to begin with and a list of
//! steps; a step says what somebody tries and not with which octets, so that
//! the same steps can be taken in two worlds.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`start`] | the zones that histories begin with |
//! | [`words`] | what names are called, in two vocabularies |
//! | [`steps`] | what somebody tries |
//! | [`made`] | random histories |
//! | [`play`] | a history in a world: each step's act, and what came of it |
//! | [`changes`] | acts about the zone: proposals, consents, ballots, decisions |
//! | [`parties`] | acts about holders and members |
//! | [`heads`] | acts about the ledger: time, absence, editions |
//! | [`shares`] | acts about the key's shares: sessions, and how shares pass on |
//! | [`kinds`] | what kind of act an act is |

mod changes;
mod heads;
mod kinds;
mod made;
mod parties;
mod play;
mod shares;
mod start;
mod steps;
mod words;

pub(crate) use kinds::{KINDS, TRAITS, kind_of, traits};
pub(crate) use made::{History, histories};
pub(crate) use play::{Play, Taken};
pub(crate) use start::Start;
pub(crate) use words::Words;
