//! Everybody in one thread from one seed: members, secretariat, drop boxes and
//! mirrors, with simulated clocks, disks and network, and a checker that knows
//! the truth and asks after every step whether the invariants hold. The code is
//! the code that runs on machines; only what it has from outside is made here.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`run`] | a simulation: events, and the storm |
//! | [`calm`] | the calm after it |
//! | [`day`] | the day on which many walk out, in small |
//! | [`plan`] | what a simulation is like |
//! | [`character`] | how members behave |
//! | [`cast`] | who takes part, from the seed |
//! | [`party`] | a party: its disk, its clock, its process |
//! | [`people`] | what people do |
//! | [`faults`] | what fails, and when |
//! | [`hub`] | the network, on which requests are lost, late and doubled |
//! | [`mod@line`] | each party's way onto it |
//! | `office` | the processes that answer |
//! | [`disk`] | a disk that tears, loses, fails and is full |
//! | [`clock`] | time, and clocks that are wrong |
//! | [`dice`] | all chance there is |
//! | [`checker`] | what must hold |
//!
//! # What is asked, and what is not
//!
//! | invariant | asked | how |
//! | --- | --- | --- |
//! | 1 access | yes | held names change by acts that their holders' keys signed |
//! | 2 no forgery | in part | each edition has shares from a threshold, which really left them. That fewer cannot sign is arithmetic, and for `sign`'s tests |
//! | 3 no fork | yes | one history for all who are shown heads or sign them; one batch for an edition; shares leave only where a quorum has cosigned |
//! | 4 no silent rule-breaking | in part | what mirrors serve is an edition of the ledger, and verifies. The secretariat is honest here: its lies are for `comity/tests/processes` |
//! | 5 replay | yes | every party's state against the checker's, at every size |
//! | 6 nonces once | yes | no two different shares over one commitment leave one member, nor a clone of it that runs beside it |
//! | 7 continuity of the key | yes | each epoch is computed again from its transcript, and is of the key that it was of; nothing but its test is signed by one that was not tested; who says that it holds a share has it on its disk for good, and who says that it wiped one has not; exposed shares are counted again; each key takes its time, and resolvers that follow the keys by RFC 5011 verify every edition. On the day, what mirrors serve is valid by the first key at every minute |
//! | 8 nothing lost | yes | what was acknowledged, shown or cosigned is there after any crash, and every process starts again |
//! | 9 content-neutral | no | needs the same history in other words: `core`'s properties |
//! | 10 time to react | yes | each edition's signatures last for 14 days at least |
//! | ledger time | yes | never ahead of the time while most clocks are right; no member cosigns what is ahead of its clock |
//! | 11 no censorship | yes | what a drop box took is on the ledger, in time or with its receipt |
//! | 12 one root | no | no upstream is simulated |
//! | liveness | yes | once faults stop, a change is in an edition, and served, within two hours, or once each silent member was waited for; shares are dealt as the charter says, and no old one is left |

pub mod calm;
pub mod cast;
pub mod character;
pub mod checker;
pub mod clock;
pub mod day;
pub mod dice;
pub mod disk;
pub mod faults;
pub mod hub;
pub mod line;
mod office;
pub mod party;
pub mod people;
pub mod plan;
pub mod run;
