//! Sessions at one table: an engine on a disk in memory, members whose shares
//! are real, and a clock that only the test moves.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`table`] | the table and its members |
//! | [`answers`] | what a member may do in one session, and what follows |
//! | [`boxes`] | a drop box at the table, and the hour that it promises |
//! | [`coalition`] | too few members, with all that they and the secretariat have |
//! | [`handover`] | what is taken in a redistribution |
//! | [`network`] | members who see the ledger late, and messages that get lost |
//! | [`patience`] | what many sessions with bad members cost |
//! | [`peer`] | a member with a view of its own, and a witness of all shares |
//! | [`robust`] | sessions over such a network, and secretariats that are killed |
//! | [`receivers`] | the members' part of a redistribution |
//! | [`upstream`] | what members saw of the upstream |
//! | [`redistributions`] | redistributions with sleepers, liars and restarts |

mod answers;
mod boxes;
mod coalition;
mod handover;
mod network;
mod patience;
mod peer;
mod receivers;
mod redistributions;
mod robust;
mod table;
mod upstream;
